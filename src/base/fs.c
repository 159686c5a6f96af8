#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REMOVE_DEPTH_MAX 64
#define LOCK_NAP_MS      20

/* ENOENT and ENOTDIR are "no such file" to every caller; the rest is the system's word. */
static huse_status fail_open(huse_err *err, const char *path)
{
    if (errno == ENOENT || errno == ENOTDIR)
        return huse_fail(err, HUSE_NOT_FOUND, "%s does not exist", path);
    return huse_fail_errno(err, "cannot open %s", path);
}

/* O_NONBLOCK: a FIFO must not hang the open; it means nothing to a regular file. */
static huse_status open_regular(const char *path, int *fd, size_t *size, huse_err *err)
{
    int f = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (f < 0)
        return fail_open(err, path);
    struct stat st;
    huse_status s = HUSE_OK;
    if (fstat(f, &st) != 0)
        s = huse_fail_errno(err, "cannot examine %s", path);
    else if (!S_ISREG(st.st_mode))
        s = huse_fail(err, HUSE_BAD_DATA, "%s is not a regular file", path);
    if (s != HUSE_OK) {
        close(f);
        return s;
    }
    *fd = f;
    *size = (size_t)st.st_size;
    return HUSE_OK;
}

huse_status huse_fs_read(const char *path, size_t max_bytes, char **data, size_t *n, huse_err *err)
{
    int fd;
    size_t size, got = 0;
    void *buf = NULL;
    HUSE_TRY(open_regular(path, &fd, &size, err));
    huse_status s = HUSE_OK;
    if (size > max_bytes) {
        s = huse_fail(err, HUSE_BAD_DATA, "%s is too big: %zu bytes, at most %zu are read", path,
                      size, max_bytes);
        goto out;
    }
    s = huse_try_alloc(&buf, size + 1, 1, err);
    if (s != HUSE_OK)
        goto out;
    while (got < size) {
        ssize_t r = read(fd, (char *)buf + got, size - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0) {
            s = huse_fail_errno(err, "cannot read %s", path);
            goto out;
        }
        if (r == 0)
            break;
        got += (size_t)r;
    }
    *data = buf;
    *n = got;
    buf = NULL;
out:
    free(buf);
    close(fd);
    return s;
}

bool huse_fs_write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

huse_status huse_fs_write_atomic(const char *path, const void *data, size_t n, huse_err *err)
{
    huse_fs_new f;
    HUSE_TRY(huse_fs_new_begin(&f, path, err));
    if (!huse_fs_write_all(f.fd, data, n)) {
        huse_status s = huse_fail_errno(err, "cannot write %s", path);
        huse_fs_new_abort(&f);
        return s;
    }
    return huse_fs_new_commit(&f, err);
}

huse_status huse_fs_mkdirs(const char *path, huse_err *err)
{
    char *p = huse_xstrdup(path);
    huse_status s = HUSE_OK;
    for (char *c = p + 1; *p && s == HUSE_OK; c++) {
        if (*c != '/' && *c != '\0')
            continue;
        char kept = *c;
        *c = '\0';
        if (mkdir(p, 0777) != 0 && !huse_fs_is_dir(p))
            s = huse_fail_errno(err, "cannot create the directory %s", p);
        *c = kept;
        if (kept == '\0')
            break;
    }
    free(p);
    return s;
}

static bool remove_at(int dir, const char *name, int depth);

static bool remove_entries(int fd, int depth)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return false;
    }
    bool ok = true;
    const struct dirent *e;
    while (ok && (errno = 0, e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ok = remove_at(dirfd(d), e->d_name, depth + 1);
    ok = ok && errno == 0;
    int kept = errno;
    closedir(d);
    errno = kept;
    return ok;
}

static bool remove_at(int dir, const char *name, int depth)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return errno = 0, true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    if (depth > REMOVE_DEPTH_MAX)
        return errno = ELOOP, false;
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || !remove_entries(fd, depth))
        return false;
    if (unlinkat(dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return false;
    return errno = 0, true;
}

huse_status huse_fs_remove_tree(const char *path, huse_err *err)
{
    if (!remove_at(AT_FDCWD, path, 0))
        return huse_fail_errno(err, "cannot remove %s", path);
    return HUSE_OK;
}

huse_status huse_fs_sync_dir(const char *path, huse_err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_open(err, path);
    /* EINVAL: this file system cannot sync directories, so there is nothing more to ask of it. */
    bool ok = fsync(fd) == 0 || errno == EINVAL;
    huse_status s = ok ? HUSE_OK : huse_fail_errno(err, "cannot save the directory %s", path);
    close(fd);
    return s;
}

bool huse_fs_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool huse_fs_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *huse_fs_join(const char *a, const char *b)
{
    size_t n = strlen(a);
    if (b[0] == '/' || n == 0)
        return huse_xstrdup(b);
    return huse_format("%s%s%s", a, a[n - 1] == '/' ? "" : "/", b);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

huse_status huse_fs_list(const char *path, char ***names, size_t *n, huse_err *err)
{
    DIR *d = opendir(path);
    if (!d)
        return fail_open(err, path);
    char **list = NULL;
    size_t len = 0, cap = 0;
    const struct dirent *e;
    while ((errno = 0, e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (len == cap) {
            cap = cap ? 2 * cap : 16;
            list = huse_xrealloc(list, cap * sizeof *list);
        }
        list[len++] = huse_xstrdup(e->d_name);
    }
    huse_status s = errno == 0 ? HUSE_OK : huse_fail_errno(err, "cannot list %s", path);
    closedir(d);
    if (s != HUSE_OK) {
        huse_fs_free_names(list, len);
        return s;
    }
    if (len > 1)
        qsort(list, len, sizeof *list, by_name);
    *names = list;
    *n = len;
    return HUSE_OK;
}

void huse_fs_free_names(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

huse_status huse_map_open(huse_map *m, const char *path, huse_err *err)
{
    int fd;
    size_t size;
    HUSE_TRY(open_regular(path, &fd, &size, err));
    huse_status s = HUSE_OK;
    void *p = NULL;
    if (size > 0)
        p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        s = huse_fail_errno(err, "cannot map %s", path);
    else
        *m = (huse_map){.data = p, .n = size};
    close(fd);
    return s;
}

void huse_map_close(huse_map *m)
{
    if (m->data)
        munmap((void *)(uintptr_t)m->data, m->n);
    *m = (huse_map){0};
}

static bool try_lock(int fd)
{
    int r;
    do
        r = flock(fd, LOCK_EX | LOCK_NB);
    while (r != 0 && errno == EINTR);
    return r == 0;
}

huse_status huse_fs_lock_wait(int *fd, const char *path, int max_ms, huse_err *err)
{
    int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (f < 0)
        return fail_open(err, path);
    bool got = try_lock(f);
    for (int ms = 0; !got && errno == EWOULDBLOCK && ms < max_ms; ms += LOCK_NAP_MS) {
        nanosleep(&(struct timespec){.tv_nsec = LOCK_NAP_MS * 1000000L}, NULL);
        got = try_lock(f);
    }
    if (!got) {
        huse_status s = errno == EWOULDBLOCK
                            ? huse_fail(err, HUSE_FAILED, "%s is in use by another process", path)
                            : huse_fail_errno(err, "cannot lock %s", path);
        close(f);
        return s;
    }
    *fd = f;
    return HUSE_OK;
}

huse_status huse_fs_lock(int *fd, const char *path, huse_err *err)
{
    return huse_fs_lock_wait(fd, path, 0, err);
}

bool huse_fs_locked(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool locked = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return locked;
}
