/* Attribute search: queries drawn from texts, and how well pictures answer them. */
#include "eval/attribute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "eval/exact.h"
#include "eval/scores.h"
#include "eval/ties.h"
#include "eval/words.h"

enum { WORDS = 3, TOP = 10, BLOCK = 16 };
#define STREAM 0x617474726962ull

struct query {
    char *text;
    uint32_t item;
    uint32_t *relevant; /* ascending items */
    size_t n_relevant;
};

struct huse_attribute {
    huse_attribute_set set;
    uint32_t *candidate; /* items with an image */
    size_t n_candidates;
    struct query *query;
    size_t n;
    float *shared, *sentence;
    huse_sparse *words;
};

/* --- drawing --- */

/* An item with a text, in an order that does not depend on that of the file. */
struct source {
    const char *text;
    int32_t cls;
    uint32_t item;
};

static int compare_sources(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    int c = strcmp(x->text, y->text);
    return c ? c : (x->cls > y->cls) - (x->cls < y->cls);
}

static size_t plain_words(const huse_words *w, size_t *at)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        if (w->plain[i])
            at[n++] = i;
    }
    return n;
}

/* Three of the text's fitting words in their order; false when it has fewer. */
static bool draw_words(huse_rng *rng, const char *text, const huse_postings *p, struct query *q)
{
    huse_words w;
    huse_words_split(&w, text);
    size_t *at = huse_xcalloc(w.n + 1, sizeof *at), n = plain_words(&w, at);
    if (n >= WORDS) {
        huse_buf b = {0};
        const char *fold[WORDS];
        size_t taken = 0;
        for (size_t i = 0; i < n && taken < WORDS;
             i++) { /* each subset of three with the same chance */
            if (huse_rng_below(rng, (uint32_t)(n - i)) >= WORDS - taken)
                continue;
            if (taken)
                huse_buf_str(&b, " ");
            huse_buf_str(&b, w.word[at[i]]);
            fold[taken++] = w.fold[at[i]];
        }
        q->text = b.data;
        q->n_relevant = huse_postings_all(p, fold, WORDS, &q->relevant);
    }
    free(at);
    huse_words_free(&w);
    return n >= WORDS;
}

static size_t sources(const huse_attribute_set *s, const bool *use, struct source *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!use[i] || !s->str[i])
            continue;
        huse_words w;
        huse_words_split(&w, s->str[i]);
        size_t plain = 0;
        for (size_t k = 0; k < w.n; k++)
            plain += w.plain[k];
        huse_words_free(&w);
        if (plain >= WORDS)
            out[n++] = (struct source){s->str[i], s->cls[i], (uint32_t)i};
    }
    if (n)
        qsort(out, n, sizeof *out, compare_sources);
    return n;
}

static void draw(huse_attribute *a, const bool *use, size_t count, uint64_t seed)
{
    const huse_attribute_set *s = &a->set;
    struct source *from = huse_xcalloc(s->n + 1, sizeof *from);
    size_t n = sources(s, use, from);
    uint32_t *order = huse_xcalloc(n + 1, sizeof *order);
    huse_postings *p = huse_postings_new(s->str, use, s->n);
    huse_rng rng;
    huse_rng_init(&rng, seed, STREAM);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    a->query = huse_xcalloc(count + 1, sizeof *a->query);
    for (size_t i = 0; n > 0 && i < count; i++) { /* every item once before any a second time */
        if (i % n == 0)
            huse_rng_shuffle(&rng, order, n);
        const struct source *src = &from[order[i % n]];
        struct query *q = &a->query[a->n];
        q->item = src->item;
        a->n += draw_words(&rng, src->text, p, q);
    }
    huse_postings_free(p);
    free(order);
    free(from);
}

huse_attribute *huse_attribute_new(const huse_attribute_set *s, size_t count, uint64_t seed,
                                   huse_attribute_embed embed, void *ctx)
{
    HUSE_ASSERT(s->n <= UINT32_MAX);
    huse_attribute *a = huse_xcalloc(1, sizeof *a);
    a->set = *s;
    a->candidate = huse_xcalloc(s->n + 1, sizeof *a->candidate);
    bool *use = huse_xcalloc(s->n + 1, sizeof *use);
    for (size_t i = 0; i < s->n; i++) {
        use[i] = !s->has_image || s->has_image[i];
        if (use[i])
            a->candidate[a->n_candidates++] = (uint32_t)i;
    }
    draw(a, use, count, seed);
    free(use);
    a->shared = huse_xaligned((a->n * s->D + 1) * sizeof *a->shared);
    a->sentence = huse_xaligned((a->n * s->S + 1) * sizeof *a->sentence);
    a->words = huse_xcalloc(a->n + 1, sizeof *a->words);
    if (a->n) {
        const char **text = huse_xcalloc(a->n, sizeof *text);
        for (size_t i = 0; i < a->n; i++)
            text[i] = a->query[i].text;
        embed(ctx, text, a->n, a->shared, a->sentence, a->words);
        free(text);
    }
    return a;
}

