/* Batches of a run: which items, and their standardised rows. */
#ifndef HUSE_SAMPLER_H
#define HUSE_SAMPLER_H

#include "model/net.h"
#include "train/setup.h"

typedef struct huse_sampler {
    const huse_dataset *data;
    const huse_setup   *setup;
    uint64_t     seed;
    size_t       n, rows, per_epoch; /* train items, items in a batch, steps an epoch */
    long         epoch;              /* that @order belongs to, -1: none yet */
    uint32_t    *order;              /* (n) train items of the epoch */
    uint32_t    *drawn_from;         /* (n) all of them, shuffled; with shares */
    double      *share;              /* (classes) how often an epoch shows each item of a class; NULL: once */
    huse_sparse *words;              /* (n catalogue items) TF-IDF rows of train items */
    uint32_t    *image_item, *text_item; /* items behind the batch's rows */
    const float **text_row;
    huse_batch   batch;
} huse_sampler;

/** All memory is taken here, from @a but for the word rows. @balance b: of N items in classes of n_c, an epoch shows each
 *  N n_c^−b / Σ n_c^(1−b) times, rounded up or down at random so that there are N again; with 0 each once. */
void huse_sampler_init(huse_sampler *s, huse_arena *a, const huse_dataset *data, const huse_setup *setup, size_t batch,
                       double balance, uint64_t seed);
void huse_sampler_fini(huse_sampler *s);
/** Fills s->batch for step number @step (from 1): epochs are shuffled by (seed, epoch), the last short batch is dropped. */
void huse_sampler_load(huse_sampler *s, huse_pool *pool, long step);

#endif
