#include "tensor/panel.h"

#if defined(__AVX512F__)
#include <immintrin.h>

#define VEC              __m512
#define LANES            16
#define ROWS             14
#define SECOND(K)        ((K)*HUSE_PANEL_UNIT)
#define FIRST(n)         ((__mmask16)((1u << (n)) - 1u))
#define LOAD(p)          _mm512_loadu_ps(p)
#define STORE(p, v)      _mm512_storeu_ps(p, v)
#define LOAD_N(p, n)     _mm512_maskz_loadu_ps(FIRST(n), p)
#define STORE_N(p, n, v) _mm512_mask_storeu_ps(p, FIRST(n), v)
#define SET1(x)          _mm512_set1_ps(x)
#define FMA(x, y, z)     _mm512_fmadd_ps(x, y, z)
#define ADD(x, y)        _mm512_add_ps(x, y)
#define CLAMP6(x)        _mm512_min_ps(_mm512_max_ps(x, _mm512_setzero_ps()), _mm512_set1_ps(6.0f))
#include "tensor/panel_simd.h"

static void tile(const huse_panel_tile *t)
{
    switch (t->rows) {
        TILE_CASE(1)
        TILE_CASE(2)
        TILE_CASE(3)
        TILE_CASE(4)
        TILE_CASE(5)
        TILE_CASE(6)
        TILE_CASE(7)
        TILE_CASE(8)
        TILE_CASE(9)
        TILE_CASE(10)
        TILE_CASE(11)
        TILE_CASE(12)
        TILE_CASE(13)
        TILE_CASE(14)
    }
}

const huse_panel_kernel *huse_panel_avx512(void)
{
    static const huse_panel_kernel kernel = {ROWS, 2 * LANES, tile};
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
               ? &kernel
               : NULL;
}
#else
const huse_panel_kernel *huse_panel_avx512(void)
{
    return NULL;
}
#endif
