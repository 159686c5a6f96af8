/* Pictures in a terminal: fitting, scaling, sixel and kitty (read again by decoders of this file's own), cells; and the colours of text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "ui/gfx_kitty.h"
#include "ui/theme.h"

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

/* ---- kitty's protocol, as its specification has it ---- */

typedef struct kitty_image {
    uint32_t number;
    int      w, h, shown, sent;
    uint8_t *rgb;
} kitty_image;

typedef struct kitty {
    kitty_image image[64];
    size_t      n;
    int         shown, deleted;
} kitty;

typedef struct kitty_keys {
    char     a, d, t;
    uint32_t i, p;
    int      f, s, v, c, r, C, q, m, n;
} kitty_keys;

static kitty_keys read_keys(const char *p, const char *end)
{
    kitty_keys k = {.a = 't', .n = 0};
    while (p < end) {
        const char key = *p++;
        assert_int_equal(*p++, '=');
        const char value = *p;
        long       num = strtol(p, (char **)&p, 10);
        switch (key) {
        case 'a': k.a = value, p++; break;
        case 'd': k.d = value, p++; break;
        case 'i': k.i = (uint32_t)num; break;
        case 'p': k.p = (uint32_t)num; break;
        case 'f': k.f = (int)num; break;
        case 's': k.s = (int)num; break;
        case 'v': k.v = (int)num; break;
        case 'c': k.c = (int)num; break;
        case 'r': k.r = (int)num; break;
        case 'C': k.C = (int)num; break;
        case 'q': k.q = (int)num; break;
        case 'm': k.m = (int)num; break;
        default: fail_msg("key %c", key);
        }
        k.n++;
        if (p < end)
            assert_int_equal(*p++, ',');
    }
    return k;
}

static size_t decode_base64(const char *p, size_t n, uint8_t *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t            got = 0;
    assert_int_equal(n % 4, 0);
    for (size_t i = 0; i < n; i += 4) {
        uint32_t v = 0;
        int      pad = p[i + 3] != '=' ? 0 : p[i + 2] != '=' ? 1 : 2;
        assert_true(!pad || i + 4 == n);
        for (size_t k = 0; k < 4; k++) {
            const char *d = k < 4 - (size_t)pad ? strchr(digits, p[i + k]) : digits;
            assert_true(d && *d);
            v = v << 6 | (uint32_t)(d - digits);
        }
        for (int k = 0; k < 3 - pad; k++)
            out[got++] = (uint8_t)(v >> (16 - 8 * k));
    }
    return got;
}

static kitty_image *image_of(kitty *k, uint32_t number)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->image[i].number == number)
            return &k->image[i];
    return NULL;
}

static void take_image(kitty *k, kitty_keys first, const char *text, size_t n)
{
    const size_t bytes = (size_t)first.s * (size_t)first.v * 3;
    kitty_image *im = image_of(k, first.i);
    assert_null(im);
    assert_int_equal(first.f, 24);
    assert_true(k->n < HUSE_COUNT(k->image));
    im = &k->image[k->n++];
    *im = (kitty_image){.number = first.i, .w = first.s, .h = first.v, .rgb = huse_xmalloc(n + 3)};
    assert_int_equal(decode_base64(text, n, im->rgb), bytes);
    if (first.a == 'T') {
        assert_true(first.c > 0 && first.r > 0 && first.C == 1);
        im->shown++;
        k->shown++;
    }
}

static void delete_image(kitty *k, kitty_keys keys)
{
    kitty_image *im = image_of(k, keys.i);
    assert_non_null(im);
    k->deleted += keys.d == 'I';
    k->shown -= keys.d == 'I' ? im->shown : 1;
    im->shown -= 1;
    if (keys.d == 'i') {
        assert_true(keys.p && im->shown >= 0);
        return;
    }
    assert_int_equal(keys.d, 'I');
    free(im->rgb);
    *im = k->image[--k->n];
}

