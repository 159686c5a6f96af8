/* Matrix products: fixed output tiles, each one single-threaded BLAS call, handed to a pool.
 * The bits of the result do not depend on the number of threads. */
#ifndef HUSE_GEMM_H
#define HUSE_GEMM_H

#include "base/pool.h"

/** Call once before any product: makes the BLAS library single-threaded. Idempotent, thread-safe. */
void huse_blas_init(void);
/** Kernel type of the BLAS library, "SkylakeX"; recorded in runs. Static. */
const char *huse_blas_core(void);

/** C (M,N) = alpha · op(A) (M,K) · op(B) (K,N) + beta · C, row-major; lda, ldb, ldc are row strides of the stored matrices.
 *  @ta: A is stored (K,M); @tb: B is stored (N,K). beta 0 does not read C. Pool may be NULL. */
void huse_gemm(huse_pool *p, bool ta, bool tb, size_t M, size_t N, size_t K, float alpha, const float *A, size_t lda,
               const float *B, size_t ldb, float beta, float *C, size_t ldc);

/** One tile of a larger job, in the calling thread. */
void huse_gemm_1(bool ta, bool tb, size_t M, size_t N, size_t K, float alpha, const float *A, size_t lda, const float *B,
                 size_t ldb, float beta, float *C, size_t ldc);

#endif
