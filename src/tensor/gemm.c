#include "tensor/gemm.h"

#include <cblas.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void single_thread(void)
{
    openblas_set_num_threads(1);
}

void huse_blas_init(void)
{
    pthread_once(&once, single_thread);
}

const char *huse_blas_core(void)
{
    return openblas_get_corename();
}

void huse_gemm_1(bool ta, bool tb, size_t M, size_t N, size_t K, float alpha, const float *A, size_t lda,
                 const float *B, size_t ldb, float beta, float *C, size_t ldc)
{
    cblas_sgemm(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (blasint)M,
                (blasint)N, (blasint)K, alpha, A, (blasint)lda, B, (blasint)ldb, beta, C, (blasint)ldc);
}

/* Output tiles: large enough for the BLAS kernel to be near its peak, small enough to share out evenly. */
enum { TILE_M = 256, TILE_N = 256 };

typedef struct job {
    bool         ta, tb;
    size_t       M, N, K, lda, ldb, ldc, tile_m, tile_n, across;
    float        alpha, beta;
    const float *A, *B;
    float       *C;
} job;

static void tile(void *ctx, size_t i, int worker)
{
    const job *j = ctx;
    size_t     m = i / j->across * j->tile_m, n = i % j->across * j->tile_n;
    (void)worker;
    huse_gemm_1(j->ta, j->tb, HUSE_MIN(j->tile_m, j->M - m), HUSE_MIN(j->tile_n, j->N - n), j->K, j->alpha,
                j->ta ? j->A + m : j->A + m * j->lda, j->lda, j->tb ? j->B + n * j->ldb : j->B + n, j->ldb,
                j->beta, j->C + m * j->ldc + n, j->ldc);
}

void huse_gemm(huse_pool *p, bool ta, bool tb, size_t M, size_t N, size_t K, float alpha, const float *A, size_t lda,
               const float *B, size_t ldb, float beta, float *C, size_t ldc)
{
    huse_blas_init();
    if (!M || !N)
        return;
    job j = {.ta = ta, .tb = tb, .M = M, .N = N, .K = K, .lda = lda, .ldb = ldb, .ldc = ldc, .alpha = alpha,
             .beta = beta, .A = A, .B = B, .C = C};
    /* The cut depends on the shape alone, never on the pool: that is what fixes the bits. */
    j.tile_m = M >= 2 * TILE_M ? TILE_M : M > 64 ? (M + 1) / 2 : M;
    j.tile_n = M > 64 ? (N >= 2 * TILE_N * 2 ? TILE_N * 2 : N) : HUSE_MAX((size_t)64, (N + 3) / 4);
    j.across = (N + j.tile_n - 1) / j.tile_n;
    huse_pool_run(p, (M + j.tile_m - 1) / j.tile_m * j.across, tile, &j);
}
