/* Double-precision products. */
#include "tensor/dgemm.h"

#include <limits.h>
#include <string.h>

#include <cblas.h>

#include "tensor/gemm.h"

void huse_dgemm_nt(size_t m, size_t n, size_t d, const double *A, const double *B, double *out)
{
    HUSE_ASSERT(m <= INT_MAX && n <= INT_MAX && d <= INT_MAX);
    if (m == 0 || n == 0)
        return;
    if (d == 0) {
        memset(out, 0, m * n * sizeof *out);
        return;
    }
    huse_blas_init();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)n, (int)d, 1.0, A, (int)d, B,
                (int)d, 0.0, out, (int)n);
}
