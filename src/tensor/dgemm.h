/* Double-precision products of float32 rows, where a figure must not hang on rounding. */
#ifndef HUSE_DGEMM_H
#define HUSE_DGEMM_H

#include "base/base.h"

/** out (m,n) = A (m,d) · B (n,d)ᵀ, all double, row-major and contiguous; in the calling thread. */
void huse_dgemm_nt(size_t m, size_t n, size_t d, const double *A, const double *B, double *out);

#endif
