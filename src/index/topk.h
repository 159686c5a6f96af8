/* Exact top-k by inner product over rows of float32. */
#ifndef HUSE_TOPK_H
#define HUSE_TOPK_H

#include "base/pool.h"

typedef struct huse_index huse_index;

typedef struct huse_near {
    uint32_t row;
    float    score;
} huse_near;

/** Rows times width from which huse_index_new makes an 8-bit copy: below it the float32 rows fit the caches well enough. */
#define HUSE_INDEX_COPY_VALUES ((size_t)1 << 24)

/** An index over @rows (n,d), borrowed and kept mapped by the caller; n < 2^32. It builds an 8-bit copy with an error bound where
 *  that pays (n·d ≥ HUSE_INDEX_COPY_VALUES), on @pool; answers are always those of the float32 rows, ties by smaller row:
 *  the score of a row is huse_index_dot. */
huse_index *huse_index_new(const float *rows, size_t n, size_t d, huse_pool *pool);
/** The same without the copy: nothing is read before the first search. For processes that ask once. */
huse_index *huse_index_view(const float *rows, size_t n, size_t d);
void        huse_index_free(huse_index *ix); /* NULL is fine */
/** Makes the 8-bit copy whatever the size (widths of 1 to 4,096; else nothing happens). Idempotent; safe beside searches. */
void huse_index_quantise(huse_index *ix, huse_pool *pool);
bool huse_index_quantised(const huse_index *ix);

/** Best @k of each of @m queries (m,d) into out (m,k), descending; count[m] gives how many. @allow (NULL: all) is a bitmap of rows
 *  (bit r&7 of byte r>>3, (n+7)/8 bytes). A score that is not a number counts as -infinity. The answer does not depend on the
 *  number of threads, on the copy or on how queries are batched. Thread-safe with a pool of one's own each (or NULL). */
void huse_index_search(const huse_index *ix, huse_pool *pool, const float *q, size_t m, size_t k, const uint8_t *allow,
                       huse_near *out, size_t *count);

/** Puts the best @k of x[0..n) first, best first, ties by smaller row; returns min(k, n). No score may be NaN. */
size_t huse_near_choose(huse_near *x, size_t n, size_t k);

/** Inner product of a and b (d), summed in one fixed order on every CPU: 16 interleaved sums, added pairwise. */
float huse_index_dot(const float *a, const float *b, size_t d);
/** out (n): huse_index_dot of each row of @rows (n,d) with @q (d). */
void huse_index_dots(const float *rows, size_t n, size_t d, const float *q, float *out);

/** Name of the scan in use on this CPU: "avx512-vnni", "avx2" or "portable". Static. */
const char *huse_index_kernel(void);

#endif
