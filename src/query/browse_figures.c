/* R@1 and accuracies of every node of the tree (METHOD 7, 9). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/browse_top1.h"
#include "query/engine.h"

enum { BLOCK = 256, FEW = 20, MOST_ITEMS = 5000, LEAST_ASKED = 256 };

/* Pairs of a query and a candidate that are compared: about ten seconds at width 512. */
#define MOST_PAIRS ((size_t)1 << 29)

enum { DIRECTIONS = 4 }; /* I2I, I2T, T2I, T2T: bit 1 the asking modality, bit 0 the answering one */

typedef struct sums {
    double   hits[DIRECTIONS];
    uint32_t asked[DIRECTIONS];
    uint32_t right[2], classified[2], queries;
} sums;

typedef struct survey {
    huse_engine        *e;
    huse_pool          *pool;
    volatile const int *stop;
    uint32_t           *item;   /* (n) of the split, in the order of the tree */
    size_t              n;
    uint32_t           *sample; /* (n_sample) whose rows are classified */
    size_t              n_sample;
    size_t              stride; /* of the sample, those that ask */
    sums               *node;   /* (tree->n) */
} survey;

static huse_status interrupted(const survey *v, huse_err *err)
{
    if (huse_stopped(v->stop))
        return huse_fail(err, HUSE_INTERRUPTED, "stopped");
    return HUSE_OK;
}

/* Row of the item in modality @t, -1: none. An item whose text was taken away since has no say in figures of texts. */
static int32_t row_of(const huse_engine *e, int t, size_t item)
{
    return t == 1 && e->items->item[item].text == NULL ? -1 : e->row_of[t][item];
}

static size_t items_of(const huse_engine *e, huse_split split, uint32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < e->below_from[e->tree->n]; i++) {
        uint32_t item = e->below[i];
        if ((split == HUSE_SPLIT_NONE || e->items->item[item].split == split) &&
            (row_of(e, 0, item) >= 0 || row_of(e, 1, item) >= 0))
            out[n++] = item;
    }
    return n;
}

static void choose_items(survey *v, huse_figures *out)
{
    static const huse_split order[] = { HUSE_SPLIT_TEST, HUSE_SPLIT_VAL, HUSE_SPLIT_NONE };
    v->item = huse_xmalloc((v->e->below_from[v->e->tree->n] + 1) * sizeof *v->item);
    for (size_t i = 0; i < HUSE_COUNT(order) && v->n < FEW; i++) {
        out->split = order[i];
        v->n = items_of(v->e, order[i], v->item);
    }
    size_t step = HUSE_MAX((v->n + MOST_ITEMS - 1) / MOST_ITEMS, 1);
    v->sample = huse_xmalloc((v->n / step + 2) * sizeof *v->sample);
    for (size_t i = 0; i < v->n; i += step)
        v->sample[v->n_sample++] = v->item[i];
    out->items = v->n;
    out->looked_at = v->n_sample;
}

/* ---- R@1 ---- */

/* Candidates of one modality, and how many of each class. */
static huse_side side_of(const survey *v, int t, uint32_t **in_class)
{
    const huse_engine *e = v->e;
    const huse_model *m = e->model;
    uint32_t *item = huse_xmalloc((v->n + 1) * sizeof *item);
    int32_t *row = huse_xmalloc((v->n + 1) * sizeof *row);
    huse_side s = { .rows = t ? m->text_row : m->image_row, .D = m->D, .item = item, .row = row };
    *in_class = huse_xcalloc(e->items->n_classes + 1, sizeof **in_class);
    for (size_t i = 0; i < v->n; i++) {
        if (row_of(e, t, v->item[i]) < 0)
            continue;
        item[s.n] = v->item[i];
        row[s.n++] = row_of(e, t, v->item[i]);
        (*in_class)[e->items->item[v->item[i]].cls]++;
    }
    return s;
}

/* The items of the sample that ask in modality @t. */
static huse_side askers_of(const survey *v, int t)
{
    const huse_model *m = v->e->model;
    uint32_t *item = huse_xmalloc((v->n_sample + 1) * sizeof *item);
    int32_t *row = huse_xmalloc((v->n_sample + 1) * sizeof *row);
    huse_side s = { .rows = t ? m->text_row : m->image_row, .D = m->D, .item = item, .row = row };
    for (size_t i = 0; i < v->n_sample; i += v->stride) {
        if (row_of(v->e, t, v->sample[i]) < 0)
            continue;
        item[s.n] = v->sample[i];
        row[s.n++] = row_of(v->e, t, v->sample[i]);
    }
    return s;
}

static void side_free(huse_side *s)
{
    free((void *)(uintptr_t)s->item);
    free((void *)(uintptr_t)s->row);
}

static huse_status ask(survey *v, int direction, const huse_side *from, const huse_side *to, const uint32_t *in_class, bool *asked,
                       huse_err *err)
{
    const huse_engine *e = v->e;
    bool same = direction >> 1 == (direction & 1);
    float *hit = huse_xmalloc((from->n + 1) * sizeof *hit);
    huse_status s = HUSE_OK;
    if (!huse_top1(v->pool, from, to, e->items, same, v->stop, hit))
        s = interrupted(v, err);
    for (size_t i = 0; s == HUSE_OK && i < from->n; i++) {
        int32_t cls = e->items->item[from->item[i]].cls;
        if (in_class[cls] <= (same ? 1U : 0U)) /* no relevant candidate */
            continue;
        sums *node = &v->node[e->tree->node_of[cls]];
        node->hits[direction] += (double)hit[i];
        node->asked[direction]++;
        asked[from->item[i]] = true;
    }
    free(hit);
    return s;
}

