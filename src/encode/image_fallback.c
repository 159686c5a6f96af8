/* Pictures without weights: which colours there are, and where edges run in which direction.
 * Colours as joint histograms of 4 x 4 x 4 RGB cells, of the picture and of its middle; edges as
 * histograms of oriented gradients (Dalal & Triggs 2005) in 7 x 7 cells. Bins are filled by linear
 * interpolation. Each part is L1-normalised, square-rooted (Hellinger kernel) and scaled, so that
 * rows are unit vectors (shorter where a picture has no edge at all); edges tell classes apart
 * better than colours and get the larger share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"

enum {
    SIDE = HUSE_PICTURE_SIDE / 2,
    LEVELS = 4, /* colour cells a channel */
    COLOURS = LEVELS * LEVELS * LEVELS,
    CELLS = 7, /* gradient cells across */
    ANGLES = 8,
    EDGES = CELLS * CELLS * ANGLES,
    DIM = 2 * COLOURS + EDGES,
};

#define COLOUR_SHARE 0.15 /* of the squared length, for each of the two histograms */

#define NAME    "color-hist"
#define VERSION "1"
#define PI      3.14159265f

/* A value's two nearest bin centres out of @n and the share of the upper one. Bins are one apart,
 * the first at 0. */
typedef struct split {
    int low, high;
    float share;
} split;

static split split_of(float at, int n)
{
    float clamped = fminf(fmaxf(at, 0.0f), (float)(n - 1));
    split s = {.low = (int)clamped};
    s.high = HUSE_MIN(s.low + 1, n - 1);
    s.share = clamped - (float)s.low;
    return s;
}

/* Means of 2 x 2 pixels. */
static void halve(const uint8_t *rgb, float *out)
{
    const size_t row = HUSE_PICTURE_SIDE * 3;
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++)
            for (size_t c = 0; c < 3; c++) {
                const uint8_t *p = rgb + 2 * y * row + 2 * x * 3 + c;
                *out++ = (float)(p[0] + p[3] + p[row] + p[row + 3]) * 0.25f;
            }
}

static void add_colour(const float *rgb, float *histogram)
{
    split s[3];
    for (int c = 0; c < 3; c++)
        s[c] = split_of(rgb[c] * ((float)(LEVELS - 1) / 255.0f), LEVELS);
    for (int corner = 0; corner < 8; corner++) {
        int bin = 0;
        float weight = 1.0f;
        for (int c = 0; c < 3; c++) {
            bool up = corner >> c & 1;
            bin = bin * LEVELS + (up ? s[c].high : s[c].low);
            weight *= up ? s[c].share : 1.0f - s[c].share;
        }
        histogram[bin] += weight;
    }
}

static void colours(const float *rgb, float *out)
{
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++, rgb += 3) {
            bool middle =
                x >= SIDE / 4 && x < SIDE - SIDE / 4 && y >= SIDE / 4 && y < SIDE - SIDE / 4;
            add_colour(rgb, out + (middle ? COLOURS : 0));
        }
    for (size_t i = 0; i < COLOURS; i++)
        out[i] += out[COLOURS + i];
}

/* Orientation without sign, so that a dark thing on light and a light one on dark are alike. */
static void add_edge(float dx, float dy, split sy, split sx, float *out)
{
    float strength = sqrtf(dx * dx + dy * dy), angle = atan2f(dy, dx);
    if (strength <= 0.0f)
        return;
    float at = (angle < 0.0f ? angle + PI : angle) * ((float)ANGLES / PI);
    int low = (int)at % ANGLES, high = (low + 1) % ANGLES;
    float up = at - floorf(at);
    for (int corner = 0; corner < 4; corner++) {
        int cy = corner & 2 ? sy.high : sy.low, cx = corner & 1 ? sx.high : sx.low;
        float weight = strength * (corner & 2 ? sy.share : 1.0f - sy.share) *
                       (corner & 1 ? sx.share : 1.0f - sx.share);
        float *cell = out + (cy * CELLS + cx) * ANGLES;
        cell[low] += weight * (1.0f - up);
        cell[high] += weight * up;
    }
}

static void edges(const float *grey, float *out)
{
    const float scale = (float)CELLS / (float)SIDE;
    for (size_t y = 1; y + 1 < SIDE; y++) {
        split sy = split_of(((float)y + 0.5f) * scale - 0.5f, CELLS);
        for (size_t x = 1; x + 1 < SIDE; x++) {
            const float *p = grey + y * SIDE + x;
            add_edge(p[1] - p[-1], p[SIDE] - *(p - SIDE), sy,
                     split_of(((float)x + 0.5f) * scale - 0.5f, CELLS), out);
        }
    }
}

/* Histogram to square roots with @share as the squared length; zeros stay. */
static void hellinger(float *x, size_t n, double share)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    for (size_t i = 0; i < n && sum > 0; i++)
        x[i] = (float)sqrt((double)x[i] * share / sum);
}

typedef struct job {
    const uint8_t *rgb;
    float *out;
} job;

static void picture_task(void *ctx, size_t i, int worker)
{
    const job *j = ctx;
    float *out = j->out + i * DIM, *edge = out + 2 * COLOURS;
    float *rgb = huse_xmalloc(SIDE * SIDE * 3 * sizeof *rgb),
          *grey = huse_xmalloc(SIDE * SIDE * sizeof *grey);
    (void)worker;
    memset(out, 0, DIM * sizeof *out);
    halve(j->rgb + i * HUSE_PICTURE_SIDE * HUSE_PICTURE_SIDE * 3, rgb);
    colours(rgb, out);
    for (size_t x = 0; x < SIDE * SIDE; x++)
        grey[x] = 0.299f * rgb[3 * x] + 0.587f * rgb[3 * x + 1] + 0.114f * rgb[3 * x + 2];
    edges(grey, edge);
    hellinger(out, COLOURS, COLOUR_SHARE);
    hellinger(out + COLOURS, COLOURS, COLOUR_SHARE);
    hellinger(edge, EDGES, 1 - 2 * COLOUR_SHARE);
    free(rgb);
    free(grey);
}

static void encode(const huse_image_encoder *self, huse_pool *pool, const uint8_t *rgb, size_t n,
                   float *out)
{
    job j = {.rgb = rgb, .out = out};
    (void)self;
    huse_pool_run(pool, n, picture_task, &j);
}

static void fallback_free(huse_image_encoder *self)
{
    free(self);
}

huse_image_encoder *huse_image_fallback(void)
{
    huse_image_encoder *e = huse_xcalloc(1, sizeof *e);
    e->name = NAME;
    e->dim = DIM;
    e->hash = huse_sha256(NAME "/" VERSION, sizeof NAME "/" VERSION - 1);
    e->encode = encode;
    e->free = fallback_free;
    return e;
}
