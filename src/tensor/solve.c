/* Linear systems with symmetric positive definite matrices. */
#include "tensor/solve.h"

#include <limits.h>

#include <lapacke.h>

#include "tensor/gemm.h"

huse_status huse_solve_spd(double *A, size_t n, double *B, size_t m, huse_err *err)
{
    HUSE_ASSERT(n <= INT_MAX && m <= INT_MAX);
    if (n == 0 || m == 0)
        return HUSE_OK;
    huse_blas_init();
    lapack_int info = LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', (lapack_int)n, (lapack_int)m, A,
                                    (lapack_int)n, B, (lapack_int)n);
    if (info != 0)
        return huse_fail(err, HUSE_FAILED, "a system of %zu equations is not positive definite", n);
    return HUSE_OK;
}
