/* What stands around and over panes: header, hints, help, pager, prompt, question, and the page without a workspace. */
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "pane_fixture.h"
#include "ui/chrome.h"
#include "ui/overlay.h"
#include "ui/ui.h"

static ui_canvas canvas;

static char *row(int y)
{
    static char text[2048];
    char       *all = ui_canvas_dump(&canvas), *line = all;
    while (y--)
        line = strchr(line, '\n') + 1;
    snprintf(text, sizeof text, "%.*s", (int)strcspn(line, "\n"), line);
    free(all);
    return text;
}

static bool shows(const char *text)
{
    char      *all = ui_canvas_dump(&canvas);
    const bool found = strstr(all, text);
    free(all);
    return found;
}

/* ---- header and hints ---- */

static void header(int w, const char *name, const ui_opened *o)
{
    const ui_ctx ctx = {.workspace = name, .opened = o};
    ui_canvas_reset(&canvas, w, 24);
    ui_chrome_header(&canvas, &ctx, 0);
}

static void the_header_gives_up_what_matters_least(void **state)
{
    (void)state;
    const ui_opened o = {.status = HUSE_OK, .trained = true, .model = "run-1 step 280"}, untrained = {.status = HUSE_OK};
    header(80, "fashion", &o);
    assert_string_equal(row(0), " huse-tui  fashion    1 Search   2 Browse                  model run-1 step 280");
    header(61, "fashion", &o);
    assert_string_equal(row(0), " huse-tui  fashion    1 Search   2 Browse     run-1 step 280");
    header(50, "fashion", &o);
    assert_string_equal(row(0), " huse-tui  fashion    1 Search   2 Browse");
    header(40, "fashion", &o);
    assert_string_equal(row(0), " fashion    1 Search   2 Browse");
    header(24, "fashion", &o);
    assert_string_equal(row(0), " fashion    1   2");
    header(80, "a name that is much longer than any sensible one, by far", &o);
    assert_true(shows("1 Search") && shows("2 Browse") && shows("…"));
    header(80, "fashion", &untrained);
    assert_true(shows("untrained · texts only"));
    header(80, "fashion", NULL);
    assert_true(shows("opening…"));
    for (int w = 1; w < 140; w++)
        for (size_t n = 0; n < 60; n += 7) {
            char name[64];
            memset(name, 'x', n);
            name[n] = 0;
            header(w, name, &o);
            if (w >= 20) /* tabs are there as long as anything is */
                assert_true(shows("1") && shows("2"));
        }
}

static void hints_are_whole_words_and_end_with_help(void **state)
{
    (void)state;
    for (int w = 20; w < 200; w++)
        for (int pane = -1; pane < UI_PANES; pane++)
            for (int hints = UI_HINTS_TYPING; hints <= UI_HINTS_DETAILS; hints++) {
                ui_canvas_reset(&canvas, w, 24);
                ui_chrome_footer(&canvas, pane, (ui_hints)hints, false, "");
                const char *text = row(23);
                assert_null(strstr(text, "…"));
                assert_true(*text);
                if ((hints == UI_HINTS_MOVING || hints >= UI_HINTS_BESIDE) && w >= 24)
                    assert_non_null(strstr(text, "? keys"));
                if ((hints == UI_HINTS_PAGE || hints == UI_HINTS_PAGER) && w >= 24)
                    assert_non_null(strstr(text, "Esc back"));
            }
    ui_canvas_reset(&canvas, 80, 24);
    ui_chrome_footer(&canvas, UI_PANE_SEARCH, UI_HINTS_MOVING, false, "");
    assert_string_equal(row(23), "  Enter open   s similar   + add   - subtract   Space mark   ] view   ? keys");
    assert_int_equal(ui_canvas_at(&canvas, 3, 23)->what, -(int)UI_ACT_OPEN);
    assert_int_equal(ui_canvas_at(&canvas, 16, 23)->what, -(int)UI_ACT_SIMILAR);
    ui_canvas_reset(&canvas, 80, 24);
    ui_chrome_footer(&canvas, UI_PANE_SEARCH, UI_HINTS_TYPING, false, "");
    assert_int_equal(ui_canvas_at(&canvas, 3, 23)->what, UI_HIT_KEY(UI_KEY_DOWN));
    ui_canvas_reset(&canvas, 80, 24);
    ui_chrome_footer(&canvas, UI_PANE_SEARCH, UI_HINTS_MOVING, true, "the disk is full");
    assert_string_equal(row(23), "  ! the disk is full");
}

