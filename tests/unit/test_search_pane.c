/* Search on the screen: results, moving among them, details, states, sizes. */
#include "search_fixture.h"
#include "ui/overlay.h"

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
                        "──────────────────────────────────────────── 9,324 items · 11 ms · all classes ─\n"
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
                        "───────────────────────────────────────────────────────────────── 1–8 of 9,324 ─\n"
                        "  ↓ results   Tab complete   ↑ history   Esc then 1 2 panes, ? keys\n");
    free(got);
    end(&f);
}

static void moving_goes_through_the_grid_row_by_row(void **state)
{
    (void)state;
    fixture          f;
    ui_search_layout l;
    found(&f, 120, 40, "red");
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
    assert_null(asked(&f)); /* all of it is here */
    key(&f, UI_KEY_PGDN);
    assert_int_equal(f.s->cursor, columns + 1 + page);
    assert_int_equal(f.s->top, page);
    reply(&f, 50, HUSE_OK, "", 0);
    assert_int_equal(ui_search_selected(f.s)->item, (int)(columns + 1 + page));
    key(&f, UI_KEY_PGUP);
    assert_int_equal(f.s->cursor, columns + 1);
    assert_int_equal(f.s->top, 0);
    for (size_t i = 0; i + 1 < page / columns; i++)
        key(&f, 'j');
    assert_int_equal(f.s->top, columns); /* one row, no more */
    key(&f, 'G');
    assert_int_equal(f.s->cursor, 49);
    assert_int_equal(f.s->top, 49 / columns * columns + columns - page);
    if (asked(&f))
        reply(&f, 50, HUSE_OK, "", 0);
    assert_non_null(ui_search_selected(f.s));
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

static void any_depth_can_be_reached_and_is_asked_for_in_time(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "red");
    opened(&f, true);
    reply(&f, 1000000, HUSE_OK, "", 0);
    key(&f, UI_KEY_ESC);
    for (int i = 0; i < 40; i++) {
        key(&f, UI_KEY_PGDN);
        assert_non_null(ui_search_selected(f.s)); /* before the next answer */
        if (asked(&f))
            reply(&f, 1000000, HUSE_OK, "", 0);
    }
    shows(&f, "321–328 of 1,000,000");
    key(&f, 'G');
    reply(&f, 1000000, HUSE_OK, "", 0);
    assert_int_equal(f.s->cursor, 999999);
    shows(&f, "999,993–1,000,000 of 1,000,000");
    ui_pane_search.resize(f.s, f.w = 200, f.h = 60, &f.gfx);
    if (asked(&f))
        reply(&f, 1000000, HUSE_OK, "", 0);
    assert_int_equal(f.s->cursor, 999999);
    assert_non_null(ui_search_selected(f.s));
    end(&f);
}

/* Else it would be asked again for ever. */
static void an_answer_shorter_than_its_total_is_the_end(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "red");
    opened(&f, true);
    reply(&f, 12, HUSE_OK, "", 0);
    f.s->hits.answer.total = 5000;
    key(&f, UI_KEY_ESC);
    key(&f, 'G');
    assert_int_equal(f.s->cursor, 11);
    assert_null(asked(&f));
    end(&f);
}

static void tab_goes_through_the_areas(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 24, "red");
    opened(&f, true);
    item[0].text = "a long text that has to be told in very many lines because it does not end and does not end and does not end and does not "
                   "end and does not end and does not end and does not end and does not end and does not end and does not end at all, ever";
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.s->focus, UI_FOCUS_FILTER);
    key(&f, UI_KEY_TAB); /* without a choice */
    assert_int_equal(f.s->focus, UI_FOCUS_RESULTS);
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.s->focus, UI_FOCUS_DETAILS);
    hides(&f, "id item 0");
    shows(&f, "↓\n");
    for (int i = 0; i < 50; i++)
        key(&f, 'j');
    assert_int_equal(f.s->cursor, 0);
    shows(&f, "id item 0");
    key(&f, 'k');
    hides(&f, "id item 0");
    key(&f, 'l');
    assert_int_equal(f.s->cursor, 1);
    assert_int_equal(f.s->scroll, 0);
    key(&f, UI_KEY_TAB);
    assert_int_equal(f.s->focus, UI_FOCUS_QUERY);
    key(&f, UI_KEY_BACKTAB);
    assert_int_equal(f.s->focus, UI_FOCUS_RESULTS);
    key(&f, UI_KEY_BACKTAB);
    assert_int_equal(f.s->focus, UI_FOCUS_FILTER);
    key(&f, UI_KEY_BACKTAB);
    assert_int_equal(f.s->focus, UI_FOCUS_QUERY);
    end(&f);
}

