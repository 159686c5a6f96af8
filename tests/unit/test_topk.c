/* Exact top-k: every path gives the float32 answer of a plain loop. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "index/collect.h"
#include "index/quantise.h"
#include "index/topk.h"

static huse_rng rng;

static float *random_rows(size_t n, size_t d, bool unit)
{
    float *x = huse_xmalloc(n * d * sizeof *x);
    for (size_t r = 0; r < n; r++) {
        double square = 0;
        for (size_t i = 0; i < d; i++) {
            x[r * d + i] = (float)huse_rng_normal(&rng);
            square += (double)x[r * d + i] * (double)x[r * d + i];
        }
        for (size_t i = 0; unit && i < d; i++)
            x[r * d + i] = (float)((double)x[r * d + i] / sqrt(square));
    }
    return x;
}

static int by_score(const void *a, const void *b)
{
    const huse_near *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The definition: all scores, sorted. */
static size_t plain(const float *x, size_t n, size_t d, const float *q, size_t k, const uint8_t *allow, huse_near *out)
{
    huse_near *all = huse_xmalloc((n + 1) * sizeof *all);
    size_t kept = 0;
    for (size_t r = 0; r < n; r++)
        if (allow == NULL || (allow[r / 8] >> r % 8 & 1))
            all[kept++] = (huse_near){ (uint32_t)r, huse_index_dot(x + r * d, q, d) };
    qsort(all, kept, sizeof *all, by_score);
    kept = kept < k ? kept : k;
    memcpy(out, all, kept * sizeof *all);
    free(all);
    return kept;
}

static void check(const float *x, size_t n, size_t d, const float *q, size_t m, size_t k, const uint8_t *allow)
{
    huse_near *want = huse_xmalloc((k + 1) * sizeof *want), *got = huse_xmalloc((m * k + 1) * sizeof *got);
    size_t *count = huse_xmalloc((m + 1) * sizeof *count);
    huse_index *view = huse_index_view(x, n, d), *copy = huse_index_view(x, n, d);
    huse_index_quantise(copy, NULL);
    huse_pool *pool[3] = { NULL, huse_pool_new(2), huse_pool_new(5) };
    for (int p = 0; p < 3; p++) {
        for (int way = 0; way < 2; way++) {
            huse_index_search(way ? copy : view, pool[p], q, m, k, allow, got, count);
            for (size_t j = 0; j < m; j++) {
                assert_int_equal(count[j], plain(x, n, d, q + j * d, k, allow, want));
                for (size_t i = 0; i < count[j]; i++) {
                    assert_int_equal(got[j * k + i].row, want[i].row);
                    assert_memory_equal(&got[j * k + i].score, &want[i].score, sizeof(float));
                }
            }
        }
        huse_pool_free(pool[p]);
    }
    huse_index_free(view);
    huse_index_free(copy);
    free(want);
    free(got);
    free(count);
}

static void the_dot_is_near_the_exact_one(void **state)
{
    (void)state;
    for (size_t d = 1; d < 600; d += 37) {
        float *x = random_rows(2, d, true);
        double exact = 0;
        for (size_t i = 0; i < d; i++)
            exact += (double)x[i] * (double)x[d + i];
        assert_true(fabs(exact - (double)huse_index_dot(x, x + d, d)) < 1e-6);
        free(x);
    }
}

static void all_kernels_give_the_same_dots(void **state)
{
    (void)state;
    size_t n;
    const huse_scan_kernel *kernel = huse_scan_kernels(&n);
    for (size_t d = 1; d < 100; d++) {
        float *x = random_rows(6, d, false), want[5], got[5];
        huse_dots_ref(x, 5, d, x + 5 * d, want);
        for (size_t i = 0; i < n; i++) {
            kernel[i].dots(x, 5, d, x + 5 * d, got);
            assert_memory_equal(want, got, sizeof want);
        }
        free(x);
    }
}

/* Scans once with a kernel and keeps what its collectors hold. */
static size_t scan_with(const huse_scan_kernel *kernel, const huse_scan_copy *copy, const huse_scan_query *query, size_t m,
                        size_t n, huse_candidate *out)
{
    float floor[HUSE_SCAN_BATCH];
    huse_collector collector[HUSE_SCAN_BATCH];
    for (size_t j = 0; j < m; j++)
        huse_collector_init(&collector[j], &floor[j], n, 5, NULL);
    huse_scan scan = { copy, query, collector, floor, m };
    kernel->scan(&scan, 0, copy->groups);
    size_t kept = 0;
    for (size_t j = 0; j < m; j++) {
        memcpy(out + kept, collector[j].candidate, collector[j].n * sizeof *out);
        kept += collector[j].n;
        huse_collector_fini(&collector[j]);
    }
    return kept;
}

