/* Sums that do not depend on the order of their terms: figures must not depend on the order of a
 * file. */
#ifndef HUSE_EXACT_H
#define HUSE_EXACT_H

#include <math.h>
#include <stdint.h>

/** Fixed point with 40 fractional bits. Sums of these are exact, so any order gives the same bits;
 * the rounding of each term is below 1e-12. Terms of magnitude ≤ 2 may be summed four million
 * times. Anything not finite counts as 0. */
static inline int64_t huse_fixed(double v)
{
    if (!(v > -1e6 && v < 1e6))
        return 0;
    return (int64_t)llrint(v * 0x1p40);
}

static inline double huse_unfixed(int64_t f)
{
    return (double)f * 0x1p-40;
}

#endif
