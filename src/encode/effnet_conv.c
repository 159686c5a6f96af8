/* The forward pass. A block is cut in one of two ways, whichever costs less: bands of rows that go
 * through all three convolutions while they are in the cache, or ranges of channels through the
 * first two, then tiles of the projection. Neither changes a bit of the result (panel.h,
 * depthwise.h). */
#include <stdlib.h>
#include <string.h>

#include "encode/effnet.h"

enum {
    BAND_SIDE = 56,    /* outputs this wide go by bands: their halo is small beside the band */
    STRIP_PIXELS = 56, /* of a strip of output rows: a good height for the products */
    SLICE = 96,        /* channels of a range when one thread does them all */
    TILE = 28,         /* pixels of a projection tile */
    HEAD_COLUMNS = 64,
};

typedef struct pass {
    const huse_effnet *net;
    huse_effnet_scratch *scratch;
    huse_pool *pool;
    int worker; /* lane of a pass without pool */
    const uint8_t *rgb;
    float *features;

    /* the block at hand */
    const huse_effnet_block *block;
    const float *in;
    float *out, *wide;
    size_t tasks, slice;
} pass;

/* A range of channels and rows of one block on its way through expansion and depthwise. */
typedef struct range {
    const pass *pass;
    huse_effnet_lane *lane;
    size_t from, to; /* channels */
    size_t ring_rows, strip_rows;
    size_t ready; /* input rows below this are expanded */
} range;

static huse_effnet_lane *lane_of(const pass *p, int worker)
{
    return &p->scratch->lane[p->pool ? worker : p->worker];
}

static void run(pass *p, size_t n, void (*fn)(void *ctx, size_t i, int worker))
{
    huse_pool_run(p->pool, n, fn, p);
}

static size_t strip_rows(const huse_effnet_block *b)
{
    return HUSE_MIN(b->side_out, HUSE_MAX((size_t)1, STRIP_PIXELS / b->side_out));
}

static size_t ring_rows(const huse_effnet_block *b)
{
    return (strip_rows(b) - 1) * b->stride + b->k;
}

/* One row of stem patches: 3 x 3 pixels every two pixels, (v-127)/128, zeros right of and below the
 * picture. */
static void stem_patches(const uint8_t *rgb, size_t y, float *patch)
{
    enum { SIDE = HUSE_PICTURE_SIDE, TAP = 9 };
    for (size_t dy = 0; dy < 3; dy++) {
        float row[(SIDE + 1) * 3] = {0};
        if (2 * y + dy < SIDE) {
            const uint8_t *from = rgb + (2 * y + dy) * SIDE * 3;
            for (size_t i = 0; i < SIDE * 3; i++)
                row[i] = ((float)from[i] - 127.0f) * (1.0f / 128.0f);
        }
        for (size_t x = 0; x < SIDE / 2; x++)
            memcpy(patch + x * HUSE_EFFNET_PATCH + dy * TAP, row + x * 6, TAP * sizeof *row);
    }
}

/* Expands input rows [y, end) into the ring; they do not wrap there. */
static void expand_rows(const range *r, size_t y, size_t end)
{
    const pass *p = r->pass;
    const huse_effnet_block *b = p->block;
    size_t c = r->to - r->from;
    huse_panel_job job = {.C = r->lane->ring + (y % r->ring_rows * b->row + b->pad) * c,
                          .ldc = c,
                          .lda = b->in,
                          .group = b->side_in,
                          .skip = (b->row - b->side_in) * c,
                          .relu6 = true};
    if (b != p->net->block) {
        job.A = p->in + y * b->side_in * b->in;
        huse_panel_run(&b->expand, &job, (end - y) * b->side_in, r->from, r->to);
        return;
    }
    job.A = r->lane->patch;
    for (; y < end; y++, job.C += b->row * c) {
        stem_patches(p->rgb, y, r->lane->patch);
        huse_panel_run(&b->expand, &job, b->side_in, r->from, r->to);
    }
}

static void expand_up_to(range *r, size_t end)
{
    end = HUSE_MIN(end, r->pass->block->side_in);
    while (r->ready < end) {
        size_t wrap = r->ready - r->ready % r->ring_rows + r->ring_rows, stop = HUSE_MIN(end, wrap);
        expand_rows(r, r->ready, stop);
        r->ready = stop;
    }
}

