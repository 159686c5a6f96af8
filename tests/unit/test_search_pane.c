/* Search without a terminal: keys and answers in, requests and a canvas out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pane_fixture.h"
#include "ui/chrome.h"
#include "ui/overlay.h"
#include "ui/pane_search.h"

#define N 60

static huse_item    item[N];
static huse_picture picture[N];
static char         id[N][24], text[N][40];
static const char  *class_path[] = {"Apparel/Dress/Dresses", "Apparel/Topwear/Shirts", "Footwear/Sandals"};
static huse_items   items = {.item = item, .n = N, .picture = picture, .n_pictures = N, .class_path = class_path, .n_classes = 3};

typedef struct fixture {
    ui_ctx     ctx;
    ui_search *s;
    pane_calls calls;
    ui_opened  opened;
    ui_gfx     gfx;
    int        w, h;
    ui_canvas  canvas;
} fixture;

/* The query that waits for its answer, or NULL. */
static ui_hits *asked(fixture *f)
{
    ui_job *job = fixture_job(&f->calls, 0);
    return job ? &((ui_ask *)job)->hits : NULL;
}

static void begin(fixture *f, int w, int h, const char *query)
{
    *f = (fixture){.w = w, .h = h, .gfx = {UI_GFX_SIXEL, 8, 16, 256}};
    f->ctx = (ui_ctx){.workspace = "shop", .query = query, .fetch_pictures = true, .call = &fixture_calls, .loop = &f->calls};
    f->s = huse_xcalloc(1, ui_pane_search.state_size);
    for (int i = 0; i < N; i++) {
        snprintf(id[i], sizeof id[i], "item %d", i);
        snprintf(text[i], sizeof text[i], "thing number %d", i);
        item[i] = (huse_item){.id = id[i], .text = text[i], .cls = i % 3, .picture = (uint32_t)i, .n_pictures = 1};
        picture[i] = (huse_picture){.path = "x.jpg", .state = HUSE_PICTURE_OK, .has_key = true, .key = {(uint8_t)i}};
    }
    items.n = N;
    ui_pane_search.open(f->s, &f->ctx);
    ui_pane_search.resize(f->s, w, h, &f->gfx);
}

static void end(fixture *f)
{
    ui_pane_search.close(f->s);
    free(f->s);
    fixture_end(&f->calls);
    ui_canvas_free(&f->canvas);
}

static void opened(fixture *f, bool trained)
{
    f->opened = (ui_opened){.status = HUSE_OK, .items = &items, .trained = trained, .model = "run-1 step 280"};
    f->ctx.opened = &f->opened;
    ui_pane_search.opened(f->s, &f->opened);
}

/* Answers the newest request from @total candidates. */
static void reply(fixture *f, size_t total, huse_status status, const char *msg, size_t error_at)
{
    ui_hits *h = asked(f);
    assert_non_null(h);
    h->status = status;
    h->scored = h->text[0] != 0;
    snprintf(h->err.msg, sizeof h->err.msg, "%s", msg);
    h->answer.error_at = error_at;
    if (status == HUSE_OK) {
        snprintf(h->answer.note, sizeof h->answer.note, "%s", msg);
        h->answer.total = total;
        h->answer.ms = 11;
        h->answer.n = h->skip < total ? HUSE_MIN(h->k, total - h->skip) : 0;
        h->answer.hit = huse_xcalloc(h->answer.n, sizeof *h->answer.hit);
        for (size_t i = 0; i < h->answer.n; i++) {
            const int32_t at = (int32_t)((h->skip + i) % N);
            h->answer.hit[i] = (huse_hit){.item = h->target == HUSE_TARGET_CLASS ? -1 : at, .cls = at % 3, .score = .931f - .01f * (float)i,
                                          .cosine = .5f, .class_path = class_path[at % 3]};
        }
    }
    fixture_done(&f->calls, fixture_job(&f->calls, 0));
}

static void key(fixture *f, int32_t k)
{
    ui_event e = {.kind = UI_EVENT_KEY, .key = k};
    if (ui_pane_search.typing(f->s))
        ui_pane_search.event(f->s, &e);
    else
        ui_pane_search.act(f->s, ui_action_of(k));
}

static void type(fixture *f, const char *s)
{
    for (; *s; s++)
        key(f, *s);
}

static char *screen(fixture *f)
{
    ui_canvas_reset(&f->canvas, f->w, f->h);
    ui_pane_search.draw(f->s, &f->canvas);
    ui_chrome_header(&f->canvas, &f->ctx, UI_PANE_SEARCH);
    ui_chrome_footer(&f->canvas, UI_PANE_SEARCH, ui_pane_search.typing(f->s) ? UI_HINTS_TYPING : UI_HINTS_MOVING, false, "");
    return ui_canvas_dump(&f->canvas);
}

static void shows(fixture *f, const char *what)
{
    char *s = screen(f);
    if (!strstr(s, what))
        fail_msg("no “%s” in:\n%s", what, s);
    free(s);
}

