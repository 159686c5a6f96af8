/* Depthwise convolution over channel-last rows: one row of output pixels from k rows of input
 * pixels. */
#ifndef HUSE_DEPTHWISE_H
#define HUSE_DEPTHWISE_H

#include "base/base.h"

/* Channel counts are multiples of this. */
#define HUSE_DW_LANES 16

/** One output row, clamped to [0, 6]. Every output is one chain of multiply-adds over the window,
 * rows first, that starts at the bias: its bits do not depend on how a picture is cut into rows or
 * channel ranges. */
typedef struct huse_dw_row {
    const float *const *in; /* k rows of (n-1)*stride + k pixels, padding included */
    const float *w;         /* (k*k, ldw) */
    const float *bias;
    float *out;                    /* n pixels */
    size_t ld_in, ld_out, ldw;     /* floats from one pixel (tap) to the next */
    size_t channels, n, k, stride; /* k 3 or 5, stride 1 or 2 */
} huse_dw_row;

typedef void (*huse_dw_kernel)(const huse_dw_row *row);

/** The best kernel of this machine. */
huse_dw_kernel huse_dw_best(void);

/* For tests: the kernels one by one; NULL where the processor lacks it. */
void huse_dw_portable(const huse_dw_row *row);
huse_dw_kernel huse_dw_avx2(void);
huse_dw_kernel huse_dw_avx512(void);

#endif
