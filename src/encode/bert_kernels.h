/* Row functions of the BERT encoder, one set per instruction set. What they write depends on its
 * own row alone. */
#ifndef HUSE_BERT_KERNELS_H
#define HUSE_BERT_KERNELS_H

#include "base/base.h"

typedef enum huse_bert_act { HUSE_ACT_GELU, HUSE_ACT_GELU_TANH, HUSE_ACT_RELU } huse_bert_act;

typedef struct huse_bert_kernels {
    const char *name;
    /** x[0..n) becomes softmax(scale · x). n is a multiple of HUSE_BERT_LANES; padding has the
     * value HUSE_BERT_NEVER. */
    void (*softmax)(float *x, size_t n, float scale);
    /** x[0..n) becomes (x − mean) / √(variance + eps) · gain + bias. */
    void (*layer_norm)(float *x, size_t n, const float *gain, const float *bias, float eps);
    /** x[0..n) becomes act(x); absolute error of GELU ≤ 1e-6 · max(1, |x|). */
    void (*act)(float *x, size_t n, huse_bert_act act);
    /** x[0..n) becomes e^x, relative error ≤ 2e-7; arguments are clamped to [−87, 88]. */
    void (*exp)(float *x, size_t n);
    /** True when no value is infinite or not a number. */
    bool (*finite)(const float *x, size_t n);
} huse_bert_kernels;

#define HUSE_BERT_LANES 16 /* the widest vector of any set */
#define HUSE_BERT_NEVER (-1e30f)

/** The fastest set this machine runs. */
const huse_bert_kernels *huse_bert_kernels_best(void);
/** All sets this machine runs, the portable one first; returns their number (at most 3). */
size_t huse_bert_kernels_all(const huse_bert_kernels *out[3]);

extern const huse_bert_kernels huse_bert_kernels_portable, huse_bert_kernels_avx2,
    huse_bert_kernels_avx512;

#endif
