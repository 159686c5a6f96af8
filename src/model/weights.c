#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

#include "tensor/rows.h"

enum { BLOCK = 512 };

void huse_weights_fini(huse_weights *w)
{
    free(w->w);
    free(w->image_mean);
    free(w->image_inv);
    free(w->text_mean);
    free(w->text_inv);
    huse_tfidf_free(w->tfidf);
    memset(w, 0, sizeof *w);
}

static size_t tfidf_dim(const huse_weights *w)
{
    return w->tfidf ? huse_tfidf_dense_dim(w->tfidf) : 0;
}

void huse_weights_embed_images(const huse_weights *w, huse_pool *pool, const float *rows, size_t n, float *out)
{
    size_t in = w->image_dim, D = w->params.shape.D;
    float *x = huse_xaligned(HUSE_MIN(n, BLOCK) * in * sizeof *x);
    for (size_t r = 0; r < n; r += BLOCK) {
        size_t k = HUSE_MIN(BLOCK, n - r);
        memcpy(x, rows + r * in, k * in * sizeof *x);
        huse_rows_standardise(pool, x, k, in, w->image_mean, w->image_inv);
        huse_tower_embed(&w->params, w->w, pool, false, x, k, out + r * D);
    }
    free(x);
}

void huse_weights_embed_texts(const huse_weights *w, huse_pool *pool, const float *rows, const char *const *text,
                              size_t n, float *out)
{
    size_t extra = tfidf_dim(w), in = w->text_dim + extra, D = w->params.shape.D, most = HUSE_MIN(n, BLOCK);
    float *x = huse_xaligned(most * in * sizeof *x), *words = huse_xaligned(most * extra * sizeof *words);
    for (size_t r = 0; r < n; r += BLOCK) {
        size_t k = HUSE_MIN(BLOCK, n - r);
        if (extra)
            huse_tfidf_dense(w->tfidf, pool, text + r, k, words);
        for (size_t i = 0; i < k; i++) {
            memcpy(x + i * in, rows + (r + i) * w->text_dim, w->text_dim * sizeof *x);
            memcpy(x + i * in + w->text_dim, words + i * extra, extra * sizeof *x);
        }
        huse_rows_standardise(pool, x, k, in, w->text_mean, w->text_inv);
        huse_tower_embed(&w->params, w->w, pool, true, x, k, out + r * D);
    }
    free(x);
    free(words);
}

bool huse_weights_classifies(const huse_weights *w)
{
    return w->psi || w->params.shape.heads > 0;
}

void huse_weights_classify(const huse_weights *w, huse_pool *pool, const float *e, size_t n, bool image, float *p)
{
    const huse_shape *s = &w->params.shape;
    bool              second = !image && s->heads == 2;
    HUSE_ASSERT(huse_weights_classifies(w));
    if (w->psi)
        huse_gemm(pool, false, true, n, s->K, s->D, w->logit_scale, e, s->D, w->psi, s->D, 0.0f, p, s->K);
    else
        huse_head_logits(&w->params, w->w, pool, e, n, second, w->logit_scale, p);
    huse_rows_softmax(pool, p, n, s->K);
}

size_t huse_weights_arrays(const huse_weights *w, huse_array out[HUSE_WEIGHTS_ARRAYS])
{
    size_t n = 0, text = w->text_dim + tfidf_dim(w);
    out[n++] = huse_array_1d("image.mean", HUSE_F32, w->image_mean, w->image_dim);
    out[n++] = huse_array_1d("image.inv_std", HUSE_F32, w->image_inv, w->image_dim);
    out[n++] = huse_array_1d("text.mean", HUSE_F32, w->text_mean, text);
    out[n++] = huse_array_1d("text.inv_std", HUSE_F32, w->text_inv, text);
    if (w->tfidf) {
        huse_tfidf_arrays(w->tfidf, out + n);
        n += HUSE_TFIDF_ARRAYS;
    }
    return n;
}

static huse_status load_row(const huse_safetensors *st, const char *name, size_t n, float **out, huse_err *err)
{
    const huse_array *a;
    HUSE_TRY(huse_safetensors_get(st, name, HUSE_F32, 1, &n, &a, err));
    if (!huse_all_finite(a->data, n))
        return huse_fail(err, HUSE_BAD_DATA, "%s holds numbers that are not finite", name);
    *out = huse_xaligned(n * sizeof **out);
    memcpy(*out, a->data, n * sizeof **out);
    return HUSE_OK;
}

huse_status huse_weights_load_stats(huse_weights *w, const huse_safetensors *st, bool tfidf, huse_err *err)
{
    if (tfidf)
        HUSE_TRY(huse_tfidf_load(&w->tfidf, st, err));
    size_t text = w->text_dim + tfidf_dim(w);
    if (w->params.shape.image_in != w->image_dim || w->params.shape.text_in != text)
        return huse_fail(err, HUSE_BAD_DATA, "the network's input widths do not fit its features");
    HUSE_TRY(load_row(st, "image.mean", w->image_dim, &w->image_mean, err));
    HUSE_TRY(load_row(st, "image.inv_std", w->image_dim, &w->image_inv, err));
    HUSE_TRY(load_row(st, "text.mean", text, &w->text_mean, err));
    return load_row(st, "text.inv_std", text, &w->text_inv, err);
}
