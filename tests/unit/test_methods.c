/* The methods of the comparison: PyTorch's values (golden/methods), METHOD 6 by brute force in double with its central differences,
 * batches that lack things, thread counts. */
#include "golden_step.h"

#include "base/rng.h"
#include "huse/train.h"
#include "model/methods.h"

/* ---- golden ---- */

static const int32_t *partners(const huse_safetensors *st, const char *name, size_t rows)
{
    const huse_array *a;
    assert_int_equal(huse_safetensors_get(st, name, HUSE_I32, 1, &rows, &a, NULL), HUSE_OK);
    return a->data;
}

static void equals_golden(const huse_method *m, const char *name, const json_t *meta, const huse_safetensors *st)
{
    golden            g;
    huse_loss_scratch scratch;
    double            term[HUSE_TERMS] = {0};
    char              text[96];
    assert_true(open_golden(&g, m->heads));
    huse_net         *net = g.net;
    const size_t      rows = net->rows, psi_dim[2] = {net->params.shape.K, net->params.shape.D};
    const huse_array *psi;
    assert_int_equal(huse_safetensors_get(st, "psi", HUSE_F32, 2, psi_dim, &psi, NULL), HUSE_OK);
    g.graph.psi = psi->data;
    g.graph.P = psi_dim[1];
    for (size_t i = 0; m->heads == 2 && i < net->params.n; i++) {
        const huse_param *p = &net->params.param[i];
        if (strncmp(p->name, "class_text.", 11) == 0)
            memcpy(net->w + p->at, huse_safetensors_find(st, p->name)->data, p->rows * p->cols * sizeof(float));
    }
    const int32_t *partner[2] = {partners(st, "adamine.positive.image_to_text", rows), partners(st, "adamine.positive.text_to_image", rows)};
    huse_objective o = {.graph = &g.graph, .alpha = number(meta, "alpha"), .beta = number(meta, "beta"), .gamma = number(meta, "gamma"),
                        .zeta = number(g.meta, "zeta"), .lambda = 1, .logit_scale = number(g.meta, "logit_scale"), .unit = 1,
                        .partner = partner};
    snprintf(text, sizeof text, "%s_margin", name);
    o.margin = json_number_value(json_object_get(meta, text));
    snprintf(text, sizeof text, "%s_lambda", name);
    if (json_object_get(meta, text))
        o.lambda = number(meta, text);
    huse_loss_scratch_init(&scratch, net->arena, rows, net->params.shape.D, &g.graph);
    huse_loss_scratch_threads(&scratch, net->arena, 1);
    huse_net_forward(net, NULL, &g.batch, NULL);
    m->loss(net, NULL, &g.batch, &o, &scratch, term);
    huse_net_backward(net, NULL, &g.batch, NULL);
    near_relative(huse_method_total(m, &o, term), number(json_object_get(meta, "loss"), name), 1e-5, name);
    float *want = huse_xaligned(net->params.floats * sizeof *want);
    snprintf(text, sizeof text, "%s.grad.", name);
    assert_int_equal(huse_params_load(&net->params, text, st, want, NULL), HUSE_OK);
    for (size_t i = 0; i < net->params.n; i++) {
        const huse_param *p = &net->params.param[i];
        float             top = 0;
        for (size_t k = 0; k < p->rows * p->cols; k++)
            top = fmaxf(top, fabsf(want[p->at + k]));
        assert_true(top > 0);
        for (size_t k = p->at; k < p->at + p->rows * p->cols; k++)
            if (!(fabsf(want[k] - net->g[k]) <= 1e-4f * top))
                fail_msg("%s %s[%zu]: %.9g, want %.9g", name, p->name, k - p->at, (double)net->g[k], (double)want[k]);
    }
    free(want);
    close_golden(&g);
}

