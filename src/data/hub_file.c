#include "data/hub_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

enum { STEP_MS = 200 };

typedef struct huse_hub_task {
    huse_hub_job        *job;
    const char          *url, *name;
    const huse_hub_file *file;
    char                *path, *part, *etag_path;
    char                 etag[256];
    int                  fd;
    uint64_t             have; /* bytes in the part */
} huse_hub_task;

int64_t huse_hub_file_size(const char *dir, const char *name)
{
    struct stat st;
    char       *path = huse_fs_join(dir, name);
    int64_t     n = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
    free(path);
    return n;
}

/* What a fault of the network is to the person who asked for a model. */
static huse_status explain(huse_err *err, huse_status s, const huse_client_answer *a, const char *host, const char *what, const char *why)
{
    if (a->code == 401 || a->code == 403)
        return huse_fail(err, HUSE_FAILED, "%s does not give out %s without leave: there is none such, or it takes a token that may read it "
                                           "(--token FILE)", host, what);
    if (a->code == 404)
        return huse_fail(err, HUSE_NOT_FOUND, "%s has no %s", host, what);
    return huse_fail(err, s, "%s, %s: %s", host, what, why);
}

/* ---- in memory ---- */

static huse_status get_begin(void *ctx, const huse_client_answer *a, huse_err *err)
{
    huse_hub_get *g = ctx;
    (void)a;
    (void)err;
    g->body->len = 0;
    return HUSE_OK;
}

static huse_status get_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    huse_hub_get *g = ctx;
    (void)err;
    huse_buf_add(g->body, p, n);
    return HUSE_OK;
}

static void get_done(void *ctx, huse_status s, const huse_client_answer *a, const char *why)
{
    huse_hub_get *g = ctx;
    g->status = s == HUSE_OK ? HUSE_OK : explain(&g->err, s, a, g->host, g->what, why);
}

huse_status huse_hub_get_bytes(huse_hub_get *g, huse_err *err)
{
    huse_client_request r = {.url = g->url, .token = g->token, .max_bytes = g->most, .begin = get_begin, .data = get_data,
                             .done = get_done, .ctx = g};
    huse_client_add(g->net, &r);
    HUSE_TRY(huse_client_run(g->net, g->stop, err));
    return g->status == HUSE_OK ? HUSE_OK : huse_fail(err, g->status, "%s", g->err.msg);
}

/* ---- in parts ---- */

static void fail(huse_hub_task *t, huse_status s, const huse_err *why)
{
    if (t->job->status == HUSE_OK)
        t->job->status = huse_fail(&t->job->err, s, "%s", why->msg);
}

static int64_t part_from(void *ctx, const char **if_range)
{
    huse_hub_task *t = ctx;
    *if_range = t->etag;
    return *t->etag ? (int64_t)t->have : 0;
}

/* The part belongs to this ETag from now on; a weak one stands for no bytes. */
static huse_status keep_etag(huse_hub_task *t, const char *etag, huse_err *err)
{
    snprintf(t->etag, sizeof t->etag, "%s", strncmp(etag, "W/", 2) == 0 ? "" : etag);
    return huse_fs_write_atomic(t->etag_path, t->etag, strlen(t->etag), err);
}

static huse_status part_begin(void *ctx, const huse_client_answer *a, huse_err *err)
{
    huse_hub_task *t = ctx;
    const uint64_t from = a->code == 206 ? (uint64_t)a->range_from : 0;
    if (from > t->have)
        return huse_fail(err, HUSE_NETWORK, "another part than was asked for");
    if (ftruncate(t->fd, (off_t)from) != 0 || lseek(t->fd, (off_t)from, SEEK_SET) < 0)
        return huse_fail_errno(err, "cannot write %s", t->part);
    t->have = from;
    return strcmp(t->etag, a->etag) == 0 ? HUSE_OK : keep_etag(t, a->etag, err);
}

static huse_status part_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    huse_hub_task *t = ctx;
    if (n > t->file->size - t->have)
        return huse_fail(err, HUSE_BAD_DATA, "more than the %llu bytes that were announced", (unsigned long long)t->file->size);
    if (!huse_fs_write_all(t->fd, p, n))
        return huse_fail_errno(err, "cannot write %s", t->part);
    t->have += n;
    t->job->fetched += n;
    return HUSE_OK;
}

static void part_done(void *ctx, huse_status s, const huse_client_answer *a, const char *why)
{
    huse_hub_task *t = ctx;
    huse_err       err;
    if (s != HUSE_OK)
        fail(t, explain(&err, s, a, t->job->host, t->name, why), &err);
    else if (t->have != t->file->size)
        fail(t, huse_fail(&err, HUSE_NETWORK, "%s, %s: %llu bytes instead of %llu", t->job->host, t->name, (unsigned long long)t->have,
                          (unsigned long long)t->file->size), &err);
}

