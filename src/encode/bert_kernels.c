#include <stdint.h>

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));

static inline vf portable_max(vf a, vf b)
{
    vi larger = a > b;
    return (vf)(((vi)a & larger) | ((vi)b & ~larger));
}

#define V_LANES        4
#define V_FMA(a, b, c) ((a) * (b) + (c))
#define V_MAX(a, b)    portable_max(a, b)
#define V_SET1(s)      ((vf){s, s, s, s})
#define KERNELS        huse_bert_kernels_portable
#define KERNELS_NAME   "portable"

#include "encode/bert_kernels_body.h"

size_t huse_bert_kernels_all(const huse_bert_kernels *out[3])
{
    size_t n = 0;
    out[n++] = &huse_bert_kernels_portable;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        out[n++] = &huse_bert_kernels_avx2;
    if (n == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        out[n++] = &huse_bert_kernels_avx512;
    return n;
}

const huse_bert_kernels *huse_bert_kernels_best(void)
{
    const huse_bert_kernels *all[3];
    return all[huse_bert_kernels_all(all) - 1];
}