static void hides(fixture *f, const char *what)
{
    char *s = screen(f);
    if (strstr(s, what))
        fail_msg("“%s” in:\n%s", what, s);
    free(s);
}

static void every_key_asks_anew(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40, "");
    assert_int_equal(f.calls.posted, 1);
    opened(&f, true);
    type(&f, "red");
    assert_int_equal(f.calls.posted, 4);
    assert_string_equal(asked(&f)->text, "red");
    hides(&f, "thing number 0");
    reply(&f, 9324, HUSE_OK, "", 0);
    shows(&f, "thing number 0");
    shows(&f, "9,324 items · 11 ms");
    shows(&f, ".93");
    shows(&f, "model run-1 step 280");
    end(&f);
}

static void the_screen_at_80_by_24_is_as_designed(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "red");
    opened(&f, true);
    reply(&f, 9324, HUSE_OK, "", 0);
    char *got = screen(&f);
    assert_string_equal(got,
                        " huse-tui  shop    1 Search   2 Browse                     model run-1 step 280\n"
                        " › red                                                   images  texts  classes\n"
                        "────────────────────────────────────────────────────────── 9,324 items · 11 ms ─\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " thing number 0      thing number 1      thing number 2      thing number 3\n"
                        " Dresses       .93   Shirts        .92   Sandals       .91   Dresses       .90\n"
                        "\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░      ░░░░░░░░░░░░░░\n"
                        " thing number 4      thing number 5      thing number 6      thing number 7\n"
                        " Shirts        .89   Sandals       .88   Dresses       .87   Shirts        .86\n"
                        "────────────────────────────────────────────────────────────────────────────────\n"
                        "  ↓ Enter results   Tab complete   ↑ history   Esc then 1 2 panes, ? keys\n");
    free(got);
    end(&f);
}

static void moving_goes_through_the_grid_and_its_pages(void **state)
{
    (void)state;
    fixture          f;
    ui_search_layout l;
    begin(&f, 120, 40, "red");
    opened(&f, true);
    reply(&f, 50, HUSE_OK, "", 0);
    ui_search_arrange(f.s, HUSE_TARGET_IMAGE, &l);
    const size_t page = (size_t)(l.columns * l.rows), columns = (size_t)l.columns;
    assert_true(l.tiles && l.columns >= 3 && l.rows >= 2);
    assert_int_equal(f.s->hits.k, 2 * page + 1);
    key(&f, UI_KEY_ESC);
    assert_false(ui_pane_search.typing(f.s));
    key(&f, 'l');
    key(&f, 'j');
    assert_int_equal(f.s->cursor, columns + 1);
    shows(&f, "thing number 5");
    key(&f, UI_KEY_PGDN);
    assert_int_equal(f.s->cursor, columns + 1 + page);
    assert_int_equal(asked(&f)->skip, page);
    reply(&f, 50, HUSE_OK, "", 0);
    assert_int_equal(ui_search_selected(f.s)->item, (int)(columns + 1 + page));
    key(&f, 'G');
    assert_int_equal(f.s->cursor, 49);
    assert_int_equal(asked(&f)->skip, 49 / page * page);
    key(&f, 'l');
    assert_int_equal(f.s->cursor, 49);
    key(&f, 'g');
    assert_int_equal(f.s->cursor, 0);
    key(&f, 'h');
    assert_int_equal(f.s->cursor, 0);
    key(&f, 'k');
    assert_true(ui_pane_search.typing(f.s));
    end(&f);
}

static void s_asks_for_what_is_similar(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40, "red");
    opened(&f, true);
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, UI_KEY_ENTER);
    key(&f, 'l');
    key(&f, 's');
    assert_string_equal(asked(&f)->text, "@\"item 1\"");
    assert_int_equal(f.s->cursor, 0);
    key(&f, ']');
    assert_int_equal(asked(&f)->target, HUSE_TARGET_TEXT);
    key(&f, ']');
    assert_int_equal(asked(&f)->target, HUSE_TARGET_CLASS);
    reply(&f, 3, HUSE_OK, "", 0);
    shows(&f, "Apparel › Dress › Dresses");
    key(&f, 's');
    assert_string_equal(asked(&f)->text, "class:Apparel/Dress/Dresses");
    key(&f, '[');
    key(&f, '[');
    assert_int_equal(asked(&f)->target, HUSE_TARGET_IMAGE);
    end(&f);
}

static void enter_shows_and_hides_the_details(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "red");
    opened(&f, true);
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, UI_KEY_ESC);
    hides(&f, "cosine");
    key(&f, UI_KEY_ENTER);
    shows(&f, "cosine .500");
    shows(&f, "Apparel › Dress › Dresses");
    shows(&f, "1 of 50");
    key(&f, 'l');
    shows(&f, "2 of 50");
    key(&f, UI_KEY_ESC);
    hides(&f, "cosine");
    shows(&f, "thing number 0");
    end(&f);
}

