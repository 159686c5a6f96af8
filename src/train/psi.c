/* Class semantics by name, tree, blend, texts or a file (METHOD 3). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/semantics.h"
#include "train/setup.h"

static void unit_rows(float *x, size_t n, size_t d)
{
    for (size_t r = 0; r < n; r++) {
        double norm = 0;
        for (size_t c = 0; c < d; c++)
            norm += (double)x[r * d + c] * (double)x[r * d + c];
        norm = norm > 0 ? sqrt(norm) : 1;
        for (size_t c = 0; c < d; c++)
            x[r * d + c] = (float)((double)x[r * d + c] / norm);
    }
}

/* Sentence vectors of the class names, in fresh memory. */
static huse_status name_vectors(float **out, const huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc, huse_err *err)
{
    size_t K = d->items->n_classes;
    char **names = huse_semantics_names(d->items->class_path, K);
    float *rows = huse_xaligned(K * enc->dim * sizeof *rows);
    float *psi = huse_xaligned(K * enc->sentence_dim * sizeof *psi);
    huse_status s = huse_text_encode(enc, pool, (const char *const *)names, K, rows, NULL, err);
    if (s == HUSE_OK)
        huse_text_encoder_sentences(enc, rows, K, psi);
    for (size_t k = 0; k < K; k++)
        free(names[k]);
    free(names);
    free(rows);
    if (s == HUSE_OK)
        *out = psi;
    else
        free(psi);
    return s;
}

/* TF-IDF centroid of each class's train texts; a class without any has the centroid of its words. */
static float *text_vectors(const huse_dataset *d, const huse_tfidf *tfidf)
{
    size_t K = d->items->n_classes, P = huse_tfidf_dense_dim(tfidf);
    float *psi = huse_xaligned(K * P * sizeof *psi), *one = huse_xaligned(P * sizeof *one);
    bool  *seen = huse_xcalloc(K, sizeof *seen);
    for (size_t i = 0; i < d->n_split[HUSE_SPLIT_TRAIN]; i++) {
        const huse_item *it = &d->items->item[d->split[HUSE_SPLIT_TRAIN][i]];
        if (!it->text)
            continue;
        huse_tfidf_dense(tfidf, NULL, &it->text, 1, one);
        seen[it->cls] = true;
        for (size_t c = 0; c < P; c++)
            psi[(size_t)it->cls * P + c] += one[c];
    }
    for (size_t k = 0; k < K; k++)
        if (!seen[k])
            huse_tfidf_dense(tfidf, NULL, (const char *const *)&d->class_words[k], 1, psi + k * P);
    unit_rows(psi, K, P);
    free(one);
    free(seen);
    return psi;
}

/* ψ from a distance matrix (K,K) that is freed. */
static huse_status from_matrix(float *A, size_t K, float **psi, size_t *P, huse_err *err)
{
    huse_status s = huse_semantics_psi(A, K, psi, P, err);
    free(A);
    return s;
}

static huse_status tree_or_blend(float **psi, size_t *P, const huse_dataset *d, huse_pool *pool,
                                 const huse_text_encoder *enc, float share, huse_err *err)
{
    size_t K = d->items->n_classes;
    if (K > HUSE_MATRIX_CLASSES)
        return huse_fail(err, HUSE_BAD_DATA, "%zu classes: psi by tree or blend is for at most %d; take --psi name", K,
                         HUSE_MATRIX_CLASSES);
    float *names = NULL;
    if (share < 1.0f)
        HUSE_TRY(name_vectors(&names, d, pool, enc, err));
    huse_taxonomy *tree = huse_taxonomy_new(d->items->class_path, K);
    float         *A = huse_xaligned(K * K * sizeof *A);
    huse_semantics_tree(tree, A);
    huse_taxonomy_free(tree);
    if (names) {
        float *A_name = huse_xaligned(K * K * sizeof *A);
        huse_semantics_from_psi(names, K, enc->sentence_dim, A_name);
        huse_semantics_blend(A_name, A, K, share, A);
        free(names);
        free(A_name);
    }
    return from_matrix(A, K, psi, P, err);
}

/* A user's file: (K,P) class vectors, or (K,K) distances when symmetric with a zero diagonal; rows in byte order of the paths. */
static huse_status from_file(float **psi, size_t *P, const char *path, size_t K, huse_err *err)
{
    float *x;
    size_t n, width;
    HUSE_TRY(huse_npy_read(path, &x, &n, &width, err));
    bool finite = true, matrix = width == K;
    for (size_t i = 0; i < n * width; i++)
        finite &= isfinite(x[i]);
    for (size_t i = 0; matrix && n == K && i < K; i++)
        for (size_t k = 0; matrix && k <= i; k++)
            matrix = fabsf(x[i * K + k] - x[k * K + i]) < 1e-5f && (i != k || fabsf(x[i * K + i]) < 1e-5f);
    if (n != K || !finite || !width) {
        free(x);
        return huse_fail(err, HUSE_BAD_DATA, "%s: %zu × %zu rows for %zu classes%s", path, n, width, K,
                         finite ? "" : ", not all of them finite");
    }
    if (matrix)
        return from_matrix(x, K, psi, P, err);
    unit_rows(x, K, width);
    *psi = x;
    *P = width;
    return HUSE_OK;
}

huse_status huse_setup_psi(float **psi, size_t *P, const huse_dataset *d, huse_pool *pool, const huse_text_encoder *enc,
                           const huse_tfidf *tfidf, const huse_train_params *p, huse_err *err)
{
    size_t K = d->items->n_classes, n = strlen(p->psi);
    if (strcmp(p->psi, "tree") == 0)
        return tree_or_blend(psi, P, d, pool, enc, 1.0f, err);
    if (strcmp(p->psi, "blend") == 0 && K <= HUSE_MATRIX_CLASSES)
        return tree_or_blend(psi, P, d, pool, enc, (float)p->psi_tree, err);
    if (strcmp(p->psi, "name") == 0 || strcmp(p->psi, "blend") == 0) {
        HUSE_TRY(name_vectors(psi, d, pool, enc, err));
        *P = enc->sentence_dim;
        return HUSE_OK;
    }
    if (strcmp(p->psi, "texts") == 0) {
        if (!tfidf)
            return huse_fail(err, HUSE_USAGE, "psi by texts needs TF-IDF features (--tfidf-dim above 0)");
        *psi = text_vectors(d, tfidf);
        *P = huse_tfidf_dense_dim(tfidf);
        return HUSE_OK;
    }
    if (n > 4 && strcmp(p->psi + n - 4, ".npy") == 0)
        return from_file(psi, P, p->psi, K, err);
    return huse_fail(err, HUSE_USAGE, "psi: “%s” is none of name, tree, blend, texts or a .npy file", p->psi);
}
