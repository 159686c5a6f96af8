/* The text of the kernels, compiled once per instruction set. The including file sets
 *   vf, vi     vectors of V_LANES floats and int32s      V_FMA(a,b,c) V_MAX(a,b) V_SET1(s)
 *   KERNELS    name of the huse_bert_kernels to define   KERNELS_NAME its string */
#include <math.h>
#include <string.h>

#include "encode/bert_kernels.h"

#define ALWAYS static inline __attribute__((always_inline))

ALWAYS vf v_load(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

ALWAYS void v_store(float *p, vf v)
{
    memcpy(p, &v, sizeof v);
}

ALWAYS float v_sum(vf v)
{
    float lane[V_LANES];
    v_store(lane, v);
    for (size_t half = V_LANES / 2; half; half /= 2)
        for (size_t i = 0; i < half; i++)
            lane[i] += lane[i + half];
    return lane[0];
}

ALWAYS vf v_min(vf a, vf b)
{
    return -V_MAX(-a, -b);
}

/* 2^n · e^r, r within ±ln 2 / 2, by the polynomial of Cephes' expf. Adding 1.5·2^23 rounds to the
 * nearest integer and leaves it in the low bits. */
ALWAYS vf v_exp(vf x)
{
    const vf magic = V_SET1(12582912.0f);
    x = V_MAX(v_min(x, V_SET1(88.0f)), V_SET1(-87.0f));
    vf t = V_FMA(x, V_SET1(1.44269504088896341f), magic), n = t - magic;
    vf r = V_FMA(n, V_SET1(-0.693359375f), x);
    r = V_FMA(n, V_SET1(2.12194440e-4f), r);
    vf p = V_FMA(V_SET1(1.9875691500e-4f), r, V_SET1(1.3981999507e-3f));
    p = V_FMA(p, r, V_SET1(8.3334519073e-3f));
    p = V_FMA(p, r, V_SET1(4.1665795894e-2f));
    p = V_FMA(p, r, V_SET1(1.6666665459e-1f));
    p = V_FMA(p, r, V_SET1(5.0000001201e-1f));
    p = V_FMA(p, r * r, r) + V_SET1(1.0f);
    vi bits, shift, base;
    memcpy(&bits, &p, sizeof bits);
    memcpy(&shift, &t, sizeof shift);
    memcpy(&base, &magic, sizeof base);
    bits += (shift - base) << 23;
    memcpy(&p, &bits, sizeof p);
    return p;
}

/* Rational approximation on |x| ≤ 4 (the one of Eigen and XLA); beyond it erf is ±1 in float. */
ALWAYS vf v_erf(vf x)
{
    x = V_MAX(v_min(x, V_SET1(4.0f)), V_SET1(-4.0f));
    vf s = x * x;
    vf p = V_FMA(V_SET1(-2.72614225801306e-10f), s, V_SET1(2.77068142495902e-08f));
    p = V_FMA(p, s, V_SET1(-2.10102402082508e-06f));
    p = V_FMA(p, s, V_SET1(-5.69250639462346e-05f));
    p = V_FMA(p, s, V_SET1(-7.34990630326855e-04f));
    p = V_FMA(p, s, V_SET1(-2.95459980854025e-03f));
    p = V_FMA(p, s, V_SET1(-1.60960333262415e-02f));
    vf q = V_FMA(V_SET1(-1.45660718464996e-05f), s, V_SET1(-2.13374055278905e-04f));
    q = V_FMA(q, s, V_SET1(-1.68282697438203e-03f));
    q = V_FMA(q, s, V_SET1(-7.37332916720468e-03f));
    q = V_FMA(q, s, V_SET1(-1.42647390514189e-02f));
    return x * p / q;
}

ALWAYS vf v_act(vf x, huse_bert_act act)
{
    if (act == HUSE_ACT_RELU)
        return V_MAX(x, V_SET1(0.0f));
    if (act == HUSE_ACT_GELU) {
        vf h = x * V_SET1(0.5f);
        return V_FMA(h, v_erf(x * V_SET1(0.70710678118654752f)), h);
    }
    if (act == HUSE_ACT_GELU_TANH) {
        /* ½x(1 + tanh u) = x − x / (e^2u + 1) */
        vf u = V_FMA(x * x * x, V_SET1(0.044715f), x) * V_SET1(1.59576912160573071f);
        return x - x / (v_exp(u) + V_SET1(1.0f));
    }
    return x;
}

static void softmax(float *x, size_t n, float scale)
{
    vf top = v_load(x), sum = V_SET1(0.0f);
    for (size_t i = V_LANES; i < n; i += V_LANES)
        top = V_MAX(top, v_load(x + i));
    float lane[V_LANES], max;
    v_store(lane, top);
    max = lane[0];
    for (size_t i = 1; i < V_LANES; i++)
        max = lane[i] > max ? lane[i] : max;
    for (size_t i = 0; i < n; i += V_LANES) {
        vf e = v_exp((v_load(x + i) - V_SET1(max)) * V_SET1(scale));
        sum += e;
        v_store(x + i, e);
    }
    vf over = V_SET1(1.0f / v_sum(sum));
    for (size_t i = 0; i < n; i += V_LANES)
        v_store(x + i, v_load(x + i) * over);
}

static void layer_norm(float *x, size_t n, const float *gain, const float *bias, float eps)
{
    size_t whole = n - n % V_LANES;
    vf v = V_SET1(0.0f);
    float sum = 0, var = 0;
    for (size_t i = 0; i < whole; i += V_LANES)
        v += v_load(x + i);
    for (size_t i = whole; i < n; i++)
        sum += x[i];
    float mean = (v_sum(v) + sum) / (float)n;
    v = V_SET1(0.0f);
    for (size_t i = 0; i < whole; i += V_LANES) {
        vf d = v_load(x + i) - V_SET1(mean);
        v = V_FMA(d, d, v);
    }
    for (size_t i = whole; i < n; i++)
        var += (x[i] - mean) * (x[i] - mean);
    float over = 1.0f / sqrtf((v_sum(v) + var) / (float)n + eps);
    for (size_t i = 0; i < whole; i += V_LANES)
        v_store(x + i, V_FMA((v_load(x + i) - V_SET1(mean)) * V_SET1(over), v_load(gain + i),
                             v_load(bias + i)));
    for (size_t i = whole; i < n; i++)
        x[i] = (x[i] - mean) * over * gain[i] + bias[i];
}

static void map_exp(float *x, size_t n)
{
    for (size_t i = 0; i < n; i += V_LANES) {
        float lane[V_LANES] = {0};
        size_t m = n - i < V_LANES ? n - i : V_LANES;
        memcpy(lane, x + i, m * sizeof *x);
        v_store(lane, v_exp(v_load(lane)));
        memcpy(x + i, lane, m * sizeof *x);
    }
}

static void map_act(float *x, size_t n, huse_bert_act act)
{
    size_t whole = n - n % V_LANES;
    for (size_t i = 0; i < whole; i += V_LANES)
        v_store(x + i, v_act(v_load(x + i), act));
    if (whole < n) {
        float lane[V_LANES] = {0};
        memcpy(lane, x + whole, (n - whole) * sizeof *x);
        v_store(lane, v_act(v_load(lane), act));
        memcpy(x + whole, lane, (n - whole) * sizeof *x);
    }
}

static bool finite_all(const float *x, size_t n)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7FFFFFFFu;
        largest = bits > largest ? bits : largest;
    }
    return largest < 0x7F800000u;
}

const huse_bert_kernels KERNELS = {
    .name = KERNELS_NAME,
    .softmax = softmax,
    .layer_norm = layer_norm,
    .act = map_act,
    .exp = map_exp,
    .finite = finite_all,
};