static void feed_kitty(kitty *k, huse_buf *b)
{
    huse_buf    text = {0};
    kitty_keys  first = {0};
    bool        open = false;
    const char *p = b->data, *end = p + b->len;
    while (p < end) {
        assert_memory_equal(p, "\x1b_G", 3);
        const char *stop = strstr(p, "\x1b\\"), *data = memchr(p, ';', (size_t)(stop - p));
        assert_non_null(stop);
        kitty_keys keys = read_keys(p + 3, data ? data : stop);
        size_t     n = data ? (size_t)(stop - data - 1) : 0;
        p = stop + 2;
        assert_int_equal(keys.q, 2);
        assert_true(n <= 4096);
        if (open) {
            assert_int_equal(keys.n, 2); /* m and q alone */
        } else {
            first = keys;
            text.len = 0;
        }
        if (first.a == 't' || first.a == 'T') {
            assert_true(n > 0 && (n % 4 == 0 || !keys.m));
            huse_buf_add(&text, data + 1, n);
            open = keys.m == 1;
            if (!open)
                take_image(k, first, text.data, text.len);
        } else if (first.a == 'p') {
            assert_true(keys.i && keys.p && keys.c > 0 && keys.r > 0 && keys.C == 1 && image_of(k, keys.i));
            image_of(k, keys.i)->shown++;
            k->shown++;
        } else {
            assert_int_equal(first.a, 'd');
            delete_image(k, keys);
        }
    }
    assert_false(open);
    huse_buf_free(&text);
    b->len = 0;
}

static void random_picture(huse_rng *rng, uint8_t *rgb, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rgb[i] = (uint8_t)huse_rng_below(rng, 256);
}

static void a_kitty_picture_of_any_size_decodes_to_its_pixels(void **state)
{
    (void)state;
    static const int size[][2] = {{1, 1}, {2, 1}, {32, 32}, {33, 31}, {1024, 1}, {1025, 1}, {120, 119}, {300, 200}};
    static uint8_t   rgb[300 * 200 * 3];
    huse_rng         rng;
    huse_rng_init(&rng, 3, 0);
    for (size_t s = 0; s < HUSE_COUNT(size); s++) {
        const int    w = size[s][0], h = size[s][1];
        const size_t n = (size_t)w * (size_t)h * 3;
        huse_buf     pixels = {0}, out = {0};
        kitty        k = {.n = 0};
        random_picture(&rng, rgb, n);
        ui_gfx_kitty(rgb, w, h, &pixels);
        ui_kitty_print(pixels.data, pixels.len, (ui_gfx_fit){.cols = 2, .rows = 3, .px_w = w, .px_h = h}, &out);
        feed_kitty(&k, &out);
        assert_int_equal(k.n, 1);
        assert_true(k.image[0].w == w && k.image[0].h == h && k.shown == 1);
        assert_memory_equal(k.image[0].rgb, rgb, n);
        free(k.image[0].rgb);
        huse_buf_free(&pixels);
        huse_buf_free(&out);
    }
}

static void kitty_pictures_are_sent_once_and_shown_by_number(void **state)
{
    (void)state;
    const ui_gfx_fit fit = {.cols = 4, .rows = 2, .px_w = 2, .px_h = 1};
    ui_kitty        *t = ui_kitty_new(0x7abc1234);
    huse_buf         out = {0};
    kitty            k = {.n = 0};
    ui_kitty_show(t, 1, "AAAAAAAA", 8, fit, 1, &out);
    ui_kitty_show(t, 2, "////////", 8, fit, 2, &out);
    feed_kitty(&k, &out);
    assert_true(k.n == 2 && k.shown == 2 && k.image[0].number >> 16 == 0x7abc && k.image[1].rgb[5] == 255);
    ui_kitty_hide(t, 1, 1, &out);
    ui_kitty_show(t, 1, "AAAAAAAA", 8, fit, 3, &out);
    ui_kitty_show(t, 1, "AAAAAAAA", 8, fit, 4, &out);
    assert_null(strstr(out.data, "a=t"));
    feed_kitty(&k, &out);
    assert_true(k.n == 2 && k.shown == 3);
    ui_kitty_hide(t, 99, 1, &out); /* never sent */
    assert_int_equal(out.len, 0);
    ui_kitty_clear(t, &out);
    feed_kitty(&k, &out);
    assert_true(k.n == 0 && k.shown == 0 && k.deleted == 2);
    ui_kitty_free(t);
    huse_buf_free(&out);
}

