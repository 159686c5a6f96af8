/* Marked items as files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tmpdir.h"
#include "ui/marks_export.h"

static huse_picture picture[] = {
    {.path = "a, b.jpg", .root = "/shop"}, {.path = "/far/c.jpg", .root = "/shop"}, {.path = "https://example.org/d.jpg"}, {.path = "e\n.jpg", .root = "/shop"}};
static const char *class_path[] = {"Apparel/Dresses"};
static huse_item   item[] = {
    {.id = "1", .text = "a \"red\" dress", .cls = 0, .split = HUSE_SPLIT_TEST, .picture = 0, .n_pictures = 2},
    {.id = "=1+1", .text = "@cmd", .cls = -1, .picture = 2, .n_pictures = 1},
    {.id = "none", .text = "'=quoted already", .cls = 0},
    {.id = "\xff", .text = "two\nlines", .cls = -1, .picture = 3, .n_pictures = 1},
};
static huse_items items = {.item = item, .n = 4, .picture = picture, .n_pictures = 4, .class_path = class_path, .n_classes = 1};

static char *written(const char *name, size_t n, size_t rows)
{
    char        *dir = tmpdir_make(), *file = huse_fs_join(dir, name), *data;
    const size_t at[] = {0, 1, 2, 3};
    size_t       got = 0, len;
    huse_err     err;
    assert_int_equal(ui_marks_export(&items, at, n, file, &got, &err), HUSE_OK);
    assert_int_equal(got, rows);
    assert_int_equal(huse_fs_read(file, 1 << 20, &data, &len, &err), HUSE_OK);
    free(file);
    tmpdir_remove(dir);
    return data;
}

static void a_table_quotes_every_field_and_guards_formulas(void **state)
{
    (void)state;
    char *got = written("x.CSV", 3, 4);
    assert_string_equal(got, "\"id\",\"image\",\"text\",\"class\",\"split\"\r\n"
                             "\"1\",\"/shop/a, b.jpg\",\"a \"\"red\"\" dress\",\"Apparel/Dresses\",\"test\"\r\n"
                             "\"1\",\"/far/c.jpg\",\"a \"\"red\"\" dress\",\"Apparel/Dresses\",\"test\"\r\n"
                             "\"'=1+1\",\"https://example.org/d.jpg\",\"'@cmd\",\"\",\"\"\r\n"
                             "\"none\",\"\",\"''=quoted already\",\"Apparel/Dresses\",\"\"\r\n");
    free(got);
}

static void lines_of_json_parse(void **state)
{
    (void)state;
    char *got = written("x.jsonl", 4, 5), *line = strtok(got, "\n");
    for (int i = 0; i < 5; i++, line = strtok(NULL, "\n")) {
        assert_non_null(line);
        json_t *j = json_loads(line, 0, NULL);
        assert_non_null(j);
        if (i == 0)
            assert_string_equal(json_string_value(json_object_get(j, "image")), "/shop/a, b.jpg");
        if (i == 3)
            assert_null(json_object_get(j, "image"));
        if (i == 4)
            assert_string_equal(json_string_value(json_object_get(j, "text")), "two\nlines");
        json_decref(j);
    }
    assert_null(line);
    free(got);
}

static void other_names_hold_paths(void **state)
{
    (void)state;
    char *got = written("x.txt", 3, 3);
    assert_string_equal(got, "/shop/a, b.jpg\n/far/c.jpg\nhttps://example.org/d.jpg\n");
    free(got);
}

static void a_failure_leaves_the_old_file(void **state)
{
    (void)state;
    char        *dir = tmpdir_make(), *file = huse_fs_join(dir, "list"), *none = huse_fs_join(dir, "no/where.csv"), *data;
    const size_t at[] = {3};
    size_t       rows = 7, n;
    huse_err     err;
    assert_int_equal(huse_fs_write_atomic(file, "old", 3, &err), HUSE_OK);
    assert_int_equal(ui_marks_export(&items, at, 1, file, &rows, &err), HUSE_BAD_DATA); /* a line end in a path */
    assert_non_null(strstr(err.msg, "line end"));
    assert_int_equal(rows, 7);
    assert_int_equal(huse_fs_read(file, 100, &data, &n, &err), HUSE_OK);
    assert_string_equal(data, "old");
    assert_int_not_equal(ui_marks_export(&items, at, 1, none, &rows, &err), HUSE_OK);
    assert_int_not_equal(ui_marks_export(&items, at, 1, dir, &rows, &err), HUSE_OK);
    char **name;
    assert_int_equal(huse_fs_list(dir, &name, &n, &err), HUSE_OK);
    assert_int_equal(n, 1);
    huse_fs_free_names(name, n);
    free(data);
    free(file);
    free(none);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_quotes_every_field_and_guards_formulas),
        cmocka_unit_test(lines_of_json_parse),
        cmocka_unit_test(other_names_hold_paths),
        cmocka_unit_test(a_failure_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
