/* The terms of eq. 5. Each returns its value, not multiplied by its weight w, and adds w · gradient. */
#ifndef HUSE_LOSSES_H
#define HUSE_LOSSES_H

#include "model/net.h"

/** Class distances A (eq. 4): either the matrix, or unit rows ψ from which 1 − ψψᵀ is taken as needed (many classes). */
typedef struct huse_graph {
    size_t       K, P;
    const float *A;   /* (K,K) or NULL */
    const float *psi; /* (K,P) */
} huse_graph;

/** Scratch for batches of at most @rows embeddings per modality. */
typedef struct huse_loss_scratch {
    float   *square;   /* (2 rows, 2 rows) */
    float   *pair[4];  /* (rows, D) each */
    float   *psi_rows; /* (2 rows, P) when A is not given */
    double  *partial;  /* sums of tiles */
    int32_t *identity; /* 0, 1, … rows − 1 */
} huse_loss_scratch;
void huse_loss_scratch_init(huse_loss_scratch *s, huse_arena *a, size_t rows, size_t D, const huse_graph *g);

/** Softmax cross-entropy through the shared class layer (eq. 6–8), mean over all embeddings of the batch.
 *  Adds to net->dE and to the class layer's gradient. */
double huse_loss_class(huse_net *net, huse_pool *pool, const huse_batch *b, float s, float w);

/** Semantic-graph loss (eq. 9–11), mask of eq. (10) constant in the gradient:
 *  1/M² Σ_mn σ_mn (d(e_m,e_n) − A_mn)², σ_mn = 1 iff A_mn < ζ and d(e_m,e_n) < ζ. */
double huse_loss_graph(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_graph *g, float zeta, float w,
                       huse_loss_scratch *scratch);

/** Modality gap (eq. 12): mean of d(u,v) over items that have both; 0 if none. */
double huse_loss_gap(huse_net *net, huse_pool *pool, const huse_batch *b, float w);

/** Instance term (not in the paper): cross-entropy of each u against all v of the batch and back, temperature τ, mean of both. */
double huse_loss_instance(huse_net *net, huse_pool *pool, const huse_batch *b, float tau, float w,
                          huse_loss_scratch *scratch);

#endif