static void hints_show_what_is_bound(void **state)
{
    (void)state;
    ui_keys  k;
    huse_err err;
    ui_keys_usual(&k);
    assert_int_equal(ui_keys_parse(k.key[UI_ACT_SIMILAR], "F5", &err), HUSE_OK);
    assert_int_equal(ui_keys_parse(k.key[UI_ACT_ADD], "none", &err), HUSE_OK);
    ui_keys_use(&k);
    ui_canvas_reset(&canvas, 80, 24);
    ui_chrome_footer(&canvas, UI_PANE_SEARCH, UI_HINTS_MOVING, false, "");
    assert_true(shows("F5 similar") && !shows("add"));
    ui_overlay o = {.kind = UI_OVER_NOTHING};
    ui_overlay_help(&o, UI_PANE_SEARCH);
    ui_canvas_reset(&canvas, 80, 60);
    ui_overlay_draw(&o, &canvas);
    assert_true(shows("F5                  Search for what is most like"));
    ui_overlay_close(&o);
    ui_keys_usual(&k);
    ui_keys_use(&k);
}

/* ---- help ---- */

static void help_lists_the_keys_of_its_pane_at_every_size(void **state)
{
    (void)state;
    for (int pane = -1; pane < UI_PANES; pane++)
        for (int w = 50; w <= 200; w += 30) {
            ui_overlay o = {.kind = UI_OVER_NOTHING};
            bool       seen[UI_ACTIONS] = {false}, typing = false;
            ui_overlay_help(&o, pane);
            for (int turn = 0, last = -1; last != o.top; turn++) {
                last = turn ? o.top : -1;
                ui_canvas_reset(&canvas, w, 24);
                ui_overlay_draw(&o, &canvas);
                for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++) {
                    char start[16];
                    snprintf(start, sizeof start, "%.7s", ui_bindings[i].help ? ui_bindings[i].help : "");
                    if (*start && shows(start))
                        seen[ui_bindings[i].action] = true;
                }
                typing = typing || shows("typing");
                assert_true(ui_overlay_key(&o, UI_KEY_PGDN));
            }
            for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++)
                if (ui_bindings[i].help && (pane < 0 || ui_bindings[i].panes & UI_IN(pane)))
                    assert_true(seen[ui_bindings[i].action]);
            assert_int_equal(typing, pane >= 0);
            for (int small = 1; small < 50; small++) {
                ui_canvas_reset(&canvas, small, w / 5);
                ui_overlay_draw(&o, &canvas);
            }
            assert_true(ui_overlay_key(&o, UI_KEY_ESC));
            assert_int_equal(o.kind, UI_OVER_NOTHING);
        }
}

static void a_key_that_means_something_else_closes_help_and_does_it(void **state)
{
    (void)state;
    ui_overlay o = {.kind = UI_OVER_NOTHING};
    ui_overlay_help(&o, UI_PANE_SEARCH);
    assert_false(ui_overlay_key(&o, 's'));
    assert_int_equal(o.kind, UI_OVER_NOTHING);
}

/* ---- pager ---- */

static char *many_lines(int n)
{
    huse_buf b = {0};
    for (int i = 0; i < n; i++)
        huse_buf_fmt(&b, "line %d%s\n", i, i % 7 == 3 ? " with a Needle in it" : "");
    return b.data;
}

