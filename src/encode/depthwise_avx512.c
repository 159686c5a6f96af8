#include "encode/depthwise.h"

#if defined(__AVX512F__)
#include <immintrin.h>

#define VEC          __m512
#define LANES        16
#define LOAD(p)      _mm512_loadu_ps(p)
#define STORE(p, v)  _mm512_storeu_ps(p, v)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)
#define CLAMP6(x)    _mm512_min_ps(_mm512_max_ps(x, _mm512_setzero_ps()), _mm512_set1_ps(6.0f))
#include "encode/depthwise_simd.h"

huse_dw_kernel huse_dw_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
               ? kernel
               : NULL;
}
#else
huse_dw_kernel huse_dw_avx512(void)
{
    return NULL;
}
#endif
