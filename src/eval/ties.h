/* Orders with ties, by expectation (METHOD 7). */
#ifndef HUSE_TIES_H
#define HUSE_TIES_H

#include "base/base.h"

/** Chance that @c of @t equal candidates, drawn at random, hold at least one of the @h relevant: 1
 * − C(t−h,c)/C(t,c). 0 when h or c is 0; c ≤ t, h ≤ t. */
double huse_ties_hit(size_t t, size_t h, size_t c);

/** Expected average precision of @h relevant among @n candidates in uniformly random order;
 * @harmonic is 1 + 1/2 + … + 1/n. */
double huse_ties_random_ap(size_t n, size_t h, double harmonic);

/** One candidate: its rounded score and a payload. */
typedef struct huse_ranked {
    int32_t key;
    uint32_t row;
} huse_ranked;

/** Sorts descending by key (radix); equal keys keep their order. @tmp holds n entries too. */
void huse_ties_sort(huse_ranked *x, huse_ranked *tmp, size_t n);

#endif
