/* Earlier queries: the walk through them, and their file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tmpdir.h"
#include "ui/history.h"

static void one_walks_back_and_forth(void **state)
{
    (void)state;
    ui_history *h = ui_history_new(NULL);
    assert_null(ui_history_older(h, "typed"));
    assert_null(ui_history_newer(h));
    assert_true(ui_history_add(h, "one"));
    assert_true(ui_history_add(h, "two"));
    assert_string_equal(ui_history_older(h, "typed"), "two");
    assert_string_equal(ui_history_older(h, "two"), "one");
    assert_null(ui_history_older(h, "one"));
    assert_string_equal(ui_history_newer(h), "two");
    assert_string_equal(ui_history_newer(h), "typed");
    assert_null(ui_history_newer(h));
    assert_string_equal(ui_history_older(h, "two"), "one"); /* not the same again */
    ui_history_rest(h);
    assert_string_equal(ui_history_older(h, ""), "two");
    ui_history_free(h);
}

static void each_line_is_kept_once(void **state)
{
    (void)state;
    ui_history *h = ui_history_new(NULL);
    ui_history_add(h, "one");
    ui_history_add(h, "two");
    assert_true(ui_history_add(h, "one"));
    assert_false(ui_history_add(h, "one"));
    assert_false(ui_history_add(h, ""));
    assert_false(ui_history_add(h, "   "));
    assert_false(ui_history_add(h, "a\nb"));
    assert_string_equal(ui_history_older(h, ""), "one");
    assert_string_equal(ui_history_older(h, ""), "two");
    assert_null(ui_history_older(h, ""));
    ui_history_free(h);
}

static void write(const char *file, ui_history *h)
{
    huse_err err;
    size_t   n;
    char   **line = ui_history_unsaved(h, &n);
    assert_int_equal(ui_history_write(file, line, n, &err), HUSE_OK);
    for (size_t i = 0; i < n; i++)
        free(line[i]);
    free(line);
    ui_history_saved(h, n);
    line = ui_history_unsaved(h, &n);
    free(line);
    assert_int_equal(n, 0);
}

static void what_is_written_is_there_at_the_next_start(void **state)
{
    (void)state;
    char       *dir = tmpdir_make(), *file = huse_fs_join(dir, "a/b/history");
    struct stat st;
    ui_history *mine = ui_history_new(file), *other = ui_history_new(file);
    ui_history_add(mine, "red dress");
    ui_history_add(mine, "κόκκινο φόρεμα");
    write(file, mine);
    ui_history_add(other, "blue"); /* of a program that began at the same time */
    write(file, other);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    ui_history_free(mine);
    mine = ui_history_new(file);
    assert_string_equal(ui_history_older(mine, ""), "blue");
    assert_string_equal(ui_history_older(mine, ""), "κόκκινο φόρεμα");
    assert_string_equal(ui_history_older(mine, ""), "red dress");
    assert_null(ui_history_older(mine, ""));
    ui_history_free(mine);
    ui_history_free(other);
    free(file);
    tmpdir_remove(dir);
}

static void at_most_a_thousand_are_kept(void **state)
{
    (void)state;
    char       *dir = tmpdir_make(), *file = huse_fs_join(dir, "history"), line[32];
    ui_history *h = ui_history_new(file);
    for (int i = 0; i < 2 * UI_HISTORY_MAX + 7; i++) {
        snprintf(line, sizeof line, "query %d", i);
        ui_history_add(h, line);
        if (i == 900)
            write(file, h);
    }
    write(file, h);
    ui_history_free(h);
    h = ui_history_new(file);
    for (int i = 0; i < UI_HISTORY_MAX; i++) {
        snprintf(line, sizeof line, "query %d", 2 * UI_HISTORY_MAX + 6 - i);
        assert_string_equal(ui_history_older(h, ""), line);
    }
    assert_null(ui_history_older(h, ""));
    ui_history_free(h);
    free(file);
    tmpdir_remove(dir);
}

static void a_broken_file_does_no_harm(void **state)
{
    (void)state;
    static const char bytes[] = "good\n\x1b]0;evil\x07\n\0zero\n   \ngood\nlast without an end";
    char             *dir = tmpdir_make(), *file = huse_fs_join(dir, "history");
    huse_err          err;
    assert_int_equal(huse_fs_write_atomic(file, bytes, sizeof bytes - 1, &err), HUSE_OK);
    ui_history *h = ui_history_new(file);
    assert_string_equal(ui_history_older(h, ""), "last without an end");
    assert_string_equal(ui_history_older(h, ""), "good");
    assert_null(ui_history_older(h, ""));
    ui_history_free(h);
    h = ui_history_new(dir); /* a folder */
    ui_history_add(h, "x");
    size_t n;
    char **line = ui_history_unsaved(h, &n);
    assert_int_not_equal(ui_history_write(dir, line, n, &err), HUSE_OK);
    free(line[0]);
    free(line);
    ui_history_free(h);
    free(file);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_walks_back_and_forth),
        cmocka_unit_test(each_line_is_kept_once),
        cmocka_unit_test(what_is_written_is_there_at_the_next_start),
        cmocka_unit_test(at_most_a_thousand_are_kept),
        cmocka_unit_test(a_broken_file_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
