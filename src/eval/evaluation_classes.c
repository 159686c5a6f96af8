/* An evaluation class by class: figures, and which classes are taken for which. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/evaluation.h"

/* An item that is taken for another class than its own, or (to == from) for what it is. */
typedef struct answer {
    int32_t from, to;
    size_t  item;
} answer;

static int by_pair(const void *a, const void *b)
{
    const answer *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return x->item < y->item ? -1 : x->item > y->item;
}

static int by_count(const void *a, const void *b)
{
    const huse_class_pair *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->of != y->of)
        return x->of < y->of ? -1 : 1;
    int c = strcmp(x->from, y->from);
    return c ? c : strcmp(x->to, y->to);
}

static int by_path(const void *a, const void *b)
{
    const huse_class_figure *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* Mean of column @f of (n,width) rows over the items of each class; NaN without any. */
static void class_means(const huse_evaluation_items *x, const float *rows, size_t width, size_t f, double *mean)
{
    size_t *n = huse_xcalloc(x->n_classes + 1, sizeof *n);
    memset(mean, 0, x->n_classes * sizeof *mean);
    for (size_t i = 0; rows && i < x->items.n; i++) {
        float v = rows[i * width + f];
        if (isnan(v))
            continue;
        mean[x->items.cls[i]] += (double)v;
        n[x->items.cls[i]]++;
    }
    for (size_t c = 0; c < x->n_classes; c++)
        mean[c] = n[c] ? mean[c] / (double)n[c] : (double)NAN;
    free(n);
}

/* Figures of all classes, by index. */
static huse_class_figure *figures(const huse_evaluation_items *x)
{
    huse_class_figure *c = huse_xcalloc(x->n_classes + 1, sizeof *c);
    double            *mean = huse_xcalloc(x->n_classes + 1, sizeof *mean);
    for (int t = 0; t < HUSE_TASKS; t++) {
        class_means(x, x->items.figure[t], HUSE_FIGURES, HUSE_R1, mean);
        for (size_t k = 0; k < x->n_classes; k++)
            c[k].r1[t] = mean[k];
    }
    for (size_t a = 0; a < HUSE_ACCURACIES; a++) {
        class_means(x, x->items.right, HUSE_ACCURACIES, a, mean);
        for (size_t k = 0; k < x->n_classes; k++)
            c[k].accuracy[a] = mean[k];
    }
    for (size_t i = 0; i < x->items.n; i++)
        c[x->items.cls[i]].items++;
    for (size_t k = 0; k < x->n_classes; k++)
        c[k].path = x->class_path[k];
    free(mean);
    return c;
}

/* Answers that say a class, in the order of by_pair. */
static answer *answers(const huse_evaluation_items *x, size_t *n)
{
    answer *a = huse_xcalloc(x->items.n + 1, sizeof *a);
    *n = 0;
    for (size_t i = 0; i < x->items.n; i++)
        if (x->taken[i] >= 0)
            a[(*n)++] = (answer){x->items.cls[i], x->taken[i], i};
    qsort(a, *n, sizeof *a, by_pair);
    return a;
}

/* The first items of a run of answers. */
static void examples(const huse_evaluation_items *x, const answer *a, size_t n, const char *out[HUSE_PAIR_ITEMS])
{
    for (size_t i = 0; i < HUSE_MIN(n, (size_t)HUSE_PAIR_ITEMS); i++)
        out[i] = x->id[a[i].item];
}

static size_t run_of(const answer *a, size_t n)
{
    size_t end = 1;
    while (end < n && a[end].from == a[0].from && a[end].to == a[0].to)
        end++;
    return end;
}

/* Pairs of different classes into e->pair; what most items of a class are missed for into its figures. */
static void pairs(huse_evaluation *e, huse_class_figure *cls, const answer *a, size_t n)
{
    const huse_evaluation_items *x = e->items;
    size_t *right = huse_xcalloc(x->n_classes + 1, sizeof *right), *n_right = huse_xcalloc(x->n_classes + 1, sizeof *n_right);
    size_t *to = huse_xcalloc(n + 1, sizeof *to);
    e->pair = huse_xcalloc(n + 1, sizeof *e->pair);
    for (size_t i = 0, end; i < n; i = end) {
        end = i + run_of(a + i, n - i);
        if (a[i].from == a[i].to) {
            right[a[i].to] = i;
            n_right[a[i].to] = end - i;
            continue;
        }
        huse_class_figure *c = &cls[a[i].from];
        to[e->n_pairs] = (size_t)a[i].to;
        huse_class_pair   *p = &e->pair[e->n_pairs++];
        *p = (huse_class_pair){.from = c->path, .to = cls[a[i].to].path, .count = end - i, .of = c->items};
        examples(x, a + i, p->count, p->wrong);
        c->missed += p->count;
        if (p->count > c->most_count) {
            c->most = p->to;
            c->most_count = p->count;
        }
    }
    for (size_t i = 0; i < e->n_pairs; i++)
        examples(x, a + right[to[i]], n_right[to[i]], e->pair[i].right);
    qsort(e->pair, e->n_pairs, sizeof *e->pair, by_count);
    free(to);
    free(right);
    free(n_right);
}

void huse_evaluation_count(huse_evaluation *e)
{
    size_t             n;
    huse_class_figure *cls = figures(e->items);
    answer            *a = answers(e->items, &n);
    pairs(e, cls, a, n);
    for (size_t k = 0; k < e->items->n_classes; k++)
        if (cls[k].items)
            cls[e->n_classes++] = cls[k];
    qsort(cls, e->n_classes, sizeof *cls, by_path);
    e->cls = cls;
    free(a);
}