static void what_a_terminal_holds_is_bounded_and_what_it_shows_stays(void **state)
{
    (void)state;
    const ui_gfx_fit big = {.cols = 4, .rows = 2, .px_w = 1000, .px_h = 1000}; /* 3 MB: 11 fit into 32 MB */
    const size_t     n = 4 * 1000 * 1000;
    char            *pixels = huse_xmalloc(n + 1);
    ui_kitty        *t = ui_kitty_new(1u << 16);
    huse_buf         out = {0};
    kitty            k = {.n = 0};
    memset(pixels, 'A', n);
    pixels[n] = 0;
    for (uint32_t i = 1; i <= 30; i++) {
        ui_kitty_show(t, i, pixels, n, big, i, &out);
        if (i > 2) /* the first two stay */
            ui_kitty_hide(t, i, i, &out);
        feed_kitty(&k, &out);
        assert_true(k.n <= 11);
    }
    assert_int_equal(k.shown, 2);
    ui_kitty_hide(t, 1, 1, &out);
    ui_kitty_hide(t, 2, 2, &out);
    feed_kitty(&k, &out); /* fails where they are not held */
    ui_kitty_clear(t, &out);
    feed_kitty(&k, &out);
    assert_int_equal(k.n, 0);
    ui_kitty_free(t);
    huse_buf_free(&out);
    free(pixels);
}

/* ---- fitting and scaling ---- */

/* Within a cell of the exact shape. */
static void assert_whole_cells_fit(const ui_gfx *g, ui_gfx_fit f, int w, int h)
{
    double shown = (double)(f.cols * g->cell_w) / (f.rows * g->cell_h), exact = (double)w / h, slack = 1.0 / f.cols + 1.0 / f.rows;
    if (f.cols > 2 && f.rows > 2)
        assert_true(shown / exact < 1 + slack && exact / shown < 1 + slack);
}

