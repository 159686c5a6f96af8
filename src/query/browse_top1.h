/* The best candidate of many queries, ties by expectation (R@1 of METHOD 7). */
#ifndef HUSE_BROWSE_TOP1_H
#define HUSE_BROWSE_TOP1_H

#include "base/pool.h"
#include "huse/workspace.h"

/** Rows of one modality: entry i is row[i] of @rows (…,D), of item[i]. Borrowed. */
typedef struct huse_side {
    const float    *rows;
    size_t          n, D;
    const uint32_t *item;
    const int32_t  *row;
} huse_side;

/** hit (from->n): of the candidates that tie (to 1e-6) for the best, the share that is of the query's class; 0 without candidates. @same: the
 *  query's own item is no candidate. False as soon as @stop (NULL: none) is found set. */
bool huse_top1(huse_pool *pool, const huse_side *from, const huse_side *to, const huse_items *items, bool same,
               volatile const int *stop, float *hit);

#endif
