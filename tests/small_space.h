/* A small catalogue with a model of random weights, in memory: what queries need, without training. */
#ifndef TESTS_SMALL_SPACE_H
#define TESTS_SMALL_SPACE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "encode/encoder.h"
#include "query/engine.h"
#include "query/rerank.h"

enum { SMALL_ITEMS = 80, SMALL_CLASSES = 4, SMALL_D = 24, SMALL_IMAGE = 16 };

typedef struct small_space {
    huse_items         items;
    huse_model         model;
    huse_text_encoder *enc;
    huse_host          host;
    huse_engine       *engine;
    char              *id[SMALL_ITEMS], *text[SMALL_ITEMS];
    float             *feature; /* (SMALL_ITEMS, SMALL_IMAGE) */
} small_space;

static const char *const small_class[SMALL_CLASSES] = { "Clothes/Dresses", "Clothes/Shirts/Shirts", "Shoes/Sandals", "Toys" };

/* Every 10th item lacks a text, every 7th a picture, item 31 a class. */
static void small_items(small_space *s)
{
    static const char *const colour[] = { "red", "blue", "green", "black", "white" };
    static const char *const noun[] = { "summer dress", "cotton shirt", "leather sandal", "wooden train" };
    s->items.item = huse_xcalloc(SMALL_ITEMS, sizeof *s->items.item);
    s->items.picture = huse_xcalloc(SMALL_ITEMS, sizeof *s->items.picture);
    s->items.class_path = (const char **)(uintptr_t)small_class;
    s->items.n_classes = SMALL_CLASSES;
    s->items.n = SMALL_ITEMS;
    for (uint32_t i = 0; i < SMALL_ITEMS; i++) {
        huse_item *it = &s->items.item[i];
        s->id[i] = huse_format("id-%u", (i * 37) % SMALL_ITEMS);
        s->text[i] = huse_format("%s %s number %u", colour[i % 5], noun[i % 4], i);
        it->id = s->id[i];
        it->text = i % 10 == 9 ? NULL : s->text[i];
        it->cls = i == 31 ? -1 : (int32_t)(i % 4);
        it->split = i % 3 == 0 ? HUSE_SPLIT_TEST : HUSE_SPLIT_TRAIN;
        it->picture = (uint32_t)s->items.n_pictures;
        if (i % 7 == 6)
            continue;
        it->n_pictures = 1;
        huse_picture *p = &s->items.picture[s->items.n_pictures++];
        *p = (huse_picture){ .path = "a.png", .root = "/", .state = HUSE_PICTURE_OK, .has_key = true };
        memset(p->key, (int)i, sizeof p->key);
    }
}

static void small_weights(small_space *s, huse_rng *r)
{
    huse_model *m = &s->model;
    const char *text[SMALL_ITEMS];
    size_t n = 0;
    for (size_t i = 0; i < SMALL_ITEMS; i++)
        if (s->items.item[i].text != NULL)
            text[n++] = s->text[i];
    m->weights.tfidf = huse_tfidf_fit(text, n, 1000, 32, 1);
    m->tfidf = m->weights.tfidf;
    m->weights.image_dim = m->image_dim = SMALL_IMAGE;
    m->weights.text_dim = m->text_dim = s->enc->dim;
    size_t text_in = s->enc->dim + huse_tfidf_dense_dim(m->tfidf);
    huse_shape shape = { .image_in = SMALL_IMAGE, .text_in = text_in, .hidden = 32, .image_layers = 1, .text_layers = 1,
                         .D = SMALL_D, .K = SMALL_CLASSES, .heads = 1 };
    HUSE_ASSERT(huse_params_init(&m->weights.params, &shape, NULL) == HUSE_OK);
    m->weights.w = huse_xaligned(m->weights.params.floats * sizeof(float));
    huse_params_randomise(&m->weights.params, 3, m->weights.w);
    m->weights.image_mean = huse_xaligned(SMALL_IMAGE * sizeof(float));
    m->weights.text_mean = huse_xaligned(text_in * sizeof(float));
    m->weights.image_inv = huse_xaligned(SMALL_IMAGE * sizeof(float));
    m->weights.text_inv = huse_xaligned(text_in * sizeof(float));
    for (size_t i = 0; i < SMALL_IMAGE; i++)
        m->weights.image_inv[i] = 1;
    for (size_t i = 0; i < text_in; i++)
        m->weights.text_inv[i] = 3;
    m->weights.logit_scale = 8;
    m->logit_scale = 8;
    s->feature = huse_xaligned(SMALL_ITEMS * SMALL_IMAGE * sizeof(float));
    for (size_t i = 0; i < SMALL_ITEMS * SMALL_IMAGE; i++)
        s->feature[i] = (float)huse_rng_normal(r);
}

static float *small_random(huse_rng *r, size_t n)
{
    float *x = huse_xaligned(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)huse_rng_normal(r);
    return x;
}

