/* Separable scaling: every output value is a weighted sum of a run of input values along each axis. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "decode/decode.h"

/* For each output position: the first input position, and @taps weights (unused ones are 0). */
typedef struct axis {
    int    taps;
    int   *first;
    float *weight;
} axis;

static double catmull_rom(double x)
{
    x = fabs(x);
    if (x < 1.0)
        return 1.0 + x * x * (1.5 * x - 2.5);
    if (x < 2.0)
        return 2.0 + x * (-4.0 + x * (2.5 - 0.5 * x));
    return 0.0;
}

/* Input values by the length of their overlap with output cell @i. */
static void area_weights(axis *a, int src, double ratio, int i)
{
    double lo = i * ratio, hi = (i + 1) * ratio;
    int first = (int)lo;
    if (first + a->taps > src)
        first = src - a->taps;
    a->first[i] = first;
    for (int t = 0; t < a->taps; t++) {
        double left = fmax(lo, first + t), right = fmin(hi, first + t + 1);
        a->weight[(size_t)i * (size_t)a->taps + (size_t)t] = (float)(fmax(0.0, right - left) / ratio);
    }
}

/* The four nearest input values; those beyond the edge are the edge's. */
static void cubic_weights(axis *a, int src, double ratio, int i)
{
    double centre = (i + 0.5) * ratio - 0.5;
    int near = (int)floor(centre), first = near - 1;
    if (first + a->taps > src)
        first = src - a->taps;
    if (first < 0)
        first = 0;
    a->first[i] = first;
    float *w = a->weight + (size_t)i * (size_t)a->taps;
    for (int j = near - 1; j <= near + 2; j++) {
        int at = j < 0 ? 0 : j >= src ? src - 1 : j;
        w[at - first] += (float)catmull_rom(centre - j);
    }
}

static void axis_free(axis *a)
{
    free(a->first);
    free(a->weight);
}

static bool axis_make(axis *a, int src, int dst)
{
    double ratio = (double)src / dst;
    a->taps = src == dst ? 1 : src > dst ? (int)ceil(ratio) + 1 : 4;
    if (a->taps > src)
        a->taps = src;
    a->first = calloc((size_t)dst, sizeof *a->first);
    a->weight = calloc((size_t)dst * (size_t)a->taps, sizeof *a->weight);
    if (a->first == NULL || a->weight == NULL)
        return false;
    for (int i = 0; i < dst; i++) {
        if (src == dst) {
            a->first[i] = i;
            a->weight[i] = 1.0f;
        } else if (src > dst) {
            area_weights(a, src, ratio, i);
        } else {
            cubic_weights(a, src, ratio, i);
        }
    }
    return true;
}

/* One row of the source as RGB bytes: grey is tripled, alpha goes over white. */
static const uint8_t *rgb_row(const huse_pixels *src, int x, int y, int w, uint8_t *row)
{
    size_t c = (size_t)src->channels;
    const uint8_t *p = src->data + ((size_t)y * (size_t)src->w + (size_t)x) * c;
    if (c == 3)
        return p;
    for (int i = 0; i < w; i++, p += c) {
        unsigned alpha = c == 2 ? p[1] : c == 4 ? p[3] : 255;
        for (int k = 0; k < 3; k++) {
            unsigned v = c == 4 ? p[k] : p[0];
            row[3 * i + k] = (uint8_t)((v * alpha + 255 * (255 - alpha) + 127) / 255);
        }
    }
    return row;
}

static void scale_row(const axis *a, const uint8_t *row, int w, float *out)
{
    for (int i = 0; i < w; i++) {
        const uint8_t *p = row + 3 * (size_t)a->first[i];
        const float *weight = a->weight + (size_t)i * (size_t)a->taps;
        float r = 0, g = 0, b = 0;
        for (int t = 0; t < a->taps; t++, p += 3) {
            r += weight[t] * (float)p[0];
            g += weight[t] * (float)p[1];
            b += weight[t] * (float)p[2];
        }
        out[3 * i] = r;
        out[3 * i + 1] = g;
        out[3 * i + 2] = b;
    }
}

static void scale_columns(const axis *a, const float *rows, int w, int h, float *sum, uint8_t *out)
{
    size_t n = 3 * (size_t)w;
    for (int i = 0; i < h; i++, out += n) {
        memset(sum, 0, n * sizeof *sum);
        for (int t = 0; t < a->taps; t++) {
            float weight = a->weight[(size_t)i * (size_t)a->taps + (size_t)t];
            const float *row = rows + (size_t)(a->first[i] + t) * n;
            for (size_t j = 0; j < n; j++)
                sum[j] += weight * row[j];
        }
        for (size_t j = 0; j < n; j++) {
            float v = sum[j] + 0.5f;
            out[j] = v <= 0.0f ? 0 : v >= 255.0f ? 255 : (uint8_t)v;
        }
    }
}

bool huse_scale(const huse_pixels *src, huse_rect r, int w, int h, uint8_t *out)
{
    axis across = { 0 }, down = { 0 };
    uint8_t *row = malloc(3 * (size_t)r.w);
    float *rows = malloc(3 * (size_t)w * (size_t)r.h * sizeof *rows), *sum = malloc(3 * (size_t)w * sizeof *sum);
    bool ok = row != NULL && rows != NULL && sum != NULL && axis_make(&across, r.w, w) && axis_make(&down, r.h, h);
    if (ok) {
        for (int y = 0; y < r.h; y++)
            scale_row(&across, rgb_row(src, r.x, r.y + y, r.w, row), w, rows + 3 * (size_t)w * (size_t)y);
        scale_columns(&down, rows, w, h, sum, out);
    }
    axis_free(&across);
    axis_free(&down);
    free(row);
    free(rows);
    free(sum);
    return ok;
}
