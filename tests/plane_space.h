/* A catalogue of any size with a model of random rows, in memory; the rows may lie at a few angles only, so that many scores tie. */
#ifndef TESTS_PLANE_SPACE_H
#define TESTS_PLANE_SPACE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "query/engine.h"

enum { WIDE = 8 };

typedef struct plane {
    huse_items    items;
    huse_model    model;
    huse_host     host;
    huse_engine  *engine;
    const char  **path; /* (K) of the catalogue; the model has the same */
    char         *names;
} plane;

static float *plane_rows(huse_rng *r, size_t n, int angles)
{
    float *x = huse_xaligned((n * WIDE + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++) {
        if (angles > 0) {
            double a = 2 * 3.14159265358979 * huse_rng_below(r, (uint32_t)angles) / angles;
            x[i * WIDE] = (float)cos(a);
            x[i * WIDE + 1] = (float)sin(a);
            continue;
        }
        for (size_t c = 0; c < WIDE; c++)
            x[i * WIDE + c] = (float)huse_rng_normal(r);
        huse_unit(x + i * WIDE, WIDE);
    }
    return x;
}

static void plane_weights(huse_model *m)
{
    huse_shape shape = { .image_in = 1, .text_in = 1, .hidden = 4, .image_layers = 1, .text_layers = 1, .D = WIDE, .K = m->K, .heads = 1 };
    HUSE_ASSERT(huse_params_init(&m->weights.params, &shape, NULL) == HUSE_OK);
    m->weights.w = huse_xaligned(m->weights.params.floats * sizeof(float));
    huse_params_randomise(&m->weights.params, 3, m->weights.w);
    m->weights.logit_scale = 8;
}

/* @n items of @K classes, the paths of ten of which share a parent; every item has an image and a text but each 5th, 7th. @split_of: by item
 * number modulo 3. */
static plane *plane_new(size_t n, size_t K, int angles, const huse_split split_of[3])
{
    plane *s = huse_xcalloc(1, sizeof *s);
    huse_model *m = &s->model;
    huse_rng r;
    huse_rng_init(&r, 11, 0);
    s->path = huse_xcalloc(K, sizeof *s->path);
    s->names = huse_xcalloc(K, 64);
    for (size_t k = 0; k < K; k++) {
        snprintf(s->names + k * 64, 64, "g%05zu/c%05zu", k / 10, k);
        s->path[k] = s->names + k * 64;
    }
    s->items = (huse_items){ .item = huse_xcalloc(n, sizeof *s->items.item), .n = n, .class_path = s->path, .n_classes = K };
    const char **id = huse_xcalloc(n + 1, sizeof *id);
    int32_t *image = huse_xcalloc(n + 1, sizeof *image), *text = huse_xcalloc(n + 1, sizeof *text);
    char *ids = huse_xcalloc(n, 24);
    for (size_t i = 0; i < n; i++) {
        huse_item *it = &s->items.item[i];
        snprintf(ids + i * 24, 24, "%08x", (unsigned)(i * 2654435761U));
        id[i] = it->id = ids + i * 24;
        it->text = i % 7 == 6 ? NULL : "text";
        it->cls = (int32_t)huse_rng_below(&r, (uint32_t)K);
        it->split = split_of[i % 3];
        if (i % 5 != 4)
            image[m->n_images++] = (int32_t)i;
        if (it->text != NULL)
            text[m->n_texts++] = (int32_t)i;
    }
    m->id = "plane";
    m->run = "plane";
    m->D = WIDE;
    m->K = K;
    m->class_path = (char **)(uintptr_t)s->path;
    m->tree = huse_taxonomy_new(s->path, K);
    m->n_items = n;
    m->item_id = id;
    m->image_item = image;
    m->text_item = text;
    m->image_row = plane_rows(&r, m->n_images, angles);
    m->text_row = plane_rows(&r, m->n_texts, angles);
    m->node_vector = plane_rows(&r, m->tree->n, 0);
    m->fusion_weight = .5;
    plane_weights(m);
    s->host.threads = 2;
    s->engine = huse_engine_new(&s->items, m, NULL, &s->host);
    return s;
}

static void plane_free(plane *s)
{
    huse_model *m = &s->model;
    huse_engine_close(s->engine);
    const void *owned[] = { s->items.item[0].id, m->item_id, m->image_item, m->text_item, m->image_row, m->text_row, m->node_vector };
    for (size_t i = 0; i < HUSE_COUNT(owned); i++)
        free((void *)(uintptr_t)owned[i]);
    huse_weights_fini(&m->weights);
    huse_taxonomy_free(m->tree);
    free(s->items.item);
    free(s->path);
    free(s->names);
    free(s);
}

#endif