static void losses_and_gradients_equal_pytorch(void **state)
{
    (void)state;
    char              path[512];
    huse_safetensors *st;
    snprintf(path, sizeof path, "%s/methods.json", golden_dir());
    json_t *meta = json_load_file(path, 0, NULL);
    if (!meta)
        skip();
    snprintf(path, sizeof path, "%s/methods.safetensors", golden_dir());
    assert_int_equal(huse_safetensors_open(&st, path, NULL), HUSE_OK);
    for (size_t i = 0; i < huse_method_count(); i++) {
        const huse_method *m = huse_method_at(i);
        if (strcmp(m->option, "huse") != 0) /* whose values are the step's, see test_losses */
            equals_golden(m, strcmp(m->option, "huse-p") == 0 ? "husep" : m->option, meta, st);
    }
    huse_safetensors_close(st);
    json_decref(meta);
}

/* ---- METHOD 6 by brute force ---- */

enum { MOST = 14, WIDE = 7, MOST_K = 6 };

/* A batch of items that may lack a modality, with embeddings and class layers in double. */
typedef struct tiny {
    const huse_method *m;
    size_t            N, K, n_image, n_text, n_pair;
    int32_t           y[2 * MOST], partner[2][MOST];
    uint32_t          pair[2][MOST];
    double            E[2 * MOST][WIDE], W[2][MOST_K][WIDE], b[2][MOST_K], psi[MOST_K][WIDE];
    huse_objective    o;
    double            nearest; /* distance of the nearest decision from its edge */
} tiny;

static double distance(const tiny *t, size_t a, size_t b)
{
    double dot = 0;
    for (size_t c = 0; c < WIDE; c++)
        dot += t->E[a][c] * t->E[b][c];
    return 1 - dot;
}

static double hinge(tiny *t, double h)
{
    t->nearest = fmin(t->nearest, fabs(h));
    return fmax(0, h);
}

static double cross_entropy(const tiny *t, size_t e, int head)
{
    double logit[MOST_K], top = -(double)INFINITY, sum = 0;
    for (size_t k = 0; k < t->K; k++) {
        logit[k] = t->b[head][k];
        for (size_t c = 0; c < WIDE; c++)
            logit[k] += t->W[head][k][c] * t->E[e][c];
        logit[k] *= t->o.logit_scale;
        top = fmax(top, logit[k]);
    }
    for (size_t k = 0; k < t->K; k++)
        sum += exp(logit[k] - top);
    return top + log(sum) - logit[t->y[e]];
}

static double class_apart(const tiny *t)
{
    double sum[2] = {0, 0};
    for (size_t e = 0; e < t->n_image + t->n_text; e++)
        sum[e >= t->n_image] += cross_entropy(t, e, e >= t->n_image);
    double image = t->n_image ? sum[0] / (double)t->n_image : 0, text = t->n_text ? sum[1] / (double)t->n_text : 0;
    return (image + text) / (double)((t->n_image > 0) + (t->n_text > 0));
}

static double class_shared(const tiny *t)
{
    double sum = 0;
    for (size_t e = 0; e < t->n_image + t->n_text; e++)
        sum += cross_entropy(t, e, 0);
    return sum / (double)(t->n_image + t->n_text);
}

static double to_psi(const tiny *t)
{
    double sum = 0;
    for (size_t e = 0; e < t->n_image + t->n_text; e++) {
        double dot = 0;
        for (size_t c = 0; c < WIDE; c++)
            dot += t->E[e][c] * t->psi[t->y[e]][c];
        sum += 1 - dot;
    }
    return 2 * sum / (double)(t->n_image + t->n_text);
}

static double gap(const tiny *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->n_pair; i++)
        sum += distance(t, t->pair[0][i], t->n_image + t->pair[1][i]);
    return t->n_pair ? sum / (double)t->n_pair : 0;
}

static double between_items(tiny *t)
{
    double sum = 0;
    for (size_t m = 0; m < t->n_pair; m++)
        for (size_t n = 0; n < t->n_pair; n++)
            if (m != n)
                sum += hinge(t, 1 - distance(t, t->pair[0][m], t->n_image + t->pair[1][n]) - t->o.margin);
    return t->n_pair > 1 ? sum / (double)(t->n_pair * (t->n_pair - 1)) : 0;
}

