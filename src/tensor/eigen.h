/* Eigenvectors of symmetric matrices (LAPACK dsyevd). */
#ifndef HUSE_EIGEN_H
#define HUSE_EIGEN_H

#include "base/base.h"

/** Symmetric A (n,n) in double: eigenvalues ascending into w (n); row j of A becomes the unit
 * eigenvector of w[j]. Only the lower triangle of A is read. FAILED when the iteration does not
 * converge (entries that are not finite). */
huse_status huse_eigen_symmetric(double *A, size_t n, double *w, huse_err *err) HUSE_MUST_CHECK;

#endif