static void an_error_stands_under_its_place_and_results_stay(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "red");
    opened(&f, true);
    reply(&f, 50, HUSE_OK, "", 0);
    type(&f, " + ");
    reply(&f, 0, HUSE_USAGE, "a term is missing here", 6);
    shows(&f, "\n──────── ^ a term is missing here\n");
    shows(&f, "thing number 0");
    type(&f, "x");
    reply(&f, 50, HUSE_OK, "", 0);
    hides(&f, "missing");
    end(&f);
}

static void every_state_has_its_words(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "red");
    shows(&f, "opening…");
    opened(&f, false);
    shows(&f, "untrained · texts only");
    reply(&f, 0, HUSE_OK, "", 0);
    shows(&f, "Nothing found for “red”.");
    type(&f, "!");
    reply(&f, 0, HUSE_OK, "no item has a picture", 0);
    shows(&f, "no item has a picture");
    end(&f);

    begin(&f, 80, 24, "");
    shows(&f, "type what you look for");
    items.n = 0;
    opened(&f, true);
    shows(&f, "This catalogue is empty.");
    end(&f);

    begin(&f, 80, 24, "");
    ui_opened o = {.status = HUSE_NOT_FOUND, .err = {.msg = "x is no workspace"}};
    ui_pane_search.opened(f.s, &o);
    shows(&f, "x is no workspace");
    end(&f);
}

static void pictures_that_are_not_there_leave_a_quiet_frame(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40, "red");
    opened(&f, true);
    item[0].n_pictures = 0;
    picture[1].state = HUSE_PICTURE_FAILED;
    picture[1].why = "not a JPEG";
    picture[2].state = HUSE_PICTURE_NEW;
    reply(&f, 50, HUSE_OK, "", 0);
    shows(&f, "no picture");
    shows(&f, "not a JPEG");
    shows(&f, "not embedded");
    assert_true(f.canvas.n_slots > 3);
    key(&f, UI_KEY_ESC);
    key(&f, 'i');
    reply(&f, 50, HUSE_OK, "", 0);
    shows(&f, "thing number 9");
    assert_int_equal(f.canvas.n_slots, 0);
    end(&f);
}

/* With hostile texts too: nothing may fail, and pictures keep their guard column and leave the last row alone. */
static void every_size_can_be_drawn(void **state)
{
    (void)state;
    static const int size[][2] = {{1, 1}, {1, 50}, {200, 1}, {19, 5}, {20, 4}, {20, 5}, {21, 6}, {40, 10}, {59, 20}, {60, 14}, {60, 15}, {61, 16},
                                  {80, 24}, {99, 30}, {100, 15}, {120, 40}, {200, 60}, {500, 200}};
    for (size_t i = 0; i < HUSE_COUNT(size); i++)
        for (int view = 0; view < 3; view++)
            for (int details = 0; details < 2; details++) {
                fixture f;
                begin(&f, 80, 24, "red \x1b[2J");
                opened(&f, true);
                item[0].text = "\x1b[2J\xe4\xb8\x96\xe4\xb8\x96\xff a very long hostile caption that goes on and on and on and on";
                item[1].id = "\x1b]0;x\x07";
                item[1].text = NULL;
                f.w = size[i][0];
                f.h = size[i][1];
                ui_pane_search.resize(f.s, f.w, f.h, &f.gfx);
                key(&f, UI_KEY_ESC);
                for (int v = 0; v < view; v++)
                    key(&f, ']');
                if (details)
                    key(&f, UI_KEY_ENTER);
                reply(&f, 5000, HUSE_OK, "", 0);
                char *s = screen(&f);
                assert_true(strlen(s) >= (size_t)f.h);
                assert_null(strchr(s, 0x1b));
                free(s);
                for (size_t k = 0; k < f.canvas.n_slots; k++) {
                    const ui_rect r = f.canvas.slot[k].rect;
                    assert_true(r.x >= 1 && r.y + r.h < f.h && r.x + r.w <= f.w);
                    for (size_t m = 0; m < k; m++) {
                        ui_rect guarded = {r.x - 1, r.y, r.w + 1, r.h};
                        assert_false(ui_rect_overlap(guarded, f.canvas.slot[m].rect));
                    }
                }
                ui_overlay over = {.kind = UI_OVER_HELP};
                ui_overlay_draw(&over, &f.canvas);
                end(&f);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_asks_anew),
        cmocka_unit_test(the_screen_at_80_by_24_is_as_designed),
        cmocka_unit_test(moving_goes_through_the_grid_and_its_pages),
        cmocka_unit_test(s_asks_for_what_is_similar),
        cmocka_unit_test(enter_shows_and_hides_the_details),
        cmocka_unit_test(an_error_stands_under_its_place_and_results_stay),
        cmocka_unit_test(every_state_has_its_words),
        cmocka_unit_test(pictures_that_are_not_there_leave_a_quiet_frame),
        cmocka_unit_test(every_size_can_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
