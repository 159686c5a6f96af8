/* Counter-based random numbers (Philox 4x32-10, Salmon et al. 2011): a value depends on (key, counter) alone. */
#ifndef HUSE_RNG_H
#define HUSE_RNG_H

#include "base/base.h"

/** Four 32-bit words for a 128-bit counter and a 64-bit key. Pure. */
void huse_philox(uint32_t out[4], const uint32_t ctr[4], const uint32_t key[2]);

/** A stream: (seed, stream) name it, the counter moves. Plain data, copy to fork or to save. */
typedef struct huse_rng {
    uint64_t seed, stream, counter;
    uint32_t word[4];
    uint32_t left;
} huse_rng;

void     huse_rng_init(huse_rng *r, uint64_t seed, uint64_t stream);
uint32_t huse_rng_u32(huse_rng *r);
uint32_t huse_rng_below(huse_rng *r, uint32_t n); /* unbiased, n > 0 */
double   huse_rng_uniform(huse_rng *r);           /* [0, 1) */
double   huse_rng_normal(huse_rng *r);            /* mean 0, variance 1 */
void     huse_rng_shuffle(huse_rng *r, uint32_t *x, size_t n);

#endif
