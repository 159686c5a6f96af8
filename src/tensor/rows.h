/* Row-wise operations: unit length, standardising, softmax cross-entropy. */
#ifndef HUSE_ROWS_H
#define HUSE_ROWS_H

#include "base/pool.h"

/** e (n,d) = z / |z| by row, norm (n) = |z| (at least 1e-12); e may be z. norm NULL: not wanted. */
void huse_rows_normalise(huse_pool *pool, const float *z, size_t n, size_t d, float *e, float *norm);
/** dz (n,d) = (de − e (e·de)) / norm; dz may be de. */
void huse_rows_normalise_bwd(huse_pool *pool, const float *e, const float *norm, size_t n, size_t d, const float *de,
                             float *dz);

/** x (n,d) := clip((x − mean) · inv_std, ±10) by column (METHOD 1). */
void huse_rows_standardise(huse_pool *pool, float *x, size_t n, size_t d, const float *mean, const float *inv_std);

/** In place: logits (n,k) → softmax probabilities. */
void huse_rows_softmax(huse_pool *pool, float *logits, size_t n, size_t k);

/** Softmax cross-entropy: returns Σ over rows of −log p[target] (double, fixed order). @logits (n,k) become
 *  w · (p − onehot), the gradient by logits of w · Σ. loss (n) is scratch. */
double huse_rows_cross_entropy(huse_pool *pool, float *logits, size_t n, size_t k, const int32_t *target, float w,
                               float *loss);

#endif
