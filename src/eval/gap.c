/* Media gap, and how the space follows the tree (METHOD 7). Sums are taken in fixed point: no
 * figure depends on file order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/exact.h"
#include "eval/metrics.h"
#include "eval/sets.h"
#include "tensor/dgemm.h"

static void add_row(int64_t *sum, const float *row, size_t d)
{
    for (size_t k = 0; k < d; k++)
        sum[k] += huse_fixed((double)row[k]);
}

void huse_eval_gap(huse_pool *pool, const huse_eval_set *s, double *true_pair, double *other_pair)
{
    (void)pool;
    huse_side side[2] = {huse_set_side(s, false), huse_set_side(s, true)};
    int64_t *sum = huse_xcalloc(2 * s->d + 1, sizeof *sum), true_sum = 0;
    size_t pairs = 0;
    for (int m = 0; m < 2; m++) {
        for (size_t i = 0; i < side[m].n; i++)
            add_row(sum + (size_t)m * s->d, side[m].rows + side[m].item[i] * s->d, s->d);
    }
    for (size_t i = 0; i < side[0].n && s->text; i++) {
        size_t item = side[0].item[i];
        if (s->has_text && !s->has_text[item])
            continue;
        double dot = 0;
        for (size_t k = 0; k < s->d; k++)
            dot += (double)s->image[item * s->d + k] * (double)s->text[item * s->d + k];
        true_sum += huse_fixed(dot);
        pairs++;
    }
    /* the products of all pairs sum to the product of the sums */
    double all = 0, others = (double)side[0].n * (double)side[1].n - (double)pairs;
    for (size_t k = 0; k < s->d; k++)
        all += huse_unfixed(sum[k]) * huse_unfixed(sum[s->d + k]);
    *true_pair = pairs ? 1 - huse_unfixed(true_sum) / (double)pairs : (double)NAN;
    *other_pair = others > 0 ? 1 - (all - huse_unfixed(true_sum)) / others : (double)NAN;
    free(sum);
    free((void *)side[0].item);
    free((void *)side[1].item);
}

