#include "encode/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"

struct huse_model_file {
    char *path;
    huse_safetensors *st;
    huse_key hash;
    bool *read; /* one an array of the file */
};

/* A line of sha256sum for @name: 64 digits, two spaces, the name. */
static bool recorded_hash(huse_key *k, const char *sums, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = sums; line; line = strchr(line, '\n'), line += line != NULL) {
        size_t n = strcspn(line, "\n");
        char hex[65] = {0};
        if (n != 66 + len || memcmp(line + 64, "  ", 2) != 0 || memcmp(line + 66, name, len) != 0)
            continue;
        memcpy(hex, line, 64);
        return huse_key_parse(k, hex);
    }
    return false;
}

static huse_status check_recorded(const huse_model_file *w, const char *dir, huse_err *err)
{
    huse_status status = HUSE_OK;
    char *path = huse_fs_join(dir, "SHA256SUMS"), *sums = NULL;
    size_t n = 0;
    huse_key want;
    if (huse_fs_exists(path))
        status = huse_fs_read(path, 1 << 16, &sums, &n, err);
    if (status == HUSE_OK && sums && recorded_hash(&want, sums, "model.safetensors") &&
        !huse_key_equal(&want, &w->hash))
        status = huse_fail(err, HUSE_BAD_DATA,
                           "%s is damaged: its SHA-256 is not the one that SHA256SUMS beside it "
                           "names; fetch it again",
                           w->path);
    free(sums);
    free(path);
    return status;
}

huse_status huse_model_file_open(huse_model_file **out, const char *dir, huse_err *err)
{
    huse_status status;
    huse_model_file *w = huse_xcalloc(1, sizeof *w);
    w->path = huse_fs_join(dir, "model.safetensors");
    if (!huse_fs_exists(w->path)) {
        status = huse_fail(err, HUSE_NOT_FOUND, "there are no weights at %s", w->path);
        goto out;
    }
    if ((status = huse_sha256_file(&w->hash, w->path, err)) != HUSE_OK)
        goto out;
    if ((status = check_recorded(w, dir, err)) != HUSE_OK)
        goto out;
    if ((status = huse_safetensors_open(&w->st, w->path, err)) != HUSE_OK)
        goto out;
    w->read = huse_xcalloc(huse_safetensors_count(w->st) + 1, sizeof *w->read);
    *out = w;
    return HUSE_OK;
out:
    huse_model_file_close(w);
    return status;
}

void huse_model_file_close(huse_model_file *w)
{
    if (!w)
        return;
    huse_safetensors_close(w->st);
    free(w->read);
    free(w->path);
    free(w);
}

const huse_key *huse_model_file_hash(const huse_model_file *w)
{
    return &w->hash;
}

bool huse_model_file_has(const huse_model_file *w, const char *name)
{
    return huse_safetensors_find(w->st, name) != NULL;
}

static void mark_read(huse_model_file *w, const huse_array *a)
{
    for (size_t i = 0; i < huse_safetensors_count(w->st); i++)
        if (huse_safetensors_at(w->st, i) == a)
            w->read[i] = true;
}

huse_status huse_model_file_get(huse_model_file *w, const char *name, int ndim, const size_t *dim,
                                float **out, huse_err *err)
{
    const huse_array *a = huse_safetensors_find(w->st, name);
    float *x = NULL;
    if (!a)
        return huse_fail(err, HUSE_BAD_DATA, "%s: the array %s is missing", w->path, name);
    bool same = a->ndim == ndim;
    for (int i = 0; same && i < ndim; i++)
        same = a->dim[i] == dim[i];
    if (!same)
        return huse_fail(err, HUSE_BAD_DATA,
                         "%s: the array %s has another shape than this network needs", w->path,
                         name);
    size_t n = huse_array_count(a);
    HUSE_TRY(huse_try_alloc((void **)&x, n, sizeof *x, err));
    huse_status status = huse_array_to_f32(a, x, err);
    for (size_t i = 0; status == HUSE_OK && i < n; i++)
        if (!isfinite(x[i]))
            status = huse_fail(err, HUSE_BAD_DATA,
                               "%s: the array %s holds a number that is not finite", w->path, name);
    if (status != HUSE_OK) {
        free(x);
        return status;
    }
    mark_read(w, a);
    *out = x;
    return HUSE_OK;
}

huse_status huse_model_file_all_read(const huse_model_file *w, bool (*known)(const char *name),
                                     huse_err *err)
{
    for (size_t i = 0; i < huse_safetensors_count(w->st); i++) {
        const char *name = huse_safetensors_at(w->st, i)->name;
        if (!w->read[i] && !known(name))
            return huse_fail(err, HUSE_BAD_DATA, "%s: the array %s belongs to another network",
                             w->path, name);
    }
    return HUSE_OK;
}

void huse_model_name(char name[HUSE_MODEL_NAME_MAX], const char *dir)
{
    size_t end = strlen(dir), n = 0;
    while (end && dir[end - 1] == '/')
        end--;
    size_t from = end;
    while (from && dir[from - 1] != '/')
        from--;
    for (; from < end && n + 1 < HUSE_MODEL_NAME_MAX; from++) {
        char c = dir[from];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '-' || c == '_' || (c == '.' && n);
        name[n++] = plain ? c : '_';
    }
    if (!n)
        memcpy(name, "model", n = sizeof "model" - 1);
    name[n] = 0;
}
