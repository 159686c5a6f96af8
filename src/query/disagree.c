/* Where space and tree disagree (METHOD 10): far relatives and estranged siblings, the strongest of the whole tree. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/group.h"
#include "tensor/gemm.h"

enum { ROWS = 64 };

/* Products of whole blocks are off by less than this; where that may decide, the cosine is taken again as everywhere else. */
#define SLACK 4e-6F

typedef struct found {
    uint32_t a, b; /* of the group */
    float    cosine, strength; /* strength: how far the cosine lies from the median */
    int      rank, flag;
} found;

/* The strongest so far, the weakest of them on top; how many there were in all. */
typedef struct list {
    found *at;
    size_t n, cap, total;
} list;

typedef struct search {
    const huse_group   *g;
    int32_t             node; /* one of each pair lies at or below it */
    size_t              k;
    volatile const int *stop;
    uint32_t           *near;   /* (n, HUSE_NEAR_RANKS) neighbours of each by rank, UINT32_MAX: none */
    float              *cosine; /* (n, HUSE_NEAR_RANKS) */
    float             **row;    /* by worker (ROWS, n) */
    list               *found;  /* by worker */
} search;

/* Whether x comes before y: nodes are in the byte order of their paths. */
static bool stronger(const found *x, const found *y)
{
    if (x->strength != y->strength)
        return x->strength > y->strength;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

static int by_strength(const void *a, const void *b)
{
    const found *x = a, *y = b;
    return stronger(x, y) ? -1 : stronger(y, x);
}

static void sink(list *l, size_t i)
{
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= l->n)
            return;
        if (c + 1 < l->n && stronger(&l->at[c], &l->at[c + 1]))
            c++;
        if (!stronger(&l->at[i], &l->at[c]))
            return;
        found x = l->at[i];
        l->at[i] = l->at[c];
        l->at[c] = x;
        i = c;
    }
}

/* Whether keep() would keep it. */
static bool wanted(const list *l, size_t k, const found *f)
{
    return k > 0 && (l->n < k || stronger(f, &l->at[0]));
}

static void keep(list *l, size_t k, const found *f)
{
    if (!wanted(l, k, f))
        return;
    if (l->n == k) {
        l->at[0] = *f;
        sink(l, 0);
        return;
    }
    if (l->n == l->cap) {
        l->cap = HUSE_MIN(l->cap * 2 + 64, k);
        l->at = huse_xrealloc(l->at, l->cap * sizeof *l->at);
    }
    l->at[l->n++] = *f;
    for (size_t i = l->n; l->n == k && i-- > 0;)
        sink(l, i);
}

static bool stopped(const search *s)
{
    return huse_stopped(s->stop);
}

static bool in_reach(const search *s, size_t a, size_t b)
{
    const huse_taxonomy *t = s->g->m->tree;
    return huse_taxonomy_below(t, s->g->node[a], s->node) || huse_taxonomy_below(t, s->g->node[b], s->node);
}

static float cosine_of(const huse_group *g, size_t a, size_t b)
{
    return huse_index_dot(g->vector + b * g->m->D, g->vector + a * g->m->D, g->m->D);
}

static void nearest(const search *s, size_t a, const float *row)
{
    uint32_t *near = s->near + a * HUSE_NEAR_RANKS;
    float *cosine = s->cosine + a * HUSE_NEAR_RANKS;
    size_t n = 0;
    for (size_t b = 0; b < s->g->n; b++) {
        if (b == a || (n == HUSE_NEAR_RANKS && !(row[b] > cosine[n - 1] - SLACK)))
            continue;
        float x = cosine_of(s->g, a, b);
        if (n == HUSE_NEAR_RANKS && !(x > cosine[n - 1]))
            continue;
        size_t at = n < HUSE_NEAR_RANKS ? n++ : HUSE_NEAR_RANKS - 1;
        for (; at > 0 && cosine[at - 1] < x; at--) {
            cosine[at] = cosine[at - 1];
            near[at] = near[at - 1];
        }
        cosine[at] = x;
        near[at] = (uint32_t)b;
    }
    for (; n < HUSE_NEAR_RANKS; n++)
        near[n] = UINT32_MAX;
}

/* Rank of @b, at @cosine, among the neighbours of @a. */
static int rank_of(const search *s, size_t a, size_t b, float cosine, const float *row)
{
    size_t before = 0;
    for (size_t c = 0; c < s->g->n; c++) {
        if (row[c] < cosine - SLACK || c == a || c == b)
            continue;
        float x = row[c] > cosine + SLACK ? row[c] : cosine_of(s->g, a, c);
        before += x > cosine || (x >= cosine && c < b);
    }
    return (int)before + 1;
}

/* Siblings of @a among the later ones that are less alike than most pairs. */
static void estranged(const search *s, size_t a, const float *row, list *l)
{
    const huse_group *g = s->g;
    const huse_taxonomy *t = g->m->tree;
    int32_t parent = t->parent[g->node[a]];
    float middle = g->mid.cosine;
    for (size_t b = a + 1; parent > 0 && b < g->n && g->node[b] < t->end[parent]; b++) {
        if (t->parent[g->node[b]] != parent || !(row[b] < middle + SLACK) || !in_reach(s, a, b))
            continue;
        found f = { (uint32_t)a, (uint32_t)b, row[b], fabsf(row[b] - middle) + SLACK, 0, HUSE_ESTRANGED };
        if (row[b] < middle - SLACK && !wanted(l, s->k, &f)) {
            l->total++;
            continue;
        }
        f.cosine = cosine_of(g, a, b);
        f.strength = fabsf(f.cosine - middle);
        if (!(f.cosine < middle))
            continue;
        l->total++;
        if (!wanted(l, s->k, &f))
            continue;
        f.rank = rank_of(s, a, b, f.cosine, row);
        keep(l, s->k, &f);
    }
}

