#include "index/collect.h"

#include <math.h>
#include <stdlib.h>

#include "index/topk.h"

void huse_collector_init(huse_collector *c, float *floor, size_t rows, size_t k, const uint8_t *allow)
{
    *c = (huse_collector){ .floor = floor, .allow = allow, .rows = rows, .k = k };
    c->low = huse_xmalloc(k * sizeof *c->low);
    c->cap = 2 * k + 512;
    c->candidate = huse_xmalloc(c->cap * sizeof *c->candidate);
    *floor = -INFINITY;
}

void huse_collector_fini(huse_collector *c)
{
    free(c->low);
    free(c->candidate);
}

static void sink(float *heap, size_t n, size_t i)
{
    float v = heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            break;
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= v)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = v;
}

static void add_low(huse_collector *c, float lower)
{
    if (c->n_low == c->k) {
        if (lower > c->low[0]) {
            c->low[0] = lower;
            sink(c->low, c->k, 0);
            *c->floor = c->low[0];
        }
        return;
    }
    c->low[c->n_low++] = lower;
    if (c->n_low == c->k) {
        for (size_t i = c->k / 2; i-- > 0;)
            sink(c->low, c->k, i);
        *c->floor = c->low[0];
    }
}

/* Drops candidates that the floor has overtaken; grows when most of them stay. */
static void make_room(huse_collector *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n; i++)
        if (c->candidate[i].upper >= *c->floor)
            c->candidate[kept++] = c->candidate[i];
    c->n = kept;
    if (kept > c->cap / 2) {
        c->cap *= 2;
        c->candidate = huse_xrealloc(c->candidate, c->cap * sizeof *c->candidate);
    }
}

void huse_collector_add(huse_collector *c, size_t row, float lower, float upper)
{
    if (c->n == c->cap)
        make_room(c);
    c->candidate[c->n++] = (huse_candidate){ (uint32_t)row, upper };
    add_low(c, lower);
}

void huse_scan_found(const huse_scan *s, size_t j, size_t group, unsigned mask, const float est[16], float slack)
{
    huse_collector *c = &s->collector[j];
    const float *resid = s->copy->resid + group * HUSE_SCAN_GROUP;
    float norm_q = s->query[j].norm;
    for (; mask != 0; mask &= mask - 1) {
        unsigned l = (unsigned)__builtin_ctz(mask);
        size_t row = group * HUSE_SCAN_GROUP + l;
        if (row >= c->rows || (c->allow != NULL && !(c->allow[row >> 3] >> (row & 7) & 1)))
            continue;
        float bound = resid[l] * norm_q + slack;
        huse_collector_add(c, row, est[l] - bound, est[l] + bound);
    }
}

float huse_select_largest(float *x, size_t n, size_t k)
{
    size_t lo = 0, hi = n - 1, at = k - 1;
    while (lo < hi) {
        /* Hoare's partition: afterwards x[lo..j] >= pivot >= x[j+1..hi] and lo <= j < hi */
        float pivot = x[lo + (hi - lo) / 2];
        size_t i = lo - 1, j = hi + 1;
        for (;;) {
            do
                i++;
            while (x[i] > pivot);
            do
                j--;
            while (x[j] < pivot);
            if (i >= j)
                break;
            float swap = x[i];
            x[i] = x[j];
            x[j] = swap;
        }
        if (at <= j)
            hi = j;
        else
            lo = j + 1;
    }
    return x[at];
}
