/* Array files: what is written comes back, and nothing inconsistent is ever accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "base/arrays.h"
#include "base/fs.h"
#include "base/rng.h"
#include "tmpdir.h"

static huse_err err;

/* ---- safetensors ---- */

/* A file with the given header; the length word is right. */
static huse_buf make_file(const char *header, size_t data_bytes)
{
    huse_buf b = {0};
    uint64_t n = strlen(header);
    huse_buf_add(&b, &n, sizeof n);
    huse_buf_str(&b, header);
    for (size_t i = 0; i < data_bytes; i++)
        huse_buf_add(&b, &(uint8_t){(uint8_t)i}, 1);
    return b;
}

/* Everything a reader would rely on. */
static void check_consistent(const huse_safetensors *st, const uint8_t *file, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < huse_safetensors_count(st); i++) {
        const huse_array *a = huse_safetensors_at(st, i);
        size_t bytes = huse_array_count(a) * huse_dtype_bytes(a->dtype);
        assert_ptr_equal(huse_safetensors_find(st, a->name), a);
        assert_true(a->ndim >= 0 && a->ndim <= HUSE_MAX_DIMS);
        assert_true(bytes == 0 || a->data);
        assert_true((uintptr_t)a->data % huse_dtype_bytes(a->dtype) == 0);
        for (size_t j = 0; j < bytes; j++) /* the sanitizer sees every byte read */
            (void)((const volatile uint8_t *)a->data)[j];
        total += bytes;
    }
    uint64_t head;
    memcpy(&head, file, sizeof head);
    assert_int_equal(total, n - 8 - head);
}

/* In a block of exactly its size, so that a read past the end is a fault. */
static huse_status open_exact(const void *data, size_t n)
{
    uint8_t *p = huse_xmalloc(n);
    huse_safetensors *st = NULL;
    memcpy(p, data, n);
    huse_status s = huse_safetensors_open_memory(&st, p, n, "bytes", &err);
    if (s == HUSE_OK) {
        check_consistent(st, p, n);
        huse_safetensors_close(st);
    } else {
        assert_null(st);
        assert_true(s == HUSE_BAD_DATA && err.msg[0]);
    }
    free(p);
    return s;
}

static const struct {
    const char *header;
    size_t data_bytes;
    const char *fault; /* part of the message, NULL when the file is good */
} headers[] = {
    {"{}", 0, NULL},
    {"{}   \n", 0, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, NULL},
    {"{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[4,7]},"
     "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
     7, NULL},
    {"{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
     "\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[3,11]}}",
     11, NULL}, /* not aligned */
    {"{\"__metadata__\":{\"format\":\"pt\"},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
     1, NULL},
    {"{\"z\":{\"dtype\":\"F32\",\"shape\":[0,5],\"data_offsets\":[0,0]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
     1, NULL},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "outside the file"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "belong to no array"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "does not fit"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "outside the file"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "a hole"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
     12, "an overlap"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
     4, "an overlap"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
     2, "duplicate"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,1]}}", 1,
     "duplicate"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}", 4,
     "too big"}, /* 2^62 + 1 times 4 wraps to 4 */
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0,
     "too big"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775807,4,0],\"data_offsets\":[0,0]}}", 0,
     "too big"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", 1, "whole number"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", 1, "whole number"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,1]}}", 1,
     "line"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
     "too many dimensions"},
    {"{\"a\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "not supported"},
    {"{\"a\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "not supported"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", 1, "no shape"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}", 1, "data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,1]}}", 1, "data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[-1,0]}}", 1, "data_offsets"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "not described"},
    {"{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"x\":1}}", 1, "not described"},
    {"{\"a\":[]}", 0, "not described"},
    {"{\"__metadata__\":{\"x\":1}}", 0, "__metadata__"},
    {"{\"__metadata__\":[]}", 0, "__metadata__"},
    {"[]", 0, "no header"},
    {" {}", 0, "no header"},
    {"{", 0, "line"},
    {"{}x", 0, "line"},
    {"{\"a\":\"\\u0000\"}", 0, "line"},
    {"{\"\xff\":1}", 0, "line"},
    {"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}", 0, "deeper"},
};

