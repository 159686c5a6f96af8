#include "query/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/collect.h"

/* At most this many pairs are held for a median; of more, an even sample that reaches all of them. */
#define MOST_PAIRS ((size_t)1 << 20)

enum { ROWS = 16, TILE = 64, SAMPLED_BLOCK = 4096 };

void huse_group_init(huse_group *g, const huse_model *m, int level)
{
    const huse_taxonomy *t = m->tree;
    *g = (huse_group){ .m = m, .node = huse_xmalloc(t->n * sizeof *g->node) };
    g->vector = huse_xaligned(t->n * m->D * sizeof *g->vector);
    for (size_t i = 1; i < t->n; i++) {
        const float *x = m->node_vector + i * m->D;
        if ((level == 0 ? t->cls[i] < 0 : t->depth[i] != level) || !(huse_index_dot(x, x, m->D) > 0))
            continue;
        memcpy(g->vector + g->n * m->D, x, m->D * sizeof *x);
        g->node[g->n++] = (int32_t)i;
    }
}

void huse_group_fini(huse_group *g)
{
    free(g->node);
    free(g->vector);
}

/* ---- medians ---- */

typedef struct median_job {
    const huse_group *g;
    size_t            step, kept; /* every step-th pair; kept pairs in all */
    float            *cosine;
    uint8_t          *distance;
} median_job;

static void keep_pair(const median_job *j, size_t at, size_t a, size_t b, float cosine)
{
    j->cosine[at] = cosine;
    j->distance[at] = (uint8_t)HUSE_MIN(huse_taxonomy_distance(j->g->m->tree, j->g->node[a], j->g->node[b]), UINT8_MAX);
}

/* All pairs of ROWS nodes with those before them; pair (a, b), b < a, is number a (a - 1) / 2 + b. */
static void median_rows(void *ctx, size_t block, int worker)
{
    (void)worker;
    const median_job *j = ctx;
    const huse_group *g = j->g;
    size_t first = block * ROWS, m = HUSE_MIN(g->n - first, (size_t)ROWS), D = g->m->D, last = first + m;
    float score[ROWS][TILE];
    for (size_t at = 0; at < last; at += TILE) {
        size_t n = HUSE_MIN(last - at, (size_t)TILE);
        for (size_t i = 0; i < m; i++)
            huse_index_dots(g->vector + at * D, n, D, g->vector + (first + i) * D, score[i]);
        for (size_t a = first; a < last; a++)
            for (size_t b = at; b < HUSE_MIN(at + n, a); b++)
                keep_pair(j, a * (a - 1) / 2 + b, a, b, score[a - first][b - at]);
    }
}

/* The pairs numbered step, 2 step, … */
static void median_sample(void *ctx, size_t block, int worker)
{
    (void)worker;
    const median_job *j = ctx;
    size_t D = j->g->m->D;
    for (size_t at = block * SAMPLED_BLOCK; at < HUSE_MIN((block + 1) * SAMPLED_BLOCK, j->kept); at++) {
        size_t pair = at * j->step, a = (size_t)((1 + sqrt(1 + 8 * (double)pair)) / 2);
        a += a * (a + 1) / 2 <= pair; /* the root is rounded */
        a -= a * (a - 1) / 2 > pair;
        size_t b = pair - a * (a - 1) / 2;
        keep_pair(j, at, a, b, huse_index_dot(j->g->vector + a * D, j->g->vector + b * D, D));
    }
}

/* The value at place @at of the kept distances in order. */
static int distance_at(const median_job *j, size_t at)
{
    size_t count[UINT8_MAX + 1] = { 0 }, before = 0;
    for (size_t i = 0; i < j->kept; i++)
        count[j->distance[i]]++;
    for (int d = 0;; d++) {
        before += count[d];
        if (before > at)
            return d;
    }
}

/* The upper median of an even number, so that "below" leaves out what is typical. */
static huse_medians find_medians(const huse_group *g, huse_pool *pool)
{
    size_t pairs = g->n < 2 ? 0 : g->n * (g->n - 1) / 2, step = pairs / MOST_PAIRS + 1;
    huse_medians mid = { .known = true, .cosine = -2 };
    if (pairs == 0)
        return mid;
    median_job j = { g, step, (pairs + step - 1) / step, NULL, NULL };
    j.cosine = huse_xmalloc(j.kept * sizeof *j.cosine);
    j.distance = huse_xmalloc(j.kept * sizeof *j.distance);
    if (step == 1)
        huse_pool_run(pool, (g->n + ROWS - 1) / ROWS, median_rows, &j);
    else
        huse_pool_run(pool, (j.kept + SAMPLED_BLOCK - 1) / SAMPLED_BLOCK, median_sample, &j);
    mid.cosine = huse_select_largest(j.cosine, j.kept, (j.kept + 1) / 2);
    mid.distance = distance_at(&j, j.kept / 2);
    mid.least_distance = distance_at(&j, 0);
    free(j.cosine);
    free(j.distance);
    return mid;
}

void huse_group_medians(huse_group *g, huse_engine *e, huse_pool *pool, int level)
{
    bool kept = level >= 0 && level < HUSE_MEDIAN_LEVELS;
    pthread_mutex_lock(&e->lazy);
    if (kept)
        g->mid = e->medians[level];
    pthread_mutex_unlock(&e->lazy);
    if (g->mid.known)
        return;
    g->mid = find_medians(g, pool);
    pthread_mutex_lock(&e->lazy);
    if (kept)
        e->medians[level] = g->mid;
    pthread_mutex_unlock(&e->lazy);
}

/* ---- pairs ---- */

int huse_group_flag(const huse_group *g, int32_t a, int32_t b, float cosine, size_t rank)
{
    const huse_taxonomy *t = g->m->tree;
    int distance = huse_taxonomy_distance(t, a, b);
    if (rank <= HUSE_NEAR_RANKS && distance >= g->mid.distance && distance > g->mid.least_distance)
        return HUSE_FAR_RELATIVE;
    if (t->parent[a] == t->parent[b] && t->parent[a] > 0 && cosine < g->mid.cosine)
        return HUSE_ESTRANGED;
    return 0;
}

float huse_psi_distance(const huse_model *m, int32_t a, int32_t b)
{
    int32_t i = m->tree->cls[a], j = m->tree->cls[b];
    if (i < 0 || j < 0 || m->psi == NULL)
        return NAN;
    return 1 - huse_index_dot(m->psi + (size_t)i * m->P, m->psi + (size_t)j * m->P, m->P);
}

huse_status huse_engine_need_model(const huse_engine *e, huse_err *err)
{
    if (e->model != NULL)
        return HUSE_OK;
    return huse_fail(err, HUSE_NOT_FOUND, "there is no trained model yet: classes have no place in the space before huse-tui train");
}
