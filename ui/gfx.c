#include "gfx.h"

#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MAX UI_GFX_SIDE
#define ENLARGE_MAX 4.0
#define SIXEL_BAND 6

static int clamp_int(double x, int lo, int hi)
{
    return x < lo ? lo : x > hi ? hi : (int)x;
}

bool ui_gfx_same(const ui_gfx *a, const ui_gfx *b)
{
    return a->mode == b->mode && a->cell_w == b->cell_w && a->cell_h == b->cell_h && a->colours == b->colours &&
           a->symbols == b->symbols;
}

static bool is_symbols(const ui_gfx *g)
{
    return g->symbols && g->mode >= UI_GFX_16 && g->mode <= UI_GFX_TRUE;
}

/* Whole cells near cols × rows (exact, with fractions) that distort the shape least for the size they give up. */
static void whole_cells(double cols, double rows, int most_cols, int most_rows, ui_gfx_fit *f)
{
    double best = HUGE_VAL;
    for (int c = clamp_int(floor(cols) - 1, 1, most_cols); c <= clamp_int(ceil(cols), 1, most_cols); c++)
        for (int r = clamp_int(floor(rows) - 1, 1, most_rows); r <= clamp_int(ceil(rows), 1, most_rows); r++) {
            double area = c * (double)r / (cols * rows), cost = fabs(log(c / cols * rows / r)) + .5 * fmax(1 - area, 0);
            if (cost >= best)
                continue;
            best = cost;
            f->cols = c;
            f->rows = r;
        }
}

ui_gfx_fit ui_gfx_fit_box(const ui_gfx *g, int w, int h, int cols, int rows)
{
    const int cw = HUSE_MAX(g->cell_w, 1), ch = HUSE_MAX(g->cell_h, 1);
    w = HUSE_MAX(w, 1);
    h = HUSE_MAX(h, 1);
    cols = clamp_int(cols, 1, HUSE_MAX(SIDE_MAX / cw, 1));
    rows = clamp_int(rows, 1, HUSE_MAX(SIDE_MAX / ch, 1));
    double scale = fmin(fmin((double)cols * cw / w, (double)rows * ch / h), ENLARGE_MAX);
    double dw = w * scale, dh = h * scale;
    ui_gfx_fit f;
    if (g->mode == UI_GFX_KITTY || is_symbols(g)) {
        whole_cells(dw / cw, dh / ch, cols, rows, &f);
        f.px_w = f.cols * (g->mode == UI_GFX_KITTY ? cw : UI_SYMBOL_SIDE);
        f.px_h = f.rows * (g->mode == UI_GFX_KITTY ? ch : UI_SYMBOL_SIDE);
        if (g->mode == UI_GFX_KITTY && w <= SIDE_MAX && h <= SIDE_MAX && (double)w * h <= (double)f.px_w * f.px_h) {
            f.px_w = w; /* enlarging is the terminal's own work */
            f.px_h = h;
        }
        return f;
    }
    if (g->mode == UI_GFX_SIXEL) {
        whole_cells(dw / cw, dh / ch, cols, rows, &f);
        f.px_w = f.cols * cw;
        f.px_h = SIXEL_BAND * HUSE_MAX(f.rows * ch / SIXEL_BAND, 1);
        return f;
    }
    f.cols = clamp_int(floor(dw / cw + .5), 1, cols);
    const int per_row = g->mode == UI_GFX_ASCII ? 1 : 2;
    f.px_w = f.cols;
    f.px_h = clamp_int(floor(dh * per_row / ch + .5), 1, rows * per_row);
    f.rows = (f.px_h + per_row - 1) / per_row;
    return f;
}

/* One axis of a separable triangle filter: what each of @to outputs takes from @from inputs. Shrinking widens the triangle to the step, so
 * every input counts; enlarging interpolates. */
typedef struct taps {
    int   *first;  /* (to) */
    float *weight; /* (to, width), zero-padded */
    int    width;
} taps;

static taps make_taps(int from, int to)
{
    taps   t;
    double step = (double)from / to, reach = fmax(step, 1.0);
    t.width = (int)ceil(2 * reach) + 1;
    t.first = huse_xcalloc((size_t)to, sizeof *t.first);
    t.weight = huse_xcalloc((size_t)to * (size_t)t.width, sizeof *t.weight);
    for (int i = 0; i < to; i++) {
        double centre = (i + .5) * step - .5, sum = 0;
        float *w = t.weight + (size_t)i * (size_t)t.width;
        int    lo = HUSE_MAX((int)ceil(centre - reach), 0), hi = HUSE_MIN((int)floor(centre + reach), from - 1);
        t.first[i] = lo;
        for (int k = lo; k <= hi && k - lo < t.width; k++)
            sum += (double)(w[k - lo] = (float)fmax(1 - fabs(k - centre) / reach, 0));
        for (int k = 0; k < t.width; k++)
            w[k] = sum > 0 ? (float)((double)w[k] / sum) : k == 0;
    }
    return t;
}