/* The semi-hard negative of (a,p), M: there is none. */
static size_t negative_of(tiny *t, size_t a, size_t p)
{
    size_t M = t->n_image + t->n_text, semi = M, far = M;
    for (size_t n = 0; n < M; n++) {
        if (t->y[n] == t->y[a])
            continue;
        double d = distance(t, a, n);
        t->nearest = fmin(t->nearest, fabs(d - distance(t, a, p)));
        if (d > distance(t, a, p) && (semi == M || d < distance(t, a, semi)))
            semi = n;
        if (far == M || d > distance(t, a, far))
            far = n;
    }
    return semi < M ? semi : far;
}

static double triplets(tiny *t)
{
    double sum = 0, count = 0;
    size_t M = t->n_image + t->n_text;
    for (size_t a = 0; a < M; a++)
        for (size_t p = 0; p < M; p++) {
            size_t n = a == p || t->y[a] != t->y[p] ? M : negative_of(t, a, p);
            if (n == M)
                continue;
            sum += hinge(t, t->o.margin + distance(t, a, p) - distance(t, a, n));
            count++;
        }
    return count > 0 ? sum / count : 0;
}

/* [0] L_ins, [1] L_sem, both directions pooled. */
static void adamine(tiny *t, double out[2])
{
    double sum[2] = {0, 0}, active[2] = {0, 0};
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < (side ? t->n_text : t->n_image); i++) {
            size_t ask = side ? t->n_image + i : i, first = side ? 0 : t->n_image, answers = side ? t->n_image : t->n_text;
            int32_t own = -1;
            for (size_t k = 0; k < t->n_pair; k++)
                if (t->pair[side][k] == i)
                    own = (int32_t)t->pair[!side][k];
            for (size_t k = 0; k < answers; k++) {
                double d = distance(t, ask, first + k);
                if (own >= 0 && (size_t)own != k) {
                    double h = hinge(t, t->o.margin + distance(t, ask, first + (size_t)own) - d);
                    sum[0] += h;
                    active[0] += h > 0;
                }
                if (t->partner[side][i] >= 0 && t->y[ask] != t->y[first + k]) {
                    double h = hinge(t, t->o.margin + distance(t, ask, first + (size_t)t->partner[side][i]) - d);
                    sum[1] += h;
                    active[1] += h > 0;
                }
            }
        }
    for (int k = 0; k < 2; k++)
        out[k] = sum[k] / fmax(1, active[k]);
}

static double reference(tiny *t)
{
    const huse_objective *o = &t->o;
    double                part[2];
    t->nearest = (double)INFINITY;
    switch (t->m->option[0]) {
    case 's':
        return class_apart(t);
    case 't':
        return triplets(t);
    case 'c':
        return o->alpha * class_apart(t) + gap(t) + o->lambda * between_items(t);
    case 'a':
        adamine(t, part);
        return part[0] + o->lambda * part[1];
    case 'd':
        return to_psi(t);
    default:
        if (strcmp(t->m->option, "hie") == 0)
            return o->alpha * class_apart(t) + o->beta * to_psi(t);
        return o->alpha * class_shared(t) + o->beta * to_psi(t) + o->gamma * gap(t);
    }
}

/* ---- random batches ---- */

typedef struct made {
    huse_net         *net;
    huse_batch        batch;
    huse_graph        graph;
    huse_loss_scratch scratch;
    float             psi[MOST_K * WIDE];
    const int32_t    *partner[2];
} made;

static void unit(double *x)
{
    double norm = 0;
    for (size_t c = 0; c < WIDE; c++)
        norm += x[c] * x[c];
    for (size_t c = 0; c < WIDE; c++)
        x[c] = (double)(float)(x[c] / sqrt(norm));
}