/* The part that a kill left, and what it belongs to. */
static huse_status open_part(huse_hub_task *t, huse_err *err)
{
    char  *etag = NULL;
    size_t n = 0;
    t->fd = open(t->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    struct stat st;
    if (t->fd < 0 || fstat(t->fd, &st) != 0)
        return huse_fail_errno(err, "cannot write %s", t->part);
    if (huse_fs_exists(t->etag_path) && huse_fs_read(t->etag_path, sizeof t->etag - 1, &etag, &n, NULL) == HUSE_OK && strlen(etag) == n)
        snprintf(t->etag, sizeof t->etag, "%s", etag);
    free(etag);
    t->have = (uint64_t)st.st_size;
    if (t->have > t->file->size || (t->have == t->file->size && t->have > 0 && !*t->etag)) {
        t->have = 0;
        if (ftruncate(t->fd, 0) != 0)
            return huse_fail_errno(err, "cannot write %s", t->part);
    }
    return HUSE_OK;
}

/* ---- checking ---- */

static huse_status check(const huse_hub_task *t, huse_err *err)
{
    huse_key key;
    char     blob[41];
    bool     good;
    if (t->file->hashed) {
        HUSE_TRY(huse_sha256_file(&key, t->part, err));
        good = huse_key_equal(&key, &t->file->sha256);
    } else {
        HUSE_TRY(huse_git_blob(blob, t->part, err));
        good = strcmp(blob, t->file->blob) == 0;
    }
    return good ? HUSE_OK : huse_fail(err, HUSE_BAD_DATA, "%s, %s: not the content that was announced; it was thrown away", t->job->host, t->name);
}

/* The part is whole: it becomes the file, or goes. */
static huse_status settle(huse_hub_task *t, huse_err *err)
{
    huse_status s = fsync(t->fd) == 0 ? HUSE_OK : huse_fail_errno(err, "cannot write %s", t->part);
    if (s == HUSE_OK && (s = check(t, err)) == HUSE_BAD_DATA) {
        unlink(t->part);
        unlink(t->etag_path);
    }
    if (s == HUSE_OK && rename(t->part, t->path) != 0)
        s = huse_fail_errno(err, "cannot write %s", t->path);
    if (s == HUSE_OK)
        unlink(t->etag_path);
    return s;
}

/* ---- all of them ---- */

void huse_hub_job_add(huse_hub_job *j, const char *url, const char *name, const huse_hub_file *file)
{
    j->task = huse_xrealloc(j->task, (j->n + 1) * sizeof *j->task);
    huse_hub_task *t = &j->task[j->n++];
    *t = (huse_hub_task){.url = url, .name = name, .file = file, .fd = -1, .path = huse_fs_join(j->dir, name)};
    t->part = huse_format("%s.part", t->path);
    t->etag_path = huse_format("%s.etag", t->path);
}

static void tell(const huse_hub_job *j)
{
    uint64_t done = 0, total = 0;
    for (size_t i = 0; i < j->n; i++) {
        total += j->task[i].file->size;
        done += j->task[i].have;
    }
    if (j->progress)
        j->progress(j->ctx, "fetching", (size_t)done, (size_t)total);
}

static huse_status begin_all(huse_hub_job *j, huse_err *err)
{
    for (size_t i = 0; i < j->n; i++) {
        huse_hub_task *t = &j->task[i];
        t->job = j;
        if (huse_hub_file_size(j->dir, t->name) == (int64_t)t->file->size) {
            t->have = t->file->size;
            continue;
        }
        HUSE_TRY(open_part(t, err));
        if (t->have == t->file->size && t->have > 0)
            continue;
        huse_client_request r = {.url = t->url, .token = j->token, .max_bytes = HUSE_MAX(t->file->size, 1), .from = part_from,
                                 .begin = part_begin, .data = part_data, .done = part_done, .ctx = t};
        huse_client_add(j->net, &r);
    }
    return HUSE_OK;
}

static huse_status follow(huse_hub_job *j, huse_err *err)
{
    while (huse_client_pending(j->net) > 0 && j->status == HUSE_OK) {
        if (j->stop && *j->stop)
            return huse_fail(err, HUSE_INTERRUPTED, "interrupted");
        huse_client_step(j->net, STEP_MS);
        tell(j);
    }
    return j->status == HUSE_OK ? HUSE_OK : huse_fail(err, j->status, "%s", j->err.msg);
}

huse_status huse_hub_job_run(huse_hub_job *j, huse_err *err)
{
    huse_status s = begin_all(j, err);
    if (s == HUSE_OK)
        s = follow(j, err);
    for (size_t i = 0; i < j->n; i++) {
        huse_hub_task *t = &j->task[i];
        if (s == HUSE_OK && t->fd >= 0)
            s = settle(t, err);
        if (t->fd >= 0)
            close(t->fd);
        free(t->path);
        free(t->part);
        free(t->etag_path);
    }
    free(j->task);
    j->task = NULL;
    j->n = 0;
    return s;
}
