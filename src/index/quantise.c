#include "index/quantise.h"

#include <math.h>
#include <stdlib.h>

static size_t quads_of(size_t d)
{
    return (d + 15) / 16 * 4;
}

/* A float that is at least x (x ≥ 0). */
static float round_up(double x)
{
    return (float)(x * (1 + 0x1p-22)) + 0x1p-140F;
}

typedef struct copy_job {
    const float    *rows;
    size_t          n, d;
    huse_round_fn  *round;
    huse_scan_copy *c;
} copy_job;

static void copy_chunk(void *ctx, size_t chunk, int worker)
{
    (void)worker;
    const copy_job *job = ctx;
    huse_scan_copy *c = job->c;
    size_t first = chunk * HUSE_SCAN_CHUNK * HUSE_SCAN_GROUP;
    size_t last = HUSE_MIN(first + HUSE_SCAN_CHUNK * HUSE_SCAN_GROUP, job->n);
    float norm = HUSE_SCAN_SHORTEST;
    for (size_t row = first; row < last; row++) {
        uint8_t *u = c->u + row / 16 * c->quads * 64 + row % 16 * 4;
        norm = fmaxf(norm, job->round(job->rows + row * job->d, job->d, u, c->scale + row, c->resid + row));
    }
    c->norm[chunk] = norm;
}

huse_scan_copy *huse_scan_copy_new(const float *rows, size_t n, size_t d, huse_pool *pool)
{
    HUSE_ASSERT(d >= 1 && d <= HUSE_SCAN_MAX_DIM);
    huse_scan_copy *c = huse_xcalloc(1, sizeof *c);
    c->groups = (n + HUSE_SCAN_GROUP - 1) / HUSE_SCAN_GROUP;
    c->quads = quads_of(d);
    size_t chunks = (c->groups + HUSE_SCAN_CHUNK - 1) / HUSE_SCAN_CHUNK;
    void *u = NULL;
    if (huse_try_alloc(&u, c->groups * c->quads, 64, NULL) != HUSE_OK) {
        free(c);
        return NULL;
    }
    c->u = u;
    c->scale = huse_xaligned(HUSE_MAX(c->groups, 1) * HUSE_SCAN_GROUP * sizeof *c->scale);
    c->resid = huse_xaligned(HUSE_MAX(c->groups, 1) * HUSE_SCAN_GROUP * sizeof *c->resid);
    c->norm = huse_xaligned(HUSE_MAX(chunks, 1) * sizeof *c->norm);
    size_t kernels;
    copy_job job = { rows, n, d, huse_scan_kernels(&kernels)->round, c };
    huse_pool_run(pool, chunks, copy_chunk, &job);
    return c;
}

void huse_scan_copy_free(huse_scan_copy *c)
{
    if (c == NULL)
        return;
    free(c->u);
    free(c->scale);
    free(c->resid);
    free(c->norm);
    free(c);
}

/* Rounds q to integers of at most @most and fills everything but the pointers; false when q is too long or too short. */
static bool round_query(huse_scan_query *s, int16_t *b, const float *q, size_t d, int most)
{
    double square = 0, lost = 0;
    float largest = 0;
    for (size_t i = 0; i < d; i++) {
        largest = fmaxf(largest, fabsf(q[i]));
        square += (double)q[i] * (double)q[i];
    }
    if (!(sqrt(square) <= (double)HUSE_SCAN_LONGEST && sqrt(square) >= (double)HUSE_SCAN_SHORTEST))
        return false;
    float scale = largest / (float)most, per = scale > 0 ? 1 / scale : 0;
    if (!isfinite(per))
        scale = per = 0;
    int32_t sum = 0;
    for (size_t i = 0; i < d; i++) {
        float t = q[i] * per;
        int v = (int)(t < 0 ? t - 0.5F : t + 0.5F);
        b[i] = (int16_t)HUSE_MAX(-most, HUSE_MIN(most, v));
        sum += b[i];
        double miss = (double)q[i] - (double)scale * b[i];
        lost += miss * miss;
    }
    s->offset = 128 * sum;
    s->scale = scale;
    s->norm = round_up(sqrt(square));
    /* float32: the sums of huse_index_dot, d/16 + 5 roundings; the estimate's conversion and products; the bounds' own sums */
    double arithmetic = ((double)d / 16 + 64) * 0x1p-23;
    s->residual = round_up(sqrt(lost) * (1 + 0x1p-20) + arithmetic * sqrt(square));
    return true;
}

bool huse_scan_queries_init(huse_scan_queries *s, const float *q, size_t m, size_t d, bool two_words)
{
    size_t width = quads_of(d) * 4;
    /* every sum of products stays below 2^31: 255 * width * most; and |hi| <= 127 */
    int most = two_words ? (int)HUSE_MIN((size_t)16256, INT32_MAX / (255 * width) - 64) : 127;
    int16_t *b = huse_xaligned(m * width * (sizeof *b + 2));
    int8_t *hi = (int8_t *)(b + m * width), *lo = hi + m * width;
    s->memory = b;
    for (size_t j = 0; j < m; j++, b += width, hi += width, lo += width) {
        if (!round_query(&s->q[j], b, q + j * d, d, most)) {
            huse_scan_queries_fini(s);
            return false;
        }
        for (size_t i = 0; i < width; i++) {
            int h = two_words ? (b[i] + 64 + 128 * 128) / 128 - 128 : b[i];
            hi[i] = (int8_t)h;
            lo[i] = (int8_t)(two_words ? b[i] - 128 * h : 0);
        }
        s->q[j].b = b;
        s->q[j].hi = hi;
        s->q[j].lo = two_words ? lo : NULL;
    }
    return true;
}

void huse_scan_queries_fini(huse_scan_queries *s)
{
    free(s->memory);
    s->memory = NULL;
}
