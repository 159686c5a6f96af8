/* One segment of feature rows: a bundle of rows (n,d) and keys (n,32). */
#include "data/features_segment.h"

#include "base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMAT    "huse-features"
#define VERSION   1
#define FILE_NAME "rows.safetensors"
#define ROWS_MAX  65536
#define DIM_MAX   65536
#define BYTES_MAX ((size_t)128 << 20)
#define DIGITS    6

static void number_name(char name[DIGITS + 1], unsigned number)
{
    HUSE_ASSERT(number < 1000000);
    for (int i = DIGITS; i-- > 0; number /= 10)
        name[i] = (char)('0' + number % 10);
    name[DIGITS] = '\0';
}

size_t huse_segment_rows_max(size_t dim)
{
    size_t fit = BYTES_MAX / (dim * sizeof(float));
    return HUSE_MAX(HUSE_MIN(fit, ROWS_MAX), 1);
}

static huse_status fail_damaged(const huse_segment *s, const char *why, huse_err *err)
{
    return huse_fail(err, HUSE_BAD_DATA, "%s is damaged: %s", huse_bundle_dir(s->bundle), why);
}

static huse_status read_meta(huse_segment *s, huse_err *err)
{
    const json_t *meta = huse_bundle_meta(s->bundle);
    json_int_t dim = json_integer_value(json_object_get(meta, "dim"));
    json_int_t rows = json_integer_value(json_object_get(meta, "rows"));
    const char *hash = json_string_value(json_object_get(meta, "encoder_hash"));
    if (dim < 1 || dim > DIM_MAX || rows < 1 || rows > ROWS_MAX)
        return fail_damaged(s, "meta.json gives no valid dim and rows", err);
    if (!hash || !huse_key_parse(&s->hash, hash))
        return fail_damaged(s, "meta.json gives no encoder_hash", err);
    s->dim = (size_t)dim;
    s->n = (size_t)rows;
    return HUSE_OK;
}

static huse_status map_arrays(huse_segment *s, huse_err *err)
{
    const huse_safetensors *st;
    const huse_array *rows, *keys;
    const size_t rows_dim[2] = {s->n, s->dim}, keys_dim[2] = {s->n, sizeof(huse_key)};
    HUSE_TRY(huse_bundle_arrays(s->bundle, FILE_NAME, &st, err));
    HUSE_TRY(huse_safetensors_get(st, "rows", HUSE_F32, 2, rows_dim, &rows, err));
    HUSE_TRY(huse_safetensors_get(st, "keys", HUSE_U8, 2, keys_dim, &keys, err));
    s->rows = rows->data;
    s->key = keys->data;
    return HUSE_OK;
}

huse_status huse_segment_open(huse_segment *out, const char *dir, unsigned number, huse_err *err)
{
    char name[DIGITS + 1];
    huse_segment seg = {.number = number};
    number_name(name, number);
    char *path = huse_fs_join(dir, name);
    huse_status s = huse_bundle_open(&seg.bundle, path, FORMAT, VERSION, HUSE_CHECK_SIZES, err);
    free(path);
    if (s == HUSE_OK)
        s = read_meta(&seg, err);
    if (s == HUSE_OK)
        s = map_arrays(&seg, err);
    if (s == HUSE_OK)
        *out = seg;
    else
        huse_segment_close(&seg);
    return s;
}

void huse_segment_close(huse_segment *s)
{
    huse_bundle_close(s->bundle);
    *s = (huse_segment){0};
}

huse_status huse_segment_write(const char *dir, unsigned number, size_t dim, const huse_key *hash,
                               const huse_key *key, const float *rows, size_t n, huse_err *err)
{
    char name[DIGITS + 1], hex[65];
    huse_bundle_writer *w;
    const huse_array a[] = {huse_array_2d("rows", HUSE_F32, rows, n, dim),
                            huse_array_2d("keys", HUSE_U8, key, n, sizeof *key)};
    HUSE_ASSERT(n > 0 && n <= ROWS_MAX && dim > 0 && dim <= DIM_MAX);
    number_name(name, number);
    huse_key_hex(hex, hash);
    HUSE_TRY(huse_bundle_begin(&w, dir, name, err));
    huse_status s = huse_bundle_add_arrays(w, FILE_NAME, a, HUSE_COUNT(a), err);
    if (s != HUSE_OK) {
        huse_bundle_abort(w);
        return s;
    }
    json_t *meta = json_object();
    json_object_set_new(meta, "dim", json_integer((json_int_t)dim));
    json_object_set_new(meta, "rows", json_integer((json_int_t)n));
    json_object_set_new(meta, "encoder_hash", json_string(hex));
    s = huse_bundle_commit(w, FORMAT, VERSION, meta, err);
    json_decref(meta);
    return s;
}

huse_status huse_segment_remove(const char *dir, unsigned number, huse_err *err)
{
    char name[DIGITS + 1];
    number_name(name, number);
    char *gone = huse_format(".tmp-%ld-%s", (long)getpid(), name);
    char *from = huse_fs_join(dir, name), *to = huse_fs_join(dir, gone);
    huse_status s = huse_fs_remove_tree(to, err);
    /* One rename, so that a reader finds the segment whole or not at all. */
    if (s == HUSE_OK && rename(from, to) != 0 && errno != ENOENT)
        s = huse_fail_errno(err, "cannot remove %s", from);
    if (s == HUSE_OK)
        s = huse_fs_remove_tree(to, err);
    free(gone);
    free(from);
    free(to);
    return s;
}

huse_status huse_segment_list(const char *dir, unsigned **number, size_t *n, huse_err *err)
{
    char **names = NULL;
    size_t count = 0, m = 0;
    huse_status s = huse_fs_list(dir, &names, &count, err);
    if (s != HUSE_OK && s != HUSE_NOT_FOUND)
        return s;
    unsigned *list = huse_xcalloc(count, sizeof *list);
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == DIGITS && strspn(names[i], "0123456789") == DIGITS)
            list[m++] = (unsigned)strtoul(names[i], NULL, 10);
    huse_fs_free_names(names, count);
    *number = list;
    *n = m;
    return HUSE_OK;
}
