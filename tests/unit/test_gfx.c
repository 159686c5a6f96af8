/* Pictures in a terminal: fitting, scaling, sixel (decoded again by a decoder of this file's own), half blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "ui/gfx.h"

#define WIDTH_MAX 512

/* ---- a sixel decoder ---- */

typedef struct sixel {
    int     w, h;
    uint8_t rgb[WIDTH_MAX * WIDTH_MAX * 3];
    uint8_t set[WIDTH_MAX * WIDTH_MAX];
} sixel;

static int number(const char **p)
{
    int n = 0;
    while (**p >= '0' && **p <= '9')
        n = n * 10 + (*(*p)++ - '0');
    return n;
}

/* DCS 0;1;0 q, raster attributes, colours, bands, ST; anything else fails. */
static void decode_sixel(const huse_buf *b, sixel *out)
{
    static uint8_t palette[256][3];
    const char    *p = b->data, *end = b->data + b->len - 2;
    int            x = 0, y = 0, colour = 0;
    memset(out, 0, sizeof *out);
    assert_true(b->len > 12 && memcmp(p, "\x1bP0;1;0q\"1;1;", 13) == 0);
    assert_memory_equal(end, "\x1b\\", 2);
    p += 13;
    out->w = number(&p);
    assert_int_equal(*p++, ';');
    out->h = number(&p);
    assert_true(out->w > 0 && out->w <= WIDTH_MAX && out->h > 0 && out->h <= WIDTH_MAX);
    while (p < end) {
        int repeat = 1;
        if (*p == '#') {
            p++;
            colour = number(&p);
            assert_in_range(colour, 0, 255);
            if (*p != ';')
                continue;
            int v[4];
            for (int i = 0; i < 4; i++) {
                assert_int_equal(*p++, ';');
                v[i] = number(&p);
            }
            assert_int_equal(v[0], 2); /* RGB in percent */
            for (int i = 0; i < 3; i++)
                palette[colour][i] = (uint8_t)((v[i + 1] * 255 + 50) / 100);
            continue;
        }
        if (*p == '$' || *p == '-') {
            x = 0;
            y += *p++ == '-' ? 6 : 0;
            continue;
        }
        if (*p == '!') {
            p++;
            repeat = number(&p);
        }
        assert_in_range(*p, '?', '~');
        int bits = *p++ - '?';
        for (; repeat > 0; repeat--, x++)
            for (int k = 0; k < 6; k++)
                if (bits >> k & 1) {
                    assert_in_range(x, 0, out->w - 1);
                    assert_in_range(y + k, 0, out->h - 1);
                    memcpy(out->rgb + ((y + k) * out->w + x) * 3, palette[colour], 3);
                    out->set[(y + k) * out->w + x] = 1;
                }
    }
}

static double mean_error(const uint8_t *a, const uint8_t *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += abs(a[i] - b[i]);
    return sum / (double)n;
}

static void a_sixel_picture_decodes_to_the_pixels_that_went_in(void **state)
{
    (void)state;
    enum { W = 130, H = 96 };
    static uint8_t rgb[W * H * 3];
    static sixel   got;
    for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++) {
            uint8_t *p = rgb + (y * W + x) * 3;
            p[0] = (uint8_t)(x * 255 / W);
            p[1] = (uint8_t)(y * 255 / H);
            p[2] = (uint8_t)(x < W / 2 ? 40 : 200);
        }
    huse_buf b = {0};
    assert_int_equal(ui_gfx_sixel(rgb, W, H, 256, &b, NULL), HUSE_OK);
    decode_sixel(&b, &got);
    assert_int_equal(got.w, W);
    assert_int_equal(got.h, H);
    for (int i = 0; i < W * H; i++)
        assert_true(got.set[i]);
    assert_true(mean_error(rgb, got.rgb, sizeof rgb) < 8); /* 256 colours, dithered */
    /* dithering keeps the mean of any area */
    double in = 0, out = 0;
    for (size_t i = 0; i < sizeof rgb; i++) {
        in += rgb[i];
        out += got.rgb[i];
    }
    assert_true(in / sizeof rgb - out / sizeof rgb < 2 && out / sizeof rgb - in / sizeof rgb < 2);
    huse_buf_free(&b);
}

