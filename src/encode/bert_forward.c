#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode/bert.h"

/* Rows that one thread carries through all layers: enough to use each panel of weights many times,
 * few enough for the activations to stay in the second-level cache. */
enum { GROUP_ROWS = 128, QUERY_ROWS = 56, UNIT = HUSE_PANEL_UNIT, COLUMNS = 2 * UNIT };

/* Buffers of one run over at most @rows rows. */
typedef struct space {
    float *x, *qkv, *mix,
        *inner;     /* (rows, hidden), (rows, 3·hidden), (rows, hidden), (rows, inner) */
    float *scratch; /* (workers, scratch_each): packed keys and values, and attention weights of
                       some rows */
    size_t scratch_each;
} space;

/* Texts [first, last) of a batch in their buffers, with a pool or without. */
typedef struct run {
    const huse_bert_weights *w;
    const huse_bert_batch *b;
    huse_pool *pool;
    space s;
    size_t first, last, rows;
    const huse_bert_layer *layer;
    const huse_bert_norm *norm;
    const huse_panel *panel; /* of the product under way */
    huse_panel_job job;
    bool act;
    size_t column_step, across;
    float *normed;
} run;

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static void space_new(space *s, const huse_bert_weights *w, size_t rows, size_t longest,
                      int workers)
{
    const huse_bert_config *c = &w->config;
    size_t head = c->hidden / c->heads, wide = round_up(longest, UNIT);
    s->scratch_each = wide * head + longest * round_up(head, UNIT) + QUERY_ROWS * wide +
                      round_up(HUSE_MAX(wide, head), UNIT);
    s->scratch_each = round_up(s->scratch_each, UNIT);
    s->x = huse_xaligned(rows * c->hidden * sizeof(float));
    s->qkv = huse_xaligned(rows * 3 * c->hidden * sizeof(float));
    s->mix = huse_xaligned(rows * c->hidden * sizeof(float));
    s->inner = huse_xaligned(rows * c->inner * sizeof(float));
    s->scratch = huse_xaligned((size_t)workers * s->scratch_each * sizeof(float));
}

static void space_free(space *s)
{
    free(s->x);
    free(s->qkv);
    free(s->mix);
    free(s->inner);
    free(s->scratch);
}

static void linear_task(void *ctx, size_t i, int worker)
{
    const run *r = ctx;
    huse_panel_job job = r->job;
    size_t row = i / r->across * GROUP_ROWS, rows = HUSE_MIN((size_t)GROUP_ROWS, r->rows - row);
    size_t from = i % r->across * r->column_step, to = HUSE_MIN(from + r->column_step, r->panel->N);
    (void)worker;
    job.A += row * job.lda;
    job.C += row * job.ldc + from;
    if (job.add)
        job.add += row * job.ldadd + from;
    huse_panel_run(r->panel, &job, rows, from, to);
    for (size_t j = 0; r->act && j < rows; j++)
        r->w->kernels->act(job.C + j * job.ldc, to - from, r->w->config.act);
}

/* y = act(x · Wᵀ + b) + add, shared out by columns: few rows are bound by the reading of the
 * weights. */
static void linear(run *r, const huse_panel *p, const float *x, float *y, bool act,
                   const float *add)
{
    size_t threads = (size_t)huse_pool_threads(r->pool);
    r->panel = p;
    r->job = (huse_panel_job){.A = x, .lda = p->K, .C = y, .ldc = p->N, .add = add, .ldadd = p->N};
    r->act = act;
    r->column_step =
        threads == 1 ? p->N : round_up((p->N + 4 * threads - 1) / (4 * threads), COLUMNS);
    r->across = (p->N + r->column_step - 1) / r->column_step;
    huse_pool_run(r->pool, (r->rows + GROUP_ROWS - 1) / GROUP_ROWS * r->across, linear_task, r);
}

static void norm_task(void *ctx, size_t i, int worker)
{
    run *r = ctx;
    size_t hidden = r->w->config.hidden;
    (void)worker;
    for (size_t row = i * 32; row < HUSE_MIN((i + 1) * 32, r->rows); row++)
        r->w->kernels->layer_norm(r->normed + row * hidden, hidden, r->norm->gain, r->norm->bias,
                                  r->w->config.eps);
}

