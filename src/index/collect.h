/* Streaming top-k over bounds: keeps every row whose upper bound reaches the k-th largest lower bound seen so far. */
#ifndef HUSE_INDEX_COLLECT_H
#define HUSE_INDEX_COLLECT_H

#include "index/scan.h"

typedef struct huse_candidate {
    uint32_t row;
    float    upper;
} huse_candidate;

struct huse_collector {
    float          *floor;    /* shared with the scan: what an upper bound must reach */
    const uint8_t  *allow;    /* bitmap of rows or NULL */
    size_t          rows, k;
    float          *low;      /* min-heap of the k largest lower bounds */
    size_t          n_low;
    huse_candidate *candidate;
    size_t          n, cap;
};

void huse_collector_init(huse_collector *c, float *floor, size_t rows, size_t k, const uint8_t *allow);
void huse_collector_fini(huse_collector *c);
/** One row with its bounds. */
void huse_collector_add(huse_collector *c, size_t row, float lower, float upper);

/** Puts the k largest of n values first (in no order) and returns the k-th largest; k in [1, n]. */
float huse_select_largest(float *x, size_t n, size_t k);

#endif
