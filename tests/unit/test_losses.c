/* Loss terms and towers: PyTorch's values (golden/step), central differences, thread-count independence. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/rng.h"
#include "golden_step.h"
#include "model/losses.h"
#include "model/optimiser.h"

/* ---- golden step ---- */

/* Forward, all terms, backward; gradients in net->g. Returns the total and each term. */
static double step(golden *g, huse_pool *pool, huse_loss_scratch *scratch, double term[3])
{
    huse_net *net = g->net;
    double    alpha = number(g->meta, "alpha"), beta = number(g->meta, "beta"), gamma = number(g->meta, "gamma");
    memset(net->g, 0, net->params.floats * sizeof(float));
    memset(net->dE, 0, 2 * net->rows * net->params.shape.D * sizeof(float));
    huse_net_forward(net, pool, &g->batch, NULL);
    term[0] = huse_loss_class(net, pool, &g->batch, (float)number(g->meta, "logit_scale"), (float)alpha);
    term[1] = huse_loss_graph(net, pool, &g->batch, &g->graph, (float)number(g->meta, "zeta"), (float)beta, scratch);
    term[2] = huse_loss_gap(net, pool, &g->batch, (float)gamma);
    huse_net_backward(net, pool, &g->batch, NULL);
    return alpha * term[0] + beta * term[1] + gamma * term[2];
}

static void one_step_equals_pytorch(void **state)
{
    (void)state;
    golden            g;
    huse_loss_scratch scratch;
    double            term[3];
    if (!open_golden(&g, 1))
        skip();
    huse_loss_scratch_init(&scratch, g.net->arena, g.net->rows, g.net->params.shape.D, &g.graph);
    double total = step(&g, NULL, &scratch, term);
    near_relative(term[0], number(g.meta, "L_class"), 1e-5, "L_class");
    near_relative(term[1], number(g.meta, "L_graph"), 1e-5, "L_graph");
    near_relative(term[2], number(g.meta, "L_gap"), 1e-5, "L_gap");
    near_relative(total, number(g.meta, "L"), 1e-5, "L");
    size_t n, d;
    for (int t = 0; t < 2; t++) {
        float *e = load(t ? "text_emb" : "image_emb", &n, &d);
        for (size_t i = 0; i < n * d; i++)
            assert_float_equal(e[i], g.net->E[(t ? n * d : 0) + i], 2e-6f);
        free(e);
    }
    for (size_t i = 0; i < g.net->params.n; i++) {
        const huse_param *p = &g.net->params.param[i];
        char              name[64];
        float             top = 0;
        snprintf(name, sizeof name, "grad.%s", p->name);
        float *want = load(name, &n, &d);
        assert_non_null(want);
        for (size_t k = 0; k < n * d; k++)
            top = fmaxf(top, fabsf(want[k]));
        for (size_t k = 0; k < n * d; k++)
            if (!(fabsf(want[k] - g.net->g[p->at + k]) <= 1e-4f * top))
                fail_msg("%s[%zu]: %.9g, want %.9g", name, k, (double)g.net->g[p->at + k], (double)want[k]);
        free(want);
    }
    close_golden(&g);
}

static void three_steps(const char *kind, const huse_optimiser *o, const json_t *losses)
{
    golden            g;
    huse_loss_scratch scratch;
    huse_safetensors *st;
    double            term[3];
    char              path[512];
    assert_true(open_golden(&g, 1));
    huse_loss_scratch_init(&scratch, g.net->arena, g.net->rows, g.net->params.shape.D, &g.graph);
    size_t floats = g.net->params.floats;
    float *m = huse_xaligned(floats * 4), *v = huse_xaligned(floats * 4), *want = huse_xaligned(floats * 4);
    for (long s = 1; s <= 3; s++) {
        double total = step(&g, NULL, &scratch, term);
        near_relative(total, json_number_value(json_array_get(losses, (size_t)s - 1)), 1e-5, kind);
        huse_optimiser_step(o, NULL, &g.net->params, s, g.net->w, g.net->g, m, v);
    }
    snprintf(path, sizeof path, "%s/methods.safetensors", golden_dir());
    assert_int_equal(huse_safetensors_open(&st, path, NULL), HUSE_OK);
    snprintf(path, sizeof path, "%s.after.", kind);
    assert_int_equal(huse_params_load(&g.net->params, path, st, want, NULL), HUSE_OK);
    for (size_t i = 0; i < floats; i++)
        assert_float_equal(g.net->w[i], want[i], 1e-4f);
    huse_safetensors_close(st);
    free(m);
    free(v);
    free(want);
    close_golden(&g);
}

