/* Exact search: ms of one query and of 64 over N x 256 unit rows, k 10, beside a plain pass over the float32 rows.
 * Usage: bench_search [N [threads]] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "index/topk.h"

enum { WIDTH = 256, QUERIES = 64, BEST = 10, ROUNDS = 9 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

typedef struct fill_job {
    float *x;
} fill_job;

static void fill_row(void *ctx, size_t row, int worker)
{
    (void)worker;
    float *x = ((fill_job *)ctx)->x + row * WIDTH;
    huse_rng r;
    huse_rng_init(&r, 0, row);
    double square = 0;
    for (size_t i = 0; i < WIDTH; i++) {
        x[i] = (float)huse_rng_normal(&r);
        square += (double)x[i] * (double)x[i];
    }
    for (size_t i = 0; i < WIDTH; i++)
        x[i] = (float)((double)x[i] / sqrt(square));
}

static double time_search(const huse_index *ix, huse_pool *pool, const float *q, size_t m)
{
    huse_near out[QUERIES * BEST];
    size_t count[QUERIES];
    double ms[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = now_ms();
        huse_index_search(ix, pool, q, m, BEST, NULL, out, count);
        ms[i] = now_ms() - start;
    }
    qsort(ms, ROUNDS, sizeof *ms, by_value);
    return ms[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    huse_pool *pool = huse_pool_new(argc > 2 ? atoi(argv[2]) : 0);
    float *x = malloc(n * WIDTH * sizeof *x), *q = malloc(QUERIES * WIDTH * sizeof *q);
    if (n < QUERIES || x == NULL || q == NULL) {
        fprintf(stderr, "bench_search: too few rows or too little memory\n");
        return 1;
    }
    huse_pool_run(pool, n, fill_row, &(fill_job){ x });
    huse_rng r;
    huse_rng_init(&r, 1, 0);
    for (size_t i = 0; i < QUERIES * WIDTH; i++)
        q[i] = x[i] + .05F * (float)huse_rng_normal(&r);
    huse_index *ix = huse_index_view(x, n, WIDTH);
    printf("%zu x %d, k %d, %d threads, %s\n", n, WIDTH, BEST, huse_pool_threads(pool), huse_index_kernel());
    printf("float32 rows   1 query %8.1f ms   %d queries %8.1f ms\n", time_search(ix, pool, q, 1), QUERIES,
           time_search(ix, pool, q, QUERIES));
    double start = now_ms();
    huse_index_quantise(ix, pool);
    printf("8-bit copy     made in %8.1f ms\n", now_ms() - start);
    printf("8-bit copy     1 query %8.1f ms   %d queries %8.1f ms\n", time_search(ix, pool, q, 1), QUERIES,
           time_search(ix, pool, q, QUERIES));
    huse_index_free(ix);
    huse_pool_free(pool);
    free(x);
    free(q);
    return 0;
}
