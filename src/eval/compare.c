#include "eval/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/intervals.h"

const char *const huse_accuracy_name[HUSE_ACCURACIES] = {"image", "text", "fusion"};

void huse_eval_items_free(huse_eval_items *x)
{
    for (int t = 0; t < HUSE_TASKS; t++)
        free(x->figure[t]);
    free(x->cls);
    free(x->right);
    *x = (huse_eval_items){0};
}

/* ---- means over seeds ---- */

typedef double getter(const huse_eval_report *r, int i);

static double task_figure(const huse_eval_report *r, int i)
{
    return r->task[i / HUSE_FIGURES].mean[i % HUSE_FIGURES];
}

static double instance_figure(const huse_eval_report *r, int i)
{
    const huse_eval_pair *x = &r->instance[i / 4];
    const double          v[4] = {x->median_rank, x->r1, x->r5, x->r10};
    return v[i % 4];
}

static double other_figure(const huse_eval_report *r, int i)
{
    const double v[] = {r->true_pair_distance, r->other_pair_distance, r->spearman_tree, r->accuracy_image, r->accuracy_text,
                        r->accuracy_fusion, r->fusion_weight};
    return v[i];
}

static double mean_of(const huse_compare_row *row, getter *get, int i)
{
    double sum = 0;
    for (size_t s = 0; s < row->n_seeds; s++)
        sum += get(&row->seed[s].report, i);
    return sum / (double)row->n_seeds;
}

static void means(huse_compare_row *row)
{
    huse_eval_report *m = &row->mean;
    *m = row->seed[0].report;
    m->model[0] = 0;
    for (int i = 0; i < HUSE_TASKS * HUSE_FIGURES; i++)
        m->task[i / HUSE_FIGURES].mean[i % HUSE_FIGURES] = mean_of(row, task_figure, i);
    for (int i = 0; i < 2; i++) {
        huse_eval_pair *x = &m->instance[i];
        x->median_rank = mean_of(row, instance_figure, 4 * i);
        x->r1 = mean_of(row, instance_figure, 4 * i + 1);
        x->r5 = mean_of(row, instance_figure, 4 * i + 2);
        x->r10 = mean_of(row, instance_figure, 4 * i + 3);
    }
    double *const to[] = {&m->true_pair_distance, &m->other_pair_distance, &m->spearman_tree, &m->accuracy_image, &m->accuracy_text,
                          &m->accuracy_fusion, &m->fusion_weight};
    for (size_t i = 0; i < HUSE_COUNT(to); i++)
        *to[i] = mean_of(row, other_figure, (int)i);
}

/* ---- intervals and marks ---- */

/* Item by item, averaged over seeds: (n,@f) from one array of every seed; NULL when the row has none. */
static double *averaged(const huse_compare_row *row, int task, size_t f)
{
    size_t  n = row->seed[0].n;
    double *x = huse_xcalloc(n * f + 1, sizeof *x);
    for (size_t s = 0; s < row->n_seeds; s++) {
        const float *one = task < 0 ? row->seed[s].right : row->seed[s].figure[task];
        if (!one) {
            free(x);
            return NULL;
        }
        for (size_t i = 0; i < n * f; i++)
            x[i] += (double)one[i] / (double)row->n_seeds;
    }
    return x;
}

static bool better(double a, double b)
{
    return isfinite(a) && (!isfinite(b) || a > b);
}

/* How intervals are drawn. */
typedef struct drawing {
    unsigned            draws;
    uint64_t            seed;
    volatile const int *stop;
} drawing;

/* The columns of one task, or with @task −1 the accuracies: what differs in how they are kept. */
typedef struct columns {
    huse_compare_row *row;
    size_t            n, f;
    int               task;
    double          **x; /* by row, as averaged */
} columns;

static double mean_at(const columns *c, size_t row, size_t f)
{
    const huse_eval_report *m = &c->row[row].mean;
    return c->task < 0 ? other_figure(m, 3 + (int)f) : m->task[c->task].mean[f];
}

static huse_standing *mark_at(const columns *c, size_t row, size_t f)
{
    return c->task < 0 ? &c->row[row].accuracy_mark[f] : &c->row[row].mark[c->task][f];
}

