/* Pictures out of character cells: two pixels in each cell by a half block, or grey levels in ASCII. */
#include <stdlib.h>
#include <string.h>

#include "gfx_cells.h"

#define UPPER "\xe2\x96\x80" /* ▀ */

typedef struct rgb8 {
    int r, g, b;
} rgb8;

static const rgb8 basic[16] = { /* xterm's */
    {0, 0, 0},       {205, 0, 0},   {0, 205, 0},   {205, 205, 0},   {0, 0, 238},     {205, 0, 205},   {0, 205, 205},   {229, 229, 229},
    {127, 127, 127}, {255, 0, 0},   {0, 255, 0},   {255, 255, 0},   {92, 92, 255},   {255, 0, 255},   {0, 255, 255},   {255, 255, 255},
};

/* Squared distance with the eye's greater weight on green. */
static int distance(rgb8 a, rgb8 b)
{
    int r = a.r - b.r, g = a.g - b.g, l = a.b - b.b;
    return 3 * r * r + 6 * g * g + l * l;
}

static int nearest_basic(rgb8 c)
{
    int best = 0;
    for (int i = 1; i < 16; i++)
        if (distance(c, basic[i]) < distance(c, basic[best]))
            best = i;
    return best;
}

static rgb8 pixel(const uint8_t *rgb, int w, int x, int y)
{
    const uint8_t *p = rgb + ((size_t)y * (size_t)w + (size_t)x) * 3;
    return (rgb8){p[0], p[1], p[2]};
}

static int cube_step(int v)
{
    return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40;
}

/* Of xterm's 256: the 6 × 6 × 6 cube or the grey ramp. The first 16 are the user's own and unknown. */
static int nearest_256(rgb8 c)
{
    static const int level[6] = {0, 95, 135, 175, 215, 255};
    int  r = cube_step(c.r), g = cube_step(c.g), b = cube_step(c.b), mean = (c.r + c.g + c.b) / 3;
    int  grey = mean > 238 ? 23 : HUSE_MAX((mean - 3) / 10, 0), v = 8 + 10 * grey;
    rgb8 cube = {level[r], level[g], level[b]}, ramp = {v, v, v};
    return distance(c, ramp) < distance(c, cube) ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

/* Parameters of SGR. */
static void add_colour(huse_buf *out, ui_gfx_mode mode, int c, bool back)
{
    if (c < 0)
        huse_buf_fmt(out, "%d", back ? 49 : 39);
    else if (mode == UI_GFX_TRUE)
        huse_buf_fmt(out, "%d;2;%d;%d;%d", back ? 48 : 38, c >> 16 & 255, c >> 8 & 255, c & 255);
    else if (mode == UI_GFX_256)
        huse_buf_fmt(out, "%d;5;%d", back ? 48 : 38, c);
    else
        huse_buf_fmt(out, "%d", (c < 8 ? 30 + c : 82 + c) + (back ? 10 : 0));
}

void ui_gfx_sgr(ui_gfx_mode mode, int fore, int back, huse_buf *out)
{
    huse_buf_str(out, "\x1b[");
    add_colour(out, mode, fore, false);
    huse_buf_str(out, ";");
    add_colour(out, mode, back, true);
    huse_buf_str(out, "m");
}

static int clamp_byte(int v)
{
    return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* The 16 are strong colours: weak ones would all come out grey. */
static rgb8 strengthen(rgb8 c)
{
    int luma = (299 * c.r + 587 * c.g + 114 * c.b) / 1000, num = 5, den = 2;
    return (rgb8){clamp_byte(luma + (c.r - luma) * num / den), clamp_byte(luma + (c.g - luma) * num / den), clamp_byte(luma + (c.b - luma) * num / den)};
}

/* Hands what one pixel's colour is off by to its neighbours (Floyd and Steinberg); all of it would speckle, so half is dropped. */
static void spread(rgb8 *next, rgb8 *below, int x, int w, rgb8 off)
{
    const struct {
        rgb8 *row;
        int   x, share; /* of 64 */
    } to[] = {{next, x + 1, 7}, {below, x - 1, 3}, {below, x, 5}, {below, x + 1, 1}};
    for (size_t i = 0; i < HUSE_COUNT(to); i++) {
        if (to[i].x < 0 || to[i].x >= w)
            continue;
        rgb8 *p = &to[i].row[to[i].x];
        p->r += off.r * to[i].share / 32;
        p->g += off.g * to[i].share / 32;
        p->b += off.b * to[i].share / 32;
    }
}

static void dither_basic(const uint8_t *rgb, int w, int h, int *out)
{
    rgb8 *row = huse_xcalloc((size_t)w, sizeof *row), *below = huse_xcalloc((size_t)w, sizeof *below);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            rgb8 c = strengthen(pixel(rgb, w, x, y));
            c = (rgb8){clamp_byte(c.r + row[x].r), clamp_byte(c.g + row[x].g), clamp_byte(c.b + row[x].b)};
            int  i = nearest_basic(c);
            spread(row, below, x, w, (rgb8){c.r - basic[i].r, c.g - basic[i].g, c.b - basic[i].b});
            out[(size_t)y * (size_t)w + (size_t)x] = i;
        }
        rgb8 *swap = row;
        row = below;
        below = swap;
        memset(below, 0, (size_t)w * sizeof *below);
    }
    free(row);
    free(below);
}

