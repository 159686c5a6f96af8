/* Triplet with semi-hard negatives (FaceNet, Schroff et al. 2015): mean over all ordered (a,p) of one class, a ≠ p, any modality, of
 * max(0, margin + d_ap − d_an); n among the other classes: the nearest with d_an > d_ap, else the farthest. */
#include <string.h>

#include "model/methods.h"

typedef struct job {
    float         *S; /* (M,M) cosines, which become the gradient's coefficients */
    const int32_t *y;
    size_t         M;
    float          margin;
    uint64_t      *keys;
    double        *row_sum;
    uint32_t      *row_count;
} job;

/* Greater for rows that are farther; orders all floats. */
static uint32_t farness(float cosine)
{
    uint32_t bits;
    memcpy(&bits, &cosine, sizeof bits);
    return bits >> 31 ? bits : ~bits & 0x7fffffffu;
}

static void sift(uint64_t *x, size_t at, size_t n)
{
    uint64_t v = x[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && x[child] < x[child + 1];
        if (x[child] <= v)
            break;
        x[at] = x[child];
    }
    x[at] = v;
}

/* In place and without memory of its own, which qsort may take. */
static void heap_sort(uint64_t *x, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(x, i, n);
    for (size_t i = n; i-- > 1;) {
        uint64_t top = x[0];
        x[0] = x[i];
        x[i] = top;
        sift(x, 0, i);
    }
}

static float cosine_of(uint32_t farness)
{
    uint32_t bits = farness >> 31 ? farness : ~farness & 0x7fffffffu;
    float    cosine;
    memcpy(&cosine, &bits, sizeof cosine);
    return cosine;
}

/* Index of the first key that is farther than @far; n: none. */
static size_t first_beyond(const uint64_t *key, size_t n, uint32_t far)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (key[mid] >> 32 > far)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

/* The anchor's row of cosines becomes how often each other row is its p (negative) or its n in a triplet with a loss. */
static void anchor(void *ctx, size_t a, int worker)
{
    job      *j = ctx;
    float    *row = j->S + a * j->M;
    uint64_t *key = j->keys + (size_t)worker * j->M;
    size_t    n = 0;
    double    sum = 0;
    for (size_t x = 0; x < j->M; x++)
        if (j->y[x] != j->y[a]) {
            key[n++] = (uint64_t)farness(row[x]) << 32 | (uint64_t)x;
            row[x] = 0.0f;
        }
    heap_sort(key, n);
    j->row_count[a] = 0;
    row[a] = 0.0f;
    for (size_t p = 0; p < j->M; p++) {
        if (p == a || j->y[p] != j->y[a])
            continue;
        float near = row[p];
        row[p] = 0.0f;
        if (!n)
            continue;
        uint64_t k = key[HUSE_MIN(first_beyond(key, n, farness(near)), n - 1)];
        float    h = j->margin - near + cosine_of((uint32_t)(k >> 32));
        j->row_count[a]++;
        if (h <= 0.0f) /* what is no number stays in the sum, so that divergence is seen */
            continue;
        sum += (double)h;
        row[p] = -1.0f;
        row[(uint32_t)k] += 1.0f;
    }
    j->row_sum[a] = sum;
}

HUSE_METHOD_LOSS(triplet)
{
    const size_t M = b->n_image + b->n_text, D = net->params.shape.D;
    job          j = {scratch->square, b->y, M, (float)o->margin, scratch->keys, scratch->row_sum[0], scratch->row_count[0]};
    double       sum = 0, triplets = 0;
    huse_gemm(pool, false, true, M, M, D, 1.0f, net->E, D, net->E, D, 0.0f, j.S, M);
    huse_pool_run(pool, M, anchor, &j);
    for (size_t a = 0; a < M; a++) {
        sum += j.row_sum[a];
        triplets += (double)j.row_count[a];
    }
    if (!(triplets > 0))
        return;
    const float scale = (float)(1.0 / triplets);
    huse_gemm(pool, false, false, M, D, M, scale, j.S, M, net->E, D, 1.0f, net->dE, D);
    huse_gemm(pool, true, false, M, D, M, scale, j.S, M, net->E, D, 1.0f, net->dE, D);
    term[HUSE_TERM_SEMANTIC] = sum / triplets;
}
