/* What attribute search needs of a model: the ridge map and the mixes m, chosen on validation data (METHOD 8). */
#include <stdlib.h>
#include <string.h>

#include "eval/asker.h"
#include "eval/ridge.h"
#include "tensor/rows.h"
#include "train/publish.h"

enum { BLOCK = 512, DEFAULT_LAMBDA = 1 };
static const double   DEFAULT_MIX = 0.8;
static const uint64_t DRAW_SEED = 1;

/* Standardised image features of items (n ≤ BLOCK). */
static void image_rows(const huse_model *m, const huse_dataset *d, huse_pool *pool, const uint32_t *item, size_t n,
                       float *x)
{
    huse_dataset_gather_images(d, item, n, x);
    huse_rows_standardise(pool, x, n, m->image_dim, m->weights.image_mean, m->weights.image_inv);
}

static void add_train_items(huse_ridge *r, const huse_model *m, const huse_dataset *d, huse_pool *pool,
                            size_t *added)
{
    float   *x = huse_xaligned(BLOCK * m->image_dim * sizeof *x), *s = huse_xaligned(BLOCK * m->sentence_dim * sizeof *s);
    uint32_t item[BLOCK];
    size_t   k = 0, n = d->n_split[HUSE_SPLIT_TRAIN];
    *added = 0;
    for (size_t i = 0; i <= n; i++) {
        uint32_t it = i < n ? d->split[HUSE_SPLIT_TRAIN][i] : 0;
        if (i < n && d->image[it] && d->text[it])
            item[k++] = it;
        if ((k < BLOCK && i < n) || !k)
            continue;
        image_rows(m, d, pool, item, k, x);
        for (size_t j = 0; j < k; j++)
            huse_rows_normalise(NULL, d->text[item[j]] + m->sentence_at, 1, m->sentence_dim, s + j * m->sentence_dim, NULL);
        huse_ridge_add(r, pool, x, s, k);
        *added += k;
        k = 0;
    }
    free(x);
    free(s);
}

/* Candidates of the validation split, in sentence space and as words. */
typedef struct candidates {
    float       *sentence, *picture[HUSE_RIDGE_LAMBDAS];
    huse_sparse *words;
} candidates;

/* Pictures by every map, in blocks. */
static void map_pictures(candidates *c, const huse_split_rows *val, const huse_model *m, const huse_dataset *d, huse_pool *pool,
                         float *const map[HUSE_RIDGE_LAMBDAS])
{
    size_t   S = m->sentence_dim, k = 0, at[BLOCK];
    uint32_t item[BLOCK];
    float   *x = huse_xaligned(BLOCK * m->image_dim * sizeof *x), *out = huse_xaligned(BLOCK * S * sizeof *out);
    for (size_t i = 0; i <= val->n; i++) {
        if (i < val->n && val->has_image[i]) {
            at[k] = i;
            item[k++] = val->item[i];
        }
        if (!k || (k < BLOCK && i < val->n))
            continue;
        image_rows(m, d, pool, item, k, x);
        for (int l = 0; l < HUSE_RIDGE_LAMBDAS; l++) {
            huse_ridge_apply(pool, map[l], m->image_dim, S, x, k, out);
            for (size_t b = 0; b < k; b++)
                memcpy(c->picture[l] + at[b] * S, out + b * S, S * sizeof *out);
        }
        k = 0;
    }
    free(x);
    free(out);
}

static void candidates_make(candidates *c, const huse_split_rows *val, const huse_model *m, const huse_dataset *d, huse_pool *pool,
                            float *const map[HUSE_RIDGE_LAMBDAS])
{
    size_t n = val->n, S = m->sentence_dim;
    c->sentence = huse_xaligned(n * S * sizeof *c->sentence);
    c->words = huse_xcalloc(n, sizeof *c->words);
    for (int l = 0; l < HUSE_RIDGE_LAMBDAS; l++)
        c->picture[l] = huse_xaligned(n * S * sizeof *c->picture[l]);
    for (size_t i = 0; i < n; i++) {
        const float *text = d->text[val->item[i]];
        if (text)
            huse_rows_normalise(NULL, text + m->sentence_at, 1, S, c->sentence + i * S, NULL);
        if (text && m->tfidf)
            huse_tfidf_sparse(m->tfidf, val->str[i], &c->words[i]);
    }
    map_pictures(c, val, m, d, pool, map);
}

static void candidates_free(candidates *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        huse_sparse_free(&c->words[i]);
    for (int l = 0; l < HUSE_RIDGE_LAMBDAS; l++)
        free(c->picture[l]);
    free(c->words);
    free(c->sentence);
}

/* The λ and the mixes of best P@10 on validation items; the defaults where those say nothing. */
static int choose(huse_model *m, const huse_dataset *d, const huse_split_rows *val, huse_pool *pool,
                  const huse_text_encoder *enc, float *const map[HUSE_RIDGE_LAMBDAS], huse_err *untuned)
{
    candidates c;
    huse_asker ask = {.m = m, .enc = enc, .pool = pool};
    int        lambda = DEFAULT_LAMBDA;
    if (!val->n)
        return lambda;
    candidates_make(&c, val, m, d, pool, map);
    const huse_attribute_set set = {val->n, m->D, m->sentence_dim, val->str, val->cls, val->has_image,
                                    val->image, c.sentence, c.words};
    huse_attribute *a = huse_attribute_new(&set, HUSE_ATTRIBUTE_QUERIES, DRAW_SEED, huse_asker_embed, &ask);
    if (ask.status != HUSE_OK) {
        *untuned = ask.err;
    } else if (huse_attribute_count(a)) {
        huse_attribute_choice best =
            huse_attribute_choose(a, pool, (const float *const *)c.picture, HUSE_RIDGE_LAMBDAS);
        lambda = (int)best.picture;
        m->rerank = best.mix_visible;
        m->rerank_hidden = best.mix_hidden;
    }
    huse_attribute_free(a);
    candidates_free(&c, val->n);
    return lambda;
}

huse_status huse_publish_attributes(huse_model *m, float **ridge, const huse_dataset *d, const huse_split_rows *val,
                                    huse_pool *pool, const huse_text_encoder *enc, huse_err *untuned, huse_err *err)
{
    huse_ridge *r = NULL;
    float      *map[HUSE_RIDGE_LAMBDAS] = {NULL};
    size_t      floats = (m->image_dim + 1) * m->sentence_dim, added = 0;
    *ridge = NULL;
    m->rerank = m->rerank_hidden = DEFAULT_MIX;
    if (!m->sentence_dim || !d->image_store || strcmp(enc->name, d->text_encoder) != 0)
        return HUSE_OK;
    huse_status s = huse_ridge_new(&r, m->image_dim, m->sentence_dim, err);
    if (s == HUSE_OK)
        add_train_items(r, m, d, pool, &added);
    for (int l = 0; s == HUSE_OK && added && l < HUSE_RIDGE_LAMBDAS; l++) {
        map[l] = huse_xaligned(floats * sizeof(float));
        s = huse_ridge_solve(r, huse_ridge_lambda[l], map[l], err);
    }
    if (s == HUSE_OK && added) {
        int best = choose(m, d, val, pool, enc, map, untuned);
        *ridge = map[best];
        m->ridge = *ridge;
        map[best] = NULL;
    }
    for (int l = 0; l < HUSE_RIDGE_LAMBDAS; l++)
        free(map[l]);
    huse_ridge_free(r);
    return s;
}
