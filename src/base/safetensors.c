/* The safetensors format: u64 little-endian length, JSON header of that length, then the arrays'
 * bytes without gaps. (huggingface/safetensors, README "Format" and safetensors/src/tensor.rs for
 * the rules of validity.) */
#include "base/bundle.h"
#include "base/fs.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_MAX ((size_t)8 << 20)
#define ARRAYS_MAX 65536

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "array files are mapped as they are");

/* An array and where its bytes stand in the data area. */
struct entry {
    huse_array a;
    uint64_t begin, end;
    void *copy; /* when the bytes in the file are not aligned for their type */
};

struct huse_safetensors {
    huse_map map; /* data NULL when the bytes are the caller's */
    char *label;
    json_t *header; /* owns the names */
    struct entry *by_place;
    huse_array *arrays; /* in the order of their bytes */
    size_t *by_name;    /* indices into arrays */
    size_t n;
};

static const struct {
    const char *name;
    size_t bytes;
} dtypes[] = {
    [HUSE_F32] = {"F32", 4},   [HUSE_F64] = {"F64", 8}, [HUSE_F16] = {"F16", 2},
    [HUSE_BF16] = {"BF16", 2}, [HUSE_I8] = {"I8", 1},   [HUSE_U8] = {"U8", 1},
    [HUSE_I16] = {"I16", 2},   [HUSE_I32] = {"I32", 4}, [HUSE_I64] = {"I64", 8},
    [HUSE_BOOL] = {"BOOL", 1},
};

const char *huse_dtype_name(huse_dtype t)
{
    HUSE_ASSERT((size_t)t < HUSE_COUNT(dtypes));
    return dtypes[t].name;
}

size_t huse_dtype_bytes(huse_dtype t)
{
    HUSE_ASSERT((size_t)t < HUSE_COUNT(dtypes));
    return dtypes[t].bytes;
}

size_t huse_array_count(const huse_array *a)
{
    size_t n = 1;
    for (int i = 0; i < a->ndim; i++)
        HUSE_ASSERT(!__builtin_mul_overflow(n, a->dim[i], &n));
    return n;
}

huse_array huse_array_1d(const char *name, huse_dtype t, const void *data, size_t n)
{
    return (huse_array){.name = name, .dtype = t, .ndim = 1, .dim = {n}, .data = data};
}

huse_array huse_array_2d(const char *name, huse_dtype t, const void *data, size_t rows, size_t cols)
{
    return (huse_array){.name = name, .dtype = t, .ndim = 2, .dim = {rows, cols}, .data = data};
}

/* A non-negative JSON integer. */
static bool get_count(const json_t *j, uint64_t *out)
{
    if (!json_is_integer(j) || json_integer_value(j) < 0)
        return false;
    *out = (uint64_t)json_integer_value(j);
    return true;
}

static bool get_dtype(const json_t *j, huse_dtype *out)
{
    const char *name = json_string_value(j);
    for (size_t i = 0; name && i < HUSE_COUNT(dtypes); i++) {
        if (strcmp(name, dtypes[i].name) == 0) {
            *out = (huse_dtype)i;
            return true;
        }
    }
    return false;
}

/* Sets ndim, dim and the number of bytes that type and shape make. */
static const char *read_shape(const json_t *shape, huse_array *a, uint64_t *bytes)
{
    if (!json_is_array(shape))
        return "has no shape";
    if (json_array_size(shape) > HUSE_MAX_DIMS)
        return "has too many dimensions";
    a->ndim = (int)json_array_size(shape);
    /* The product is also checked without the zeros: no reader may trip over a shape like (2^63, 4,
     * 0). */
    uint64_t all = huse_dtype_bytes(a->dtype);
    bool empty = false;
    for (int i = 0; i < a->ndim; i++) {
        uint64_t d;
        if (!get_count(json_array_get(shape, (size_t)i), &d))
            return "has a dimension that is not a whole number";
        a->dim[i] = d;
        empty |= d == 0;
        if (d > 0 && __builtin_mul_overflow(all, d, &all))
            return "has a shape that is too big";
    }
    *bytes = empty ? 0 : all;
    return NULL;
}

