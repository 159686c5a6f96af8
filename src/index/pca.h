/* Principal axes of a set of rows. */
#ifndef HUSE_PCA_H
#define HUSE_PCA_H

#include "base/base.h"

/** Places rows x (n,d) on their @k principal axes (k ≤ 8): y (n,k), centred, an axis beyond min(n,d) all zero. axes (k,d), NULL: not wanted:
 *  their unit directions, zero where nothing varies. share (k): of the whole variance, 0 where there is none. In double precision; each axis
 *  points to where its largest place is positive. FAILED: some value is not finite; outputs untouched. */
huse_status huse_pca(const float *x, size_t n, size_t d, size_t k, float *y, float *axes, float *share, huse_err *err) HUSE_MUST_CHECK;

#endif
