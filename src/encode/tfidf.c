#include "encode/tfidf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/projection.h"
#include "encode/term_table.h"
#include "encode/terms.h"

enum { META_VERSION, META_DENSE, META_SEED, META_TEXTS, META_N };

struct huse_tfidf {
    huse_term_table terms; /* by falling document frequency, ties by bytes */
    float *idf;
    int64_t meta[META_N];
};

size_t huse_tfidf_terms(const huse_tfidf *t)
{
    return t->terms.n;
}

size_t huse_tfidf_dense_dim(const huse_tfidf *t)
{
    return (size_t)t->meta[META_DENSE];
}

void huse_tfidf_free(huse_tfidf *t)
{
    if (!t)
        return;
    huse_term_table_free(&t->terms);
    free(t->idf);
    free(t);
}

/* Document frequencies: a term counts once in a text. */
typedef struct count {
    uint32_t df, last; /* texts that hold the term; 1 + the last of them */
} count;

typedef struct counter {
    huse_term_table seen;
    count *of;
    size_t cap;
    uint32_t text, rare; /* text under way; terms of at most so many texts were forgotten last */
} counter;

static void count_term(void *ctx, const char *s, size_t n, bool pair)
{
    counter *c = ctx;
    bool fresh;
    uint32_t id = huse_term_table_add(&c->seen, s, n, &fresh);
    (void)pair;
    if (id == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 1024;
        c->of = huse_xrealloc(c->of, c->cap * sizeof *c->of);
    }
    if (fresh)
        c->of[id] = (count){0, 0};
    if (c->of[id].last != c->text + 1) {
        c->of[id].last = c->text + 1;
        c->of[id].df++;
    }
}

/* Forgets the rarest terms when there are too many (lossy counting, Manku and Motwani 2002), so
 * that memory does not grow with the catalogue. */
static void forget_rare(counter *c)
{
    while (c->seen.n > HUSE_TFIDF_MAX_COUNTED) {
        counter kept = {.text = c->text, .rare = c->rare + 1, .cap = c->cap};
        kept.of = huse_xcalloc(kept.cap, sizeof *kept.of);
        for (size_t i = 0; i < c->seen.n; i++)
            if (c->of[i].df > kept.rare) {
                bool fresh;
                kept.of[huse_term_table_add(&kept.seen, c->seen.bytes.data + c->seen.at[i],
                                            c->seen.len[i], &fresh)] = c->of[i];
            }
        huse_term_table_free(&c->seen);
        free(c->of);
        *c = kept;
    }
}

typedef struct ranked {
    const char *s;
    uint32_t len, df;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->df != y->df)
        return x->df > y->df ? -1 : 1;
    int c = memcmp(x->s, y->s, HUSE_MIN(x->len, y->len));
    return c ? c : x->len < y->len ? -1 : x->len > y->len;
}

huse_tfidf *huse_tfidf_fit(const char *const *text, size_t n, size_t max_terms, size_t dense_dim,
                           uint64_t seed)
{
    HUSE_ASSERT(dense_dim > 0 && dense_dim <= HUSE_TFIDF_MAX_DENSE && n < UINT32_MAX);
    counter c = {.text = 0};
    for (; c.text < n; c.text++) {
        huse_terms_each(text[c.text], count_term, &c);
        forget_rare(&c);
    }
    ranked *rank = huse_xcalloc(c.seen.n + 1, sizeof *rank);
    for (size_t i = 0; i < c.seen.n; i++)
        rank[i] = (ranked){c.seen.bytes.data + c.seen.at[i], c.seen.len[i], c.of[i].df};
    qsort(rank, c.seen.n, sizeof *rank, by_rank);
    size_t terms = HUSE_MIN(c.seen.n, HUSE_MIN(max_terms, HUSE_TFIDF_MAX_COUNTED));
    huse_tfidf *t = huse_xcalloc(1, sizeof *t);
    t->idf = huse_xcalloc(terms + 1, sizeof *t->idf);
    for (size_t i = 0; i < terms; i++) {
        bool fresh;
        huse_term_table_add(&t->terms, rank[i].s, rank[i].len, &fresh);
        t->idf[i] = (float)(log((1 + (double)n) / (1 + (double)rank[i].df)) + 1);
    }
    t->meta[META_VERSION] = 1;
    t->meta[META_DENSE] = (int64_t)dense_dim;
    memcpy(&t->meta[META_SEED], &seed, sizeof seed);
    t->meta[META_TEXTS] = (int64_t)n;
    free(rank);
    free(c.of);
    huse_term_table_free(&c.seen);
    return t;
}

typedef struct gather {
    const huse_tfidf *t;
    huse_sparse *row;
    size_t cap;
} gather;

static void gather_term(void *ctx, const char *s, size_t n, bool pair)
{
    gather *g = ctx;
    uint32_t id = huse_term_table_find(&g->t->terms, s, n);
    (void)pair;
    if (id == UINT32_MAX)
        return;
    if (g->row->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 64;
        g->row->index = huse_xrealloc(g->row->index, g->cap * sizeof *g->row->index);
    }
    g->row->index[g->row->n++] = id;
}