static void every_inconsistent_header_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(headers); i++) {
        huse_buf b = make_file(headers[i].header, headers[i].data_bytes);
        huse_status s = open_exact(b.data, b.len);
        if (!headers[i].fault && s != HUSE_OK)
            fail_msg("%s: %s", headers[i].header, err.msg);
        if (headers[i].fault && (s == HUSE_OK || !strstr(err.msg, headers[i].fault)))
            fail_msg("%s: %s", headers[i].header, s == HUSE_OK ? "accepted" : err.msg);
        huse_buf_free(&b);
    }
}

static void impossible_header_lengths_are_refused(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {
        0, 1, 3, 9, 1ull << 23, 1ull << 32, 1ull << 63, UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 8};
    for (size_t i = 0; i < HUSE_COUNT(lengths); i++) {
        huse_buf b = make_file("{}", 0);
        memcpy(b.data, &lengths[i], 8);
        assert_int_equal(open_exact(b.data, b.len), HUSE_BAD_DATA);
        huse_buf_free(&b);
    }
    for (size_t n = 0; n < 10; n++)
        assert_int_equal(open_exact("\2\0\0\0\0\0\0\0{}", n), HUSE_BAD_DATA);
    assert_int_equal(open_exact("\2\0\0\0\0\0\0\0{}", 10), HUSE_OK);
}

static void a_header_over_eight_mebibytes_is_refused(void **state)
{
    (void)state;
    uint64_t n = ((uint64_t)8 << 20) + 1;
    char *file = huse_xmalloc(n + 8);
    memset(file, ' ', n + 8);
    memcpy(file, &n, 8);
    memcpy(file + 8, "{}", 2);
    assert_int_equal(open_exact(file, n + 8), HUSE_BAD_DATA);
    n--;
    memcpy(file, &n, 8);
    assert_int_equal(open_exact(file, n + 8), HUSE_OK);
    free(file);
}

static void more_than_65536_arrays_are_refused(void **state)
{
    (void)state;
    huse_buf h = {0};
    for (int i = 0; i < 65537; i++)
        huse_buf_fmt(&h, "%c\"%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                     i ? ',' : '{', i);
    huse_buf_str(&h, "}");
    huse_buf b = make_file(h.data, 0);
    assert_int_equal(open_exact(b.data, b.len), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "more than 65536"));
    huse_buf_free(&b);
    huse_buf_free(&h);
}

static const float rows[6] = {1, -2, 3.5f, 1e-30f, -0.0f, 1e30f};
static const uint8_t keys[3] = {7, 8, 9};
static const int64_t ids[2] = {INT64_MIN, INT64_MAX};

/* A small file as we write it. */
static huse_status write_sample(const char *path)
{
    huse_array a[4] = {huse_array_2d("rows", HUSE_F32, rows, 2, 3),
                       huse_array_1d("keys", HUSE_U8, keys, 3),
                       huse_array_1d("ids \"quoted\" é", HUSE_I64, ids, 2),
                       huse_array_2d("none", HUSE_F32, NULL, 0, 5)};
    return huse_safetensors_write(path, a, 4, &err);
}

static char *read_sample(size_t *n)
{
    char *dir = tmpdir_make(), *path = huse_fs_join(dir, "a.safetensors"), *file;
    assert_int_equal(write_sample(path), HUSE_OK);
    assert_int_equal(huse_fs_read(path, 4096, &file, n, &err), HUSE_OK);
    free(path);
    tmpdir_remove(dir);
    return file;
}