static void random_batch(tiny *t, const huse_method *m, huse_rng *r, const char *kind)
{
    bool all = strcmp(kind, "whole") == 0, images = strcmp(kind, "images") == 0, texts = strcmp(kind, "texts") == 0;
    memset(t, 0, sizeof *t);
    t->m = m;
    t->N = strcmp(kind, "one item") == 0 ? 1 : 3 + huse_rng_below(r, MOST - 2);
    t->K = 2 + huse_rng_below(r, MOST_K - 1);
    int32_t text_y[MOST];
    for (size_t i = 0; i < t->N; i++) {
        int32_t y = strcmp(kind, "one class") == 0      ? 1
                    : strcmp(kind, "single items") == 0 ? (int32_t)(i % t->K)
                                                        : (int32_t)huse_rng_below(r, (uint32_t)t->K);
        uint32_t lacks = all || images || texts ? 9 : huse_rng_below(r, 6);
        bool image = lacks != 0 && !texts, text = lacks != 1 && !images;
        if (image && text) {
            t->pair[0][t->n_pair] = (uint32_t)t->n_image;
            t->pair[1][t->n_pair++] = (uint32_t)t->n_text;
        }
        if (image)
            t->y[t->n_image++] = y;
        if (text)
            text_y[t->n_text++] = y;
    }
    if (strcmp(kind, "single items") == 0 && t->N > t->K) /* as many classes as items: each its own */
        t->n_image = t->n_text = t->n_pair = 0;
    memcpy(t->y + t->n_image, text_y, t->n_text * sizeof *text_y);
    for (size_t e = 0; e < 2 * MOST; e++) {
        for (size_t c = 0; c < WIDE; c++)
            t->E[e][c] = huse_rng_normal(r) + 0.6;
        unit(t->E[e]);
    }
    for (size_t k = 0; k < MOST_K; k++) {
        for (size_t c = 0; c < WIDE; c++) {
            t->psi[k][c] = huse_rng_normal(r);
            for (int head = 0; head < 2; head++)
                t->W[head][k][c] = (double)(float)huse_rng_normal(r);
        }
        for (int head = 0; head < 2; head++)
            t->b[head][k] = (double)(float)huse_rng_normal(r);
        unit(t->psi[k]);
    }
    t->o = (huse_objective){.alpha = 0.7, .beta = 1.9, .gamma = 0.4, .lambda = 1.3, .margin = 0.3, .logit_scale = 2, .unit = 1, .seed = 5,
                            .step = (long)huse_rng_below(r, 1000)};
}

static void make(made *x, const tiny *t)
{
    static uint32_t pair[2][MOST];
    static int32_t  y[2 * MOST];
    huse_shape shape = {3, 3, 4, 0, 0, WIDE, t->K, t->m->heads};
    assert_int_equal(huse_net_new(&x->net, &shape, MOST, NULL), HUSE_OK);
    memcpy(pair, t->pair, sizeof pair);
    memcpy(y, t->y, sizeof y);
    x->batch = (huse_batch){.n_image = t->n_image, .n_text = t->n_text, .y = y, .n_pair = t->n_pair, .pair_image = pair[0], .pair_text = pair[1]};
    for (size_t k = 0; k < MOST_K; k++)
        for (size_t c = 0; c < WIDE; c++)
            x->psi[k * WIDE + c] = (float)t->psi[k][c];
    x->graph = (huse_graph){t->K, WIDE, NULL, x->psi};
    huse_loss_scratch_init(&x->scratch, x->net->arena, MOST, WIDE, &x->graph);
    huse_loss_scratch_threads(&x->scratch, x->net->arena, 1);
    for (size_t e = 0; e < t->n_image + t->n_text; e++)
        for (size_t c = 0; c < WIDE; c++)
            x->net->E[e * WIDE + c] = (float)t->E[e][c];
    for (size_t head = 0; head < t->m->heads; head++) {
        const huse_param *p = &x->net->params.param[huse_params_find(&x->net->params, head ? "class_text.weight" : "class.weight")];
        for (size_t k = 0; k < t->K; k++) {
            for (size_t c = 0; c < WIDE; c++)
                x->net->w[p->at + k * WIDE + c] = (float)t->W[head][k][c];
            x->net->w[p[1].at + k] = (float)t->b[head][k];
        }
    }
}

static double slope(tiny *t, double *at)
{
    const double h = 1e-6, was = *at;
    *at = was + h;
    double up = reference(t);
    *at = was - h;
    double down = reference(t);
    *at = was;
    return (up - down) / (2 * h);
}