static void clear_margins(const range *r)
{
    const huse_effnet_block *b = r->pass->block;
    size_t c = r->to - r->from, right = b->pad + b->side_in;
    for (size_t y = 0; y < r->ring_rows; y++) {
        float *row = r->lane->ring + y * b->row * c;
        memset(row, 0, b->pad * c * sizeof *row);
        if (right < b->row)
            memset(row + right * c, 0, (b->row - right) * c * sizeof *row);
    }
}

static range range_begin(const pass *p, huse_effnet_lane *lane, size_t from, size_t to,
                         size_t first_row)
{
    size_t top = first_row * p->block->stride;
    range r = {.pass = p,
               .lane = lane,
               .from = from,
               .to = to,
               .ring_rows = ring_rows(p->block),
               .strip_rows = strip_rows(p->block),
               .ready = top > p->block->pad ? top - p->block->pad : 0};
    clear_margins(&r);
    return r;
}

/* Depthwise output rows [y, end), one strip at most, to @out, @ld floats from pixel to pixel. */
static void depthwise_rows(range *r, size_t y, size_t end, float *out, size_t ld)
{
    const pass *p = r->pass;
    const huse_effnet_block *b = p->block;
    size_t c = r->to - r->from;
    const float *in[5];
    huse_dw_row row = {.in = in,
                       .w = b->dw + r->from,
                       .bias = b->dw_bias + r->from,
                       .ld_in = c,
                       .ld_out = ld,
                       .ldw = b->wide,
                       .channels = c,
                       .n = b->side_out,
                       .k = b->k,
                       .stride = b->stride};
    expand_up_to(r, (end - 1) * b->stride + b->k - b->pad);
    for (; y < end; y++, out += b->side_out * ld) {
        for (size_t dy = 0; dy < b->k; dy++) {
            size_t at = y * b->stride + dy; /* one pad further down than in the input */
            bool inside = at >= b->pad && at - b->pad < b->side_in;
            in[dy] =
                inside ? r->lane->ring + (at - b->pad) % r->ring_rows * b->row * c : p->net->zeros;
        }
        row.out = out;
        p->net->depthwise(&row);
    }
}

static void project(const pass *p, const float *wide, size_t pixel, size_t n, size_t from,
                    size_t to)
{
    const huse_effnet_block *b = p->block;
    huse_panel_job job = {.A = wide,
                          .lda = b->wide,
                          .C = p->out + pixel * b->out + from,
                          .ldc = b->out,
                          .ldadd = b->out,
                          .add = b->residual ? p->in + pixel * b->out + from : NULL};
    huse_panel_run(&b->project, &job, n, from, to);
}

static void band_task(void *ctx, size_t i, int worker)
{
    const pass *p = ctx;
    const huse_effnet_block *b = p->block;
    huse_effnet_lane *lane = lane_of(p, worker);
    size_t y = b->side_out * i / p->tasks, end = b->side_out * (i + 1) / p->tasks;
    range r = range_begin(p, lane, 0, b->wide, y);
    for (size_t next; y < end; y = next) {
        next = HUSE_MIN(y + r.strip_rows, end);
        depthwise_rows(&r, y, next, lane->strip, b->wide);
        project(p, lane->strip, y * b->side_out, (next - y) * b->side_out, 0, b->out);
    }
}

static void slice_task(void *ctx, size_t i, int worker)
{
    const pass *p = ctx;
    const huse_effnet_block *b = p->block;
    size_t from = i * p->slice, to = HUSE_MIN(from + p->slice, b->wide);
    range r = range_begin(p, lane_of(p, worker), from, to, 0);
    for (size_t y = 0, next; y < b->side_out; y = next) {
        next = HUSE_MIN(y + r.strip_rows, b->side_out);
        depthwise_rows(&r, y, next, p->wide + y * b->side_out * b->wide + from, b->wide);
    }
}

static void project_task(void *ctx, size_t i, int worker)
{
    const pass *p = ctx;
    const huse_effnet_block *b = p->block;
    size_t pixels = b->side_out * b->side_out, from = pixels * i / p->tasks,
           to = pixels * (i + 1) / p->tasks;
    (void)worker;
    project(p, p->wide + from * b->wide, from, to - from, 0, b->out);
}

