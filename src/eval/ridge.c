/* Ridge map from image features to sentence space. */
#include "eval/ridge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/gemm.h"
#include "tensor/solve.h"

enum { BLOCK = 512 }; /* rows whose products are summed in float32 */

const double huse_ridge_lambda[HUSE_RIDGE_LAMBDAS] = {1e2, 1e3, 1e4, 1e5};

struct huse_ridge {
    size_t d, s, n;
    double *gram;  /* (d,d) XᵀX */
    double *cross; /* (s,d) SᵀX */
    double *sum_x, *sum_s;
    float *part; /* (max(d,s),d) of one block */
};

huse_status huse_ridge_new(huse_ridge **out, size_t d, size_t s, huse_err *err)
{
    huse_ridge *r = huse_xcalloc(1, sizeof *r);
    r->d = d;
    r->s = s;
    struct {
        void *at;
        size_t n, bytes;
    } need[] = {
        {&r->gram, d, sizeof(double) * d},
        {&r->cross, s, sizeof(double) * d},
        {&r->sum_x, d, sizeof(double)},
        {&r->sum_s, s, sizeof(double)},
        {&r->part, HUSE_MAX(d, s), sizeof(float) * d},
    };
    for (size_t i = 0; i < HUSE_COUNT(need); i++) {
        void *p = NULL;
        huse_status st = huse_try_alloc(&p, need[i].n, need[i].bytes, err);
        if (st != HUSE_OK) {
            huse_ridge_free(r);
            return st;
        }
        memcpy(need[i].at, &p, sizeof p);
    }
    *out = r;
    return HUSE_OK;
}

void huse_ridge_free(huse_ridge *r)
{
    if (!r)
        return;
    free(r->gram);
    free(r->cross);
    free(r->sum_x);
    free(r->sum_s);
    free(r->part);
    free(r);
}

static void add_part(double *sum, const float *part, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += (double)part[i];
}

static void add_rows(double *sum, const float *rows, size_t n, size_t d)
{
    for (size_t i = 0; i < n; i++)
        add_part(sum, rows + i * d, d);
}

void huse_ridge_add(huse_ridge *r, huse_pool *pool, const float *X, const float *S, size_t n)
{
    size_t d = r->d, s = r->s;
    for (size_t i = 0; i < n; i += BLOCK) {
        size_t m = HUSE_MIN((size_t)BLOCK, n - i);
        const float *x = X + i * d, *y = S + i * s;
        huse_gemm(pool, true, false, d, d, m, 1, x, d, x, d, 0, r->part, d);
        add_part(r->gram, r->part, d * d);
        huse_gemm(pool, true, false, s, d, m, 1, y, s, x, d, 0, r->part, d);
        add_part(r->cross, r->part, s * d);
        add_rows(r->sum_x, x, m, d);
        add_rows(r->sum_s, y, m, s);
        r->n += m;
    }
}

huse_status huse_ridge_solve(const huse_ridge *r, double lambda, float *W, huse_err *err)
{
    size_t d = r->d, s = r->s;
    if (r->n == 0)
        return huse_fail(
            err, HUSE_BAD_DATA,
            "no train item has both picture and text: no map between them can be learnt");
    void *A = NULL, *B = NULL;
    huse_status st = huse_try_alloc(&A, d, d * sizeof(double), err);
    if (st == HUSE_OK)
        st = huse_try_alloc(&B, s, d * sizeof(double), err);
    if (st != HUSE_OK)
        goto out;
    double *a = A, *b = B;
    memcpy(a, r->gram, d * d * sizeof *a);
    for (size_t i = 0; i < d; i++) {
        a[i * d + i] += lambda;
        /* a float32 product of a matrix with itself may differ from its transpose in the last bit
         */
        for (size_t j = 0; j < i; j++)
            a[i * d + j] = a[j * d + i] = (a[i * d + j] + a[j * d + i]) / 2;
    }
    for (size_t j = 0; j < s; j++) {
        double mean = r->sum_s[j] / (double)r->n;
        for (size_t i = 0; i < d; i++)
            b[j * d + i] = r->cross[j * d + i] - mean * r->sum_x[i];
    }
    st = huse_solve_spd(a, d, b, s, err);
    if (st != HUSE_OK)
        goto out;
    for (size_t j = 0; j < s; j++) {
        for (size_t i = 0; i < d; i++)
            W[i * s + j] = (float)b[j * d + i];
        W[d * s + j] = (float)(r->sum_s[j] / (double)r->n);
    }
out:
    free(A);
    free(B);
    return st;
}

void huse_ridge_apply(huse_pool *pool, const float *W, size_t d, size_t s, const float *X, size_t n,
                      float *out)
{
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * s, W + d * s, s * sizeof *out);
    huse_gemm(pool, false, false, n, s, d, 1, X, d, W, s, 1, out, s);
    for (size_t i = 0; i < n; i++) {
        double norm = 0;
        for (size_t j = 0; j < s; j++)
            norm += (double)out[i * s + j] * (double)out[i * s + j];
        double scale = norm > 0 ? 1 / sqrt(norm) : 0;
        for (size_t j = 0; j < s; j++)
            out[i * s + j] = (float)((double)out[i * s + j] * scale);
    }
}
