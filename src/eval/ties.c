/* Orders with ties, by expectation. */
#include "eval/ties.h"

#include <string.h>

double huse_ties_hit(size_t t, size_t h, size_t c)
{
    double miss = 1;
    for (size_t i = 0; i < c; i++) {
        if (t - h <= i)
            return 1;
        miss *= (double)(t - h - i) / (double)(t - i);
    }
    return 1 - miss;
}

double huse_ties_random_ap(size_t n, size_t h, double harmonic)
{
    /* position i holds a relevant one with chance h/n; then (h−1)(i−1)/(n−1) others are expected
     * before it */
    if (n == 0 || h == 0)
        return 0;
    if (n == 1)
        return 1;
    double others = (double)(h - 1) / (double)(n - 1);
    return (harmonic + others * ((double)n - harmonic)) / (double)n;
}

/* Stable insertion for the short lists of a training's validation. */
static void sort_short(huse_ranked *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        huse_ranked v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1].key < v.key; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

void huse_ties_sort(huse_ranked *x, huse_ranked *tmp, size_t n)
{
    enum { BITS = 11, BUCKETS = 1 << BITS, SHORT = 48 };
    if (n <= SHORT) {
        sort_short(x, n);
        return;
    }
    int32_t lo = x[0].key, hi = x[0].key;
    for (size_t i = 1; i < n; i++) {
        lo = HUSE_MIN(lo, x[i].key);
        hi = HUSE_MAX(hi, x[i].key);
    }
    uint32_t range = (uint32_t)hi - (uint32_t)lo;
    huse_ranked *from = x, *to = tmp;
    for (unsigned shift = 0; shift < 32 && range >> shift; shift += BITS) {
        uint32_t at[BUCKETS] = {0};
        for (size_t i = 0; i < n; i++)
            at[((uint32_t)hi - (uint32_t)from[i].key) >> shift & (BUCKETS - 1)]++;
        uint32_t sum = 0;
        for (size_t b = 0; b < BUCKETS; b++) {
            uint32_t count = at[b];
            at[b] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[at[((uint32_t)hi - (uint32_t)from[i].key) >> shift & (BUCKETS - 1)]++] = from[i];
        huse_ranked *swap = from;
        from = to;
        to = swap;
    }
    if (from != x)
        memcpy(x, from, n * sizeof *x);
}
