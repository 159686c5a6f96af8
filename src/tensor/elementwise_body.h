/* The text of the loops, compiled once per instruction set. The including file sets KERNELS, the name of the huse_elementwise to
 * define, and KERNELS_NAME, its string. Values are computed before they are chosen from, which is what lets a compiler widen. */
#include <math.h>
#include <string.h>

#include "tensor/elementwise.h"

enum { LANES = 16, COUNTERS = 32 };

static void relu(float *restrict y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float not_positive = 0.0f * y[i];
        y[i] = y[i] > 0.0f ? y[i] : not_positive;
    }
}

/* COUNTERS at a time: more than compilers unroll before they widen. */
static void philox_words(uint32_t out[4 * COUNTERS], uint32_t first, const uint32_t c[3], const uint32_t key[2])
{
    uint32_t c0[COUNTERS], c1[COUNTERS], c2[COUNTERS], c3[COUNTERS], k0 = key[0], k1 = key[1];
    for (uint32_t i = 0; i < COUNTERS; i++) {
        c0[i] = first + i;
        c1[i] = c[0];
        c2[i] = c[1];
        c3[i] = c[2];
    }
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < COUNTERS; i++) {
            uint64_t p0 = (uint64_t)0xD2511F53u * c0[i], p1 = (uint64_t)0xCD9E8D57u * c2[i];
            c0[i] = (uint32_t)(p1 >> 32) ^ c1[i] ^ k0;
            c2[i] = (uint32_t)(p0 >> 32) ^ c3[i] ^ k1;
            c1[i] = (uint32_t)p1;
            c3[i] = (uint32_t)p0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    for (int i = 0; i < COUNTERS; i++) {
        out[4 * i] = c0[i];
        out[4 * i + 1] = c1[i];
        out[4 * i + 2] = c2[i];
        out[4 * i + 3] = c3[i];
    }
}

static void draws(uint16_t *out, size_t n, uint32_t first, const uint32_t c[3], const uint32_t key[2])
{
    for (size_t i = 0; i < n; i += COUNTERS) {
        uint32_t word[4 * COUNTERS];
        uint16_t half[8 * COUNTERS];
        philox_words(word, first + (uint32_t)i, c, key);
        for (int k = 0; k < 4 * COUNTERS; k++) {
            half[2 * k] = (uint16_t)word[k];
            half[2 * k + 1] = (uint16_t)(word[k] >> 16);
        }
        memcpy(out + 8 * i, half, 8 * HUSE_MIN(n - i, (size_t)COUNTERS) * sizeof *out);
    }
}

static void drop(float *restrict y, size_t n, const uint16_t *restrict draw, uint32_t limit, float scale)
{
    for (size_t i = 0; i < n; i++) {
        float scaled = y[i] * scale;
        y[i] = draw[i] < limit ? 0.0f : scaled;
    }
}

static void mask(float *restrict dx, const float *restrict x, size_t n, float scale)
{
    for (size_t i = 0; i < n; i++) {
        float scaled = dx[i] * scale;
        dx[i] = x[i] > 0.0f ? scaled : 0.0f;
    }
}

static void add(float *restrict sum, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

static inline float residual_of(float c, float a, float zeta)
{
    float d = 1.0f - c, r = d - a;
    return ((a < zeta) & !(d >= zeta)) ? r : 0.0f;
}

static float residual(float *restrict c, const float *restrict A, size_t n, float zeta)
{
    float  lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            float r = residual_of(c[i + k], A[i + k], zeta);
            c[i + k] = r;
            lane[k] += r * r;
        }
    for (size_t k = 0; i + k < n; k++) {
        c[i + k] = residual_of(c[i + k], A[i + k], zeta);
        lane[k] += c[i + k] * c[i + k];
    }
    for (size_t half = LANES / 2; half; half /= 2)
        for (size_t k = 0; k < half; k++)
            lane[k] += lane[k + half];
    return lane[0];
}

static void adamw(const huse_adamw_step *step, float *restrict w, const float *restrict g, float *restrict m, float *restrict v,
                  size_t n)
{
    const huse_adamw_step s = *step;
    for (size_t i = 0; i < n; i++) {
        m[i] = s.beta1 * m[i] + (1.0f - s.beta1) * g[i];
        v[i] = s.beta2 * v[i] + (1.0f - s.beta2) * g[i] * g[i];
        w[i] = w[i] * s.shrink - s.rate * m[i] / (sqrtf(v[i]) * s.root + s.eps);
    }
}

static void rmsprop(float beta1, float beta2, float lr, float eps, float *restrict w, const float *restrict g, float *restrict m,
                    float *restrict v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        v[i] = beta2 * v[i] + (1.0f - beta2) * g[i] * g[i];
        m[i] = beta1 * m[i] + lr * g[i] / sqrtf(v[i] + eps);
        w[i] -= m[i];
    }
}

const huse_elementwise KERNELS = {KERNELS_NAME, relu, draws, drop, mask, add, residual, adamw, rmsprop};
