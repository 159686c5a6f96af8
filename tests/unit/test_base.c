/* Pool, arena, generator, gemm: the ground that reproducibility stands on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/rng.h"
#include "base/sha256.h"
#include "tensor/gemm.h"

static void philox_matches_the_published_vectors(void **state)
{
    (void)state;
    uint32_t zero[4] = {0}, key0[2] = {0}, out[4];
    huse_philox(out, zero, key0);
    const uint32_t want0[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    assert_memory_equal(out, want0, sizeof out);
    uint32_t ones[4] = {~0u, ~0u, ~0u, ~0u}, key1[2] = {~0u, ~0u};
    huse_philox(out, ones, key1);
    const uint32_t want1[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    assert_memory_equal(out, want1, sizeof out);
}

static void streams_differ_and_repeat(void **state)
{
    (void)state;
    huse_rng a, b, c;
    huse_rng_init(&a, 1, 2);
    huse_rng_init(&b, 1, 2);
    huse_rng_init(&c, 1, 3);
    bool differs = false;
    for (int i = 0; i < 100; i++) {
        uint32_t x = huse_rng_u32(&a);
        assert_int_equal(x, huse_rng_u32(&b));
        differs |= x != huse_rng_u32(&c);
    }
    assert_true(differs);
    unsigned seen[7] = {0};
    for (int i = 0; i < 7000; i++)
        seen[huse_rng_below(&a, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 850, 1150);
}

static void arena_reuses_after_reset(void **state)
{
    (void)state;
    huse_arena     *a = huse_arena_new(1 << 12);
    huse_arena_mark m = huse_arena_get_mark(a);
    for (int i = 0; i < 50; i++)
        assert_int_equal((uintptr_t)huse_arena_alloc(a, 1000) % 64, 0);
    size_t bytes = huse_arena_bytes(a);
    for (int round = 0; round < 20; round++) {
        huse_arena_reset(a, m);
        for (int i = 0; i < 50; i++) {
            char *p = huse_arena_alloc(a, 1000);
            assert_int_equal(p[999], 0);
            memset(p, 1, 1000);
        }
    }
    assert_int_equal(bytes, huse_arena_bytes(a));
    huse_arena_free(a);
}

static void sha256_of_abc(void **state)
{
    (void)state;
    huse_key k = huse_sha256("abc", 3), back;
    char     hex[65];
    huse_key_hex(hex, &k);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(huse_key_parse(&back, hex) && huse_key_equal(&k, &back));
    hex[5] = 'g';
    assert_false(huse_key_parse(&back, hex));
}

struct counts {
    unsigned hit[5000];
};

static void count(void *ctx, size_t i, int worker)
{
    struct counts *c = ctx;
    (void)worker;
    c->hit[i]++;
}

static void pool_runs_every_task_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        huse_pool *p = huse_pool_new(threads);
        for (size_t n = 0; n < 5000; n = n * 3 + 1) {
            struct counts *c = huse_xcalloc(1, sizeof *c);
            huse_pool_run(p, n, count, c);
            for (size_t i = 0; i < 5000; i++)
                assert_int_equal(c->hit[i], i < n);
            free(c);
        }
        huse_pool_free(p);
    }
}

/* C by the definition, in double. */
static double reference(bool ta, bool tb, size_t i, size_t j, size_t K, const float *A, size_t lda, const float *B,
                        size_t ldb)
{
    double s = 0;
    for (size_t k = 0; k < K; k++)
        s += (double)(ta ? A[k * lda + i] : A[i * lda + k]) * (double)(tb ? B[j * ldb + k] : B[k * ldb + j]);
    return s;
}

static void gemm_is_right_and_its_bits_ignore_the_threads(void **state)
{
    (void)state;
    static const size_t shape[][3] = {{1, 1, 1}, {3, 5, 7}, {65, 33, 17}, {130, 260, 64}, {600, 1100, 31}, {1, 700, 40}};
    huse_pool          *p[3] = {NULL, huse_pool_new(2), huse_pool_new(4)};
    huse_rng            r;
    huse_rng_init(&r, 5, 0);
    for (size_t s = 0; s < HUSE_COUNT(shape); s++)
        for (int t = 0; t < 4; t++) {
            size_t M = shape[s][0], N = shape[s][1], K = shape[s][2];
            bool   ta = t & 1, tb = t & 2;
            size_t lda = ta ? M : K, ldb = tb ? K : N;
            float *A = huse_xaligned(M * K * 4), *B = huse_xaligned(N * K * 4), *C[3];
            for (size_t i = 0; i < M * K; i++)
                A[i] = (float)huse_rng_normal(&r);
            for (size_t i = 0; i < N * K; i++)
                B[i] = (float)huse_rng_normal(&r);
            for (int k = 0; k < 3; k++) {
                C[k] = huse_xaligned(M * N * 4);
                huse_gemm(p[k], ta, tb, M, N, K, 1.0f, A, lda, B, ldb, 0.0f, C[k], N);
                assert_memory_equal(C[k], C[0], M * N * 4);
            }
            for (size_t i = 0; i < M; i += 1 + M / 9)
                for (size_t j = 0; j < N; j += 1 + N / 9)
                    assert_float_equal(C[0][i * N + j], (float)reference(ta, tb, i, j, K, A, lda, B, ldb), 1e-3f);
            for (int k = 0; k < 3; k++)
                free(C[k]);
            free(A);
            free(B);
        }
    huse_pool_free(p[1]);
    huse_pool_free(p[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_matches_the_published_vectors),
        cmocka_unit_test(streams_differ_and_repeat),
        cmocka_unit_test(arena_reuses_after_reset),
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(pool_runs_every_task_once),
        cmocka_unit_test(gemm_is_right_and_its_bits_ignore_the_threads),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
