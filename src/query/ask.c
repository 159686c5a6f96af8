#include "query/ask.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_SPACE = 0, PICTURE_SPACE = 1 };

static void add(huse_asked *a, int space, const float *x, size_t dim, double weight)
{
    if (a->vector[space] == NULL) {
        a->vector[space] = huse_xaligned((dim + 1) * sizeof *x);
        a->dim[space] = dim;
    }
    for (size_t c = 0; c < dim; c++)
        a->vector[space][c] += (float)weight * x[c];
}

/* Rows of words whose encoder does not answer: of average meaning, so that to the model only the words themselves count. @why it does
 * not is the error where it knows none of them. */
static huse_status words_alone(huse_asked *a, const huse_model *m, const char *const *text, size_t n, float *rows, const huse_err *why,
                               huse_err *err)
{
    bool known = false;
    for (size_t i = 0; m != NULL && m->tfidf != NULL && i < n; i++) {
        huse_sparse words = { 0 };
        huse_tfidf_sparse(m->tfidf, text[i], &words);
        known = known || words.n > 0;
        huse_sparse_free(&words);
        memcpy(rows + i * m->text_dim, m->weights.text_mean, m->text_dim * sizeof *rows);
    }
    if (why->status == HUSE_INTERRUPTED)
        return huse_fail(err, why->status, "%s", why->msg);
    if (!known)
        return huse_fail(err, why->status, "%s; %s", why->msg,
                         m != NULL ? "and no text that the model learnt from has these words" : "without training that is all words go by");
    a->unanswered = *why;
    return HUSE_OK;
}

/* Where no text was learnt from, words find classes by their names, and pictures by their classes. */
static void add_by_names(huse_asked *a, huse_engine *e, const float *name, const float *sentence, size_t S, double weight)
{
    static const float sharpness = 20; /* a cosine .1 behind the best name counts a seventh */
    const huse_model *m = e->model;
    float *x = huse_xcalloc(m->D + 1, sizeof *x), *cosine = huse_xmalloc(m->K * sizeof *cosine), best = -1;
    for (size_t k = 0; k < m->K; k++) {
        cosine[k] = huse_index_dot(name + k * S, sentence, S);
        best = fmaxf(best, cosine[k]);
    }
    for (size_t k = 0; k < m->K; k++) {
        const float share = expf(sharpness * (cosine[k] - best));
        for (size_t c = 0; c < m->D; c++)
            x[c] += share * m->class_image[k * m->D + c];
    }
    huse_unit(x, m->D);
    add(a, 0, x, m->D, weight);
    free(cosine);
    free(x);
}

/* All terms of words at once: one pass of the encoder. */
static huse_status ask_texts(huse_asked *a, huse_engine *e, huse_pool *pool, const huse_terms *terms, volatile const int *stop,
                             size_t *error_at, huse_err *err)
{
    const char *text[HUSE_QUERY_MAX_TERMS];
    double weight[HUSE_QUERY_MAX_TERMS];
    size_t n = 0;
    for (size_t i = 0; i < terms->n; i++) {
        if (terms->term[i].kind != HUSE_TERM_TEXT)
            continue;
        *error_at = n == 0 ? terms->term[i].at : *error_at;
        text[n] = terms->term[i].value;
        weight[n++] = terms->term[i].weight;
    }
    if (n == 0)
        return HUSE_OK;
    const huse_text_encoder *enc;
    HUSE_TRY(huse_engine_text_encoder(e, &enc, err));
    const huse_model *m = e->model;
    size_t D = m != NULL ? m->D : 0, S = enc->sentence_dim;
    float *rows = huse_xaligned(n * (enc->dim + S + D) * sizeof *rows), *sentence = rows + n * enc->dim, *shared = sentence + n * S;
    huse_err why;
    huse_status s = huse_text_encode(enc, pool, text, n, rows, stop, &why);
    if (s != HUSE_OK && (s = words_alone(a, m, text, n, rows, &why, err)) != HUSE_OK) {
        free(rows);
        return s;
    }
    bool meant = a->unanswered.status == HUSE_OK;
    huse_text_encoder_sentences(enc, rows, n, sentence);
    const float *name = NULL;
    if (m != NULL && e->wordless && (s = huse_engine_name_sentences(e, enc, pool, &name, err)) != HUSE_OK) {
        free(rows);
        return s;
    }
    if (m != NULL && name == NULL)
        huse_model_embed_texts(m, pool, rows, text, n, shared);
    for (size_t i = 0; i < n; i++) {
        if (m == NULL) {
            add(a, WORDS_SPACE, sentence + i * S, S, weight[i]);
            continue;
        }
        if (name != NULL) {
            add_by_names(a, e, name, sentence + i * S, S, weight[i]);
            continue;
        }
        add(a, 0, shared + i * D, D, weight[i]);
        if (m->sentence_dim == S)
            huse_attribute_words_add(&a->words, m, meant ? sentence + i * S : NULL, text[i], weight[i]);
    }
    free(rows);
    return HUSE_OK;
}

