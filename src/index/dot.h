/* Arithmetic on rows of float32, for every instruction set: 16 interleaved sums, added pairwise; no fused multiply-add. Included by the
 * scan files alone, which compile it with their own flags to the same bits. */
#ifndef HUSE_INDEX_DOT_H
#define HUSE_INDEX_DOT_H

#include <string.h>

#include "index/scan.h"

typedef float   dot_lanes __attribute__((vector_size(64)));
typedef int32_t int_lanes __attribute__((vector_size(64)));
typedef uint8_t byte_lanes __attribute__((vector_size(16)));

/* The next 16 of x, zero beyond the end. */
#define DOT_LOAD(to, x, i, d)                                      \
    do {                                                           \
        if ((i) + 16 <= (d)) {                                     \
            memcpy(&(to), (x) + (i), sizeof(to));                  \
        } else {                                                   \
            memset(&(to), 0, sizeof(to));                          \
            memcpy(&(to), (x) + (i), ((d) - (i)) * sizeof(float)); \
        }                                                          \
    } while (0)

static inline float dot_sum(const dot_lanes *sum)
{
    float s[16];
    memcpy(s, sum, sizeof s);
    for (int w = 8; w > 0; w /= 2)
        for (int l = 0; l < w; l++)
            s[l] += s[l + w];
    return s[0];
}

static inline float dot_one(const float *a, const float *b, size_t d)
{
    dot_lanes sum = { 0 }, x, y;
    for (size_t i = 0; i < d; i += 16) {
        DOT_LOAD(x, a, i, d);
        DOT_LOAD(y, b, i, d);
        sum += x * y;
    }
    return dot_sum(&sum);
}

/* Largest |x|, as the bits of a float: above 0x7f800000 when some x is not a number. And |x|² in *square. */
static inline int32_t dot_largest(const float *row, size_t d, float *square)
{
    int_lanes most = { 0 };
    dot_lanes sum = { 0 }, x;
    for (size_t i = 0; i < d; i += 16) {
        DOT_LOAD(x, row, i, d);
        sum += x * x;
        int_lanes bits = (int_lanes)x & 0x7fffffff, above = bits > most;
        most = (bits & above) | (most & ~above);
    }
    *square = dot_sum(&sum);
    int32_t m[16], best = 0;
    memcpy(m, &most, sizeof m);
    for (int l = 0; l < 16; l++)
        best = m[l] > best ? m[l] : best;
    return best;
}

/* Rounds a row to multiples of @scale, written as bytes around 128, four of each 64 at @u; |x − x̂|² in *lost, |x̂|² in *kept. */
static inline void dot_round(const float *row, size_t d, float scale, uint8_t *u, float *lost, float *kept)
{
    float per = 1 / scale;
    int_lanes half = { 0 };
    half |= 0x3f000000; /* .5 */
    dot_lanes lost_sum = { 0 }, kept_sum = { 0 }, x;
    for (size_t i = 0; i < d; i += 16) {
        DOT_LOAD(x, row, i, d);
        dot_lanes t = x * per;
        int_lanes away = ((int_lanes)t & INT32_MIN) | half;
        int_lanes a = __builtin_convertvector(t + (dot_lanes)away, int_lanes);
        dot_lanes back = __builtin_convertvector(a, dot_lanes) * scale, miss = x - back;
        lost_sum += miss * miss;
        kept_sum += back * back;
        byte_lanes bytes = __builtin_convertvector(a + 128, byte_lanes);
        uint8_t b[16];
        memcpy(b, &bytes, sizeof b);
        for (size_t k = 0; k < 4; k++)
            memcpy(u + i * 16 + k * 64, b + 4 * k, 4);
    }
    *lost = dot_sum(&lost_sum);
    *kept = dot_sum(&kept_sum);
}

static inline void dot_rows(const float *rows, size_t n, size_t d, const float *q, float *out)
{
    for (size_t r = 0; r < n; r++)
        out[r] = dot_one(rows + r * d, q, d);
}

static inline float round_one(const float *row, size_t d, uint8_t *u, float *scale, float *resid)
{
    float square, largest, lost = 0, kept = 0;
    int32_t bits = dot_largest(row, d, &square);
    memcpy(&largest, &bits, sizeof largest);
    *scale = 0;
    *resid = __builtin_inff();
    if (bits >= 0x7f800000 || !(square <= HUSE_SCAN_LONGEST * HUSE_SCAN_LONGEST))
        return 0;
    float norm = __builtin_sqrtf(square) * (1 + 0x1p-10F) + 0x1p-60F;
    *resid = norm;
    if (largest > HUSE_SCAN_SHORTEST) {
        *scale = largest / 127;
        dot_round(row, d, *scale, u, &lost, &kept);
        /* the sums' own rounding, at most d/16 + 6 parts in 2^24, and that of the differences, at most 2^-22 of the row */
        *resid = __builtin_sqrtf(lost) * (1 + 0x1p-12F) + norm * 0x1p-21F + 0x1p-60F;
    }
    float back = __builtin_sqrtf(kept) * (1 + 0x1p-10F);
    return back > norm ? back : norm;
}

/* What all scans do with the integers of one group and query: estimate, upper bound, and the collector where the bound reaches the floor. */
static inline void scan_finish(const huse_scan *s, size_t j, size_t g, const int32_t acc[16])
{
    const huse_scan_query *q = &s->query[j];
    const float *scale = s->copy->scale + g * HUSE_SCAN_GROUP;
    const float *resid = s->copy->resid + g * HUSE_SCAN_GROUP;
    float slack = s->copy->norm[g / HUSE_SCAN_CHUNK] * q->residual;
    float floor = s->floor[j] - slack, est[16];
    unsigned mask = 0;
    for (unsigned l = 0; l < 16; l++) {
        est[l] = (float)(acc[l] - q->offset) * (scale[l] * q->scale);
        mask |= (unsigned)(est[l] + resid[l] * q->norm >= floor) << l;
    }
    if (mask != 0)
        huse_scan_found(s, j, g, mask, est, slack);
}

#endif
