#include "encode/projection.h"

#include <math.h>

#include "base/rng.h"

void huse_projection_add(uint64_t seed, uint64_t coordinate, float value, size_t dim, float *out)
{
    HUSE_ASSERT(dim > 0 && dim < UINT32_MAX / HUSE_PROJECTION_PLACES);
    size_t places = HUSE_MIN((size_t)HUSE_PROJECTION_PLACES, dim);
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, word[4];
    float part = value / sqrtf((float)places);
    for (size_t p = 0; p < places; p++) {
        if (p % 4 == 0) {
            uint32_t ctr[4] = {(uint32_t)coordinate, (uint32_t)(coordinate >> 32), (uint32_t)p,
                               0x54455854};
            huse_philox(word, ctr, key);
        }
        /* One place in block p: the low bit is the sign, the others choose. */
        size_t from = dim * p / places, width = dim * (p + 1) / places - from;
        uint32_t w = word[p % 4];
        size_t at = from + (size_t)(((uint64_t)(w >> 1) * width) >> 31);
        out[at] += w & 1 ? part : -part;
    }
}
