/* Reading bundles, and what readers and writers share. */
#include "base/bundle.h"
#include "base/bundle_names.h"
#include "base/fs.h"
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define META_MAX  ((size_t)16 << 20)
#define FILES_MAX 1024

/* An array file that was opened. */
struct opened {
    char *file;
    huse_safetensors *st;
};

struct huse_bundle {
    char *dir;
    json_t *meta;
    struct opened *opened;
    size_t n_opened;
};

bool huse_bundle_name_ok(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && !strchr(name, '/') && strlen(name) <= 200;
}

char *huse_bundle_aside(const char *parent, const char *name)
{
    char *file = huse_format(".old-%s", name);
    char *path = huse_fs_join(parent, file);
    free(file);
    return path;
}

huse_key huse_bundle_checksum(const json_t *meta)
{
    json_t *rest = json_copy((json_t *)(uintptr_t)meta);
    json_object_del(rest, HUSE_BUNDLE_CHECKSUM);
    char *text = json_dumps(rest, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(rest);
    HUSE_ASSERT(text != NULL);
    huse_key hash = huse_sha256(text, strlen(text));
    free(text);
    return hash;
}

/* @dir, or what a replacement that was cut short has moved aside. */
static char *find_dir(const char *dir)
{
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    char *path = huse_xstrndup(dir, n);
    if (huse_fs_exists(path))
        return path;
    const char *slash = strrchr(path, '/');
    char *parent = slash ? huse_xstrndup(path, (size_t)(slash - path) + 1) : huse_xstrdup(".");
    char *aside = huse_bundle_aside(parent, slash ? slash + 1 : path);
    free(parent);
    if (huse_fs_is_dir(aside)) {
        free(path);
        return aside;
    }
    free(aside);
    return path;
}

static huse_status fail_damaged(huse_err *err, const char *dir, const char *why, const char *what)
{
    return huse_fail(err, HUSE_BAD_DATA, "%s is damaged: %s%s", dir, why, what);
}

/* One row of "files": the file is there, a regular one, of that size and, if asked, that content.
 */
static huse_status check_file(const char *dir, const char *name, const json_t *row,
                              enum huse_bundle_check check, huse_err *err)
{
    const json_t *size = json_object_get(row, "size");
    const char *hex = json_string_value(json_object_get(row, "sha256"));
    huse_key want, is;
    if (!huse_bundle_name_ok(name) || !json_is_integer(size) || json_integer_value(size) < 0 ||
        !hex || !huse_key_parse(&want, hex))
        return fail_damaged(err, dir, "meta.json does not describe ", name);
    char *path = huse_fs_join(dir, name);
    struct stat st;
    huse_status s = HUSE_OK;
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        s = fail_damaged(err, dir, "missing ", name);
    } else if (st.st_size != json_integer_value(size)) {
        s = fail_damaged(err, dir, "wrong size of ", name);
    } else if (check == HUSE_CHECK_HASHES) {
        s = huse_sha256_file(&is, path, err);
        if (s == HUSE_OK && !huse_key_equal(&want, &is))
            s = fail_damaged(err, dir, "changed content of ", name);
    }
    free(path);
    return s;
}

static huse_status check_meta(const char *dir, json_t *meta, const char *format, int version,
                              enum huse_bundle_check check, huse_err *err)
{
    const char *is = json_string_value(json_object_get(meta, "format"));
    const json_t *v = json_object_get(meta, "version");
    json_t *files = json_object_get(meta, "files");
    if (!is || strcmp(is, format) != 0)
        return huse_fail(err, HUSE_BAD_DATA, "%s holds %.60s, not %s", dir,
                         is ? is : "something unknown", format);
    if (!json_is_integer(v) || json_integer_value(v) < 1)
        return fail_damaged(err, dir, "meta.json has no version", "");
    if (json_integer_value(v) > version)
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s was made by a newer version of this program (%s %lld)", dir, format,
                         (long long)json_integer_value(v));
    const char *hex = json_string_value(json_object_get(meta, HUSE_BUNDLE_CHECKSUM));
    huse_key want, got = huse_bundle_checksum(meta);
    if (!hex)
        return fail_damaged(err, dir, "meta.json has no checksum", "");
    if (!huse_key_parse(&want, hex) || !huse_key_equal(&want, &got))
        return fail_damaged(err, dir, "changed content of ", HUSE_BUNDLE_META);
    if (!json_is_object(files) || json_object_size(files) > FILES_MAX)
        return fail_damaged(err, dir, "meta.json lists no files", "");
    const char *name;
    json_t *row;
    json_object_foreach(files, name, row) HUSE_TRY(check_file(dir, name, row, check, err));
    return HUSE_OK;
}

