#include "index/tsne.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/tsne_row.h"
#include "tensor/gemm.h"

/* As van der Maaten's own and scikit-learn's: exaggerated at first, then free, with momentum and a gain for each coordinate. */
enum { EXAGGERATED = 250, BLOCK = 16 };
#define EXAGGERATION 12.0F
#define START_SPREAD 1e-4
#define FAR_OFF      1e15F

struct huse_tsne {
    size_t         n, wide; /* wide: n rounded up to whole blocks */
    float         *p;       /* (n, wide) similarities, their sum over all pairs 1 */
    float         *at[2];   /* (wide) */
    float         *speed, *gain; /* (n,2) */
    huse_tsne_force *force; /* (n) */
    int            steps;
    huse_tsne_row *row;
};

huse_tsne_force huse_tsne_row_portable(const float *p, const float *x, const float *y, size_t n, size_t i)
{
    return tsne_row(p, x, y, n, i);
}

/* ---- similarities ---- */

/* p (n): how near the others are to @i by a Gaussian whose entropy is @entropy; distances in p beforehand. */
static void similar(float *p, size_t n, size_t i, double entropy)
{
    double beta = 1, lo = 0, hi = (double)INFINITY, least = (double)INFINITY, sum = 1;
    double *w = huse_xmalloc(n * sizeof *w);
    for (size_t j = 0; j < n; j++)
        if (j != i)
            least = fmin(least, (double)p[j]);
    for (int tries = 0; tries < 64; tries++) {
        double mean = 0;
        sum = 0;
        for (size_t j = 0; j < n; j++) {
            const double far = (double)p[j] - least;
            w[j] = j == i ? 0 : exp(-beta * far);
            sum += w[j];
            mean += w[j] * far;
        }
        const double off = log(sum) + beta * mean / sum - entropy;
        if (fabs(off) < 1e-6)
            break;
        if (off > 0)
            lo = beta;
        else
            hi = beta;
        beta = isinf(hi) ? 2 * beta : (lo + hi) / 2;
        if (!(beta < 1e12))
            break; /* more are equally near than the entropy allows */
    }
    for (size_t j = 0; j < n; j++)
        p[j] = (float)(w[j] / sum);
    free(w);
}

typedef struct work {
    huse_tsne *t;
    double     entropy;
} work;

static void similar_block(void *ctx, size_t block, int worker)
{
    const work *w = ctx;
    (void)worker;
    for (size_t i = block * BLOCK; i < HUSE_MIN((block + 1) * BLOCK, w->t->n); i++)
        similar(w->t->p + i * w->t->wide, w->t->n, i, w->entropy);
}

static void run_blocks(huse_tsne *t, huse_pool *pool, void (*fn)(void *, size_t, int), work *w)
{
    huse_pool_run(pool, (t->n + BLOCK - 1) / BLOCK, fn, w);
}

/* p := squared distances of all rows. */
static void distances(huse_tsne *t, const float *x, size_t d, huse_pool *pool)
{
    float *norm = huse_xmalloc(t->n * sizeof *norm);
    huse_blas_init();
    huse_gemm(pool, false, true, t->n, t->n, d, -2, x, d, x, d, 0, t->p, t->wide);
    for (size_t i = 0; i < t->n; i++)
        norm[i] = -t->p[i * t->wide + i] / 2;
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j < t->n; j++)
            t->p[i * t->wide + j] = fmaxf(t->p[i * t->wide + j] + norm[i] + norm[j], 0);
    free(norm);
}

static void make_symmetric(huse_tsne *t)
{
    const float each = 1 / (2 * (float)t->n);
    for (size_t i = 0; i < t->n; i++)
        for (size_t j = 0; j <= i; j++) {
            float *a = &t->p[i * t->wide + j], *b = &t->p[j * t->wide + i];
            *a = *b = i == j ? 0 : fmaxf((*a + *b) * each, 1e-12F);
        }
}

static void begin_at(huse_tsne *t, const float *start)
{
    double mean[2] = { 0 }, spread = 0;
    for (size_t i = 0; i < 2 * t->n; i++)
        mean[i % 2] += (double)start[i] / (double)t->n;
    for (size_t i = 0; i < t->n; i++)
        spread += ((double)start[2 * i] - mean[0]) * ((double)start[2 * i] - mean[0]) / (double)t->n;
    const double scale = spread > 0 ? START_SPREAD / sqrt(spread) : 0;
    for (size_t i = 0; i < t->wide; i++)
        for (size_t k = 0; k < 2; k++)
            t->at[k][i] = i < t->n ? (float)(((double)start[2 * i + k] - mean[k]) * scale) : FAR_OFF;
}

