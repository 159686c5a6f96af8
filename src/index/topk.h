/* Exact top-k by inner product over rows of float32. */
#ifndef HUSE_TOPK_H
#define HUSE_TOPK_H

#include "base/pool.h"

typedef struct huse_index huse_index;

typedef struct huse_near {
    uint32_t row;
    float    score;
} huse_near;

/** An index over @rows (n,d), borrowed and kept mapped by the caller. It may build an 8-bit copy with an error bound (above a size where
 *  that pays), on @pool; answers are always those of the float32 rows, ties by smaller row. */
huse_index *huse_index_new(const float *rows, size_t n, size_t d, huse_pool *pool);
void        huse_index_free(huse_index *ix);
size_t      huse_index_rows(const huse_index *ix);

/** Best @k of each of @m queries (m,d) into out (m,k), descending; count[m] gives how many. @allow (NULL: all) is a bitmap of rows
 *  (bit r&7 of byte r>>3). Thread-safe with a pool of one's own each (or NULL). */
void huse_index_search(const huse_index *ix, huse_pool *pool, const float *q, size_t m, size_t k, const uint8_t *allow,
                       huse_near *out, size_t *count);

#endif
