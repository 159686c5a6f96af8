/* Writing safetensors: equal arrays give equal bytes. */
#include "base/arrays.h"
#include "base/fs.h"
#include "base/sha256.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DATA_ALIGN 64

static json_t *describe(const huse_array *a, uint64_t begin, uint64_t end)
{
    json_t *shape = json_array(), *offsets = json_array(), *entry = json_object();
    HUSE_ASSERT(a->ndim >= 0 && a->ndim <= HUSE_MAX_DIMS);
    for (int i = 0; i < a->ndim; i++)
        json_array_append_new(shape, json_integer((json_int_t)a->dim[i]));
    json_array_append_new(offsets, json_integer((json_int_t)begin));
    json_array_append_new(offsets, json_integer((json_int_t)end));
    json_object_set_new(entry, "dtype", json_string(huse_dtype_name(a->dtype)));
    json_object_set_new(entry, "shape", shape);
    json_object_set_new(entry, "data_offsets", offsets);
    return entry;
}

static size_t array_bytes(const huse_array *a)
{
    size_t bytes;
    HUSE_ASSERT(!__builtin_mul_overflow(huse_array_count(a), huse_dtype_bytes(a->dtype), &bytes));
    HUSE_ASSERT(bytes == 0 || a->data);
    return bytes;
}

/* Length word and header, padded with spaces (as the format allows) until the data stand aligned.
 */
static void make_head(huse_buf *b, const huse_array *a, size_t n)
{
    json_t *root = json_object();
    uint64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t end = at + array_bytes(&a[i]);
        HUSE_ASSERT(!json_object_get(root, a[i].name));
        int set = json_object_set_new(root, a[i].name, describe(&a[i], at, end));
        HUSE_ASSERT(set == 0);
        at = end;
    }
    char *text = json_dumps(root, JSON_COMPACT);
    HUSE_ASSERT(text != NULL);
    json_decref(root);
    uint64_t head = strlen(text);
    head += (DATA_ALIGN - (head + sizeof head) % DATA_ALIGN) % DATA_ALIGN;
    huse_buf_add(b, &head, sizeof head);
    huse_buf_str(b, text);
    while (b->len < head + sizeof head)
        huse_buf_str(b, " ");
    free(text);
}

static bool put(int fd, huse_sha256_ctx *hash, const void *data, size_t n)
{
    if (n == 0)
        return true;
    if (hash)
        huse_sha256_add(hash, data, n);
    return huse_fs_write_all(fd, data, n);
}

huse_status huse_safetensors_write_fd(int fd, const char *label, const huse_array *a, size_t n,
                                      huse_sha256_ctx *hash, uint64_t *bytes, huse_err *err)
{
    huse_buf head = {0};
    make_head(&head, a, n);
    uint64_t total = head.len;
    bool ok = put(fd, hash, head.data, head.len);
    for (size_t i = 0; ok && i < n; i++) {
        size_t b = array_bytes(&a[i]);
        total += b;
        ok = put(fd, hash, a[i].data, b);
    }
    huse_status s = ok ? HUSE_OK : huse_fail_errno(err, "cannot write %s", label);
    huse_buf_free(&head);
    if (ok && bytes)
        *bytes = total;
    return s;
}

huse_status huse_safetensors_write(const char *path, const huse_array *a, size_t n, huse_err *err)
{
    huse_fs_new f;
    HUSE_TRY(huse_fs_new_begin(&f, path, err));
    huse_status s = huse_safetensors_write_fd(f.fd, path, a, n, NULL, NULL, err);
    if (s != HUSE_OK) {
        huse_fs_new_abort(&f);
        return s;
    }
    return huse_fs_new_commit(&f, err);
}