void huse_attribute_free(huse_attribute *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++) {
        free(a->query[i].text);
        free(a->query[i].relevant);
        huse_sparse_free(&a->words[i]);
    }
    free(a->query);
    free(a->words);
    free(a->shared);
    free(a->sentence);
    free(a->candidate);
    free(a);
}

size_t huse_attribute_count(const huse_attribute *a)
{
    return a->n;
}

const char *huse_attribute_text(const huse_attribute *a, size_t i)
{
    return a->query[i].text;
}

uint32_t huse_attribute_item(const huse_attribute *a, size_t i)
{
    return a->query[i].item;
}

/* --- measuring --- */

struct work {
    huse_scores shared_scores, sentence_scores;
    double *shared, *attribute; /* (BLOCK, candidates) */
    huse_ranked *order, *tmp;
};

struct job {
    const huse_attribute *a;
    const float *picture;
    bool visible;
    const double *m;
    size_t n_m;
    uint32_t *query_row, *mixed_row; /* identity; candidates' rows in @target */
    float *target; /* (candidates,S): what a query's sentence vector is held against */
    bool *by_text; /* (candidates) */
    struct work *work;
    huse_attribute_figure *out; /* (queries, n_m) */
};

/* Marks of a query's candidates that count for a figure. */
static bool is_relevant(const struct query *q, uint32_t item)
{
    size_t lo = 0, hi = q->n_relevant;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (q->relevant[mid] < item)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < q->n_relevant && q->relevant[lo] == item;
}

/* Candidates that tie with the tenth or better, best first. */
static size_t top_ten(const struct job *j, struct work *w, const double *shared,
                      const double *attribute, double m)
{
    int32_t top[TOP];
    size_t n = j->a->n_candidates, n_top = 0, kept = 0;
    for (size_t c = 0; c < n; c++) {
        int32_t key = huse_scores_round((1 - m) * shared[c] + m * attribute[c]);
        if (n_top == TOP && key < top[TOP - 1])
            continue;
        size_t at = n_top < TOP ? n_top++ : TOP - 1;
        for (; at > 0 && top[at - 1] < key; at--)
            top[at] = top[at - 1];
        top[at] = key;
        w->order[kept++] = (huse_ranked){key, j->a->candidate[c]};
    }
    size_t out = 0;
    for (size_t i = 0; i < kept; i++) {
        if (n_top < TOP || w->order[i].key >= top[TOP - 1])
            w->order[out++] = w->order[i];
    }
    huse_ties_sort(w->order, w->tmp, out);
    return out;
}

static huse_attribute_figure judge(const struct job *j, const struct query *q, const huse_ranked *x,
                                   size_t n)
{
    const int32_t *cls = j->a->set.cls;
    huse_attribute_figure f = {0, 0};
    for (size_t i = 0, end; i < n && i < TOP; i = end) {
        double right = 0, same = 0;
        for (end = i; end < n && x[end].key == x[i].key; end++) {
            right += is_relevant(q, x[end].row);
            same += cls[x[end].row] == cls[q->item];
        }
        double fit = (double)HUSE_MIN(end - i, TOP - i) / (double)(end - i);
        f.p10 += right * fit;
        f.class_share += same * fit;
    }
    f.p10 /= (double)HUSE_MIN((size_t)TOP, q->n_relevant);
    f.class_share /= (double)HUSE_MIN((size_t)TOP, j->a->n_candidates);
    return f;
}

static void add_words(const struct job *j, const huse_sparse *words, double *attribute)
{
    for (size_t c = 0; c < j->a->n_candidates; c++) {
        if (!j->by_text[c])
            continue;
        double word = (double)huse_sparse_dot(words, &j->a->set.words[j->a->candidate[c]]);
        attribute[c] = (attribute[c] + word) / 2;
    }
}

static void block(void *ctx, size_t b, int worker)
{
    const struct job *j = ctx;
    const huse_attribute *a = j->a;
    struct work *w = j->work + worker;
    size_t n = a->n_candidates, first = b * BLOCK, rows = HUSE_MIN((size_t)BLOCK, a->n - first);
    if (!w->shared) {
        w->shared = huse_xaligned(BLOCK * n * sizeof *w->shared);
        w->attribute = huse_xaligned(BLOCK * n * sizeof *w->attribute);
        w->order = huse_xaligned(n * sizeof *w->order);
        w->tmp = huse_xaligned(n * sizeof *w->tmp);
    }
    huse_side query = {a->shared, j->query_row, a->n, a->set.D},
              image = {a->set.image, a->candidate, n, a->set.D};
    huse_side asked = {a->sentence, j->query_row, a->n, a->set.S},
              target = {j->target, j->mixed_row, n, a->set.S};
    huse_scores_products(&w->shared_scores, &query, first, rows, &image, w->shared);
    huse_scores_products(&w->sentence_scores, &asked, first, rows, &target, w->attribute);
    for (size_t r = 0; r < rows; r++) {
        const struct query *q = &a->query[first + r];
        if (a->set.words)
            add_words(j, &a->words[first + r], w->attribute + r * n);
        for (size_t k = 0; k < j->n_m; k++) {
            size_t kept = top_ten(j, w, w->shared + r * n, w->attribute + r * n, j->m[k]);
            j->out[(first + r) * j->n_m + k] = judge(j, q, w->order, kept);
        }
    }
}