/* What is wrong with one header entry, or NULL. */
static const char *read_entry(struct entry *e, const char *name, const json_t *j,
                              uint64_t data_bytes)
{
    const json_t *offsets = json_object_get(j, "data_offsets");
    uint64_t bytes;
    *e = (struct entry){.a.name = name};
    if (!json_is_object(j) || json_object_size(j) != 3)
        return "is not described by dtype, shape and data_offsets";
    if (!get_dtype(json_object_get(j, "dtype"), &e->a.dtype))
        return "has a type that is not supported";
    const char *fault = read_shape(json_object_get(j, "shape"), &e->a, &bytes);
    if (fault)
        return fault;
    if (json_array_size(offsets) != 2 || !get_count(json_array_get(offsets, 0), &e->begin) ||
        !get_count(json_array_get(offsets, 1), &e->end))
        return "has no pair of data_offsets";
    if (e->begin > e->end || e->end > data_bytes)
        return "lies outside the file";
    if (e->end - e->begin != bytes)
        return "has a shape that does not fit its bytes";
    return NULL;
}

static int by_place(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return strcmp(a->a.name, b->a.name);
}

static bool metadata_ok(const json_t *meta)
{
    const char *key;
    json_t *value;
    if (!json_is_object(meta))
        return false;
    json_object_foreach((json_t *)(uintptr_t)meta, key,
                        value) if (!json_is_string(value)) return false;
    return true;
}