static void white_black_and_plain_colours_keep_their_value_in_sixel(void **state)
{
    (void)state;
    static const uint8_t colour[][3] = {{255, 255, 255}, {0, 0, 0}, {255, 0, 0}, {0, 255, 255}};
    enum { SIDE = 24 };
    static uint8_t rgb[SIDE * SIDE * 3];
    static sixel   got;
    for (size_t c = 0; c < HUSE_COUNT(colour); c++) {
        for (int i = 0; i < SIDE * SIDE; i++)
            memcpy(rgb + i * 3, colour[c], 3);
        huse_buf b = {0};
        assert_int_equal(ui_gfx_sixel(rgb, SIDE, SIDE, 256, &b, NULL), HUSE_OK);
        decode_sixel(&b, &got);
        assert_memory_equal(got.rgb, rgb, sizeof rgb);
        huse_buf_free(&b);
    }
}

static void noise_of_every_size_and_colour_count_is_encoded(void **state)
{
    (void)state;
    static const int size[][2] = {{1, 6}, {2, 12}, {7, 6}, {100, 6}, {3, 300}, {257, 18}};
    static const int colours[] = {2, 16, 64, 256};
    static uint8_t   rgb[300 * 300 * 3];
    static sixel     got;
    huse_rng         rng;
    huse_rng_init(&rng, 1, 0);
    for (size_t i = 0; i < sizeof rgb; i++)
        rgb[i] = (uint8_t)huse_rng_below(&rng, 256);
    for (size_t s = 0; s < HUSE_COUNT(size); s++)
        for (size_t c = 0; c < HUSE_COUNT(colours); c++) {
            huse_buf b = {0};
            assert_int_equal(ui_gfx_sixel(rgb, size[s][0], size[s][1], colours[c], &b, NULL), HUSE_OK);
            decode_sixel(&b, &got);
            assert_int_equal(got.w, size[s][0]);
            assert_int_equal(got.h, size[s][1]);
            huse_buf_free(&b);
        }
}

/* ---- fitting and scaling ---- */

static void a_fitted_picture_stays_in_its_box_and_keeps_its_shape(void **state)
{
    (void)state;
    static const ui_gfx_mode mode[] = {UI_GFX_SIXEL, UI_GFX_TRUE, UI_GFX_ASCII};
    static const int         cell[][2] = {{6, 13}, {8, 16}, {10, 20}, {8, 17}, {1, 1}};
    for (size_t m = 0; m < HUSE_COUNT(mode); m++)
        for (size_t c = 0; c < HUSE_COUNT(cell); c++)
            for (int w = 1; w <= 255; w += 23)
                for (int h = 1; h <= 255; h += 19)
                    for (int cols = 1; cols < 60; cols += 7)
                        for (int rows = 1; rows < 40; rows += 5) {
                            ui_gfx     g = {.mode = mode[m], .cell_w = cell[c][0], .cell_h = cell[c][1], .colours = 256};
                            ui_gfx_fit f = ui_gfx_fit_box(&g, w, h, cols, rows);
                            assert_in_range(f.cols, 1, cols);
                            assert_in_range(f.rows, 1, rows);
                            if (mode[m] != UI_GFX_SIXEL)
                                continue;
                            assert_int_equal(f.px_w, f.cols * g.cell_w);
                            assert_int_equal(f.px_h % 6, 0);
                            assert_true(f.px_h <= rows * g.cell_h || f.px_h == 6);
                            assert_true(f.px_w <= 2048 && f.px_h <= 2048);
                            /* within a cell and a band of the exact shape */
                            double scale = (double)f.px_h / h;
                            if (f.px_h > 12 && f.cols > 2)
                                assert_true(f.px_w - w * scale < 2.0 * g.cell_w + 6.0 * w / h &&
                                            w * scale - f.px_w < 2.0 * g.cell_w + 6.0 * w / h);
                        }
}