/* One pair of classes. */
struct pair {
    double value;
    int32_t tree;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Average ranks of tree distances from their counts: rank (levels). */
static void tree_ranks(const size_t *count, size_t levels, double *rank)
{
    double before = 0;
    for (size_t v = 0; v < levels; v++) {
        rank[v] = before + ((double)count[v] + 1) / 2;
        before += (double)count[v];
    }
}

/* Unit centroids (classes, d) of all embeddings of a class; @cls gets the class of each. */
static size_t centroids(const huse_eval_set *s, double *out, int32_t *cls)
{
    huse_side side[2] = {huse_set_side(s, false), huse_set_side(s, true)};
    size_t k = s->tree->n_classes, d = s->d, n = 0;
    int64_t *sum = huse_xcalloc(k * d + 1, sizeof *sum);
    for (int m = 0; m < 2; m++) {
        for (size_t i = 0; i < side[m].n; i++)
            add_row(sum + (size_t)s->cls[side[m].item[i]] * d, side[m].rows + side[m].item[i] * d,
                    d);
        free((void *)side[m].item);
    }
    for (size_t c = 0; c < k; c++) {
        double norm = 0;
        for (size_t i = 0; i < d; i++)
            norm += huse_unfixed(sum[c * d + i]) * huse_unfixed(sum[c * d + i]);
        if (norm <= 0)
            continue;
        for (size_t i = 0; i < d; i++)
            out[n * d + i] = huse_unfixed(sum[c * d + i]) / sqrt(norm);
        cls[n++] = (int32_t)c;
    }
    free(sum);
    return n;
}

/* A walk over all pairs of classes with 1 − cosine of their centroids. */
struct pairs {
    const huse_taxonomy *tree;
    const double *row;
    const int32_t *cls;
    size_t n, d;
};

static void each_pair(const struct pairs *p, void (*fn)(void *ctx, double value, int32_t tree),
                      void *ctx)
{
    enum { ROWS = 64 };
    double *dot = huse_xaligned(ROWS * HUSE_MAX(p->n, 1) * sizeof *dot);
    for (size_t i = 0; i < p->n; i += ROWS) {
        size_t m = HUSE_MIN((size_t)ROWS, p->n - i);
        huse_dgemm_nt(m, i + m, p->d, p->row + i * p->d, p->row, dot);
        for (size_t a = i; a < i + m; a++) {
            for (size_t b = 0; b < a; b++) {
                int far = huse_taxonomy_distance(p->tree, p->tree->node_of[p->cls[a]],
                                                 p->tree->node_of[p->cls[b]]);
                /* products of equal pairs may differ in their last bits */
                fn(ctx, huse_unfixed(huse_fixed(1 - dot[(a - i) * (i + m) + b])), far);
            }
        }
    }
    free(dot);
}

struct ranking {
    struct pair *pair; /* all pairs, while they are few */
    size_t n;
    size_t *bin; /* else counts of values in narrow bins */
    double *bin_rank;
    size_t *tree_count;
    double *tree_rank;
    double xy, yy, mean;
};

enum { BINS = 1 << 22, FEW = 1 << 22 };

static size_t bin_of(double value)
{
    double at = value * (BINS / 2);
    return at <= 0 ? 0 : at >= BINS - 1 ? BINS - 1 : (size_t)at;
}

static void count_pair(void *ctx, double value, int32_t tree)
{
    struct ranking *r = ctx;
    r->tree_count[tree]++;
    if (r->pair)
        r->pair[r->n] = (struct pair){value, tree};
    else
        r->bin[bin_of(value)]++;
    r->n++;
}

static void add_rank(struct ranking *r, double rank, int32_t tree)
{
    double y = rank - r->mean;
    r->xy += (r->tree_rank[tree] - r->mean) * y;
    r->yy += y * y;
}

static void add_binned(void *ctx, double value, int32_t tree)
{
    struct ranking *r = ctx;
    add_rank(r, r->bin_rank[bin_of(value)], tree);
}

static void add_sorted(struct ranking *r)
{
    qsort(r->pair, r->n, sizeof *r->pair, compare_pairs);
    for (size_t i = 0, end; i < r->n; i = end) {
        for (end = i; end < r->n && r->pair[end].value == r->pair[i].value; end++)
            continue;
        for (size_t j = i; j < end; j++)
            add_rank(r, ((double)i + 1 + (double)end) / 2, r->pair[j].tree);
    }
}

static double correlate(const struct pairs *p, size_t levels)
{
    size_t total = p->n * (p->n - 1) / 2;
    struct ranking r = {.mean = ((double)total + 1) / 2};
    r.tree_count = huse_xcalloc(levels, sizeof *r.tree_count);
    r.tree_rank = huse_xcalloc(levels, sizeof *r.tree_rank);
    if (total <= FEW)
        r.pair = huse_xcalloc(total, sizeof *r.pair);
    else
        r.bin = huse_xcalloc(BINS, sizeof *r.bin);
    each_pair(p, count_pair, &r);
    tree_ranks(r.tree_count, levels, r.tree_rank);
    if (r.pair) {
        add_sorted(&r);
    } else {
        r.bin_rank = huse_xcalloc(BINS, sizeof *r.bin_rank);
        tree_ranks(r.bin, BINS, r.bin_rank);
        each_pair(p, add_binned, &r);
    }
    double xx = 0;
    for (size_t v = 0; v < levels; v++)
        xx += (double)r.tree_count[v] * (r.tree_rank[v] - r.mean) * (r.tree_rank[v] - r.mean);
    free(r.pair);
    free(r.bin);
    free(r.bin_rank);
    free(r.tree_count);
    free(r.tree_rank);
    return xx > 0 && r.yy > 0 ? r.xy / sqrt(xx * r.yy) : (double)NAN;
}

double huse_eval_spearman_tree(const huse_eval_set *s)
{
    size_t k = s->tree->n_classes;
    double *row = huse_xaligned((k * s->d + 1) * sizeof *row);
    int32_t *cls = huse_xcalloc(k + 1, sizeof *cls);
    struct pairs p = {s->tree, row, cls, centroids(s, row, cls), s->d};
    double rho = p.n >= 3 ? correlate(&p, 2 * (size_t)s->tree->height[0] + 1) : (double)NAN;
    free(row);
    free(cls);
    return rho;
}
