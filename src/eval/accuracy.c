/* Classification figures and the fusion of both modalities (METHOD 9). */
#include <math.h>

#include "eval/metrics.h"

static size_t best(const float *p, size_t K)
{
    size_t at = 0;
    for (size_t k = 1; k < K; k++) {
        if (p[k] > p[at])
            at = k;
    }
    return at;
}

static float mix(float image, float text, double w)
{
    return (float)(w * (double)image + (1 - w) * (double)text);
}

double huse_eval_accuracy(const float *p, const bool *has, const int32_t *cls, size_t n, size_t K)
{
    size_t right = 0, asked = 0;
    for (size_t i = 0; i < n; i++) {
        if (has && !has[i])
            continue;
        asked++;
        right += K > 0 && cls[i] >= 0 && best(p + i * K, K) == (size_t)cls[i];
    }
    return asked ? (double)right / (double)asked : (double)NAN;
}

void huse_eval_right(const float *p, const bool *has, const int32_t *cls, size_t n, size_t K, float *right, size_t stride)
{
    for (size_t i = 0; i < n; i++) {
        if (has && !has[i])
            right[i * stride] = (float)NAN;
        else
            right[i * stride] = K > 0 && cls[i] >= 0 && best(p + i * K, K) == (size_t)cls[i] ? 1.0f : 0.0f;
    }
}

static size_t right_with(double w, const float *p_image, const float *p_text, const bool *has_image,
                         const bool *has_text, const int32_t *cls, size_t n, size_t K)
{
    size_t right = 0;
    for (size_t i = 0; i < n; i++) {
        if (K == 0 || cls[i] < 0 || (has_image && !has_image[i]) || (has_text && !has_text[i]))
            continue;
        const float *a = p_image + i * K, *b = p_text + i * K;
        size_t at = 0;
        float top = mix(a[0], b[0], w);
        for (size_t k = 1; k < K; k++) {
            float v = mix(a[k], b[k], w);
            if (v > top) {
                top = v;
                at = k;
            }
        }
        right += at == (size_t)cls[i];
    }
    return right;
}

double huse_eval_fusion_weight(const float *p_image, const float *p_text, const bool *has_image,
                               const bool *has_text, const int32_t *cls, size_t n, size_t K)
{
    int chosen = 10;
    size_t most = right_with(0.5, p_image, p_text, has_image, has_text, cls, n, K);
    for (int away = 1; away <= 10;
         away++) { /* outwards from .5, so that a tie keeps the nearer one */
        for (int side = -1; side <= 1; side += 2) {
            int at = 10 + side * away;
            size_t right = right_with(at / 20.0, p_image, p_text, has_image, has_text, cls, n, K);
            if (right > most) {
                most = right;
                chosen = at;
            }
        }
    }
    return chosen / 20.0;
}

void huse_eval_fuse(const float *p_image, const float *p_text, const bool *has_image,
                    const bool *has_text, double w, size_t n, size_t K, float *out)
{
    for (size_t i = 0; i < n; i++) {
        bool image = !has_image || has_image[i], text = !has_text || has_text[i];
        for (size_t k = i * K; k < (i + 1) * K; k++)
            out[k] = image && text ? mix(p_image[k], p_text[k], w)
                     : image       ? p_image[k]
                     : text        ? p_text[k]
                                   : 0.0f;
    }
}
