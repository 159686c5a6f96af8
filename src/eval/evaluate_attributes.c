/* Attribute search over the items of a split, with what the model and the features hold. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/encoders.h"
#include "data/features.h"
#include "eval/evaluate.h"

typedef struct asking {
    const huse_model        *m;
    const huse_text_encoder *enc;
    huse_pool               *pool;
} asking;

static void embed_queries(void *ctx, const char *const *text, size_t n, float *shared, float *sentence, huse_sparse *words)
{
    const asking *a = ctx;
    float        *rows = huse_xaligned(n * a->enc->dim * sizeof *rows);
    a->enc->encode(a->enc, a->pool, text, n, rows);
    huse_model_embed_texts(a->m, a->pool, rows, text, n, shared);
    huse_text_encoder_sentences(a->enc, rows, n, sentence);
    for (size_t i = 0; i < n; i++) {
        words[i] = (huse_sparse){0};
        if (a->m->tfidf)
            huse_tfidf_sparse(a->m->tfidf, text[i], &words[i]);
    }
    free(rows);
}

/* Candidates as the model's index knows them. */
typedef struct candidates {
    const char **str;
    float       *sentence; /* (n,S) of items with a text */
    huse_sparse *words;    /* (n) views into the model */
    float       *picture;  /* (n,S), NULL: no map or no features */
} candidates;

/* Index of each catalogue item among the model's; -1: none. */
static int32_t *items_of_model(const huse_items *items, const huse_model *m)
{
    int32_t *at = huse_xcalloc(items->n + 1, sizeof *at);
    for (size_t i = 0; i < items->n; i++)
        at[i] = -1;
    for (size_t i = 0; i < m->n_items; i++) {
        ptrdiff_t k = huse_items_find(items, m->item_id[i]);
        if (k >= 0)
            at[k] = (int32_t)i;
    }
    return at;
}

static void fill_texts(candidates *c, const huse_eval_rows *rows, const huse_items *items, const huse_model *m)
{
    size_t   S = m->sentence_dim;
    int32_t *at = items_of_model(items, m);
    c->sentence = huse_xaligned(rows->n * S * sizeof *c->sentence);
    c->words = huse_xcalloc(rows->n, sizeof *c->words);
    c->str = huse_xcalloc(rows->n, sizeof *c->str);
    for (size_t k = 0; k < rows->n; k++) {
        int32_t i = at[rows->item[k]];
        c->str[k] = i >= 0 && m->has_text[i] ? rows->str[k] : "";
        if (!*c->str[k])
            continue;
        memcpy(c->sentence + k * S, m->attribute + (size_t)i * S, S * sizeof *c->sentence);
        size_t first = (size_t)m->word_start[i];
        c->words[k] = (huse_sparse){(uint32_t *)(m->word_index + first), (float *)(m->word_value + first),
                                    (size_t)m->word_start[i + 1] - first};
    }
    free(at);
}

/* Mean feature row of an item's pictures into @out; false when there is none. */
static bool picture_row(const huse_features *f, bool external, const huse_items *items, const huse_item *it, size_t d, float *out)
{
    size_t got = 0;
    memset(out, 0, d * sizeof *out);
    for (uint32_t p = 0; p < (external ? 1 : it->n_pictures); p++) {
        huse_key key;
        if (external) {
            key = huse_features_item_key(it->id);
        } else {
            const huse_picture *picture = &items->picture[it->picture + p];
            if (!picture->has_key || picture->state != HUSE_PICTURE_OK)
                continue;
            memcpy(key.byte, picture->key, sizeof key.byte);
        }
        const float *row = huse_features_find(f, &key);
        for (size_t c = 0; row && c < d; c++)
            out[c] += row[c];
        got += row != NULL;
    }
    for (size_t c = 0; got > 1 && c < d; c++)
        out[c] /= (float)got;
    return got > 0;
}

static void fill_pictures(candidates *c, const huse_eval_rows *rows, const huse_items *items, const huse_model *m, huse_pool *pool,
                          const char *workspace)
{
    huse_features *f = NULL;
    huse_err       ignored;
    size_t         d = m->image_dim, S = m->sentence_dim;
    if (!m->ridge || huse_features_open(&f, workspace, m->image_encoder, 0, NULL, &ignored) != HUSE_OK)
        return;
    if (huse_features_dim(f) == d) {
        float *x = huse_xaligned(rows->n * d * sizeof *x);
        bool   external = huse_features_external(m->image_encoder);
        c->picture = huse_xaligned(rows->n * S * sizeof *c->picture);
        bool *has = huse_xcalloc(rows->n, sizeof *has);
        for (size_t k = 0; k < rows->n; k++)
            has[k] = rows->has_image[k] && picture_row(f, external, items, &items->item[rows->item[k]], d, x + k * d);
        huse_model_picture_sentences(m, pool, x, rows->n, c->picture);
        for (size_t k = 0; k < rows->n; k++)
            if (!has[k])
                memset(c->picture + k * S, 0, S * sizeof *c->picture);
        free(has);
        free(x);
    }
    huse_features_close(f);
}

static void measure(huse_eval_report *r, huse_pool *pool, const huse_eval_rows *rows, const candidates *c, const huse_model *m,
                    const huse_text_encoder *enc, uint64_t seed)
{
    asking                   ask = {m, enc, pool};
    const huse_attribute_set set = {rows->n,        m->D,        m->sentence_dim, c->str, rows->cls,
                                    rows->has_image, rows->image, c->sentence,     c->words};
    const double visible[] = {0, (double)m->rerank}, hidden = (double)m->rerank_hidden;
    huse_attribute_figure got[2];
    huse_attribute       *a = huse_attribute_new(&set, HUSE_ATTRIBUTE_QUERIES, seed, embed_queries, &ask);
    if (huse_attribute_count(a)) {
        huse_attribute_measure(a, pool, c->picture, true, visible, 2, got);
        r->shared = got[0];
        r->visible = got[1];
        r->mix_visible = visible[1];
        if (c->picture) {
            huse_attribute_measure(a, pool, c->picture, false, &hidden, 1, &r->hidden);
            r->mix_hidden = hidden;
        }
    }
    huse_attribute_free(a);
}

void huse_eval_attributes(huse_eval_report *r, huse_pool *pool, const huse_eval_rows *rows, const huse_items *items, const huse_model *m,
                          const huse_host *host, const char *workspace, uint64_t seed)
{
    huse_text_encoder *enc = NULL;
    huse_err           err = {0};
    if (!rows->image || !m->sentence_dim || !m->n_texts || huse_features_external(m->text_encoder))
        return;
    huse_status s = huse_encoders_open_text(host, &enc, &err);
    if (s == HUSE_OK && (strcmp(enc->name, m->text_encoder) != 0 || !huse_key_equal(&enc->hash, &m->text_encoder_hash)))
        s = huse_fail(&err, HUSE_BAD_DATA, "the text encoder %s that made the model is not here", m->text_encoder);
    if (s == HUSE_OK) {
        candidates c = {0};
        fill_texts(&c, rows, items, m);
        fill_pictures(&c, rows, items, m, pool, workspace);
        measure(r, pool, rows, &c, m, enc, seed);
        free(c.str);
        free(c.sentence);
        free(c.words);
        free(c.picture);
    } else if (host->warn) {
        huse_fail_prefix(&err, "attribute search is not measured");
        host->warn(host->ctx, err.msg);
    }
    if (enc)
        enc->free(enc);
}