static void compare(const tiny *t, const char *what, const float *got, const double *want, size_t n)
{
    double top = 1e-3;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, fabs(want[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)got[i] - want[i]) <= 1e-4 * top))
            fail_msg("%s, %zu images, %zu texts, %zu pairs: %s[%zu] is %.7g, want %.7g", t->m->name, t->n_image, t->n_text, t->n_pair, what,
                     i, (double)got[i], want[i]);
}

static void compare_gradients(tiny *t, const made *x)
{
    double want[2 * MOST * WIDE];
    size_t M = t->n_image + t->n_text;
    for (size_t i = 0; i < M * WIDE; i++)
        want[i] = slope(t, &t->E[i / WIDE][i % WIDE]);
    compare(t, "dE", x->net->dE, want, M * WIDE);
    for (size_t head = 0; head < t->m->heads; head++) {
        const huse_param *p = &x->net->params.param[huse_params_find(&x->net->params, head ? "class_text.weight" : "class.weight")];
        for (size_t i = 0; i < t->K * WIDE; i++)
            want[i] = slope(t, &t->W[head][i / WIDE][i % WIDE]);
        compare(t, "dW", x->net->g + p->at, want, t->K * WIDE);
        for (size_t k = 0; k < t->K; k++)
            want[k] = slope(t, &t->b[head][k]);
        compare(t, "db", x->net->g + p[1].at, want, t->K);
    }
}

/* Returns whether the batch could be compared: no decision within a rounding of its edge. */
static bool equals_reference(const huse_method *m, huse_rng *r, const char *kind)
{
    tiny   t;
    made   x;
    double term[HUSE_TERMS] = {0};
    do
        random_batch(&t, m, r, kind);
    while (t.n_image + t.n_text == 0);
    make(&x, &t);
    t.o.graph = &x.graph;
    m->loss(x.net, NULL, &x.batch, &t.o, &x.scratch, term);
    for (int side = 0; side < 2; side++) /* what was drawn, for the reference */
        for (size_t i = 0; i < MOST; i++)
            t.partner[side][i] = x.scratch.partner[side][i];
    double got = huse_method_total(m, &t.o, term), want = reference(&t);
    bool   clear = t.nearest > 1e-5;
    if (clear) {
        near_relative(got, want, 1e-5, m->name);
        compare_gradients(&t, &x);
    }
    huse_net_free(x.net);
    return clear;
}

static void losses_and_gradients_equal_method_6_by_brute_force(void **state)
{
    (void)state;
    static const char *const kind[] = {"whole", "lacking", "one class", "single items", "images", "texts", "one item"};
    huse_rng                 r;
    huse_rng_init(&r, 11, 0);
    for (size_t i = 0; i + 1 < huse_method_count(); i++) /* HUSE, the last row: test_losses */
        for (size_t k = 0; k < HUSE_COUNT(kind); k++) {
            int compared = 0;
            for (int n = 0; n < 12; n++)
                compared += equals_reference(huse_method_at(i), &r, kind[k]);
            assert_in_range(compared, 8, 12);
        }
}

/* ---- what AdaMine draws ---- */

