/* The terms of eq. 5 and of the methods beside it. Each returns its value, not multiplied by its weight w, and adds w · gradient. */
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
    size_t    rows;
    float    *square;   /* (2 rows, 2 rows) */
    float    *pair[4];  /* (rows, D) each */
    float    *psi_rows; /* (2 rows, P) when A is not given */
    double   *partial;  /* sums of tiles */
    int32_t  *identity; /* 0, 1, … rows − 1 */
    double   *row_sum[2];   /* (2 rows) each: sums and numbers of a row's hinges, of two kinds */
    uint32_t *row_count[2];
    int32_t  *own[2], *partner[2]; /* (rows) each: rows of the other modality */
    uint64_t *keys;     /* (threads, 2 rows), see huse_loss_scratch_threads */
} huse_loss_scratch;
void huse_loss_scratch_init(huse_loss_scratch *s, huse_arena *a, size_t rows, size_t D, const huse_graph *g);
/** Room for what sorts rows: as many keys a thread as there are embeddings. @threads: most of any pool. */
void huse_loss_scratch_threads(huse_loss_scratch *s, huse_arena *a, int threads);

/** Softmax cross-entropy through the shared class layer (eq. 6–8), mean over all embeddings of the batch.
 *  Adds to net->dE and to the class layer's gradient. */
double huse_loss_class(huse_net *net, huse_pool *pool, const huse_batch *b, float s, float w);

/** The same with a class layer for each modality: mean of the two modalities' mean cross-entropies (of the one that is present). */
double huse_loss_class_apart(huse_net *net, huse_pool *pool, const huse_batch *b, float s, float w);

/** Distance to the class's ψ (eq. 13): 2/M Σ_m d(e_m, ψ(y_m)) over the M embeddings of the batch, which is
 *  1/N Σ_n d(u_n,ψ) + d(v_n,ψ) when all N items have both. D must be the width of ψ. */
double huse_loss_psi(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_graph *g, float w);

/** Semantic-graph loss (eq. 9–11), mask of eq. (10) constant in the gradient:
 *  1/M² Σ_mn σ_mn (d(e_m,e_n) − A_mn)², σ_mn = 1 iff A_mn < ζ and d(e_m,e_n) < ζ. */
double huse_loss_graph(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_graph *g, float zeta, float w,
                       huse_loss_scratch *scratch);

/** Modality gap (eq. 12): mean of d(u,v) over items that have both; 0 if none. */
double huse_loss_gap(huse_net *net, huse_pool *pool, const huse_batch *b, float w);

/** Instance term (not in the paper): cross-entropy of each u against all v of the batch and back, temperature τ, mean of both. */
double huse_loss_instance(huse_net *net, huse_pool *pool, const huse_batch *b, float tau, float w,
                          huse_loss_scratch *scratch);

/** Rows of the items that have both, image or text side, to a dense (n_pair,D) block, and back by addition. */
void huse_pairs_gather(const huse_batch *b, const float *E, size_t D, bool text, float *out);
void huse_pairs_scatter(const huse_batch *b, const float *dx, size_t D, bool text, float *dE);

#endif