static void a_fitted_picture_stays_in_its_box_and_keeps_its_shape(void **state)
{
    (void)state;
    static const ui_gfx_mode mode[] = {UI_GFX_SIXEL, UI_GFX_TRUE, UI_GFX_ASCII, UI_GFX_KITTY, UI_GFX_TRUE};
    static const int         cell[][2] = {{6, 13}, {8, 16}, {10, 20}, {8, 17}, {1, 1}};
    for (size_t m = 0; m < HUSE_COUNT(mode); m++)
        for (size_t c = 0; c < HUSE_COUNT(cell); c++)
            for (int w = 1; w <= 255; w += 23)
                for (int h = 1; h <= 255; h += 19)
                    for (int cols = 1; cols < 60; cols += 7)
                        for (int rows = 1; rows < 40; rows += 5) {
                            ui_gfx     g = {.mode = mode[m], .cell_w = cell[c][0], .cell_h = cell[c][1], .colours = 256, .symbols = m == 4};
                            ui_gfx_fit f = ui_gfx_fit_box(&g, w, h, cols, rows);
                            assert_in_range(f.cols, 1, cols);
                            assert_in_range(f.rows, 1, rows);
                            if (mode[m] == UI_GFX_KITTY)
                                assert_true((f.px_w == w && f.px_h == h) || (f.px_w == f.cols * g.cell_w && f.px_h == f.rows * g.cell_h));
                            if (mode[m] == UI_GFX_KITTY) /* never enlarged here */
                                assert_true(f.px_w * f.px_h <= f.cols * g.cell_w * f.rows * g.cell_h);
                            if (g.symbols)
                                assert_true(f.px_w == f.cols * UI_SYMBOL_SIDE && f.px_h == f.rows * UI_SYMBOL_SIDE);
                            if (g.symbols || mode[m] == UI_GFX_KITTY)
                                assert_whole_cells_fit(&g, f, w, h);
                            if (mode[m] != UI_GFX_SIXEL)
                                continue;
                            assert_int_equal(f.px_w, f.cols * g.cell_w);
                            assert_int_equal(f.px_h % 6, 0);
                            assert_true(f.px_h <= rows * g.cell_h || f.px_h == 6);
                            assert_true(f.px_w <= 2048 && f.px_h <= 2048);
                            /* its last row holds some of it, but for cells lower than a band */
                            assert_true(f.px_h > (f.rows - 1) * g.cell_h || g.cell_h < 6);
                            assert_whole_cells_fit(&g, f, w, h);
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
                assert_true(n == 10 || (n == 6 && v[5] == 49));
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
        ui_gfx_blocks(UI_GFX_TRUE, rgb, size[s][0], size[s][1], &b);
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
    ui_gfx_blocks(UI_GFX_16, red_white, 1, 2, &b);
    assert_string_equal(b.data, "\x1b[91;107m\xe2\x96\x80\x1b[0m");
    b.len = 0;
    ui_gfx_blocks(UI_GFX_256, red_white, 1, 2, &b);
    assert_string_equal(b.data, "\x1b[38;5;196;48;5;231m\xe2\x96\x80\x1b[0m");
    b.len = 0;
    ui_gfx_blocks(UI_GFX_256, grey, 1, 2, &b);
    assert_string_equal(b.data, "\x1b[38;5;244;48;5;16m\xe2\x96\x80\x1b[0m");
    huse_buf_free(&b);
}

/* Of a 16-colour row of SGR and half blocks: how often each colour stands in front. */
static void count_basic(const char *p, int count[16])
{
    int now = -1;
    while (*p) {
        if (memcmp(p, HALF, 3) == 0) {
            assert_in_range(now, 0, 15);
            count[now]++;
            p += 3;
        } else if (*p == 0x1b) {
            int v = (int)strtol(p + 2, NULL, 10);
            now = v >= 90 ? v - 82 : v >= 30 ? v - 30 : now;
            p = strchr(p, 'm') + 1;
        } else {
            assert_int_equal(*p++, '\n');
        }
    }
}

static void a_colour_between_two_of_16_is_mixed_from_both(void **state)
{
    (void)state;
    enum { SIDE = 16 };
    uint8_t  rgb[SIDE * SIDE * 3];
    int      count[16] = {0};
    huse_buf b = {0};
    memset(rgb, 168, sizeof rgb); /* between grey 127 and grey 229 */
    ui_gfx_blocks(UI_GFX_16, rgb, SIDE, SIDE, &b);
    count_basic(b.data, count);
    assert_true(count[7] > 4 && count[8] > 64);
    assert_int_equal(count[7] + count[8], SIDE * SIDE / 2);
    huse_buf_free(&b);
}

static void ascii_pictures_hold_printable_characters_alone(void **state)
{
    (void)state;
    uint8_t  rgb[256 * 3];
    huse_buf b = {0};
    for (int i = 0; i < 256; i++)
        memset(rgb + i * 3, i, 3);
    ui_gfx_ascii(rgb, 64, 4, &b);
    assert_int_equal(b.len, 64 * 4 + 3);
    for (size_t i = 0; i < b.len; i++)
        assert_true(b.data[i] == '\n' || (b.data[i] >= ' ' && b.data[i] <= '~'));
    huse_buf_free(&b);
}

static void ascii_pictures_stand_on_an_empty_ground_dark_or_light(void **state)
{
    (void)state;
    static const int value[][2] = {{255, 0}, {0, 255}, {230, 120}, {40, 90}, {255, 255}};
    for (size_t v = 0; v < HUSE_COUNT(value); v++) {
        uint8_t  rgb[9 * 9 * 3];
        huse_buf b = {0};
        memset(rgb, value[v][0], sizeof rgb);
        for (int y = 3; y < 6; y++)
            memset(rgb + (y * 9 + 3) * 3, value[v][1], 9);
        ui_gfx_ascii(rgb, 9, 9, &b);
        for (int y = 0; y < 9; y++)
            for (int x = 0; x < 9; x++) {
                bool inside = x >= 3 && x < 6 && y >= 3 && y < 6 && value[v][0] != value[v][1];
                assert_int_equal(b.data[y * 10 + x], inside ? '@' : ' ');
            }
        huse_buf_free(&b);
    }
}

/* ---- symbols ---- */

/* Quarters of a cell that a symbol fills, as bits: upper left 1, upper right 2, lower left 4, lower right 8. */
static int quarters(const char *p)
{
    static const struct {
        const char *symbol;
        int         bits;
    } all[] = {{" ", 0}, {"▀", 3}, {"▄", 12}, {"█", 15}, {"▌", 5}, {"▐", 10}, {"▖", 4}, {"▗", 8},
               {"▘", 1}, {"▙", 13}, {"▚", 9}, {"▛", 7}, {"▜", 11}, {"▝", 2}, {"▞", 6}, {"▟", 14}};
    for (size_t i = 0; i < HUSE_COUNT(all); i++)
        if (strncmp(p, all[i].symbol, strlen(all[i].symbol)) == 0)
            return (int)strlen(all[i].symbol) << 8 | all[i].bits;
    fail_msg("no symbol of ours: %.4s", p);
    return 0;
}

/* Reads true colours back, a quarter of a cell each. */
static void decode_symbols(const char *p, int cols, int rows, uint8_t *rgb)
{
    int colour[2][3] = {{0}};
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < cols;) {
            if (*p == 0x1b) {
                p++;
                for (int k = 0; k < 2; k++) {
                    p++; /* [ or ; */
                    assert_int_equal(number(&p), k ? 48 : 38);
                    for (int i = -1; i < 3; i++) {
                        assert_int_equal(*p++, ';');
                        int v = number(&p);
                        if (i >= 0)
                            colour[k][i] = v;
                    }
                }
                assert_int_equal(*p++, 'm');
                continue;
            }
            int q = quarters(p);
            p += q >> 8;
            for (int i = 0; i < 4; i++)
                for (int c = 0; c < 3; c++)
                    rgb[((y * 2 + i / 2) * cols * 2 + x * 2 + i % 2) * 3 + c] = (uint8_t)colour[!(q >> i & 1)][c];
            x++;
        }
        assert_memory_equal(p, "\x1b[0m", 4);
        p += 4;
        if (y + 1 < rows)
            assert_int_equal(*p++, '\n');
    }
    assert_int_equal(*p, 0);
}