static void arrays_come_back_as_written(void **state)
{
    (void)state;
    char *dir = tmpdir_make(), *path = huse_fs_join(dir, "a.safetensors");
    huse_safetensors *st;
    const huse_array *a;
    assert_int_equal(write_sample(path), HUSE_OK);
    assert_int_equal(huse_safetensors_open(&st, path, &err), HUSE_OK);
    assert_int_equal(huse_safetensors_count(st), 4);
    assert_int_equal(
        huse_safetensors_get(st, "rows", HUSE_F32, 2, (size_t[]){SIZE_MAX, 3}, &a, &err), HUSE_OK);
    assert_memory_equal(a->data, rows, sizeof rows);
    assert_int_equal((uintptr_t)a->data % 64, 0);
    a = huse_safetensors_find(st, "ids \"quoted\" é");
    assert_non_null(a);
    assert_memory_equal(a->data, ids, sizeof ids);
    assert_memory_equal(huse_safetensors_find(st, "keys")->data, keys, sizeof keys);
    assert_null(huse_safetensors_find(st, "missing"));
    huse_safetensors_close(st);
    free(path);
    tmpdir_remove(dir);
}

static void a_wrong_shape_or_type_is_named(void **state)
{
    (void)state;
    size_t n;
    char *file = read_sample(&n);
    huse_safetensors *st;
    const huse_array *a = NULL;
    assert_int_equal(huse_safetensors_open_memory(&st, file, n, "sample", &err), HUSE_OK);
    assert_int_equal(huse_safetensors_get(st, "rows", HUSE_F32, 2, (size_t[]){2, 4}, &a, &err),
                     HUSE_BAD_DATA);
    assert_string_equal(err.msg, "sample: the array \"rows\" is F32 (2, 3), not F32 (2, 4)");
    assert_int_equal(huse_safetensors_get(st, "rows", HUSE_F64, 2, (size_t[]){2, 3}, &a, &err),
                     HUSE_BAD_DATA);
    assert_int_equal(huse_safetensors_get(st, "rows", HUSE_F32, 1, (size_t[]){2}, &a, &err),
                     HUSE_BAD_DATA);
    assert_int_equal(huse_safetensors_get(st, "row", HUSE_F32, 1, (size_t[]){2}, &a, &err),
                     HUSE_BAD_DATA);
    assert_null(a);
    huse_safetensors_close(st);
    free(file);
}

static void equal_arrays_give_equal_bytes(void **state)
{
    (void)state;
    size_t n, m;
    char *a = read_sample(&n), *b = read_sample(&m);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
}

static void every_truncation_and_extension_is_refused(void **state)
{
    (void)state;
    size_t n;
    char *file = read_sample(&n);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(open_exact(file, cut), HUSE_BAD_DATA);
    assert_int_equal(open_exact(file, n), HUSE_OK);
    file = huse_xrealloc(file, n + 1);
    file[n] = 0;
    assert_int_equal(open_exact(file, n + 1), HUSE_BAD_DATA);
    free(file);
}

/* The data bytes have no redundancy; a flip there is seen by the hash in a bundle's meta.json. */
static void every_bit_flip_gives_an_error_or_a_consistent_file(void **state)
{
    (void)state;
    size_t n, refused = 0;
    char *file = read_sample(&n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        file[bit / 8] = (char)(file[bit / 8] ^ 1 << bit % 8);
        refused += open_exact(file, n) != HUSE_OK;
        file[bit / 8] = (char)(file[bit / 8] ^ 1 << bit % 8);
    }
    assert_true(refused > 4 * n);
    free(file);
}

static void random_damage_gives_an_error_or_a_consistent_file(void **state)
{
    (void)state;
    size_t n;
    char *file = read_sample(&n);
    static const char bits[] = "{}[]\",:0123456789 -eE\\u";
    huse_rng r;
    huse_rng_init(&r, 3, 0);
    for (int i = 0; i < 20000; i++) {
        char *copy = huse_xmalloc(n);
        memcpy(copy, file, n);
        for (uint32_t k = 1 + huse_rng_below(&r, 4); k > 0; k--)
            copy[huse_rng_below(&r, (uint32_t)n)] =
                (char)(huse_rng_below(&r, 2) ? bits[huse_rng_below(&r, sizeof bits - 1)]
                                             : (char)huse_rng_u32(&r));
        huse_status s = open_exact(copy, n);
        (void)s; /* open_exact has checked what matters */
        free(copy);
    }
    free(file);
}

