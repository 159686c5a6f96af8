/* Writing bundles: temporary in the same parent, every file and directory synced, one rename. */
#include "base/bundle.h"
#include "base/bundle_names.h"
#include "base/fs.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct huse_bundle_writer {
    char *parent, *name, *tmp, *path; /* path: parent/name */
    int dir_fd;                       /* of tmp; holds a lock that says it is in use */
    json_t *files;
};

/* Finishes or undoes a replacement that was cut short between its two renames. */
static huse_status recover(const huse_bundle_writer *w, huse_err *err)
{
    char *aside = huse_bundle_aside(w->parent, w->name);
    huse_status s = HUSE_OK;
    if (huse_fs_is_dir(aside)) {
        if (huse_fs_exists(w->path))
            s = huse_fs_remove_tree(aside, err);
        else if (rename(aside, w->path) != 0)
            s = huse_fail_errno(err, "cannot restore %s", w->path);
    }
    free(aside);
    return s;
}

static void free_writer(huse_bundle_writer *w)
{
    if (w->dir_fd >= 0)
        close(w->dir_fd);
    json_decref(w->files);
    free(w->parent);
    free(w->name);
    free(w->tmp);
    free(w->path);
    free(w);
}

static huse_status make_tmp(huse_bundle_writer *w, huse_err *err)
{
    /* One of this process's number is from an earlier process: nobody writes the same bundle twice
     * at once. */
    HUSE_TRY(huse_fs_remove_tree(w->tmp, err));
    if (mkdir(w->tmp, 0777) != 0)
        return huse_fail_errno(err, "cannot create %s", w->path);
    w->dir_fd = open(w->tmp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (w->dir_fd < 0)
        return huse_fail_errno(err, "cannot create %s", w->path);
    flock(w->dir_fd,
          LOCK_EX | LOCK_NB); /* where locks do not work, the process number alone guards */
    return HUSE_OK;
}

huse_status huse_bundle_begin(huse_bundle_writer **out, const char *parent, const char *name,
                              huse_err *err)
{
    HUSE_ASSERT(huse_bundle_name_ok(name));
    HUSE_TRY(huse_fs_mkdirs(parent, err));
    huse_fs_remove_stale(parent);
    huse_bundle_writer *w = huse_xcalloc(1, sizeof *w);
    char *tmp = huse_format(".tmp-%ld-%s", (long)getpid(), name);
    w->parent = huse_xstrdup(parent);
    w->name = huse_xstrdup(name);
    w->tmp = huse_fs_join(parent, tmp);
    w->path = huse_fs_join(parent, name);
    w->dir_fd = -1;
    w->files = json_object();
    free(tmp);
    huse_status s = recover(w, err);
    if (s == HUSE_OK)
        s = make_tmp(w, err);
    if (s == HUSE_OK)
        *out = w;
    else
        huse_bundle_abort(w);
    return s;
}

void huse_bundle_abort(huse_bundle_writer *w)
{
    if (!w)
        return;
    huse_status ignored = huse_fs_remove_tree(w->tmp, NULL);
    (void)ignored; /* the next writer removes what is left */
    free_writer(w);
}

static huse_status create(const huse_bundle_writer *w, const char *file, int *fd, huse_err *err)
{
    HUSE_ASSERT(huse_bundle_name_ok(file) && !json_object_get(w->files, file));
    int f = openat(w->dir_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (f < 0)
        return huse_fail_errno(err, "cannot create %s/%s", w->path, file);
    *fd = f;
    return HUSE_OK;
}

/* Syncs and closes. An error of fsync is final: the file is given up, never synced again. */
static huse_status finish(const huse_bundle_writer *w, const char *file, int fd, huse_status s,
                          huse_err *err)
{
    if (s == HUSE_OK && fsync(fd) != 0)
        s = huse_fail_errno(err, "cannot save %s/%s", w->path, file);
    if (close(fd) != 0 && s == HUSE_OK)
        s = huse_fail_errno(err, "cannot save %s/%s", w->path, file);
    return s;
}

static void list_file(huse_bundle_writer *w, const char *file, uint64_t bytes, const huse_key *hash)
{
    char hex[65];
    huse_key_hex(hex, hash);
    json_t *row = json_object();
    json_object_set_new(row, "size", json_integer((json_int_t)bytes));
    json_object_set_new(row, "sha256", json_string(hex));
    int set = json_object_set_new(w->files, file, row);
    HUSE_ASSERT(set == 0);
}

huse_status huse_bundle_add_arrays(huse_bundle_writer *w, const char *file, const huse_array *a,
                                   size_t n, huse_err *err)
{
    int fd;
    uint64_t bytes = 0;
    HUSE_TRY(create(w, file, &fd, err));
    char *label = huse_fs_join(w->path, file);
    huse_sha256_ctx *c = huse_sha256_begin();
    huse_status s = huse_safetensors_write_fd(fd, label, a, n, c, &bytes, err);
    huse_key hash = huse_sha256_end(c);
    s = finish(w, file, fd, s, err);
    if (s == HUSE_OK)
        list_file(w, file, bytes, &hash);
    free(label);
    return s;
}

static huse_status put_bytes(const huse_bundle_writer *w, const char *file, const void *data,
                             size_t n, huse_err *err)
{
    int fd;
    HUSE_TRY(create(w, file, &fd, err));
    huse_status s = HUSE_OK;
    if (!huse_fs_write_all(fd, data, n))
        s = huse_fail_errno(err, "cannot write %s/%s", w->path, file);
    return finish(w, file, fd, s, err);
}

huse_status huse_bundle_add_bytes(huse_bundle_writer *w, const char *file, const void *data,
                                  size_t n, huse_err *err)
{
    HUSE_ASSERT(strcmp(file, HUSE_BUNDLE_META) != 0);
    HUSE_TRY(put_bytes(w, file, data, n, err));
    huse_key hash = huse_sha256(data, n);
    list_file(w, file, n, &hash);
    return HUSE_OK;
}

static huse_status put_meta(const huse_bundle_writer *w, const char *format, int version,
                            json_t *meta, huse_err *err)
{
    char hex[65];
    json_t *all = meta ? json_copy(meta) : json_object();
    json_object_set_new(all, "format", json_string(format));
    json_object_set_new(all, "version", json_integer(version));
    json_object_set(all, "files", w->files);
    huse_key sum = huse_bundle_checksum(all);
    huse_key_hex(hex, &sum);
    json_object_set_new(all, HUSE_BUNDLE_CHECKSUM, json_string(hex));
    char *text = json_dumps(all, JSON_SORT_KEYS | JSON_INDENT(2));
    json_decref(all);
    HUSE_ASSERT(text != NULL);
    huse_buf b = {0};
    huse_buf_str(&b, text);
    huse_buf_str(&b, "\n");
    free(text);
    huse_status s = put_bytes(w, HUSE_BUNDLE_META, b.data, b.len, err);
    huse_buf_free(&b);
    return s;
}

/* How the bundle came to stand under its name. */
enum placed { PLACED_NEW, PLACED_EXCHANGED, PLACED_ASIDE };

static huse_status place(const huse_bundle_writer *w, const char *aside, enum placed *how,
                         huse_err *err)
{
    *how = PLACED_NEW;
    if (rename(w->tmp, w->path) == 0)
        return HUSE_OK;
    if (errno == ENOTEMPTY || errno == EEXIST) {
        *how = PLACED_EXCHANGED;
        if (renameat2(AT_FDCWD, w->tmp, AT_FDCWD, w->path, RENAME_EXCHANGE) == 0)
            return HUSE_OK;
        *how = PLACED_ASIDE;
        if ((errno == EINVAL || errno == ENOSYS) && rename(w->path, aside) == 0) {
            if (rename(w->tmp, w->path) == 0)
                return HUSE_OK;
            int kept = errno;
            rename(aside, w->path);
            errno = kept;
        }
    }
    return huse_fail_errno(err, "cannot put %s in its place", w->path);
}

static void unplace(const huse_bundle_writer *w, const char *aside, enum placed how)
{
    if (how == PLACED_EXCHANGED) {
        renameat2(AT_FDCWD, w->tmp, AT_FDCWD, w->path, RENAME_EXCHANGE);
    } else {
        rename(w->path, w->tmp);
        if (how == PLACED_ASIDE)
            rename(aside, w->path);
    }
}

huse_status huse_bundle_commit(huse_bundle_writer *w, const char *format, int version, json_t *meta,
                               huse_err *err)
{
    enum placed how;
    char *aside = huse_bundle_aside(w->parent, w->name);
    huse_status s = put_meta(w, format, version, meta, err);
    if (s == HUSE_OK && fsync(w->dir_fd) != 0 && errno != EINVAL)
        s = huse_fail_errno(err, "cannot save %s", w->path);
    if (s == HUSE_OK) {
        s = place(w, aside, &how, err);
        if (s == HUSE_OK) {
            s = huse_fs_sync_dir(w->parent, err);
            if (s != HUSE_OK)
                unplace(w, aside, how);
        }
    }
    if (s == HUSE_OK && how == PLACED_ASIDE) {
        huse_status ignored = huse_fs_remove_tree(aside, NULL);
        (void)ignored;
    }
    free(aside);
    /* The temporary name now holds nothing, or the replaced bundle, or what failed. */
    huse_bundle_abort(w);
    return s;
}
