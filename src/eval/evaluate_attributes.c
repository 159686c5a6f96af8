/* Attribute search of a published model on the items of a split (METHOD 8). */
#include <stdlib.h>
#include <string.h>

#include "data/encoders.h"
#include "data/item_rows.h"
#include "eval/asker.h"
#include "eval/evaluate.h"

enum { BLOCK = 256 }; /* pictures mapped at a time */

/* What the model keeps of the items' texts, and their pictures in sentence space. */
struct candidates {
    const char **str;
    float *sentence, *picture;
    huse_sparse *words; /* views of the model's rows */
};

static void candidates_free(struct candidates *c)
{
    free(c->str);
    free(c->sentence);
    free(c->picture);
    free(c->words);
}

static void from_model(struct candidates *c, const huse_eval_rows *rows, const huse_items *items,
                       const huse_model *m)
{
    size_t S = m->sentence_dim;
    ptrdiff_t *at =
        huse_xcalloc(items->n + 1, sizeof *at); /* one past the model's row of a catalogue item */
    for (size_t i = 0; i < m->n_items; i++) {
        ptrdiff_t item = huse_items_find(items, m->item_id[i]);
        if (item >= 0)
            at[item] = (ptrdiff_t)i + 1;
    }
    c->str = huse_xcalloc(rows->n + 1, sizeof *c->str);
    c->sentence = huse_xaligned((rows->n * S + 1) * sizeof *c->sentence);
    c->picture = huse_xaligned((rows->n * S + 1) * sizeof *c->picture);
    c->words = huse_xcalloc(rows->n + 1, sizeof *c->words);
    for (size_t k = 0; k < rows->n; k++) {
        size_t i = (size_t)at[rows->item[k]];
        if (i-- == 0)
            continue;
        memcpy((m->has_text[i] ? c->sentence : c->picture) + k * S, m->attribute + i * S,
               S * sizeof(float));
        if (!m->has_text[i] || !rows->has_text[k])
            continue;
        int64_t first = m->word_start[i];
        c->str[k] = rows->str[k];
        c->words[k] = (huse_sparse){(uint32_t *)(uintptr_t)(m->word_index + first),
                                    (float *)(uintptr_t)(m->word_value + first),
                                    (size_t)(m->word_start[i + 1] - first)};
    }
    free(at);
}

/* Maps pictures from their features; *mapped false when the model has no map or the workspace not
 * its features. */
static huse_status map_pictures(struct candidates *c, bool *mapped, const huse_eval_rows *rows,
                                const huse_items *items, const huse_model *m, huse_pool *pool,
                                const char *workspace, huse_err *err)
{
    huse_features *f = NULL;
    *mapped = false;
    if (!m->ridge)
        return HUSE_OK;
    huse_status st = huse_features_open(&f, workspace, m->image_encoder, 0, NULL, err);
    if (st == HUSE_NOT_FOUND)
        return HUSE_OK;
    if (st != HUSE_OK)
        return st;
    if (huse_features_dim(f) == m->image_dim &&
        huse_key_equal(huse_features_hash(f), &m->image_encoder_hash)) {
        bool external = huse_features_external(m->image_encoder);
        float *x = huse_xaligned(BLOCK * m->image_dim * sizeof *x),
              *y = huse_xaligned(BLOCK * m->sentence_dim * sizeof *y);
        size_t at[BLOCK], n = 0;
        for (size_t k = 0; k < rows->n; k++) {
            const huse_item *it = &items->item[rows->item[k]];
            float *to = x + n * m->image_dim;
            const float *row =
                rows->has_image[k] ? huse_item_image_row(f, external, items, it, to) : NULL;
            if (row && row != to)
                memcpy(to, row, m->image_dim * sizeof *to);
            if (row)
                at[n++] = k;
            if (n == 0 || (n < BLOCK && k + 1 < rows->n))
                continue;
            huse_model_picture_sentences(m, pool, x, n, y);
            for (size_t i = 0; i < n; i++)
                memcpy(c->picture + at[i] * m->sentence_dim, y + i * m->sentence_dim,
                       m->sentence_dim * sizeof *y);
            *mapped = true;
            n = 0;
        }
        free(y);
        free(x);
    }
    huse_features_close(f);
    return HUSE_OK;
}

static huse_eval_attribute measure(const huse_attribute *a, huse_pool *pool, const float *picture,
                                   bool visible, double mix)
{
    huse_attribute_figure f;
    huse_attribute_measure(a, pool, picture, visible, &mix, 1, &f);
    return (huse_eval_attribute){1, f.p10, f.class_share, mix};
}

huse_status huse_eval_attributes(huse_eval_report *r, huse_pool *pool, const huse_eval_rows *rows,
                                 const huse_items *items, const huse_model *m,
                                 const char *workspace, const huse_host *host, uint64_t seed,
                                 huse_err *err)
{
    huse_text_encoder *enc = NULL;
    struct candidates c = {0};
    bool mapped = false;
    if (!m->sentence_dim || !rows->image || huse_features_external(m->text_encoder))
        return HUSE_OK;
    HUSE_TRY(huse_encoders_open_text_for(host, workspace, m->text_encoder, true, &enc, err));
    huse_status st = HUSE_OK;
    if (strcmp(enc->name, m->text_encoder) == 0 &&
        huse_key_equal(&enc->hash, &m->text_encoder_hash)) {
        huse_asker ask = {.m = m, .enc = enc, .pool = pool};
        from_model(&c, rows, items, m);
        st = map_pictures(&c, &mapped, rows, items, m, pool, workspace, err);
        if (st == HUSE_OK) {
            huse_attribute_set set = {rows->n,     m->D,       m->sentence_dim,
                                      c.str,       rows->cls,  rows->has_image,
                                      rows->image, c.sentence, c.words};
            huse_attribute *a = huse_attribute_new(&set, HUSE_ATTRIBUTE_QUERIES, seed, huse_asker_embed, &ask);
            if (ask.status != HUSE_OK && host->warn) {
                char *msg = huse_format("attribute search is not measured: %s", ask.err.msg);
                host->warn(host->ctx, msg);
                free(msg);
            } else if (huse_attribute_count(a)) {
                r->shared = measure(a, pool, NULL, true, 0);
                r->visible = measure(a, pool, c.picture, true, (double)m->rerank);
                if (mapped)
                    r->hidden = measure(a, pool, c.picture, false, (double)m->rerank_hidden);
            }
            huse_attribute_free(a);
        }
        candidates_free(&c);
    }
    enc->free(enc);
    return st;
}
