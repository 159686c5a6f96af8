/* New files that appear whole or not at all, and the removal of what crashed writers left. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory part of @path, "." when there is none. */
static char *dir_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return huse_xstrdup(".");
    return slash == path ? huse_xstrdup("/") : huse_xstrndup(path, (size_t)(slash - path));
}

huse_status huse_fs_new_begin(huse_fs_new *f, const char *path, huse_err *err)
{
    static atomic_uint counter;
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return huse_fail(err, HUSE_BAD_DATA, "%s exists and is not a regular file", path);
    const char *slash = strrchr(path, '/');
    size_t head = slash ? (size_t)(slash - path) + 1 : 0;
    /* The counter keeps threads apart, so a leftover of that name is from an earlier process. The
     * name proper is left out: with it, the longest allowed file name would not fit. */
    char *tmp = huse_format("%.*s.tmp-%ld-%u-file", (int)head, path, (long)getpid(),
                            atomic_fetch_add(&counter, 1));
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(tmp, flags, 0666);
    if (fd < 0 && errno == EEXIST && unlink(tmp) == 0)
        fd = open(tmp, flags, 0666);
    if (fd < 0) {
        huse_status s = huse_fail_errno(err, "cannot create %s", path);
        free(tmp);
        return s;
    }
    *f = (huse_fs_new){.fd = fd, .tmp = tmp, .path = huse_xstrdup(path)};
    return HUSE_OK;
}

static void fini(huse_fs_new *f)
{
    free(f->tmp);
    free(f->path);
    *f = (huse_fs_new){.fd = -1};
}

huse_status huse_fs_new_commit(huse_fs_new *f, huse_err *err)
{
    huse_status s = HUSE_OK;
    if (fsync(f->fd) != 0)
        s = huse_fail_errno(err, "cannot save %s", f->path);
    if (close(f->fd) != 0 && s == HUSE_OK)
        s = huse_fail_errno(err, "cannot save %s", f->path);
    if (s == HUSE_OK && rename(f->tmp, f->path) != 0)
        s = huse_fail_errno(err, "cannot save %s", f->path);
    if (s != HUSE_OK) {
        unlink(f->tmp);
    } else {
        char *dir = dir_of(f->path);
        s = huse_fs_sync_dir(dir, err);
        free(dir);
    }
    fini(f);
    return s;
}

void huse_fs_new_abort(huse_fs_new *f)
{
    int kept = errno;
    close(f->fd);
    unlink(f->tmp);
    fini(f);
    errno = kept;
}

/* The process number in ".tmp-PID-…", 0 when @name is not of that form. */
static long pid_of(const char *name)
{
    if (strncmp(name, ".tmp-", 5) != 0 || name[5] < '1' || name[5] > '9')
        return 0;
    char *end;
    errno = 0;
    long pid = strtol(name + 5, &end, 10);
    return errno == 0 && *end == '-' && pid <= INT32_MAX ? pid : 0;
}

void huse_fs_remove_stale(const char *path)
{
    char **names;
    size_t n;
    if (huse_fs_list(path, &names, &n, NULL) != HUSE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        long pid = pid_of(names[i]);
        if (pid == 0 || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
            continue;
        char *full = huse_fs_join(path, names[i]);
        /* A writer in another PID namespace looks gone from here, but still holds its lock. */
        if (!huse_fs_locked(full)) {
            /* what cannot be removed takes space but is never read */
            huse_status ignored = huse_fs_remove_tree(full, NULL);
            (void)ignored;
        }
        free(full);
    }
    huse_fs_free_names(names, n);
}
