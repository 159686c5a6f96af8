/* EfficientNet-Lite0 against reference values, and the promises about bits and bad files. */
#include <setjmp.h>
#include <stdarg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "base/arrays.h"
#include "base/fs.h"
#include "encode/encoder.h"

enum { PIXELS = HUSE_PICTURE_SIDE * HUSE_PICTURE_SIDE, BYTES = PIXELS * 3, DIM = 1280 };

static char *models;

static char *weights_dir(void)
{
    return huse_fs_join(models, "effnet-lite0");
}

/* The encoder of the installed weights; skips the test where there are none. */
static huse_image_encoder *open_installed(void)
{
    huse_err            err;
    huse_image_encoder *e = NULL;
    char               *dir = weights_dir(), *file = huse_fs_join(dir, "model.safetensors");
    bool                there = huse_fs_exists(file);
    free(file);
    if (there && huse_effnet_open(&e, dir, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(dir);
    if (!there)
        skip();
    return e;
}

static char *golden(const char *name)
{
    const char *dir = getenv("GOLDEN");
    char       *path = huse_fs_join(dir ? dir : "tests/golden", name);
    if (huse_fs_exists(path))
        return path;
    free(path);
    skip();
    return NULL;
}

static void synthetic(uint8_t *rgb, unsigned k)
{
    for (unsigned y = 0; y < HUSE_PICTURE_SIDE; y++)
        for (unsigned x = 0; x < HUSE_PICTURE_SIDE; x++)
            for (unsigned c = 0; c < 3; c++)
                *rgb++ = (uint8_t)(x * (3 + c + k % 5) + y * (7 - 2 * c + k % 3) + ((x * y) >> (3 + k % 4)) + (x ^ y) * (k + c));
}

static void synthetic_pictures_give_the_reference_features(void **state)
{
    (void)state;
    char               *npy = golden("effnet_synthetic.npy"), *json = golden("effnet_synthetic.json");
    huse_image_encoder *e = open_installed();
    huse_pool          *pool = huse_pool_new(2);
    json_t             *ks = json_load_file(json, 0, NULL);
    float              *want;
    size_t              n, d;
    assert_int_equal(huse_npy_read(npy, &want, &n, &d, NULL), HUSE_OK);
    assert_int_equal(d, DIM);
    assert_int_equal(json_array_size(ks), n);
    uint8_t *rgb = malloc(n * BYTES);
    float   *got = malloc(n * DIM * sizeof *got), worst = 0;
    for (size_t i = 0; i < n; i++)
        synthetic(rgb + i * BYTES, (unsigned)json_integer_value(json_array_get(ks, i)));
    e->encode(e, pool, rgb, n, got);
    for (size_t i = 0; i < n * DIM; i++)
        worst = fmaxf(worst, fabsf(got[i] - want[i]));
    print_message("largest difference %.2g\n", (double)worst);
    assert_true(worst <= 2e-3f);
    json_decref(ks);
    free(want);
    free(rgb);
    free(got);
    free(npy);
    free(json);
    huse_pool_free(pool);
    e->free(e);
}

static void the_cut_into_batches_and_threads_changes_no_bit(void **state)
{
    (void)state;
    enum { N = 5 };
    huse_image_encoder *e = open_installed();
    uint8_t            *rgb = malloc(N * BYTES);
    float              *one = malloc(N * DIM * sizeof *one), *got = malloc(N * DIM * sizeof *got);
    for (unsigned i = 0; i < N; i++)
        synthetic(rgb + i * BYTES, 20 + i);
    for (size_t i = 0; i < N; i++)
        e->encode(e, NULL, rgb + i * BYTES, 1, one + i * DIM);
    for (int threads = 1; threads <= 7; threads++) {
        huse_pool *pool = huse_pool_new(threads);
        for (size_t n = 1; n <= N; n += 2) {
            memset(got, 0xff, N * DIM * sizeof *got);
            e->encode(e, pool, rgb, n, got);
            assert_memory_equal(got, one, n * DIM * sizeof *got);
        }
        huse_pool_free(pool);
    }
    free(rgb);
    free(one);
    free(got);
    e->free(e);
}

int main(void)
{
    const char *env = getenv("HUSE_TEST_MODELS"), *home = getenv("HOME");
    models = env ? strdup(env) : huse_fs_join(home ? home : "", ".local/share/huse-tui/models");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthetic_pictures_give_the_reference_features),
        cmocka_unit_test(the_cut_into_batches_and_threads_changes_no_bit),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(models);
    return failed;
}
