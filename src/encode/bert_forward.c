#include <stdlib.h>
#include <string.h>

#include "encode/bert.h"

/* Rows that one thread carries through all layers: enough to use each panel of weights many times, few enough for the
 * activations to stay in the second-level cache. */
enum { GROUP_ROWS = 128, QUERY_ROWS = 56 };

/* Buffers of one run over at most @rows rows. */
typedef struct space {
    float *x, *qkv, *mix, *inner; /* (rows, hidden), (rows, 3·hidden), (rows, hidden), (rows, inner) */
    float *scratch;               /* (workers, scratch_each): packed keys and values, and attention weights of some rows */
    size_t scratch_each;
} space;

/* Texts [first, last) of a batch in their buffers, with a pool or without. */
typedef struct run {
    const huse_bert_weights *w;
    const huse_bert_batch   *b;
    huse_pool               *pool;
    space                    s;
    size_t                   first, last, rows;
    const huse_bert_layer   *layer;
    const huse_bert_norm    *norm;
    huse_bert_linear         linear;
    size_t                   row_step, panel_step, panels, across;
    float                   *normed;
} run;

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static void space_new(space *s, const huse_bert_weights *w, size_t rows, size_t longest, int workers)
{
    const huse_bert_config *c = &w->config;
    size_t                  panel = w->kernels->panel, head = c->hidden / c->heads, wide = round_up(longest, panel);
    s->scratch_each = round_up(wide * head + longest * round_up(head, panel) + QUERY_ROWS * wide, 16);
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
    run   *r = ctx;
    size_t row = i / r->across * r->row_step, panel = i % r->across * r->panel_step;
    (void)worker;
    r->w->kernels->linear(&r->linear, row, HUSE_MIN(r->row_step, r->rows - row), panel,
                          HUSE_MIN(panel + r->panel_step, r->panels));
}

/* y = act(x · Wᵀ + b) + add, shared out by columns: few rows are bound by the reading of the weights. */
static void linear(run *r, const huse_bert_dense *d, const float *x, float *y, huse_bert_act act, const float *add)
{
    size_t panel = r->w->kernels->panel, threads = (size_t)huse_pool_threads(r->pool);
    r->linear = (huse_bert_linear){.x = x, .w = d->w, .bias = d->b, .add = add, .y = y, .k = d->k, .n = d->n,
                                   .ldx = d->k, .ldy = d->n, .ldadd = d->n, .act = act};
    r->panels = (d->n + panel - 1) / panel;
    r->row_step = GROUP_ROWS;
    r->panel_step = threads == 1 ? r->panels : (r->panels + 4 * threads - 1) / (4 * threads);
    r->across = (r->panels + r->panel_step - 1) / r->panel_step;
    huse_pool_run(r->pool, (r->rows + r->row_step - 1) / r->row_step * r->across, linear_task, r);
}

static void norm_task(void *ctx, size_t i, int worker)
{
    run   *r = ctx;
    size_t hidden = r->w->config.hidden;
    (void)worker;
    for (size_t row = i * 32; row < HUSE_MIN((i + 1) * 32, r->rows); row++)
        r->w->kernels->layer_norm(r->normed + row * hidden, hidden, r->norm->gain, r->norm->bias, r->w->config.eps);
}

static void layer_norm(run *r, const huse_bert_norm *norm, float *x)
{
    r->norm = norm;
    r->normed = x;
    huse_pool_run(r->pool, (r->rows + 31) / 32, norm_task, r);
}

/* Keys (len,head) as the weights of scores = q · Kᵀ; values (len,head) as those of mix = p · V. */
static void pack_keys(float *out, const float *k, size_t len, size_t head, size_t stride, size_t panel)
{
    for (size_t p = 0; p * panel < len; p++) {
        size_t n = HUSE_MIN(panel, len - p * panel);
        memset(out + p * panel * head, 0, panel * head * sizeof *out);
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < head; i++)
                out[(p * head + i) * panel + j] = k[(p * panel + j) * stride + i];
    }
}

static void pack_values(float *out, const float *v, size_t len, size_t head, size_t stride, size_t panel)
{
    for (size_t p = 0; p * panel < head; p++) {
        size_t n = HUSE_MIN(panel, head - p * panel);
        for (size_t i = 0; i < len; i++) {
            float *to = out + (p * len + i) * panel;
            memcpy(to, v + i * stride + p * panel, n * sizeof *out);
            memset(to + n, 0, (panel - n) * sizeof *out);
        }
    }
}

