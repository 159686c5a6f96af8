/* Classes near each other in the shared space, and where space and tree disagree (METHOD 10). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/collect.h"
#include "query/engine.h"
#include "query/frozen.h"

enum { FAR_RELATIVE = 1, ESTRANGED = 2, NEAR_RANKS = 5 };

/* At most this many pairs are held for a median; of more, an even sample that reaches all of them. */
#define MOST_PAIRS ((size_t)1 << 23)

/* Nodes that are compared with each other, with their vectors packed. */
typedef struct group {
    const huse_model *m;
    int32_t          *node;
    size_t            n;
    float            *vector; /* (n,D) */
    huse_medians      mid;
} group;

/* All classes (level 0) or all nodes @level edges below the root, without those that the model has seen no item of. */
static void group_init(group *g, const huse_model *m, int level)
{
    const huse_taxonomy *t = m->tree;
    *g = (group){ .m = m, .node = huse_xmalloc(t->n * sizeof *g->node) };
    g->vector = huse_xaligned(t->n * m->D * sizeof *g->vector);
    for (size_t i = 1; i < t->n; i++) {
        const float *x = m->node_vector + i * m->D;
        if ((level == 0 ? t->cls[i] < 0 : t->depth[i] != level) || !(huse_index_dot(x, x, m->D) > 0))
            continue;
        memcpy(g->vector + g->n * m->D, x, m->D * sizeof *x);
        g->node[g->n++] = (int32_t)i;
    }
}

static void group_fini(group *g)
{
    free(g->node);
    free(g->vector);
}

static int by_int(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return x < y ? -1 : x > y;
}

/* Medians over all pairs of the group: the upper one of an even number, so that "below" leaves out what is typical. */
static void find_medians(group *g)
{
    size_t D = g->m->D, pairs = g->n < 2 ? 0 : g->n * (g->n - 1) / 2, step = pairs / MOST_PAIRS + 1, kept = 0, seen = 0;
    float *cosine = huse_xmalloc((pairs / step + 2) * sizeof *cosine), *row = huse_xmalloc((g->n + 1) * sizeof *row);
    int *distance = huse_xmalloc((pairs / step + 2) * sizeof *distance);
    for (size_t a = 1; a < g->n; a++) {
        huse_index_dots(g->vector, a, D, g->vector + a * D, row);
        for (size_t b = 0; b < a; b++) {
            if (seen++ % step != 0)
                continue;
            cosine[kept] = row[b];
            distance[kept++] = huse_taxonomy_distance(g->m->tree, g->node[a], g->node[b]);
        }
    }
    g->mid = (huse_medians){ .known = true, .cosine = -2 };
    if (kept > 0) {
        qsort(distance, kept, sizeof *distance, by_int);
        g->mid.cosine = huse_select_largest(cosine, kept, (kept + 1) / 2);
        g->mid.distance = distance[kept / 2];
        g->mid.least_distance = distance[0];
    }
    free(cosine);
    free(distance);
    free(row);
}

static void group_medians(group *g, huse_engine *e, int level)
{
    bool kept = level >= 0 && level < HUSE_MEDIAN_LEVELS;
    pthread_mutex_lock(&e->lazy);
    if (kept)
        g->mid = e->medians[level];
    pthread_mutex_unlock(&e->lazy);
    if (g->mid.known)
        return;
    find_medians(g);
    pthread_mutex_lock(&e->lazy);
    if (kept)
        e->medians[level] = g->mid;
    pthread_mutex_unlock(&e->lazy);
}

/* Where space and tree disagree about a pair; @rank of b among a's neighbours, from 1. Under the virtual root nobody is a sibling, and where
 * all pairs are equally far in the tree nobody is a far relative. */
static int flag_of(const group *g, int32_t a, int32_t b, float cosine, size_t rank)
{
    const huse_taxonomy *t = g->m->tree;
    int distance = huse_taxonomy_distance(t, a, b);
    if (rank <= NEAR_RANKS && distance >= g->mid.distance && distance > g->mid.least_distance)
        return FAR_RELATIVE;
    if (t->parent[a] == t->parent[b] && t->parent[a] > 0 && cosine < g->mid.cosine)
        return ESTRANGED;
    return 0;
}

static float psi_distance(const huse_model *m, int32_t a, int32_t b)
{
    int32_t i = m->tree->cls[a], j = m->tree->cls[b];
    if (i < 0 || j < 0 || m->psi == NULL)
        return NAN;
    return 1 - huse_index_dot(m->psi + (size_t)i * m->P, m->psi + (size_t)j * m->P, m->P);
}

static bool related(const huse_taxonomy *t, int32_t a, int32_t b)
{
    return huse_taxonomy_below(t, a, b) || huse_taxonomy_below(t, b, a);
}

static huse_status need_model(const huse_engine *e, huse_err *err)
{
    if (e->model != NULL)
        return HUSE_OK;
    return huse_fail(err, HUSE_NOT_FOUND, "there is no trained model yet: classes have no place in the space before huse-tui train");
}

/* Everyone of the group by cosine with x, best first; near[i].row: index into the group. */
static huse_near *ranked(const group *g, const float *x)
{
    float *score = huse_xmalloc((g->n + 1) * sizeof *score);
    huse_near *near = huse_xmalloc((g->n + 1) * sizeof *near);
    huse_index_dots(g->vector, g->n, g->m->D, x, score);
    for (size_t i = 0; i < g->n; i++)
        near[i] = (huse_near){ (uint32_t)i, score[i] };
    huse_near_choose(near, g->n, g->n);
    free(score);
    return near;
}

