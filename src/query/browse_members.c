/* The items below a node: typical, confused, far out. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/engine.h"

enum { BLOCK = 256, MOST_ITEMS = 50000 };

/* Multiplications that classifying the items of one node may take: some seconds. */
#define MOST_WORK ((size_t)1 << 36)

typedef struct gathering {
    huse_engine        *e;
    huse_pool          *pool;
    int32_t             node;
    huse_member_kind    kind;
    volatile const int *stop;
    uint32_t           *item; /* (n) that are looked at */
    size_t              n;
    huse_member        *found;
    size_t              n_found;
    size_t             *taken_for; /* (model->K) of the confused ones */
} gathering;

static bool stopped(const gathering *g)
{
    return huse_stopped(g->stop);
}

static huse_status interrupted(huse_err *err)
{
    return huse_fail(err, HUSE_INTERRUPTED, "stopped");
}

/* The items below the node that have a row; an even sample of them when they are more than @most. */
static void choose_items(gathering *g, size_t most, huse_members *out)
{
    const huse_engine *e = g->e;
    size_t first = e->below_from[g->node], last = e->below_from[e->tree->end[g->node]], seen = 0;
    for (size_t i = first; i < last; i++)
        out->items += huse_engine_row(e, e->below[i]) != NULL;
    size_t step = HUSE_MAX((out->items + most - 1) / most, 1);
    g->item = huse_xmalloc((out->items / step + 2) * sizeof *g->item);
    for (size_t i = first; i < last; i++)
        if (huse_engine_row(e, e->below[i]) != NULL && seen++ % step == 0)
            g->item[g->n++] = e->below[i];
    out->looked_at = g->n;
    out->sampled = g->n < out->items;
}

/* The vector of a node of the catalogue's tree, or NULL where the model has none. */
static const float *vector_of(const huse_engine *e, int32_t node)
{
    const huse_model *m = e->model;
    int32_t own = huse_taxonomy_find(m->tree, e->tree->path[node]);
    if (own < 0)
        return NULL;
    const float *v = m->node_vector + (size_t)own * m->D;
    return huse_index_dot(v, v, m->D) > 0 ? v : NULL;
}

static huse_status by_cosine(gathering *g, huse_err *err)
{
    const huse_engine *e = g->e;
    const float *v = vector_of(e, g->node);
    if (v == NULL && g->kind == HUSE_MEMBER_TYPICAL)
        return huse_fail(err, HUSE_NOT_FOUND, "the model has seen no item of class “%.100s”", e->tree->path[g->node]);
    int32_t of = -1;
    for (size_t i = 0; i < g->n; i++) {
        int32_t cls = e->items->item[g->item[i]].cls;
        if (i % BLOCK == 0 && stopped(g))
            return interrupted(err);
        if (g->kind == HUSE_MEMBER_FAR && cls != of) { /* items of a class come together */
            v = vector_of(e, e->tree->node_of[cls]);
            of = cls;
        }
        if (v != NULL)
            g->found[g->n_found++] = (huse_member){ (int32_t)g->item[i], cls, huse_index_dot(huse_engine_row(e, g->item[i]), v, e->model->D),
                                                    -1, NAN, NAN, NULL };
    }
    return HUSE_OK;
}

/* ---- confused ---- */

/* Keeps the item when the most probable of the fused classes lies outside the node (its node in the model's tree: @inside, -1: none). */
static void confused(gathering *g, size_t item, const int32_t *class_of, int32_t inside, const float *p)
{
    const huse_engine *e = g->e;
    const huse_model *m = e->model;
    int32_t cls = e->items->item[item].cls, label = class_of[cls];
    size_t best = 0;
    for (size_t c = 1; c < m->K; c++)
        if (p[c] > p[best])
            best = c;
    bool right = g->node == 0 ? label == (int32_t)best : inside >= 0 && huse_taxonomy_below(m->tree, m->tree->node_of[best], inside);
    if (right || (label >= 0 && !(p[best] > p[label])))
        return;
    g->taken_for[best]++;
    g->found[g->n_found++] =
        (huse_member){ (int32_t)item, cls, NAN, e->class_of[best], label >= 0 ? p[label] : 0, p[best], m->class_path[best] };
}