static void layer_norm(run *r, const huse_bert_norm *norm, float *x)
{
    r->norm = norm;
    r->normed = x;
    huse_pool_run(r->pool, (r->rows + 31) / 32, norm_task, r);
}

/* Keys (len,head) as the right side of scores = q · Kᵀ; values (len,head) as that of mix = p · V.
 */
static void pack_keys(float *out, const float *k, size_t len, size_t head, size_t stride)
{
    for (size_t p = 0; p < len; p += UNIT) {
        size_t n = HUSE_MIN((size_t)UNIT, len - p);
        memset(out + p * head, 0, UNIT * head * sizeof *out);
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < head; i++)
                out[p * head + i * UNIT + j] = k[(p + j) * stride + i];
    }
}

static void pack_values(float *out, const float *v, size_t len, size_t head, size_t stride)
{
    for (size_t p = 0; p < head; p += UNIT) {
        size_t n = HUSE_MIN((size_t)UNIT, head - p);
        for (size_t i = 0; i < len; i++) {
            float *to = out + p * len + i * UNIT;
            memcpy(to, v + i * stride + p, n * sizeof *out);
            memset(to + n, 0, (UNIT - n) * sizeof *out);
        }
    }
}

/* One head of one text: softmax(q · Kᵀ / √head) · V. */
static void attention_task(void *ctx, size_t task, int worker)
{
    const run *r = ctx;
    const size_t *start = r->b->start;
    size_t heads = r->w->config.heads, hidden = r->w->config.hidden, head = hidden / heads;
    size_t text = r->first + task / heads, row = start[text] - start[r->first];
    size_t len = start[text + 1] - start[text], wide = round_up(len, UNIT),
           column = task % heads * head;
    const float *q = r->s.qkv + row * 3 * hidden + column;
    float *keys = r->s.scratch + (size_t)worker * r->s.scratch_each, *values = keys + wide * head;
    float *p = values + len * round_up(head, UNIT), *zero = p + QUERY_ROWS * wide;
    huse_panel K = {.K = head, .N = len, .w = keys, .bias = zero},
               V = {.K = len, .N = head, .w = values, .bias = zero};
    float scale = 1.0f / sqrtf((float)head);
    memset(zero, 0, round_up(HUSE_MAX(wide, head), UNIT) * sizeof *zero);
    pack_keys(keys, q + hidden, len, head, 3 * hidden);
    pack_values(values, q + 2 * hidden, len, head, 3 * hidden);
    for (size_t from = 0; from < len; from += QUERY_ROWS) {
        size_t rows = HUSE_MIN((size_t)QUERY_ROWS, len - from);
        huse_panel_job score = {.A = q + from * 3 * hidden, .lda = 3 * hidden, .C = p, .ldc = wide};
        huse_panel_job mix = {
            .A = p, .lda = wide, .C = r->s.mix + (row + from) * hidden + column, .ldc = hidden};
        huse_panel_run(&K, &score, rows, 0, len);
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = len; j < wide; j++)
                p[i * wide + j] = HUSE_BERT_NEVER;
            r->w->kernels->softmax(p + i * wide, wide, scale);
        }
        huse_panel_run(&V, &mix, rows, 0, head);
    }
}

static void embed(run *r)
{
    const huse_bert_weights *w = r->w;
    const size_t *start = r->b->start;
    size_t hidden = w->config.hidden;
    float *x = r->s.x;
    for (size_t t = r->first; t < r->last; t++)
        for (size_t i = start[t]; i < start[t + 1]; i++, x += hidden) {
            const float *word = w->word + (size_t)r->b->id[i] * hidden,
                        *pos = w->position + (i - start[t]) * hidden;
            for (size_t j = 0; j < hidden; j++)
                x[j] = word[j] + w->type[j] + pos[j];
        }
    layer_norm(r, &w->embedding, r->s.x);
}

/* Means over the tokens of each text go to part @part of its features; the first token itself where
 * that is what sentences are read off. */
