/* Scores of many queries against many candidates, rounded to 1e-6 so that equal ones tie (METHOD
 * 7). */
#ifndef HUSE_SCORES_H
#define HUSE_SCORES_H

#include "base/base.h"

/** Rows of one modality that are present: row i is item[i]'s, at rows + item[i]·d. Borrowed. */
typedef struct huse_side {
    const float *rows;
    const uint32_t *item;
    size_t n, d;
} huse_side;

/** Buffers of one thread. Zero-initialise; free with huse_scores_free. */
typedef struct huse_scores {
    double *q, *c, *out;
    size_t d;
} huse_scores;
void huse_scores_free(huse_scores *w);

#define HUSE_SCORES_ROWS 64 /* queries of one call at most */

/** Queries [first, first+m) of @q against all of @c: keys (m, c->n), the dot product · 1e6 to the
 * nearest integer. Computed in double; a product within rounding error of a half is taken again in
 * a fixed order, so a key depends on the two rows alone. */
void huse_scores_keys(huse_scores *w, const huse_side *q, size_t first, size_t m,
                      const huse_side *c, int32_t *keys);
/** The unrounded products: out (m, c->n). Their last bits may depend on a row's place. */
void huse_scores_products(huse_scores *w, const huse_side *q, size_t first, size_t m,
                          const huse_side *c, double *out);
/** The key of one pair of rows. */
int32_t huse_scores_key(const float *a, const float *b, size_t d);
/** The key of a score. */
int32_t huse_scores_round(double score);

#endif
