/* One HUSE training step of the paper's size: batch 1024, 1280 → 5×512 → 512 and 1536 → 2×512 → 512, K 101, RMSProp. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "model/losses.h"
#include "model/optimiser.h"

enum { B = 1024, I = 1280, T = 1536, H = 512, D = 512, K = 101, STEPS = 25, WARM = 5 };

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    huse_pool     *pool = huse_pool_new(argc > 1 ? atoi(argv[1]) : 2);
    huse_shape     shape = {I, T, H, 5, 2, D, K, 1};
    huse_net      *net;
    huse_rng       r;
    huse_optimiser o = {HUSE_RMSPROP, 1.6192e-05f, 0, 0.9f, 0.9f, 1e-7f};
    if (huse_net_new(&net, &shape, B, NULL) != HUSE_OK)
        return 1;
    huse_params_randomise(&net->params, 1, net->w);
    huse_rng_init(&r, 1, 1);
    float    *x = huse_xaligned((size_t)B * I * 4), *t = huse_xaligned((size_t)B * T * 4), *A = huse_xaligned(K * K * 4);
    float    *m = huse_xaligned(net->params.floats * 4), *v = huse_xaligned(net->params.floats * 4);
    int32_t  *y = huse_xaligned(2 * B * 4);
    uint32_t *self = huse_xaligned(B * 4);
    for (size_t i = 0; i < (size_t)B * I; i++)
        x[i] = (float)huse_rng_normal(&r);
    for (size_t i = 0; i < (size_t)B * T; i++)
        t[i] = (float)huse_rng_normal(&r);
    for (size_t i = 0; i < K; i++)
        for (size_t k = 0; k < i; k++)
            A[i * K + k] = A[k * K + i] = (float)huse_rng_uniform(&r);
    for (size_t i = 0; i < B; i++) {
        y[i] = y[B + i] = (int32_t)huse_rng_below(&r, K);
        self[i] = (uint32_t)i;
    }
    huse_batch        b = {B, B, x, t, y, B, self, self};
    huse_graph        graph = {K, 0, A, NULL};
    huse_loss_scratch s;
    double            ms[STEPS];
    huse_loss_scratch_init(&s, net->arena, B, D, &graph);
    for (long step = 1; step <= STEPS; step++) {
        const huse_dropout drop[2] = {{0.15f, 1, (uint64_t)step}, {0.15f, 1, (uint64_t)step}};
        double             start = now_ms();
        memset(net->g, 0, net->params.floats * 4);
        memset(net->dE, 0, 2 * (size_t)B * D * 4);
        huse_net_forward(net, pool, &b, drop);
        huse_loss_class(net, pool, &b, 1, 1);
        huse_loss_graph(net, pool, &b, &graph, 0.7f, 1, &s);
        huse_loss_gap(net, pool, &b, 1);
        huse_net_backward(net, pool, &b, drop);
        huse_optimiser_step(&o, pool, &net->params, step, net->w, net->g, m, v);
        ms[step - 1] = now_ms() - start;
    }
    qsort(ms + WARM, STEPS - WARM, sizeof *ms, by_value);
    printf("huse step ms median %.1f min %.1f\n", ms[(WARM + STEPS) / 2], ms[WARM]);
    return 0;
}
