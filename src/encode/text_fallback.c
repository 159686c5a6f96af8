#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/encoder.h"
#include "encode/projection.h"
#include "encode/terms.h"

enum { DIM = 512, GRAM = 3 };

/* Shares of a text's words, pairs and trigrams: trigrams let related forms of a word meet. */
static const float WORD = 1.0f, PAIR = 0.5f, TRIGRAMS = 0.7f;
static const uint64_t SEED = 0x6875736574657874u;

static uint64_t hash(const char *s, size_t n, uint64_t kind)
{
    uint64_t h = 14695981039346656037u ^ kind * 0x9E3779B97F4A7C15u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 1099511628211u;
    return h;
}

/* Counts of features, keyed by their hash, so that a repeated word counts sub-linearly. */
typedef struct feature {
    uint64_t hash;
    float weight;
} feature;

typedef struct features {
    feature *at;
    size_t n, cap;
} features;

static void add(features *f, uint64_t h, float weight)
{
    if (f->n == f->cap) {
        f->cap = f->cap ? 2 * f->cap : 256;
        f->at = huse_xrealloc(f->at, f->cap * sizeof *f->at);
    }
    f->at[f->n++] = (feature){h, weight};
}

static void add_term(void *ctx, const char *s, size_t n, bool pair)
{
    add(ctx, hash(s, n, pair), pair ? PAIR : WORD);
    if (pair)
        return;
    /* " word " in threes: n bytes give n of them */
    char padded[HUSE_TERM_MAX + 2];
    padded[0] = padded[n + 1] = ' ';
    memcpy(padded + 1, s, n);
    for (size_t i = 0; i + GRAM <= n + 2; i++)
        add(ctx, hash(padded + i, GRAM, 2), TRIGRAMS / sqrtf((float)n));
}

static int by_hash(const void *a, const void *b)
{
    const feature *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->weight < y->weight ? -1 : x->weight > y->weight;
}

typedef struct job {
    const char *const *text;
    float *out;
} job;

static void encode_one(void *ctx, size_t i, int worker)
{
    const job *j = ctx;
    float *out = j->out + i * DIM;
    features f = {0};
    (void)worker;
    huse_terms_each(j->text[i], add_term, &f);
    if (f.n)
        qsort(f.at, f.n, sizeof *f.at, by_hash);
    memset(out, 0, DIM * sizeof *out);
    for (size_t k = 0, next; k < f.n; k = next) {
        for (next = k + 1; next < f.n && f.at[next].hash == f.at[k].hash;)
            next++;
        float tf = (float)(1 + log((double)(next - k)));
        huse_projection_add(SEED, f.at[k].hash, f.at[k].weight * tf, DIM, out);
    }
    free(f.at);
    double sum = 0;
    for (size_t k = 0; k < DIM; k++)
        sum += (double)out[k] * (double)out[k];
    for (size_t k = 0; sum > 0 && k < DIM; k++)
        out[k] = (float)((double)out[k] / sqrt(sum));
}

static huse_status encode(const huse_text_encoder *self, huse_pool *pool, const char *const *text,
                          size_t n, float *out, volatile const int *stop, huse_err *err)
{
    job j = {text, out};
    (void)self;
    (void)stop;
    (void)err;
    huse_pool_run(pool, n, encode_one, &j);
    return HUSE_OK;
}

static void encoder_free(huse_text_encoder *self)
{
    free(self);
}

huse_text_encoder *huse_text_fallback(void)
{
    static const char version[] = "word-hash 1"; /* to be raised when the numbers it makes change */
    huse_text_encoder *e = huse_xcalloc(1, sizeof *e);
    *e = (huse_text_encoder){.name = "word-hash",
                             .dim = DIM,
                             .sentence_dim = DIM,
                             .hash = huse_sha256(version, sizeof version - 1),
                             .encode = encode,
                             .free = encoder_free};
    return e;
}
