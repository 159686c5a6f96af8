/* Retrieval figures: every item asks every other (METHOD 7). Blocks of queries are scored against
 * all candidates, each query's candidates are sorted by rounded score, and its figures are written
 * to its own place: nothing depends on threads or file order. */
#include "eval/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/exact.h"
#include "eval/hp.h"
#include "eval/intervals.h"
#include "eval/sets.h"
#include "eval/ties.h"

const char *const huse_task_name[HUSE_TASKS] = {"I2I", "I2T", "T2I", "T2T", "T2T_distinct"};
const char *const huse_figure_name[HUSE_FIGURES] = {"R@1",  "R@5",   "R@10", "HP@2",
                                                    "HP@5", "HP@10", "mAP"};

enum { CUTS = 3, DEEPEST = 10 };
static const size_t recall_cut[CUTS] = {1, 5, 10};
static const size_t hp_cut[CUTS] = {2, 5, 10};

/* Buffers of one thread. */
struct work {
    huse_scores scores;
    int32_t *keys; /* (HUSE_SCORES_ROWS, candidates) */
    huse_ranked *order, *tmp;
};

/* Results of one task, by item; rows of items left out are NaN. */
struct table {
    double *figure, *random; /* (n, HUSE_FIGURES) */
};

struct job {
    const huse_eval_set *set;
    const huse_retrieval_options *opt;
    huse_side query, candidate;
    bool same;                 /* both of one modality: an item is no candidate for itself */
    const huse_texts *texts;   /* not NULL: @distinct is filled too */
    const int (*radius)[CUTS]; /* by class: of the sets S of hierarchical precision */
    int64_t *in_class;         /* candidates by class */
    huse_rings *near;          /* candidates by distance from a class */
    const double *harmonic;    /* (n + 1) */
    struct work *work;
    struct table plain, distinct;
    size_t *blocks, of; /* done of all tasks so far, by all threads; of so many */
};

/* What can be said of a query before any score is looked at. */
struct query {
    uint32_t item;
    int32_t cls;
    size_t candidates, relevant, in_set[CUTS];
};

static struct query query_of(const struct job *j, uint32_t item, bool distinct)
{
    int32_t cls = j->set->cls[item];
    struct query q = {.item = item,
                      .cls = cls,
                      .candidates = j->candidate.n,
                      .relevant = (size_t)j->in_class[cls]};
    for (int k = 0; k < CUTS; k++)
        q.in_set[k] = (size_t)huse_rings_within(j->near, cls, j->radius[cls][k]);
    if (distinct) {
        const huse_taxonomy *t = j->set->tree;
        uint32_t id = j->texts->id[item];
        for (size_t r = j->texts->start[id]; r < j->texts->start[id + 1]; r++) {
            huse_text_run run = j->texts->run[r];
            int far = huse_taxonomy_distance(t, t->node_of[cls], t->node_of[run.cls]);
            q.candidates -= run.count;
            q.relevant -= run.cls == cls ? run.count : 0;
            for (int k = 0; k < CUTS; k++)
                q.in_set[k] -= far <= j->radius[cls][k] ? run.count : 0;
        }
    } else if (j->same) {
        q.candidates--;
        q.relevant--;
        for (int k = 0; k < CUTS; k++)
            q.in_set[k]--;
    }
    return q;
}

static void expect_random(const struct job *j, const struct query *q, double *out)
{
    for (int k = 0; k < CUTS; k++) {
        out[HUSE_R1 + k] =
            huse_ties_hit(q->candidates, q->relevant, HUSE_MIN(recall_cut[k], q->candidates));
        out[HUSE_HP2 + k] = (double)q->in_set[k] / (double)q->candidates;
    }
    out[HUSE_MAP] = huse_ties_random_ap(q->candidates, q->relevant, j->harmonic[q->candidates]);
}

/* Adds a group of @t equal candidates that starts after @before others to the figures that reach so
 * far. */
