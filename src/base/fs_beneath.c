/* Opening a regular file below a directory without ever leaving it or touching anything but a
 * regular file. */
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINKS_MAX 40
#define DEPTH_MAX 64
#define RACES_MAX 16

static huse_status refuse(huse_err *err, const char *rel)
{
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
        return huse_fail(err, HUSE_NOT_FOUND, "%s does not exist", rel);
    case EXDEV:
        return huse_fail(err, HUSE_BAD_DATA, "%s leads out of its folder", rel);
    case ELOOP:
        return huse_fail(err, HUSE_BAD_DATA, "%s: too many links, or a link that is not allowed",
                         rel);
    case ENAMETOOLONG:
        return huse_fail(err, HUSE_BAD_DATA, "the path %.80s... is too long", rel);
    case EACCES:
        return huse_fail(err, HUSE_BAD_DATA, "%s: permission denied", rel);
    default:
        return huse_fail_errno(err, "cannot open %s", rel);
    }
}

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    default:
        return "something else";
    }
}

static int open2(int root_fd, const char *rel, uint64_t flags)
{
    const struct open_how how = {.flags = flags | O_CLOEXEC,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    for (int i = 0;; i++) {
        long fd = syscall(SYS_openat2, root_fd, rel, &how, sizeof how);
        /* EAGAIN: the kernel saw a rename race with ".." and asks for another try. */
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || i == RACES_MAX)
            return (int)fd;
    }
}

/* Opens for reading what the O_PATH descriptor @path_fd stands for: through /proc that is the very
 * inode; without /proc by name again below @dir_fd, and compared. */
static int reopen(int path_fd, const struct stat *seen, int dir_fd, const char *name, bool walked)
{
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    char proc[48];
    snprintf(proc, sizeof proc, "/proc/self/fd/%d", path_fd);
    int fd = open(proc, flags);
    if (fd < 0 && errno == ENOENT)
        fd = walked ? openat(dir_fd, name, flags | O_NOFOLLOW)
                    : open2(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_dev != seen->st_dev || st.st_ino != seen->st_ino) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    return fd;
}

/* Takes over @path_fd. */
static huse_status finish(int path_fd, int dir_fd, const char *name, bool walked, const char *rel,
                          int *fd, huse_err *err)
{
    struct stat st;
    huse_status s = HUSE_OK;
    int f = -1;
    if (fstat(path_fd, &st) != 0) {
        s = refuse(err, rel);
    } else if (!S_ISREG(st.st_mode)) {
        s = huse_fail(err, HUSE_BAD_DATA, "%s is %s, not a regular file", rel, kind_of(st.st_mode));
    } else {
        f = reopen(path_fd, &st, dir_fd, name, walked);
        if (f < 0)
            s = refuse(err, rel);
    }
    close(path_fd);
    if (s == HUSE_OK)
        *fd = f;
    return s;
}

huse_status huse_fs_open_beneath(int root_fd, const char *rel, int *fd, huse_err *err)
{
    int path_fd = open2(root_fd, rel, O_PATH);
    if (path_fd < 0 && (errno == ENOSYS || errno == EPERM))
        return huse_fs_open_beneath_walk(root_fd, rel, fd, err);
    if (path_fd < 0)
        return refuse(err, rel);
    return finish(path_fd, root_fd, rel, false, rel, fd, err);
}

/* The walk: directories opened so far (open[0] is the root's), and the path still to go. */
struct walk {
    int open[DEPTH_MAX];
    size_t depth;
    char *rest;
    size_t at;
    int links;
};

/* Puts a link's target in front of the rest of the path. */
static bool follow(struct walk *w, int link_fd)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(link_fd, "", target, sizeof target - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    if (++w->links > LINKS_MAX)
        return errno = ELOOP, false;
    if (target[0] == '/')
        return errno = EXDEV, false;
    char *rest = huse_format("%s/%s", target, w->rest + w->at);
    free(w->rest);
    w->rest = rest;
    w->at = 0;
    if (strlen(rest) >= PATH_MAX)
        return errno = ENAMETOOLONG, false;
    return true;
}

/* The next component into @name; false at the end of the path. */
static bool next_component(struct walk *w, char name[NAME_MAX + 1], bool *too_long)
{
    while (w->rest[w->at] == '/')
        w->at++;
    size_t n = strcspn(w->rest + w->at, "/");
    *too_long = n > NAME_MAX;
    if (n == 0 || *too_long)
        return false;
    memcpy(name, w->rest + w->at, n);
    name[n] = '\0';
    w->at += n;
    return true;
}

/* Goes on until the path ends. Returns the O_PATH descriptor of its last component, whose directory
 * is then the top of the stack and whose name is in @name; -1 with errno. */
static int walk_on(struct walk *w, char name[NAME_MAX + 1])
{
    int last = -1;
    bool too_long = false;
    while (next_component(w, name, &too_long)) {
        if (last >= 0) /* so the component before was a directory, or the path is wrong */
            w->open[w->depth++] = last;
        last = -1;
        if (strcmp(name, ".") == 0) {
            continue;
        } else if (strcmp(name, "..") == 0) {
            if (w->depth == 1)
                return errno = EXDEV, -1;
            close(w->open[--w->depth]);
            continue;
        }
        if (w->depth == HUSE_COUNT(w->open))
            return errno = ENAMETOOLONG, -1;
        int fd = openat(w->open[w->depth - 1], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;
        if (fd < 0)
            return -1;
        if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode)) {
            bool ok = follow(w, fd);
            int kept = errno;
            close(fd);
            errno = kept;
            if (!ok)
                return -1;
            continue;
        }
        last = fd;
    }
    if (last < 0 || too_long) {
        if (last >= 0)
            close(last);
        errno = too_long ? ENAMETOOLONG : EISDIR;
        return -1;
    }
    return last;
}

huse_status huse_fs_open_beneath_walk(int root_fd, const char *rel, int *fd, huse_err *err)
{
    if (rel[0] == '/')
        return errno = EXDEV, refuse(err, rel);
    if (rel[0] == '\0')
        return errno = ENOENT, refuse(err, rel);
    if (strlen(rel) >= PATH_MAX)
        return errno = ENAMETOOLONG, refuse(err, rel);
    struct walk w = {.open = {root_fd}, .depth = 1, .rest = huse_xstrdup(rel)};
    char name[NAME_MAX + 1];
    int path_fd = walk_on(&w, name);
    huse_status s;
    if (path_fd >= 0)
        s = finish(path_fd, w.open[w.depth - 1], name, true, rel, fd, err);
    else if (errno == EISDIR)
        s = huse_fail(err, HUSE_BAD_DATA, "%s is a directory, not a regular file", rel);
    else
        s = refuse(err, rel);
    while (w.depth > 1)
        close(w.open[--w.depth]);
    free(w.rest);
    return s;
}
