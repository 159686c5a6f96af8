/* Two models beside each other: figures with paired intervals, and how the neighbourhoods of classes differ. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "eval/evaluation.h"
#include "eval/intervals.h"
#include "index/topk.h"

/* ---- items that both have ---- */

typedef struct named {
    const char *id;
    size_t      at;
} named;

static int by_id(const void *a, const void *b)
{
    return strcmp(((const named *)a)->id, ((const named *)b)->id);
}

static named *sorted(const huse_evaluation_items *x)
{
    named *list = huse_xcalloc(x->items.n + 1, sizeof *list);
    for (size_t i = 0; i < x->items.n; i++)
        list[i] = (named){x->id[i], i};
    qsort(list, x->items.n, sizeof *list, by_id);
    return list;
}

/* Places in both of the items with the same id and class: pair[i][0], pair[i][1]. */
static size_t (*common(const huse_evaluation_items *a, const huse_evaluation_items *b, size_t *n))[2]
{
    size_t(*pair)[2] = huse_xcalloc(a->items.n + 1, sizeof *pair);
    named *x = sorted(a), *y = sorted(b);
    *n = 0;
    for (size_t i = 0, k = 0; i < a->items.n && k < b->items.n;) {
        int c = strcmp(x[i].id, y[k].id);
        if (c == 0 && strcmp(a->class_path[a->items.cls[x[i].at]], b->class_path[b->items.cls[y[k].at]]) == 0) {
            pair[*n][0] = x[i].at;
            pair[(*n)++][1] = y[k].at;
        }
        i += c <= 0;
        k += c >= 0;
    }
    free(x);
    free(y);
    return pair;
}

/* ---- figures ---- */

typedef struct paired {
    const huse_evaluation_items *x[2];
    size_t (*pair)[2];
    size_t   n;
    int32_t *cls; /* (n) */
    float   *of[2];
} paired;

/* One figure of the common items, rows (n,width) of both; false where one of the models has none. */
static bool gather(paired *p, const float *a, const float *b, size_t width, size_t f)
{
    const float *rows[2] = {a, b};
    for (int m = 0; m < 2; m++)
        for (size_t i = 0; rows[m] && i < p->n; i++)
            p->of[m][i] = rows[m][p->pair[i][m] * width + f];
    return a && b;
}

static double mean_of(const float *x, const float *other, size_t n)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]) && !isnan(other[i])) {
            sum += (double)x[i];
            known++;
        }
    return known ? sum / (double)known : (double)NAN;
}

static void add_figure(huse_versus *v, paired *p, huse_pool *pool, const char *task, const char *figure, volatile const int *stop)
{
    huse_versus_figure x = {.task = task, .figure = figure};
    x.a = mean_of(p->of[0], p->of[1], p->n);
    x.b = mean_of(p->of[1], p->of[0], p->n);
    if (isnan(x.a))
        return;
    huse_eval_paired_interval(pool, p->of[1], p->of[0], p->cls, p->n, HUSE_EVAL_DRAWS, HUSE_EVAL_SEED, stop, &x.lo, &x.hi);
    v->figure[v->n_figures++] = x;
}

static void figures(huse_versus *v, paired *p, huse_pool *pool, volatile const int *stop)
{
    const huse_eval_items *a = &p->x[0]->items, *b = &p->x[1]->items;
    v->figure = huse_xcalloc(HUSE_TASKS * HUSE_FIGURES + HUSE_ACCURACIES, sizeof *v->figure);
    for (int t = 0; t < HUSE_TASKS; t++)
        for (int f = 0; f < HUSE_FIGURES && !huse_stopped(stop); f++)
            if (gather(p, a->figure[t], b->figure[t], HUSE_FIGURES, (size_t)f))
                add_figure(v, p, pool, huse_task_name[t], huse_figure_name[f], stop);
    for (int k = 0; k < HUSE_ACCURACIES && !huse_stopped(stop); k++)
        if (gather(p, a->right, b->right, HUSE_ACCURACIES, (size_t)k))
            add_figure(v, p, pool, "accuracy", huse_accuracy_name[k], stop);
}

/* ---- neighbourhoods ---- */

enum { MOST_CLASSES = 5000 };

static bool is_zero(const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (v[i] != 0)
            return false;
    return true;
}

static const float *vector_of(const huse_model *m, int32_t k)
{
    return m->node_vector + (size_t)m->tree->node_of[k] * m->D;
}

/* The classes nearest to one of @cls[0..n), which both models know, as places in it; ties to the earlier one. Returns how many. */
static size_t nearest(const huse_model *m, const int32_t *cls, size_t n, size_t from, size_t near[HUSE_VERSUS_NEAR])
{
    float  cosine[HUSE_VERSUS_NEAR];
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == from)
            continue;
        float c = huse_index_dot(vector_of(m, cls[from]), vector_of(m, cls[i]), m->D);
        if (found == HUSE_VERSUS_NEAR && !(c > cosine[found - 1]))
            continue;
        size_t at = found < HUSE_VERSUS_NEAR ? found++ : HUSE_VERSUS_NEAR - 1;
        for (; at > 0 && cosine[at - 1] < c; at--) {
            cosine[at] = cosine[at - 1];
            near[at] = near[at - 1];
        }
        cosine[at] = c;
        near[at] = i;
    }
    return found;
}

