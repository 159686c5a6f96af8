/* Making the 8-bit copy and the integer queries of scan.h. */
#ifndef HUSE_INDEX_QUANTISE_H
#define HUSE_INDEX_QUANTISE_H

#include "base/pool.h"
#include "index/scan.h"

/** The copy of rows (n,d), 1 ≤ d ≤ HUSE_SCAN_MAX_DIM. The bits do not depend on the pool. */
huse_scan_copy *huse_scan_copy_new(const float *rows, size_t n, size_t d, huse_pool *pool);
void            huse_scan_copy_free(huse_scan_copy *c); /* NULL is fine */

/** Integer forms of m queries (m,d); @two_words: 15 bits instead of 8. False, nothing to free, when a query is zero, not finite or
 *  beyond what the bounds of float32 cover. */
typedef struct huse_scan_queries {
    huse_scan_query q[HUSE_SCAN_BATCH];
    void           *memory;
} huse_scan_queries;
bool huse_scan_queries_init(huse_scan_queries *s, const float *q, size_t m, size_t d, bool two_words);
void huse_scan_queries_fini(huse_scan_queries *s);

#endif
