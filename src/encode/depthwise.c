#include "encode/depthwise.h"

#include <string.h>

void huse_dw_portable(const huse_dw_row *r)
{
    for (size_t x = 0; x < r->n; x++) {
        float *out = r->out + x * r->ld_out;
        memcpy(out, r->bias, r->channels * sizeof *out);
        for (size_t tap = 0; tap < r->k * r->k; tap++) {
            const float *in = r->in[tap / r->k] + (x * r->stride + tap % r->k) * r->ld_in,
                        *w = r->w + tap * r->ldw;
            for (size_t c = 0; c < r->channels; c++)
                out[c] += in[c] * w[c];
        }
        for (size_t c = 0; c < r->channels; c++)
            out[c] = HUSE_MIN(HUSE_MAX(out[c], 0.0f), 6.0f);
    }
}

huse_dw_kernel huse_dw_best(void)
{
    huse_dw_kernel k = huse_dw_avx512();
    if (!k)
        k = huse_dw_avx2();
    return k ? k : huse_dw_portable;
}
