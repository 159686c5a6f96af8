/* What keys of Search do with queries, places, history and marks. */
#include "search_fixture.h"
#include "tmpdir.h"

static void s_asks_for_what_is_similar(void **state)
{
    (void)state;
    fixture f;
    found(&f, 120, 40, "red");
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

static void plus_and_minus_join_the_selected_one_to_the_query(void **state)
{
    (void)state;
    fixture f;
    found(&f, 120, 40, "");
    key(&f, UI_KEY_ENTER);
    key(&f, '-');
    assert_string_equal(asked(&f)->text, "- @\"item 0\"");
    type(&f, "/");
    key(&f, UI_CTRL('u'));
    type(&f, "red  ");
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, UI_KEY_ENTER);
    key(&f, 'l');
    key(&f, '+');
    assert_string_equal(asked(&f)->text, "red + @\"item 1\"");
    assert_int_equal(asked(&f)->skip, 0);
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, 'l');
    key(&f, 'l');
    key(&f, '-');
    assert_string_equal(asked(&f)->text, "red + @\"item 1\" - @\"item 2\"");
    end(&f);
}

static void other_panes_lead_here_with_a_term(void **state)
{
    (void)state;
    fixture f;
    found(&f, 120, 40, "red");
    ui_pane_search.lead(f.s, '=', "class:Footwear");
    assert_string_equal(asked(&f)->text, "class:Footwear");
    assert_false(ui_pane_search.typing(f.s));
    ui_pane_search.lead(f.s, '+', "@7");
    assert_string_equal(asked(&f)->text, "class:Footwear + @7");
    ui_pane_search.lead(f.s, '-', "@8");
    assert_string_equal(asked(&f)->text, "class:Footwear + @7 - @8");
    end(&f);
}

static void a_query_that_would_be_too_long_is_refused(void **state)
{
    (void)state;
    fixture f;
    char    query[UI_LINE_MAX + 1];
    memset(query, 'x', UI_LINE_MAX);
    query[UI_LINE_MAX] = 0;
    begin(&f, 120, 40, query);
    opened(&f, true);
    ui_pane_search.lead(f.s, '+', "@7");
    assert_non_null(strstr(f.calls.message, "too long"));
    assert_int_equal(f.s->line.n, UI_LINE_MAX);
    end(&f);
}

static void c_keeps_to_the_class_of_the_selected_one(void **state)
{
    (void)state;
    fixture f;
    found(&f, 120, 40, "red");
    shows(&f, "all classes");
    key(&f, UI_KEY_ESC);
    key(&f, 'l');
    key(&f, 'c');
    assert_string_equal(asked(&f)->class_filter, "Apparel/Topwear/Shirts");
    assert_string_equal(asked(&f)->text, "red");
    reply(&f, 0, HUSE_OK, "the filter “Apparel/Topwear/Shirts” leaves 0 of 9,324", 0);
    shows(&f, "leaves 0 of 9,324");
    shows(&f, "c searches in all classes again");
    shows(&f, "Apparel/Topwear/Shirts");
    key(&f, 'c');
    assert_null(asked(&f)->class_filter);
    reply(&f, 50, HUSE_OK, "", 0);
    shows(&f, "all classes");
    end(&f);
}

static void backspace_goes_back_to_query_and_selection(void **state)
{
    (void)state;
    fixture f;
    found(&f, 120, 40, "");
    type(&f, "red");
    reply(&f, 5000, HUSE_OK, "", 0);
    key(&f, UI_KEY_ENTER);
    for (int i = 0; i < 20; i++)
        key(&f, 'j');
    if (asked(&f))
        reply(&f, 5000, HUSE_OK, "", 0);
    const size_t cursor = f.s->cursor, top = f.s->top;
    key(&f, 's');
    reply(&f, 40, HUSE_OK, "", 0);
    key(&f, ']');
    reply(&f, 40, HUSE_OK, "", 0);
    key(&f, 'c');
    reply(&f, 9, HUSE_OK, "", 0);
    key(&f, UI_KEY_BACKSPACE);
    assert_null(asked(&f)->class_filter);
    reply(&f, 40, HUSE_OK, "", 0);
    key(&f, UI_KEY_BACKSPACE);
    assert_string_equal(asked(&f)->text, "red");
    assert_int_equal(asked(&f)->target, HUSE_TARGET_IMAGE);
    reply(&f, 5000, HUSE_OK, "", 0);
    assert_int_equal(f.s->cursor, cursor);
    assert_int_equal(f.s->top, top);
    assert_non_null(ui_search_selected(f.s));
    key(&f, UI_KEY_BACKSPACE);
    assert_string_equal(asked(&f)->text, "");
    key(&f, UI_KEY_BACKSPACE);
    assert_non_null(strstr(f.calls.message, "where you began"));
    end(&f);
}