static void scaling_keeps_flat_colours_and_the_mean(void **state)
{
    (void)state;
    static uint8_t flat[31 * 17 * 3], out[200 * 200 * 3], ramp[64 * 64 * 3];
    memset(flat, 137, sizeof flat);
    static const int to[][2] = {{1, 1}, {31, 17}, {7, 5}, {90, 60}, {3, 90}};
    for (size_t i = 0; i < HUSE_COUNT(to); i++) {
        ui_gfx_scale(flat, 31, 17, out, to[i][0], to[i][1]);
        for (int k = 0; k < to[i][0] * to[i][1] * 3; k++)
            assert_in_range(out[k], 136, 138);
    }
    for (int i = 0; i < 64 * 64; i++)
        memset(ramp + i * 3, i % 64 * 4, 3);
    ui_gfx_scale(ramp, 64, 64, out, 8, 8);
    double sum = 0;
    for (int i = 0; i < 8 * 8 * 3; i++)
        sum += out[i];
    assert_true(sum / (8 * 8 * 3) > 124 && sum / (8 * 8 * 3) < 128); /* 126 */
    ui_gfx_scale(ramp, 64, 64, out, 64, 64);
    assert_memory_equal(out, ramp, sizeof ramp);
}

/* ---- cells ---- */

static const char HALF[] = "\xe2\x96\x80";

/* Reads back what half blocks show, as long as they are in true colours. */
static void decode_half_blocks(const char *p, int w, int h, uint8_t *rgb)
{
    uint8_t fore[3] = {0}, back[3] = {0};
    for (int y = 0; y < h; y += 2) {
        for (int x = 0; x < w;) {
            if (*p == 0x1b) {
                int v[10], n = 0;
                p += 2;
                for (v[n++] = number(&p); *p == ';';) {
                    p++;
                    assert_true(n < 10);
                    v[n++] = number(&p);
                }
                assert_int_equal(*p++, 'm');
                assert_true(n == 5 || n == 10);
                assert_true(v[0] == 38 && v[1] == 2);
                for (int k = 0; k < 3; k++) {
                    fore[k] = (uint8_t)v[2 + k];
                    back[k] = n == 10 ? (uint8_t)v[7 + k] : 0;
                }
                if (n == 10)
                    assert_true(v[5] == 48 && v[6] == 2);
                continue;
            }
            assert_memory_equal(p, HALF, 3);
            p += 3;
            memcpy(rgb + (y * w + x) * 3, fore, 3);
            if (y + 1 < h)
                memcpy(rgb + ((y + 1) * w + x) * 3, back, 3);
            x++;
        }
        assert_memory_equal(p, "\x1b[0m", 4);
        p += 4;
        if (y + 2 < h)
            assert_int_equal(*p++, '\n');
    }
    assert_int_equal(*p, 0);
}

static void half_blocks_show_the_exact_pixels_in_true_colours(void **state)
{
    (void)state;
    static const int size[][2] = {{1, 1}, {1, 2}, {9, 7}, {40, 32}};
    huse_rng         rng;
    huse_rng_init(&rng, 2, 0);
    for (size_t s = 0; s < HUSE_COUNT(size); s++) {
        uint8_t rgb[40 * 32 * 3], got[40 * 32 * 3];
        size_t  n = (size_t)size[s][0] * (size_t)size[s][1] * 3;
        for (size_t i = 0; i < n; i++)
            rgb[i] = (uint8_t)(huse_rng_below(&rng, 2) ? 255 : huse_rng_below(&rng, 256));
        huse_buf b = {0};
        ui_gfx_cells(UI_GFX_TRUE, rgb, size[s][0], size[s][1], &b);
        decode_half_blocks(b.data, size[s][0], size[s][1], got);
        assert_memory_equal(got, rgb, n);
        huse_buf_free(&b);
    }
}