static void add_group(double *out, size_t before, size_t t, size_t h, const size_t in_set[CUTS])
{
    for (int k = 0; k < CUTS; k++) {
        if (before < recall_cut[k]) {
            double hit = huse_ties_hit(t, h, HUSE_MIN(t, recall_cut[k] - before));
            out[HUSE_R1 + k] = HUSE_MAX(out[HUSE_R1 + k], hit);
        }
        if (before < hp_cut[k]) {
            size_t c = HUSE_MIN(t, hp_cut[k] - before);
            out[HUSE_HP2 + k] += (double)in_set[k] * (double)c / (double)t;
        }
    }
}

/* Figures of one query from its candidates in order, best first. */
static void walk(const struct job *j, const struct query *q, const huse_ranked *x, size_t n,
                 double *out)
{
    const huse_taxonomy *tree = j->set->tree;
    const int32_t *cls = j->set->cls;
    int32_t node = tree->node_of[q->cls];
    size_t found = 0;
    memset(out, 0, HUSE_FIGURES * sizeof *out);
    for (size_t i = 0, end; i < n; i = end) {
        size_t h = 0, in_set[CUTS] = {0};
        for (end = i; end < n && x[end].key == x[i].key; end++) {
            int32_t c = cls[j->candidate.item[x[end].row]];
            h += c == q->cls;
            if (i >= DEEPEST)
                continue;
            int far = c == q->cls ? 0 : huse_taxonomy_distance(tree, node, tree->node_of[c]);
            for (int k = 0; k < CUTS; k++)
                in_set[k] += far <= j->radius[q->cls][k];
        }
        if (i < DEEPEST)
            add_group(out, i, end - i, h, in_set);
        found += h;
        out[HUSE_MAP] += (double)h * (double)found / (double)end;
        if (found == q->relevant && end >= DEEPEST)
            break;
    }
    out[HUSE_MAP] = j->opt->only_r1 ? (double)NAN : out[HUSE_MAP] / (double)q->relevant;
    for (int k = 0; k < CUTS; k++)
        out[HUSE_HP2 + k] /= (double)HUSE_MIN(hp_cut[k], q->candidates);
}

/* The candidates of a query, unsorted; those that tie with the query's tenth or better when only
 * the top is asked for. */
static size_t collect(const struct job *j, uint32_t item, const int32_t *key, huse_ranked *out)
{
    int32_t top[DEEPEST];
    size_t n = 0, n_top = 0;
    for (size_t c = 0; c < j->candidate.n; c++) {
        if (j->same && j->candidate.item[c] == item)
            continue;
        if (j->opt->only_r1) {
            if (n_top == DEEPEST && key[c] < top[DEEPEST - 1])
                continue;
            size_t at = n_top < DEEPEST ? n_top++ : DEEPEST - 1;
            for (; at > 0 && top[at - 1] < key[c]; at--)
                top[at] = top[at - 1];
            top[at] = key[c];
        }
        out[n++] = (huse_ranked){key[c], (uint32_t)c};
    }
    if (!j->opt->only_r1 || n_top < DEEPEST)
        return n;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (out[i].key >= top[DEEPEST - 1])
            out[kept++] = out[i];
    }
    return kept;
}

static void answer(const struct job *j, const struct table *t, const struct query *q,
                   const huse_ranked *x, size_t n)
{
    if (q->relevant == 0)
        return;
    walk(j, q, x, n, t->figure + q->item * HUSE_FIGURES);
    expect_random(j, q, t->random + q->item * HUSE_FIGURES);
}