static void the_pager_scrolls_and_searches(void **state)
{
    (void)state;
    ui_overlay o = {.kind = UI_OVER_NOTHING};
    ui_overlay_pager(&o, "What it said", many_lines(100));
    ui_canvas_reset(&canvas, 60, 15);
    ui_overlay_draw(&o, &canvas);
    assert_string_equal(row(1), "  What it said");
    assert_string_equal(row(3), "  line 0");
    assert_string_equal(row(12), "  line 9");
    assert_string_equal(row(13), "────────────────────────────────────────────── 1–10 of 100 ─");
    const char *keys = " bfGg";
    const int   top[] = {9, 0, 9, 90, 0};
    for (int i = 0; keys[i]; i++) {
        assert_true(ui_overlay_key(&o, keys[i]));
        assert_int_equal(o.top, top[i]);
    }
    ui_overlay_key(&o, '/');
    ui_overlay_paste(&o, "needle");
    ui_canvas_reset(&canvas, 60, 15);
    ui_overlay_draw(&o, &canvas);
    assert_string_equal(row(14), "  / needle");
    assert_int_equal(canvas.cursor_y, 14);
    ui_overlay_key(&o, UI_KEY_ENTER);
    assert_int_equal(o.pager.match, 3);
    assert_int_equal(o.top, 0);
    ui_overlay_key(&o, 'n');
    ui_overlay_key(&o, 'n');
    assert_int_equal(o.pager.match, 17);
    assert_true(o.top <= 17 && o.top + o.rows > 17);
    ui_overlay_key(&o, 'N');
    ui_overlay_key(&o, 'N');
    ui_overlay_key(&o, 'N'); /* around the end */
    assert_int_equal(o.pager.match, 94);
    ui_overlay_key(&o, '/');
    ui_overlay_paste(&o, "NEEDLE");
    ui_overlay_key(&o, UI_KEY_ENTER);
    assert_true(o.pager.match == SIZE_MAX);
    ui_canvas_reset(&canvas, 60, 15);
    ui_overlay_draw(&o, &canvas);
    assert_true(shows("not found"));
    ui_overlay_wheel(&o, -1000);
    assert_int_equal(o.top, 0);
    ui_overlay_key(&o, '/');
    assert_true(ui_overlay_key(&o, UI_KEY_ESC)); /* leaves the search only */
    assert_int_equal(o.kind, UI_OVER_PAGER);
    assert_true(ui_overlay_key(&o, 's')); /* nothing gets through */
    assert_true(ui_overlay_key(&o, 'q'));
    assert_int_equal(o.kind, UI_OVER_NOTHING);
}

static void the_pager_breaks_long_lines_and_keeps_none_of_the_controls(void **state)
{
    (void)state;
    ui_overlay o = {.kind = UI_OVER_NOTHING};
    ui_overlay_pager(&o, "\x1b[2J", huse_xstrdup("words that go on and on until they no longer fit the line\r\n"
                                                 "\ttab\x1b[31m\x9b\n\nvery-long-and-without-a-space-anywhere-in-it-at-all-to-break-at\n"
                                                 "\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96"));
    ui_canvas_reset(&canvas, 21, 16);
    ui_overlay_draw(&o, &canvas);
    const char *want[] = {"  words that go on", "  and on until they", "  no longer fit the", "  line", "          tab␛[31m�", "", "  very-long-and-wit", "  hout-a-space-anyw"};
    for (int i = 0; i < (int)HUSE_COUNT(want); i++)
        assert_string_equal(row(3 + i), want[i]);
    for (int w = 1; w < 60; w++)
        for (int h = 1; h < 20; h++) {
            ui_canvas_reset(&canvas, w, h);
            ui_overlay_draw(&o, &canvas);
        }
    ui_overlay_close(&o);
    ui_overlay_pager(&o, "", huse_xstrdup(""));
    ui_canvas_reset(&canvas, 60, 15);
    ui_overlay_draw(&o, &canvas);
    assert_true(ui_overlay_key(&o, 'n') && ui_overlay_key(&o, 'G'));
    ui_overlay_close(&o);
}