static void a_drawn_partner_is_another_item_of_the_class_by_seed_and_step_alone(void **state)
{
    (void)state;
    const huse_method *m = huse_method_find("AdaMine");
    huse_rng           r;
    tiny               t;
    made               x, y;
    double             term[HUSE_TERMS];
    int                drawn[MOST][MOST] = {{0}};
    huse_rng_init(&r, 3, 0);
    do
        random_batch(&t, m, &r, "lacking");
    while (t.n_pair < 6 || t.K > 3);
    make(&x, &t);
    make(&y, &t);
    for (long step = 1; step <= 3000; step++) {
        t.o.step = step;
        m->loss(x.net, NULL, &x.batch, &t.o, &x.scratch, term);
        for (size_t i = 0; i < t.n_image; i++) {
            int32_t p = x.scratch.partner[0][i];
            bool    own = false;
            for (size_t k = 0; k < t.n_pair; k++)
                own |= t.pair[0][k] == i && (int32_t)t.pair[1][k] == p;
            assert_false(own);
            assert_true(p < 0 || t.y[i] == t.y[t.n_image + (size_t)p]);
            if (p >= 0)
                drawn[i][p]++;
        }
    }
    for (size_t i = 0; i < t.n_image; i++) {
        int possible = 0, sum = 0;
        for (size_t k = 0; k < t.n_text; k++) {
            possible += drawn[i][k] > 0;
            sum += drawn[i][k];
        }
        for (size_t k = 0; possible && k < t.n_text; k++)
            assert_true(!drawn[i][k] || fabs(drawn[i][k] - sum / (double)possible) < 250); /* over 5 σ */
        assert_true(sum == 0 || sum == 3000);
    }
    t.o.step = 17;
    m->loss(x.net, NULL, &x.batch, &t.o, &x.scratch, term);
    m->loss(y.net, NULL, &y.batch, &t.o, &y.scratch, term);
    assert_memory_equal(x.scratch.partner[0], y.scratch.partner[0], t.n_image * sizeof(int32_t));
    assert_memory_equal(x.scratch.partner[1], y.scratch.partner[1], t.n_text * sizeof(int32_t));
    huse_net_free(x.net);
    huse_net_free(y.net);
}

/* ---- threads ---- */

typedef struct large {
    huse_net         *net;
    huse_batch        batch;
    huse_graph        graph;
    huse_loss_scratch scratch;
} large;

enum { ROWS = 280, LARGE_D = 96, LARGE_K = 30 };

static void large_open(large *x, const huse_method *m, const float *E, float *psi, int32_t *y, uint32_t *self, int threads)
{
    huse_shape shape = {3, 3, 4, 0, 0, LARGE_D, LARGE_K, m->heads};
    assert_int_equal(huse_net_new(&x->net, &shape, ROWS, NULL), HUSE_OK);
    huse_params_randomise(&x->net->params, 7, x->net->w);
    memcpy(x->net->E, E, 2 * ROWS * LARGE_D * sizeof *E);
    x->batch = (huse_batch){.n_image = ROWS, .n_text = ROWS - 3, .y = y, .n_pair = ROWS - 3, .pair_image = self, .pair_text = self};
    x->graph = (huse_graph){LARGE_K, LARGE_D, NULL, psi};
    huse_loss_scratch_init(&x->scratch, x->net->arena, ROWS, LARGE_D, &x->graph);
    huse_loss_scratch_threads(&x->scratch, x->net->arena, threads);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    float    *E = huse_xaligned(2 * ROWS * LARGE_D * sizeof *E), *psi = huse_xaligned(LARGE_K * LARGE_D * sizeof *psi);
    int32_t  *y = huse_xcalloc(2 * ROWS, sizeof *y);
    uint32_t *self = huse_xcalloc(ROWS, sizeof *self);
    huse_rng  r;
    huse_rng_init(&r, 1, 1);
    for (size_t i = 0; i < 2 * ROWS * LARGE_D; i++)
        E[i] = 0.1f * (float)huse_rng_normal(&r);
    for (size_t i = 0; i < LARGE_K * LARGE_D; i++)
        psi[i] = 0.1f * (float)huse_rng_normal(&r);
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = y[ROWS + i] = (int32_t)(i % LARGE_K);
        self[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < huse_method_count(); i++) {
        const huse_method *m = huse_method_at(i);
        float             *dE = NULL, *g = NULL;
        double             first[HUSE_TERMS] = {0};
        for (int threads = 1; threads <= 4; threads *= 2) {
            large          x;
            huse_pool     *pool = huse_pool_new(threads);
            double         term[HUSE_TERMS] = {0};
            large_open(&x, m, E, psi, y, self, threads);
            huse_objective o = {.graph = &x.graph, .alpha = 1, .beta = 2, .gamma = .5, .zeta = 2, .lambda = 1, .margin = .2,
                                .instance = 0.3, .instance_tau = 0.1, .logit_scale = 8, .unit = 1, .seed = 1, .step = 3};
            m->loss(x.net, pool, &x.batch, &o, &x.scratch, term);
            if (threads == 1) {
                dE = huse_xaligned(2 * ROWS * LARGE_D * sizeof *dE);
                g = huse_xaligned(x.net->params.floats * sizeof *g);
                memcpy(dE, x.net->dE, 2 * ROWS * LARGE_D * sizeof *dE);
                memcpy(g, x.net->g, x.net->params.floats * sizeof *g);
                memcpy(first, term, sizeof first);
            }
            assert_memory_equal(dE, x.net->dE, 2 * ROWS * LARGE_D * sizeof *dE);
            assert_memory_equal(g, x.net->g, x.net->params.floats * sizeof *g);
            assert_memory_equal(first, term, sizeof first);
            huse_net_free(x.net);
            huse_pool_free(pool);
        }
        free(dE);
        free(g);
    }
    free(E);
    free(psi);
    free(y);
    free(self);
}

