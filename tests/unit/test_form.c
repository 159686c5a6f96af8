/* A form: keys in, values, reasons and a canvas out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/widget_form.h"

enum { KIND, STEPS, RATE, SEED, WIDTH, FIELDS };

static const char *const kinds[] = {"one", "two", "three", NULL};

static bool digits_only(void *ctx, size_t field, const char *value, char *why, size_t size)
{
    (void)ctx;
    if (field == KIND || value[strspn(value, "0123456789")] == 0)
        return true;
    snprintf(why, size, "“%s” is no number", value);
    return false;
}

static void begin(ui_form *f)
{
    static const char *const label[] = {"kind", "steps", "rate", "seed", "width"};
    ui_form_init(f, FIELDS, 3, digits_only, NULL);
    for (size_t i = 0; i < FIELDS; i++) {
        f->field[i].label = label[i];
        f->field[i].help = "what it means";
        if (i == KIND)
            f->field[i].choice = kinds;
        ui_form_begin(f, i, i == KIND ? "one" : "12");
    }
    f->focus = true;
    f->fresh = true;
}

static void type(ui_form *f, const char *text)
{
    for (; *text; text++)
        ui_form_key(f, (unsigned char)*text);
}

static char *shown(const ui_form *f, int h)
{
    ui_canvas c = {0};
    ui_canvas_reset(&c, 80, h);
    ui_form_draw(f, &c, (ui_rect){0, 0, 80, h}, 100);
    char *text = ui_canvas_dump(&c);
    ui_canvas_free(&c);
    return text;
}

static void what_is_typed_first_takes_the_place_of_the_value(void **state)
{
    (void)state;
    ui_form f;
    begin(&f);
    assert_int_equal(ui_form_key(&f, UI_KEY_TAB), UI_FORM_MOVED);
    assert_int_equal(ui_form_at(&f), STEPS);
    type(&f, "345");
    assert_string_equal(ui_form_value(&f, STEPS), "345");
    assert_true(ui_form_changed(&f, STEPS));
    ui_form_key(&f, UI_KEY_DOWN);
    ui_form_key(&f, UI_KEY_LEFT); /* moved inside: it is kept */
    type(&f, "9");
    assert_string_equal(ui_form_value(&f, RATE), "192");
    ui_form_free(&f);
}

static void a_bad_value_says_why_below_its_field_and_is_not_taken(void **state)
{
    (void)state;
    ui_form f;
    begin(&f);
    ui_form_key(&f, UI_KEY_DOWN);
    type(&f, "1x");
    assert_int_equal(ui_form_wrong(&f), STEPS);
    char *text = shown(&f, 10), *line = strstr(text, "steps");
    assert_non_null(line);
    assert_non_null(strstr(line, "! “1x” is no number"));
    assert_true(strstr(line, "is no number") < strstr(line, "rate"));
    free(text);
    assert_int_equal(ui_form_key(&f, UI_KEY_ENTER), UI_FORM_MOVED);
    ui_form_key(&f, UI_KEY_BACKSPACE);
    assert_int_equal(ui_form_wrong(&f), FIELDS);
    assert_int_equal(ui_form_key(&f, UI_KEY_ENTER), UI_FORM_DONE);
    ui_form_free(&f);
}

static void enter_leads_to_a_bad_value_that_is_folded_away(void **state)
{
    (void)state;
    ui_form f;
    begin(&f);
    ui_form_begin(&f, WIDTH, "wide");
    assert_int_equal(ui_form_key(&f, UI_KEY_ENTER), UI_FORM_MOVED);
    assert_true(f.open);
    assert_int_equal(ui_form_at(&f), WIDTH);
    ui_form_free(&f);
}

static void choices_turn_both_ways_and_take_no_text(void **state)
{
    (void)state;
    ui_form f;
    begin(&f);
    assert_int_equal(ui_form_key(&f, UI_KEY_RIGHT), UI_FORM_CHANGED);
    assert_string_equal(ui_form_value(&f, KIND), "two");
    ui_form_key(&f, UI_KEY_LEFT);
    ui_form_key(&f, UI_KEY_LEFT);
    assert_string_equal(ui_form_value(&f, KIND), "three");
    assert_int_equal(ui_form_key(&f, 'x'), UI_FORM_IGNORED);
    assert_int_equal(ui_form_paste(&f, "zzz", 3), UI_FORM_IGNORED);
    assert_string_equal(ui_form_value(&f, KIND), "three");
    ui_form_free(&f);
}

static void the_others_are_folded_until_they_are_wanted(void **state)
{
    (void)state;
    ui_form f;
    begin(&f);
    char *text = shown(&f, 10);
    assert_non_null(strstr(text, "▸ 2 more settings"));
    assert_null(strstr(text, "width"));
    free(text);
    ui_form_key(&f, UI_KEY_BACKTAB); /* round to the line that folds */
    assert_int_equal(ui_form_at(&f), FIELDS);
    ui_form_key(&f, UI_KEY_ENTER);
    text = shown(&f, 10);
    assert_non_null(strstr(text, "width"));
    free(text);
    ui_form_free(&f);
}

static void the_cursor_stays_on_the_screen(void **state)
{
    (void)state;
    ui_form f;
    begin(&f);
    f.open = true;
    ui_form_begin(&f, RATE, "bad");
    for (int rows = 1; rows < 9; rows++)
        for (int i = 0; i < 12; i++) {
            ui_form_key(&f, i < 7 ? UI_KEY_DOWN : UI_KEY_UP);
            ui_form_settle(&f, rows);
            char *text = shown(&f, rows);
            assert_non_null(strstr(text, "▌"));
            free(text);
        }
    ui_form_free(&f);
}

static void keys_at_random_do_no_harm(void **state)
{
    (void)state;
    static const int32_t keys[] = {UI_KEY_UP, UI_KEY_DOWN, UI_KEY_LEFT, UI_KEY_RIGHT, UI_KEY_TAB, UI_KEY_BACKTAB, UI_KEY_ENTER, UI_KEY_PGUP,
                                   UI_KEY_PGDN, UI_KEY_BACKSPACE, UI_KEY_DELETE, 'a', '7', 0x4e2d, 0x301, ' ', UI_CTRL('w'), UI_CTRL('u')};
    ui_form  f;
    uint32_t r = 1;
    begin(&f);
    for (int i = 0; i < 20000; i++) {
        r = r * 1664525 + 1013904223;
        ui_form_key(&f, keys[(r >> 16) % HUSE_COUNT(keys)]);
        if (i % 100 == 0) {
            ui_form_settle(&f, (int)(r >> 28));
            free(shown(&f, 1 + (int)(r >> 29)));
        }
    }
    ui_form_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_first_takes_the_place_of_the_value),
        cmocka_unit_test(a_bad_value_says_why_below_its_field_and_is_not_taken),
        cmocka_unit_test(enter_leads_to_a_bad_value_that_is_folded_away),
        cmocka_unit_test(choices_turn_both_ways_and_take_no_text),
        cmocka_unit_test(the_others_are_folded_until_they_are_wanted),
        cmocka_unit_test(the_cursor_stays_on_the_screen),
        cmocka_unit_test(keys_at_random_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