static huse_status read_entries(huse_safetensors *st, uint64_t data_bytes, huse_err *err)
{
    const char *name;
    json_t *j;
    if (json_object_size(st->header) > ARRAYS_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s holds more than %d arrays", st->label, ARRAYS_MAX);
    st->by_place = huse_xcalloc(json_object_size(st->header) + 1, sizeof *st->by_place);
    json_object_foreach(st->header, name, j)
    {
        if (strcmp(name, "__metadata__") == 0) {
            if (metadata_ok(j))
                continue;
            return huse_fail(err, HUSE_BAD_DATA, "%s: __metadata__ is not an object of strings",
                             st->label);
        }
        const char *fault = read_entry(&st->by_place[st->n], name, j, data_bytes);
        if (fault)
            return huse_fail(err, HUSE_BAD_DATA, "%s: the array \"%.100s\" %s", st->label, name,
                             fault);
        st->n++;
    }
    qsort(st->by_place, st->n, sizeof *st->by_place, by_place);
    uint64_t at = 0;
    for (size_t i = 0; i < st->n; i++) {
        const struct entry *e = &st->by_place[i];
        if (e->begin != at)
            return huse_fail(err, HUSE_BAD_DATA, "%s: there is %s before the array \"%.100s\"",
                             st->label, e->begin > at ? "a hole" : "an overlap", e->a.name);
        at = e->end;
    }
    if (at != data_bytes)
        return huse_fail(err, HUSE_BAD_DATA, "%s: %llu bytes belong to no array", st->label,
                         (unsigned long long)(data_bytes - at));
    return HUSE_OK;
}

/* Points the arrays at their bytes. Files of other writers may place them without regard to
 * alignment. */
static huse_status place_arrays(huse_safetensors *st, const uint8_t *data, huse_err *err)
{
    st->arrays = huse_xcalloc(st->n + 1, sizeof *st->arrays);
    for (size_t i = 0; i < st->n; i++) {
        struct entry *e = &st->by_place[i];
        const uint8_t *p = data + e->begin;
        size_t bytes = (size_t)(e->end - e->begin);
        if (bytes > 0 && (uintptr_t)p % huse_dtype_bytes(e->a.dtype) != 0) {
            HUSE_TRY(huse_try_alloc(&e->copy, bytes, 1, err));
            memcpy(e->copy, p, bytes);
            p = e->copy;
        }
        e->a.data = bytes > 0 ? p : NULL;
        st->arrays[i] = e->a;
    }
    return HUSE_OK;
}

/* The C library's qsort hands no context on, and the names' order needs the arrays. */
struct named {
    const char *name;
    size_t i;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void index_names(huse_safetensors *st)
{
    struct named *v = huse_xcalloc(st->n + 1, sizeof *v);
    for (size_t i = 0; i < st->n; i++)
        v[i] = (struct named){st->arrays[i].name, i};
    qsort(v, st->n, sizeof *v, by_name);
    st->by_name = huse_xcalloc(st->n + 1, sizeof *st->by_name);
    for (size_t i = 0; i < st->n; i++)
        st->by_name[i] = v[i].i;
    free(v);
}

static huse_status parse(huse_safetensors *st, const uint8_t *data, size_t n, huse_err *err)
{
    uint64_t head;
    if (n < sizeof head)
        return huse_fail(err, HUSE_BAD_DATA, "%s is not a safetensors file: too short", st->label);
    memcpy(&head, data, sizeof head);
    if (head > HEADER_MAX || head > n - sizeof head)
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s is not a whole safetensors file: its header would take %llu bytes",
                         st->label, (unsigned long long)head);
    const char *text = (const char *)data + sizeof head;
    if (head == 0 || text[0] != '{')
        return huse_fail(err, HUSE_BAD_DATA, "%s is not a safetensors file: no header", st->label);
    HUSE_TRY(huse_json_parse(&st->header, text, head, st->label, err));
    HUSE_TRY(read_entries(st, n - sizeof head - head, err));
    HUSE_TRY(place_arrays(st, data + sizeof head + head, err));
    index_names(st);
    return HUSE_OK;
}

huse_status huse_safetensors_open_memory(huse_safetensors **out, const void *data, size_t n,
                                         const char *label, huse_err *err)
{
    huse_safetensors *st = huse_xcalloc(1, sizeof *st);
    st->label = huse_xstrdup(label);
    huse_status s = parse(st, data, n, err);
    if (s == HUSE_OK)
        *out = st;
    else
        huse_safetensors_close(st);
    return s;
}

huse_status huse_safetensors_open(huse_safetensors **out, const char *path, huse_err *err)
{
    huse_map map;
    huse_safetensors *st;
    HUSE_TRY(huse_map_open(&map, path, err));
    huse_status s = huse_safetensors_open_memory(&st, map.data, map.n, path, err);
    if (s != HUSE_OK) {
        huse_map_close(&map);
        return s;
    }
    st->map = map;
    *out = st;
    return HUSE_OK;
}

void huse_safetensors_close(huse_safetensors *st)
{
    if (!st)
        return;
    for (size_t i = 0; i < st->n; i++)
        free(st->by_place[i].copy);
    free(st->by_place);
    free(st->arrays);
    free(st->by_name);
    free(st->label);
    json_decref(st->header);
    huse_map_close(&st->map);
    free(st);
}

size_t huse_safetensors_count(const huse_safetensors *st)
{
    return st->n;
}

const huse_array *huse_safetensors_at(const huse_safetensors *st, size_t i)
{
    HUSE_ASSERT(i < st->n);
    return &st->arrays[i];
}

const huse_array *huse_safetensors_find(const huse_safetensors *st, const char *name)
{
    size_t lo = 0, hi = st->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const huse_array *a = &st->arrays[st->by_name[mid]];
        int c = strcmp(name, a->name);
        if (c == 0)
            return a;
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

static void add_shape(huse_buf *b, huse_dtype t, int ndim, const size_t *dim)
{
    huse_buf_fmt(b, "%s (", huse_dtype_name(t));
    for (int i = 0; i < ndim; i++) {
        huse_buf_str(b, i ? ", " : "");
        if (dim[i] == SIZE_MAX)
            huse_buf_str(b, "any");
        else
            huse_buf_fmt(b, "%zu", dim[i]);
    }
    huse_buf_str(b, ")");
}

huse_status huse_safetensors_get(const huse_safetensors *st, const char *name, huse_dtype t,
                                 int ndim, const size_t *dim, const huse_array **out, huse_err *err)
{
    const huse_array *a = huse_safetensors_find(st, name);
    if (!a)
        return huse_fail(err, HUSE_BAD_DATA, "%s has no array \"%s\"", st->label, name);
    bool same = a->dtype == t && a->ndim == ndim;
    for (int i = 0; same && i < ndim; i++)
        same = dim[i] == SIZE_MAX || dim[i] == a->dim[i];
    if (!same) {
        huse_buf b = {0};
        add_shape(&b, a->dtype, a->ndim, a->dim);
        huse_buf_str(&b, ", not ");
        add_shape(&b, t, ndim, dim);
        huse_status s =
            huse_fail(err, HUSE_BAD_DATA, "%s: the array \"%s\" is %s", st->label, name, b.data);
        huse_buf_free(&b);
        return s;
    }
    *out = a;
    return HUSE_OK;
}