static void up_and_down_walk_through_earlier_queries(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40, "");
    opened(&f, true);
    type(&f, "red");
    key(&f, UI_KEY_ENTER);
    type(&f, "/ dress");
    key(&f, UI_KEY_ESC);
    type(&f, "/");
    key(&f, UI_CTRL('u'));
    type(&f, "new");
    key(&f, UI_KEY_UP);
    assert_string_equal(f.s->line.text, "red dress");
    assert_string_equal(asked(&f)->text, "red dress");
    key(&f, UI_KEY_UP);
    assert_string_equal(f.s->line.text, "red");
    key(&f, UI_KEY_UP); /* the oldest */
    assert_string_equal(f.s->line.text, "red");
    key(&f, UI_KEY_DOWN);
    assert_string_equal(f.s->line.text, "red dress");
    key(&f, UI_KEY_DOWN);
    assert_string_equal(f.s->line.text, "new");
    assert_true(ui_pane_search.typing(f.s));
    key(&f, UI_KEY_DOWN);
    assert_false(ui_pane_search.typing(f.s));
    end(&f);
}

static char *file_text(const char *path)
{
    huse_err err;
    char    *data;
    size_t   n;
    assert_int_equal(huse_fs_read(path, 1 << 20, &data, &n, &err), HUSE_OK);
    return data;
}

static void what_was_meant_is_kept_for_the_next_start(void **state)
{
    (void)state;
    fixture f;
    char   *dir = tmpdir_make(), *file = huse_fs_join(dir, "state/history");
    begin(&f, 120, 40, "");
    f.ctx.history_file = file;
    opened(&f, true);
    type(&f, "red");
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, UI_KEY_ENTER);
    work(&f, UI_TOPIC_HISTORY);
    char *kept = file_text(file);
    assert_string_equal(kept, "red\n"); /* not “r”, “re” */
    free(kept);
    type(&f, "/ dress");
    reply(&f, 50, HUSE_OK, "", 0);
    f.s->typed_at -= 5000; /* a pause, then it goes on */
    type(&f, " long");
    reply(&f, 50, HUSE_OK, "", 0);
    type(&f, " + ");
    reply(&f, 0, HUSE_USAGE, "a term is missing here", 12);
    key(&f, UI_KEY_ESC); /* what cannot be understood is not kept */
    end(&f);
    kept = file_text(file);
    assert_string_equal(kept, "red\nred dress\n");
    free(kept);
    free(file);
    tmpdir_remove(dir);
}

static void space_marks_and_the_marks_are_counted(void **state)
{
    (void)state;
    fixture f;
    found_and_left(&f, 120, 40, "red");
    key(&f, 'e');
    assert_non_null(strstr(f.calls.message, "nothing is marked"));
    key(&f, ' ');
    key(&f, 'l');
    key(&f, 'l');
    key(&f, ' ');
    shows(&f, "* thing number 0");
    shows(&f, "* thing number 2");
    shows(&f, "* 2 marked");
    key(&f, ' ');
    hides(&f, "* thing number 2");
    shows(&f, "* 1 marked");
    key(&f, ']');
    reply(&f, 50, HUSE_OK, "", 0);
    shows(&f, "* thing number 0");
    end(&f);
}