static void all_kernels_find_the_same_candidates(void **state)
{
    (void)state;
    size_t kernels;
    const huse_scan_kernel *kernel = huse_scan_kernels(&kernels);
    for (size_t d = 5; d < 80; d += 18) {
        for (size_t m = 1; m <= 11; m += 5) {
            for (int two = 0; two < 2; two++) {
                size_t n = 1003;
                float *x = random_rows(n, d, true), *q = random_rows(m, d, false);
                huse_scan_copy *copy = huse_scan_copy_new(x, n, d, NULL);
                huse_scan_queries queries;
                assert_true(huse_scan_queries_init(&queries, q, m, d, two));
                huse_candidate *want = huse_xmalloc(m * n * sizeof *want), *got = huse_xmalloc(m * n * sizeof *got);
                for (size_t i = 0; i < kernels; i++) {
                    if (two && m > 1 && kernel[i].integer_batch)
                        continue; /* never asked for */
                    size_t a = scan_with(&kernel[kernels - 1], copy, queries.q, m, n, want);
                    size_t b = scan_with(&kernel[i], copy, queries.q, m, n, got);
                    assert_int_equal(a, b);
                    assert_memory_equal(want, got, a * sizeof *want);
                }
                huse_scan_queries_fini(&queries);
                huse_scan_copy_free(copy);
                free(want);
                free(got);
                free(x);
                free(q);
            }
        }
    }
}

static void bounds_hold_for_every_row(void **state)
{
    (void)state;
    size_t n = 4100, d = 48;
    float *x = random_rows(n, d, false), *q = random_rows(1, d, false);
    for (size_t i = 0; i < d; i++) {
        x[i] *= 1e6F;
        x[7 * d + i] *= 1e-18F;
    }
    x[9 * d] = 1e4F; /* one spike: all else rounds to 0 */
    huse_scan_copy *copy = huse_scan_copy_new(x, n, d, NULL);
    for (int two = 0; two < 2; two++) {
        huse_scan_queries s;
        assert_true(huse_scan_queries_init(&s, q, 1, d, two));
        for (size_t r = 0; r < n; r++) {
            int32_t acc = 0;
            for (size_t i = 0; i < d; i++)
                acc += copy->u[r / 16 * copy->quads * 64 + i / 4 * 64 + r % 16 * 4 + i % 4] * s.q[0].b[i];
            double est = (double)(acc - s.q[0].offset) * (double)copy->scale[r] * (double)s.q[0].scale;
            double bound = (double)copy->resid[r] * (double)s.q[0].norm +
                           (double)copy->norm[r / 16 / HUSE_SCAN_CHUNK] * (double)s.q[0].residual;
            assert_true(fabs(est - (double)huse_index_dot(x + r * d, q, d)) <= bound);
        }
        huse_scan_queries_fini(&s);
    }
    huse_scan_copy_free(copy);
    free(x);
    free(q);
}

static void random_rows_give_the_plain_answer(void **state)
{
    (void)state;
    size_t shape[][4] = { { 1, 1, 1, 1 },      { 15, 3, 2, 2 },     { 16, 16, 4, 3 },   { 1000, 33, 9, 10 },
                          { 5000, 256, 3, 10 }, { 9001, 64, 70, 10 }, { 4097, 20, 5, 600 } };
    for (size_t i = 0; i < HUSE_COUNT(shape); i++) {
        size_t n = shape[i][0], d = shape[i][1], m = shape[i][2], k = shape[i][3];
        for (int unit = 0; unit < 2; unit++) {
            float *x = random_rows(n, d, unit), *q = random_rows(m, d, unit);
            check(x, n, d, q, m, k, NULL);
            free(x);
            free(q);
        }
    }
}

static void equal_rows_come_in_the_order_of_their_numbers(void **state)
{
    (void)state;
    size_t n = 3000, d = 32;
    float *x = random_rows(n, d, true);
    for (size_t r = 0; r < n; r++)
        memcpy(x + r * d, x + r % 7 * d, d * sizeof *x);
    check(x, n, d, x, 6, 40, NULL);
    for (size_t r = 0; r < n; r++)
        memcpy(x + r * d, x, d * sizeof *x);
    check(x, n, d, x, 5, 25, NULL);
    free(x);
}

static void rows_that_differ_by_less_than_the_bound_are_told_apart(void **state)
{
    (void)state;
    size_t n = 6000, d = 64;
    float *x = random_rows(n, d, true);
    for (size_t r = 1; r < n; r++)
        for (size_t i = 0; i < d; i++)
            x[r * d + i] = x[i] + 1e-5F * x[r * d + i];
    check(x, n, d, x, 5, 10, NULL);
    free(x);
}

static void rising_scores_keep_every_row_a_candidate_in_turn(void **state)
{
    (void)state;
    size_t n = 20000, d = 8;
    float *x = random_rows(n, d, true);
    for (size_t r = 0; r < n; r++)
        x[r * d] = (float)r;
    float q[8] = { 1 };
    check(x, n, d, q, 1, 7, NULL);
    free(x);
}

