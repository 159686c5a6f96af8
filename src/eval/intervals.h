/* 95 % intervals by a bootstrap that keeps queries of one class together (METHOD 7). */
#ifndef HUSE_INTERVALS_H
#define HUSE_INTERVALS_H

#include "base/pool.h"

/** Values x (n,f) of queries with class cls (n); rows whose first value is NaN are left out. Each
 * of @draws draws as many classes as there are, then as many queries of each as it has, with
 * replacement; the pooled mean of every column; lo, hi (f) are the 2.5 and 97.5 percentiles (linear
 * between neighbours), NaN without queries and once @stop (NULL: none) is set. The same for any order of rows and any pool. */
void huse_intervals(huse_pool *pool, const double *x, size_t n, size_t f, const int32_t *cls,
                    unsigned draws, uint64_t seed, volatile const int *stop, double *lo, double *hi);

/** Interval of mean(a) − mean(b) of two methods' per-query figures, both under the same draws.
 * Queries that either left out (NaN) are left out. */
void huse_eval_paired_interval(huse_pool *pool, const float *a, const float *b, const int32_t *cls,
                               size_t n, unsigned draws, uint64_t seed, volatile const int *stop, double *lo, double *hi);

#endif