static huse_status by_class(gathering *g, huse_err *err)
{
    const huse_engine *e = g->e;
    size_t K = e->model->K;
    int32_t *class_of = huse_engine_model_classes(e), inside = huse_taxonomy_find(e->model->tree, e->tree->path[g->node]);
    float *p = huse_xaligned((2 * BLOCK + 1) * K * sizeof *p), *fused = p + 2 * BLOCK * K;
    bool has[2][BLOCK];
    huse_status s = HUSE_OK;
    for (size_t first = 0; first < g->n && s == HUSE_OK; first += BLOCK) {
        size_t n = HUSE_MIN((size_t)BLOCK, g->n - first);
        for (int t = 0; t < 2; t++)
            huse_engine_classify_rows(e, g->pool, t, g->item + first, n, p + (size_t)t * BLOCK * K, has[t]);
        for (size_t i = 0; i < n; i++) {
            huse_engine_fuse(e->model, has[0][i] ? p + i * K : NULL, has[1][i] ? p + (BLOCK + i) * K : NULL, fused);
            confused(g, g->item[first + i], class_of, inside, fused);
        }
        if (stopped(g))
            s = interrupted(err);
    }
    free(p);
    free(class_of);
    return s;
}

/* The classes that most of the confused are taken for. */
static void count_confusions(const gathering *g, huse_members *out)
{
    const huse_engine *e = g->e;
    for (size_t c = 0; c < e->model->K; c++) {
        size_t at = out->n_confusions, count = g->taken_for[c];
        while (at > 0 && out->confusion[at - 1].count < count)
            at--;
        if (count == 0 || at >= HUSE_CONFUSIONS)
            continue;
        out->n_confusions = HUSE_MIN(out->n_confusions + 1, (size_t)HUSE_CONFUSIONS);
        memmove(&out->confusion[at + 1], &out->confusion[at], (out->n_confusions - 1 - at) * sizeof out->confusion[0]);
        out->confusion[at] = (huse_confusion){ e->class_of[c], count, e->model->class_path[c] };
    }
}

/* ---- the whole ---- */

/* How far in front a member stands. */
static float lead_of(const gathering *g, const huse_member *m)
{
    return g->kind == HUSE_MEMBER_CONFUSED ? m->p_best - m->p : g->kind == HUSE_MEMBER_FAR ? -m->cosine : m->cosine;
}

/* Members skip .. skip+k in their order; of equal ones the earlier in the tree comes first. */
static void take(const gathering *g, size_t k, size_t skip, huse_members *out)
{
    huse_near *near = huse_xmalloc((g->n_found + 1) * sizeof *near);
    for (size_t i = 0; i < g->n_found; i++) {
        float lead = lead_of(g, &g->found[i]);
        near[i] = (huse_near){ (uint32_t)i, isnan(lead) ? -INFINITY : lead };
    }
    skip = HUSE_MIN(skip, g->n_found);
    out->total = g->n_found;
    out->n = HUSE_MIN(k, g->n_found - skip);
    out->member = huse_xcalloc(out->n + 1, sizeof *out->member);
    huse_near_choose(near, g->n_found, skip + out->n);
    for (size_t i = 0; i < out->n; i++)
        out->member[i] = g->found[near[skip + i].row];
    free(near);
}

huse_status huse_node_members(huse_engine *e, int32_t node, huse_member_kind kind, size_t k, size_t skip, volatile const int *stop,
                              huse_members *out, huse_err *err)
{
    HUSE_ASSERT(node >= 0 && (size_t)node < e->tree->n);
    if (kind == HUSE_MEMBER_CONFUSED)
        HUSE_TRY(huse_engine_need_classes(e, err));
    else if (e->model == NULL)
        return huse_fail(err, HUSE_NOT_FOUND, "there is no trained model yet: run huse-tui train");
    gathering g = { .e = e, .node = node, .kind = kind, .stop = stop };
    huse_members found = { .n = 0 };
    size_t K = e->model->K, most = MOST_ITEMS;
    if (kind == HUSE_MEMBER_CONFUSED)
        most = HUSE_MIN(most, MOST_WORK / (2 * K * e->model->D) + 1);
    choose_items(&g, most, &found);
    g.found = huse_xmalloc((g.n + 1) * sizeof *g.found);
    g.taken_for = huse_xcalloc(K + 1, sizeof *g.taken_for);
    g.pool = huse_engine_enter(e);
    huse_status s = kind == HUSE_MEMBER_CONFUSED ? by_class(&g, err) : by_cosine(&g, err);
    huse_engine_leave(e, g.pool);
    if (s == HUSE_OK) {
        take(&g, k, skip, &found);
        count_confusions(&g, &found);
        *out = found;
    }
    free(g.item);
    free(g.found);
    free(g.taken_for);
    return s;
}

void huse_members_free(huse_members *m)
{
    free(m->member);
    m->member = NULL;
    m->n = 0;
}
