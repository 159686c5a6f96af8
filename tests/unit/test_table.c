/* Tables: order, cursor, columns that fit, and what is written to files. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/base.h"
#include "ui/widget_table.h"

#define PAGE 3

static const ui_column column[] = {
    {"name", NULL, false, true, 6, 0, true},
    {"R@1", "T2I", true, false, 0, 0, true},
    {"R@5", "T2I", true, false, 0, 2, true},
    {"items", NULL, true, false, 0, 1, false},
};

static void fill(ui_table *t)
{
    static const struct {
        const char *name;
        double      a, b;
        size_t      n;
    } row[] = {{"Ties", .5, .75, 12}, {"Bags and Backpacks", .25, 1, 1234}, {"Shoes", (double)NAN, .5, 7}, {"Belts", .75, .875, 90}};
    ui_table_begin(t, column, HUSE_COUNT(column));
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        ui_table_row(t);
        ui_table_text(t, 0, UI_PLAIN, row[i].name);
        ui_table_share(t, 1, i == 3 ? UI_BOLD : UI_PLAIN, row[i].a, 3);
        ui_table_share(t, 2, UI_PLAIN, row[i].b, 3);
        ui_table_count(t, 3, UI_DIM, row[i].n);
    }
    ui_table_end(t, PAGE);
}

static char *drawn(const ui_table *t, int w, int h)
{
    ui_canvas c = {0};
    ui_canvas_reset(&c, w, h);
    ui_table_draw(t, &c, (ui_rect){0, 0, w, h}, true, 100);
    char *s = ui_canvas_dump(&c);
    ui_canvas_free(&c);
    return s;
}

static void assert_drawn(const ui_table *t, int w, int h, const char *want)
{
    char *s = drawn(t, w, h);
    assert_string_equal(s, want);
    free(s);
}

static void columns_stand_under_their_headings(void **state)
{
    ui_table t = {0};
    (void)state;
    fill(&t);
    assert_drawn(&t, 50, 6,
                 "                      T2I\n"
                 "  name                 R@1   R@5  items\n"
                 "▌ Ties                .500  .750     12\n"
                 "  Bags and Backpacks  .250 1.000  1,234\n"
                 "  Shoes                  –  .500      7\n"
                 "  Belts               .750  .875     90\n");
    ui_table_free(&t);
}

static void what_does_not_fit_is_cut_then_left_out(void **state)
{
    ui_table t = {0};
    (void)state;
    fill(&t);
    for (int w = 1; w < 60; w++) { /* nothing beyond the rectangle, at any width */
        ui_canvas c = {0};
        ui_canvas_reset(&c, 60, 6);
        ui_table_draw(&t, &c, (ui_rect){0, 0, w, 6}, true, 100);
        for (int y = 0; y < 6; y++)
            for (int x = w; x < 60; x++)
                assert_string_equal(c.cell[y * 60 + x].text, "");
        ui_canvas_free(&c);
    }
    char *s = drawn(&t, 24, 6);
    assert_non_null(strstr(s, "…"));
    assert_null(strstr(s, "R@5")); /* the highest goes first */
    assert_non_null(strstr(s, "items"));
    free(s);
    s = drawn(&t, 15, 6);
    assert_null(strstr(s, "items"));
    assert_non_null(strstr(s, ".250"));
    free(s);
    ui_table_free(&t);
}

static const char *first(const ui_table *t, size_t place)
{
    return t->cell[t->order[place] * t->n_columns].text;
}

static void sorting_keeps_the_selected_row_and_puts_the_unknown_last(void **state)
{
    ui_table t = {0};
    (void)state;
    fill(&t);
    ui_list_to(&t.list, 2, PAGE); /* Shoes */
    ui_table_sort(&t, 1, false, PAGE);
    assert_string_equal(first(&t, 0), "Bags and Backpacks");
    assert_string_equal(first(&t, 3), "Shoes");
    assert_int_equal(ui_table_selected(&t), 2);
    assert_int_equal(t.list.cursor, 3);
    ui_table_sort(&t, 1, true, PAGE);
    assert_string_equal(first(&t, 0), "Belts");
    assert_string_equal(first(&t, 3), "Shoes");
    ui_table_sort(&t, 0, false, PAGE);
    assert_string_equal(first(&t, 1), "Belts");
    assert_int_equal(ui_table_selected(&t), 2);
    ui_table_free(&t);
}

