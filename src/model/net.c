#include "model/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/rows.h"

static const char *const tower_name[2] = {"image", "text"};

static size_t tower_in(const huse_params *p, int t)
{
    return t ? p->shape.text_in : p->shape.image_in;
}

static size_t tower_layers(const huse_params *p, int t)
{
    return t ? p->shape.text_layers : p->shape.image_layers;
}

/* The row of the table that holds a layer's weight; its bias is the next one. */
static const huse_param *layer_param(const huse_params *p, int t, size_t layer)
{
    char name[32];
    snprintf(name, sizeof name, "%s.%zu.weight", tower_name[t], layer);
    return &p->param[huse_params_find(p, name)];
}

static float *floats(huse_net *net, size_t n)
{
    return huse_arena_alloc(net->arena, n * sizeof(float));
}

huse_status huse_net_new(huse_net **out, const huse_shape *s, size_t rows, huse_err *err)
{
    huse_net *net = huse_xcalloc(1, sizeof *net);
    if (huse_params_init(&net->params, s, err) != HUSE_OK) {
        free(net);
        return HUSE_BAD_DATA;
    }
    net->arena = huse_arena_new((size_t)1 << 22);
    net->rows = rows;
    net->w = floats(net, net->params.floats);
    net->g = floats(net, net->params.floats);
    for (int t = 0; t < 2; t++) {
        for (size_t l = 0; l < tower_layers(&net->params, t); l++)
            net->act[t][l] = floats(net, rows * s->hidden);
        net->act[t][tower_layers(&net->params, t)] = floats(net, rows * s->D);
        net->dact[t] = floats(net, rows * HUSE_MAX(s->hidden, s->D));
    }
    net->E = floats(net, 2 * rows * s->D);
    net->dE = floats(net, 2 * rows * s->D);
    net->norm = floats(net, 2 * rows);
    net->row_loss = floats(net, 2 * rows);
    if (s->heads)
        net->logits = floats(net, 2 * rows * s->K);
    *out = net;
    return HUSE_OK;
}

void huse_net_free(huse_net *net)
{
    if (!net)
        return;
    huse_arena_free(net->arena);
    free(net);
}

static huse_dropout layer_dropout(const huse_dropout *drop, int t, size_t layer)
{
    huse_dropout d = drop ? drop[t] : (huse_dropout){0};
    d.stream = d.stream * 32 + (uint64_t)(16 * t) + layer;
    return d;
}

static void tower_forward(huse_net *net, huse_pool *pool, int t, const float *x, size_t n, const huse_dropout *drop,
                          float *e, float *norm)
{
    size_t layers = tower_layers(&net->params, t), in = tower_in(&net->params, t);
    for (size_t l = 0; l <= layers; l++) {
        const huse_param *p = layer_param(&net->params, t, l);
        huse_dropout      d = layer_dropout(drop, t, l);
        huse_linear_fwd(pool, x, n, in, net->w + p->at, net->w + p[1].at, p->rows, l < layers, &d, net->act[t][l]);
        x = net->act[t][l];
        in = p->rows;
    }
    huse_rows_normalise(pool, x, n, in, e, norm);
}

void huse_net_forward(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_dropout *drop)
{
    size_t D = net->params.shape.D;
    HUSE_ASSERT(b->n_image <= net->rows && b->n_text <= net->rows);
    if (b->n_image)
        tower_forward(net, pool, 0, b->image, b->n_image, drop, net->E, net->norm);
    if (b->n_text)
        tower_forward(net, pool, 1, b->text, b->n_text, drop, net->E + b->n_image * D, net->norm + b->n_image);
}

static void tower_backward(huse_net *net, huse_pool *pool, int t, const float *x, size_t n, const huse_dropout *drop,
                           const float *e, const float *norm, const float *de)
{
    size_t layers = tower_layers(&net->params, t);
    float *dy = net->dact[0], *dx = net->dact[1];
    huse_rows_normalise_bwd(pool, e, norm, n, net->params.shape.D, de, dy);
    for (size_t l = layers + 1; l-- > 0;) {
        const huse_param *p = layer_param(&net->params, t, l);
        const float      *in = l ? net->act[t][l - 1] : x;
        float             keep = drop ? drop[t].p : 0.0f;
        huse_linear_bwd(pool, in, n, p->cols, net->w + p->at, p->rows, dy, net->g + p->at, net->g + p[1].at,
                        l ? dx : NULL, l > 0, keep);
        float *swap = dy;
        dy = dx;
        dx = swap;
    }
}

void huse_net_backward(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_dropout *drop)
{
    size_t D = net->params.shape.D, at = b->n_image;
    if (b->n_image)
        tower_backward(net, pool, 0, b->image, b->n_image, drop, net->E, net->norm, net->dE);
    if (b->n_text)
        tower_backward(net, pool, 1, b->text, b->n_text, drop, net->E + at * D, net->norm + at, net->dE + at * D);
}

void huse_tower_embed(const huse_params *p, const float *w, huse_pool *pool, bool text, const float *x, size_t n,
                      float *out)
{
    enum { BLOCK = 512 };
    size_t layers = tower_layers(p, text), in = tower_in(p, text), wide = HUSE_MAX(p->shape.hidden, p->shape.D);
    float *buffer[2] = {huse_xaligned(HUSE_MIN(n, BLOCK) * wide * sizeof(float)),
                        huse_xaligned(HUSE_MIN(n, BLOCK) * wide * sizeof(float))};
    for (size_t r = 0; r < n; r += BLOCK) {
        size_t       rows = HUSE_MIN(BLOCK, n - r), width = in;
        const float *from = x + r * in;
        for (size_t l = 0; l <= layers; l++) {
            const huse_param *q = layer_param(p, text, l);
            huse_linear_fwd(pool, from, rows, width, w + q->at, w + q[1].at, q->rows, l < layers, NULL, buffer[l & 1]);
            from = buffer[l & 1];
            width = q->rows;
        }
        huse_rows_normalise(pool, from, rows, width, out + r * width, NULL);
    }
    free(buffer[0]);
    free(buffer[1]);
}

typedef struct scaled {
    float *x;
    size_t n, k;
    float  s;
} scaled;

static void scale_row(void *ctx, size_t r, int worker)
{
    scaled *j = ctx;
    (void)worker;
    for (size_t c = 0; c < j->k; c++)
        j->x[r * j->k + c] *= j->s;
}

void huse_head_logits(const huse_params *p, const float *w, huse_pool *pool, const float *E, size_t n, bool second,
                      float s, float *logits)
{
    const huse_param *q = &p->param[huse_params_find(p, second ? "class_text.weight" : "class.weight")];
    huse_linear_fwd(pool, E, n, p->shape.D, w + q->at, w + q[1].at, p->shape.K, false, NULL, logits);
    if (s < 1.0f || s > 1.0f)
        huse_pool_run(pool, n, scale_row, &(scaled){logits, n, p->shape.K, s});
}
