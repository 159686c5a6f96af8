#include "data/hub_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

enum { STEP_MS = 100, PASSES = 2 };

typedef struct huse_hub_task {
    huse_hub_job        *job;
    char                *url, *path, *part, *etag_path;
    const char          *name;
    const huse_hub_file *file;
    char                 etag[256]; /* of what is in the part; "": of nothing that can be gone on with */
    int                  fd;
    uint64_t             have; /* bytes in the part */
    bool                 done, resumed, again;
} huse_hub_task;

int64_t huse_hub_file_size(const char *dir, const char *name)
{
    struct stat st;
    char       *path = huse_fs_join(dir, name);
    int64_t     n = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
    free(path);
    return n;
}

huse_status huse_hub_file_check(const huse_hub_file *f, const char *path, bool *good, huse_err *err)
{
    huse_key    key;
    char        blob[41];
    struct stat st;
    *good = false;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != f->size)
        return HUSE_OK;
    if (f->hashed) {
        HUSE_TRY(huse_sha256_file(&key, path, err));
        *good = huse_key_equal(&key, &f->sha256);
    } else {
        HUSE_TRY(huse_git_blob(blob, path, err));
        *good = strcmp(blob, f->blob) == 0;
    }
    return HUSE_OK;
}

/* What a fault of the network is to the person who asked for a model. */
static huse_status explain(huse_err *err, huse_status s, const huse_hub_net *net, const huse_client_answer *a, const char *what,
                           const char *why)
{
    const char *gated = net->gated ? "; its page there asks for an agreement first" : "";
    if (a->code == 401 || a->code == 403)
        return huse_fail(err, HUSE_NETWORK, net->token ? "%s refuses %s to the owner of this token (%d)%s"
                                                       : "%s refuses %s (%d): there is no such model, or it takes a token (--token FILE)%s",
                         net->host, what, a->code, gated);
    if (a->code == 404)
        return huse_fail(err, HUSE_NOT_FOUND, "%s has no %s", net->host, what);
    return huse_fail(err, s, "%s, %s: %s", net->host, what, why);
}

/* ---- into memory ---- */

typedef struct asked {
    const huse_hub_net *net;
    huse_buf           *body;
    huse_status         status;
    huse_err            err;
} asked;

static huse_status get_begin(void *ctx, const huse_client_answer *a, huse_err *err)
{
    (void)a;
    (void)err;
    ((asked *)ctx)->body->len = 0;
    return HUSE_OK;
}

static huse_status get_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    (void)err;
    huse_buf_add(((asked *)ctx)->body, p, n);
    return HUSE_OK;
}

static void get_done(void *ctx, huse_status s, const huse_client_answer *a, const char *why)
{
    asked *g = ctx;
    g->status = s == HUSE_OK ? HUSE_OK : explain(&g->err, s, g->net, a, g->net->repository, why);
}

huse_status huse_hub_get(const huse_hub_net *net, const char *url, uint64_t most, huse_buf *body, huse_err *err)
{
    asked               g = {.net = net, .body = body};
    huse_client_request r = {.url = url, .token = net->token, .max_bytes = most, .begin = get_begin, .data = get_data, .done = get_done,
                             .ctx = &g};
    huse_client_add(net->client, &r);
    HUSE_TRY(huse_client_run(net->client, net->stop, err));
    return g.status == HUSE_OK ? HUSE_OK : huse_fail(err, g.status, "%s", g.err.msg);
}

/* ---- into parts ---- */

static huse_status cannot_write(const huse_hub_task *t, huse_err *err)
{
    return huse_fail_errno(err, "cannot write %s", t->part);
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
    t->resumed = from > 0;
    if (from > 0 && (from != t->have || strcmp(t->etag, a->etag) != 0)) {
        t->again = true;
        return huse_fail(err, HUSE_NETWORK, "it changed while it was fetched");
    }
    if (ftruncate(t->fd, (off_t)from) != 0 || lseek(t->fd, (off_t)from, SEEK_SET) < 0)
        return cannot_write(t, err);
    t->have = from;
    return from > 0 ? HUSE_OK : keep_etag(t, a->etag, err);
}

static huse_status part_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    huse_hub_task *t = ctx;
    if (n > t->file->size - t->have)
        return huse_fail(err, HUSE_BAD_DATA, "more than the %llu bytes that were announced", (unsigned long long)t->file->size);
    if (!huse_fs_write_all(t->fd, p, n))
        return cannot_write(t, err);
    t->have += n;
    t->job->fetched += n;
    return HUSE_OK;
}

static void part_done(void *ctx, huse_status s, const huse_client_answer *a, const char *why)
{
    huse_hub_task *t = ctx;
    huse_hub_job  *j = t->job;
    if (t->again || j->status != HUSE_OK)
        return;
    if (s != HUSE_OK)
        j->status = explain(&j->err, s, j->net, a, t->name, why);
    else if (t->have != t->file->size)
        j->status = huse_fail(&j->err, HUSE_BAD_DATA, "%s, %s: %llu bytes instead of the %llu that were announced", j->net->host, t->name,
                              (unsigned long long)t->have, (unsigned long long)t->file->size);
}

static huse_status start_over(huse_hub_task *t, huse_err *err)
{
    t->have = 0;
    t->etag[0] = 0;
    t->again = t->resumed = false;
    unlink(t->etag_path);
    return ftruncate(t->fd, 0) == 0 ? HUSE_OK : cannot_write(t, err);
}

