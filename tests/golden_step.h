/* The batch, the parameters and the class distances of PyTorch's step (GOLDEN/step). */
#ifndef TESTS_GOLDEN_STEP_H
#define TESTS_GOLDEN_STEP_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model/net.h"
#include "model/losses.h"

typedef struct golden {
    json_t    *meta;
    huse_net  *net;
    huse_batch batch;
    huse_graph graph;
    float     *A;
    uint32_t  *self;
} golden;

static inline const char *golden_dir(void)
{
    const char *d = getenv("GOLDEN");
    return d ? d : "tests/golden";
}

static inline float *load(const char *name, size_t *n, size_t *d)
{
    char     path[512];
    float   *x = NULL;
    huse_err err;
    snprintf(path, sizeof path, "%s/step/%s.npy", golden_dir(), name);
    return huse_npy_read(path, &x, n, d, &err) == HUSE_OK ? x : NULL;
}

static inline double number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    assert_non_null(v);
    return json_number_value(v);
}

/* Of the step's own parameters: the second class layer is no part of them. */
static inline void load_weights(huse_net *net)
{
    for (size_t i = 0; i < net->params.n; i++) {
        const huse_param *p = &net->params.param[i];
        if (strncmp(p->name, "class_text.", 11) == 0)
            continue;
        size_t            n, d;
        float            *x = load(p->name, &n, &d);
        assert_non_null(x);
        assert_int_equal(n * d, p->rows * p->cols);
        memcpy(net->w + p->at, x, n * d * sizeof *x);
        free(x);
    }
}

/* False where there are no reference values. @heads: class layers; the step itself has one. */
static inline bool open_golden(golden *g, size_t heads)
{
    char path[512];
    memset(g, 0, sizeof *g);
    snprintf(path, sizeof path, "%s/step/step.json", golden_dir());
    g->meta = json_load_file(path, 0, NULL);
    if (!g->meta)
        return false;
    size_t B, image_in, text_in, K, D, one;
    g->batch.image = load("x", &B, &image_in);
    g->batch.text = load("t", &B, &text_in);
    g->A = load("A", &K, &K);
    free(load("image_emb", &B, &D));
    float *y = load("y", &B, &one);
    assert_true(g->batch.image && g->batch.text && g->A && y);
    size_t hidden, in;
    float *first = load("image.0.weight", &hidden, &in);
    free(first);
    huse_shape shape = {image_in, text_in, hidden, (size_t)number(g->meta, "image_hidden"),
                        (size_t)number(g->meta, "text_hidden"), D, K, heads};
    assert_int_equal(huse_net_new(&g->net, &shape, B, NULL), HUSE_OK);
    g->batch.n_image = g->batch.n_text = g->batch.n_pair = B;
    g->batch.y = huse_xmalloc(2 * B * sizeof *g->batch.y);
    g->self = huse_xmalloc(B * sizeof *g->self);
    for (size_t i = 0; i < B; i++) {
        g->batch.y[i] = g->batch.y[B + i] = (int32_t)y[i];
        g->self[i] = (uint32_t)i;
    }
    g->batch.pair_image = g->batch.pair_text = g->self;
    g->graph = (huse_graph){K, 0, g->A, NULL};
    free(y);
    load_weights(g->net);
    return true;
}

static inline void close_golden(golden *g)
{
    huse_net_free(g->net);
    free(g->batch.image);
    free(g->batch.text);
    free(g->batch.y);
    free(g->A);
    free(g->self);
    json_decref(g->meta);
}

static inline void near_relative(double got, double want, double tolerance, const char *what)
{
    if (!(fabs(got - want) <= tolerance * fmax(1e-3, fabs(want))))
        fail_msg("%s: %.9g, want %.9g", what, got, want);
}

#endif