/* Colours for ui_gfx_sgr. Fresh. */
static int *colours_of(ui_gfx_mode mode, const uint8_t *rgb, int w, int h)
{
    int *out = huse_xcalloc((size_t)w * (size_t)h, sizeof *out);
    if (mode == UI_GFX_16) {
        dither_basic(rgb, w, h, out);
        return out;
    }
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            rgb8 c = pixel(rgb, w, x, y);
            out[(size_t)y * (size_t)w + (size_t)x] = mode == UI_GFX_256 ? nearest_256(c) : c.r << 16 | c.g << 8 | c.b;
        }
    return out;
}

static void half_block_row(ui_gfx_mode mode, const int *upper, const int *lower, int w, huse_buf *out)
{
    for (int x = 0; x < w; x++) {
        if (x == 0 || upper[x] != upper[x - 1] || (lower && lower[x] != lower[x - 1]))
            ui_gfx_sgr(mode, upper[x], lower ? lower[x] : -1, out);
        huse_buf_str(out, UPPER);
    }
    huse_buf_str(out, "\x1b[0m");
}

void ui_gfx_blocks(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, huse_buf *out)
{
    int *colour = colours_of(mode, rgb, w, h);
    for (int y = 0; y < h; y += 2) {
        const int *row = colour + (size_t)y * (size_t)w;
        if (y)
            huse_buf_str(out, "\n");
        half_block_row(mode, row, y + 1 < h ? row + w : NULL, w, out);
    }
    free(colour);
}

static int luma_at(const uint8_t *rgb, int w, int x, int y)
{
    rgb8 c = pixel(rgb, w, x, y);
    return (299 * c.r + 587 * c.g + 114 * c.b) / 1000;
}

void ui_gfx_ascii(const uint8_t *rgb, int w, int h, huse_buf *out)
{
    static const char ramp[] = " .:-=+*#%@";
    int               lo = 255, hi = 0, n = 0;
    long              edge = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int v = luma_at(rgb, w, x, y);
            lo = HUSE_MIN(lo, v);
            hi = HUSE_MAX(hi, v);
            if (x == 0 || y == 0 || x == w - 1 || y == h - 1) {
                edge += v;
                n++;
            }
        }
    const bool light = edge * 2 > (long)(lo + hi) * n; /* what surrounds the thing */
    const int  range = HUSE_MAX(hi - lo, 32);
    for (int y = 0; y < h; y++) {
        if (y)
            huse_buf_str(out, "\n");
        for (int x = 0; x < w; x++) {
            const int v = luma_at(rgb, w, x, y), ink = light ? hi - v : v - lo;
            huse_buf_add(out, &ramp[(ink * 9 + range / 2) / range], 1);
        }
    }
}