static void symbols_show_two_colours_a_cell_to_the_quarter(void **state)
{
    (void)state;
    enum { COLS = 12, ROWS = 6, S = UI_SYMBOL_SIDE, W = COLS * S, H = ROWS * S };
    static uint8_t rgb[W * H * 3], got[COLS * ROWS * 4 * 3];
    huse_buf       b = {0}, again = {0};
    huse_rng       rng;
    if (!ui_gfx_has_symbols())
        skip();
    huse_rng_init(&rng, 4, 0);
    for (int c = 0; c < COLS * ROWS; c++) {
        uint32_t bits = huse_rng_below(&rng, 16);
        for (int i = 0; i < S * S; i++) {
            int x = i % S, y = i / S;
            memset(rgb + ((c / COLS * S + y) * W + c % COLS * S + x) * 3, bits >> ((x >= S / 2) + 2 * (y >= S / 2)) & 1 ? 240 : 20, 3);
        }
    }
    ui_gfx_symbols(UI_GFX_TRUE, rgb, W, H, &b);
    decode_symbols(b.data, COLS, ROWS, got);
    for (int y = 0; y < ROWS * 2; y++)
        for (int x = 0; x < COLS * 2; x++)
            assert_in_range(got[(y * COLS * 2 + x) * 3], rgb[(y * S / 2 * W + x * S / 2) * 3] - 8, rgb[(y * S / 2 * W + x * S / 2) * 3] + 8);
    ui_gfx_symbols(UI_GFX_TRUE, rgb, W, H, &again);
    assert_string_equal(b.data, again.data);
    huse_buf_free(&b);
    huse_buf_free(&again);
}