static void optimisers_equal_pytorch_after_three_steps(void **state)
{
    (void)state;
    char path[512];
    snprintf(path, sizeof path, "%s/methods.json", golden_dir());
    json_t *meta = json_load_file(path, 0, NULL);
    if (!meta)
        skip();
    const json_t  *a = json_object_get(meta, "adamw"), *r = json_object_get(meta, "rmsprop");
    huse_optimiser adamw = {HUSE_ADAMW, (float)number(a, "lr"), (float)number(a, "weight_decay"),
                            (float)number(a, "beta1"), (float)number(a, "beta2"), (float)number(a, "eps")};
    huse_optimiser rms = {HUSE_RMSPROP, (float)number(r, "lr"), 0, (float)number(r, "momentum"),
                          (float)number(r, "rho"), (float)number(r, "eps")};
    three_steps("adamw", &adamw, json_object_get(a, "losses"));
    three_steps("rmsprop", &rms, json_object_get(r, "losses"));
    json_decref(meta);
}

/* ---- central differences on random batches with missing modalities ---- */

enum { B = 9, KK = 4, DD = 6, PP = 5 };

typedef struct tiny {
    huse_net         *net;
    huse_batch        batch;
    huse_graph        graph;
    huse_loss_scratch scratch;
    float             image[B * 7], text[B * 5], A[KK * KK], psi[KK * PP];
    int32_t           y[2 * B];
    uint32_t          pi[B], pt[B];
    huse_dropout      drop[2];
} tiny;

static void tiny_open(tiny *t, bool by_psi)
{
    huse_rng r;
    memset(t, 0, sizeof *t);
    huse_rng_init(&r, 3, 1);
    huse_shape shape = {7, 5, 8, 2, 1, DD, KK, 1};
    assert_int_equal(huse_net_new(&t->net, &shape, B, NULL), HUSE_OK);
    huse_params_randomise(&t->net->params, 4, t->net->w);
    for (size_t i = 0; i < t->net->params.floats; i++)
        t->net->w[i] *= 1.5f;
    for (size_t i = 0; i < HUSE_COUNT(t->image); i++)
        t->image[i] = (float)huse_rng_normal(&r);
    for (size_t i = 0; i < HUSE_COUNT(t->text); i++)
        t->text[i] = (float)huse_rng_normal(&r);
    for (size_t i = 0; i < KK; i++) {
        float norm = 0;
        for (size_t c = 0; c < PP; c++) {
            t->psi[i * PP + c] = (float)huse_rng_normal(&r) + 0.8f;
            norm += t->psi[i * PP + c] * t->psi[i * PP + c];
        }
        for (size_t c = 0; c < PP; c++)
            t->psi[i * PP + c] /= sqrtf(norm);
    }
    for (size_t i = 0; i < KK; i++)
        for (size_t k = 0; k < KK; k++) {
            float dot = 0;
            for (size_t c = 0; c < PP; c++)
                dot += t->psi[i * PP + c] * t->psi[k * PP + c];
            t->A[i * KK + k] = i == k ? 0.0f : 1.0f - dot;
        }
    /* eight image rows, seven text rows, six pairs: items 8 and 9 lack something */
    for (size_t i = 0; i < 15; i++)
        t->y[i] = (int32_t)huse_rng_below(&r, KK);
    for (size_t i = 0; i < 6; i++) {
        t->pi[i] = (uint32_t)i + 1;
        t->pt[i] = (uint32_t)i;
        t->y[8 + i] = t->y[i + 1];
    }
    t->batch = (huse_batch){8, 7, t->image, t->text, t->y, 6, t->pi, t->pt};
    t->graph = (huse_graph){KK, PP, by_psi ? NULL : t->A, t->psi};
    huse_loss_scratch_init(&t->scratch, t->net->arena, B, DD, &t->graph);
    t->drop[0] = (huse_dropout){0.15f, 9, 1};
    t->drop[1] = (huse_dropout){0.25f, 9, 1};
}

