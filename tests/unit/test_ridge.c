/* The ridge map: normal equations, recovery, and bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "eval/ridge.h"
#include "tensor/solve.h"

enum { N = 1300, D = 30, S = 11 };

static float *normal_rows(uint64_t seed, size_t n, size_t d)
{
    float *x = huse_xcalloc(n * d, sizeof *x);
    huse_rng rng;
    huse_rng_init(&rng, seed, 0);
    for (size_t i = 0; i < n * d; i++)
        x[i] = (float)huse_rng_normal(&rng);
    return x;
}

static void the_solution_satisfies_the_normal_equations(void **state)
{
    (void)state;
    float *X = normal_rows(1, N, D), *Y = normal_rows(2, N, S), W[(D + 1) * S];
    huse_ridge *r;
    assert_int_equal(huse_ridge_new(&r, D, S, NULL), HUSE_OK);
    huse_ridge_add(r, NULL, X, Y, 700);
    huse_ridge_add(r, NULL, X + 700 * D, Y + 700 * S, N - 700);
    for (size_t l = 0; l < HUSE_RIDGE_LAMBDAS; l++) {
        assert_int_equal(huse_ridge_solve(r, huse_ridge_lambda[l], W, NULL), HUSE_OK);
        for (size_t j = 0; j < S; j++) {
            double mean = 0;
            for (size_t n = 0; n < N; n++)
                mean += (double)Y[n * S + j] / N;
            assert_true(fabs((double)W[D * S + j] - mean) < 1e-6);
            double gradient[D];
            for (size_t i = 0; i < D; i++)
                gradient[i] = huse_ridge_lambda[l] * (double)W[i * S + j];
            for (size_t n = 0; n < N; n++) {
                double residual = mean - (double)Y[n * S + j];
                for (size_t i = 0; i < D; i++)
                    residual += (double)X[n * D + i] * (double)W[i * S + j];
                for (size_t i = 0; i < D; i++)
                    gradient[i] += residual * (double)X[n * D + i];
            }
            for (size_t i = 0; i < D; i++) /* of terms that sum to about N in magnitude */
                assert_true(fabs(gradient[i]) < 5e-3);
        }
    }
    huse_ridge_free(r);
    free(X);
    free(Y);
}

static void a_linear_relation_is_found_and_applied_as_unit_rows(void **state)
{
    (void)state;
    float *X = normal_rows(3, N, D), *M = normal_rows(4, D, S), *Y = huse_xcalloc(N * S, sizeof *Y);
    float W[(D + 1) * S], *out = huse_xcalloc(N * S, sizeof *out);
    for (size_t n = 0; n < N; n++) {
        for (size_t j = 0; j < S; j++) {
            double y = 0.5 * (double)j;
            for (size_t i = 0; i < D; i++)
                y += (double)X[n * D + i] * (double)M[i * S + j];
            Y[n * S + j] = (float)y;
        }
    }
    huse_ridge *r;
    assert_int_equal(huse_ridge_new(&r, D, S, NULL), HUSE_OK);
    huse_ridge_add(r, NULL, X, Y, N);
    assert_int_equal(huse_ridge_solve(r, 1e-3, W, NULL), HUSE_OK);
    huse_ridge_apply(NULL, W, D, S, X, N, out);
    for (size_t n = 0; n < N; n++) {
        double dot = 0, norm = 0, length = 0;
        for (size_t j = 0; j < S; j++) {
            dot += (double)out[n * S + j] * (double)Y[n * S + j];
            norm += (double)Y[n * S + j] * (double)Y[n * S + j];
            length += (double)out[n * S + j] * (double)out[n * S + j];
        }
        assert_true(fabs(length - 1) < 1e-5);
        /* the mean of X is not exactly 0, and the bias does not correct for it: the formula of the
         * method */
        assert_true(dot / sqrt(norm) > 0.98);
    }
    huse_ridge_free(r);
    free(out);
    free(Y);
    free(M);
    free(X);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    float *X = normal_rows(5, N, D), *Y = normal_rows(6, N, S), W[2][(D + 1) * S];
    for (int t = 0; t < 2; t++) {
        huse_pool *pool = huse_pool_new(1 + 3 * t);
        huse_ridge *r;
        assert_int_equal(huse_ridge_new(&r, D, S, NULL), HUSE_OK);
        huse_ridge_add(r, pool, X, Y, N);
        assert_int_equal(huse_ridge_solve(r, 1e2, W[t], NULL), HUSE_OK);
        huse_ridge_free(r);
        huse_pool_free(pool);
    }
    assert_memory_equal(W[0], W[1], sizeof W[0]);
    free(X);
    free(Y);
}

static void without_items_or_with_bad_features_there_is_no_map(void **state)
{
    (void)state;
    float W[(D + 1) * S], *X = normal_rows(7, 8, D), *Y = normal_rows(8, 8, S);
    huse_ridge *r;
    huse_err err;
    assert_int_equal(huse_ridge_new(&r, D, S, NULL), HUSE_OK);
    assert_int_equal(huse_ridge_solve(r, 1e2, W, &err), HUSE_BAD_DATA);
    X[3] = NAN;
    huse_ridge_add(r, NULL, X, Y, 8);
    assert_int_equal(huse_ridge_solve(r, 1e2, W, &err), HUSE_FAILED);
    huse_ridge_free(r);
    free(X);
    free(Y);
    assert_int_equal(huse_ridge_new(&r, (size_t)1 << 40, S, &err), HUSE_FAILED);
}

static void indefinite_systems_are_refused(void **state)
{
    (void)state;
    double A[4] = {1, 2, 2, 1}, B[2] = {1, 1}, C[4] = {4, 1, 1, 3}, x[4] = {1, 2, 5, 4};
    assert_int_equal(huse_solve_spd(A, 2, B, 1, NULL), HUSE_FAILED);
    assert_int_equal(huse_solve_spd(C, 2, x, 2, NULL), HUSE_OK);
    const double want[4] = {1 / 11.0, 7 / 11.0, 1, 1};
    for (size_t i = 0; i < 4; i++)
        assert_true(fabs(x[i] - want[i]) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_solution_satisfies_the_normal_equations),
        cmocka_unit_test(a_linear_relation_is_found_and_applied_as_unit_rows),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(without_items_or_with_bad_features_there_is_no_map),
        cmocka_unit_test(indefinite_systems_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
