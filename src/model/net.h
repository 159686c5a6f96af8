/* The two towers and the class layers (METHOD 2; paper eq. 6): forward and backward over one batch. */
#ifndef HUSE_NET_H
#define HUSE_NET_H

#include "base/arena.h"
#include "base/pool.h"
#include "model/params.h"
#include "tensor/linear.h"

/** One batch: rows of the items that have the modality, standardised. Borrowed arrays. */
typedef struct huse_batch {
    size_t    n_image, n_text;
    float    *image; /* (n_image, image_in) */
    float    *text;  /* (n_text, text_in) */
    int32_t  *y;     /* (n_image + n_text) classes: image rows, then text rows */
    size_t    n_pair;
    uint32_t *pair_image, *pair_text; /* (n_pair) rows within the image and the text part */
} huse_batch;

/** Activations and gradients for batches of at most @rows items; everything is allocated once. */
typedef struct huse_net {
    huse_params params;
    float      *w, *g;    /* one block each, by the table */
    size_t      rows;
    float      *act[2][13]; /* outputs of the hidden layers, then z; 0 image, 1 text */
    float      *E, *dE;   /* (2 rows, D) unit embeddings: image rows, then text rows */
    float      *norm;     /* (2 rows) */
    float      *dact[2];  /* ping-pong gradient buffers (rows, max width) */
    float      *logits;   /* (2 rows, K) */
    float      *row_loss; /* (2 rows) scratch */
    huse_arena *arena;
} huse_net;

/** @rows: most items in a batch. Free with huse_net_free. Weights are zero. */
huse_status huse_net_new(huse_net **net, const huse_shape *shape, size_t rows, huse_err *err) HUSE_MUST_CHECK;
void        huse_net_free(huse_net *net);

/** Fills net->E. @drop[2] (image, text), NULL: none; the stream of layer l of tower t is drop[t].stream · 32 + 16 t + l. */
void huse_net_forward(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_dropout *drop);
/** Adds to net->g what follows from net->dE. Same @drop as forward. */
void huse_net_backward(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_dropout *drop);

/** One tower alone, without dropout: x (n,in) standardised → unit rows out (n,D), in blocks of 512 rows.
 *  Weights @w by the table @p. Thread-safe with a pool of one's own (or NULL). */
void huse_tower_embed(const huse_params *p, const float *w, huse_pool *pool, bool text, const float *x, size_t n,
                      float *out);

/** logits (n,K) = s · (E Wᵀ + b) (eq. 6); @second: class_text instead of class. Thread-safe likewise. */
void huse_head_logits(const huse_params *p, const float *w, huse_pool *pool, const float *E, size_t n, bool second,
                      float s, float *logits);

#endif