static void the_mouse_selects_opens_and_scrolls(void **state)
{
    (void)state;
    fixture f;
    found(&f, 80, 24, "red");
    click(&f, "thing number 6", false);
    assert_int_equal(f.s->cursor, 6);
    assert_false(ui_pane_search.typing(f.s));
    ui_pane_search.wheel(f.s, -1, 1);
    assert_int_equal(f.s->top, 4);
    assert_int_equal(f.s->cursor, 6);
    ui_pane_search.wheel(f.s, -1, 1);
    assert_int_equal(f.s->top, 8);
    assert_int_equal(f.s->cursor, 10);
    for (int i = 0; i < 30; i++)
        ui_pane_search.wheel(f.s, -1, 1);
    assert_int_equal(f.s->top, 44);
    if (asked(&f))
        reply(&f, 50, HUSE_OK, "", 0);
    for (int i = 0; i < 30; i++)
        ui_pane_search.wheel(f.s, -1, -1);
    assert_int_equal(f.s->top, 0);
    assert_int_equal(f.s->cursor, 6);
    if (asked(&f))
        reply(&f, 50, HUSE_OK, "", 0);
    click(&f, "thing number 5", true);
    shows(&f, "6 of 50");
    shows(&f, "cosine");
    key(&f, UI_KEY_BACKSPACE); /* the page, not the way back */
    click(&f, "all classes", false);
    assert_int_equal(f.s->focus, UI_FOCUS_FILTER);
    key(&f, UI_KEY_ESC);
    click(&f, "texts", false);
    assert_int_equal(f.s->target, HUSE_TARGET_TEXT);
    click(&f, "› red", false);
    assert_int_equal(f.s->focus, UI_FOCUS_QUERY);
    end(&f);
}

static void wide_screens_show_results_and_details(void **state)
{
    (void)state;
    static const int size[][2] = {{120, 40}, {200, 60}};
    for (size_t i = 0; i < HUSE_COUNT(size); i++) {
        fixture f;
        begin(&f, size[i][0], size[i][1], "red");
        opened(&f, true);
        reply(&f, 9324, HUSE_OK, "", 0);
        shows(&f, "images  texts  classes");
        shows(&f, "9,324 items · 11 ms · all classes");
        shows(&f, "│");
        shows(&f, "score .931   cosine .500");
        shows(&f, "1 of 9,324 · .010 above the next");
        shows(&f, "━━━━━━━");
        assert_true(f.canvas.n_slots >= 12);
        key(&f, UI_KEY_ENTER);
        key(&f, UI_KEY_ENTER); /* a page of its own here, too */
        shows(&f, "score .931   cosine .500");
        hides(&f, "thing number 1");
        assert_int_equal(f.canvas.n_slots, 1);
        key(&f, UI_KEY_ESC);
        shows(&f, "thing number 1");
        end(&f);
    }
}

/* What the model makes of the selected one: texts of these items. */
static void give_texts(fixture *f, const int32_t *of, const float *cosine, size_t n)
{
    ui_facts *facts = huse_xcalloc(1, sizeof *facts);
    facts->item = (size_t)ui_search_selected(f->s)->item;
    facts->texts.hit = huse_xcalloc(n, sizeof *facts->texts.hit);
    facts->texts.n = n;
    for (size_t i = 0; i < n; i++)
        facts->texts.hit[i] = (huse_hit){.item = of[i], .cosine = cosine[i], .class_path = ""};
    f->s->facts[0] = facts;
}

static void a_text_that_many_items_share_is_told_once(void **state)
{
    (void)state;
    static const int32_t of[] = {20, 21, 22, 23, 24, 25, 26, 27, 28};
    static const float   cosine[] = {1, .9994f, .9994f, .9981f, .9f, .8f, .7f, .6f, -.4f};
    fixture              f;
    found(&f, 120, 40, "red");
    strcpy(text[22], text[21]);
    strcpy(text[25], text[21]);
    give_texts(&f, of, cosine, HUSE_COUNT(of));
    shows(&f, "1.00  thing number 20\n");
    shows(&f, ".999  thing number 21  × 3\n");
    shows(&f, ".998  thing number 23\n");
    shows(&f, ".600  thing number 27\n");
    hides(&f, "thing number 28"); /* six are told */
    memset(text[21], 'x', 38); /* too long: how often is told all the same */
    strcpy(text[22], text[21]);
    shows(&f, "…  × 2\n");
    end(&f);
}