static void the_next_column_begins_with_what_one_looks_for(void **state)
{
    ui_table t = {0};
    (void)state;
    fill(&t);
    ui_table_sort_next(&t, PAGE);
    assert_int_equal(t.sort, 0);
    assert_false(t.falling);
    ui_table_sort_next(&t, PAGE);
    assert_int_equal(t.sort, 1);
    assert_false(t.falling); /* the worst figures first */
    ui_table_sort_next(&t, PAGE);
    ui_table_sort_next(&t, PAGE);
    assert_int_equal(t.sort, 3);
    assert_true(t.falling); /* the most items first */
    assert_string_equal(first(&t, 0), "Bags and Backpacks");
    ui_table_sort_next(&t, PAGE);
    assert_int_equal(t.sort, UI_UNSORTED);
    assert_string_equal(first(&t, 0), "Ties");
    ui_table_free(&t);
}

static void filled_anew_it_keeps_its_order_and_place(void **state)
{
    ui_table t = {0};
    (void)state;
    fill(&t);
    ui_table_sort(&t, 3, true, PAGE);
    ui_list_to(&t.list, 1, PAGE);
    fill(&t);
    assert_int_equal(t.list.n, 4);
    assert_int_equal(t.list.cursor, 1);
    assert_string_equal(first(&t, 0), "Bags and Backpacks");
    ui_table_begin(&t, column, HUSE_COUNT(column));
    ui_table_end(&t, PAGE);
    assert_int_equal(ui_table_selected(&t), SIZE_MAX);
    ui_table_free(&t);
}

static void outside_text_is_made_safe_and_wide_characters_count(void **state)
{
    ui_table t = {0};
    (void)state;
    ui_table_begin(&t, column, HUSE_COUNT(column));
    ui_table_row(&t);
    ui_table_text(&t, 0, UI_PLAIN, "\x1b[31m日本語\xff");
    ui_table_end(&t, PAGE);
    assert_null(strchr(t.cell[0].text, '\x1b'));
    assert_true(t.width[0] >= 6);
    ui_table_free(&t);
}

static void files_hold_all_digits(void **state)
{
    ui_table t = {0};
    (void)state;
    ui_table_begin(&t, column, HUSE_COUNT(column));
    ui_table_row(&t);
    ui_table_text(&t, 0, UI_PLAIN, "a, \"b\"|c");
    ui_table_share(&t, 1, UI_PLAIN, 1.0 / 3, 3);
    ui_table_share(&t, 2, UI_PLAIN, (double)NAN, 3);
    ui_table_count(&t, 3, UI_PLAIN, 1234);
    ui_table_end(&t, PAGE);
    char *csv = ui_table_write(&t, UI_TABLE_CSV), *md = ui_table_write(&t, UI_TABLE_MARKDOWN), *js = ui_table_write(&t, UI_TABLE_JSON);
    assert_string_equal(csv, "name,T2I R@1,T2I R@5,items\n\"a, \"\"b\"\"|c\",0.33333333333333331,,1234\n");
    assert_string_equal(md, "| name | T2I R@1 | T2I R@5 | items |\n|---|---:|---:|---:|\n| a, \"b\"\\|c | .333 | – | 1,234 |\n");
    json_t *o = json_loads(js, 0, NULL), *row = json_array_get(o, 0);
    assert_true(json_real_value(json_object_get(row, "T2I R@1")) == 1.0 / 3);
    assert_true(json_is_null(json_object_get(row, "T2I R@5")));
    assert_int_equal(json_integer_value(json_object_get(row, "items")), 1234);
    json_decref(o);
    free(csv);
    free(md);
    free(js);
    ui_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_stand_under_their_headings),
        cmocka_unit_test(what_does_not_fit_is_cut_then_left_out),
        cmocka_unit_test(sorting_keeps_the_selected_row_and_puts_the_unknown_last),
        cmocka_unit_test(the_next_column_begins_with_what_one_looks_for),
        cmocka_unit_test(filled_anew_it_keeps_its_order_and_place),
        cmocka_unit_test(outside_text_is_made_safe_and_wide_characters_count),
        cmocka_unit_test(files_hold_all_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
