#include "cli/writer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUSH_BYTES = 1 << 20 };

huse_status cli_writer_open(cli_writer *w, const char *path, huse_err *err)
{
    *w = (cli_writer){0};
    return huse_fs_new_begin(&w->file, path, err);
}

static void push(cli_writer *w)
{
    if (!w->fault && !huse_fs_write_all(w->file.fd, w->buf.data, w->buf.len))
        w->fault = errno;
    w->buf.len = 0;
}

void cli_writer_push(cli_writer *w)
{
    if (w->buf.len > PUSH_BYTES)
        push(w);
}

huse_status cli_writer_close(cli_writer *w, huse_status s, huse_err *err)
{
    if (s == HUSE_OK && w->buf.len)
        push(w);
    if (s == HUSE_OK && w->fault) {
        errno = w->fault;
        s = huse_fail_errno(err, "cannot write %s", w->file.path);
    }
    if (s == HUSE_OK)
        s = huse_fs_new_commit(&w->file, err);
    else
        huse_fs_new_abort(&w->file);
    huse_buf_free(&w->buf);
    return s;
}

static char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return huse_xstrdup(".");
    return huse_xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* Fails unless @path is free, or an empty folder. */
static huse_status check_free(const char *path, huse_err *err)
{
    struct stat st;
    char      **names;
    size_t      n;
    if (lstat(path, &st) != 0)
        return HUSE_OK;
    if (!S_ISDIR(st.st_mode))
        return huse_fail(err, HUSE_BAD_DATA, "%s is there already and is no folder", path);
    HUSE_TRY(huse_fs_list(path, &names, &n, err));
    huse_fs_free_names(names, n);
    return n ? huse_fail(err, HUSE_BAD_DATA, "the folder %s is there already and not empty", path) : HUSE_OK;
}

huse_status cli_folder_open(cli_folder *f, const char *path, huse_err *err)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    char       *whole = huse_xstrndup(path, n), *parent = parent_of(whole);
    char       *tmp = huse_format("%s/.tmp-%ld-folder", parent, (long)getpid());
    huse_status s = check_free(whole, err);
    if (s == HUSE_OK)
        s = huse_fs_mkdirs(parent, err);
    if (s == HUSE_OK)
        s = huse_fs_remove_tree(tmp, err); /* of an earlier process with this number */
    if (s == HUSE_OK && mkdir(tmp, 0777) != 0)
        s = huse_fail_errno(err, "cannot create %s", whole);
    free(parent);
    if (s != HUSE_OK) {
        free(whole);
        free(tmp);
        return s;
    }
    *f = (cli_folder){whole, tmp};
    return HUSE_OK;
}

huse_status cli_folder_close(cli_folder *f, huse_status s, huse_err *err)
{
    if (s == HUSE_OK)
        s = huse_fs_sync_dir(f->tmp, err);
    if (s == HUSE_OK && rename(f->tmp, f->path) != 0)
        s = huse_fail_errno(err, "cannot save %s", f->path);
    if (s == HUSE_OK) {
        char *parent = parent_of(f->path);
        s = huse_fs_sync_dir(parent, err);
        free(parent);
    } else {
        huse_status kept = huse_fs_remove_tree(f->tmp, NULL); /* what cannot be removed is nowhere read */
        (void)kept;
    }
    free(f->path);
    free(f->tmp);
    return s;
}

void cli_add_row(huse_buf *b, const float *x, size_t d, const char *gap)
{
    for (size_t c = 0; c < d; c++)
        if (x[c] == 0) /* "-0" is a whole number to many a reader, which has no sign then */
            huse_buf_fmt(b, "%s%s", c ? gap : "", signbit(x[c]) ? "-0.0" : "0");
        else
            huse_buf_fmt(b, "%s%.9g", c ? gap : "", (double)x[c]);
}

void cli_add_tsv(huse_buf *b, const char *s)
{
    for (; *s; s++)
        huse_buf_add(b, strchr("\t\r\n", *s) ? " " : s, 1);
}