static int by_id(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

void huse_tfidf_sparse(const huse_tfidf *t, const char *text, huse_sparse *row)
{
    gather g = {.t = t, .row = row};
    *row = (huse_sparse){0};
    huse_terms_each(text, gather_term, &g);
    if (!row->n)
        return;
    qsort(row->index, row->n, sizeof *row->index, by_id);
    row->value = huse_xcalloc(row->n, sizeof *row->value);
    size_t n = 0;
    double sum = 0;
    for (size_t i = 0, next; i < row->n; i = next, n++) {
        for (next = i + 1; next < row->n && row->index[next] == row->index[i];)
            next++;
        row->index[n] = row->index[i];
        row->value[n] = (float)(1 + log((double)(next - i))) * t->idf[row->index[i]];
        sum += (double)row->value[n] * (double)row->value[n];
    }
    row->n = n;
    for (size_t i = 0; i < n; i++)
        row->value[i] = (float)((double)row->value[i] / sqrt(sum));
}

void huse_sparse_free(huse_sparse *row)
{
    free(row->index);
    free(row->value);
    *row = (huse_sparse){0};
}

float huse_sparse_dot(const huse_sparse *a, const huse_sparse *b)
{
    float sum = 0;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        if (a->index[i] == b->index[j])
            sum += a->value[i++] * b->value[j++];
        else if (a->index[i] < b->index[j])
            i++;
        else
            j++;
    }
    return sum;
}

void huse_tfidf_project(const huse_tfidf *t, const huse_sparse *row, float *out)
{
    size_t dim = huse_tfidf_dense_dim(t);
    uint64_t seed;
    memcpy(&seed, &t->meta[META_SEED], sizeof seed);
    memset(out, 0, dim * sizeof *out);
    for (size_t i = 0; i < row->n; i++)
        huse_projection_add(seed, row->index[i], row->value[i], dim, out);
}

typedef struct dense_job {
    const huse_tfidf *t;
    const char *const *text;
    float *out;
} dense_job;

static void dense_task(void *ctx, size_t i, int worker)
{
    const dense_job *j = ctx;
    huse_sparse row;
    (void)worker;
    huse_tfidf_sparse(j->t, j->text[i], &row);
    huse_tfidf_project(j->t, &row, j->out + i * huse_tfidf_dense_dim(j->t));
    huse_sparse_free(&row);
}

void huse_tfidf_dense(const huse_tfidf *t, huse_pool *pool, const char *const *text, size_t n,
                      float *out)
{
    dense_job j = {t, text, out};
    huse_pool_run(pool, n, dense_task, &j);
}

void huse_tfidf_arrays(const huse_tfidf *t, huse_array out[HUSE_TFIDF_ARRAYS])
{
    out[0] = huse_array_1d("tfidf.terms", HUSE_U8, t->terms.bytes.data, t->terms.bytes.len);
    out[1] = huse_array_1d("tfidf.idf", HUSE_F32, t->idf, t->terms.n);
    out[2] = huse_array_1d("tfidf.meta", HUSE_I64, t->meta, META_N);
}

/* Terms of the file into @t; @n of them. */
static huse_status load_terms(huse_tfidf *t, const char *s, size_t bytes, size_t n, huse_err *err)
{
    for (size_t at = 0; at < bytes;) {
        size_t len = strnlen(s + at, bytes - at);
        bool fresh = false;
        if (at + len == bytes || len == 0 || len > HUSE_TERM_MAX)
            return huse_fail(err, HUSE_BAD_DATA, "tfidf.terms: term %zu is cut, empty or too long",
                             t->terms.n);
        huse_term_table_add(&t->terms, s + at, len, &fresh);
        if (!fresh)
            return huse_fail(err, HUSE_BAD_DATA,
                             "tfidf.terms: a term is listed twice after term %zu", t->terms.n);
        at += len + 1;
    }
    if (t->terms.n != n)
        return huse_fail(err, HUSE_BAD_DATA, "tfidf.terms holds %zu terms, tfidf.idf %zu",
                         t->terms.n, n);
    return HUSE_OK;
}

static huse_status load(huse_tfidf *t, const huse_safetensors *st, huse_err *err)
{
    const huse_array *terms, *idf, *meta;
    const size_t any = SIZE_MAX, fields = META_N;
    HUSE_TRY(huse_safetensors_get(st, "tfidf.terms", HUSE_U8, 1, &any, &terms, err));
    HUSE_TRY(huse_safetensors_get(st, "tfidf.idf", HUSE_F32, 1, &any, &idf, err));
    HUSE_TRY(huse_safetensors_get(st, "tfidf.meta", HUSE_I64, 1, &fields, &meta, err));
    size_t n = huse_array_count(idf);
    memcpy(t->meta, meta->data, sizeof t->meta);
    if (t->meta[META_VERSION] != 1)
        return huse_fail(err, HUSE_BAD_DATA,
                         "tfidf.meta: version %lld is not known; made by a newer version?",
                         (long long)t->meta[META_VERSION]);
    if (t->meta[META_DENSE] < 1 || t->meta[META_DENSE] > (int64_t)HUSE_TFIDF_MAX_DENSE)
        return huse_fail(err, HUSE_BAD_DATA, "tfidf.meta: %lld projected dimensions",
                         (long long)t->meta[META_DENSE]);
    if (n > HUSE_TFIDF_MAX_COUNTED)
        return huse_fail(err, HUSE_BAD_DATA, "tfidf.idf: %zu terms are more than %zu", n,
                         HUSE_TFIDF_MAX_COUNTED);
    t->idf = huse_xcalloc(n + 1, sizeof *t->idf);
    HUSE_TRY(huse_array_to_f32(idf, t->idf, err));
    for (size_t i = 0; i < n; i++)
        if (!(t->idf[i] > 0 && t->idf[i] < 100))
            return huse_fail(err, HUSE_BAD_DATA, "tfidf.idf: term %zu has no usable value", i);
    return load_terms(t, terms->data, huse_array_count(terms), n, err);
}

huse_status huse_tfidf_load(huse_tfidf **t, const huse_safetensors *st, huse_err *err)
{
    huse_tfidf *read = huse_xcalloc(1, sizeof *read);
    huse_status s = load(read, st, err);
    if (s == HUSE_OK)
        *t = read;
    else
        huse_tfidf_free(read);
    return s;
}