/* One head of one text: softmax(q · Kᵀ / √head) · V. */
static void attention_task(void *ctx, size_t task, int worker)
{
    const run               *r = ctx;
    const huse_bert_kernels *kernels = r->w->kernels;
    const size_t            *start = r->b->start;
    size_t heads = r->w->config.heads, hidden = r->w->config.hidden, head = hidden / heads, panel = kernels->panel;
    size_t text = r->first + task / heads, row = start[text] - start[r->first], len = start[text + 1] - start[text];
    size_t wide = round_up(len, panel), column = task % heads * head;
    const float *q = r->s.qkv + row * 3 * hidden + column;
    float       *keys = r->s.scratch + (size_t)worker * r->s.scratch_each;
    float       *values = keys + wide * head, *p = values + len * round_up(head, panel);
    float        scale = 1.0f / __builtin_sqrtf((float)head);
    pack_keys(keys, q + hidden, len, head, 3 * hidden, panel);
    pack_values(values, q + 2 * hidden, len, head, 3 * hidden, panel);
    for (size_t from = 0; from < len; from += QUERY_ROWS) {
        size_t           rows = HUSE_MIN((size_t)QUERY_ROWS, len - from);
        huse_bert_linear score = {.x = q + from * 3 * hidden, .w = keys, .y = p, .k = head, .n = len,
                                  .ldx = 3 * hidden, .ldy = wide};
        kernels->linear(&score, 0, rows, 0, wide / panel);
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = len; j < wide; j++)
                p[i * wide + j] = HUSE_BERT_NEVER;
            kernels->softmax(p + i * wide, wide, scale);
        }
        huse_bert_linear mix = {.x = p, .w = values, .y = r->s.mix + (row + from) * hidden + column, .k = len,
                                .n = head, .ldx = wide, .ldy = hidden};
        kernels->linear(&mix, 0, rows, 0, (head + panel - 1) / panel);
    }
}

static void embed(run *r)
{
    const huse_bert_weights *w = r->w;
    const size_t            *start = r->b->start;
    size_t                   hidden = w->config.hidden;
    float                   *x = r->s.x;
    for (size_t t = r->first; t < r->last; t++)
        for (size_t i = start[t]; i < start[t + 1]; i++, x += hidden) {
            const float *word = w->word + (size_t)r->b->id[i] * hidden, *pos = w->position + (i - start[t]) * hidden;
            for (size_t j = 0; j < hidden; j++)
                x[j] = word[j] + w->type[j] + pos[j];
        }
    layer_norm(r, &w->embedding, r->s.x);
}

/* Means over the tokens of each text go to part @part of its features. */
static void write_means(const run *r, size_t part)
{
    const size_t *start = r->b->start;
    size_t        hidden = r->w->config.hidden;
    const float  *x = r->s.x;
    for (size_t t = r->first; t < r->last; t++) {
        float *out = r->b->out[t] + part * hidden;
        size_t len = start[t + 1] - start[t];
        memset(out, 0, hidden * sizeof *out);
        for (size_t i = 0; i < len; i++, x += hidden)
            r->w->kernels->accumulate(out, x, hidden);
        for (size_t j = 0; j < hidden; j++)
            out[j] /= (float)len;
    }
}

static void run_layers(run *r)
{
    const huse_bert_config *c = &r->w->config;
    r->rows = r->b->start[r->last] - r->b->start[r->first];
    embed(r);
    for (size_t i = 0; i < c->layers; i++) {
        const huse_bert_layer *l = &r->w->layer[i];
        linear(r, &l->qkv, r->s.x, r->s.qkv, HUSE_ACT_NONE, NULL);
        huse_pool_run(r->pool, (r->last - r->first) * c->heads, attention_task, r);
        linear(r, &l->out, r->s.mix, r->s.x, HUSE_ACT_NONE, r->s.x);
        layer_norm(r, &l->attention, r->s.x);
        linear(r, &l->up, r->s.x, r->s.inner, c->act, NULL);
        linear(r, &l->down, r->s.inner, r->s.x, HUSE_ACT_NONE, r->s.x);
        layer_norm(r, &l->output, r->s.x);
        if (i + 4 >= c->layers)
            write_means(r, i + 4 - c->layers);
    }
}

/* A batch cut into groups of whole texts. */
typedef struct groups {
    const huse_bert_weights *w;
    const huse_bert_batch   *b;
    size_t                  *first; /* (n+1) */
    size_t                   n;
    space                   *s; /* one per worker */
} groups;

static void group_task(void *ctx, size_t i, int worker)
{
    const groups *g = ctx;
    run           r = {.w = g->w, .b = g->b, .s = g->s[worker], .first = g->first[i], .last = g->first[i + 1]};
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
    int    threads = huse_pool_threads(pool);
    cut_groups(&g, &rows, &longest);
    /* Enough groups: each thread carries its own through all layers. Else all threads work on one after the other. */
    bool apart = g.n >= 2 * (size_t)threads;
    int  spaces = apart ? threads : 1;
    g.s = huse_xcalloc((size_t)spaces, sizeof *g.s);
    for (int i = 0; i < spaces; i++)
        space_new(&g.s[i], w, rows, longest, apart ? 1 : threads);
    if (apart) {
        huse_pool_run(pool, g.n, group_task, &g);
    } else {
        for (size_t i = 0; i < g.n; i++) {
            run r = {.w = w, .b = b, .pool = pool, .s = g.s[0], .first = g.first[i], .last = g.first[i + 1]};
            run_layers(&r);
        }
    }
    for (int i = 0; i < spaces; i++)
        space_free(&g.s[i]);
    free(g.s);
    free(g.first);
}
