/* Fully connected layers with fused bias, ReLU and dropout: forward and backward. */
#ifndef HUSE_LINEAR_H
#define HUSE_LINEAR_H

#include "tensor/gemm.h"

/** Dropout whose mask depends on (seed, stream, row, column) alone. p = 0: none. Survivors are scaled by 1/(1−p). */
typedef struct huse_dropout {
    float    p;
    uint64_t seed, stream;
} huse_dropout;

/** y (n,out) = drop(relu(x (n,in) · Wᵀ + b)); W (out,in), b (out). @relu false: plain affine, no dropout.
 *  @drop NULL: none. Thread-safe for distinct y. */
void huse_linear_fwd(huse_pool *pool, const float *x, size_t n, size_t in, const float *W, const float *b, size_t out,
                     bool relu, const huse_dropout *drop, float *y);

/** Backward of the affine part: dy (n,out) is the gradient before the activation.
 *  dW (out,in) and db (out) are added to. dx (n,in) is overwritten, NULL: not wanted. With @masked_x, x is the output of a ReLU (and
 *  dropout p) layer and dx is carried through it: times (x > 0) / (1 − p). */
void huse_linear_bwd(huse_pool *pool, const float *x, size_t n, size_t in, const float *W, size_t out, const float *dy,
                     float *dW, float *db, float *dx, bool masked_x, float p);

#endif