/* The part that an earlier call left, and what it belongs to. */
static huse_status open_part(huse_hub_task *t, huse_err *err)
{
    struct stat st;
    char       *etag = NULL, *folder = huse_xstrndup(t->path, strlen(t->path) - strlen(strrchr(t->path, '/')));
    size_t      n = 0;
    huse_status s = huse_fs_mkdirs(folder, err);
    free(folder);
    HUSE_TRY(s);
    t->fd = open(t->part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (t->fd < 0 || fstat(t->fd, &st) != 0)
        return cannot_write(t, err);
    if (huse_fs_exists(t->etag_path) && huse_fs_read(t->etag_path, sizeof t->etag - 1, &etag, &n, NULL) == HUSE_OK && strlen(etag) == n)
        snprintf(t->etag, sizeof t->etag, "%s", etag);
    free(etag);
    t->have = (uint64_t)st.st_size;
    t->resumed = t->have > 0;
    return t->have > t->file->size || !*t->etag || strpbrk(t->etag, "\r\n") ? start_over(t, err) : HUSE_OK;
}

/* A part that has all its bytes becomes the file, or goes; one that an earlier call began gets another chance. */
static huse_status settle(huse_hub_task *t, huse_err *err)
{
    bool good;
    if (t->done || t->again)
        return HUSE_OK;
    if (fsync(t->fd) != 0)
        return cannot_write(t, err);
    HUSE_TRY(huse_hub_file_check(t->file, t->part, &good, err));
    if (!good && t->resumed) {
        t->again = true;
        return HUSE_OK;
    }
    if (!good) {
        unlink(t->part);
        unlink(t->etag_path);
        return huse_fail(err, HUSE_BAD_DATA, "%s, %s: not the contents that were announced; they were thrown away", t->job->net->host,
                         t->name);
    }
    if (rename(t->part, t->path) != 0)
        return huse_fail_errno(err, "cannot write %s", t->path);
    unlink(t->etag_path);
    t->done = true;
    return HUSE_OK;
}

/* ---- all of them ---- */

void huse_hub_job_add(huse_hub_job *j, const char *url, const char *name, const huse_hub_file *file)
{
    j->task = huse_xrealloc(j->task, (j->n + 1) * sizeof *j->task);
    huse_hub_task *t = &j->task[j->n++];
    *t = (huse_hub_task){.url = huse_xstrdup(url), .name = name, .file = file, .fd = -1, .path = huse_fs_join(j->dir, name)};
    t->part = huse_format("%s.part", t->path);
    t->etag_path = huse_format("%s.etag", t->path);
}

static void tell(const huse_hub_job *j)
{
    uint64_t done = 0, total = 0;
    for (size_t i = 0; i < j->n; i++) {
        total += j->task[i].file->size;
        done += j->task[i].done ? j->task[i].file->size : j->task[i].have;
    }
    if (j->progress)
        j->progress(j->ctx, "fetching", (size_t)done, (size_t)total);
}

/* What is there already, of an earlier call. */
static huse_status take_stock(huse_hub_job *j, huse_err *err)
{
    for (size_t i = 0; i < j->n; i++) {
        huse_hub_task *t = &j->task[i];
        t->job = j;
        HUSE_TRY(huse_hub_file_check(t->file, t->path, &t->done, err));
        if (!t->done)
            HUSE_TRY(open_part(t, err));
    }
    return HUSE_OK;
}

static void ask(huse_hub_job *j)
{
    for (size_t i = 0; i < j->n; i++) {
        huse_hub_task *t = &j->task[i];
        if (t->done || (t->have == t->file->size && *t->etag))
            continue;
        huse_client_request r = {.url = t->url, .token = j->net->token, .max_bytes = HUSE_MAX(t->file->size, 1), .from = part_from,
                                 .begin = part_begin, .data = part_data, .done = part_done, .ctx = t};
        huse_client_add(j->net->client, &r);
    }
}

static huse_status follow(huse_hub_job *j, huse_err *err)
{
    while (huse_client_pending(j->net->client) > 0 && j->status == HUSE_OK) {
        if (huse_stopped(j->net->stop))
            return huse_fail(err, HUSE_INTERRUPTED, "stopped; what was fetched is kept");
        tell(j);
        huse_client_step(j->net->client, STEP_MS);
    }
    return j->status == HUSE_OK ? HUSE_OK : huse_fail(err, j->status, "%s", j->err.msg);
}

static huse_status pass(huse_hub_job *j, bool *whole, huse_err *err)
{
    ask(j);
    HUSE_TRY(follow(j, err));
    *whole = true;
    for (size_t i = 0; i < j->n; i++) {
        huse_hub_task *t = &j->task[i];
        HUSE_TRY(settle(t, err));
        if (t->again)
            HUSE_TRY(start_over(t, err));
        *whole &= t->done;
    }
    return HUSE_OK;
}

huse_status huse_hub_job_run(huse_hub_job *j, huse_err *err)
{
    bool        whole = j->n == 0;
    huse_status s = take_stock(j, err);
    for (int i = 0; i < PASSES && s == HUSE_OK && !whole; i++)
        s = pass(j, &whole, err);
    if (s == HUSE_OK && !whole)
        s = huse_fail(err, HUSE_NETWORK, "%s: the files of %s change while they are fetched", j->net->host, j->net->repository);
    for (size_t i = 0; i < j->n; i++) {
        huse_hub_task *t = &j->task[i];
        if (t->fd >= 0)
            close(t->fd);
        free(t->url);
        free(t->path);
        free(t->part);
        free(t->etag_path);
    }
    free(j->task);
    j->task = NULL;
    j->n = 0;
    return s;
}
