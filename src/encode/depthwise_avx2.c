#include "encode/depthwise.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

#define VEC          __m256
#define LANES        8
#define LOAD(p)      _mm256_loadu_ps(p)
#define STORE(p, v)  _mm256_storeu_ps(p, v)
#define FMA(x, y, z) _mm256_fmadd_ps(x, y, z)
#define CLAMP6(x)    _mm256_min_ps(_mm256_max_ps(x, _mm256_setzero_ps()), _mm256_set1_ps(6.0f))
#include "encode/depthwise_simd.h"

huse_dw_kernel huse_dw_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? kernel : NULL;
}
#else
huse_dw_kernel huse_dw_avx2(void)
{
    return NULL;
}
#endif