static void a_filter_hides_rows(void **state)
{
    (void)state;
    size_t n = 5003, d = 24;
    float *x = random_rows(n, d, true), *q = random_rows(6, d, true);
    uint8_t *allow = huse_xcalloc((n + 7) / 8, 1);
    check(x, n, d, q, 6, 10, allow);
    allow[n / 8] = 0xff; /* bits beyond the last row are no rows */
    check(x, n, d, q, 6, 10, allow);
    for (size_t r = 0; r < n; r += 3)
        allow[r / 8] |= (uint8_t)(1 << r % 8);
    check(x, n, d, q, 6, 10, allow);
    check(x, n, d, q, 1, n, allow);
    memset(allow, 0, (n + 7) / 8);
    for (size_t r = 0; r < n; r += 100)
        allow[r / 8] |= (uint8_t)(1 << r % 8);
    check(x, n, d, q, 6, 60, allow);
    free(allow);
    free(x);
    free(q);
}

static void k_beyond_n_gives_all_rows(void **state)
{
    (void)state;
    float *x = random_rows(50, 12, true);
    check(x, 50, 12, x, 5, 80, NULL);
    check(x, 50, 12, x, 5, 50, NULL);
    check(x, 50, 12, x, 5, 0, NULL);
    check(x, 0, 12, x, 2, 3, NULL);
    free(x);
}

static void zero_and_non_finite_values_do_no_harm(void **state)
{
    (void)state;
    size_t n = 3000, d = 20;
    float *x = random_rows(n, d, true), *q = random_rows(8, d, true);
    memset(x, 0, 40 * d * sizeof *x);
    x[100 * d] = 1e30F;
    x[101 * d + 3] = -1e38F;
    x[102 * d] = 1e-42F;
    memset(q, 0, d * sizeof *q);
    check(x, n, d, q, 8, 10, NULL);
    check(x, n, d, q, 1, 10, NULL);
    x[200 * d + 1] = NAN;
    x[201 * d + 2] = INFINITY;
    huse_index *ix = huse_index_view(x, n, d);
    huse_near a[80], b[80];
    size_t na[8], nb[8];
    huse_index_search(ix, NULL, q, 8, 10, NULL, a, na);
    huse_index_quantise(ix, NULL);
    huse_index_search(ix, NULL, q, 8, 10, NULL, b, nb);
    assert_memory_equal(na, nb, sizeof na);
    assert_memory_equal(a, b, sizeof a);
    for (size_t i = 0; i < 80; i++)
        assert_int_not_equal(a[i].row, 200);
    q[d] = NAN;
    huse_index_search(ix, NULL, q, 8, 10, NULL, a, na);
    assert_int_equal(na[1], 10);
    huse_index_free(ix);
    free(x);
    free(q);
}

static void the_copy_is_made_for_large_indexes_only(void **state)
{
    (void)state;
    size_t d = 4096, n = HUSE_INDEX_COPY_VALUES / 4096;
    float *x = calloc(n * d, sizeof *x);
    assert_non_null(x);
    huse_index *small = huse_index_new(x, n - 1, d, NULL), *large = huse_index_new(x, n, d, NULL);
    assert_false(huse_index_quantised(small));
    assert_true(huse_index_quantised(large));
    huse_index_free(small);
    huse_index_free(large);
    free(x);
}

static void selection_finds_the_kth_largest(void **state)
{
    (void)state;
    for (size_t n = 1; n < 60; n++) {
        for (size_t k = 1; k <= n; k++) {
            float x[60];
            for (size_t i = 0; i < n; i++)
                x[i] = (float)huse_rng_below(&rng, 20);
            float kth = huse_select_largest(x, n, k);
            size_t above = 0, same = 0;
            for (size_t i = 0; i < n; i++) {
                above += x[i] > kth;
                same += x[i] == kth;
            }
            assert_true(above < k && above + same >= k);
        }
    }
}

int main(void)
{
    huse_rng_init(&rng, 1, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_dot_is_near_the_exact_one),
        cmocka_unit_test(all_kernels_give_the_same_dots),
        cmocka_unit_test(all_kernels_find_the_same_candidates),
        cmocka_unit_test(bounds_hold_for_every_row),
        cmocka_unit_test(random_rows_give_the_plain_answer),
        cmocka_unit_test(equal_rows_come_in_the_order_of_their_numbers),
        cmocka_unit_test(rows_that_differ_by_less_than_the_bound_are_told_apart),
        cmocka_unit_test(rising_scores_keep_every_row_a_candidate_in_turn),
        cmocka_unit_test(a_filter_hides_rows),
        cmocka_unit_test(k_beyond_n_gives_all_rows),
        cmocka_unit_test(zero_and_non_finite_values_do_no_harm),
        cmocka_unit_test(the_copy_is_made_for_large_indexes_only),
        cmocka_unit_test(selection_finds_the_kth_largest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