static huse_status read_meta(const char *dir, json_t **meta, huse_err *err)
{
    char *path = huse_fs_join(dir, HUSE_BUNDLE_META), *text = NULL;
    size_t n;
    huse_status s = huse_fs_read(path, META_MAX, &text, &n, err);
    if (s == HUSE_OK)
        s = huse_json_parse(meta, text, n, path, err);
    else if (s == HUSE_NOT_FOUND && huse_fs_is_dir(dir))
        s = fail_damaged(err, dir, "missing ", HUSE_BUNDLE_META);
    else if (s == HUSE_NOT_FOUND)
        s = huse_fail(err, s, "%s does not exist", dir);
    free(text);
    free(path);
    return s;
}

huse_status huse_bundle_open(huse_bundle **out, const char *dir, const char *format, int version,
                             enum huse_bundle_check check, huse_err *err)
{
    json_t *meta = NULL;
    char *found = find_dir(dir);
    huse_status s = read_meta(found, &meta, err);
    if (s == HUSE_OK)
        s = check_meta(found, meta, format, version, check, err);
    if (s != HUSE_OK) {
        json_decref(meta);
        free(found);
        return s;
    }
    huse_bundle *b = huse_xcalloc(1, sizeof *b);
    b->dir = found;
    b->meta = meta;
    b->opened = huse_xcalloc(json_object_size(json_object_get(meta, "files")), sizeof *b->opened);
    *out = b;
    return HUSE_OK;
}

void huse_bundle_close(huse_bundle *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n_opened; i++) {
        huse_safetensors_close(b->opened[i].st);
        free(b->opened[i].file);
    }
    free(b->opened);
    json_decref(b->meta);
    free(b->dir);
    free(b);
}

const char *huse_bundle_dir(const huse_bundle *b)
{
    return b->dir;
}

json_t *huse_bundle_meta(const huse_bundle *b)
{
    return b->meta;
}

static huse_status path_of(const huse_bundle *b, const char *file, char **path, huse_err *err)
{
    if (!json_object_get(json_object_get(b->meta, "files"), file))
        return huse_fail(err, HUSE_BAD_DATA, "%s has no %s", b->dir, file);
    *path = huse_fs_join(b->dir, file);
    return HUSE_OK;
}

huse_status huse_bundle_arrays(huse_bundle *b, const char *file, const huse_safetensors **st,
                               huse_err *err)
{
    char *path;
    huse_safetensors *opened;
    for (size_t i = 0; i < b->n_opened; i++) {
        if (strcmp(b->opened[i].file, file) == 0) {
            *st = b->opened[i].st;
            return HUSE_OK;
        }
    }
    HUSE_TRY(path_of(b, file, &path, err));
    huse_status s = huse_safetensors_open(&opened, path, err);
    free(path);
    if (s != HUSE_OK)
        return s;
    b->opened[b->n_opened++] = (struct opened){huse_xstrdup(file), opened};
    *st = opened;
    return HUSE_OK;
}

huse_status huse_bundle_bytes(huse_bundle *b, const char *file, size_t max_bytes, char **data,
                              size_t *n, huse_err *err)
{
    char *path;
    HUSE_TRY(path_of(b, file, &path, err));
    huse_status s = huse_fs_read(path, max_bytes, data, n, err);
    free(path);
    return s;
}
