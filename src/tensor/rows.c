#include "tensor/rows.h"

#include <math.h>

enum { ROWS = 64 }; /* rows a task takes */

typedef struct job {
    const float   *a, *b, *c;
    const int32_t *target;
    float         *out, *extra;
    size_t         n, d;
    float          w;
} job;

static float dot(const float *a, const float *b, size_t d)
{
    float lane[16] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 16 <= d; i += 16)
        for (size_t k = 0; k < 16; k++)
            lane[k] += a[i + k] * b[i + k];
    for (; i < d; i++)
        sum += a[i] * b[i];
    for (size_t k = 0; k < 16; k++)
        sum += lane[k];
    return sum;
}

static void run(huse_pool *pool, void (*fn)(void *, size_t, int), job *j)
{
    huse_pool_run(pool, (j->n + ROWS - 1) / ROWS, fn, j);
}

#define EACH_ROW(j, i, r) for (size_t r = (i)*ROWS, end_ = HUSE_MIN(r + ROWS, (j)->n); r < end_; r++)

static void normalise(void *ctx, size_t i, int worker)
{
    job *j = ctx;
    (void)worker;
    EACH_ROW(j, i, r)
    {
        const float *z = j->a + r * j->d;
        float       *e = j->out + r * j->d;
        float        norm = sqrtf(dot(z, z, j->d));
        norm = norm < 1e-12f ? 1e-12f : norm; /* NaN passes */
        if (j->extra)
            j->extra[r] = norm;
        for (size_t c = 0; c < j->d; c++)
            e[c] = z[c] / norm;
    }
}

void huse_rows_normalise(huse_pool *pool, const float *z, size_t n, size_t d, float *e, float *norm)
{
    run(pool, normalise, &(job){.a = z, .out = e, .extra = norm, .n = n, .d = d});
}

static void normalise_bwd(void *ctx, size_t i, int worker)
{
    job *j = ctx;
    (void)worker;
    EACH_ROW(j, i, r)
    {
        const float *e = j->a + r * j->d, *de = j->c + r * j->d;
        float       *dz = j->out + r * j->d, along = dot(e, de, j->d), inv = 1.0f / j->b[r];
        for (size_t c = 0; c < j->d; c++)
            dz[c] = (de[c] - e[c] * along) * inv;
    }
}

void huse_rows_normalise_bwd(huse_pool *pool, const float *e, const float *norm, size_t n, size_t d, const float *de,
                             float *dz)
{
    run(pool, normalise_bwd, &(job){.a = e, .b = norm, .c = de, .out = dz, .n = n, .d = d});
}

static void standardise(void *ctx, size_t i, int worker)
{
    job *j = ctx;
    (void)worker;
    EACH_ROW(j, i, r)
    {
        float *x = j->out + r * j->d;
        for (size_t c = 0; c < j->d; c++) {
            float v = (x[c] - j->a[c]) * j->b[c];
            x[c] = v < -10.0f ? -10.0f : v > 10.0f ? 10.0f : v;
        }
    }
}

void huse_rows_standardise(huse_pool *pool, float *x, size_t n, size_t d, const float *mean, const float *inv_std)
{
    run(pool, standardise, &(job){.a = mean, .b = inv_std, .out = x, .n = n, .d = d});
}

/* Softmax of one row in place; returns log Σ exp, shifted back. */
static double softmax_row(float *x, size_t k)
{
    float  top = x[0];
    double sum = 0;
    for (size_t c = 1; c < k; c++)
        top = x[c] > top ? x[c] : top;
    for (size_t c = 0; c < k; c++) {
        x[c] = expf(x[c] - top);
        sum += (double)x[c];
    }
    float inv = (float)(1.0 / sum);
    for (size_t c = 0; c < k; c++)
        x[c] *= inv;
    return log(sum) + (double)top;
}

static void softmax(void *ctx, size_t i, int worker)
{
    job *j = ctx;
    (void)worker;
    EACH_ROW(j, i, r)
        softmax_row(j->out + r * j->d, j->d);
}

void huse_rows_softmax(huse_pool *pool, float *logits, size_t n, size_t k)
{
    run(pool, softmax, &(job){.out = logits, .n = n, .d = k});
}

static void cross_entropy(void *ctx, size_t i, int worker)
{
    job *j = ctx;
    (void)worker;
    EACH_ROW(j, i, r)
    {
        float *x = j->out + r * j->d;
        size_t t = (size_t)j->target[r];
        double at = (double)x[t];
        j->extra[r] = (float)(softmax_row(x, j->d) - at);
        for (size_t c = 0; c < j->d; c++)
            x[c] *= j->w;
        x[t] -= j->w;
    }
}

double huse_rows_cross_entropy(huse_pool *pool, float *logits, size_t n, size_t k, const int32_t *target, float w,
                               float *loss)
{
    run(pool, cross_entropy, &(job){.target = target, .out = logits, .extra = loss, .n = n, .d = k, .w = w});
    double sum = 0;
    for (size_t r = 0; r < n; r++)
        sum += (double)loss[r];
    return sum;
}