static void n_goes_to_the_next_marked_one(void **state)
{
    (void)state;
    fixture f;
    found_and_left(&f, 120, 40, "red");
    key(&f, 'n');
    assert_non_null(strstr(f.calls.message, "nothing is marked"));
    ui_marks_set(f.ctx.marks, 3, true);
    ui_marks_set(f.ctx.marks, 10, true);
    key(&f, 'n');
    assert_int_equal(f.s->cursor, 3);
    key(&f, 'n');
    assert_int_equal(f.s->cursor, 10);
    key(&f, 'N');
    assert_int_equal(f.s->cursor, 3);
    key(&f, 'N'); /* none among those that are here: the rest is looked through */
    assert_non_null(fixture_job(&f.calls, UI_TOPIC_SEEK));
    end(&f);
}

static void e_writes_the_marked_and_says_where(void **state)
{
    (void)state;
    fixture f;
    char   *dir = tmpdir_make(), *file = huse_fs_join(dir, "out.csv");
    found_and_left(&f, 120, 40, "red");
    key(&f, ' ');
    key(&f, 'e');
    assert_non_null(f.calls.prompt.done);
    f.calls.prompt.done(f.calls.asker, file);
    work(&f, UI_TOPIC_EXPORT);
    assert_non_null(strstr(f.calls.message, "1 marked item, 1 line, written to "));
    assert_non_null(strstr(f.calls.message, file));
    f.calls.prompt.done(f.calls.asker, file); /* it exists now */
    assert_non_null(strstr(f.calls.question, "exists. Replace it?"));
    assert_null(fixture_job(&f.calls, UI_TOPIC_EXPORT));
    f.calls.yes(f.calls.asker);
    work(&f, UI_TOPIC_EXPORT);
    f.calls.prompt.done(f.calls.asker, dir);
    assert_non_null(strstr(f.calls.message, "is a folder"));
    char *nowhere = huse_fs_join(dir, "a/b.csv");
    f.calls.prompt.done(f.calls.asker, nowhere);
    work(&f, UI_TOPIC_EXPORT);
    assert_true(f.calls.warning);
    free(nowhere);
    free(file);
    tmpdir_remove(dir);
    end(&f);
}

static void y_copies_the_path_or_the_id(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40, "red");
    opened(&f, true);
    picture[0].root = "/pictures";
    item[1].n_pictures = 0;
    reply(&f, 50, HUSE_OK, "", 0);
    key(&f, UI_KEY_ESC);
    key(&f, 'y');
    assert_string_equal(f.calls.copied, "/pictures/x.jpg");
    key(&f, 'l');
    key(&f, 'y');
    assert_string_equal(f.calls.copied, "item 1");
    key(&f, '[');
    reply(&f, 3, HUSE_OK, "", 0);
    key(&f, 'y');
    assert_string_equal(f.calls.copied, "Apparel/Dress/Dresses");
    end(&f);
}

static void enter_on_a_class_leads_to_browse(void **state)
{
    (void)state;
    fixture f;
    begin(&f, 120, 40, "red");
    opened(&f, true);
    key(&f, UI_KEY_ESC);
    key(&f, '[');
    reply(&f, 3, HUSE_OK, "", 0);
    key(&f, 'j');
    key(&f, UI_KEY_ENTER);
    assert_int_equal(f.calls.led_pane, UI_PANE_BROWSE);
    assert_int_equal(f.calls.led_how, '=');
    assert_string_equal(f.calls.led, "Apparel/Topwear/Shirts");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(s_asks_for_what_is_similar),
        cmocka_unit_test(plus_and_minus_join_the_selected_one_to_the_query),
        cmocka_unit_test(other_panes_lead_here_with_a_term),
        cmocka_unit_test(a_query_that_would_be_too_long_is_refused),
        cmocka_unit_test(c_keeps_to_the_class_of_the_selected_one),
        cmocka_unit_test(backspace_goes_back_to_query_and_selection),
        cmocka_unit_test(up_and_down_walk_through_earlier_queries),
        cmocka_unit_test(what_was_meant_is_kept_for_the_next_start),
        cmocka_unit_test(space_marks_and_the_marks_are_counted),
        cmocka_unit_test(n_goes_to_the_next_marked_one),
        cmocka_unit_test(e_writes_the_marked_and_says_where),
        cmocka_unit_test(y_copies_the_path_or_the_id),
        cmocka_unit_test(enter_on_a_class_leads_to_browse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