static void head_task(void *ctx, size_t i, int worker)
{
    const pass *p = ctx;
    size_t side = p->net->block[HUSE_EFFNET_BLOCKS - 1].side_out, pixels = side * side;
    size_t from = i * HEAD_COLUMNS, to = HUSE_MIN(from + HEAD_COLUMNS, (size_t)HUSE_EFFNET_DIM),
           n = to - from;
    float *y = lane_of(p, worker)->strip, *sum = p->features + from;
    huse_panel_job job = {.A = p->in, .lda = p->net->head.K, .C = y, .ldc = n, .relu6 = true};
    huse_panel_run(&p->net->head, &job, pixels, from, to);
    memset(sum, 0, n * sizeof *sum);
    for (size_t x = 0; x < pixels; x++)
        for (size_t c = 0; c < n; c++)
            sum[c] += y[x * n + c];
    for (size_t c = 0; c < n; c++)
        sum[c] /= (float)pixels;
}

/* Channels of a range: a few ranges for every thread, of whole units. */
static size_t slice_width(size_t wide, size_t threads)
{
    size_t units = wide / HUSE_PANEL_UNIT,
           width = threads == 1 ? SLICE / HUSE_PANEL_UNIT : units / (3 * threads);
    return HUSE_MAX((size_t)1, width) * HUSE_PANEL_UNIT;
}

static void run_block(pass *p, size_t threads)
{
    const huse_effnet_block *b = p->block;
    if (b->side_out >= BAND_SIDE) {
        p->tasks = HUSE_MIN(threads == 1 ? 1 : 2 * threads, b->side_out);
        run(p, p->tasks, band_task);
        return;
    }
    p->slice = slice_width(b->wide, threads);
    run(p, (b->wide + p->slice - 1) / p->slice, slice_task);
    p->tasks = threads == 1 ? 1 : HUSE_MAX((size_t)1, b->side_out * b->side_out / TILE);
    run(p, p->tasks, project_task);
}

void huse_effnet_forward(const huse_effnet *net, huse_effnet_scratch *s, huse_pool *pool,
                         int worker, const uint8_t *rgb, float *out)
{
    size_t threads = (size_t)huse_pool_threads(pool);
    huse_effnet_lane *lane = &s->lane[pool ? 0 : worker];
    pass p = {.net = net,
              .scratch = s,
              .pool = pool,
              .worker = worker,
              .rgb = rgb,
              .features = out,
              .wide = lane->wide};
    for (size_t i = 0; i < HUSE_EFFNET_BLOCKS; i++) {
        p.block = &net->block[i];
        p.in = lane->act[i % 2];
        p.out = lane->act[(i + 1) % 2];
        run_block(&p, threads);
    }
    p.in = lane->act[HUSE_EFFNET_BLOCKS % 2];
    run(&p, (HUSE_EFFNET_DIM + HEAD_COLUMNS - 1) / HEAD_COLUMNS, head_task);
}

huse_effnet_scratch *huse_effnet_scratch_new(const huse_effnet *net, size_t lanes)
{
    size_t ring = 0, strip = 49 * HEAD_COLUMNS, wide = 0, act = 0;
    for (size_t i = 0; i < HUSE_EFFNET_BLOCKS; i++) {
        const huse_effnet_block *b = &net->block[i];
        size_t pixels = b->side_out * b->side_out;
        ring = HUSE_MAX(ring, ring_rows(b) * b->row * b->wide);
        strip = HUSE_MAX(strip, strip_rows(b) * b->side_out * b->wide);
        act = HUSE_MAX(act, pixels * b->out);
        if (b->side_out < BAND_SIDE)
            wide = HUSE_MAX(wide, pixels * b->wide);
    }
    huse_effnet_scratch *s = huse_xcalloc(1, sizeof *s + lanes * sizeof s->lane[0]);
    s->lanes = lanes;
    for (size_t i = 0; i < lanes; i++) {
        s->lane[i].ring = huse_xaligned(ring * sizeof(float));
        s->lane[i].strip = huse_xaligned(strip * sizeof(float));
        s->lane[i].patch = huse_xaligned(HUSE_PICTURE_SIDE / 2 * HUSE_EFFNET_PATCH * sizeof(float));
        s->lane[i].wide = huse_xaligned(wide * sizeof(float));
        s->lane[i].act[0] = huse_xaligned(act * sizeof(float));
        s->lane[i].act[1] = huse_xaligned(act * sizeof(float));
    }
    return s;
}

void huse_effnet_scratch_free(huse_effnet_scratch *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->lanes; i++) {
        free(s->lane[i].ring);
        free(s->lane[i].strip);
        free(s->lane[i].patch);
        free(s->lane[i].wide);
        free(s->lane[i].act[0]);
        free(s->lane[i].act[1]);
    }
    free(s);
}
