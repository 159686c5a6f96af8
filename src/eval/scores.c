/* Rounded scores of queries against candidates, tile by tile. */
#include "eval/scores.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tensor/dgemm.h"

enum { TILE = 512 };       /* candidates converted and multiplied at a time */
#define MAGIC     0x1.8p52 /* adding and subtracting it rounds to the nearest integer, half to even */
#define KEY_LIMIT 2000000000.0
#define NEAR_HALF 1e-5 /* in units of a key: far above the error of a double product of unit rows  \
                        */

void huse_scores_free(huse_scores *w)
{
    free(w->q);
    free(w->c);
    free(w->out);
    *w = (huse_scores){0};
}

static void reserve(huse_scores *w, size_t d)
{
    if (w->q && w->d >= d)
        return;
    huse_scores_free(w);
    w->d = d;
    w->q = huse_xaligned(HUSE_SCORES_ROWS * HUSE_MAX(d, 1) * sizeof *w->q);
    w->c = huse_xaligned(TILE * HUSE_MAX(d, 1) * sizeof *w->c);
    w->out = huse_xaligned(HUSE_SCORES_ROWS * TILE * sizeof *w->out);
}

static void gather(double *out, const huse_side *s, size_t first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = s->rows + (size_t)s->item[first + i] * s->d;
        for (size_t k = 0; k < s->d; k++)
            out[i * s->d + k] = (double)row[k];
    }
}

/* Products that are not numbers sort last. */
static double clamp(double x)
{
    return x >= -KEY_LIMIT ? HUSE_MIN(x, KEY_LIMIT) : -KEY_LIMIT;
}

int32_t huse_scores_round(double score)
{
    return (int32_t)((clamp(score * 1e6) + MAGIC) - MAGIC);
}

int32_t huse_scores_key(const float *a, const float *b, size_t d)
{
    double s = 0;
    for (size_t k = 0; k < d; k++)
        s += (double)a[k] * (double)b[k];
    return huse_scores_round(s);
}

void huse_scores_keys(huse_scores *w, const huse_side *q, size_t first, size_t m,
                      const huse_side *c, int32_t *keys)
{
    HUSE_ASSERT(m <= HUSE_SCORES_ROWS && q->d == c->d);
    size_t d = q->d;
    reserve(w, d);
    gather(w->q, q, first, m);
    for (size_t j = 0; j < c->n; j += TILE) {
        size_t n = HUSE_MIN((size_t)TILE, c->n - j);
        gather(w->c, c, j, n);
        huse_dgemm_nt(m, n, d, w->q, w->c, w->out);
        for (size_t r = 0; r < m; r++) {
            int32_t *key = keys + r * c->n + j;
            for (size_t i = 0; i < n; i++) {
                double x = clamp(w->out[r * n + i] * 1e6), near = (x + MAGIC) - MAGIC;
                key[i] = (int32_t)near;
                if (fabs(x - near) > 0.5 - NEAR_HALF)
                    key[i] = huse_scores_key(q->rows + (size_t)q->item[first + r] * d,
                                             c->rows + (size_t)c->item[j + i] * d, d);
            }
        }
    }
}

void huse_scores_products(huse_scores *w, const huse_side *q, size_t first, size_t m,
                          const huse_side *c, double *out)
{
    HUSE_ASSERT(m <= HUSE_SCORES_ROWS && q->d == c->d);
    reserve(w, q->d);
    gather(w->q, q, first, m);
    for (size_t j = 0; j < c->n; j += TILE) {
        size_t n = HUSE_MIN((size_t)TILE, c->n - j);
        gather(w->c, c, j, n);
        huse_dgemm_nt(m, n, q->d, w->q, w->c, w->out);
        for (size_t r = 0; r < m; r++)
            memcpy(out + r * c->n + j, w->out + r * n, n * sizeof *out);
    }
}