/* ---- conversions ---- */

static float half_by_definition(uint16_t h)
{
    int e = h >> 10 & 31, f = h & 1023;
    double v = e == 0    ? ldexp(f, -24)
               : e == 31 ? (f ? (double)NAN : (double)INFINITY)
                         : ldexp(1024 + f, e - 25);
    return (float)(h & 0x8000 ? -v : v);
}

static void all_half_floats_convert_exactly(void **state)
{
    (void)state;
    uint16_t *h = huse_xmalloc(65536 * sizeof *h);
    float *x = huse_xmalloc(65536 * sizeof *x);
    for (uint32_t i = 0; i < 65536; i++)
        h[i] = (uint16_t)i;
    huse_array a = huse_array_1d("h", HUSE_F16, h, 65536);
    assert_int_equal(huse_array_to_f32(&a, x, &err), HUSE_OK);
    for (uint32_t i = 0; i < 65536; i++) {
        float want = half_by_definition(h[i]);
        if (isnan(want) ? !isnan(x[i]) : memcmp(&want, &x[i], sizeof want) != 0)
            fail_msg("0x%04x becomes %g, not %g", i, (double)x[i], (double)want);
    }
    a.dtype = HUSE_BF16;
    assert_int_equal(huse_array_to_f32(&a, x, &err), HUSE_OK);
    for (uint32_t i = 0; i < 65536; i++) {
        uint32_t u;
        memcpy(&u, &x[i], sizeof u);
        assert_int_equal(u, i << 16);
    }
    free(h);
    free(x);
}

static void only_float_types_become_floats(void **state)
{
    (void)state;
    const double d[2] = {0.5, -3};
    float x[3];
    huse_array a = huse_array_1d("d", HUSE_F64, d, 2);
    assert_int_equal(huse_array_to_f32(&a, x, &err), HUSE_OK);
    assert_true(x[0] == 0.5f && x[1] == -3.0f);
    a = huse_array_1d("k", HUSE_U8, keys, 3);
    assert_int_equal(huse_array_to_f32(&a, x, &err), HUSE_BAD_DATA);
}

/* ---- .npy ---- */

static huse_buf make_npy(int version, const char *header, const void *data, size_t bytes)
{
    huse_buf b = {0};
    size_t n = strlen(header);
    huse_buf_add(&b, "\x93NUMPY", 6);
    huse_buf_add(&b, (uint8_t[]){(uint8_t)version, 0, (uint8_t)n, (uint8_t)(n >> 8), 0, 0},
                 version == 1 ? 4 : 6);
    huse_buf_str(&b, header);
    huse_buf_add(&b, data, bytes);
    return b;
}

static huse_status parse_exact(const void *data, size_t bytes, float **x, size_t *n, size_t *d)
{
    uint8_t *p = huse_xmalloc(bytes);
    memcpy(p, data, bytes);
    *x = NULL;
    huse_status s = huse_npy_parse(p, bytes, "bytes", x, n, d, &err);
    assert_true(s == HUSE_OK ? *x != NULL : *x == NULL && s == HUSE_BAD_DATA);
    free(p);
    return s;
}

static const float four[4] = {1, 2, 3, 4};
#define HEAD(descr, order, shape)                                                                  \
    "{'descr': '" descr "', 'fortran_order': " order ", 'shape': " shape ", }\n"