static void rows(void *ctx, size_t block, int worker)
{
    const search *s = ctx;
    const huse_group *g = s->g;
    size_t first = block * ROWS, m = HUSE_MIN(g->n - first, (size_t)ROWS), D = g->m->D;
    if (stopped(s))
        return;
    if (s->row[worker] == NULL)
        s->row[worker] = huse_xmalloc(ROWS * g->n * sizeof(float));
    huse_gemm_1(false, true, m, g->n, D, 1, g->vector + first * D, D, g->vector, D, 0, s->row[worker], g->n);
    for (size_t i = 0; i < m; i++) {
        const float *row = s->row[worker] + i * g->n;
        nearest(s, first + i, row);
        estranged(s, first + i, row, &s->found[worker]);
    }
}

static bool sees(const search *s, size_t a, size_t b)
{
    for (size_t r = 0; r < HUSE_NEAR_RANKS; r++)
        if (s->near[a * HUSE_NEAR_RANKS + r] == b)
            return true;
    return false;
}

/* Of a pair that both sides see, the one with the smaller node reports. */
static void far_relatives(const search *s, list *l)
{
    const huse_group *g = s->g;
    for (size_t a = 0; a < g->n; a++)
        for (size_t r = 0; r < HUSE_NEAR_RANKS && s->near[a * HUSE_NEAR_RANKS + r] != UINT32_MAX; r++) {
            size_t b = s->near[a * HUSE_NEAR_RANKS + r];
            float cosine = s->cosine[a * HUSE_NEAR_RANKS + r];
            if (huse_group_flag(g, g->node[a], g->node[b], cosine, r + 1) != HUSE_FAR_RELATIVE || !in_reach(s, a, b) ||
                (b < a && sees(s, b, a)))
                continue;
            found f = { (uint32_t)a, (uint32_t)b, cosine, fabsf(cosine - g->mid.cosine), (int)r + 1, HUSE_FAR_RELATIVE };
            l->total++;
            keep(l, s->k, &f);
        }
}

static huse_disagreement *reported(const huse_group *g, const list *l)
{
    const huse_taxonomy *t = g->m->tree;
    huse_disagreement *out = huse_xcalloc(l->n + 1, sizeof *out);
    for (size_t i = 0; i < l->n; i++) {
        const found *f = &l->at[i];
        int32_t a = g->node[f->a], b = g->node[f->b];
        out[i] = (huse_disagreement){ t->path[a],    t->path[b], f->cosine, huse_psi_distance(g->m, a, b), huse_taxonomy_distance(t, a, b),
                                      f->rank, f->flag };
    }
    return out;
}

static void gather(search *s, huse_pool *pool, list *all)
{
    size_t workers = (size_t)huse_pool_threads(pool);
    huse_blas_init();
    s->row = huse_xcalloc(workers, sizeof *s->row);
    s->found = huse_xcalloc(workers, sizeof *s->found);
    s->near = huse_xmalloc((s->g->n + 1) * HUSE_NEAR_RANKS * sizeof *s->near);
    s->cosine = huse_xmalloc((s->g->n + 1) * HUSE_NEAR_RANKS * sizeof *s->cosine);
    huse_pool_run(pool, (s->g->n + ROWS - 1) / ROWS, rows, s);
    for (size_t w = 0; w < workers; w++) {
        for (size_t i = 0; i < s->found[w].n; i++)
            keep(all, s->k, &s->found[w].at[i]);
        all->total += s->found[w].total;
        free(s->found[w].at);
        free(s->row[w]);
    }
    if (!stopped(s))
        far_relatives(s, all);
    free(s->row);
    free(s->found);
    free(s->near);
    free(s->cosine);
}

huse_status huse_disagreements(huse_engine *e, const char *path, size_t k, volatile const int *stop, huse_disagreement **out, size_t *n,
                               size_t *total, huse_err *err)
{
    HUSE_TRY(huse_engine_need_model(e, err));
    huse_group g;
    search s = { .g = &g, .k = HUSE_MIN(k, (size_t)HUSE_DISAGREEMENTS_MAX), .stop = stop };
    list all = { 0 };
    if (path != NULL && *path != '\0')
        HUSE_TRY(huse_engine_find_node(e->model->tree, path, &s.node, err));
    huse_pool *pool = huse_engine_enter(e);
    huse_group_init(&g, e->model, 0);
    huse_group_medians(&g, e, pool, 0);
    gather(&s, pool, &all);
    huse_engine_leave(e, pool);
    huse_status status = HUSE_OK;
    if (stopped(&s)) {
        status = huse_fail(err, HUSE_INTERRUPTED, "stopped");
    } else {
        if (all.n > 0)
            qsort(all.at, all.n, sizeof *all.at, by_strength);
        *out = reported(&g, &all);
        *n = all.n;
        *total = all.total;
    }
    free(all.at);
    huse_group_fini(&g);
    return status;
}
