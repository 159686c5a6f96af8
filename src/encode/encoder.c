#include "encode/encoder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

huse_status huse_text_encode(const huse_text_encoder *enc, huse_pool *pool, const char *const *text, size_t n, float *out,
                             volatile const int *stop, huse_err *err)
{
    return enc->encode(enc, pool, text, n, out, stop, err);
}

void huse_text_encoder_sentences(const huse_text_encoder *enc, const float *rows, size_t n,
                                 float *out)
{
    size_t d = enc->sentence_dim;
    for (size_t i = 0; i < n; i++) {
        const float *x = rows + i * enc->dim + enc->sentence_at;
        double sum = 0;
        for (size_t j = 0; j < d; j++)
            sum += (double)x[j] * (double)x[j];
        float over = sum > 0 ? (float)(1 / sqrt(sum)) : 0.0f;
        for (size_t j = 0; j < d; j++)
            out[i * d + j] = x[j] * over;
    }
}

typedef struct sentences {
    huse_text_encoder  base;
    huse_text_encoder *whole;
    char               name[64];
} sentences;

static huse_status encode(const huse_text_encoder *self, huse_pool *pool, const char *const *text, size_t n, float *out,
                          volatile const int *stop, huse_err *err)
{
    const sentences *e = (const sentences *)self;
    float           *rows = huse_xaligned((n + 1) * e->whole->dim * sizeof *rows);
    huse_status      s = huse_text_encode(e->whole, pool, text, n, rows, stop, err);
    if (s == HUSE_OK)
        huse_text_encoder_sentences(e->whole, rows, n, out);
    free(rows);
    return s;
}

static void sentences_free(huse_text_encoder *self)
{
    sentences *e = (sentences *)self;
    e->whole->free(e->whole);
    free(e);
}

huse_text_encoder *huse_text_sentences(huse_text_encoder *whole)
{
    sentences       *e = huse_xcalloc(1, sizeof *e);
    huse_sha256_ctx *c = huse_sha256_begin();
    e->whole = whole;
    snprintf(e->name, sizeof e->name, "%.50s" HUSE_SENTENCE_SUFFIX, whole->name);
    huse_sha256_add(c, &whole->hash, sizeof whole->hash);
    huse_sha256_add(c, HUSE_SENTENCE_SUFFIX, sizeof HUSE_SENTENCE_SUFFIX);
    e->base = (huse_text_encoder){.name = e->name,
                                  .host = whole->host,
                                  .dim = whole->sentence_dim,
                                  .sentence_dim = whole->sentence_dim,
                                  .hash = huse_sha256_end(c),
                                  .encode = encode,
                                  .free = sentences_free};
    return &e->base;
}