huse_tsne *huse_tsne_new(const float *x, size_t n, size_t d, const float *start, huse_pool *pool)
{
    HUSE_ASSERT(n >= HUSE_TSNE_LEAST && n <= HUSE_TSNE_MOST);
    huse_tsne *t = huse_xcalloc(1, sizeof *t);
    work w = { t, log(fmin(30, (double)(n - 1) / 3)) };
    t->n = n;
    t->wide = (n + 15) / 16 * 16;
    t->row = __builtin_cpu_supports("avx2") ? huse_tsne_row_avx2 : huse_tsne_row_portable;
    t->p = huse_xaligned(n * t->wide * sizeof *t->p);
    t->force = huse_xcalloc(n, sizeof *t->force);
    t->at[0] = huse_xaligned(t->wide * sizeof(float));
    t->at[1] = huse_xaligned(t->wide * sizeof(float));
    t->speed = huse_xcalloc(2 * n, sizeof *t->speed);
    t->gain = huse_xmalloc(2 * n * sizeof *t->gain);
    for (size_t i = 0; i < 2 * n; i++)
        t->gain[i] = 1;
    distances(t, x, d, pool);
    run_blocks(t, pool, similar_block, &w);
    make_symmetric(t);
    begin_at(t, start);
    return t;
}

void huse_tsne_free(huse_tsne *t)
{
    if (t == NULL)
        return;
    free(t->p);
    free(t->at[0]);
    free(t->at[1]);
    free(t->speed);
    free(t->gain);
    free(t->force);
    free(t);
}

/* ---- steps ---- */

/* What is beyond the last row lies so far off that its pairs count nothing in single precision. */
static void force_block(void *ctx, size_t block, int worker)
{
    const work *w = ctx;
    huse_tsne *t = w->t;
    (void)worker;
    for (size_t i = block * BLOCK; i < HUSE_MIN((block + 1) * BLOCK, t->n); i++) {
        t->force[i] = t->row(t->p + i * t->wide, t->at[0], t->at[1], t->wide, i);
        t->force[i].z -= 1; /* the pair with itself */
    }
}

static void move(huse_tsne *t, float exaggeration)
{
    const float momentum = t->steps < EXAGGERATED ? .5F : .8F, rate = fmaxf((float)t->n / EXAGGERATION / 4, 50);
    double z = 0;
    for (size_t i = 0; i < t->n; i++)
        z += (double)t->force[i].z;
    const float push = (float)(1 / fmax(z, 1e-30));
    for (size_t k = 0; k < 2; k++) {
        double mean = 0;
        for (size_t i = 0; i < t->n; i++) {
            float *speed = &t->speed[2 * i + k], *gain = &t->gain[2 * i + k];
            const float slope = 4 * (exaggeration * t->force[i].pull[k] - push * t->force[i].push[k]);
            *gain = slope * *speed > 0 ? fmaxf(*gain * .8F, .01F) : *gain + .2F;
            *speed = momentum * *speed - rate * *gain * slope;
            t->at[k][i] += *speed;
            mean += (double)t->at[k][i];
        }
        for (size_t i = 0; i < t->n; i++)
            t->at[k][i] -= (float)(mean / (double)t->n);
    }
}

bool huse_tsne_run(huse_tsne *t, int steps, huse_pool *pool, volatile const int *stop)
{
    for (; steps > 0 && t->steps < HUSE_TSNE_STEPS && !huse_stopped(stop); steps--) {
        work w = { t, 0 };
        run_blocks(t, pool, force_block, &w);
        move(t, t->steps < EXAGGERATED ? EXAGGERATION : 1);
        t->steps++;
    }
    return t->steps < HUSE_TSNE_STEPS;
}

int huse_tsne_steps(const huse_tsne *t)
{
    return t->steps;
}

void huse_tsne_layout(const huse_tsne *t, float *y)
{
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < 2; k++)
            y[2 * i + k] = t->at[k][i];
}
