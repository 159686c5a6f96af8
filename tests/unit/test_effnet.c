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
#include "encode/picture.h"
#include "tmpdir.h"

enum { PIXELS = HUSE_PICTURE_SIDE * HUSE_PICTURE_SIDE, BYTES = PIXELS * 3, DIM = 1280 };

static char *models;

static char *weights_dir(void)
{
    return huse_fs_join(models, "effnet-lite0");
}

/* The encoder of the installed weights; skips the test where there are none. */
static huse_image_encoder *open_installed(void)
{
    huse_err err;
    huse_image_encoder *e = NULL;
    char *dir = weights_dir(), *file = huse_fs_join(dir, "model.safetensors");
    bool there = huse_fs_exists(file);
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
    char *path = huse_fs_join(dir ? dir : "tests/golden", name);
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
                *rgb++ = (uint8_t)(x * (3 + c + k % 5) + y * (7 - 2 * c + k % 3) +
                                   ((x * y) >> (3 + k % 4)) + (x ^ y) * (k + c));
}

static void synthetic_pictures_give_the_reference_features(void **state)
{
    (void)state;
    char *npy = golden("effnet_synthetic.npy"), *json = golden("effnet_synthetic.json");
    huse_image_encoder *e = open_installed();
    huse_pool *pool = huse_pool_new(2);
    json_t *ks = json_load_file(json, 0, NULL);
    float *want;
    size_t n, d;
    assert_int_equal(huse_npy_read(npy, &want, &n, &d, NULL), HUSE_OK);
    assert_int_equal(d, DIM);
    assert_int_equal(json_array_size(ks), n);
    uint8_t *rgb = malloc(n * BYTES);
    float *got = malloc(n * DIM * sizeof *got), worst = 0;
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

/* Whole pictures of the catalogue through the decoder: (n,224,224,3). */
static uint8_t *read_photographs(json_t *items, const char *folder)
{
    const huse_decode_options opt = {.feature_side = HUSE_PICTURE_SIDE};
    char program[4096 + 32];
    size_t n = json_array_size(items);
    uint8_t *rgb = malloc(n * BYTES);
    huse_decoder *d;
    huse_err err;
    ssize_t at = readlink("/proc/self/exe", program, 4096); /* the program lies above the tests */
    assert_true(at > 0 && at < 4096);
    program[at] = 0;
    for (int up = 0; up < 2; up++)
        *strrchr(program, '/') = 0;
    strcat(program, "/huse-decode");
    assert_int_equal(huse_decoder_new(&d, program, 1, &opt, &err), HUSE_OK);
    for (size_t i = 0; i < n; i++) {
        char *path = huse_fs_join(
                 folder, json_string_value(json_object_get(json_array_get(items, i), "image"))),
             *data;
        size_t bytes;
        huse_decoded picture;
        if (huse_fs_read(path, HUSE_PICTURE_MAX_BYTES, &data, &bytes, &err) != HUSE_OK ||
            huse_decoder_decode(d, data, bytes, &picture, &err) != HUSE_OK)
            fail_msg("%s: %s", path, err.msg);
        memcpy(rgb + i * BYTES, picture.feature, BYTES);
        huse_decoded_free(&picture);
        free(data);
        free(path);
    }
    huse_decoder_free(d);
    return rgb;
}

static double cosine(const float *a, const float *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < DIM; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static void photographs_give_the_reference_features(void **state)
{
    (void)state;
    const char *shared = getenv("SHARED");
    char *npy = golden("effnet_lite0_pooled.npy"), *json = golden("items.json");
    char *folder = huse_fs_join(shared ? shared : "", "data/fashion");
    if (!huse_fs_is_dir(folder))
        skip();
    huse_image_encoder *e = open_installed();
    huse_pool *pool = huse_pool_new(2);
    json_t *items = json_load_file(json, 0, NULL);
    float *want;
    size_t n, d;
    double worst = 1;
    assert_int_equal(huse_npy_read(npy, &want, &n, &d, NULL), HUSE_OK);
    assert_int_equal(d, DIM);
    assert_int_equal(json_array_size(items), n);
    uint8_t *rgb = read_photographs(items, folder);
    float *got = malloc(n * DIM * sizeof *got);
    e->encode(e, pool, rgb, n, got);
    for (size_t i = 0; i < n; i++)
        worst = fmin(worst, cosine(got + i * DIM, want + i * DIM));
    print_message("smallest cosine %.7f\n", worst);
    assert_true(worst >= 0.9995);
    json_decref(items);
    free(want);
    free(rgb);
    free(got);
    free(npy);
    free(json);
    free(folder);
    huse_pool_free(pool);
    e->free(e);
}

static void the_cut_into_batches_and_threads_changes_no_bit(void **state)
{
    (void)state;
    enum { N = 5 };
    huse_image_encoder *e = open_installed();
    uint8_t *rgb = malloc(N * BYTES);
    float *one = malloc(N * DIM * sizeof *one), *got = malloc(N * DIM * sizeof *got);
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

/* The arrays of the installed file, to be changed and written elsewhere. */
typedef struct copy {
    huse_safetensors *st;
    huse_array *a;
    size_t n;
    char *dir, *file;
} copy;

static copy copy_make(void)
{
    huse_err err;
    copy c = {0};
    char *dir = weights_dir(), *file = huse_fs_join(dir, "model.safetensors");
    if (!huse_fs_exists(file)) {
        free(file);
        free(dir);
        skip();
    }
    if (huse_safetensors_open(&c.st, file, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    c.n = huse_safetensors_count(c.st);
    c.a = malloc((c.n + 1) * sizeof *c.a);
    for (size_t i = 0; i < c.n; i++)
        c.a[i] = *huse_safetensors_at(c.st, i);
    c.dir = tmpdir_make();
    c.file = huse_fs_join(c.dir, "model.safetensors");
    free(file);
    free(dir);
    return c;
}

static void copy_write(const copy *c)
{
    assert_int_equal(huse_fs_remove_tree(c->file, NULL), HUSE_OK);
    assert_int_equal(huse_safetensors_write(c->file, c->a, c->n, NULL), HUSE_OK);
}

static void copy_free(copy *c)
{
    huse_safetensors_close(c->st);
    free(c->a);
    free(c->file);
    tmpdir_remove(c->dir);
}

static huse_array *array_of(copy *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->a[i].name, name) == 0)
            return &c->a[i];
    fail_msg("no array %s", name);
    return NULL;
}

static void assert_refused(const copy *c, huse_status status, const char *why)
{
    huse_err err = {0};
    huse_image_encoder *e = NULL;
    assert_int_equal(huse_effnet_open(&e, c->dir, &err), status);
    assert_null(e);
    if (!strstr(err.msg, why))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, why);
}

static void arrays_of_another_network_are_refused(void **state)
{
    (void)state;
    copy c = copy_make();
    huse_array *a = array_of(&c, "_blocks.3._depthwise_conv.weight");
    const huse_array good = *a;
    float nan[16] = {[7] = NAN}, negative[16] = {[3] = -1.0f};
    a->name = "_blocks.3._other_conv.weight";
    copy_write(&c);
    assert_refused(&c, HUSE_BAD_DATA, "_blocks.3._depthwise_conv.weight is missing");
    *a = good;
    a->dim[1] = a->dim[2];
    a->dim[2] = 1;
    copy_write(&c);
    assert_refused(&c, HUSE_BAD_DATA, "_blocks.3._depthwise_conv.weight has another shape");
    *a = good;
    c.a[c.n++] = huse_array_1d("_blocks.3._se_reduce.bias", HUSE_F32, nan, 4);
    copy_write(&c);
    assert_refused(&c, HUSE_BAD_DATA, "_blocks.3._se_reduce.bias belongs to another network");
    c.n--;
    a = array_of(&c, "_blocks.0._bn2.bias");
    const void *data = a->data;
    a->data = nan;
    copy_write(&c);
    assert_refused(&c, HUSE_BAD_DATA, "_blocks.0._bn2.bias holds a number that is not finite");
    a->data = data;
    a = array_of(&c, "_blocks.0._bn2.running_var");
    a->data = negative;
    copy_write(&c);
    assert_refused(&c, HUSE_BAD_DATA, "_blocks.0._bn2.running_var is negative");
    c.a[0] = huse_array_1d("embeddings.weight", HUSE_F32, nan, 4);
    c.n = 1;
    copy_write(&c);
    assert_refused(&c, HUSE_BAD_DATA, "another network");
    copy_free(&c);
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    copy c = copy_make();
    char *data;
    copy_write(&c);
    size_t n;
    assert_int_equal(huse_fs_read(c.file, (size_t)1 << 26, &data, &n, NULL), HUSE_OK);
    const size_t cut[] = {0, 7, 100, 8192, n / 2, n - 1};
    for (size_t i = 0; i < HUSE_COUNT(cut); i++) {
        assert_int_equal(truncate(c.file, 0), 0);
        assert_int_equal(huse_fs_write_atomic(c.file, data, cut[i], NULL), HUSE_OK);
        assert_refused(&c, HUSE_BAD_DATA, "model.safetensors");
    }
    assert_int_equal(unlink(c.file), 0);
    assert_refused(&c, HUSE_NOT_FOUND, "there are no weights at");
    free(data);
    copy_free(&c);
}

/* What fetch writes beside the weights tells a changed bit that no shape and no number gives away.
 */
static void an_altered_file_is_refused_by_its_recorded_hash(void **state)
{
    (void)state;
    copy c = copy_make();
    char *sums = huse_fs_join(c.dir, "SHA256SUMS"), text[128], hex[65];
    huse_key key;
    huse_image_encoder *e;
    copy_write(&c);
    assert_int_equal(huse_sha256_file(&key, c.file, NULL), HUSE_OK);
    huse_key_hex(hex, &key);
    int n = snprintf(text, sizeof text, "%s  model.safetensors\n", hex);
    assert_int_equal(huse_fs_write_atomic(sums, text, (size_t)n, NULL), HUSE_OK);
    assert_int_equal(huse_effnet_open(&e, c.dir, NULL), HUSE_OK);
    assert_true(huse_key_equal(&e->hash, &key));
    e->free(e);
    FILE *f = fopen(c.file, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, -1000, SEEK_END), 0);
    int byte = fgetc(f);
    assert_int_equal(fseek(f, -1000, SEEK_END), 0);
    assert_int_equal(fputc(byte ^ 1, f), byte ^ 1);
    assert_int_equal(fclose(f), 0);
    assert_refused(&c, HUSE_BAD_DATA, "is damaged");
    free(sums);
    copy_free(&c);
}

static const char *const timm_conv[2][3] = {{"conv_pw", "conv_dw", "conv_pwl"},
                                            {"", "conv_dw", "conv_pw"}};
static const size_t repeats[] = {1, 2, 2, 3, 3, 4, 1};

/* "_blocks.4._bn1.bias" -> "blocks.2.1.bn2.bias": what timm calls the same array. */
static char *timm_name(const char *name)
{
    unsigned block, bn;
    int at = 0;
    size_t stage = 0;
    if (strncmp(name, "_fc.", 4) == 0)
        return huse_format("classifier.%s", name + 4);
    if (strncmp(name, "_bn", 3) == 0)
        return huse_format("bn%d%s", name[3] - '0' + 1, name + 4);
    if (sscanf(name, "_blocks.%u.%n", &block, &at) != 1 || !at)
        return huse_xstrdup(name + 1);
    const char *rest = name + at;
    size_t first = block == 0, within = block;
    while (within >= repeats[stage])
        within -= repeats[stage++];
    if (sscanf(rest, "_bn%u", &bn) == 1)
        return huse_format("blocks.%zu.%zu.bn%zu%s", stage, within, bn + 1 - first, rest + 4);
    size_t part = strncmp(rest, "_expand", 7) == 0 ? 0 : strncmp(rest, "_depth", 6) == 0 ? 1 : 2;
    return huse_format("blocks.%zu.%zu.%s.weight", stage, within, timm_conv[first][part]);
}

static void the_names_of_timm_are_taken_and_its_other_architecture_refused(void **state)
{
    (void)state;
    copy c = copy_make();
    char *config = huse_fs_join(c.dir, "config.json");
    const char wrong[] = "{\"architecture\": \"efficientnet_lite0\"}",
               right[] = "{\"architecture\": \"tf_efficientnet_lite0\"}";
    float want[DIM], got[DIM];
    uint8_t *rgb = malloc(BYTES);
    int64_t zero = 0;
    huse_err err;
    huse_image_encoder *e = open_installed();
    synthetic(rgb, 3);
    e->encode(e, NULL, rgb, 1, want);
    e->free(e);
    for (size_t i = 0; i < c.n; i++)
        c.a[i].name = timm_name(c.a[i].name);
    array_of(&c, "blocks.0.0.conv_dw.weight");
    array_of(&c, "blocks.0.0.conv_pw.weight");
    array_of(&c, "blocks.6.0.bn3.running_var");
    array_of(&c, "bn2.weight");
    c.a[c.n] = (huse_array){
        .name = "bn1.num_batches_tracked", .dtype = HUSE_I64, .ndim = 0, .data = &zero};
    c.n++;
    copy_write(&c);
    c.n--;
    if (huse_effnet_open(&e, c.dir, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    e->encode(e, NULL, rgb, 1, got);
    assert_memory_equal(got, want, sizeof got);
    e->free(e);
    assert_int_equal(huse_fs_write_atomic(config, wrong, sizeof wrong - 1, NULL), HUSE_OK);
    assert_refused(&c, HUSE_BAD_DATA, "only tf_efficientnet_lite0");
    assert_int_equal(huse_fs_write_atomic(config, right, sizeof right - 1, NULL), HUSE_OK);
    assert_int_equal(huse_effnet_open(&e, c.dir, NULL), HUSE_OK);
    e->free(e);
    for (size_t i = 0; i < c.n; i++)
        free((char *)(uintptr_t)c.a[i].name);
    free(config);
    free(rgb);
    copy_free(&c);
}

int main(void)
{
    const char *env = getenv("HUSE_TEST_MODELS"), *home = getenv("HOME");
    models = env ? strdup(env) : huse_fs_join(home ? home : "", ".local/share/huse-tui/models");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(synthetic_pictures_give_the_reference_features),
        cmocka_unit_test(photographs_give_the_reference_features),
        cmocka_unit_test(the_cut_into_batches_and_threads_changes_no_bit),
        cmocka_unit_test(arrays_of_another_network_are_refused),
        cmocka_unit_test(cut_files_are_refused),
        cmocka_unit_test(an_altered_file_is_refused_by_its_recorded_hash),
        cmocka_unit_test(the_names_of_timm_are_taken_and_its_other_architecture_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(models);
    return failed;
}