static void items_of_one_score_are_level(void **state)
{
    (void)state;
    fixture f;
    found(&f, 120, 40, "red");
    huse_hit *hit = f.s->hits.answer.hit;
    hit[0].score = hit[1].score + .0004f;
    shows(&f, "1 of 50 · level with the next");
    hit[0].score = hit[1].score + .0006f;
    shows(&f, "1 of 50 · .001 above the next");
    end(&f);
}

static void enter_shows_and_hides_the_details(void **state)
{
    (void)state;
    fixture f;
    found_and_left(&f, 80, 24, "red");
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
    found(&f, 80, 24, "red");
    type(&f, " + ");
    reply(&f, 0, HUSE_USAGE, "a term is missing here", 6);
    shows(&f, "\n──────── ^ a term is missing here\n");
    shows(&f, "thing number 0");
    type(&f, "x");
    reply(&f, 50, HUSE_OK, "", 0);
    hides(&f, "missing");
    end(&f);
}

static void an_error_without_results_says_what_to_do(void **state)
{
    (void)state;
    static const char why[] = "the text encoder that made the features is not here: its weights, 90 MB, are fetched by huse-tui embed, "
                              "or name another one";
    fixture f;
    begin(&f, 80, 24, "red");
    opened(&f, true);
    reply(&f, 0, HUSE_BAD_DATA, why, 0);
    shows(&f, "the text encoder that made the features is not here");
    shows(&f, "or name another one"); /* all of it */
    shows(&f, "/ changes the query");
    key(&f, UI_CTRL('u'));
    reply(&f, 50, HUSE_OK, "", 0);
    hides(&f, "encoder");
    type(&f, "red");
    reply(&f, 0, HUSE_BAD_DATA, why, 0);
    shows(&f, "! the text encoder");
    shows(&f, "or name another one");
    shows(&f, "thing number 4"); /* what was there stays */
    end(&f);
}

static void words_that_no_text_has_are_told(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 80, 24, "zzqqk");
    opened(&f, true);
    asked(&f)->answer.unknown_words = true;
    reply(&f, 50, HUSE_OK, "", 0);
    shows(&f, "no text has these words");
    key(&f, 'k');
    reply(&f, 50, HUSE_OK, "", 0);
    hides(&f, "no text has these words");
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
                if (details && view < 2)
                    key(&f, UI_KEY_ENTER);
                if (details && view == 2) {
                    key(&f, UI_KEY_BACKTAB);
                    f.s->names.open = true;
                    f.s->names.n = UI_NAMES_MAX;
                    for (int n = 0; n < UI_NAMES_MAX; n++) {
                        f.s->names.name[n] = n % 2 ? "a" : "Apparel/世界\x1b[2J and a long name that goes on";
                        f.s->names.item[n] = n - 2;
                    }
                }
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
        cmocka_unit_test(moving_goes_through_the_grid_row_by_row),
        cmocka_unit_test(any_depth_can_be_reached_and_is_asked_for_in_time),
        cmocka_unit_test(an_answer_shorter_than_its_total_is_the_end),
        cmocka_unit_test(tab_goes_through_the_areas),
        cmocka_unit_test(the_mouse_selects_opens_and_scrolls),
        cmocka_unit_test(wide_screens_show_results_and_details),
        cmocka_unit_test(a_text_that_many_items_share_is_told_once),
        cmocka_unit_test(items_of_one_score_are_level),
        cmocka_unit_test(enter_shows_and_hides_the_details),
        cmocka_unit_test(an_error_stands_under_its_place_and_results_stay),
        cmocka_unit_test(an_error_without_results_says_what_to_do),
        cmocka_unit_test(words_that_no_text_has_are_told),
        cmocka_unit_test(every_state_has_its_words),
        cmocka_unit_test(pictures_that_are_not_there_leave_a_quiet_frame),
        cmocka_unit_test(every_size_can_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
