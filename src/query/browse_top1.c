#include "query/browse_top1.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/gemm.h"

enum { QUERIES = 128, CANDIDATES = 512 };

/* Float products this close to the best are taken again in double: more than their rounding and that of a tie together. */
#define NEAR_BEST 4e-6F

typedef struct contender {
    uint32_t at; /* index into the candidates */
    float    score;
} contender;

/* The contenders of one query. */
typedef struct race {
    float      best;
    contender *x;
    size_t     n, cap;
} race;

typedef struct job {
    const huse_side    *from, *to;
    const huse_items   *items;
    bool                same;
    volatile const int *stop;
    float              *hit;
    float             **memory; /* by worker */
} job;

static void enter(race *r, uint32_t at, float score)
{
    if (!(score >= r->best - NEAR_BEST))
        return;
    if (score > r->best + NEAR_BEST)
        r->n = 0;
    r->best = fmaxf(r->best, score);
    if (r->n == r->cap) {
        r->cap = r->cap * 2 + 8;
        r->x = huse_xrealloc(r->x, r->cap * sizeof *r->x);
    }
    r->x[r->n++] = (contender){ at, score };
}

static long long exact_key(const float *a, const float *b, size_t d)
{
    double sum[8] = { 0 };
    size_t i = 0;
    for (; i + 8 <= d; i += 8)
        for (size_t l = 0; l < 8; l++)
            sum[l] += (double)a[i + l] * (double)b[i + l];
    for (; i < d; i++)
        sum[0] += (double)a[i] * (double)b[i];
    double s = ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
    return isfinite(s) ? llrint(s * 1e6) : 0;
}

/* The share of the best that is of the query's class. */
static float finish(const job *j, size_t query, const race *r)
{
    const float *q = j->from->rows + (size_t)j->from->row[query] * j->from->D;
    int32_t cls = j->items->item[j->from->item[query]].cls;
    size_t tied = 0, relevant = 0;
    long long best = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (!(r->x[i].score >= r->best - NEAR_BEST))
            continue;
        uint32_t at = r->x[i].at;
        long long key = r->n > 1 ? exact_key(q, j->to->rows + (size_t)j->to->row[at] * j->to->D, j->to->D) : 0;
        if (tied > 0 && key < best)
            continue;
        if (tied > 0 && key > best)
            tied = relevant = 0;
        best = key;
        tied++;
        relevant += j->items->item[j->to->item[at]].cls == cls;
    }
    return tied > 0 ? (float)relevant / (float)tied : 0;
}

static void pack(const huse_side *s, size_t first, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * s->D, s->rows + (size_t)s->row[first + i] * s->D, s->D * sizeof *out);
}

static void block(void *ctx, size_t b, int worker)
{
    const job *j = ctx;
    size_t D = j->to->D, first = b * QUERIES, m = HUSE_MIN(j->from->n - first, (size_t)QUERIES);
    if (j->memory[worker] == NULL)
        j->memory[worker] = huse_xaligned((QUERIES * D + CANDIDATES * D + QUERIES * CANDIDATES) * sizeof(float));
    float *q = j->memory[worker], *c = q + QUERIES * D, *score = c + CANDIDATES * D;
    race r[QUERIES] = { { 0 } };
    for (size_t i = 0; i < m; i++)
        r[i].best = -INFINITY;
    pack(j->from, first, m, q);
    for (size_t at = 0; at < j->to->n && !huse_stopped(j->stop); at += CANDIDATES) {
        size_t n = HUSE_MIN(j->to->n - at, (size_t)CANDIDATES);
        pack(j->to, at, n, c);
        huse_gemm_1(false, true, m, n, D, 1, q, D, c, D, 0, score, CANDIDATES);
        for (size_t i = 0; i < m; i++)
            for (size_t k = 0; k < n; k++)
                if (score[i * CANDIDATES + k] >= r[i].best - NEAR_BEST && !(j->same && j->to->item[at + k] == j->from->item[first + i]))
                    enter(&r[i], (uint32_t)(at + k), score[i * CANDIDATES + k]);
    }
    for (size_t i = 0; i < m; i++) {
        j->hit[first + i] = finish(j, first + i, &r[i]);
        free(r[i].x);
    }
}

bool huse_top1(huse_pool *pool, const huse_side *from, const huse_side *to, const huse_items *items, bool same,
               volatile const int *stop, float *hit)
{
    size_t workers = (size_t)huse_pool_threads(pool);
    job j = { from, to, items, same, stop, hit, huse_xcalloc(workers, sizeof *j.memory) };
    huse_blas_init();
    huse_pool_run(pool, (from->n + QUERIES - 1) / QUERIES, block, &j);
    for (size_t i = 0; i < workers; i++)
        free(j.memory[i]);
    free(j.memory);
    return !huse_stopped(stop);
}
