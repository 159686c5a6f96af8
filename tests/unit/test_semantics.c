/* Class names, distances and vectors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "data/semantics.h"
#include "golden_metrics.h"
#include "tensor/eigen.h"

static float *matrix(const json_t *rows, size_t k)
{
    assert_int_equal(json_array_size(rows), k);
    float *A = huse_xcalloc(k * k, sizeof *A);
    for (size_t i = 0; i < k * k; i++)
        A[i] = (float)json_number_value(json_array_get(json_array_get(rows, i / k), i % k));
    return A;
}

static void assert_close(const float *got, const float *want, size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        if (!(fabs((double)got[i] - (double)want[i]) <= tolerance))
            fail_msg("entry %zu: %.9g, want %.9g", i, (double)got[i], (double)want[i]);
    }
}

static void name_tree_blend_and_vectors_equal_the_reference(void **state)
{
    (void)state;
    json_t *x = golden_json("metrics/semantics.json");
    size_t n = 0, d = 0;
    float *vector = golden_rows("metrics/class_name_vectors.npy", &n, &d);
    if (!x || !vector)
        skip();
    json_t *paths = json_object_get(x, "paths");
    size_t k = json_array_size(paths), p = 0;
    assert_int_equal(n, k);
    const char **path = huse_xcalloc(k, sizeof *path);
    for (size_t i = 0; i < k; i++)
        path[i] = json_string_value(json_array_get(paths, i));
    huse_taxonomy *t = huse_taxonomy_new(path, k);
    float *A_name = matrix(json_object_get(x, "A_name"), k),
          *A_tree = matrix(json_object_get(x, "A_tree"), k);
    float *blend = matrix(json_object_get(x, "blend"), k), *A = matrix(json_object_get(x, "A"), k);
    float *got_name = huse_xcalloc(k * k, sizeof(float)),
          *got_tree = huse_xcalloc(k * k, sizeof(float));
    float *got = huse_xcalloc(k * k, sizeof(float)), *psi = NULL;

    huse_semantics_from_psi(vector, k, d, got_name);
    assert_close(got_name, A_name, k * k, 1e-5);
    huse_semantics_tree(t, got_tree);
    assert_close(got_tree, A_tree, k * k, 1e-6);
    huse_semantics_blend(got_name, got_tree, k,
                         (float)json_number_value(json_object_get(x, "weight_of_tree")), got);
    assert_close(got, blend, k * k, 1e-5);
    assert_int_equal(huse_semantics_psi(got, k, &psi, &p, NULL), HUSE_OK);
    assert_int_equal(p, json_integer_value(json_object_get(x, "dimensions")));
    huse_semantics_from_psi(psi, k, p, got);
    assert_close(got, A, k * k, 1e-5);

    free(psi);
    free(got);
    free(got_tree);
    free(got_name);
    free(A);
    free(blend);
    free(A_tree);
    free(A_name);
    huse_taxonomy_free(t);
    free(path);
    free(vector);
    json_decref(x);
}

static void a_shared_name_becomes_the_words_of_its_path(void **state)
{
    (void)state;
    const char *path[] = {"Shoes/Men/Boots", "Shoes/Women/Boots", "Shoes/Women", "Hats",
                          "Wool Hats/Caps"};
    const char *want[] = {"Shoes Men Boots", "Shoes Women Boots", "Women", "Hats", "Caps"};
    char **name = huse_semantics_names(path, HUSE_COUNT(path));
    for (size_t i = 0; i < HUSE_COUNT(path); i++) {
        assert_string_equal(name[i], want[i]);
        free(name[i]);
    }
    free(name);
}

static void vectors_of_a_tree_give_its_distances_back(void **state)
{
    (void)state;
    /* a tree metric's 1 − A is positive semi-definite: nothing is cut, so A must come back as it
     * was */
    const char *path[] = {"a/b/c", "a/b/d", "a/e/f", "a/e/g", "h/i/j", "h/i/k", "l/m/n"};
    enum { K = HUSE_COUNT(path) };
    huse_taxonomy *t = huse_taxonomy_new(path, K);
    float A[K * K], back[K * K], *psi = NULL;
    size_t p = 0;
    huse_semantics_tree(t, A);
    assert_float_equal(A[0 * K + 1], 1 / 3.0f, 1e-6f);
    assert_float_equal(A[0 * K + 2], 2 / 3.0f, 1e-6f);
    assert_float_equal(A[0 * K + 6], 1, 1e-6f);
    assert_int_equal(huse_semantics_psi(A, K, &psi, &p, NULL), HUSE_OK);
    huse_semantics_from_psi(psi, K, p, back);
    assert_close(back, A, K * K, 1e-6);
    free(psi);
    huse_taxonomy_free(t);
}

static void equal_classes_share_one_vector(void **state)
{
    (void)state;
    float A[9] = {0, 0, 1, 0, 0, 1, 1, 1, 0}, back[9], *psi = NULL;
    size_t p = 0;
    assert_int_equal(huse_semantics_psi(A, 3, &psi, &p, NULL), HUSE_OK);
    assert_int_equal(p, 2);
    huse_semantics_from_psi(psi, 3, p, back);
    assert_close(back, A, 9, 1e-6);
    free(psi);
}

static void matrices_that_are_no_distances_are_refused(void **state)
{
    (void)state;
    float nan[4] = {0, NAN, NAN, 0}, skew[4] = {0, .5f, .4f, 0}, diagonal[4] = {.5f, 1, 1, 0};
    float *psi = NULL, *big = huse_xcalloc(1, sizeof *big);
    size_t p = 7;
    huse_err err;
    assert_int_equal(huse_semantics_psi(nan, 2, &psi, &p, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_semantics_psi(skew, 2, &psi, &p, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_semantics_psi(diagonal, 2, &psi, &p, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_semantics_psi(big, 2049, &psi, &p, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_semantics_psi(big, 0, &psi, &p, &err), HUSE_BAD_DATA);
    assert_null(psi);
    assert_int_equal(p, 7);
    free(big);
}

static void eigenvectors_rebuild_the_matrix(void **state)
{
    (void)state;
    enum { N = 40 };
    double A[N * N], U[N * N], w[N];
    huse_rng rng;
    huse_rng_init(&rng, 5, 0);
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j <= i; j++)
            A[i * N + j] = A[j * N + i] = huse_rng_normal(&rng);
    }
    memcpy(U, A, sizeof A);
    assert_int_equal(huse_eigen_symmetric(U, N, w, NULL), HUSE_OK);
    for (size_t i = 0; i < N; i++) {
        assert_true(i == 0 || w[i] >= w[i - 1]);
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t e = 0; e < N; e++)
                sum += w[e] * U[e * N + i] * U[e * N + j];
            assert_true(fabs(sum - A[i * N + j]) < 1e-10);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_tree_blend_and_vectors_equal_the_reference),
        cmocka_unit_test(a_shared_name_becomes_the_words_of_its_path),
        cmocka_unit_test(vectors_of_a_tree_give_its_distances_back),
        cmocka_unit_test(equal_classes_share_one_vector),
        cmocka_unit_test(matrices_that_are_no_distances_are_refused),
        cmocka_unit_test(eigenvectors_rebuild_the_matrix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
