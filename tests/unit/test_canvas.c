/* Cells: clipping, wide characters, hostile text, pictures' boxes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "base/rng.h"
#include "base/text.h"
#include "ui/canvas.h"

static const uint8_t key[32] = {1, 2, 3};

static void expect(ui_canvas *c, const char *want)
{
    char *got = ui_canvas_dump(c);
    assert_string_equal(got, want);
    free(got);
}

/* Every cell holds one character of its width, and wide ones have their right half. */
static void check_cells(const ui_canvas *c)
{
    for (int y = 0; y < c->h; y++)
        for (int x = 0; x < c->w; x++) {
            const ui_cell *cell = &c->cell[y * c->w + x];
            assert_in_range(cell->width, 0, 2);
            if (cell->width == 0) {
                assert_true(x > 0 && c->cell[y * c->w + x - 1].width == 2);
                assert_int_equal(cell->text[0], 0);
            }
            if (cell->width == 2)
                assert_true(x + 1 < c->w && c->cell[y * c->w + x + 1].width == 0);
            size_t n = strlen(cell->text);
            assert_int_equal(huse_utf8_check(cell->text, n), n);
            for (size_t i = 0; i < n;) {
                int32_t cp;
                size_t  len = huse_utf8_decode(cell->text + i, n - i, &cp);
                assert_true(cp >= 0x20 && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0));
                assert_int_equal(utf8proc_charwidth(cp), i == 0 ? cell->width : 0);
                i += len;
            }
        }
}

static void text_is_cut_at_its_end_and_at_the_edges(void **state)
{
    (void)state;
    ui_canvas c = {0};
    ui_canvas_reset(&c, 10, 2);
    assert_int_equal(ui_canvas_text(&c, 0, 0, 5, UI_PLAIN, "abcdefgh"), 5);
    assert_int_equal(ui_canvas_text(&c, 6, 0, 9, UI_PLAIN, "xyzuvw"), 6);
    assert_int_equal(ui_canvas_text(&c, -1, 1, 9, UI_PLAIN, "left"), 4);
    ui_canvas_text(&c, 0, -1, 9, UI_PLAIN, "above");
    ui_canvas_text(&c, 0, 2, 9, UI_PLAIN, "below");
    ui_canvas_text(&c, 5, 1, 0, UI_PLAIN, "none");
    expect(&c, "abcd… xyzu\neft\n");
    check_cells(&c);
    ui_canvas_free(&c);
}

static void a_wide_character_is_never_cut_in_two(void **state)
{
    (void)state;
    ui_canvas c = {0};
    ui_canvas_reset(&c, 5, 1);
    ui_canvas_text(&c, 0, 0, 5, UI_PLAIN, "世界人");
    expect(&c, "世界…\n");
    check_cells(&c);
    ui_canvas_text(&c, 1, 0, 1, UI_PLAIN, "x");
    expect(&c, " x界…\n");
    check_cells(&c);
    ui_canvas_text(&c, 2, 0, 1, UI_PLAIN, "y");
    expect(&c, " xy …\n");
    ui_canvas_reset(&c, 5, 1);
    ui_canvas_text(&c, 4, 0, 5, UI_PLAIN, "世");
    expect(&c, "\n");
    ui_canvas_text(&c, 0, 0, 5, UI_PLAIN, "世世");
    ui_canvas_blank(&c, (ui_rect){1, 0, 2, 1}, UI_PLAIN);
    expect(&c, "\n");
    check_cells(&c);
    ui_canvas_free(&c);
}

static void names_are_cut_in_their_middle_and_numbers_stand_at_the_right(void **state)
{
    (void)state;
    ui_canvas c = {0};
    ui_canvas_reset(&c, 20, 3);
    ui_canvas_name(&c, 0, 0, 15, UI_PLAIN, "Apparel/Topwear/Kurtas");
    ui_canvas_text_right(&c, 20, 1, 6, UI_PLAIN, ".93");
    ui_canvas_text_right(&c, 20, 2, 6, UI_PLAIN, "1,234,567");
    expect(&c, "Appar…ar/Kurtas\n                 .93\n              1,234…\n");
    ui_canvas_free(&c);
}

static void text_wraps_at_spaces_and_ends_with_a_sign(void **state)
{
    (void)state;
    ui_canvas c = {0};
    ui_canvas_reset(&c, 12, 4);
    assert_int_equal(ui_canvas_wrap(&c, (ui_rect){0, 0, 9, 3}, UI_PLAIN, "red summer dress with flowers"), 3);
    expect(&c, "red\nsummer\ndress wi…\n\n");
    ui_canvas_reset(&c, 12, 4);
    assert_int_equal(ui_canvas_wrap(&c, (ui_rect){0, 0, 5, 4}, UI_PLAIN, "abcdefgh ij"), 3);
    expect(&c, "abcde\nfgh\nij\n\n");
    ui_canvas_free(&c);
}

