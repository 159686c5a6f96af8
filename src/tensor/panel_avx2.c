#include "tensor/panel.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

static inline __m256i first_lanes(size_t n)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

#define VEC              __m256
#define LANES            8
#define ROWS             6
#define SECOND(K)        LANES
#define LOAD(p)          _mm256_loadu_ps(p)
#define STORE(p, v)      _mm256_storeu_ps(p, v)
#define LOAD_N(p, n)     _mm256_maskload_ps(p, first_lanes(n))
#define STORE_N(p, n, v) _mm256_maskstore_ps(p, first_lanes(n), v)
#define SET1(x)          _mm256_set1_ps(x)
#define FMA(x, y, z)     _mm256_fmadd_ps(x, y, z)
#define ADD(x, y)        _mm256_add_ps(x, y)
#define CLAMP6(x)        _mm256_min_ps(_mm256_max_ps(x, _mm256_setzero_ps()), _mm256_set1_ps(6.0f))
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
    }
}

const huse_panel_kernel *huse_panel_avx2(void)
{
    static const huse_panel_kernel kernel = {ROWS, 2 * LANES, tile};
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kernel : NULL;
}
#else
const huse_panel_kernel *huse_panel_avx2(void)
{
    return NULL;
}
#endif
