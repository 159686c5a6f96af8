/* Loops over floats that the compiler widens, compiled for each instruction set. Each element is computed by itself, nothing is
 * contracted to fused operations, and the one sum has 16 fixed lanes: all sets give the same bits. */
#ifndef HUSE_ELEMENTWISE_H
#define HUSE_ELEMENTWISE_H

#include "base/base.h"

/** Constants of one AdamW step: w := shrink · w − rate · m / (√v · root + eps). */
typedef struct huse_adamw_step {
    float beta1, beta2, shrink, rate, root, eps;
} huse_adamw_step;

typedef struct huse_elementwise {
    const char *name;
    /** y := max(y, 0); NaN stays, so that divergence is seen. */
    void (*relu)(float *y, size_t n);
    /** Philox (base/rng.h) at counters (first + i, c[0], c[1], c[2]), i < n: eight 16-bit draws each, low halves first. */
    void (*draws)(uint16_t *out, size_t n, uint32_t first, const uint32_t c[3], const uint32_t key[2]);
    /** y := y · scale, or 0 where the draw is below @limit. */
    void (*drop)(float *y, size_t n, const uint16_t *draw, uint32_t limit, float scale);
    /** dx := x > 0 ? dx · scale : 0. */
    void (*mask)(float *dx, const float *x, size_t n, float scale);
    /** sum += x. */
    void (*add)(float *sum, const float *x, size_t n);
    /** Cosines c become σ (d − A), d = 1 − c, σ = A < ζ and d < ζ (eq. 10; NaN stays); returns the sum of their squares. */
    float (*residual)(float *c, const float *A, size_t n, float zeta);
    void (*adamw)(const huse_adamw_step *s, float *w, const float *g, float *m, float *v, size_t n);
    /** v := β₂ v + (1 − β₂) g², m := β₁ m + lr · g / √(v + ε), w −= m. */
    void (*rmsprop)(float beta1, float beta2, float lr, float eps, float *w, const float *g, float *m, float *v, size_t n);
} huse_elementwise;

/** The widest set this machine runs. */
const huse_elementwise *huse_elementwise_best(void);
/** All sets this machine runs, the portable one first; returns their number (at most 3). */
size_t huse_elementwise_all(const huse_elementwise *out[3]);

extern const huse_elementwise huse_elementwise_portable, huse_elementwise_avx2, huse_elementwise_avx512;

#endif