static double tiny_loss(tiny *t, huse_pool *pool, int term)
{
    huse_net *net = t->net;
    memset(net->dE, 0, 2 * net->rows * DD * sizeof(float));
    huse_net_forward(net, pool, &t->batch, t->drop);
    switch (term) {
    case 0:
        return huse_loss_class(net, pool, &t->batch, 3.0f, 1.0f);
    case 1:
        return huse_loss_graph(net, pool, &t->batch, &t->graph, 0.9f, 1.0f, &t->scratch);
    case 2:
        return huse_loss_gap(net, pool, &t->batch, 1.0f);
    default:
        return huse_loss_instance(net, pool, &t->batch, 0.3f, 1.0f, &t->scratch);
    }
}

static void check_differences(int term, bool by_psi)
{
    tiny t;
    tiny_open(&t, by_psi);
    huse_net *net = t.net;
    memset(net->g, 0, net->params.floats * sizeof(float));
    double loss = tiny_loss(&t, NULL, term);
    assert_true(isfinite(loss) && loss > 0);
    huse_net_backward(net, NULL, &t.batch, t.drop);
    float *g = huse_xaligned(net->params.floats * 4);
    memcpy(g, net->g, net->params.floats * 4);
    double top = 0, worst = 0;
    size_t checked = 0;
    for (size_t i = 0; i < net->params.floats; i++)
        top = fmax(top, fabs((double)g[i]));
    assert_true(top > 1e-4);
    for (size_t i = 0; i < net->params.floats; i += 3) {
        float  old = net->w[i], h = 2e-3f;
        net->w[i] = old + h;
        double up = tiny_loss(&t, NULL, term);
        net->w[i] = old - h;
        double down = tiny_loss(&t, NULL, term);
        net->w[i] = old;
        double slope = (up - down) / (2.0 * (double)h), off = fabs(slope - (double)g[i]);
        /* a ReLU or mask edge inside the step makes single entries differ; they are few */
        checked++;
        worst += off > 0.02 * top + 2e-4;
    }
    if (worst > 0.02 * (double)checked)
        fail_msg("term %d: %.0f of %zu slopes differ", term, worst, checked);
    free(g);
    huse_net_free(net);
}

static void gradients_match_central_differences(void **state)
{
    (void)state;
    for (int term = 0; term < 4; term++)
        check_differences(term, false);
    check_differences(1, true);
}

