/* The one inner product, for every instruction set: 16 interleaved sums, added pairwise; no fused multiply-add. Included by the scan files
 * alone, which compile it with their own flags to the same bits. */
#ifndef HUSE_INDEX_DOT_H
#define HUSE_INDEX_DOT_H

#include <string.h>

#include "index/scan.h"

typedef float dot_lanes __attribute__((vector_size(64)));

static inline float dot_one(const float *a, const float *b, size_t d)
{
    dot_lanes sum = { 0 };
    size_t i = 0;
    for (; i + 16 <= d; i += 16) {
        dot_lanes x, y;
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        sum += x * y;
    }
    if (i < d) {
        dot_lanes x = { 0 }, y = { 0 };
        memcpy(&x, a + i, (d - i) * sizeof(float));
        memcpy(&y, b + i, (d - i) * sizeof(float));
        sum += x * y;
    }
    float s[16];
    memcpy(s, &sum, sizeof s);
    for (int w = 8; w > 0; w /= 2)
        for (int l = 0; l < w; l++)
            s[l] += s[l + w];
    return s[0];
}

static inline void dot_rows(const float *rows, size_t n, size_t d, const float *q, float *out)
{
    for (size_t r = 0; r < n; r++)
        out[r] = dot_one(rows + r * d, q, d);
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
