/* Eigenvectors of symmetric matrices. */
#include "tensor/eigen.h"

#include <limits.h>

#include <lapacke.h>

#include "tensor/gemm.h"

huse_status huse_eigen_symmetric(double *A, size_t n, double *w, huse_err *err)
{
    HUSE_ASSERT(n <= INT_MAX);
    if (n == 0)
        return HUSE_OK;
    huse_blas_init();
    /* Row-major lower is column-major upper of the same symmetric matrix: no transposed copy is
     * made. */
    lapack_int info =
        LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', (lapack_int)n, A, (lapack_int)n, w);
    if (info != 0)
        return huse_fail(err, HUSE_FAILED, "eigenvectors of a matrix of %zu rows: no convergence",
                         n);
    return HUSE_OK;
}