static void a_megabyte_without_a_space_is_paged_at_once(void **state)
{
    (void)state;
    const size_t n = (size_t)6 << 20;
    char        *text = huse_xmalloc(n + 1);
    memset(text, 'x', n);
    text[n] = 0;
    ui_overlay o = {.kind = UI_OVER_NOTHING};
    ui_overlay_pager(&o, "long", text);
    ui_canvas_reset(&canvas, 80, 24);
    const clock_t began = clock();
    ui_overlay_draw(&o, &canvas);
    assert_true(clock() - began < 5 * CLOCKS_PER_SEC);
    ui_overlay_key(&o, 'G');
    ui_canvas_reset(&canvas, 80, 24);
    ui_overlay_draw(&o, &canvas);
    assert_true(shows("and 2097152 bytes more"));
    ui_overlay_close(&o);
}

/* ---- prompt and question ---- */

static char said[64];

static void on_text(void *st, const char *text)
{
    snprintf(said, sizeof said, "%s:%s", (const char *)st, text);
}

static void on_cancel(void *st)
{
    snprintf(said, sizeof said, "%s cancelled", (const char *)st);
}

static char *longer(void *st, const char *text)
{
    (void)st;
    return strcmp(text, "dr") == 0 ? huse_xstrdup("dress") : NULL;
}

static void on_yes(void *st)
{
    snprintf(said, sizeof said, "%s yes", (const char *)st);
}

static void a_prompt_completes_answers_and_can_be_cancelled(void **state)
{
    (void)state;
    ui_overlay      o = {.kind = UI_OVER_NOTHING};
    char            st[] = "pane";
    const ui_prompt p = {.label = "filter", .text = "d", .hint = "a class", .changed = on_text, .done = on_text, .cancelled = on_cancel, .complete = longer};
    ui_overlay_prompt(&o, st, &p);
    ui_canvas_reset(&canvas, 40, 10);
    ui_overlay_draw(&o, &canvas);
    assert_string_equal(row(9), "  filter d");
    assert_int_equal(canvas.cursor_x, 10);
    ui_overlay_key(&o, 'r');
    assert_string_equal(said, "pane:dr");
    ui_overlay_key(&o, UI_KEY_TAB);
    assert_string_equal(said, "pane:dress");
    ui_overlay_key(&o, UI_KEY_TAB);
    ui_overlay_key(&o, 'q'); /* text, not a command */
    ui_overlay_key(&o, UI_KEY_ENTER);
    assert_string_equal(said, "pane:dressq");
    assert_int_equal(o.kind, UI_OVER_NOTHING);
    ui_overlay_prompt(&o, st, &p);
    ui_overlay_key(&o, UI_KEY_ESC);
    assert_string_equal(said, "pane cancelled");
    ui_overlay_prompt(&o, st, &p);
    ui_overlay_help(&o, 0); /* something else takes its place */
    assert_string_equal(said, "pane cancelled");
    ui_overlay_close(&o);
}

static void only_y_answers_a_question_with_yes(void **state)
{
    (void)state;
    static const int32_t no[] = {UI_KEY_ENTER, UI_KEY_ESC, 'n', 'q', ' '};
    ui_overlay           o = {.kind = UI_OVER_NOTHING};
    char                 st[] = "pane";
    for (size_t i = 0; i < HUSE_COUNT(no); i++) {
        *said = 0;
        ui_overlay_confirm(&o, st, "Take 3 marks away?", on_yes);
        assert_true(ui_overlay_key(&o, no[i]));
        assert_int_equal(o.kind, UI_OVER_NOTHING);
        assert_string_equal(said, "");
    }
    ui_overlay_confirm(&o, st, "Take 3 marks away?", on_yes);
    ui_canvas_reset(&canvas, 40, 10);
    ui_overlay_draw(&o, &canvas);
    assert_string_equal(row(9), "  Take 3 marks away? y/N");
    assert_true(ui_overlay_key(&o, 'y'));
    assert_string_equal(said, "pane yes");
}

/* ---- the page without a workspace ---- */

