/* The image encoder that needs no weights. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "encode/encoder.h"

enum { SIDE = HUSE_PICTURE_SIDE, BYTES = SIDE * SIDE * 3 };

typedef struct fixture {
    huse_image_encoder *e;
    uint8_t *rgb;
    float *out;
} fixture;

enum { N = 6 };

static int set_up(void **state)
{
    fixture *f = huse_xcalloc(1, sizeof *f);
    f->e = huse_image_fallback();
    f->rgb = huse_xcalloc(N, BYTES);
    f->out = huse_xcalloc(N, f->e->dim * sizeof *f->out);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    f->e->free(f->e);
    free(f->rgb);
    free(f->out);
    free(f);
    return 0;
}

/* A filled disc on a ground, @shift pixels off the middle; @bar: a bar instead. */
static void draw(uint8_t *rgb, const uint8_t ink[3], uint8_t ground, int shift, bool bar)
{
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int dx = x - SIDE / 2 - shift, dy = y - SIDE / 2 - shift;
            bool in = bar ? abs(dx) < 25 && abs(dy) < 90 : dx * dx + dy * dy < 60 * 60;
            for (int c = 0; c < 3; c++)
                rgb[(y * SIDE + x) * 3 + c] = in ? ink[c] : ground;
        }
}

static double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static const uint8_t red[3] = {220, 30, 30}, dark_red[3] = {190, 20, 30}, blue[3] = {20, 40, 220};

static void likeness_follows_shape_and_colour(void **state)
{
    fixture *f = *state;
    size_t d = f->e->dim;
    draw(f->rgb, red, 255, 0, false);
    draw(f->rgb + BYTES, dark_red, 250, 6, false);
    draw(f->rgb + 2 * BYTES, blue, 255, 0, false);
    draw(f->rgb + 3 * BYTES, red, 255, 0, true);
    draw(f->rgb + 4 * BYTES, blue, 40, 0, true);
    f->e->encode(f->e, NULL, f->rgb, 5, f->out);
    double near = cosine(f->out, f->out + d, d), other_colour = cosine(f->out, f->out + 2 * d, d);
    double other_shape = cosine(f->out, f->out + 3 * d, d),
           both = cosine(f->out, f->out + 4 * d, d);
    assert_true(near > other_colour + 0.01);
    assert_true(near > other_shape + 0.1);
    assert_true(other_colour > both + 0.1 && other_shape > both + 0.1);
}

static void rows_are_unit_vectors_and_plain_pictures_are_finite(void **state)
{
    fixture *f = *state;
    size_t d = f->e->dim;
    for (int i = 0; i < BYTES; i++)
        f->rgb[i] = (uint8_t)((unsigned)i * 2654435761u >> 24);
    memset(f->rgb + BYTES, 255, BYTES);
    memset(f->rgb + 2 * BYTES, 0, BYTES);
    f->e->encode(f->e, NULL, f->rgb, 3, f->out);
    for (size_t row = 0; row < 3; row++) {
        double length = 0;
        for (size_t i = 0; i < d; i++) {
            assert_true(isfinite(f->out[row * d + i]) && f->out[row * d + i] >= 0);
            length += (double)f->out[row * d + i] * (double)f->out[row * d + i];
        }
        double want = row == 0 ? 1.0 : 0.3; /* without edges the colours are all */
        assert_true(fabs(length - want) < 1e-5);
    }
}

static void the_cut_into_batches_and_threads_changes_no_bit(void **state)
{
    fixture *f = *state;
    size_t d = f->e->dim;
    float *one = huse_xcalloc(N, d * sizeof *one);
    for (unsigned i = 0; i < N * BYTES; i++)
        f->rgb[i] = (uint8_t)((i * 2654435761u >> 24) ^ (i >> 9));
    for (size_t i = 0; i < N; i++)
        f->e->encode(f->e, NULL, f->rgb + i * BYTES, 1, one + i * d);
    for (int threads = 1; threads <= 4; threads++) {
        huse_pool *pool = huse_pool_new(threads);
        memset(f->out, 0xff, N * d * sizeof *f->out);
        f->e->encode(f->e, pool, f->rgb, N, f->out);
        assert_memory_equal(f->out, one, N * d * sizeof *one);
        huse_pool_free(pool);
    }
    free(one);
}

static void the_hash_names_the_encoder(void **state)
{
    fixture *f = *state;
    huse_image_encoder *again = huse_image_fallback();
    const huse_key zero = {{0}};
    assert_string_equal(f->e->name, "color-hist");
    assert_true(huse_key_equal(&f->e->hash, &again->hash));
    assert_false(huse_key_equal(&f->e->hash, &zero));
    again->free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(likeness_follows_shape_and_colour, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_are_unit_vectors_and_plain_pictures_are_finite, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_cut_into_batches_and_threads_changes_no_bit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_hash_names_the_encoder, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
