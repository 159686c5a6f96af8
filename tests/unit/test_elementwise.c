/* The loops of training in every instruction set: right, and the same to the bit. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tensor/elementwise.h"

enum { MOST = 300 };

static const huse_elementwise *set[3];
static size_t sets;

static void numbers(float *x, uint64_t stream)
{
    huse_rng r;
    huse_rng_init(&r, 8, stream);
    for (size_t i = 0; i < MOST; i++)
        x[i] = (float)huse_rng_normal(&r);
}

/* Lengths around the widths of vectors. */
static const size_t length[] = { 0, 1, 7, 8, 15, 16, 17, 31, 33, 64, 127, 128, 255, 299 };

#define EACH_LENGTH(n) for (size_t l_ = 0, n; l_ < HUSE_COUNT(length) && (n = length[l_], true); l_++)

static void relu_keeps_what_is_positive_and_what_is_no_number(void **state)
{
    (void)state;
    float x[MOST], y[MOST];
    numbers(x, 1);
    x[5] = NAN;
    for (size_t s = 0; s < sets; s++)
        EACH_LENGTH(n)
        {
            memcpy(y, x, sizeof y);
            set[s]->relu(y, n);
            for (size_t i = 0; i < MOST; i++) {
                if (isnan(x[i]))
                    assert_true(isnan(y[i]));
                else
                    assert_true(y[i] == (i < n && x[i] < 0 ? 0 : x[i]));
            }
        }
}

static void draws_are_those_of_philox(void **state)
{
    (void)state;
    const uint32_t c[3] = { 11, 12, 13 }, key[2] = { 21, 22 };
    for (size_t s = 0; s < sets; s++)
        for (size_t n = 0; n < 70; n++) {
            uint16_t got[8 * 70 + 1];
            got[8 * n] = 4711;
            set[s]->draws(got, n, UINT32_MAX - 20, c, key); /* the counter wraps */
            assert_int_equal(got[8 * n], 4711);
            for (size_t i = 0; i < n; i++) {
                const uint32_t ctr[4] = { UINT32_MAX - 20 + (uint32_t)i, 11, 12, 13 };
                uint32_t word[4];
                huse_philox(word, ctr, key);
                for (size_t k = 0; k < 8; k++)
                    assert_int_equal(got[8 * i + k], word[k / 2] >> (k % 2 * 16) & 0xffff);
            }
        }
}

static void drop_zeroes_what_was_drawn_below_the_limit(void **state)
{
    (void)state;
    float x[MOST], y[MOST];
    uint16_t draw[MOST];
    numbers(x, 2);
    for (size_t i = 0; i < MOST; i++)
        draw[i] = (uint16_t)(i * 40503);
    const uint32_t limit[] = { 0, 9830, 65535, 65536 };
    for (size_t s = 0; s < sets; s++)
        for (size_t k = 0; k < HUSE_COUNT(limit); k++)
            EACH_LENGTH(n)
            {
                memcpy(y, x, sizeof y);
                set[s]->drop(y, n, draw, limit[k], 1.25f);
                for (size_t i = 0; i < MOST; i++)
                    assert_true(y[i] == (i >= n ? x[i] : draw[i] < limit[k] ? 0 : x[i] * 1.25f));
            }
}

static void mask_carries_a_gradient_through_what_was_positive(void **state)
{
    (void)state;
    float x[MOST], dx[MOST], y[MOST];
    numbers(x, 3);
    numbers(dx, 4);
    x[0] = 0;
    for (size_t s = 0; s < sets; s++)
        EACH_LENGTH(n)
        {
            memcpy(y, dx, sizeof y);
            set[s]->mask(y, x, n, 1.1f);
            for (size_t i = 0; i < MOST; i++)
                assert_true(y[i] == (i >= n ? dx[i] : x[i] > 0 ? dx[i] * 1.1f : 0));
        }
}

static void residuals_are_those_of_equation_10(void **state)
{
    (void)state;
    float c[MOST], A[MOST], y[MOST], first = 0;
    numbers(c, 5);
    numbers(A, 6);
    for (size_t i = 0; i < MOST; i++) {
        c[i] = tanhf(c[i]);
        A[i] = fabsf(A[i]);
    }
    EACH_LENGTH(n)
    for (size_t s = 0; s < sets; s++) {
        double want = 0;
        memcpy(y, c, sizeof y);
        float got = set[s]->residual(y, A, n, 0.7f);
        for (size_t i = 0; i < MOST; i++) {
            float d = 1 - c[i], r = A[i] < 0.7f && d < 0.7f ? d - A[i] : 0;
            assert_true(y[i] == (i < n ? r : c[i]));
            want += i < n ? (double)r * (double)r : 0;
        }
        assert_true(fabs((double)got - want) <= 1e-6 * want);
        first = s ? first : got;
        assert_true(got == first);
    }
    c[3] = NAN;
    for (size_t s = 0; s < sets; s++) {
        memcpy(y, c, sizeof y);
        A[3] = 0;
        assert_true(isnan(set[s]->residual(y, A, 40, 2.0f)) && isnan(y[3]));
    }
}

/* One step of every set from the same state; adamw or rmsprop. */
static void step(size_t s, bool adam, size_t n, float *w, float *m, float *v, const float *g)
{
    numbers(w, 7);
    numbers(m, 8);
    numbers(v, 9);
    for (size_t i = 0; i < MOST; i++)
        v[i] = fabsf(v[i]);
    if (adam)
        set[s]->adamw(&(huse_adamw_step){ 0.9f, 0.999f, 0.9999f, 1e-3f, 1.5f, 1e-8f }, w, g, m, v, n);
    else
        set[s]->rmsprop(0.9f, 0.9f, 1e-3f, 1e-7f, w, g, m, v, n);
}

static void optimisers_do_the_same_step_to_the_bit(void **state)
{
    (void)state;
    float g[MOST], w[2][MOST], m[2][MOST], v[2][MOST];
    numbers(g, 10);
    for (int adam = 0; adam < 2; adam++)
        EACH_LENGTH(n)
        for (size_t s = 0; s < sets; s++) {
            step(0, adam, n, w[0], m[0], v[0], g);
            step(s, adam, n, w[1], m[1], v[1], g);
            assert_memory_equal(w[0], w[1], sizeof w[0]);
            assert_memory_equal(m[0], m[1], sizeof m[0]);
            assert_memory_equal(v[0], v[1], sizeof v[0]);
        }
}

static void sums_are_taken_by_element(void **state)
{
    (void)state;
    float x[MOST], sum[MOST];
    numbers(x, 11);
    for (size_t s = 0; s < sets; s++)
        EACH_LENGTH(n)
        {
            for (size_t i = 0; i < MOST; i++)
                sum[i] = (float)i;
            set[s]->add(sum, x, n);
            for (size_t i = 0; i < MOST; i++)
                assert_true(sum[i] == (i < n ? (float)i + x[i] : (float)i));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relu_keeps_what_is_positive_and_what_is_no_number),
        cmocka_unit_test(draws_are_those_of_philox),
        cmocka_unit_test(drop_zeroes_what_was_drawn_below_the_limit),
        cmocka_unit_test(mask_carries_a_gradient_through_what_was_positive),
        cmocka_unit_test(residuals_are_those_of_equation_10),
        cmocka_unit_test(optimisers_do_the_same_step_to_the_bit),
        cmocka_unit_test(sums_are_taken_by_element),
    };
    sets = huse_elementwise_all(set);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