huse_status huse_class_neighbors(huse_engine *e, const char *path, int level, size_t k, huse_neighbor **out, size_t *n, huse_err *err)
{
    int32_t node;
    HUSE_TRY(need_model(e, err));
    const huse_model *m = e->model;
    const huse_taxonomy *t = m->tree;
    HUSE_TRY(huse_engine_find_node(t, path, &node, err));
    const float *x = m->node_vector + (size_t)node * m->D;
    if (!(huse_index_dot(x, x, m->D) > 0))
        return huse_fail(err, HUSE_NOT_FOUND, "the model has seen no item of class “%.100s”", t->path[node]);
    group g;
    level = HUSE_MAX(level, 0);
    group_init(&g, m, level);
    group_medians(&g, e, level);
    huse_near *near = ranked(&g, x);
    huse_neighbor *list = huse_xcalloc(HUSE_MIN(k, g.n) + 1, sizeof *list);
    size_t kept = 0;
    for (size_t i = 0; i < g.n && kept < k; i++) {
        int32_t other = g.node[near[i].row];
        if (other == node || (related(t, node, other) && (t->cls[node] < 0 || t->cls[other] < 0)))
            continue;
        huse_neighbor *nb = &list[kept++];
        nb->path = t->path[other];
        nb->cls = t->cls[other] >= 0 ? e->class_of[t->cls[other]] : -1;
        nb->cosine = near[i].score;
        nb->psi_distance = psi_distance(m, node, other);
        nb->tree_distance = huse_taxonomy_distance(t, node, other);
        nb->flag = flag_of(&g, node, other, near[i].score, kept);
    }
    free(near);
    group_fini(&g);
    *out = list;
    *n = kept;
    return HUSE_OK;
}

typedef struct found {
    huse_disagreement d;
    float             strength; /* how far the cosine lies from the median */
} found;

static int by_strength(const void *a, const void *b)
{
    const found *x = a, *y = b;
    if (x->strength != y->strength)
        return x->strength > y->strength ? -1 : 1;
    int c = strcmp(x->d.a, y->d.a);
    return c != 0 ? c : strcmp(x->d.b, y->d.b);
}

typedef struct list {
    found *at;
    size_t n, cap;
} list;

static void report(list *l, const group *g, int32_t a, int32_t b, float cosine, size_t rank, int flag)
{
    if (l->n == l->cap) {
        l->cap = l->cap * 2 + 64;
        l->at = huse_xrealloc(l->at, l->cap * sizeof *l->at);
    }
    const huse_taxonomy *t = g->m->tree;
    l->at[l->n++] = (found){
        .d = { t->path[a], t->path[b], cosine, psi_distance(g->m, a, b), huse_taxonomy_distance(t, a, b), (int)rank, flag },
        .strength = fabsf(cosine - g->mid.cosine),
    };
}

/* Disagreements of class @a: of a pair that both sides see, the one with the smaller node reports. */
static void report_class(list *l, const group *g, size_t a, const size_t *rank_of_a)
{
    huse_near *near = ranked(g, g->vector + a * g->m->D);
    size_t rank = 0;
    for (size_t i = 0; i < g->n; i++) {
        size_t b = near[i].row;
        if (b == a)
            continue;
        rank++;
        int flag = flag_of(g, g->node[a], g->node[b], near[i].score, rank);
        bool both = flag == ESTRANGED || (flag == FAR_RELATIVE && rank_of_a[b] <= NEAR_RANKS);
        if (flag != 0 && (!both || a < b))
            report(l, g, g->node[a], g->node[b], near[i].score, rank, flag);
    }
    free(near);
}

/* Rank of @a among the neighbours of every other, where it is among the first; else more than NEAR_RANKS. */
static void ranks_of(const group *g, const huse_near *first, size_t a, size_t *rank)
{
    for (size_t b = 0; b < g->n; b++) {
        rank[b] = NEAR_RANKS + 1;
        for (size_t r = 0; r < NEAR_RANKS; r++)
            if (first[b * NEAR_RANKS + r].row == a)
                rank[b] = r + 1;
    }
}

huse_status huse_disagreements(huse_engine *e, huse_disagreement **out, size_t *n, huse_err *err)
{
    HUSE_TRY(need_model(e, err));
    group g;
    group_init(&g, e->model, 0);
    group_medians(&g, e, 0);
    huse_near *first = huse_xmalloc((g.n + 1) * NEAR_RANKS * sizeof *first);
    for (size_t b = 0; b < g.n; b++) {
        huse_near *near = ranked(&g, g.vector + b * g.m->D);
        for (size_t i = 0, r = 0; r < NEAR_RANKS; i++) {
            if (i < g.n && near[i].row == b)
                continue;
            first[b * NEAR_RANKS + r++] = i < g.n ? near[i] : (huse_near){ UINT32_MAX, 0 };
        }
        free(near);
    }
    list l = { 0 };
    size_t *rank = huse_xmalloc((g.n + 1) * sizeof *rank);
    for (size_t a = 0; a < g.n; a++) {
        ranks_of(&g, first, a, rank);
        report_class(&l, &g, a, rank);
    }
    if (l.n > 0)
        qsort(l.at, l.n, sizeof *l.at, by_strength);
    *out = huse_xcalloc(l.n + 1, sizeof **out);
    for (size_t i = 0; i < l.n; i++)
        (*out)[i] = l.at[i].d;
    *n = l.n;
    free(l.at);
    free(rank);
    free(first);
    group_fini(&g);
    return HUSE_OK;
}
