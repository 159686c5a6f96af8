#include "index/pca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/dgemm.h"
#include "tensor/eigen.h"

enum { ROWS = 2048, AXES = 8 };

static bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static double *mean_of(const float *x, size_t n, size_t d)
{
    double *mean = huse_xcalloc(d + 1, sizeof *mean);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < d; c++)
            mean[c] += (double)x[i * d + c];
    for (size_t c = 0; c < d && n > 0; c++)
        mean[c] /= (double)n;
    return mean;
}

/* out (d,d) = sum over rows of (x − mean)(x − mean)ᵀ, some rows at a time. */
static double *covariance(const float *x, size_t n, size_t d, const double *mean)
{
    double *sum = huse_xcalloc(d * d, sizeof *sum), *part = huse_xmalloc(d * d * sizeof *part), *t = huse_xmalloc(d * ROWS * sizeof *t);
    for (size_t first = 0; first < n; first += ROWS) {
        size_t m = HUSE_MIN(n - first, (size_t)ROWS);
        for (size_t i = 0; i < m; i++)
            for (size_t c = 0; c < d; c++)
                t[c * m + i] = (double)x[(first + i) * d + c] - mean[c];
        huse_dgemm_nt(d, d, m, t, t, part);
        for (size_t i = 0; i < d * d; i++)
            sum[i] += part[i];
    }
    free(part);
    free(t);
    return sum;
}

/* out (n,n): products of the centred rows with each other. */
static double *products(const float *x, size_t n, size_t d, const double *mean)
{
    double *c = huse_xmalloc(n * d * sizeof *c), *out = huse_xmalloc(n * n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < d; k++)
            c[i * d + k] = (double)x[i * d + k] - mean[k];
    huse_dgemm_nt(n, n, d, c, c, out);
    free(c);
    return out;
}

/* Direction (d) of an axis whose unit places are u (n). */
static void direction_of(const float *x, size_t n, size_t d, const double *mean, const double *u, double *axis)
{
    double length = 0;
    memset(axis, 0, d * sizeof *axis);
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < d; c++)
            axis[c] += u[i] * ((double)x[i * d + c] - mean[c]);
    for (size_t c = 0; c < d; c++)
        length += axis[c] * axis[c];
    for (size_t c = 0; c < d && length > 0; c++)
        axis[c] /= sqrt(length);
}

/* Places of the rows on one axis, turned so that the largest is positive. */
static void place(const float *x, size_t n, size_t d, const double *mean, double *axis, float *y, size_t k)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double at = 0;
        for (size_t c = 0; c < d; c++)
            at += axis[c] * ((double)x[i * d + c] - mean[c]);
        y[i * k] = (float)at;
        if (fabs(at) > fabs(most) * (1 + 1e-9))
            most = at;
    }
    if (most >= 0)
        return;
    for (size_t i = 0; i < n; i++)
        y[i * k] = -y[i * k];
    for (size_t c = 0; c < d; c++)
        axis[c] = -axis[c];
}

huse_status huse_pca(const float *x, size_t n, size_t d, size_t k, float *y, float *axes, float *share, huse_err *err)
{
    HUSE_ASSERT(k >= 1 && k <= AXES);
    if (!all_finite(x, n * d))
        return huse_fail(err, HUSE_FAILED, "a value is no finite number");
    const size_t m = HUSE_MIN(n, d);
    double *mean = mean_of(x, n, d), *w = huse_xcalloc(m + 1, sizeof *w), *axis = huse_xcalloc(d + 1, sizeof *axis), total = 0;
    double *matrix = n < d ? products(x, n, d, mean) : covariance(x, n, d, mean);
    huse_status s = huse_eigen_symmetric(matrix, m, w, err);
    for (size_t i = 0; i < m; i++)
        total += w[i] > 0 ? w[i] : 0;
    for (size_t a = 0; s == HUSE_OK && a < k; a++) {
        const double *vector = a < m ? matrix + (m - 1 - a) * m : NULL, value = a < m ? w[m - 1 - a] : 0;
        const bool    varies = value > total * 1e-12 && value > 1e-20;
        memset(axis, 0, d * sizeof *axis);
        if (varies && n < d)
            direction_of(x, n, d, mean, vector, axis);
        else if (varies)
            memcpy(axis, vector, d * sizeof *axis);
        place(x, n, d, mean, axis, y + a, k);
        share[a] = varies ? (float)(value / total) : 0;
        for (size_t c = 0; axes && c < d; c++)
            axes[a * d + c] = (float)axis[c];
    }
    free(mean);
    free(w);
    free(axis);
    free(matrix);
    return s;
}