static void no_hostile_text_reaches_a_cell(void **state)
{
    (void)state;
    static const char *const text[] = {
        "\x1b[2J\x1b]0;x\x07", "a\x9b" "2Jb", "\xc2\x9b" "31m", "tab\tnl\ncr\rbs\b", "\xe2\x80\xae" "rtl", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
        "\xef\xbb\xbf" "bom", "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "\xcc\x81mark first", "\xf3\xa0\x80\xa0tag", "\xc0\x9b\xed\xa0\x80",
        "\xe2\x9d\xa4\xef\xb8\x8f heart with a selector", "\xef\xbf\xbf",
    };
    ui_canvas c = {0};
    for (size_t i = 0; i < HUSE_COUNT(text); i++)
        for (int w = 1; w < 12; w++) {
            ui_canvas_reset(&c, w, 3);
            ui_canvas_text(&c, 0, 0, w, UI_PLAIN, text[i]);
            ui_canvas_name(&c, 0, 1, w, UI_PLAIN, text[i]);
            ui_canvas_wrap(&c, (ui_rect){0, 1, w, 2}, UI_PLAIN, text[i]);
            check_cells(&c);
        }
    ui_canvas_free(&c);
}

static void any_drawing_of_any_bytes_leaves_whole_cells(void **state)
{
    (void)state;
    ui_canvas c = {0};
    huse_rng  rng;
    huse_rng_init(&rng, 3, 0);
    for (int turn = 0; turn < 3000; turn++) {
        char bytes[40];
        int  w = (int)huse_rng_below(&rng, 12), h = (int)huse_rng_below(&rng, 4);
        ui_canvas_reset(&c, w, h);
        for (int k = 0; k < 6; k++) {
            size_t n = huse_rng_below(&rng, sizeof bytes);
            for (size_t i = 0; i < n; i++)
                bytes[i] = (char)(huse_rng_below(&rng, 3) ? 0xe4 + (i % 3 ? 0xb8 - 0xe4 : 0) : 1 + huse_rng_below(&rng, 255));
            bytes[n] = 0;
            int     x = (int)huse_rng_below(&rng, 16) - 2, y = (int)huse_rng_below(&rng, 6) - 1;
            ui_rect r = {x, y, (int)huse_rng_below(&rng, 9), (int)huse_rng_below(&rng, 5)};
            switch (huse_rng_below(&rng, 6)) {
            case 0:
                ui_canvas_text(&c, x, y, r.w, UI_BOLD, bytes);
                break;
            case 1:
                ui_canvas_name(&c, x, y, r.w, UI_BOLD, bytes);
                break;
            case 2:
                ui_canvas_wrap(&c, r, UI_DIM, bytes);
                break;
            case 3:
                ui_canvas_frame(&c, r, bytes);
                break;
            case 4:
                ui_canvas_picture(&c, r, key, false);
                ui_canvas_cover(&c, (ui_rect){y, x, r.h, r.w});
                break;
            default:
                ui_canvas_blank(&c, r, UI_PLAIN);
                ui_canvas_bar(&c, x, y, r.w, UI_DIM, .37);
                break;
            }
        }
        check_cells(&c);
        for (size_t i = 0; i < c.n_slots; i++) {
            const ui_rect *r = &c.slot[i].rect;
            assert_true(r->x >= 1 && r->y >= 0 && r->x + r->w <= w && r->y + r->h < h);
        }
    }
    ui_canvas_free(&c);
}

static void what_covers_a_picture_removes_it(void **state)
{
    (void)state;
    ui_canvas c = {0};
    ui_canvas_reset(&c, 12, 4);
    ui_canvas_picture(&c, (ui_rect){1, 0, 3, 2}, key, false);
    ui_canvas_picture(&c, (ui_rect){6, 0, 3, 2}, key, false);
    ui_canvas_picture(&c, (ui_rect){0, 0, 3, 2}, key, false);  /* no column for its guard */
    ui_canvas_picture(&c, (ui_rect){1, 2, 3, 2}, key, false);  /* on the last row */
    ui_canvas_picture(&c, (ui_rect){10, 0, 3, 2}, key, false); /* beyond the edge */
    expect(&c, " ░░░  ░░░\n ░░░  ░░░\n\n\n");
    ui_canvas_cover(&c, (ui_rect){8, 1, 2, 1});
    expect(&c, " ░░░\n ░░░\n\n\n");
    ui_canvas_cover(&c, (ui_rect){4, 0, 8, 4});
    expect(&c, " ░░░\n ░░░\n\n\n");
    ui_canvas_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_at_its_end_and_at_the_edges),
        cmocka_unit_test(a_wide_character_is_never_cut_in_two),
        cmocka_unit_test(names_are_cut_in_their_middle_and_numbers_stand_at_the_right),
        cmocka_unit_test(text_wraps_at_spaces_and_ends_with_a_sign),
        cmocka_unit_test(no_hostile_text_reaches_a_cell),
        cmocka_unit_test(any_drawing_of_any_bytes_leaves_whole_cells),
        cmocka_unit_test(what_covers_a_picture_removes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