static void block(void *ctx, size_t b, int worker)
{
    const struct job *j = ctx;
    struct work *w = j->work + worker;
    size_t first = b * HUSE_SCORES_ROWS, m = HUSE_MIN((size_t)HUSE_SCORES_ROWS, j->query.n - first);
    size_t n_all = j->candidate.n;
    if (huse_stopped(j->opt->stop))
        return;
    size_t done = __atomic_add_fetch(j->blocks, 1, __ATOMIC_RELAXED);
    if (j->opt->permille)
        __atomic_store_n(j->opt->permille, (int)(1000 * done / j->of), __ATOMIC_RELAXED);
    if (!w->keys) {
        w->keys = huse_xaligned(HUSE_SCORES_ROWS * n_all * sizeof *w->keys);
        w->order = huse_xaligned(n_all * sizeof *w->order);
        w->tmp = huse_xaligned(n_all * sizeof *w->tmp);
    }
    huse_scores_keys(&w->scores, &j->query, first, m, &j->candidate, w->keys);
    for (size_t r = 0; r < m; r++) {
        uint32_t item = j->query.item[first + r];
        struct query q = query_of(j, item, false);
        size_t n = collect(j, item, w->keys + r * n_all, w->order);
        huse_ties_sort(w->order, w->tmp, n);
        answer(j, &j->plain, &q, w->order, n);
        if (!j->texts)
            continue;
        size_t kept = 0;
        for (size_t i = 0; i < n; i++) {
            if (j->texts->id[j->candidate.item[w->order[i].row]] != j->texts->id[item])
                w->order[kept++] = w->order[i];
        }
        q = query_of(j, item, true);
        answer(j, &j->distinct, &q, w->order, kept);
    }
}

static double *nan_table(size_t n)
{
    double *x = huse_xcalloc(n * HUSE_FIGURES + 1, sizeof *x);
    for (size_t i = 0; i < n * HUSE_FIGURES; i++)
        x[i] = (double)NAN;
    return x;
}

/* Means, intervals and what is kept of a task's table; frees the table. */
static void finish(huse_pool *pool, const huse_eval_set *s, const huse_retrieval_options *opt,
                   size_t asked, struct table *t, huse_retrieval *out)
{
    int64_t sum[HUSE_FIGURES] = {0}, random[HUSE_FIGURES] = {0};
    out->present = asked > 0;
    for (size_t i = 0; i < s->n; i++) {
        const double *row = t->figure + i * HUSE_FIGURES, *expected = t->random + i * HUSE_FIGURES;
        if (isnan(row[HUSE_R1]))
            continue;
        out->queries++;
        for (int f = 0; f < HUSE_FIGURES; f++) {
            sum[f] += huse_fixed(row[f]);
            random[f] += huse_fixed(expected[f]);
        }
    }
    out->left_out = asked - out->queries;
    for (int f = 0; f < HUSE_FIGURES; f++) {
        bool known = out->queries > 0;
        out->mean[f] = known && !(opt->only_r1 && f == HUSE_MAP)
                           ? huse_unfixed(sum[f]) / (double)out->queries
                           : (double)NAN;
        out->random[f] = known ? huse_unfixed(random[f]) / (double)out->queries : (double)NAN;
    }
    if (opt->draws > 0 && !huse_stopped(opt->stop))
        huse_intervals(pool, t->figure, s->n, HUSE_FIGURES, s->cls, opt->draws, opt->seed, opt->stop, out->lo,
                       out->hi);
    if (opt->keep_per_query) {
        out->per_query = huse_xcalloc(s->n * HUSE_FIGURES + 1, sizeof *out->per_query);
        for (size_t i = 0; i < s->n * HUSE_FIGURES; i++)
            out->per_query[i] = (float)t->figure[i];
    }
    free(t->figure);
    free(t->random);
}

static size_t blocks_of(const huse_side *query)
{
    return (query->n + HUSE_SCORES_ROWS - 1) / HUSE_SCORES_ROWS;
}

