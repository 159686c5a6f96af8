/* Instance level: where an item's own other half stands among all (METHOD 7). */
#include <math.h>
#include <stdlib.h>

#include "eval/exact.h"
#include "eval/metrics.h"
#include "eval/sets.h"

enum { CUTS = 3 };

struct outcome {
    double rank, hit[CUTS];
};

struct work {
    huse_scores scores;
    int32_t *keys;
};

struct job {
    const huse_side *query, *candidate;
    struct work *work;
    struct outcome *out; /* by query */
};

/* @better candidates stand before @equal ones, of which one is the item's own. */
static struct outcome judge(size_t better, size_t equal)
{
    static const size_t cut[CUTS] = {1, 5, 10};
    struct outcome o = {.rank = (double)better + ((double)equal + 1) / 2};
    for (int k = 0; k < CUTS; k++) {
        if (better < cut[k])
            o.hit[k] = (double)HUSE_MIN(equal, cut[k] - better) / (double)equal;
    }
    return o;
}

static void block(void *ctx, size_t b, int worker)
{
    const struct job *j = ctx;
    struct work *w = j->work + worker;
    size_t n = j->candidate->n, d = j->query->d;
    size_t first = b * HUSE_SCORES_ROWS,
           m = HUSE_MIN((size_t)HUSE_SCORES_ROWS, j->query->n - first);
    if (!w->keys)
        w->keys = huse_xaligned(HUSE_SCORES_ROWS * n * sizeof *w->keys);
    huse_scores_keys(&w->scores, j->query, first, m, j->candidate, w->keys);
    for (size_t r = 0; r < m; r++) {
        size_t item = j->query->item[first + r], better = 0, equal = 0;
        int32_t own = huse_scores_key(j->query->rows + item * d, j->candidate->rows + item * d, d);
        const int32_t *key = w->keys + r * n;
        for (size_t c = 0; c < n; c++) {
            better += key[c] > own;
            equal += key[c] == own;
        }
        j->out[first + r] = judge(better, equal);
    }
}

static int compare_ranks(const void *a, const void *b)
{
    const struct outcome *x = a, *y = b;
    return (x->rank > y->rank) - (x->rank < y->rank);
}

static huse_instance summarise(struct outcome *o, size_t n)
{
    huse_instance out = {false, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    if (n == 0)
        return out;
    int64_t sum[CUTS] = {0};
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < CUTS; k++)
            sum[k] += huse_fixed(o[i].hit[k]);
    }
    qsort(o, n, sizeof *o, compare_ranks);
    out.present = true;
    out.median_rank = (o[(n - 1) / 2].rank + o[n / 2].rank) / 2;
    out.r1 = huse_unfixed(sum[0]) / (double)n;
    out.r5 = huse_unfixed(sum[1]) / (double)n;
    out.r10 = huse_unfixed(sum[2]) / (double)n;
    return out;
}

static huse_instance ask(huse_pool *pool, const huse_side *query, const huse_side *candidate)
{
    int threads = huse_pool_threads(pool);
    struct job j = {query, candidate, huse_xcalloc((size_t)threads, sizeof *j.work),
                    huse_xcalloc(query->n + 1, sizeof *j.out)};
    huse_pool_run(pool, (query->n + HUSE_SCORES_ROWS - 1) / HUSE_SCORES_ROWS, block, &j);
    for (int i = 0; i < threads; i++) {
        huse_scores_free(&j.work[i].scores);
        free(j.work[i].keys);
    }
    huse_instance out = summarise(j.out, query->n);
    free(j.out);
    free(j.work);
    return out;
}

void huse_eval_instance(huse_pool *pool, const huse_eval_set *s, huse_instance out[2])
{
    huse_side image = huse_set_side(s, false), text = huse_set_side(s, true),
              both[2] = {image, text};
    uint32_t *item = huse_xcalloc(s->n + 1, sizeof *item);
    size_t n = 0;
    for (size_t i = 0; i < image.n; i++) {
        if (s->text && (!s->has_text || s->has_text[image.item[i]]))
            item[n++] = image.item[i];
    }
    for (int k = 0; k < 2; k++) {
        both[k].item = item;
        both[k].n = n;
    }
    out[0] = ask(pool, &both[0], &text);
    out[1] = ask(pool, &both[1], &image);
    free(item);
    free((void *)image.item);
    free((void *)text.item);
}
