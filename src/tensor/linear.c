#include "tensor/linear.h"

#include <math.h>
#include <string.h>

#include "tensor/elementwise.h"

enum { TILE_M = 256, TILE_N = 512, LEAST_TILES = 4, LEAST_M = 32, LEAST_N = 64, SUM_COLUMNS = 64, DRAWS = 512 };

/* How an output is cut into tiles: by its shape alone, which is what fixes the bits. */
typedef struct cut {
    size_t m, n, across, tiles;
} cut;

static size_t even(size_t size, size_t most, size_t unit)
{
    size_t parts = (size + most - 1) / most, each = (size + parts - 1) / parts;
    return (each + unit - 1) / unit * unit;
}

/* Tiles large enough that packing their operands costs BLAS little, of nearly one size, and enough of them to share out. */
static cut cut_of(size_t rows, size_t cols)
{
    cut c = {even(rows, TILE_M, 16), even(cols, TILE_N, LEAST_N), 0, 0};
    for (;;) {
        c.across = (cols + c.n - 1) / c.n;
        c.tiles = (rows + c.m - 1) / c.m * c.across;
        if (c.tiles >= LEAST_TILES || (c.m <= LEAST_M && c.n <= LEAST_N))
            return c;
        if (c.n > LEAST_N && (c.n > c.m || c.m <= LEAST_M))
            c.n = even(c.n, c.n / 2, LEAST_N);
        else
            c.m = even(c.m, c.m / 2, 16);
    }
}

typedef struct layer {
    const float        *x, *W, *b;
    size_t              n, in, out;
    cut                 cut;
    bool                relu;
    const huse_dropout *drop;
    float              *y;
} layer;

/* Drops entries of one row segment [c0, c1), c0 a multiple of 8: eight 16-bit draws a Philox block. */
static void drop_row(const huse_elementwise *k, const huse_dropout *d, size_t row, size_t c0, size_t c1, float *y)
{
    const uint32_t key[2] = {(uint32_t)d->seed, (uint32_t)(d->seed >> 32)};
    const uint32_t counter[3] = {(uint32_t)row, (uint32_t)d->stream, (uint32_t)(d->stream >> 32)};
    uint16_t       draw[DRAWS];
    for (size_t c = c0; c < c1; c += DRAWS) {
        size_t n = HUSE_MIN((size_t)DRAWS, c1 - c);
        k->draws(draw, (n + 7) / 8, (uint32_t)(c / 8), counter, key);
        k->drop(y + c, n, draw, (uint32_t)lrintf(d->p * 65536.0f), 1.0f / (1.0f - d->p));
    }
}

static void fwd_tile(void *ctx, size_t i, int worker)
{
    const layer            *l = ctx;
    const huse_elementwise *k = huse_elementwise_best();
    size_t                  m0 = i / l->cut.across * l->cut.m, n0 = i % l->cut.across * l->cut.n;
    size_t                  m1 = HUSE_MIN(m0 + l->cut.m, l->n), n1 = HUSE_MIN(n0 + l->cut.n, l->out);
    (void)worker;
    for (size_t r = m0; r < m1; r++) /* y starts as b; the product is added */
        memcpy(l->y + r * l->out + n0, l->b + n0, (n1 - n0) * sizeof *l->y);
    huse_gemm_1(false, true, m1 - m0, n1 - n0, l->in, 1.0f, l->x + m0 * l->in, l->in, l->W + n0 * l->in, l->in, 1.0f,
                l->y + m0 * l->out + n0, l->out);
    if (!l->relu)
        return;
    for (size_t r = m0; r < m1; r++) {
        float *y = l->y + r * l->out;
        k->relu(y + n0, n1 - n0);
        if (l->drop && l->drop->p > 0.0f)
            drop_row(k, l->drop, r, n0, n1, y);
    }
}

void huse_linear_fwd(huse_pool *pool, const float *x, size_t n, size_t in, const float *W, const float *b, size_t out,
                     bool relu, const huse_dropout *drop, float *y)
{
    if (!n || !out)
        return;
    layer l = {x, W, b, n, in, out, cut_of(n, out), relu, drop, y};
    huse_blas_init();
    huse_pool_run(pool, l.cut.tiles, fwd_tile, &l);
}

typedef struct back {
    const float *x, *W, *dy;
    size_t       n, in, out;
    cut          w, d; /* of dW, of dx */
    float       *dW, *db, *dx;
    bool         masked;
    float        scale;
} back;

static void weight_tile(const back *l, size_t i)
{
    size_t m0 = i / l->w.across * l->w.m, n0 = i % l->w.across * l->w.n;
    size_t m1 = HUSE_MIN(m0 + l->w.m, l->out), n1 = HUSE_MIN(n0 + l->w.n, l->in);
    huse_gemm_1(true, false, m1 - m0, n1 - n0, l->n, 1.0f, l->dy + m0, l->out, l->x + n0, l->in, 1.0f,
                l->dW + m0 * l->in + n0, l->in);
}

static void input_tile(const back *l, size_t i)
{
    size_t m0 = i / l->d.across * l->d.m, n0 = i % l->d.across * l->d.n;
    size_t m1 = HUSE_MIN(m0 + l->d.m, l->n), n1 = HUSE_MIN(n0 + l->d.n, l->in);
    huse_gemm_1(false, false, m1 - m0, n1 - n0, l->out, 1.0f, l->dy + m0 * l->out, l->out, l->W + n0, l->in, 0.0f,
                l->dx + m0 * l->in + n0, l->in);
    const huse_elementwise *k = huse_elementwise_best();
    for (size_t r = m0; l->masked && r < m1; r++)
        k->mask(l->dx + r * l->in + n0, l->x + r * l->in + n0, n1 - n0, l->scale);
}

static void bias_columns(const back *l, size_t i)
{
    size_t c0 = i * SUM_COLUMNS, c1 = HUSE_MIN(c0 + SUM_COLUMNS, l->out);
    float  sum[SUM_COLUMNS] = {0};

    const huse_elementwise *k = huse_elementwise_best();
    for (size_t r = 0; r < l->n; r++)
        k->add(sum, l->dy + r * l->out + c0, c1 - c0);
    k->add(l->db + c0, sum, c1 - c0);
}

static void bwd_task(void *ctx, size_t i, int worker)
{
    const back *l = ctx;
    (void)worker;
    if (i < l->w.tiles)
        weight_tile(l, i);
    else if (i < l->w.tiles + l->d.tiles)
        input_tile(l, i - l->w.tiles);
    else
        bias_columns(l, i - l->w.tiles - l->d.tiles);
}

void huse_linear_bwd(huse_pool *pool, const float *x, size_t n, size_t in, const float *W, size_t out, const float *dy,
                     float *dW, float *db, float *dx, bool masked_x, float p)
{
    if (!n || !out)
        return;
    back l = {.x = x, .W = W, .dy = dy, .n = n, .in = in, .out = out, .dW = dW, .db = db, .dx = dx,
              .masked = masked_x, .scale = 1.0f / (1.0f - p)};
    l.w = cut_of(out, in);
    if (dx)
        l.d = cut_of(n, in);
    huse_blas_init();
    huse_pool_run(pool, l.w.tiles + l.d.tiles + (out + SUM_COLUMNS - 1) / SUM_COLUMNS, bwd_task, &l);
}
