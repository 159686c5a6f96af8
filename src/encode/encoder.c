#include "encode/encoder.h"

#include <math.h>

void huse_text_encoder_sentences(const huse_text_encoder *enc, const float *rows, size_t n,
                                 float *out)
{
    size_t d = enc->sentence_dim;
    for (size_t i = 0; i < n; i++) {
        const float *x = rows + i * enc->dim + enc->sentence_at;
        double sum = 0;
        for (size_t j = 0; j < d; j++)
            sum += (double)x[j] * (double)x[j];
        float over = sum > 0 ? (float)(1 / sqrt(sum)) : 0.0f;
        for (size_t j = 0; j < d; j++)
            out[i * d + j] = x[j] * over;
    }
}
