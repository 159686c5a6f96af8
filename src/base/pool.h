/* A fixed set of threads that run numbered tasks. Results never depend on which thread ran what. */
#ifndef HUSE_POOL_H
#define HUSE_POOL_H

#include "base/base.h"

typedef struct huse_pool huse_pool;

/** @threads in all, the caller's included; 0: one per available core. */
huse_pool *huse_pool_new(int threads);
void       huse_pool_free(huse_pool *p);
int        huse_pool_threads(const huse_pool *p);

/** Runs fn(ctx, i, worker) for i in [0, n), worker in [0, threads); returns when all are done. The caller works too.
 *  One run at a time per pool; a NULL pool runs everything in the caller. fn must not call huse_pool_run on the same pool. */
void huse_pool_run(huse_pool *p, size_t n, void (*fn)(void *ctx, size_t i, int worker), void *ctx);

#endif