static const struct {
    int version;
    const char *header;
    size_t n, d; /* n 0: to be refused */
} npys[] = {
    {1, HEAD("<f4", "False", "(2, 2)"), 2, 2},
    {2, HEAD("<f4", "False", "(2, 2)"), 2, 2},
    {3, HEAD("<f4", "False", "(2, 2)"), 2, 2},
    {1, HEAD("<f4", "False", "(4,)"), 4, 1},
    {1, HEAD("<f4", "False", "(4, 1,)"), 4, 1},
    {1, HEAD("<f8", "False", "(1, 2)"), 1, 2},
    {1, HEAD("<f2", "False", "(2, 4)"), 2, 4},
    {1, HEAD("<i4", "False", "(4,)"), 4, 1},
    {1, HEAD("<i8", "False", "(2,)"), 2, 1},
    {1, "{\"shape\":(1,4),\"fortran_order\":False,\"descr\":\"<f4\"}", 1, 4},
    {4, HEAD("<f4", "False", "(2, 2)"), 0, 0},
    {0, HEAD("<f4", "False", "(2, 2)"), 0, 0},
    {1, HEAD("<f4", "False", "(2, 3)"), 0, 0},
    {1, HEAD("<f4", "False", "(2, 1)"), 0, 0},
    {1, HEAD("<f4", "False", "()"), 0, 0},
    {1, HEAD("<f4", "False", "(4)"), 0, 0},
    {1, HEAD("<f4", "False", "(,)"), 0, 0},
    {1, HEAD("<f4", "False", "(2, 2, 1)"), 0, 0},
    {1, HEAD("<f4", "False", "(-4,)"), 0, 0},
    {1, HEAD("<f4", "False", "(4.0,)"), 0, 0},
    {1, HEAD("<f4", "False", "(4611686018427387908,)"), 0, 0},
    {1, HEAD("<f4", "False", "(18446744073709551620,)"), 0, 0},
    {1, HEAD("<f4", "False", "(4294967296, 4294967297)"), 0, 0},
    {1, HEAD("<f4", "True", "(2, 2)"), 0, 0},
    {1, HEAD("<f4", "None", "(2, 2)"), 0, 0},
    {1, HEAD(">f4", "False", "(2, 2)"), 0, 0},
    {1, HEAD("|O", "False", "(2, 2)"), 0, 0},
    {1, HEAD("<c8", "False", "(2, 1)"), 0, 0},
    {1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,), }", 0, 0},
    {1, "{'descr': '<f4', 'fortran_order': False}", 0, 0},
    {1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", 0, 0},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1}", 0, 0},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} or {}", 0, 0},
    {1, "{'descr': '<f4' 'fortran_order': False, 'shape': (4,)}", 0, 0},
    {1, "{'descr': __import__('os'), 'fortran_order': False, 'shape': (4,)}", 0, 0},
    {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)", 0, 0},
    {1, "", 0, 0},
};

static void only_plain_npy_headers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < HUSE_COUNT(npys); i++) {
        huse_buf b = make_npy(npys[i].version, npys[i].header, four, sizeof four);
        float *x;
        size_t n, d;
        huse_status s = parse_exact(b.data, b.len, &x, &n, &d);
        if ((s == HUSE_OK) != (npys[i].n > 0))
            fail_msg("%s: %s", npys[i].header, s == HUSE_OK ? "accepted" : err.msg);
        if (s == HUSE_OK) {
            assert_int_equal(n, npys[i].n);
            assert_int_equal(d, npys[i].d);
        }
        free(x);
        huse_buf_free(&b);
    }
}

static void npy_values_of_all_types_become_floats(void **state)
{
    (void)state;
    const double f8[2] = {0.25, -7};
    const int32_t i4[2] = {INT32_MIN, 5};
    const int64_t i8[2] = {-9, 1ll << 40};
    float *x;
    size_t n, d;
    huse_buf b = make_npy(1, HEAD("<f8", "False", "(2,)"), f8, sizeof f8);
    assert_int_equal(parse_exact(b.data, b.len, &x, &n, &d), HUSE_OK);
    assert_true(x[0] == 0.25f && x[1] == -7.0f);
    free(x);
    huse_buf_free(&b);
    b = make_npy(1, HEAD("<i4", "False", "(2,)"), i4, sizeof i4);
    assert_int_equal(parse_exact(b.data, b.len, &x, &n, &d), HUSE_OK);
    assert_true(x[0] == -0x1p31f && x[1] == 5.0f);
    free(x);
    huse_buf_free(&b);
    b = make_npy(1, HEAD("<i8", "False", "(2,)"), i8, sizeof i8);
    assert_int_equal(parse_exact(b.data, b.len, &x, &n, &d), HUSE_OK);
    assert_true(x[0] == -9.0f && x[1] == 0x1p40f);
    free(x);
    huse_buf_free(&b);
}

