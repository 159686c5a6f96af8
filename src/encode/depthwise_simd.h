/* The vector kernel of depthwise.h, included once for each instruction set with VEC, LANES, LOAD,
 * STORE, FMA and CLAMP6 defined. Seven output pixels at a time: every width that the network has is
 * a multiple of seven, and seven sums, the taps of one row and the input fit the registers. */

enum { ACROSS = 7 };

static inline __attribute__((always_inline)) void
pixels(const huse_dw_row *r, size_t x, const size_t k, const size_t s, const size_t n)
{
    for (size_t c = 0; c < r->channels; c += LANES) {
        VEC sum[ACROSS];
#pragma GCC unroll 8
        for (size_t i = 0; i < n; i++)
            sum[i] = LOAD(r->bias + c);
        for (size_t dy = 0; dy < k; dy++) {
            const float *in = r->in[dy] + x * s * r->ld_in + c, *w = r->w + dy * k * r->ldw + c;
            VEC tap[5];
#pragma GCC unroll 5
            for (size_t dx = 0; dx < k; dx++)
                tap[dx] = LOAD(w + dx * r->ldw);
#pragma GCC unroll 17
            for (size_t at = 0; at < (n - 1) * s + k; at++) {
                VEC v = LOAD(in + at * r->ld_in);
#pragma GCC unroll 8
                for (size_t i = 0; i < n; i++)
                    if (at >= i * s && at - i * s < k)
                        sum[i] = FMA(v, tap[at - i * s], sum[i]);
            }
        }
#pragma GCC unroll 8
        for (size_t i = 0; i < n; i++)
            STORE(r->out + (x + i) * r->ld_out + c, CLAMP6(sum[i]));
    }
}

static inline __attribute__((always_inline)) void whole_row(const huse_dw_row *r, const size_t k,
                                                            const size_t s)
{
    size_t x = 0;
    for (; x + ACROSS <= r->n; x += ACROSS)
        pixels(r, x, k, s, ACROSS);
    for (; x < r->n; x++)
        pixels(r, x, k, s, 1);
}

static void kernel(const huse_dw_row *r)
{
    if (r->k == 3 && r->stride == 1)
        whole_row(r, 3, 1);
    else if (r->k == 3)
        whole_row(r, 3, 2);
    else if (r->stride == 1)
        whole_row(r, 5, 1);
    else
        whole_row(r, 5, 2);
}
