/* Class-clustered bootstrap intervals. */
#include "eval/intervals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define STREAM 0x696e74657276616cull /* draws of intervals are streams of their own */

struct bootstrap {
    size_t f, classes;
    double *x;     /* kept rows, class by class */
    size_t *start; /* (classes + 1) */
    double *mean;  /* (f, draws) */
    double *sum;   /* (workers, f) */
    unsigned draws;
    uint64_t seed;
    volatile const int *stop;
};

struct row {
    const double *x;
    size_t f;
    int32_t cls;
};

/* By class, then by values: a canonical order, so that draws do not depend on that of the file. */
static int compare_rows(const void *a, const void *b)
{
    const struct row *r = a, *s = b;
    if (r->cls != s->cls)
        return r->cls < s->cls ? -1 : 1;
    for (size_t i = 0; i < r->f; i++) {
        if (r->x[i] != s->x[i])
            return r->x[i] < s->x[i] ? -1 : 1;
    }
    return 0;
}

static void one_draw(void *ctx, size_t draw, int worker)
{
    const struct bootstrap *b = ctx;
    double *sum = b->sum + (size_t)worker * b->f;
    size_t n = 0;
    huse_rng rng;
    if (huse_stopped(b->stop))
        return;
    huse_rng_init(&rng, b->seed, STREAM + draw);
    memset(sum, 0, b->f * sizeof *sum);
    for (size_t i = 0; i < b->classes; i++) {
        size_t c = huse_rng_below(&rng, (uint32_t)b->classes);
        size_t size = b->start[c + 1] - b->start[c];
        for (size_t j = 0; j < size; j++) {
            const double *row = b->x + (b->start[c] + huse_rng_below(&rng, (uint32_t)size)) * b->f;
            for (size_t k = 0; k < b->f; k++)
                sum[k] += row[k];
        }
        n += size;
    }
    for (size_t k = 0; k < b->f; k++)
        b->mean[k * b->draws + draw] = sum[k] / (double)n;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;
    double part = at - (double)i;
    return i + 1 < n ? sorted[i] + part * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

/* Copies the rows that count into @b, class by class; returns how many. */
static size_t arrange(struct bootstrap *b, const double *x, size_t n, const int32_t *cls)
{
    struct row *row = huse_xcalloc(n + 1, sizeof *row);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i * b->f]))
            row[kept++] = (struct row){x + i * b->f, b->f, cls[i]};
    }
    qsort(row, kept, sizeof *row, compare_rows);
    b->x = huse_xcalloc(kept * b->f + 1, sizeof *b->x);
    b->start = huse_xcalloc(kept + 1, sizeof *b->start);
    for (size_t i = 0; i < kept; i++) {
        memcpy(b->x + i * b->f, row[i].x, b->f * sizeof *b->x);
        if (i == 0 || row[i].cls != row[i - 1].cls)
            b->start[b->classes++] = i;
    }
    b->start[b->classes] = kept;
    free(row);
    return kept;
}

void huse_intervals(huse_pool *pool, const double *x, size_t n, size_t f, const int32_t *cls,
                    unsigned draws, uint64_t seed, volatile const int *stop, double *lo, double *hi)
{
    struct bootstrap b = {.f = f, .draws = draws, .seed = seed, .stop = stop};
    for (size_t k = 0; k < f; k++)
        lo[k] = hi[k] = (double)NAN;
    if (arrange(&b, x, n, cls) > 0 && draws > 0 && f > 0) {
        b.mean = huse_xcalloc(f * draws, sizeof *b.mean);
        b.sum = huse_xcalloc((size_t)huse_pool_threads(pool) * f, sizeof *b.sum);
        huse_pool_run(pool, draws, one_draw, &b);
        for (size_t k = 0; k < f && !huse_stopped(stop); k++) {
            double *mean = b.mean + k * draws;
            qsort(mean, draws, sizeof *mean, compare_doubles);
            lo[k] = percentile(mean, draws, 0.025);
            hi[k] = percentile(mean, draws, 0.975);
        }
        free(b.mean);
        free(b.sum);
    }
    free(b.x);
    free(b.start);
}

void huse_eval_paired_interval(huse_pool *pool, const float *a, const float *b, const int32_t *cls,
                               size_t n, unsigned draws, uint64_t seed, volatile const int *stop, double *lo, double *hi)
{
    double *diff = huse_xcalloc(n + 1, sizeof *diff);
    for (size_t i = 0; i < n; i++)
        diff[i] = (double)a[i] - (double)b[i];
    huse_intervals(pool, diff, n, 1, cls, draws, seed, stop, lo, hi);
    free(diff);
}