static void graph_loss_equals_its_definition(void **state)
{
    (void)state;
    tiny t;
    for (int by_psi = 0; by_psi < 2; by_psi++) {
        tiny_open(&t, by_psi);
        double got = tiny_loss(&t, NULL, 1), want = 0;
        for (size_t m = 0; m < 15; m++)
            for (size_t n = 0; n < 15; n++) {
                double dot = 0, a = (double)t.A[t.y[m] * KK + t.y[n]];
                for (size_t c = 0; c < DD; c++)
                    dot += (double)t.net->E[m * DD + c] * (double)t.net->E[n * DD + c];
                if (a < 0.9 && 1 - dot < 0.9)
                    want += (1 - dot - a) * (1 - dot - a) / 225;
            }
        near_relative(got, want, 1e-5, "L_graph");
        huse_net_free(t.net);
    }
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    float *first = NULL;
    for (int threads = 1; threads <= 4; threads++) {
        huse_pool *pool = huse_pool_new(threads);
        huse_shape shape = {300, 200, 160, 5, 2, 96, 40, 1};
        huse_net  *net;
        huse_rng   r;
        enum { ROWS = 300 };
        assert_int_equal(huse_net_new(&net, &shape, ROWS, NULL), HUSE_OK);
        huse_params_randomise(&net->params, 7, net->w);
        huse_rng_init(&r, 1, 1);
        float    *x = huse_xaligned(ROWS * 300 * 4), *A = huse_xaligned(40 * 40 * 4);
        int32_t  *y = huse_xaligned(2 * ROWS * 4);
        uint32_t *self = huse_xaligned(ROWS * 4);
        for (size_t i = 0; i < ROWS * 300; i++)
            x[i] = (float)huse_rng_normal(&r);
        for (size_t i = 0; i < 40 * 40; i++)
            A[i] = i % 41 ? 0.5f : 0.0f;
        for (size_t i = 0; i < ROWS; i++) {
            y[i] = y[ROWS + i] = (int32_t)(i % 40);
            self[i] = (uint32_t)i;
        }
        huse_batch        b = {ROWS, ROWS, x, x, y, ROWS, self, self};
        huse_graph        graph = {40, 0, A, NULL};
        huse_loss_scratch s;
        huse_dropout      drop[2] = {{0.15f, 1, 1}, {0.15f, 1, 1}};
        huse_loss_scratch_init(&s, net->arena, ROWS, 96, &graph);
        memset(net->dE, 0, 2 * ROWS * 96 * 4);
        huse_net_forward(net, pool, &b, drop);
        huse_loss_class(net, pool, &b, 8, 1);
        huse_loss_graph(net, pool, &b, &graph, 2, 10, &s);
        huse_loss_gap(net, pool, &b, 0.3f);
        huse_loss_instance(net, pool, &b, 0.1f, 0.3f, &s);
        huse_net_backward(net, pool, &b, drop);
        if (!first) {
            first = huse_xaligned(net->params.floats * 4);
            memcpy(first, net->g, net->params.floats * 4);
        }
        assert_memory_equal(first, net->g, net->params.floats * 4);
        free(x);
        free(A);
        free(y);
        free(self);
        huse_net_free(net);
        huse_pool_free(pool);
    }
    free(first);
}

static void dropout_keeps_the_asked_share_and_repeats(void **state)
{
    (void)state;
    enum { N = 64, OUT = 1000 };
    float       *y = huse_xaligned(N * OUT * 4), *again = huse_xaligned(N * OUT * 4), *b = huse_xaligned(OUT * 4);
    float       *W = huse_xaligned(OUT * 4), *x = huse_xaligned(N * 4);
    huse_dropout d = {0.15f, 3, 77};
    for (size_t i = 0; i < OUT; i++)
        b[i] = 1.0f;
    huse_linear_fwd(NULL, x, N, 1, W, b, OUT, true, &d, y);
    huse_linear_fwd(NULL, x, N, 1, W, b, OUT, true, &d, again);
    assert_memory_equal(y, again, N * OUT * 4);
    size_t zero = 0;
    for (size_t i = 0; i < N * OUT; i++) {
        zero += y[i] == 0.0f;
        assert_true(y[i] == 0.0f || fabsf(y[i] - 1.0f / 0.85f) < 1e-6f);
    }
    assert_in_range(zero, 9280, 9920); /* 9,600 ± 3.5 σ */
    d.stream++;
    huse_linear_fwd(NULL, x, N, 1, W, b, OUT, true, &d, again);
    assert_memory_not_equal(y, again, N * OUT * 4);
    free(y);
    free(again);
    free(b);
    free(W);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_step_equals_pytorch),
        cmocka_unit_test(optimisers_equal_pytorch_after_three_steps),
        cmocka_unit_test(graph_loss_equals_its_definition),
        cmocka_unit_test(gradients_match_central_differences),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(dropout_keeps_the_asked_share_and_repeats),
    };
    return cmocka_run_group_tests_name("losses", tests, NULL, NULL);
}