/* ---- the table ---- */

static void what_is_no_number_is_never_hidden(void **state)
{
    (void)state;
    huse_rng r;
    huse_rng_init(&r, 2, 0);
    for (size_t i = 0; i < huse_method_count(); i++) {
        tiny   t;
        made   x;
        double term[HUSE_TERMS] = {0};
        random_batch(&t, huse_method_at(i), &r, "whole");
        make(&x, &t);
        t.o.graph = &x.graph;
        t.o.zeta = 2;
        for (size_t c = 0; c < WIDE; c++)
            x.net->E[WIDE + c] = NAN;
        t.m->loss(x.net, NULL, &x.batch, &t.o, &x.scratch, term);
        if (isfinite(huse_method_total(t.m, &t.o, term)))
            fail_msg("%s", t.m->name);
        huse_net_free(x.net);
    }
}

static void names_and_own_weights_are_those_of_the_trainer(void **state)
{
    (void)state;
    for (size_t i = 0; i < huse_method_count(); i++) {
        const huse_method *m = huse_method_at(i);
        huse_train_params  p, paper;
        assert_ptr_equal(huse_method_find(m->name), m);
        assert_ptr_equal(huse_method_find(m->option), m);
        assert_int_equal(huse_train_params_init_method(&p, "default", m->name, NULL), HUSE_OK);
        assert_int_equal(huse_train_params_init_method(&paper, "paper", m->option, NULL), HUSE_OK);
        assert_string_equal(p.method, m->option);
        for (const huse_own_weight *w = m->own; w->option; w++) {
            bool known = false;
            for (size_t k = 0; k < huse_hp_count(); k++) {
                const huse_hp *hp = huse_hp_at(k);
                if (strcmp(hp->option, w->option) != 0)
                    continue;
                known = hp->kind == HUSE_HP_REAL && hp->low <= w->low && w->high <= hp->high;
                char *text = huse_train_params_text(&p, k), *of_paper = huse_train_params_text(&paper, k);
                double value = atof(text);
                known &= !isfinite(w->start) || fabs(value - w->start) < 1e-9;
                known &= w->low < w->high || fabs(atof(of_paper) - w->start) < 1e-9;
                known &= value >= w->low && value <= w->high;
                free(text);
                free(of_paper);
            }
            if (!known)
                fail_msg("%s: %s", m->name, w->option);
        }
        huse_train_params_fini(&p);
        huse_train_params_fini(&paper);
    }
    assert_null(huse_method_find("hus"));
    assert_null(huse_method_find(""));
    huse_train_params p;
    huse_err          err;
    assert_int_equal(huse_train_params_init_method(&p, "default", "tripled", &err), HUSE_USAGE);
    assert_non_null(strstr(err.msg, "separate, triplet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_gradients_equal_pytorch),
        cmocka_unit_test(losses_and_gradients_equal_method_6_by_brute_force),
        cmocka_unit_test(a_drawn_partner_is_another_item_of_the_class_by_seed_and_step_alone),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(what_is_no_number_is_never_hidden),
        cmocka_unit_test(names_and_own_weights_are_those_of_the_trainer),
    };
    return cmocka_run_group_tests_name("methods", tests, NULL, NULL);
}