/* The item in the shared space: for pictures its picture, for texts its text, the other where there is none; for classes both. */
static huse_status ask_item(huse_asked *a, huse_engine *e, size_t item, huse_target target, double weight, huse_err *err)
{
    const huse_model *m = e->model;
    const float *rows[2] = { m->image_row, m->text_row };
    float sum[2] = { 1, 1 };
    int first = target == HUSE_TARGET_TEXT ? 1 : 0;
    for (int t = 0; t < 2; t++)
        sum[t] = e->row_of[t][item] >= 0 ? 1 : 0;
    if (target != HUSE_TARGET_CLASS && sum[first] > 0)
        sum[!first] = 0;
    if (sum[0] + sum[1] <= 0)
        return huse_fail(err, HUSE_NOT_FOUND, "the model has no row of item “%.100s”: huse-tui embed adds what is new", e->items->item[item].id);
    float *x = huse_xcalloc(m->D + 1, sizeof *x);
    for (int t = 0; t < 2; t++)
        for (size_t c = 0; sum[t] > 0 && c < m->D; c++)
            x[c] += rows[t][(size_t)e->row_of[t][item] * m->D + c];
    huse_unit(x, m->D);
    add(a, 0, x, m->D, weight);
    free(x);
    return HUSE_OK;
}

/* The same among frozen features, where pictures and texts lie in two spaces. */
static huse_status ask_item_frozen(huse_asked *a, huse_engine *e, huse_pool *pool, size_t item, huse_target target, double weight,
                                   huse_err *err)
{
    HUSE_TRY(huse_engine_frozen_texts(e, pool, err));
    HUSE_TRY(huse_engine_frozen_pictures(e, pool, err));
    const huse_frozen *f = e->frozen;
    bool picture = f->has_picture[item] && (target == HUSE_TARGET_IMAGE || !f->has_text[item]);
    if (!picture && !f->has_text[item])
        return huse_fail(err, HUSE_NOT_FOUND, "item “%.100s” is not embedded yet: run huse-tui embed", e->items->item[item].id);
    if (picture)
        add(a, PICTURE_SPACE, f->picture + item * f->image_dim, f->image_dim, weight);
    else
        add(a, WORDS_SPACE, f->sentence + item * f->sentence_dim, f->sentence_dim, weight);
    return HUSE_OK;
}

static huse_status ask_class(huse_asked *a, huse_engine *e, huse_pool *pool, const huse_term *t, huse_err *err)
{
    int32_t node;
    const huse_model *m = e->model;
    HUSE_TRY(huse_engine_find_node(m != NULL ? m->tree : e->tree, t->value, &node, err));
    if (m != NULL) {
        const float *x = m->node_vector + (size_t)node * m->D;
        if (!(huse_index_dot(x, x, m->D) > 0))
            return huse_fail(err, HUSE_NOT_FOUND, "the model has seen no item of class “%.100s”", m->tree->path[node]);
        add(a, 0, x, m->D, t->weight);
        return HUSE_OK;
    }
    const float *sentence;
    HUSE_TRY(huse_engine_frozen_classes(e, pool, &sentence, err));
    size_t S = e->frozen->sentence_dim;
    float *sum = huse_xcalloc(S + 1, sizeof *sum);
    for (int32_t i = node; i < e->tree->end[node]; i++)
        for (size_t c = 0; e->tree->cls[i] >= 0 && c < S; c++)
            sum[c] += sentence[(size_t)e->tree->cls[i] * S + c];
    huse_unit(sum, S);
    add(a, WORDS_SPACE, sum, S, t->weight);
    free(sum);
    return HUSE_OK;
}