static void npy_files_come_back_and_python_reads_the_same(void **state)
{
    (void)state;
    char *dir = tmpdir_make(), *path = huse_fs_join(dir, "x.npy");
    float *x;
    size_t n, d;
    assert_int_equal(huse_npy_write(path, rows, 2, 3, &err), HUSE_OK);
    assert_int_equal(huse_npy_read(path, &x, &n, &d, &err), HUSE_OK);
    assert_true(n == 2 && d == 3);
    assert_memory_equal(x, rows, sizeof rows);
    free(x);
    if (access("/usr/lib/python3/dist-packages/numpy", F_OK) == 0) {
        char *cmd = huse_format("/usr/bin/python3 -c \"import numpy as n; x = n.load('%s'); "
                                "assert x.dtype == n.float32 and x.flags.c_contiguous; "
                                "assert x.tolist()[0] == [1, -2, 3.5] and x.shape == (2, 3); "
                                "n.save('%s', x.astype('f8')[:, 1])\"",
                                path, path);
        assert_int_equal(system(cmd), 0);
        free(cmd);
        assert_int_equal(huse_npy_read(path, &x, &n, &d, &err), HUSE_OK);
        assert_true(n == 2 && d == 1 && x[0] == -2.0f);
        free(x);
    }
    free(path);
    tmpdir_remove(dir);
}

static void every_cut_or_flipped_npy_gives_an_error_or_its_shape(void **state)
{
    (void)state;
    huse_buf b = make_npy(1, HEAD("<f4", "False", "(2, 2)"), four, sizeof four);
    float *x;
    size_t n = 0, d = 0, accepted = 0;
    for (size_t cut = 0; cut < b.len; cut++)
        assert_int_equal(parse_exact(b.data, cut, &x, &n, &d), HUSE_BAD_DATA);
    for (size_t bit = 0; bit < 8 * (b.len - sizeof four); bit++) {
        b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
        if (parse_exact(b.data, b.len, &x, &n, &d) == HUSE_OK) {
            assert_true(n * d == 4 || n * d == 2);
            accepted++;
        }
        free(x);
        b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
    }
    assert_true(accepted < 40); /* other white space, '<f4' to '<i4', version 3 to 1 */
    huse_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_inconsistent_header_is_refused_with_its_reason),
        cmocka_unit_test(impossible_header_lengths_are_refused),
        cmocka_unit_test(a_header_over_eight_mebibytes_is_refused),
        cmocka_unit_test(more_than_65536_arrays_are_refused),
        cmocka_unit_test(arrays_come_back_as_written),
        cmocka_unit_test(a_wrong_shape_or_type_is_named),
        cmocka_unit_test(equal_arrays_give_equal_bytes),
        cmocka_unit_test(every_truncation_and_extension_is_refused),
        cmocka_unit_test(every_bit_flip_gives_an_error_or_a_consistent_file),
        cmocka_unit_test(random_damage_gives_an_error_or_a_consistent_file),
        cmocka_unit_test(all_half_floats_convert_exactly),
        cmocka_unit_test(only_float_types_become_floats),
        cmocka_unit_test(only_plain_npy_headers_are_read),
        cmocka_unit_test(npy_values_of_all_types_become_floats),
        cmocka_unit_test(npy_files_come_back_and_python_reads_the_same),
        cmocka_unit_test(every_cut_or_flipped_npy_gives_an_error_or_its_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
