#include "tensor/panel.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = HUSE_PANEL_UNIT, PORTABLE_ROWS = 4 };

void huse_panel_pack(huse_panel *p, bool tb, size_t K, size_t N, const float *B, size_t ldb,
                     const float *bias)
{
    size_t units = (N + UNIT - 1) / UNIT;
    *p = (huse_panel){.K = K, .N = N};
    p->w = huse_xaligned(HUSE_MAX((size_t)1, units * K * UNIT) * sizeof *p->w);
    p->bias = huse_xaligned(HUSE_MAX((size_t)1, units * UNIT) * sizeof *p->bias);
    for (size_t n = 0; n < N; n++) {
        float *to = p->w + n / UNIT * K * UNIT + n % UNIT;
        for (size_t k = 0; k < K; k++)
            to[k * UNIT] = tb ? B[n * ldb + k] : B[k * ldb + n];
    }
    if (bias)
        memcpy(p->bias, bias, N * sizeof *bias);
}

void huse_panel_free(huse_panel *p)
{
    free(p->w);
    free(p->bias);
    *p = (huse_panel){0};
}

static void portable_tile(const huse_panel_tile *t)
{
    for (size_t r = 0; r < t->rows; r++) {
        const float *a = t->A + r * t->lda;
        float acc[UNIT];
        memcpy(acc, t->bias, sizeof acc);
        for (size_t k = 0; k < t->K; k++)
            for (size_t c = 0; c < UNIT; c++)
                acc[c] += a[k] * t->w[k * UNIT + c];
        for (size_t c = 0; c < t->columns; c++) {
            float y = t->relu6 ? HUSE_MIN(HUSE_MAX(acc[c], 0.0f), 6.0f) : acc[c];
            t->C[r][c] = t->add ? y + t->add[r * t->ldadd + c] : y;
        }
    }
}

const huse_panel_kernel huse_panel_portable = {PORTABLE_ROWS, UNIT, portable_tile};

void huse_panel_run_with(const huse_panel_kernel *kernel, const huse_panel *p,
                         const huse_panel_job *job, size_t M, size_t from, size_t to)
{
    HUSE_ASSERT(from % UNIT == 0 && from <= to && to <= p->N);
    size_t blocks = (M + kernel->rows - 1) / kernel->rows;
    float *C[HUSE_PANEL_MAX_ROWS];
    for (size_t n = from; n < to; n += kernel->columns) {
        huse_panel_tile t = {.w = p->w + n * p->K,
                             .bias = p->bias + n,
                             .lda = job->lda,
                             .ldadd = job->ldadd,
                             .K = p->K,
                             .columns = HUSE_MIN(kernel->columns, to - n),
                             .C = C,
                             .relu6 = job->relu6};
        /* Blocks of nearly equal height: no thin one is left over at the end. */
        for (size_t b = 0; b < blocks; b++) {
            size_t row = M * b / blocks;
            t.rows = M * (b + 1) / blocks - row;
            t.A = job->A + row * job->lda;
            t.add = job->add ? job->add + row * job->ldadd + (n - from) : NULL;
            for (size_t r = 0; r < t.rows; r++) {
                size_t gap = job->group ? (row + r) / job->group * job->skip : 0;
                C[r] = job->C + (row + r) * job->ldc + gap + (n - from);
            }
            kernel->tile(&t);
        }
    }
}

void huse_panel_run(const huse_panel *p, const huse_panel_job *job, size_t M, size_t from,
                    size_t to)
{
    const huse_panel_kernel *kernel = huse_panel_avx512();
    if (!kernel)
        kernel = huse_panel_avx2();
    huse_panel_run_with(kernel ? kernel : &huse_panel_portable, p, job, M, from, to);
}
