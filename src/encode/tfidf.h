/* TF-IDF features of texts: words and word pairs, lower-cased, sub-linear tf, train vocabulary
 * capped by frequency, L2-normalised; and their seeded sparse random projection for the text tower.
 */
#ifndef HUSE_TFIDF_H
#define HUSE_TFIDF_H

#include "base/arrays.h"
#include "base/pool.h"

typedef struct huse_tfidf huse_tfidf;

#define HUSE_TFIDF_MAX_COUNTED                                                                     \
    ((size_t)1                                                                                     \
     << 21) /* terms counted at once, and in a vocabulary; the rarest are forgotten past it */
#define HUSE_TFIDF_MAX_DENSE ((size_t)1 << 16)

/** Learns vocabulary (at most @max_terms, by document frequency, ties by byte order) and idf from
 * the train texts. */
huse_tfidf *huse_tfidf_fit(const char *const *text, size_t n, size_t max_terms, size_t dense_dim,
                           uint64_t seed);
void huse_tfidf_free(huse_tfidf *t);
size_t huse_tfidf_terms(const huse_tfidf *t);
size_t huse_tfidf_dense_dim(const huse_tfidf *t);

/** A sparse unit row; index ascending. Free with huse_sparse_free. A text without known terms gives
 * n = 0. */
typedef struct huse_sparse {
    uint32_t *index;
    float *value;
    size_t n;
} huse_sparse;
void huse_tfidf_sparse(const huse_tfidf *t, const char *text, huse_sparse *row);
void huse_sparse_free(huse_sparse *row);
float huse_sparse_dot(const huse_sparse *a, const huse_sparse *b);
/** out (n,dense_dim): projected rows. */
void huse_tfidf_dense(const huse_tfidf *t, huse_pool *pool, const char *const *text, size_t n,
                      float *out);
/** Projects one sparse row: out (dense_dim). */
void huse_tfidf_project(const huse_tfidf *t, const huse_sparse *row, float *out);

/** To and from a safetensors file: arrays "tfidf.terms" (bytes, NUL-separated), "tfidf.idf",
 * "tfidf.meta". Views borrow from @t. */
#define HUSE_TFIDF_ARRAYS 3
void huse_tfidf_arrays(const huse_tfidf *t, huse_array out[HUSE_TFIDF_ARRAYS]);
huse_status huse_tfidf_load(huse_tfidf **t, const huse_safetensors *st,
                            huse_err *err) HUSE_MUST_CHECK;

#endif