static void symbols_in_few_colours_name_no_other_colours(void **state)
{
    (void)state;
    enum { W = 10 * UI_SYMBOL_SIDE, H = 5 * UI_SYMBOL_SIDE };
    static uint8_t rgb[W * H * 3];
    huse_rng       rng;
    if (!ui_gfx_has_symbols())
        skip();
    huse_rng_init(&rng, 5, 0);
    random_picture(&rng, rgb, sizeof rgb);
    for (int mode = UI_GFX_16; mode <= UI_GFX_256; mode++) {
        huse_buf b = {0};
        ui_gfx_symbols((ui_gfx_mode)mode, rgb, W, H, &b);
        for (const char *p = b.data; (p = strchr(p, 0x1b)); p++) {
            int v[8] = {0}, n = 0;
            for (const char *q = p + 1; *q != 'm'; n++) {
                q++;
                v[n] = number(&q);
            }
            if (mode == UI_GFX_256 && n > 1)
                assert_true(n == 6 && v[0] == 38 && v[3] == 48 && v[2] >= 16 && v[2] < 256 && v[5] >= 16 && v[5] < 256);
            else if (n > 1)
                assert_true(n == 2 && ((v[0] >= 30 && v[0] < 38) || (v[0] >= 90 && v[0] < 98)) &&
                            ((v[1] >= 40 && v[1] < 48) || (v[1] >= 100 && v[1] < 108)));
        }
        huse_buf_free(&b);
    }
}

/* ---- colours of text ---- */

static void colours_of_text_can_be_read_on_their_background(void **state)
{
    (void)state;
    static const int counts[] = {0, 2, 8, 16, 88, 256, 1 << 24};
    for (size_t n = 0; n < HUSE_COUNT(counts); n++)
        for (int back = UI_BACK_UNKNOWN; back <= UI_BACK_LIGHT; back++)
            for (int a = UI_ACCENT_MAGENTA; a <= UI_ACCENT_NONE; a++) {
                ui_palette p = ui_theme_palette(UI_THEME_AUTO, (ui_accent)a, (ui_back)back, counts[n]);
                assert_true(p.accent < HUSE_MAX(counts[n], 1) && p.warn < HUSE_MAX(counts[n], 1) && p.dim < HUSE_MAX(counts[n], 1));
                assert_int_equal(p.accent < 0, a == UI_ACCENT_NONE || counts[n] < 8);
                if (back == UI_BACK_LIGHT && counts[n] >= 256) /* none of the bright ones, nor the pale among the dark */
                    assert_true(p.accent < 0 || p.accent >= 16 || p.accent == 1 || p.accent == 4 || p.accent == 5);
                if (back == UI_BACK_DARK && counts[n] >= 16)
                    assert_true(p.accent != 4 && p.accent != 0);
                ui_theme forced = back == UI_BACK_LIGHT ? UI_THEME_LIGHT : UI_THEME_DARK;
                ui_palette f = ui_theme_palette(forced, (ui_accent)a, UI_BACK_UNKNOWN, counts[n]);
                if (back != UI_BACK_UNKNOWN)
                    assert_memory_equal(&f, &p, sizeof p);
                f = ui_theme_palette(UI_THEME_MONO, (ui_accent)a, (ui_back)back, counts[n]);
                assert_true(f.accent < 0 && f.warn < 0 && f.dim < 0);
            }
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
        cmocka_unit_test(a_kitty_picture_of_any_size_decodes_to_its_pixels),
        cmocka_unit_test(kitty_pictures_are_sent_once_and_shown_by_number),
        cmocka_unit_test(what_a_terminal_holds_is_bounded_and_what_it_shows_stays),
        cmocka_unit_test(a_fitted_picture_stays_in_its_box_and_keeps_its_shape),
        cmocka_unit_test(scaling_keeps_flat_colours_and_the_mean),
        cmocka_unit_test(half_blocks_show_the_exact_pixels_in_true_colours),
        cmocka_unit_test(few_colours_take_the_nearest),
        cmocka_unit_test(a_colour_between_two_of_16_is_mixed_from_both),
        cmocka_unit_test(ascii_pictures_hold_printable_characters_alone),
        cmocka_unit_test(ascii_pictures_stand_on_an_empty_ground_dark_or_light),
        cmocka_unit_test(symbols_show_two_colours_a_cell_to_the_quarter),
        cmocka_unit_test(symbols_in_few_colours_name_no_other_colours),
        cmocka_unit_test(colours_of_text_can_be_read_on_their_background),
        cmocka_unit_test(the_environment_decides_on_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