static void few_colours_take_the_nearest(void **state)
{
    (void)state;
    static const uint8_t red_white[] = {250, 4, 3, 255, 255, 255}, grey[] = {128, 128, 128, 0, 0, 0};
    huse_buf             b = {0};
    ui_gfx_cells(UI_GFX_16, red_white, 1, 2, &b);
    assert_string_equal(b.data, "\x1b[91;107m\xe2\x96\x80\x1b[0m");
    b.len = 0;
    ui_gfx_cells(UI_GFX_256, red_white, 1, 2, &b);
    assert_string_equal(b.data, "\x1b[38;5;196;48;5;231m\xe2\x96\x80\x1b[0m");
    b.len = 0;
    ui_gfx_cells(UI_GFX_256, grey, 1, 2, &b);
    assert_string_equal(b.data, "\x1b[38;5;244;48;5;16m\xe2\x96\x80\x1b[0m");
    huse_buf_free(&b);
}

static void ascii_pictures_hold_printable_characters_alone(void **state)
{
    (void)state;
    uint8_t  rgb[256 * 3];
    huse_buf b = {0};
    for (int i = 0; i < 256; i++)
        memset(rgb + i * 3, i, 3);
    ui_gfx_cells(UI_GFX_ASCII, rgb, 64, 4, &b);
    assert_int_equal(b.len, 64 * 4 + 3);
    for (size_t i = 0; i < b.len; i++)
        assert_true(b.data[i] == '\n' || (b.data[i] >= ' ' && b.data[i] <= '~'));
    assert_int_equal(b.data[0], ' ');
    assert_int_equal(b.data[b.len - 1], '@');
    huse_buf_free(&b);
}

static void the_environment_decides_on_cells(void **state)
{
    (void)state;
    static const struct {
        const char *term, *colorterm, *no_color, *locale;
        ui_gfx_mode want;
    } row[] = {
        {"xterm-256color", "truecolor", NULL, "C.UTF-8", UI_GFX_TRUE}, {"xterm-256color", NULL, NULL, "C.UTF-8", UI_GFX_256},
        {"xterm", NULL, NULL, "C.UTF-8", UI_GFX_16},                   {"xterm", "truecolor", "1", "C.UTF-8", UI_GFX_ASCII},
        {"xterm", NULL, NULL, "C", UI_GFX_ASCII},                      {"vt100", NULL, NULL, "C.UTF-8", UI_GFX_ASCII},
        {"dumb", NULL, NULL, "C.UTF-8", UI_GFX_ASCII},                 {"tmux-256color", "", "", "C.UTF-8", UI_GFX_256},
    };
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        setenv("TERM", row[i].term, 1);
        unsetenv("COLORTERM");
        unsetenv("NO_COLOR");
        if (row[i].colorterm)
            setenv("COLORTERM", row[i].colorterm, 1);
        if (row[i].no_color)
            setenv("NO_COLOR", row[i].no_color, 1);
        setenv("LC_ALL", row[i].locale, 1);
        ui_locale_init();
        if (ui_gfx_cell_mode() != row[i].want)
            fail_msg("row %zu: mode %d", i, ui_gfx_cell_mode());
    }
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    unsetenv("LANG");
    ui_locale_init();
    assert_true(ui_locale_utf8());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sixel_picture_decodes_to_the_pixels_that_went_in),
        cmocka_unit_test(white_black_and_plain_colours_keep_their_value_in_sixel),
        cmocka_unit_test(noise_of_every_size_and_colour_count_is_encoded),
        cmocka_unit_test(a_fitted_picture_stays_in_its_box_and_keeps_its_shape),
        cmocka_unit_test(scaling_keeps_flat_colours_and_the_mean),
        cmocka_unit_test(half_blocks_show_the_exact_pixels_in_true_colours),
        cmocka_unit_test(few_colours_take_the_nearest),
        cmocka_unit_test(ascii_pictures_hold_printable_characters_alone),
        cmocka_unit_test(the_environment_decides_on_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
