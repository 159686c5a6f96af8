/* Pictures behind the text: each is painted once, and none is forgotten when something more urgent comes in between. The terminal is ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ui/screen.h"
#include "ui/term.h"

#define W 40
#define H 12

static huse_buf written; /* since the last look */

bool ui_term_write(const char *bytes, size_t n)
{
    huse_buf_add(&written, bytes, n);
    return true;
}

void ui_term_show(const ui_canvas *c, const uint8_t *fill, bool busy)
{
    assert_non_null(c->cell);
    assert_non_null(fill);
    (void)busy;
}

void ui_term_forget(void)
{
}

void ui_term_back(ui_back back)
{
    (void)back;
}

void ui_term_on_leave(void (*fn)(void *ctx), void *ctx, const char *crash)
{
    (void)fn;
    (void)ctx;
    (void)crash;
}

/* ---- the screen, and pictures that are one letter each ---- */

static const ui_gfx cells = {.mode = UI_GFX_ASCII, .cell_w = 8, .cell_h = 16};

static void key_of(char name, uint8_t key[32])
{
    memset(key, name, 32);
}

static void keep(ui_screen *s, char name)
{
    ui_picture p = {.want = {.cols = 1, .rows = 1, .gfx = cells}, .fit = {1, 1, 1, 1}};
    key_of(name, p.want.key);
    huse_buf_add(&p.bytes, &name, 1);
    ui_screen_keep(s, &p);
}

/* A canvas with the pictures of these names in a row. */
static void lay(ui_canvas *c, const char *names)
{
    ui_canvas_reset(c, W, H);
    for (int i = 0; names[i]; i++) {
        uint8_t key[32];
        key_of(names[i], key);
        ui_canvas_picture(c, (ui_rect){2 + 2 * i, 1, 1, 1}, key, true);
    }
}

/* The names of the pictures painted since the last look. */
static const char *painted(void)
{
    static char names[64];
    size_t      n = 0;
    for (size_t i = 0; i < written.len; i++)
        if (strchr("PQRST", written.data[i]) && written.data[i])
            names[n++] = written.data[i];
    names[n] = 0;
    huse_buf_free(&written);
    return names;
}

static int calls_until_stop;

static bool stop_after(void)
{
    return calls_until_stop-- <= 0;
}

static bool never(void)
{
    return false;
}

static ui_screen *new_screen(void)
{
    ui_screen *s = ui_screen_new();
    ui_screen_gfx(s, &cells, false);
    return s;
}

/* ---- tests ---- */

static void a_picture_is_painted_once_where_it_stays(void **state)
{
    (void)state;
    ui_screen *s = new_screen();
    ui_canvas  c = {0};
    keep(s, 'P');
    keep(s, 'Q');
    lay(&c, "PQ");
    ui_screen_show(s, &c, true);
    assert_true(ui_screen_paint(s, never));
    assert_string_equal(painted(), "PQ");
    ui_screen_show(s, &c, true);
    assert_true(ui_screen_paint(s, never));
    assert_string_equal(painted(), "");
    ui_screen_forget(s);
    ui_screen_show(s, &c, true);
    assert_true(ui_screen_paint(s, never));
    assert_string_equal(painted(), "PQ");
    ui_canvas_free(&c);
    ui_screen_free(s);
}

static void a_picture_in_the_middle_is_not_forgotten_when_painting_stops(void **state)
{
    (void)state;
    ui_screen *s = new_screen();
    ui_canvas  c = {0};
    keep(s, 'S');
    lay(&c, "PQRS");
    ui_screen_show(s, &c, true);
    assert_true(ui_screen_paint(s, never));
    assert_string_equal(painted(), "S"); /* the last one stands before the others have come */
    keep(s, 'P');
    keep(s, 'Q');
    keep(s, 'R');
    ui_screen_show(s, &c, true);
    calls_until_stop = 1;
    assert_false(ui_screen_paint(s, stop_after));
    assert_string_equal(painted(), "PQ");
    ui_screen_show(s, &c, true);
    assert_true(ui_screen_paint(s, never));
    assert_string_equal(painted(), "R");
    ui_canvas_free(&c);
    ui_screen_free(s);
}

static void what_is_more_urgent_never_keeps_all_pictures_away(void **state)
{
    (void)state;
    ui_screen *s = new_screen();
    ui_canvas  c = {0};
    const char all[] = "PQRST";
    for (size_t i = 0; all[i]; i++)
        keep(s, all[i]);
    lay(&c, all);
    for (size_t i = 0; all[i]; i++) {
        const char one[] = {all[i], 0};
        ui_screen_show(s, &c, true);
        calls_until_stop = 0;
        assert_int_equal(ui_screen_paint(s, stop_after), !all[i + 1]);
        assert_string_equal(painted(), one);
    }
    ui_canvas_free(&c);
    ui_screen_free(s);
}

static void only_pictures_that_are_not_here_are_wanted(void **state)
{
    (void)state;
    ui_screen *s = new_screen();
    ui_canvas  c = {0};
    ui_want    want[4];
    keep(s, 'Q');
    lay(&c, "PQR");
    assert_int_equal(ui_screen_missing(s, &c, want, 4), 2);
    assert_int_equal(want[0].key[0], 'P');
    assert_int_equal(want[1].key[0], 'R');
    assert_int_equal(ui_screen_missing(s, &c, want, 1), 1);
    ui_canvas_free(&c);
    ui_screen_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_painted_once_where_it_stays),
        cmocka_unit_test(a_picture_in_the_middle_is_not_forgotten_when_painting_stops),
        cmocka_unit_test(what_is_more_urgent_never_keeps_all_pictures_away),
        cmocka_unit_test(only_pictures_that_are_not_here_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
