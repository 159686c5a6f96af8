/* Depthwise rows: every kernel against the plain sum over odd widths, and channel ranges without a
 * changed bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "encode/depthwise.h"

#define TOLERANCE 1e-5f /* 25 products of values in [-1, 1] */

typedef struct sample {
    float *in, *w, *bias, *out;
    size_t width, pixels, channels; /* input pixels a row, output pixels */
    const float *rows[5];
} sample;

static void fill(huse_rng *r, float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(2 * huse_rng_uniform(r) - 1);
}

static sample sample_new(size_t n, size_t channels, size_t k, size_t stride)
{
    sample s = {.width = (n - 1) * stride + k, .pixels = n, .channels = channels};
    huse_rng r;
    huse_rng_init(&r, n * 31 + channels, k * 10 + stride);
    s.in = huse_xmalloc(k * s.width * channels * sizeof *s.in);
    s.w = huse_xmalloc(k * k * channels * sizeof *s.w);
    s.bias = huse_xmalloc(channels * sizeof *s.bias);
    s.out = huse_xmalloc(n * channels * sizeof *s.out);
    fill(&r, s.in, k * s.width * channels);
    fill(&r, s.w, k * k * channels);
    fill(&r, s.bias, channels);
    for (size_t y = 0; y < k; y++)
        s.rows[y] = s.in + (k - 1 - y) * s.width * channels; /* rows need not lie in order */
    return s;
}

static void sample_free(sample *s)
{
    free(s->in);
    free(s->w);
    free(s->bias);
    free(s->out);
}

static huse_dw_row row_of(const sample *s, size_t k, size_t stride)
{
    return (huse_dw_row){.in = s->rows,
                         .w = s->w,
                         .bias = s->bias,
                         .out = s->out,
                         .ld_in = s->channels,
                         .ld_out = s->channels,
                         .ldw = s->channels,
                         .channels = s->channels,
                         .n = s->pixels,
                         .k = k,
                         .stride = stride};
}

static double plain(const sample *s, size_t x, size_t c, size_t k, size_t stride)
{
    double y = (double)s->bias[c];
    for (size_t dy = 0; dy < k; dy++)
        for (size_t dx = 0; dx < k; dx++)
            y += (double)s->rows[dy][(x * stride + dx) * s->channels + c] *
                 (double)s->w[(dy * k + dx) * s->channels + c];
    return fmin(fmax(y, 0), 6);
}

static void check_kernel(huse_dw_kernel kernel)
{
    if (!kernel)
        skip();
    for (size_t k = 3; k <= 5; k += 2)
        for (size_t stride = 1; stride <= 2; stride++)
            for (size_t n = 1; n <= 23; n++) {
                sample s = sample_new(n, n % 3 ? 48 : 16, k, stride);
                huse_dw_row row = row_of(&s, k, stride);
                kernel(&row);
                for (size_t x = 0; x < n; x++)
                    for (size_t c = 0; c < s.channels; c++)
                        assert_true(fabs((double)s.out[x * s.channels + c] -
                                         plain(&s, x, c, k, stride)) <= (double)TOLERANCE);
                sample_free(&s);
            }
}

static void the_portable_kernel_gives_the_plain_sums(void **state)
{
    (void)state;
    check_kernel(huse_dw_portable);
}

static void the_avx2_kernel_gives_the_plain_sums(void **state)
{
    (void)state;
    check_kernel(huse_dw_avx2());
}

static void the_avx512_kernel_gives_the_plain_sums(void **state)
{
    (void)state;
    check_kernel(huse_dw_avx512());
}

static void channel_ranges_change_no_bit_and_stay_in_their_place(void **state)
{
    (void)state;
    enum { CHANNELS = 96 };
    sample s = sample_new(15, CHANNELS, 5, 2);
    huse_dw_row row = row_of(&s, 5, 2);
    size_t n = s.pixels * CHANNELS;
    float *cut = huse_xmalloc(n * sizeof *cut);
    const float *rows[5];
    huse_dw_best()(&row);
    memset(cut, 0xff, n * sizeof *cut);
    for (size_t c = 0; c < CHANNELS; c += 32) {
        for (size_t y = 0; y < 5; y++)
            rows[y] = s.rows[y] + c;
        row.in = rows;
        row.w = s.w + c;
        row.bias = s.bias + c;
        row.out = cut + c;
        row.channels = 32;
        huse_dw_best()(&row);
    }
    assert_memory_equal(cut, s.out, n * sizeof *cut);
    free(cut);
    sample_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_portable_kernel_gives_the_plain_sums),
        cmocka_unit_test(the_avx2_kernel_gives_the_plain_sums),
        cmocka_unit_test(the_avx512_kernel_gives_the_plain_sums),
        cmocka_unit_test(channel_ranges_change_no_bit_and_stay_in_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