/* One pair of modalities; out[1] too when texts are told apart. */
static void run_task(huse_pool *pool, struct job *j, huse_retrieval *out)
{
    const huse_eval_set *s = j->set;
    int threads = huse_pool_threads(pool);
    j->in_class = huse_xcalloc(s->tree->n_classes + 1, sizeof *j->in_class);
    for (size_t i = 0; i < j->candidate.n; i++)
        j->in_class[s->cls[j->candidate.item[i]]]++;
    j->near = huse_rings_new(s->tree, j->in_class);
    j->work = huse_xcalloc((size_t)threads, sizeof *j->work);
    j->plain = (struct table){nan_table(s->n), nan_table(s->n)};
    if (j->texts)
        j->distinct = (struct table){nan_table(s->n), nan_table(s->n)};
    bool asked = j->candidate.n > 0;
    if (asked)
        huse_pool_run(pool, blocks_of(&j->query), block, j);
    for (int i = 0; i < threads; i++) {
        huse_scores_free(&j->work[i].scores);
        free(j->work[i].keys);
        free(j->work[i].order);
        free(j->work[i].tmp);
    }
    finish(pool, s, j->opt, asked ? j->query.n : 0, &j->plain, &out[0]);
    if (j->texts)
        finish(pool, s, j->opt, asked ? j->query.n : 0, &j->distinct, &out[1]);
    free(j->work);
    huse_rings_free(j->near);
    free(j->in_class);
}

/* Radius of S for every class and cut. */
static int (*hp_radii(const huse_taxonomy *t))[CUTS]
{
    huse_rings *classes = huse_rings_new(t, NULL);
    int(*radius)[CUTS] = huse_xcalloc(t->n_classes + 1, sizeof *radius);
    for (size_t c = 0; c < t->n_classes; c++) {
        for (int k = 0; k < CUTS; k++)
            radius[c][k] = huse_rings_radius(classes, (int32_t)c, (int64_t)hp_cut[k]);
    }
    huse_rings_free(classes);
    return radius;
}

void huse_eval_retrieval(huse_pool *pool, const huse_eval_set *s, const huse_retrieval_options *opt,
                         huse_retrieval out[HUSE_TASKS])
{
    for (int t = 0; t < HUSE_TASKS; t++) {
        out[t] = (huse_retrieval){.present = false};
        for (int f = 0; f < HUSE_FIGURES; f++)
            out[t].mean[f] = out[t].random[f] = out[t].lo[f] = out[t].hi[f] = (double)NAN;
    }
    for (size_t i = 0; i < s->n; i++)
        HUSE_ASSERT(s->cls[i] >= 0 && (size_t)s->cls[i] < s->tree->n_classes);
    huse_side image = huse_set_side(s, false), text = huse_set_side(s, true);
    bool distinct = s->str && !opt->only_r1;
    huse_texts texts = {0};
    if (distinct)
        huse_texts_init(&texts, s, &text);
    int(*radius)[CUTS] = hp_radii(s->tree);
    double *harmonic = huse_xcalloc(s->n + 1, sizeof *harmonic);
    for (size_t i = 1; i <= s->n; i++)
        harmonic[i] = harmonic[i - 1] + 1.0 / (double)i;

    size_t blocks = 0, of = 2 * (blocks_of(&image) + blocks_of(&text));
    for (int t = HUSE_I2I; t <= HUSE_T2T; t++) {
        bool asks_text = t == HUSE_T2I || t == HUSE_T2T,
             wants_text = t == HUSE_I2T || t == HUSE_T2T;
        struct job j = {.set = s,
                        .opt = opt,
                        .query = asks_text ? text : image,
                        .candidate = wants_text ? text : image,
                        .same = asks_text == wants_text,
                        .texts = t == HUSE_T2T && distinct ? &texts : NULL,
                        .radius = (const int(*)[CUTS])radius,
                        .harmonic = harmonic,
                        .blocks = &blocks,
                        .of = of};
        run_task(pool, &j, &out[t]);
    }
    free(harmonic);
    free(radius);
    huse_texts_free(&texts);
    free((void *)image.item);
    free((void *)text.item);
}

void huse_retrieval_free(huse_retrieval *r)
{
    free(r->per_query);
    r->per_query = NULL;
}