static huse_status ask_picture(huse_asked *a, huse_engine *e, huse_pool *pool, const huse_term *t, huse_err *err)
{
    const huse_image_encoder *enc;
    float *row = NULL;
    HUSE_TRY(huse_engine_image_encoder(e, &enc, err));
    if (e->model == NULL)
        HUSE_TRY(huse_engine_frozen_pictures(e, pool, err));
    if (e->model == NULL && e->frozen->image_dim != enc->dim)
        return huse_fail(err, HUSE_BAD_DATA, "no picture is embedded yet: run huse-tui embed");
    HUSE_TRY(huse_engine_picture(e, enc, pool, t->value, &row, err));
    if (e->model != NULL) {
        float *x = huse_xaligned((e->model->D + 1) * sizeof *x);
        huse_model_embed_images(e->model, pool, row, 1, x);
        add(a, 0, x, e->model->D, t->weight);
        free(x);
    } else {
        huse_frozen_place_picture(e->frozen, row);
        add(a, PICTURE_SPACE, row, enc->dim, t->weight);
    }
    free(row);
    return HUSE_OK;
}

static huse_status ask_term(huse_asked *a, huse_engine *e, huse_pool *pool, const huse_term *t, huse_target target, huse_err *err)
{
    if (t->kind == HUSE_TERM_CLASS)
        return ask_class(a, e, pool, t, err);
    if (t->kind == HUSE_TERM_PICTURE)
        return ask_picture(a, e, pool, t, err);
    size_t item;
    HUSE_TRY(huse_engine_find_item(e, t->value, &item, err));
    a->named[a->n_named++] = (int32_t)item;
    if (e->model != NULL)
        return ask_item(a, e, item, target, t->weight, err);
    return ask_item_frozen(a, e, pool, item, target, t->weight, err);
}

/* Length 1 over both spaces; false when nothing is left of the terms. */
static bool normalise(huse_asked *a)
{
    double square = 0;
    for (int s = 0; s < 2; s++)
        for (size_t c = 0; a->vector[s] != NULL && c < a->dim[s]; c++)
            square += (double)a->vector[s][c] * (double)a->vector[s][c];
    if (!(square >= 1e-12 && isfinite(square)))
        return false;
    for (int s = 0; s < 2; s++)
        for (size_t c = 0; a->vector[s] != NULL && c < a->dim[s]; c++)
            a->vector[s][c] = (float)((double)a->vector[s][c] / sqrt(square));
    return true;
}

huse_status huse_ask(huse_asked *a, huse_engine *e, huse_pool *pool, const huse_terms *terms, huse_target target, volatile const int *stop,
                     size_t *error_at, huse_err *err)
{
    double all = 0;
    huse_terms scaled = *terms;
    *a = (huse_asked){ .share = 0 };
    *error_at = 0;
    for (size_t i = 0; i < terms->n; i++)
        all += fabs(terms->term[i].weight);
    for (size_t i = 0; i < terms->n; i++) {
        huse_term *t = &scaled.term[i];
        t->weight /= all;
        if (t->kind == HUSE_TERM_TEXT) {
            a->share += fabs(t->weight);
            continue;
        }
        *error_at = t->at;
        HUSE_TRY(ask_term(a, e, pool, t, target, err));
    }
    HUSE_TRY(ask_texts(a, e, pool, &scaled, stop, error_at, err));
    *error_at = 0;
    if (!normalise(a))
        return huse_fail(err, HUSE_USAGE, "the terms cancel each other out: nothing is left to look for");
    if (e->model != NULL)
        huse_attribute_words_finish(&a->words, e->model);
    a->share = fmin(a->share, 1);
    return HUSE_OK;
}

void huse_asked_fini(huse_asked *a)
{
    free(a->vector[0]);
    free(a->vector[1]);
    huse_attribute_words_fini(&a->words);
}
