/* The scan for CPUs with AVX2: 16-bit products, added in pairs, exact. */
#include "index/dot.h"

#if defined(__x86_64__)
#include <immintrin.h>

void huse_dots_avx2(const float *rows, size_t n, size_t d, const float *q, float *out)
{
    dot_rows(rows, n, d, q, out);
}

float huse_round_avx2(const float *row, size_t d, uint8_t *u, float *scale, float *resid)
{
    return round_one(row, d, u, scale, resid);
}

void huse_scan_avx2(const huse_scan *s, size_t first, size_t last)
{
    size_t quads = s->copy->quads;
    for (size_t g = first; g < last; g++) {
        for (size_t j = 0; j < s->m; j++) {
            const __m128i *u = (const __m128i *)(const void *)(s->copy->u + g * quads * 64);
            const int16_t *b = s->query[j].b;
            __m256i sum[4] = { _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256() };
            for (size_t k = 0; k < quads; k++, u += 4, b += 4) {
                int64_t four;
                memcpy(&four, b, sizeof four);
                __m256i y = _mm256_set1_epi64x(four);
                for (int p = 0; p < 4; p++) {
                    __m256i x = _mm256_cvtepu8_epi16(_mm_load_si128(u + p));
                    sum[p] = _mm256_add_epi32(sum[p], _mm256_madd_epi16(x, y));
                }
            }
            int32_t half[32], acc[16];
            memcpy(half, sum, sizeof half);
            for (int l = 0; l < 16; l++)
                acc[l] = half[2 * l] + half[2 * l + 1];
            scan_finish(s, j, g, acc);
        }
    }
}
#endif
