/* The scan for CPUs with AVX-512 VNNI: four byte products of sixteen rows added in one instruction. */
#include "index/dot.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define VNNI __attribute__((target("avx512vnni")))
#define VNNI_INLINE static inline __attribute__((always_inline, target("avx512vnni")))

void huse_dots_avx512(const float *rows, size_t n, size_t d, const float *q, float *out)
{
    dot_rows(rows, n, d, q, out);
}

float huse_round_avx512(const float *row, size_t d, uint8_t *u, float *scale, float *resid)
{
    return round_one(row, d, u, scale, resid);
}

VNNI_INLINE __m512i four_bytes(const int8_t *p)
{
    int32_t v;
    memcpy(&v, p, sizeof v);
    return _mm512_set1_epi32(v);
}

/* Estimates and upper bounds of one group; the collector gets it where a bound reaches the floor. */
VNNI_INLINE void finish(const huse_scan *s, size_t j, size_t g, __m512i acc, float slack_norm)
{
    const huse_scan_query *q = &s->query[j];
    const float *resid = s->copy->resid + g * HUSE_SCAN_GROUP;
    __m512 scale = _mm512_mul_ps(_mm512_load_ps(s->copy->scale + g * HUSE_SCAN_GROUP), _mm512_set1_ps(q->scale));
    __m512 est = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(acc, _mm512_set1_epi32(q->offset))), scale);
    __m512 upper = _mm512_add_ps(est, _mm512_mul_ps(_mm512_load_ps(resid), _mm512_set1_ps(q->norm)));
    float slack = slack_norm * q->residual;
    unsigned mask = _mm512_cmp_ps_mask(upper, _mm512_set1_ps(s->floor[j] - slack), _CMP_GE_OQ);
    if (__builtin_expect(mask != 0, 0)) {
        float out[16];
        _mm512_storeu_ps(out, est);
        huse_scan_found(s, j, g, mask, out, slack);
    }
}

/* One query of two words: bound by memory, so the second word is free. */
VNNI static void scan_one(const huse_scan *s, size_t first, size_t last)
{
    size_t quads = s->copy->quads;
    const int8_t *hi = s->query[0].hi, *lo = s->query[0].lo;
    float norm = s->copy->norm[first / HUSE_SCAN_CHUNK];
    for (size_t g = first; g < last; g++) {
        const uint8_t *u = s->copy->u + g * quads * 64;
        __m512i h[4], l[4];
        for (int i = 0; i < 4; i++)
            h[i] = l[i] = _mm512_setzero_si512();
        for (size_t k = 0; k < quads; k += 4) {
            for (size_t i = 0; i < 4; i++) {
                __m512i x = _mm512_load_si512(u + (k + i) * 64);
                _mm_prefetch((const char *)u + (k + i) * 64 + 4096, _MM_HINT_T0);
                h[i] = _mm512_dpbusd_epi32(h[i], x, four_bytes(hi + 4 * (k + i)));
                l[i] = _mm512_dpbusd_epi32(l[i], x, four_bytes(lo + 4 * (k + i)));
            }
        }
        __m512i hs = _mm512_add_epi32(_mm512_add_epi32(h[0], h[1]), _mm512_add_epi32(h[2], h[3]));
        __m512i ls = _mm512_add_epi32(_mm512_add_epi32(l[0], l[1]), _mm512_add_epi32(l[2], l[3]));
        finish(s, 0, g, _mm512_add_epi32(_mm512_slli_epi32(hs, 7), ls), norm);
    }
}

/* @nq queries from @j on against @ng groups from @g on; both small constants, so that the sums stay in registers. */
VNNI_INLINE void tile(const huse_scan *s, size_t g, const int ng, size_t j, const int nq, float norm)
{
    size_t quads = s->copy->quads;
    const uint8_t *u = s->copy->u + g * quads * 64;
    const int8_t *b[8];
    __m512i acc[8][2];
    for (int q = 0; q < nq; q++) {
        b[q] = s->query[j + (size_t)q].hi;
        acc[q][0] = acc[q][1] = _mm512_setzero_si512();
    }
    for (size_t k = 0; k < quads; k++) {
        __m512i x0 = _mm512_load_si512(u + k * 64);
        __m512i x1 = ng > 1 ? _mm512_load_si512(u + (quads + k) * 64) : x0;
#pragma GCC unroll 8
        for (int q = 0; q < nq; q++) {
            __m512i y = four_bytes(b[q] + 4 * k);
            acc[q][0] = _mm512_dpbusd_epi32(acc[q][0], x0, y);
            if (ng > 1)
                acc[q][1] = _mm512_dpbusd_epi32(acc[q][1], x1, y);
        }
    }
    for (int q = 0; q < nq; q++)
        for (int i = 0; i < ng; i++)
            finish(s, j + (size_t)q, g + (size_t)i, acc[q][i], norm);
}

VNNI_INLINE void scan_groups(const huse_scan *s, size_t g, const int ng, size_t last, float norm)
{
    size_t blocks = (s->m + 7) / 8, bytes = s->copy->quads * 64;
    for (size_t j = 0; j < s->m; j += 8) {
        /* the next groups come from memory while these are worked on */
        size_t from = (j / 8) * 2 * bytes / blocks, to = (j / 8 + 1) * 2 * bytes / blocks;
        if (g + (size_t)ng < last)
            for (size_t at = from & ~(size_t)63; at < to; at += 64)
                _mm_prefetch((const char *)s->copy->u + (g + (size_t)ng) * bytes + at, _MM_HINT_T1);
        switch (HUSE_MIN(s->m - j, 8)) {
        case 8: tile(s, g, ng, j, 8, norm); break;
        case 7: tile(s, g, ng, j, 7, norm); break;
        case 6: tile(s, g, ng, j, 6, norm); break;
        case 5: tile(s, g, ng, j, 5, norm); break;
        case 4: tile(s, g, ng, j, 4, norm); break;
        case 3: tile(s, g, ng, j, 3, norm); break;
        case 2: tile(s, g, ng, j, 2, norm); break;
        default: tile(s, g, ng, j, 1, norm); break;
        }
    }
}

VNNI void huse_scan_avx512(const huse_scan *s, size_t first, size_t last)
{
    if (s->m == 1 && s->query[0].lo != NULL) {
        scan_one(s, first, last);
        return;
    }
    float norm = s->copy->norm[first / HUSE_SCAN_CHUNK];
    size_t g = first;
    for (; g + 2 <= last; g += 2)
        scan_groups(s, g, 2, last, norm);
    if (g < last)
        scan_groups(s, g, 1, last, norm);
}
#endif
