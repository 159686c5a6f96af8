/* The portable scan: what the other instruction sets must reproduce, and the choice between them. */
#include "index/dot.h"

void huse_dots_ref(const float *rows, size_t n, size_t d, const float *q, float *out)
{
    dot_rows(rows, n, d, q, out);
}

float huse_round_ref(const float *row, size_t d, uint8_t *u, float *scale, float *resid)
{
    return round_one(row, d, u, scale, resid);
}

void huse_scan_ref(const huse_scan *s, size_t first, size_t last)
{
    size_t quads = s->copy->quads;
    for (size_t g = first; g < last; g++) {
        for (size_t j = 0; j < s->m; j++) {
            const uint8_t *u = s->copy->u + g * quads * 64;
            int32_t acc[16] = { 0 };
            for (size_t k = 0; k < quads; k++, u += 64) {
                const int16_t *b = s->query[j].b + 4 * k;
                for (size_t l = 0; l < 16; l++)
                    for (size_t e = 0; e < 4; e++)
                        acc[l] += (int32_t)u[4 * l + e] * b[e];
            }
            scan_finish(s, j, g, acc);
        }
    }
}

const huse_scan_kernel *huse_scan_kernels(size_t *n)
{
    static const huse_scan_kernel kernel[] = {
#if defined(__x86_64__)
        { "avx512-vnni", huse_scan_avx512, huse_dots_avx512, huse_round_avx512, true },
        { "avx2", huse_scan_avx2, huse_dots_avx2, huse_round_avx2, false },
#endif
        { "portable", huse_scan_ref, huse_dots_ref, huse_round_ref, false },
    };
    size_t first = 0;
#if defined(__x86_64__)
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vnni");
    first = avx512 ? 0 : avx2 ? 1 : 2;
#endif
    *n = HUSE_COUNT(kernel) - first;
    return kernel + first;
}
