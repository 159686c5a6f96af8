/* t-SNE (van der Maaten and Hinton 2008): rows laid out in the plane so that neighbours stay neighbours. */
#ifndef HUSE_TSNE_H
#define HUSE_TSNE_H

#include "base/pool.h"

typedef struct huse_tsne huse_tsne;

enum { HUSE_TSNE_STEPS = 1000, HUSE_TSNE_LEAST = 5, HUSE_TSNE_MOST = 4000 };

/** Prepares a layout of rows x (n,d), which are not needed afterwards; all pairs are kept, 4·n² bytes. @start (n,2): where they begin; only
 *  its shape counts, not its size. Perplexity min(30, (n − 1) / 3). n between HUSE_TSNE_LEAST and HUSE_TSNE_MOST, all values finite (program
 *  errors otherwise). Equal rows with equal starts stay together. */
huse_tsne *huse_tsne_new(const float *x, size_t n, size_t d, const float *start, huse_pool *pool);
void       huse_tsne_free(huse_tsne *t); /* NULL is fine */

/** Goes on for at most @steps of HUSE_TSNE_STEPS, or until @stop (NULL: none); false when all are done. The bits of the layout depend neither
 *  on the pool nor on how the steps are divided. */
bool huse_tsne_run(huse_tsne *t, int steps, huse_pool *pool, volatile const int *stop);
int  huse_tsne_steps(const huse_tsne *t); /* done */

/** y (n,2) as it stands, its mean 0. */
void huse_tsne_layout(const huse_tsne *t, float *y);

/* The forces of one row's pairs, by instruction set, to the same bits: 16 interleaved sums, added pairwise. */
typedef struct huse_tsne_force {
    float pull[2], push[2], z;
} huse_tsne_force;
/** p (n): the row's similarities, x and y (n): where all are; n is a multiple of 16, what is beyond the last has p 0 and lies far off. */
typedef huse_tsne_force huse_tsne_row(const float *p, const float *x, const float *y, size_t n, size_t i);
huse_tsne_row huse_tsne_row_portable, huse_tsne_row_avx2;

#endif