static void free_taps(taps *t)
{
    free(t->first);
    free(t->weight);
}

void ui_gfx_scale(const uint8_t *rgb, int w, int h, uint8_t *out, int to_w, int to_h)
{
    taps   x = make_taps(w, to_w), y = make_taps(h, to_h);
    float *wide = huse_xmalloc((size_t)h * (size_t)to_w * 3 * sizeof *wide); /* (h, to_w, 3) */
    for (int r = 0; r < h; r++)
        for (int c = 0; c < to_w; c++) {
            float sum[3] = {0};
            for (int k = 0; k < x.width && x.first[c] + k < w; k++)
                for (int p = 0; p < 3; p++)
                    sum[p] += x.weight[c * x.width + k] * (float)rgb[((size_t)r * (size_t)w + (size_t)(x.first[c] + k)) * 3 + (size_t)p];
            memcpy(wide + ((size_t)r * (size_t)to_w + (size_t)c) * 3, sum, sizeof sum);
        }
    const size_t line = (size_t)to_w * 3;
    for (int r = 0; r < to_h; r++)
        for (size_t c = 0; c < line; c++) {
            float sum = .5f;
            for (int k = 0; k < y.width && y.first[r] + k < h; k++)
                sum += y.weight[r * y.width + k] * wide[(size_t)(y.first[r] + k) * line + c];
            out[(size_t)r * line + c] = (uint8_t)HUSE_MIN(sum, 255.f);
        }
    free(wide);
    free_taps(&x);
    free_taps(&y);
}

huse_status ui_gfx_encode(const ui_gfx *g, const uint8_t *rgb, int w, int h, ui_gfx_fit fit, huse_buf *out, huse_err *err)
{
    HUSE_ASSERT(g->mode != UI_GFX_NONE && w > 0 && h > 0);
    uint8_t *scaled = huse_xmalloc((size_t)fit.px_w * (size_t)fit.px_h * 3);
    ui_gfx_scale(rgb, w, h, scaled, fit.px_w, fit.px_h);
    huse_status s = HUSE_OK;
    if (g->mode == UI_GFX_SIXEL)
        s = ui_gfx_sixel(scaled, fit.px_w, fit.px_h, g->colours, out, err);
    else if (g->mode == UI_GFX_KITTY)
        ui_gfx_kitty(scaled, fit.px_w, fit.px_h, out);
    else if (g->mode == UI_GFX_ASCII)
        ui_gfx_ascii(scaled, fit.px_w, fit.px_h, out);
    else if (is_symbols(g))
        ui_gfx_symbols(g->mode, scaled, fit.px_w, fit.px_h, out);
    else
        ui_gfx_blocks(g->mode, scaled, fit.px_w, fit.px_h, out);
    free(scaled);
    return s;
}

huse_status ui_gfx_encode_flat(const ui_gfx *g, const uint8_t *rgb, int w, int h, int cols, int rows, uint32_t ground, ui_gfx_fit *fit,
                               huse_buf *out, huse_err *err)
{
    if (g->mode != UI_GFX_SIXEL) {
        *fit = ui_gfx_fit_box(g, w, h, cols, rows);
        return ui_gfx_encode(g, rgb, w, h, *fit, out, err);
    }
    if (h < SIXEL_BAND)
        return huse_fail(err, HUSE_FAILED, "no room");
    *fit = (ui_gfx_fit){cols, rows, w, h};
    return ui_gfx_sixel_flat(rgb, w, fit->px_h, g->colours, ground, out, err);
}

/* ---- what the environment says ---- */

static bool is_set(const char *name)
{
    const char *v = getenv(name);
    return v && *v;
}

void ui_locale_init(void)
{
    bool bare = !is_set("LC_ALL") && !is_set("LC_CTYPE") && !is_set("LANG");
    if (!setlocale(LC_CTYPE, bare ? "C.UTF-8" : ""))
        setlocale(LC_CTYPE, "C");
}

bool ui_locale_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

ui_gfx_mode ui_gfx_cell_mode(void)
{
    const char *term = getenv("TERM"), *ct = getenv("COLORTERM");
    if (is_set("NO_COLOR") || !ui_locale_utf8() || !term || !*term || strcmp(term, "dumb") == 0 || strncmp(term, "vt", 2) == 0)
        return UI_GFX_ASCII;
    if (ct && (strcmp(ct, "truecolor") == 0 || strcmp(ct, "24bit") == 0))
        return UI_GFX_TRUE;
    if (strstr(term, "direct"))
        return UI_GFX_TRUE;
    return strstr(term, "256") ? UI_GFX_256 : UI_GFX_16;
}

bool ui_gfx_may_ask(void)
{
    const char *term = getenv("TERM");
    return term && *term && strcmp(term, "dumb") != 0 && strcmp(term, "linux") != 0;
}
