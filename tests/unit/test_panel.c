/* Packed products: every kernel against the plain sum, and the bits under any cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tensor/panel.h"

#define TOLERANCE 1e-4f /* K up to 300, values in [-1, 1] */

typedef struct shape {
    size_t M, K, N;
} shape;

static float *random_floats(huse_rng *r, size_t n)
{
    float *x = huse_xmalloc((n + 1) * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(2 * huse_rng_uniform(r) - 1);
    x[n] = NAN; /* nothing may read past the end and use it */
    return x;
}

static double plain(const float *a, const float *B, const float *bias, size_t K, size_t N, size_t n,
                    bool relu6)
{
    double y = bias ? (double)bias[n] : 0;
    for (size_t k = 0; k < K; k++)
        y += (double)a[k] * (double)B[k * N + n];
    return relu6 ? fmin(fmax(y, 0), 6) : y;
}

static void check(const huse_panel_kernel *kernel, shape s, bool relu6, bool grouped, bool added)
{
    huse_rng r;
    huse_rng_init(&r, 7, s.M * 1000003 + s.K * 1009 + s.N);
    float *A = random_floats(&r, s.M * s.K), *B = random_floats(&r, s.K * s.N),
          *bias = random_floats(&r, s.N);
    float *add = random_floats(&r, s.M * s.N);
    size_t group = grouped ? 3 : 0, skip = grouped ? 5 : 0, ldc = s.N + 3,
           all = s.M * (ldc + skip) + 1;
    float *C = huse_xmalloc(all * sizeof *C);
    huse_panel p;
    huse_panel_pack(&p, false, s.K, s.N, B, s.N, bias);
    for (size_t i = 0; i < all; i++)
        C[i] = 77.0f;
    huse_panel_job job = {.A = A,
                          .lda = s.K,
                          .C = C,
                          .ldc = ldc,
                          .group = group,
                          .skip = skip,
                          .relu6 = relu6,
                          .add = added ? add : NULL,
                          .ldadd = s.N};
    huse_panel_run_with(kernel, &p, &job, s.M, 0, s.N);
    for (size_t m = 0; m < s.M; m++) {
        float *row = C + m * ldc + (grouped ? m / group * skip : 0);
        for (size_t n = 0; n < s.N; n++) {
            double want = plain(A + m * s.K, B, bias, s.K, s.N, n, relu6) +
                          (added ? (double)add[m * s.N + n] : 0);
            assert_true(fabs((double)row[n] - want) <= (double)TOLERANCE);
            row[n] = 77.0f;
        }
    }
    for (size_t i = 0; i < all; i++)
        assert_true(C[i] == 77.0f);
    huse_panel_free(&p);
    free(A);
    free(B);
    free(bias);
    free(add);
    free(C);
}

static void check_kernel(const huse_panel_kernel *kernel)
{
    if (!kernel)
        skip();
    for (size_t M = 1; M <= 31; M += 3)
        for (size_t N = 1; N <= 70; N += 3)
            check(kernel, (shape){M, 1 + (M * N) % 29, N}, N % 2, M % 2, N % 4 < 2);
    check(kernel, (shape){49, 300, 112}, true, false, true);
    check(kernel, (shape){5, 0, 17}, false, false, false);
    check(kernel, (shape){0, 4, 17}, false, false, false);
    check(kernel, (shape){4, 4, 0}, false, false, false);
}

static void the_portable_kernel_gives_the_plain_sums(void **state)
{
    (void)state;
    check_kernel(&huse_panel_portable);
}

static void the_avx2_kernel_gives_the_plain_sums(void **state)
{
    (void)state;
    check_kernel(huse_panel_avx2());
}

static void the_avx512_kernel_gives_the_plain_sums(void **state)
{
    (void)state;
    check_kernel(huse_panel_avx512());
}

static void a_transposed_matrix_packs_the_same(void **state)
{
    (void)state;
    enum { K = 9, N = 21 };
    huse_rng r;
    huse_rng_init(&r, 1, 1);
    float *B = random_floats(&r, K * N), T[N * K];
    huse_panel p, q;
    for (size_t k = 0; k < K; k++)
        for (size_t n = 0; n < N; n++)
            T[n * K + k] = B[k * N + n];
    huse_panel_pack(&p, false, K, N, B, N, NULL);
    huse_panel_pack(&q, true, K, N, T, K, NULL);
    assert_memory_equal(p.w, q.w, 2 * K * HUSE_PANEL_UNIT * sizeof *p.w);
    huse_panel_free(&p);
    huse_panel_free(&q);
    free(B);
}

static void the_cut_changes_no_bit(void **state)
{
    (void)state;
    enum { M = 53, K = 131, N = 104 };
    huse_rng r;
    huse_rng_init(&r, 2, 1);
    float *A = random_floats(&r, M * K), *B = random_floats(&r, K * N),
          *bias = random_floats(&r, N);
    float *whole = huse_xcalloc(M * N, sizeof *whole), *cut = huse_xcalloc(M * N, sizeof *cut);
    huse_panel p;
    huse_panel_pack(&p, false, K, N, B, N, bias);
    huse_panel_job job = {.A = A, .lda = K, .C = whole, .ldc = N};
    huse_panel_run(&p, &job, M, 0, N);
    for (size_t height = 1; height < 20; height += 2)
        for (size_t width = HUSE_PANEL_UNIT; width < N; width += HUSE_PANEL_UNIT) {
            memset(cut, 0xff, M * N * sizeof *cut);
            for (size_t m = 0; m < M; m += height)
                for (size_t n = 0; n < N; n += width) {
                    job.A = A + m * K;
                    job.C = cut + m * N + n;
                    huse_panel_run(&p, &job, HUSE_MIN(height, M - m), n,
                                   HUSE_MIN(n + width, (size_t)N));
                }
            assert_memory_equal(cut, whole, M * N * sizeof *cut);
        }
    huse_panel_free(&p);
    free(A);
    free(B);
    free(bias);
    free(whole);
    free(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_portable_kernel_gives_the_plain_sums),
        cmocka_unit_test(the_avx2_kernel_gives_the_plain_sums),
        cmocka_unit_test(the_avx512_kernel_gives_the_plain_sums),
        cmocka_unit_test(a_transposed_matrix_packs_the_same),
        cmocka_unit_test(the_cut_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