/* The row of the best mean, SIZE_MAX: the column is empty. */
static size_t best_row(const columns *c, size_t f)
{
    size_t best = SIZE_MAX;
    for (size_t r = 0; r < c->n; r++)
        if (c->x[r] && better(mean_at(c, r, f), best == SIZE_MAX ? (double)NAN : mean_at(c, best, f)))
            best = r;
    return best;
}

/* Intervals column by column where items are left out of one and not of another, else all at once. */
static void intervals(huse_pool *pool, const double *x, size_t n, size_t f, const int32_t *cls, const drawing *how, bool apart,
                      double *lo, double *hi)
{
    if (!apart) {
        huse_intervals(pool, x, n, f, cls, how->draws, how->seed, how->stop, lo, hi);
        return;
    }
    double *one = huse_xcalloc(n + 1, sizeof *one);
    for (size_t k = 0; k < f; k++) {
        for (size_t i = 0; i < n; i++)
            one[i] = x[i * f + k];
        huse_intervals(pool, one, n, 1, cls, how->draws, how->seed, how->stop, &lo[k], &hi[k]);
    }
    free(one);
}

static void mark(huse_pool *pool, const columns *c, const drawing *how)
{
    size_t  n = c->row[0].seed[0].n, best[HUSE_FIGURES];
    double *diff = huse_xcalloc(n * c->f + 1, sizeof *diff), lo[HUSE_FIGURES], hi[HUSE_FIGURES];
    for (size_t f = 0; f < c->f; f++)
        best[f] = best_row(c, f);
    for (size_t r = 0; r < c->n; r++) {
        if (!c->x[r])
            continue;
        for (size_t i = 0; i < n * c->f; i++)
            diff[i] = best[i % c->f] == SIZE_MAX ? (double)NAN : c->x[best[i % c->f]][i] - c->x[r][i];
        intervals(pool, diff, n, c->f, c->row[0].seed[0].cls, how, c->task < 0, lo, hi);
        for (size_t f = 0; f < c->f; f++) {
            if (best[f] == SIZE_MAX || !isfinite(mean_at(c, r, f)))
                continue;
            bool first = !(mean_at(c, r, f) < mean_at(c, best[f], f));
            *mark_at(c, r, f) = first ? HUSE_STANDING_BEST : lo[f] <= 0 && hi[f] >= 0 ? HUSE_STANDING_LEVEL : HUSE_STANDING_NONE;
        }
    }
    free(diff);
}

static void compare_columns(huse_pool *pool, columns *c, const drawing *how)
{
    c->x = huse_xcalloc(c->n, sizeof *c->x);
    for (size_t r = 0; r < c->n; r++) {
        huse_compare_row *row = &c->row[r];
        double           *lo = c->task < 0 ? row->accuracy_lo : row->mean.task[c->task].lo;
        double           *hi = c->task < 0 ? row->accuracy_hi : row->mean.task[c->task].hi;
        c->x[r] = averaged(row, c->task, c->f);
        for (size_t f = 0; f < c->f; f++) {
            lo[f] = hi[f] = (double)NAN;
            *mark_at(c, r, f) = HUSE_STANDING_NONE;
        }
        if (c->x[r])
            intervals(pool, c->x[r], row->seed[0].n, c->f, row->seed[0].cls, how, c->task < 0, lo, hi);
    }
    mark(pool, c, how);
    for (size_t r = 0; r < c->n; r++)
        free(c->x[r]);
    free(c->x);
}

void huse_compare(huse_pool *pool, huse_compare_row *row, size_t n, unsigned draws, uint64_t seed, volatile const int *stop)
{
    const drawing how = {draws, seed, stop};
    for (size_t r = 0; r < n; r++)
        means(&row[r]);
    for (int t = -1; n && t < HUSE_TASKS; t++) {
        columns c = {.row = row, .n = n, .f = t < 0 ? HUSE_ACCURACIES : HUSE_FIGURES, .task = t};
        compare_columns(pool, &c, &how);
    }
}

huse_method_row huse_compare_public(const huse_compare_row *row)
{
    huse_method_row m = {.label = row->label, .seeds = row->n_seeds, .mean = row->mean};
    memcpy(m.accuracy_lo, row->accuracy_lo, sizeof m.accuracy_lo);
    memcpy(m.accuracy_hi, row->accuracy_hi, sizeof m.accuracy_hi);
    memcpy(m.mark, row->mark, sizeof m.mark);
    memcpy(m.accuracy_mark, row->accuracy_mark, sizeof m.accuracy_mark);
    return m;
}
