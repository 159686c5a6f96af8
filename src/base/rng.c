#include "base/rng.h"

#include <math.h>

void huse_philox(uint32_t out[4], const uint32_t ctr[4], const uint32_t key[2])
{
    uint32_t c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void huse_rng_init(huse_rng *r, uint64_t seed, uint64_t stream)
{
    *r = (huse_rng){.seed = seed, .stream = stream};
}

uint32_t huse_rng_u32(huse_rng *r)
{
    if (!r->left) {
        uint32_t ctr[4] = {(uint32_t)r->counter, (uint32_t)(r->counter >> 32), (uint32_t)r->stream,
                           (uint32_t)(r->stream >> 32)};
        uint32_t key[2] = {(uint32_t)r->seed, (uint32_t)(r->seed >> 32)};
        huse_philox(r->word, ctr, key);
        r->counter++;
        r->left = 4;
    }
    return r->word[4 - r->left--];
}

uint32_t huse_rng_below(huse_rng *r, uint32_t n)
{
    HUSE_ASSERT(n > 0);
    /* Lemire's multiply-and-reject */
    uint64_t m = (uint64_t)huse_rng_u32(r) * n;
    if ((uint32_t)m < n) {
        uint32_t floor = (0u - n) % n;
        while ((uint32_t)m < floor)
            m = (uint64_t)huse_rng_u32(r) * n;
    }
    return (uint32_t)(m >> 32);
}

double huse_rng_uniform(huse_rng *r)
{
    uint64_t hi = huse_rng_u32(r), lo = huse_rng_u32(r);
    return (double)((hi << 21) ^ (lo >> 11)) * 0x1p-53;
}

double huse_rng_normal(huse_rng *r)
{
    double u = 1.0 - huse_rng_uniform(r), v = huse_rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586477 * v);
}

void huse_rng_shuffle(huse_rng *r, uint32_t *x, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        uint32_t j = huse_rng_below(r, (uint32_t)i), t = x[i - 1];
        x[i - 1] = x[j];
        x[j] = t;
    }
}