/* The model's rows: items in the catalogue's order, but the model knows one more at its start. */
static void small_rows(small_space *s)
{
    huse_model *m = &s->model;
    size_t S = m->sentence_dim, n = SMALL_ITEMS + 1;
    const char **id = huse_xcalloc(n, sizeof *id);
    float *image = huse_xaligned(n * SMALL_D * sizeof *image), *text = huse_xaligned(n * SMALL_D * sizeof *text);
    float *attribute = huse_xaligned(n * S * sizeof *attribute), *row = huse_xaligned(m->text_dim * sizeof *row);
    int32_t *image_item = huse_xcalloc(n, sizeof *image_item), *text_item = huse_xcalloc(n, sizeof *text_item);
    uint8_t *has_text = huse_xcalloc(n, 1);
    int64_t *start = huse_xcalloc(n + 1, sizeof *start);
    uint32_t *index = huse_xcalloc(n * 16, sizeof *index);
    float *value = huse_xcalloc(n * 16, sizeof *value);
    id[0] = "gone";
    image[m->n_images++ * SMALL_D] = 1; /* item 0: removed from the catalogue since */
    for (int32_t i = 0; i < SMALL_ITEMS; i++) {
        const huse_item *it = &s->items.item[i];
        const char *words = s->text[i];
        id[i + 1] = it->id;
        start[i + 2] = start[i + 1];
        if (it->n_pictures > 0) {
            huse_model_embed_images(m, NULL, s->feature + i * SMALL_IMAGE, 1, image + m->n_images * SMALL_D);
            image_item[m->n_images++] = i + 1;
            huse_model_picture_sentences(m, NULL, s->feature + i * SMALL_IMAGE, 1, attribute + (size_t)(i + 1) * S);
        }
        if (it->text == NULL)
            continue;
        s->enc->encode(s->enc, NULL, &words, 1, row, NULL, NULL);
        huse_model_embed_texts(m, NULL, row, &words, 1, text + m->n_texts * SMALL_D);
        text_item[m->n_texts++] = i + 1;
        huse_text_encoder_sentences(s->enc, row, 1, attribute + (size_t)(i + 1) * S);
        has_text[i + 1] = 1;
        huse_sparse sparse;
        huse_tfidf_sparse(m->tfidf, words, &sparse);
        for (size_t k = 0; k < sparse.n && k < 16; k++) {
            index[start[i + 2]] = sparse.index[k];
            value[start[i + 2]++] = sparse.value[k];
        }
        huse_sparse_free(&sparse);
    }
    free(row);
    m->n_items = n;
    m->item_id = id;
    m->image_row = image;
    m->text_row = text;
    m->image_item = image_item;
    m->text_item = text_item;
    m->attribute = attribute;
    m->has_text = has_text;
    m->word_start = start;
    m->word_index = index;
    m->word_value = value;
}

static void small_classes(small_space *s, huse_rng *r)
{
    huse_model *m = &s->model;
    float *mean = huse_xaligned(2 * SMALL_CLASSES * SMALL_D * sizeof *mean), *psi = small_random(r, SMALL_CLASSES * 6);
    for (size_t t = 0; t < 2; t++) {
        const float *rows = t ? m->text_row : m->image_row;
        for (size_t i = 0; i < (t ? m->n_texts : m->n_images); i++) {
            int32_t item = (t ? m->text_item : m->image_item)[i] - 1;
            int32_t cls = item < 0 ? -1 : s->items.item[item].cls;
            for (size_t c = 0; cls >= 0 && c < SMALL_D; c++)
                mean[(t * SMALL_CLASSES + (size_t)cls) * SMALL_D + c] += rows[i * SMALL_D + c] / 20;
        }
    }
    for (size_t k = 0; k < SMALL_CLASSES; k++)
        huse_unit(psi + k * 6, 6);
    float *node = huse_xaligned(m->tree->n * SMALL_D * sizeof *node);
    huse_model_node_vectors(m->tree, SMALL_D, mean, mean + SMALL_CLASSES * SMALL_D, node);
    m->class_image = mean;
    m->class_text = mean + SMALL_CLASSES * SMALL_D;
    m->node_vector = node;
    m->psi = psi;
    m->P = 6;
}

/** @dir: workspace folder for an untrained engine, NULL: a trained one. */
static small_space *small_space_new(const char *dir)
{
    small_space *s = huse_xcalloc(1, sizeof *s);
    huse_model *m = &s->model;
    huse_rng r;
    huse_rng_init(&r, 5, 0);
    small_items(s);
    s->enc = huse_text_fallback();
    s->host.threads = 2;
    m->D = SMALL_D;
    m->K = SMALL_CLASSES;
    m->id = "run-1-step-7";
    m->run = "run-1";
    m->step = 7;
    m->class_path = (char **)(uintptr_t)small_class;
    m->tree = huse_taxonomy_new(small_class, SMALL_CLASSES);
    m->image_encoder = "color-hist";
    m->text_encoder = (char *)(uintptr_t)s->enc->name;
    m->text_encoder_hash = s->enc->hash;
    m->sentence_at = s->enc->sentence_at;
    m->sentence_dim = s->enc->sentence_dim;
    m->fusion_weight = .25F;
    m->rerank = .5F;
    small_weights(s, &r);
    m->ridge = small_random(&r, (SMALL_IMAGE + 1) * m->sentence_dim);
    small_rows(s);
    small_classes(s, &r);
    s->engine = huse_engine_new(&s->items, dir == NULL ? m : NULL, dir, &s->host);
    return s;
}

static void small_space_free(small_space *s)
{
    huse_model *m = &s->model;
    const void *owned[] = { m->ridge, m->item_id, m->image_row, m->text_row, m->image_item, m->text_item, m->attribute, m->has_text,
                            m->word_start, m->word_index, m->word_value, m->class_image, m->node_vector, m->psi };
    huse_engine_close(s->engine);
    for (size_t i = 0; i < HUSE_COUNT(owned); i++)
        free((void *)(uintptr_t)owned[i]);
    for (size_t i = 0; i < SMALL_ITEMS; i++) {
        free(s->id[i]);
        free(s->text[i]);
    }
    huse_weights_fini(&m->weights);
    huse_taxonomy_free(m->tree);
    s->enc->free(s->enc);
    free(s->feature);
    free(s->items.item);
    free(s->items.picture);
    free(s);
}

#endif