static void write_means(const run *r, size_t part)
{
    const size_t *start = r->b->start;
    size_t hidden = r->w->config.hidden;
    const float *x = r->s.x;
    for (size_t t = r->first; t < r->last; t++) {
        float *out = r->b->out[t] + part * hidden;
        size_t len = start[t + 1] - start[t];
        size_t used = part == 3 && r->w->first ? 1 : len;
        memset(out, 0, hidden * sizeof *out);
        for (size_t i = 0; i < used; i++)
            for (size_t j = 0; j < hidden; j++)
                out[j] += x[i * hidden + j];
        for (size_t j = 0; j < hidden; j++)
            out[j] /= (float)used;
        x += len * hidden;
    }
}

static void run_layers(run *r)
{
    const huse_bert_config *c = &r->w->config;
    r->rows = r->b->start[r->last] - r->b->start[r->first];
    embed(r);
    for (size_t i = 0; i < c->layers; i++) {
        const huse_bert_layer *l = &r->w->layer[i];
        linear(r, &l->qkv, r->s.x, r->s.qkv, false, NULL);
        huse_pool_run(r->pool, (r->last - r->first) * c->heads, attention_task, r);
        linear(r, &l->out, r->s.mix, r->s.x, false, r->s.x);
        layer_norm(r, &l->attention, r->s.x);
        linear(r, &l->up, r->s.x, r->s.inner, true, NULL);
        linear(r, &l->down, r->s.inner, r->s.x, false, r->s.x);
        layer_norm(r, &l->output, r->s.x);
        if (i + 4 >= c->layers)
            write_means(r, i + 4 - c->layers);
    }
}

/* A batch cut into groups of whole texts. */
typedef struct groups {
    const huse_bert_weights *w;
    const huse_bert_batch *b;
    size_t *first; /* (n+1) */
    size_t n;
    space *s; /* one per worker */
} groups;

static void group_task(void *ctx, size_t i, int worker)
{
    const groups *g = ctx;
    run r = {
        .w = g->w, .b = g->b, .s = g->s[worker], .first = g->first[i], .last = g->first[i + 1]};
    run_layers(&r);
}

/* Cuts the batch; returns the rows of the largest group and the longest text. */
static void cut_groups(groups *g, size_t *rows, size_t *longest)
{
    const size_t *start = g->b->start;
    *rows = *longest = 0;
    for (size_t t = 0, from = 0; t < g->b->texts; t++) {
        *longest = HUSE_MAX(*longest, start[t + 1] - start[t]);
        if (t > from && start[t + 1] - start[from] > GROUP_ROWS) {
            g->first[++g->n] = t;
            *rows = HUSE_MAX(*rows, start[t] - start[from]);
            from = t;
        }
        if (t + 1 == g->b->texts) {
            g->first[++g->n] = t + 1;
            *rows = HUSE_MAX(*rows, start[t + 1] - start[from]);
        }
    }
}

void huse_bert_forward(const huse_bert_weights *w, huse_pool *pool, const huse_bert_batch *b)
{
    groups g = {.w = w, .b = b, .first = huse_xcalloc(b->texts + 1, sizeof *g.first)};
    size_t rows, longest;
    int threads = huse_pool_threads(pool);
    cut_groups(&g, &rows, &longest);
    /* Enough groups: each thread carries its own through all layers. Else all threads work on one
     * after the other. */
    bool apart = g.n >= 2 * (size_t)threads;
    int spaces = apart ? threads : 1;
    g.s = huse_xcalloc((size_t)spaces, sizeof *g.s);
    for (int i = 0; i < spaces; i++)
        space_new(&g.s[i], w, rows, longest, apart ? 1 : threads);
    if (apart) {
        huse_pool_run(pool, g.n, group_task, &g);
    } else {
        for (size_t i = 0; i < g.n; i++) {
            run r = {.w = w,
                     .b = b,
                     .pool = pool,
                     .s = g.s[0],
                     .first = g.first[i],
                     .last = g.first[i + 1]};
            run_layers(&r);
        }
    }
    for (int i = 0; i < spaces; i++)
        space_free(&g.s[i]);
    free(g.s);
    free(g.first);
}