/* Classes that both models have seen items of: (n,2) by model. */
static size_t shared_classes(huse_model *const m[2], int32_t *cls[2])
{
    size_t n = 0;
    for (size_t a = 0, b = 0; a < m[0]->K && b < m[1]->K;) { /* both in byte order */
        int c = strcmp(m[0]->class_path[a], m[1]->class_path[b]);
        if (c == 0 && !is_zero(vector_of(m[0], (int32_t)a), m[0]->D) && !is_zero(vector_of(m[1], (int32_t)b), m[1]->D)) {
            cls[0][n] = (int32_t)a;
            cls[1][n++] = (int32_t)b;
        }
        a += c <= 0;
        b += c >= 0;
    }
    return n;
}

static void differ(char *const *path, const int32_t *cls, const size_t *of, size_t n, const size_t *not_in, size_t n_not,
                   char *out[HUSE_VERSUS_NEAR], size_t *n_out)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n_not && not_in[k] != of[i])
            k++;
        if (k == n_not)
            out[(*n_out)++] = huse_xstrdup(path[cls[of[i]]]);
    }
}

static int by_change(const void *a, const void *b)
{
    const huse_versus_class *x = a, *y = b;
    if (x->n_gained != y->n_gained)
        return x->n_gained > y->n_gained ? -1 : 1;
    return strcmp(x->path, y->path);
}

static void neighbourhoods(huse_versus *v, huse_model *const m[2], volatile const int *stop)
{
    int32_t *cls[2] = {huse_xcalloc(m[0]->K + 1, sizeof(int32_t)), huse_xcalloc(m[1]->K + 1, sizeof(int32_t))};
    size_t   n = shared_classes(m, cls);
    v->too_many = n > MOST_CLASSES;
    v->cls = huse_xcalloc(n + 1, sizeof *v->cls);
    for (size_t i = 0; i < n && !v->too_many && !huse_stopped(stop); i++) {
        size_t near[2][HUSE_VERSUS_NEAR], found[2];
        for (int k = 0; k < 2; k++)
            found[k] = nearest(m[k], cls[k], n, i, near[k]);
        huse_versus_class *c = &v->cls[v->n_classes++];
        c->path = huse_xstrdup(m[0]->class_path[cls[0][i]]);
        differ(m[0]->class_path, cls[0], near[1], found[1], near[0], found[0], c->gained, &c->n_gained);
        differ(m[0]->class_path, cls[0], near[0], found[0], near[1], found[1], c->lost, &c->n_lost);
    }
    qsort(v->cls, v->n_classes, sizeof *v->cls, by_change);
    free(cls[0]);
    free(cls[1]);
}

/* ---- the whole ---- */

huse_status huse_versus_make(const char *workspace, const huse_host *host, const huse_evaluation *a, const huse_evaluation *b,
                             volatile const int *stop, huse_versus **out, huse_err *err)
{
    huse_model  *m[2] = {NULL, NULL};
    paired       p = {.x = {a->items, b->items}};
    huse_status  s = huse_model_open(&m[0], workspace, a->model, err);
    if (s == HUSE_OK)
        s = huse_model_open(&m[1], workspace, b->model, err);
    if (s == HUSE_OK) {
        huse_versus *v = huse_xcalloc(1, sizeof *v);
        huse_pool   *pool = huse_pool_new(host->threads);
        p.pair = common(p.x[0], p.x[1], &p.n);
        p.cls = huse_xcalloc(p.n + 1, sizeof *p.cls);
        for (int k = 0; k < 2; k++)
            p.of[k] = huse_xcalloc(p.n + 1, sizeof *p.of[k]);
        for (size_t i = 0; i < p.n; i++)
            p.cls[i] = p.x[0]->items.cls[p.pair[i][0]];
        snprintf(v->a, sizeof v->a, "%s", a->model);
        snprintf(v->b, sizeof v->b, "%s", b->model);
        v->items = p.n;
        figures(v, &p, pool, stop);
        neighbourhoods(v, m, stop);
        huse_pool_free(pool);
        if (huse_stopped(stop)) {
            huse_versus_free(v);
            s = huse_fail(err, HUSE_INTERRUPTED, "stopped");
        } else {
            *out = v;
        }
    }
    free(p.pair);
    free(p.cls);
    free(p.of[0]);
    free(p.of[1]);
    huse_model_close(m[0]);
    huse_model_close(m[1]);
    return s;
}

void huse_versus_free(huse_versus *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->n_classes; i++) {
        for (size_t k = 0; k < HUSE_VERSUS_NEAR; k++) {
            free(v->cls[i].gained[k]);
            free(v->cls[i].lost[k]);
        }
        free(v->cls[i].path);
    }
    free(v->cls);
    free(v->figure);
    free(v);
}