static void the_start_page_opens_what_was_open_before(void **state)
{
    (void)state;
    char      shop[] = "/srv/shop", gone[] = "/srv/gone", plain[] = "/srv/plain", model[] = "run-3";
    const ui_recent recent[] = {{.dir = shop, .items = 9324, .model = model, .trained_at = time(NULL)},
                                {.dir = gone, .items = 3, .gone = true},
                                {.dir = plain, .items = 12}};
    pane_calls   calls = {.n_jobs = 0};
    const ui_gfx gfx = {.mode = UI_GFX_TRUE};
    const ui_ctx ctx = {.workspace = "", .recent = recent, .n_recent = 3, .call = &fixture_calls, .loop = &calls};
    void        *st = huse_xcalloc(1, ui_pane_start.state_size);
    ui_pane_start.open(st, &ctx);
    ui_pane_start.resize(st, 120, 30, &gfx);
    ui_canvas_reset(&canvas, 120, 30);
    ui_pane_start.draw(st, &canvas);
    assert_true(shows("make demo") && shows("huse-tui import"));
    assert_true(shows("▌ /srv/shop") && shows("9,324 items   model run-3, today"));
    assert_true(shows("/srv/gone") && shows("gone") && shows("not trained yet"));
    for (int w = 1; w < 130; w += 3)
        for (int h = 1; h < 30; h++) {
            ui_canvas_reset(&canvas, w, h);
            ui_pane_start.draw(st, &canvas);
        }
    assert_true(ui_pane_start.act(st, UI_ACT_UP));
    assert_true(ui_pane_start.act(st, UI_ACT_DOWN));
    assert_true(ui_pane_start.act(st, UI_ACT_OPEN));
    assert_string_equal(calls.opened, "");
    assert_string_equal(calls.message, "/srv/gone is gone");
    assert_true(ui_pane_start.act(st, UI_ACT_LAST));
    assert_true(ui_pane_start.act(st, UI_ACT_OPEN));
    assert_string_equal(calls.opened, "/srv/plain");
    ui_pane_start.pick(st, 1, false);
    ui_pane_start.pick(st, 1, true);
    assert_string_equal(calls.opened, "/srv/shop");
    ui_pane_start.pick(st, 99, true);
    ui_pane_start.close(st);
    free(st);
    fixture_end(&calls);
}

static void without_any_it_says_how_to_get_one(void **state)
{
    (void)state;
    pane_calls   calls = {.n_jobs = 0};
    const ui_ctx ctx = {.workspace = "", .call = &fixture_calls, .loop = &calls};
    void        *st = huse_xcalloc(1, ui_pane_start.state_size);
    ui_pane_start.open(st, &ctx);
    ui_canvas_reset(&canvas, 80, 24);
    ui_pane_start.draw(st, &canvas);
    assert_true(shows("Nothing to show yet.") && shows("make demo") && !shows("Recent"));
    assert_true(ui_pane_start.act(st, UI_ACT_DOWN));
    assert_true(ui_pane_start.act(st, UI_ACT_OPEN));
    assert_string_equal(calls.opened, "");
    ui_pane_start.close(st);
    free(st);
    fixture_end(&calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_gives_up_what_matters_least),
        cmocka_unit_test(hints_are_whole_words_and_end_with_help),
        cmocka_unit_test(hints_show_what_is_bound),
        cmocka_unit_test(help_lists_the_keys_of_its_pane_at_every_size),
        cmocka_unit_test(a_key_that_means_something_else_closes_help_and_does_it),
        cmocka_unit_test(the_pager_scrolls_and_searches),
        cmocka_unit_test(the_pager_breaks_long_lines_and_keeps_none_of_the_controls),
        cmocka_unit_test(a_megabyte_without_a_space_is_paged_at_once),
        cmocka_unit_test(a_prompt_completes_answers_and_can_be_cancelled),
        cmocka_unit_test(only_y_answers_a_question_with_yes),
        cmocka_unit_test(the_start_page_opens_what_was_open_before),
        cmocka_unit_test(without_any_it_says_how_to_get_one),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ui_canvas_free(&canvas);
    return failed;
}
