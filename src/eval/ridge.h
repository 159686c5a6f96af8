/* Ridge map from standardised image features to sentence space (METHOD 8): W = argmin ‖X W − (S −
 * mean S)‖² + λ‖W‖², so that a picture without text can be compared with words. */
#ifndef HUSE_RIDGE_H
#define HUSE_RIDGE_H

#include "base/pool.h"

/** The penalties that validation chooses from. */
#define HUSE_RIDGE_LAMBDAS 4
extern const double huse_ridge_lambda[HUSE_RIDGE_LAMBDAS]; /* 1e2, 1e3, 1e4, 1e5 */

typedef struct huse_ridge huse_ridge;

/** Sums for a map from @d to @s dimensions; FAILED when they do not fit in memory. Free with
 * huse_ridge_free. */
huse_status huse_ridge_new(huse_ridge **r, size_t d, size_t s, huse_err *err) HUSE_MUST_CHECK;
void huse_ridge_free(huse_ridge *r); /* NULL is fine */

/** Adds n train items that have both: X (n,d) standardised image features, S (n,s) unit sentence
 * vectors of their texts. Any number of calls; products in float32 blocks, sums in double; the same
 * bits with any number of threads. */
void huse_ridge_add(huse_ridge *r, huse_pool *pool, const float *X, const float *S, size_t n);

/** The map for one λ > 0: W (d+1,s), its last row the bias mean S. All from the same sums, so λs
 * may be tried one after another. BAD_DATA without items, FAILED when the features are not finite.
 */
huse_status huse_ridge_solve(const huse_ridge *r, double lambda, float *W,
                             huse_err *err) HUSE_MUST_CHECK;

/** Standardised features X (n,d) → unit vectors in sentence space out (n,s). */
void huse_ridge_apply(huse_pool *pool, const float *W, size_t d, size_t s, const float *X, size_t n,
                      float *out);

#endif
