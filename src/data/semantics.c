/* Class semantics: names, tree, blend, and vectors from distances. */
#include "data/semantics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/dgemm.h"
#include "tensor/eigen.h"

#define MAX_CLASSES_FOR_PSI 2048
#define EIGEN_CUT           1e-6

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(last_component(*(const char *const *)a), last_component(*(const char *const *)b));
}

/* True when the sorted paths hold another one with the same last component as entry i. */
static bool name_is_shared(const char *const *sorted, size_t k, size_t i)
{
    const char *name = last_component(sorted[i]);
    return (i > 0 && !strcmp(name, last_component(sorted[i - 1]))) ||
           (i + 1 < k && !strcmp(name, last_component(sorted[i + 1])));
}

static char *path_words(const char *path)
{
    char *s = huse_xstrdup(path);
    for (char *p = s; *p; p++) {
        if (*p == '/')
            *p = ' ';
    }
    return s;
}

char **huse_semantics_names(const char *const *class_path, size_t k)
{
    const char **sorted = huse_xcalloc(k + 1, sizeof *sorted);
    char **out = huse_xcalloc(k + 1, sizeof *out);
    for (size_t i = 0; i < k; i++)
        sorted[i] = class_path[i];
    qsort(sorted, k, sizeof *sorted, compare_names);
    for (size_t i = 0; i < k; i++) {
        /* the entry found may be another class of the same name: then the name is shared either way
         */
        const char **hit = bsearch(&class_path[i], sorted, k, sizeof *sorted, compare_names);
        HUSE_ASSERT(hit);
        if (name_is_shared(sorted, k, (size_t)(hit - sorted)))
            out[i] = path_words(class_path[i]);
        else
            out[i] = huse_xstrdup(last_component(class_path[i]));
    }
    free(sorted);
    return out;
}

void huse_semantics_tree(const huse_taxonomy *t, float *A)
{
    size_t k = t->n_classes;
    double root = HUSE_MAX(t->height[0], 1);
    for (size_t i = 0; i < k; i++) {
        A[i * k + i] = 0;
        for (size_t j = 0; j < i; j++) {
            int32_t c = huse_taxonomy_lca(t, t->node_of[i], t->node_of[j]);
            A[i * k + j] = A[j * k + i] = (float)(t->height[c] / root);
        }
    }
}

void huse_semantics_from_psi(const float *psi, size_t k, size_t p, float *A)
{
    enum { ROWS = 64 };
    double *all = huse_xaligned(HUSE_MAX(k * p, 1) * sizeof *all);
    double *tile = huse_xaligned(HUSE_MAX(k, 1) * ROWS * sizeof *tile);
    for (size_t i = 0; i < k * p; i++)
        all[i] = (double)psi[i];
    for (size_t i = 0; i < k; i += ROWS) {
        size_t m = HUSE_MIN((size_t)ROWS, k - i);
        huse_dgemm_nt(m, i + m, p, all + i * p, all, tile);
        for (size_t r = i; r < i + m; r++) {
            A[r * k + r] = 0;
            for (size_t c = 0; c < r; c++) {
                double d = 1 - tile[(r - i) * (i + m) + c];
                A[r * k + c] = A[c * k + r] = (float)HUSE_MAX(0.0, HUSE_MIN(2.0, d));
            }
        }
    }
    free(tile);
    free(all);
}

/* S = 1 − A in double, after checking that A is a distance matrix. */
static huse_status similarity(const float *A, size_t k, double *S, huse_err *err)
{
    for (size_t i = 0; i < k; i++) {
        for (size_t j = 0; j <= i; j++) {
            double a = (double)A[i * k + j], b = (double)A[j * k + i];
            if (!isfinite(a) || !isfinite(b))
                return huse_fail(err, HUSE_BAD_DATA,
                                 "class distances: row %zu, column %zu is not a number", i + 1,
                                 j + 1);
            if (fabs(a - b) > 1e-4)
                return huse_fail(
                    err, HUSE_BAD_DATA,
                    "class distances: row %zu, column %zu differs from its mirror image", i + 1,
                    j + 1);
            if (i == j && fabs(a) > 1e-4)
                return huse_fail(err, HUSE_BAD_DATA,
                                 "class distances: the diagonal is not 0 in row %zu", i + 1);
            S[i * k + j] = S[j * k + i] = i == j ? 1.0 : 1.0 - (a + b) / 2;
        }
    }
    return HUSE_OK;
}

/* 1 or −1, so that the entry of largest magnitude (the first such) becomes positive. */
static double eigen_sign(const double *u, size_t k)
{
    size_t at = 0;
    for (size_t i = 1; i < k; i++) {
        if (fabs(u[i]) > fabs(u[at]) + 1e-9)
            at = i;
    }
    return u[at] < 0 ? -1.0 : 1.0;
}

/* Rows of U√Λ over the eigenvectors first .. k−1 (rows of U), largest first, L2-normalised. */
static float *unit_rows(const double *U, const double *w, size_t k, size_t first)
{
    size_t p = k - first;
    float *psi = huse_xaligned(k * p * sizeof *psi);
    double *norm = huse_xcalloc(k, sizeof *norm);
    for (size_t j = first; j < k; j++) {
        for (size_t i = 0; i < k; i++)
            norm[i] += w[j] * U[j * k + i] * U[j * k + i];
    }
    for (size_t j = first; j < k; j++) {
        double s = eigen_sign(U + j * k, k) * sqrt(w[j]);
        for (size_t i = 0; i < k; i++)
            psi[i * p + (k - 1 - j)] = (float)(s * U[j * k + i] / sqrt(norm[i]));
    }
    free(norm);
    return psi;
}

huse_status huse_semantics_psi(const float *A, size_t k, float **psi, size_t *p, huse_err *err)
{
    if (k == 0)
        return huse_fail(err, HUSE_BAD_DATA, "class distances of no class");
    if (k > MAX_CLASSES_FOR_PSI)
        return huse_fail(err, HUSE_BAD_DATA,
                         "%zu classes: class vectors from a distance matrix need at most %d; use "
                         "names, texts or own vectors",
                         k, MAX_CLASSES_FOR_PSI);
    double *S = huse_xaligned(k * k * sizeof *S), *w = huse_xcalloc(k, sizeof *w);
    huse_status st = similarity(A, k, S, err);
    if (st != HUSE_OK)
        goto out;
    st = huse_eigen_symmetric(S, k, w, err);
    if (st != HUSE_OK)
        goto out;
    size_t first = 0;
    while (first < k && w[first] <= EIGEN_CUT * w[k - 1])
        first++;
    /* the diagonal is 1, so the eigenvalues sum to k: the largest is positive and every row of U√Λ
     * is at least 1 long */
    HUSE_ASSERT(first < k);
    *psi = unit_rows(S, w, k, first);
    *p = k - first;
out:
    free(w);
    free(S);
    return st;
}

void huse_semantics_blend(const float *A_name, const float *A_tree, size_t k, float w, float *out)
{
    for (size_t i = 0; i < k * k; i++)
        out[i] = (1 - w) * A_name[i] + w * A_tree[i];
}