/* Rows that queries' sentence vectors are held against: the text's where it may be seen, else the
 * picture's. */
static void prepare(struct job *j)
{
    const huse_attribute *a = j->a;
    size_t S = a->set.S;
    j->target = huse_xaligned((a->n_candidates * S + 1) * sizeof *j->target);
    j->by_text = huse_xcalloc(a->n_candidates + 1, sizeof *j->by_text);
    j->mixed_row = huse_xcalloc(a->n_candidates + 1, sizeof *j->mixed_row);
    j->query_row = huse_xcalloc(a->n + 1, sizeof *j->query_row);
    for (size_t c = 0; c < a->n_candidates; c++) {
        uint32_t item = a->candidate[c];
        j->mixed_row[c] = (uint32_t)c;
        j->by_text[c] = j->visible && a->set.str[item] && *a->set.str[item];
        const float *from = j->by_text[c] ? a->set.sentence : j->picture;
        if (from)
            memcpy(j->target + c * S, from + item * S, S * sizeof *j->target);
    }
    for (size_t i = 0; i < a->n; i++)
        j->query_row[i] = (uint32_t)i;
}

void huse_attribute_measure(const huse_attribute *a, huse_pool *pool, const float *picture,
                            bool visible, const double *m, size_t n, huse_attribute_figure *out)
{
    for (size_t k = 0; k < n; k++)
        out[k] = (huse_attribute_figure){(double)NAN, (double)NAN};
    if (a->n == 0)
        return;
    int threads = huse_pool_threads(pool);
    struct job j = {.a = a, .picture = picture, .visible = visible, .m = m, .n_m = n};
    prepare(&j);
    j.work = huse_xcalloc((size_t)threads, sizeof *j.work);
    j.out = huse_xcalloc(a->n * n + 1, sizeof *j.out);
    huse_pool_run(pool, (a->n + BLOCK - 1) / BLOCK, block, &j);
    for (size_t k = 0; k < n; k++) {
        int64_t p10 = 0, share = 0;
        for (size_t i = 0; i < a->n; i++) {
            p10 += huse_fixed(j.out[i * n + k].p10);
            share += huse_fixed(j.out[i * n + k].class_share);
        }
        out[k] = (huse_attribute_figure){huse_unfixed(p10) / (double)a->n,
                                         huse_unfixed(share) / (double)a->n};
    }
    for (int i = 0; i < threads; i++) {
        huse_scores_free(&j.work[i].shared_scores);
        huse_scores_free(&j.work[i].sentence_scores);
        free(j.work[i].shared);
        free(j.work[i].attribute);
        free(j.work[i].order);
        free(j.work[i].tmp);
    }
    free(j.work);
    free(j.out);
    free(j.target);
    free(j.by_text);
    free(j.mixed_row);
    free(j.query_row);
}

/* Index of the best mix; fig[0] is the shared space's. */
static size_t best_mix(const huse_attribute_figure *fig)
{
    size_t best = 0;
    for (size_t k = 1; k < HUSE_ATTRIBUTE_MIXES; k++) {
        if (fig[k].class_share >= fig[0].class_share && fig[k].p10 > fig[best].p10)
            best = k;
    }
    return best;
}

huse_attribute_choice huse_attribute_choose(const huse_attribute *a, huse_pool *pool,
                                            const float *const *picture, size_t n_pictures)
{
    huse_attribute_figure fig[HUSE_ATTRIBUTE_MIXES];
    huse_attribute_choice out = {.picture = 0};
    double m[HUSE_ATTRIBUTE_MIXES];
    for (size_t k = 0; k < HUSE_ATTRIBUTE_MIXES; k++)
        m[k] = (double)k / (HUSE_ATTRIBUTE_MIXES - 1);
    huse_attribute_measure(a, pool, NULL, true, m, 1, &out.shared);
    out.visible = out.hidden = out.shared;
    if (a->n == 0)
        return out;
    for (size_t i = 0; i < n_pictures; i++) {
        huse_attribute_measure(a, pool, picture[i], false, m, HUSE_ATTRIBUTE_MIXES, fig);
        size_t k = best_mix(fig);
        if (fig[k].p10 > out.hidden.p10) {
            out.picture = i;
            out.mix_hidden = m[k];
            out.hidden = fig[k];
        }
    }
    huse_attribute_measure(a, pool, n_pictures ? picture[out.picture] : NULL, true, m,
                           HUSE_ATTRIBUTE_MIXES, fig);
    size_t k = best_mix(fig);
    out.mix_visible = m[k];
    out.visible = fig[k];
    return out;
}
