/* Pictures out of character cells: two pixels in each cell by a half block, or grey levels in ASCII. */
#include <stdlib.h>
#include <string.h>

#include "gfx.h"

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

/* Parameters of SGR that set the foreground or the background. */
static void add_colour(huse_buf *out, ui_gfx_mode mode, rgb8 c, bool back)
{
    if (mode == UI_GFX_TRUE) {
        huse_buf_fmt(out, "%d;2;%d;%d;%d", back ? 48 : 38, c.r, c.g, c.b);
    } else if (mode == UI_GFX_256) {
        huse_buf_fmt(out, "%d;5;%d", back ? 48 : 38, nearest_256(c));
    } else {
        int i = nearest_basic(c);
        huse_buf_fmt(out, "%d", (i < 8 ? 30 + i : 82 + i) + (back ? 10 : 0));
    }
}

static rgb8 pixel(const uint8_t *rgb, int w, int x, int y)
{
    const uint8_t *p = rgb + ((size_t)y * (size_t)w + (size_t)x) * 3;
    return (rgb8){p[0], p[1], p[2]};
}

static void half_block_row(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, int y, huse_buf *out)
{
    huse_buf now = {0}, last = {0};
    for (int x = 0; x < w; x++) {
        now.len = 0;
        add_colour(&now, mode, pixel(rgb, w, x, y), false);
        if (y + 1 < h) {
            huse_buf_str(&now, ";");
            add_colour(&now, mode, pixel(rgb, w, x, y + 1), true);
        }
        if (now.len != last.len || memcmp(now.data, last.data, now.len) != 0)
            huse_buf_fmt(out, "\x1b[%sm", now.data);
        huse_buf_str(out, UPPER);
        huse_buf swap = now;
        now = last;
        last = swap;
    }
    huse_buf_str(out, "\x1b[0m");
    huse_buf_free(&now);
    huse_buf_free(&last);
}

static void ascii_row(const uint8_t *rgb, int w, int y, huse_buf *out)
{
    static const char ramp[] = " .:-=+*#%@"; /* dark to light, as on a dark screen */
    for (int x = 0; x < w; x++) {
        rgb8 c = pixel(rgb, w, x, y);
        int  luma = (299 * c.r + 587 * c.g + 114 * c.b) / 1000;
        huse_buf_add(out, &ramp[luma * 9 / 255], 1);
    }
}

void ui_gfx_cells(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, huse_buf *out)
{
    const int step = mode == UI_GFX_ASCII ? 1 : 2;
    for (int y = 0; y < h; y += step) {
        if (y)
            huse_buf_str(out, "\n");
        if (mode == UI_GFX_ASCII)
            ascii_row(rgb, w, y, out);
        else
            half_block_row(mode, rgb, w, h, y, out);
    }
}
