#include "model/losses.h"

#include <string.h>

#include "tensor/elementwise.h"

enum { TILE = 128, BLOCK = 16 };

typedef struct job {
    const float      *E;
    const huse_batch *b;
    const huse_graph *g;
    const float      *psi; /* (M,P) of the batch's rows when there is no matrix */
    size_t            M, D, across;
    float             zeta, *C;
    double           *partial;
} job;

static size_t square_tiles(size_t rows)
{
    size_t across = (2 * rows + TILE - 1) / TILE;
    return across * across;
}

void huse_loss_scratch_init(huse_loss_scratch *s, huse_arena *a, size_t rows, size_t D, const huse_graph *g)
{
    s->rows = rows;
    s->square = huse_arena_alloc(a, 4 * rows * rows * sizeof(float));
    for (size_t i = 0; i < HUSE_COUNT(s->pair); i++)
        s->pair[i] = huse_arena_alloc(a, rows * D * sizeof(float));
    s->psi_rows = g->A ? NULL : huse_arena_alloc(a, 2 * rows * g->P * sizeof(float));
    s->partial = huse_arena_alloc(a, square_tiles(rows) * sizeof(double));
    s->identity = huse_arena_alloc(a, rows * sizeof(int32_t));
    for (size_t i = 0; i < rows; i++)
        s->identity[i] = (int32_t)i;
    for (int k = 0; k < 2; k++) {
        s->row_sum[k] = huse_arena_alloc(a, 2 * rows * sizeof *s->row_sum[k]);
        s->row_count[k] = huse_arena_alloc(a, 2 * rows * sizeof *s->row_count[k]);
        s->own[k] = huse_arena_alloc(a, rows * sizeof *s->own[k]);
        s->partner[k] = huse_arena_alloc(a, rows * sizeof *s->partner[k]);
    }
    s->keys = NULL;
}

void huse_loss_scratch_threads(huse_loss_scratch *s, huse_arena *a, int threads)
{
    s->keys = huse_arena_alloc(a, (size_t)threads * 2 * s->rows * sizeof *s->keys);
}

/* Class distances of the rows [m0,m1) and columns [n0,n1) of a tile into A (TILE a row). */
static void distances(const job *j, size_t m0, size_t m1, size_t n0, size_t n1, float *A)
{
    const int32_t *y = j->b->y;
    size_t         P = j->g->P;
    if (!j->g->A)
        huse_gemm_1(false, true, m1 - m0, n1 - n0, P, -1.0f, j->psi + m0 * P, P, j->psi + n0 * P, P, 0.0f, A, TILE);
    for (size_t m = m0; m < m1; m++, A += TILE) {
        const float *row = j->g->A ? j->g->A + (size_t)y[m] * j->g->K : NULL;
        for (size_t n = n0; row && n < n1; n++)
            A[n - n0] = row[y[n]];
        for (size_t n = n0; !row && n < n1; n++) {
            float a = 1.0f + A[n - n0];
            A[n - n0] = y[m] == y[n] || a < 0.0f ? 0.0f : a;
        }
    }
}

/* C[n][m] := C[m][n] of a block of at most BLOCK × BLOCK: whole cache lines are read and written, whatever the stride. */
static void mirror(float *C, size_t stride, size_t m0, size_t m1, size_t n0, size_t n1)
{
    float block[BLOCK][BLOCK];
    for (size_t m = m0; m < m1; m++)
        for (size_t n = n0; n < n1; n++)
            block[n - n0][m - m0] = C[m * stride + n];
    for (size_t n = n0; n < n1; n++)
        memcpy(C + n * stride + m0, block[n - n0], (m1 - m0) * sizeof *C);
}

/* One tile on or above the diagonal: cosines become residuals σ (d − A), mirrored below; its sum of squares. */
static void graph_tile(void *ctx, size_t i, int worker)
{
    job   *j = ctx;
    size_t ti = i / j->across, tj = i % j->across;
    (void)worker;
    j->partial[i] = 0;
    if (tj < ti)
        return;
    size_t m0 = ti * TILE, m1 = HUSE_MIN(m0 + TILE, j->M), n0 = tj * TILE, n1 = HUSE_MIN(n0 + TILE, j->M);
    huse_gemm_1(false, true, m1 - m0, n1 - n0, j->D, 1.0f, j->E + m0 * j->D, j->D, j->E + n0 * j->D, j->D, 0.0f,
                j->C + m0 * j->M + n0, j->M);
    const huse_elementwise *k = huse_elementwise_best();
    double                  sum = 0;
    float                   A[TILE * TILE];
    distances(j, m0, m1, n0, n1, A);
    for (size_t m = m0; m < m1; m++)
        sum += (double)k->residual(j->C + m * j->M + n0, A + (m - m0) * TILE, n1 - n0, j->zeta);
    if (ti != tj)
        for (size_t m = m0; m < m1; m += BLOCK)
            for (size_t n = n0; n < n1; n += BLOCK)
                mirror(j->C, j->M, m, HUSE_MIN(m + BLOCK, m1), n, HUSE_MIN(n + BLOCK, n1));
    j->partial[i] = ti == tj ? sum : 2.0 * sum;
}

double huse_loss_graph(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_graph *g, float zeta, float w,
                       huse_loss_scratch *scratch)
{
    size_t M = b->n_image + b->n_text, D = net->params.shape.D;
    job    j = {net->E, b, g, scratch->psi_rows, M, D, (M + TILE - 1) / TILE, zeta, scratch->square, scratch->partial};
    for (size_t m = 0; !g->A && m < M; m++)
        memcpy(scratch->psi_rows + m * g->P, g->psi + (size_t)b->y[m] * g->P, g->P * sizeof(float));
    huse_blas_init();
    huse_pool_run(pool, j.across * j.across, graph_tile, &j);
    double sum = 0, pairs = (double)M * (double)M;
    for (size_t i = 0; i < j.across * j.across; i++)
        sum += j.partial[i];
    /* dL/de_m = −4/M² Σ_n σ (d − A) e_n: each pair stands in the sum twice */
    huse_gemm(pool, false, false, M, D, M, (float)(-4.0 * (double)w / pairs), j.C, M, net->E, D, 1.0f, net->dE, D);
    return sum / pairs;
}
