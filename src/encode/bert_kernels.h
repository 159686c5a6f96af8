/* The inner loops of the BERT encoder, one set per instruction set. Every number they write depends on its own row (and
 * the weights) alone, so a text gets the same bits whatever is computed beside it and however the work is cut. */
#ifndef HUSE_BERT_KERNELS_H
#define HUSE_BERT_KERNELS_H

#include "base/base.h"

typedef enum huse_bert_act { HUSE_ACT_NONE, HUSE_ACT_GELU, HUSE_ACT_GELU_TANH, HUSE_ACT_RELU } huse_bert_act;

/** y (rows,n) = act(x (rows,k) · Wᵀ + bias) + add. W (n,k) is packed: panels of @panel outputs, panel p holding
 *  W[p·panel + j][i] at [(p·k + i)·panel + j], zeros past n. bias: n values padded with zeros to whole panels, or NULL.
 *  add: (rows, stride ldadd) or NULL. Each output is one chain of multiply-adds over i = 0 … k−1. */
typedef struct huse_bert_linear {
    const float  *x, *w, *bias, *add;
    float        *y;
    size_t        k, n, ldx, ldy, ldadd;
    huse_bert_act act;
} huse_bert_linear;

typedef struct huse_bert_kernels {
    const char *name;
    size_t      panel; /* outputs in a panel of packed weights */
    /** Rows [row, row+rows) of the panels [first, last). */
    void (*linear)(const huse_bert_linear *l, size_t row, size_t rows, size_t first, size_t last);
    /** x[0..n) becomes softmax(scale · x); n a multiple of @panel; give padding the value HUSE_BERT_NEVER. */
    void (*softmax)(float *x, size_t n, float scale);
    /** x[0..n) becomes (x − mean) / √(variance + eps) · gain + bias. */
    void (*layer_norm)(float *x, size_t n, const float *gain, const float *bias, float eps);
    /** sum[0..n) += x[0..n). */
    void (*accumulate)(float *sum, const float *x, size_t n);
    /** exp, absolute error ≤ 2 ulp within [−87, 88], clamped outside; erf and tanh to 3e-7 absolute; each over n values. For tests. */
    void (*exp)(float *x, size_t n);
    void (*act)(float *x, size_t n, huse_bert_act act);
} huse_bert_kernels;

#define HUSE_BERT_NEVER (-1e30f)

/** The fastest set this machine runs. */
const huse_bert_kernels *huse_bert_kernels_best(void);
/** All sets this machine runs, the portable one first; returns their number (at most 3). */
size_t huse_bert_kernels_all(const huse_bert_kernels *out[3]);

extern const huse_bert_kernels huse_bert_kernels_portable, huse_bert_kernels_avx2, huse_bert_kernels_avx512;

#endif
