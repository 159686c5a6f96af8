#include "train/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bundle.h"

enum { BUDGET = 1 << 20, CHUNK = 1 << 16 };

static int64_t mtime_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

static void start_anew(huse_tail *t, const huse_tail_reader *r, bool *changed)
{
    t->at = 0;
    t->line.len = t->n_last = t->damaged = 0;
    t->skipping = false;
    t->lives++;
    *changed = true;
    r->begin(r->ctx);
}

/* Whether what lies before t->at is still what was read there. */
static bool same_bytes(const huse_tail *t, int fd)
{
    char now[sizeof t->last];
    return t->n_last == 0 ||
           (pread(fd, now, t->n_last, t->at - (int64_t)t->n_last) == (ssize_t)t->n_last && memcmp(now, t->last, t->n_last) == 0);
}

static void take_line(huse_tail *t, const huse_tail_reader *r)
{
    json_t *o = NULL;
    if (t->skipping || huse_json_parse(&o, t->line.data, t->line.len, t->path, NULL) != HUSE_OK || !json_is_object(o) ||
        !r->take(r->ctx, o))
        t->damaged++;
    json_decref(o);
    t->line.len = 0;
    t->skipping = false;
}

static void take_bytes(huse_tail *t, const huse_tail_reader *r, const char *data, size_t n, bool *changed)
{
    const char *end;
    t->at += (int64_t)n;
    t->n_last = HUSE_MIN(n, sizeof t->last);
    memcpy(t->last, data + n - t->n_last, t->n_last);
    for (; n; n -= (size_t)(end - data), data = end) {
        const char *newline = memchr(data, '\n', n);
        end = newline ? newline + 1 : data + n;
        size_t bytes = (size_t)(end - data) - (newline != NULL);
        t->skipping |= t->line.len + bytes > t->line_max;
        if (t->skipping)
            t->line.len = 0;
        else
            huse_buf_add(&t->line, data, bytes);
        if (newline) {
            take_line(t, r);
            *changed = true;
        }
    }
}

static huse_status read_on(huse_tail *t, const huse_tail_reader *r, int fd, bool *changed, bool *more, huse_err *err)
{
    char *chunk = huse_xmalloc(CHUNK);
    ssize_t got = 1;
    for (size_t taken = 0; taken < BUDGET && got > 0; taken += (size_t)got) {
        got = pread(fd, chunk, CHUNK, t->at);
        if (got < 0)
            break;
        take_bytes(t, r, chunk, (size_t)got, changed);
    }
    *more = got > 0;
    free(chunk);
    return got < 0 ? huse_fail_errno(err, "cannot read %s", t->path) : HUSE_OK;
}

huse_status huse_tail_poll(huse_tail *t, const huse_tail_reader *r, bool *changed, bool *more, huse_err *err)
{
    struct stat st;
    *changed = *more = false;
    if (stat(t->path, &st) != 0) {
        if (errno != ENOENT && errno != ENOTDIR)
            return huse_fail_errno(err, "cannot read %s", t->path);
        if (t->at || t->ino)
            start_anew(t, r, changed);
        t->ino = 0;
        return HUSE_OK;
    }
    bool same = t->ino == (uint64_t)st.st_ino && t->dev == (uint64_t)st.st_dev;
    if (same && t->size == st.st_size && t->mtime_ns == mtime_of(&st) && t->at == st.st_size)
        return HUSE_OK;
    int fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        huse_status s = fd >= 0 && !S_ISREG(st.st_mode) ? huse_fail(err, HUSE_FAILED, "cannot read %s: not a file", t->path)
                                                        : huse_fail_errno(err, "cannot read %s", t->path);
        if (fd >= 0)
            close(fd);
        return s;
    }
    same = t->ino == (uint64_t)st.st_ino && t->dev == (uint64_t)st.st_dev;
    if ((t->ino || t->at) && (!same || st.st_size < t->at || !same_bytes(t, fd)))
        start_anew(t, r, changed);
    t->dev = (uint64_t)st.st_dev;
    t->ino = (uint64_t)st.st_ino;
    t->size = st.st_size;
    t->mtime_ns = mtime_of(&st);
    huse_status s = read_on(t, r, fd, changed, more, err);
    close(fd);
    return s;
}

void huse_tail_fini(huse_tail *t)
{
    free(t->path);
    huse_buf_free(&t->line);
}