static huse_status ask_all(survey *v, huse_figures *out, huse_err *err)
{
    const huse_engine *e = v->e;
    uint32_t *in_class[2];
    huse_side to[2], from[2];
    for (int t = 0; t < 2; t++)
        to[t] = side_of(v, t, &in_class[t]);
    size_t most = HUSE_MAX(MOST_PAIRS / (2 * (to[0].n + to[1].n) + 1), (size_t)LEAST_ASKED);
    v->stride = HUSE_MAX((v->n_sample + most - 1) / most, 1);
    for (int t = 0; t < 2; t++)
        from[t] = askers_of(v, t);
    bool *asked = huse_xcalloc(e->items->n + 1, sizeof *asked);
    huse_status s = HUSE_OK;
    for (int d = 0; d < DIRECTIONS && s == HUSE_OK; d++)
        if (huse_model_joined(e->model) || d >> 1 == (d & 1))
            s = ask(v, d, &from[d >> 1], &to[d & 1], in_class[d & 1], asked, err);
    out->asked = (v->n_sample + v->stride - 1) / v->stride;
    for (size_t i = 0; i < v->n_sample; i += v->stride)
        v->node[e->tree->node_of[e->items->item[v->sample[i]].cls]].queries += asked[v->sample[i]];
    for (int t = 0; t < 2; t++) {
        free(in_class[t]);
        side_free(&to[t]);
        side_free(&from[t]);
    }
    free(asked);
    return s;
}

/* ---- accuracies ---- */

static void count_right(survey *v, int t, const uint32_t *item, size_t n, const int32_t *class_of, const float *p, const bool *has)
{
    const huse_engine *e = v->e;
    size_t K = e->model->K;
    for (size_t i = 0; i < n; i++, p += K) {
        int32_t cls = e->items->item[item[i]].cls;
        size_t best = 0;
        if (!has[i] || row_of(e, t, item[i]) < 0)
            continue;
        for (size_t c = 1; c < K; c++)
            if (p[c] > p[best])
                best = c;
        sums *node = &v->node[e->tree->node_of[cls]];
        node->classified[t]++;
        node->right[t] += class_of[cls] == (int32_t)best;
    }
}

static huse_status classify_all(survey *v, huse_err *err)
{
    size_t K = v->e->model->K;
    int32_t *class_of = huse_engine_model_classes(v->e);
    float *p = huse_xaligned(BLOCK * K * sizeof *p);
    bool has[BLOCK];
    huse_status s = HUSE_OK;
    for (size_t first = 0; first < v->n_sample && s == HUSE_OK; first += BLOCK) {
        size_t n = HUSE_MIN((size_t)BLOCK, v->n_sample - first);
        for (int t = 0; t < 2; t++) {
            huse_engine_classify_rows(v->e, v->pool, t, v->sample + first, n, p, has);
            count_right(v, t, v->sample + first, n, class_of, p, has);
        }
        s = interrupted(v, err);
    }
    free(p);
    free(class_of);
    return s;
}

/* ---- the whole ---- */

static float share(double part, uint32_t of)
{
    return of > 0 ? (float)(part / of) : NAN;
}

/* Sums of the children into their parents, then the figures. */
static void sum_up(survey *v, huse_figures *out)
{
    const huse_taxonomy *t = v->e->tree;
    out->n = t->n;
    out->node = huse_xcalloc(t->n, sizeof *out->node);
    for (size_t i = t->n; i-- > 0;) {
        const sums *x = &v->node[i];
        double mean = 0;
        uint32_t directions = 0;
        for (int d = 0; d < DIRECTIONS; d++) {
            mean += x->asked[d] > 0 ? x->hits[d] / x->asked[d] : 0;
            directions += x->asked[d] > 0;
        }
        out->node[i] = (huse_node_figure){ share(mean, directions), share(x->right[0], x->classified[0]), share(x->right[1], x->classified[1]),
                                      x->queries, x->classified[0], x->classified[1] };
        if (i == 0)
            break;
        sums *up = &v->node[t->parent[i]];
        for (int d = 0; d < DIRECTIONS; d++) {
            up->hits[d] += x->hits[d];
            up->asked[d] += x->asked[d];
        }
        for (int k = 0; k < 2; k++) {
            up->right[k] += x->right[k];
            up->classified[k] += x->classified[k];
        }
        up->queries += x->queries;
    }
}

huse_status huse_tree_figures(huse_engine *e, volatile const int *stop, huse_figures *out, huse_err *err)
{
    if (e->model == NULL)
        return huse_fail(err, HUSE_NOT_FOUND, "there is no trained model yet: run huse-tui train");
    survey v = { .e = e, .stop = stop, .stride = 1, .node = huse_xcalloc(e->tree->n, sizeof *v.node) };
    huse_figures f = { .n = 0 };
    choose_items(&v, &f);
    v.pool = huse_engine_enter(e);
    huse_status s = ask_all(&v, &f, err);
    if (s == HUSE_OK && huse_model_classifies(e->model))
        s = classify_all(&v, err);
    huse_engine_leave(e, v.pool);
    if (s == HUSE_OK) {
        sum_up(&v, &f);
        f.sampled = f.asked < f.items;
        *out = f;
    }
    free(v.item);
    free(v.sample);
    free(v.node);
    return s;
}

void huse_figures_free(huse_figures *f)
{
    free(f->node);
    f->node = NULL;
    f->n = 0;
}
