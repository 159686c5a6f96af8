/* Pictures of a catalogue: looked at and decoded in parallel, encoded and stored in batches. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "data/catalogue.h"
#include "data/embed.h"
#include "data/fetch.h"
#include "encode/picture.h"
#include "net/rules.h"

#define CHUNK 64         /* pictures that the pool looks at before anything is stored */
#define BATCH 64         /* new pictures that a kill may cost, in a catalogue of up to LARGE pictures */
#define BATCH_LARGE 256
#define LARGE 16384
#define STATES_MAX 2048  /* changed states that are stored at once */
#define PIXELS ((size_t)HUSE_PICTURE_SIDE * HUSE_PICTURE_SIDE * 3)

/* One picture on its way. */
typedef struct job {
    const huse_picture *picture;
    huse_picture_update found;
    char                why[200];
    bool                changed;    /* what was found differs from the catalogue */
    bool                decoded, has_row, has_thumb;
    bool                waiting;    /* an address that was not asked for */
    const char         *fetch_why;  /* of an address: why it is not there */
    huse_decoded        pixels;
    huse_status         status;     /* of things that stop the whole run */
    huse_err            err;
} job;

/* An image folder; fd -1 when it cannot be opened. */
typedef struct root {
    const char *path;
    int         fd;
} root;

typedef struct run {
    huse_embedder *e;
    huse_features *features; /* NULL: rows come from elsewhere */
    huse_thumbs   *thumbs;
    huse_decoder  *decoder;
    huse_fetch    *fetch;    /* NULL: no addresses, or nothing of them is missing */
    root          *roots;
    size_t         n_roots;
    job           *pending;  /* jobs not stored yet */
    size_t         n_pending, n_decoded, room, batch, stored;
} run;

static void fail_job(job *j, const char *why)
{
    size_t n = strlen(why);
    n = HUSE_MIN(n, sizeof j->why - 1);
    while (n > 0 && (why[n] & 0xc0) == 0x80) /* not inside a character */
        n--;
    memcpy(j->why, why, n);
    j->why[n] = '\0';
    j->found.state = HUSE_PICTURE_FAILED;
    j->found.why = j->why;
}

/* A message about a file without the file's name in front: the catalogue knows the name. */
static const char *without_name(const char *msg, const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || strncmp(msg, name, n) != 0)
        return msg;
    msg += n;
    return msg + strspn(msg, ": ");
}

static int root_fd(const run *r, const char *path)
{
    for (size_t i = 0; i < r->n_roots; i++)
        if (strcmp(r->roots[i].path, path) == 0)
            return r->roots[i].fd;
    return -1;
}

huse_status huse_picture_open(int dir, const huse_picture *p, const char **below, int *fd, huse_err *err)
{
    const char *path = p->path, *folder = p->root;
    size_t n = strlen(folder);
    while (n > 1 && folder[n - 1] == '/')
        n--;
    if (path[0] == '/' && strncmp(path, folder, n) == 0 && (path[n] == '/' || n == 1))
        path += n + strspn(path + n, "/");
    *below = path;
    if (huse_text_is_address(path))
        return huse_fail(err, HUSE_NOT_FOUND, "%s: a web address; pictures are read from files", path);
    return huse_fs_open_beneath(dir, path, fd, err);
}

static int open_picture(const run *r, job *j)
{
    const char *path;
    int fd = -1, dir = root_fd(r, j->picture->root);
    huse_err err;
    if (dir < 0) {
        fail_job(j, "its image folder cannot be opened");
        return -1;
    }
    if (huse_picture_open(dir, j->picture, &path, &fd, &err) == HUSE_OK)
        return fd;
    fail_job(j, without_name(err.msg, path));
    return -1;
}

/* The whole file; NULL with the reason in the job. */
static uint8_t *read_picture(job *j, int fd, size_t *n)
{
    void *data = NULL;
    huse_err err;
    if (j->found.size > (int64_t)HUSE_PICTURE_MAX_BYTES) {
        fail_job(j, "the file is over the limit of 64 MiB");
        return NULL;
    }
    size_t room = (size_t)j->found.size + 1;
    if (huse_try_alloc(&data, room, 1, &err) != HUSE_OK) {
        fail_job(j, err.msg);
        return NULL;
    }
    *n = 0;
    while (*n < room) {
        ssize_t k = read(fd, (uint8_t *)data + *n, room - *n);
        if (k == 0)
            break;
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0 || *n + (size_t)k == room) {
            huse_fail_errno(&err, "cannot be read");
            fail_job(j, k < 0 ? err.msg : "it grew while it was read");
            free(data);
            return NULL;
        }
        *n += (size_t)k;
    }
    return data;
}

static void note_presence(const run *r, job *j)
{
    j->has_row = r->features == NULL || huse_features_find(r->features, &j->found.key) != NULL;
    j->has_thumb = huse_thumbs_has(r->thumbs, &j->found.key);
}

/* Content key, and pixels when something is missing for it. */
static void take_content(const run *r, job *j, int fd)
{
    size_t n = 0;
    uint8_t *data = read_picture(j, fd, &n);
    if (data == NULL)
        return;
    j->found.key = huse_sha256(data, n);
    j->found.has_key = true;
    note_presence(r, j);
    huse_status s = HUSE_OK;
    if (!j->has_row || !j->has_thumb)
        s = huse_decoder_decode(r->decoder, data, n, &j->pixels, &j->err);
    free(data);
    if (s == HUSE_BAD_DATA) {
        fail_job(j, j->err.msg);
    } else if (s != HUSE_OK) {
        j->status = s;
    } else {
        j->decoded = !j->has_row || !j->has_thumb;
        j->found.state = HUSE_PICTURE_OK;
    }
}

/* A file whose size and time are as stored has not changed: its key or its failure still holds. */
static bool still_known(const run *r, job *j)
{
    const huse_picture *p = j->picture;
    if (p->size != j->found.size || p->mtime_ns != j->found.mtime_ns || p->mtime_ns == 0)
        return false;
    if (p->state == HUSE_PICTURE_FAILED && !r->e->opt->retry) {
        fail_job(j, p->why != NULL ? p->why : "");
        j->found.has_key = p->has_key;
        memcpy(j->found.key.byte, p->key, sizeof p->key);
        return true;
    }
    if (p->state != HUSE_PICTURE_OK || !p->has_key)
        return false;
    memcpy(j->found.key.byte, p->key, sizeof p->key);
    note_presence(r, j);
    if (!j->has_row || !j->has_thumb)
        return false;
    j->found.has_key = true;
    j->found.state = HUSE_PICTURE_OK;
    return true;
}

/* ---- pictures by address ---- */

/* Whether all that the catalogue says of an address is still worth something. */
static bool is_settled(const run *r, const huse_picture *p, job *j)
{
    if (p->state == HUSE_PICTURE_FAILED)
        return !r->e->opt->retry;
    if (p->state != HUSE_PICTURE_OK || !p->has_key)
        return false;
    memcpy(j->found.key.byte, p->key, sizeof p->key);
    note_presence(r, j);
    return j->has_row && j->has_thumb;
}

static void keep_as_it_is(job *j)
{
    const huse_picture *p = j->picture;
    j->found.state = p->state;
    j->found.has_key = p->has_key;
    memcpy(j->found.key.byte, p->key, sizeof p->key);
    j->found.size = p->size;
    j->found.mtime_ns = p->mtime_ns;
    if (p->state == HUSE_PICTURE_FAILED) {
        fail_job(j, p->why != NULL ? p->why : "");
        j->fetch_why = j->why;
    }
}

static void take_fetched(const run *r, job *j, const huse_key *key)
{
    struct stat st;
    int fd;
    huse_err err;
    if (huse_fetch_read(r->fetch, key, &fd, &err) != HUSE_OK) {
        j->waiting = true;
        j->fetch_why = "removed from the workspace while it was to be read";
        return;
    }
    if (fstat(fd, &st) == 0) {
        j->found.size = st.st_size;
        take_content(r, j, fd);
    } else {
        fail_job(j, "cannot be examined");
    }
    close(fd);
    if (j->found.state == HUSE_PICTURE_FAILED)
        j->fetch_why = j->why;
    if (!j->found.has_key || huse_key_equal(&j->found.key, key))
        return;
    huse_fetch_forget(r->fetch, key);
    huse_decoded_free(&j->pixels);
    j->decoded = false;
    keep_as_it_is(j);
    j->waiting = true;
    j->fetch_why = "damaged in the workspace: the next embed fetches it again";
}

static void look_fetched(const run *r, job *j, size_t picture)
{
    huse_fetch_outcome o = { .state = HUSE_FETCH_NONE };
    bool settled = is_settled(r, j->picture, j);
    if (r->fetch != NULL)
        o = huse_fetch_outcome_of(r->fetch, picture);
    j->has_row = j->has_thumb = false;
    if (o.state == HUSE_FETCH_THERE) {
        take_fetched(r, j, &o.key);
    } else if (o.state == HUSE_FETCH_FAILED && !(settled && j->picture->state == HUSE_PICTURE_OK)) {
        fail_job(j, o.why);
        j->fetch_why = j->why;
    } else {
        keep_as_it_is(j);
        j->waiting = !settled && (o.state == HUSE_FETCH_REFUSED || o.state == HUSE_FETCH_WAITING || o.state == HUSE_FETCH_SAME);
        if (o.state == HUSE_FETCH_REFUSED || o.state == HUSE_FETCH_FAILED)
            j->fetch_why = o.why;
    }
}

/* Which addresses are to be fetched; the store has some of them already. */
static huse_status begin_fetch(run *r, huse_err *err)
{
    const huse_embedder *e = r->e;
    const huse_items *items = e->items;
    bool *wanted = huse_xcalloc(items->n_pictures, sizeof *wanted);
    size_t n = 0;
    for (size_t i = 0; i < items->n_pictures; i++) {
        const huse_picture *p = &items->picture[i];
        job j = { .picture = p };
        wanted[i] = huse_text_is_address(p->path) && (e->opt->refresh || !is_settled(r, p, &j));
        n += wanted[i];
    }
    huse_status s = HUSE_OK;
    if (n > 0)
        s = huse_fetch_begin(&r->fetch, huse_workspace_dir(e->ws), items, wanted, e->opt->refresh, &e->host->network, err);
    free(wanted);
    return s;
}

/* Until the pictures of the next chunk came, or did not. */
static huse_status await(run *r, size_t first, size_t n, huse_err *err)
{
    huse_status s = HUSE_OK;
    bool settled = r->fetch == NULL;
    while (s == HUSE_OK && !settled) {
        size_t done, total, came;
        s = huse_fetch_wait(r->fetch, first, n, 200, &settled, err);
        huse_fetch_counts(r->fetch, &done, &total, &came);
        if (s == HUSE_OK && !settled) {
            huse_embed_progress(r->e, "fetching", done, total);
            s = huse_embed_check_stop(r->e, err);
        }
    }
    return s;
}

static void note_fault(huse_embed_report *rep, const job *j)
{
    bool refused = j->waiting;
    char *host = huse_net_url_host(j->picture->path);
    size_t i = 0;
    while (i < rep->n_faults && (strcmp(rep->fault[i].why, j->fetch_why) != 0 || strcmp(rep->fault[i].host, host) != 0 ||
                                 rep->fault[i].refused != refused))
        i++;
    if (i == rep->n_faults && i < HUSE_COUNT(rep->fault)) {
        huse_embed_fault *f = &rep->fault[rep->n_faults++];
        f->refused = refused;
        snprintf(f->host, sizeof f->host, "%s", host);
        snprintf(f->why, sizeof f->why, "%s", j->fetch_why);
    } else if (i == rep->n_faults) {
        huse_embed_fault *f = &rep->fault[--i];
        snprintf(f->host, sizeof f->host, "other hosts");
        snprintf(f->why, sizeof f->why, "other reasons");
    }
    rep->fault[i].n++;
    free(host);
}

static bool differs(const huse_picture *p, const huse_picture_update *u)
{
    if (p->state != u->state || p->has_key != u->has_key || p->size != u->size || p->mtime_ns != u->mtime_ns)
        return true;
    if (u->has_key && memcmp(p->key, u->key.byte, sizeof p->key) != 0)
        return true;
    return u->why != NULL && (p->why == NULL || strcmp(p->why, u->why) != 0);
}

static void look(void *ctx, size_t i, int worker)
{
    const run *r = ctx;
    job *j = &r->pending[r->n_pending + i];
    struct stat st;
    (void)worker;
    if (huse_text_is_address(j->picture->path)) {
        look_fetched(r, j, (size_t)(j->picture - r->e->items->picture));
        j->changed = differs(j->picture, &j->found);
        return;
    }
    int fd = open_picture(r, j);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        j->found.size = st.st_size;
        j->found.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        if (!still_known(r, j))
            take_content(r, j, fd);
    } else if (fd >= 0) {
        fail_job(j, "cannot be examined");
    }
    if (fd >= 0)
        close(fd);
    j->changed = differs(j->picture, &j->found);
}

/* The decoded jobs, each content once. Returns their number. */
static size_t distinct(const run *r, const job **out)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_pending; i++) {
        const job *j = &r->pending[i];
        bool seen = !j->decoded;
        for (size_t k = 0; !seen && k < n; k++)
            seen = huse_key_equal(&out[k]->found.key, &j->found.key);
        if (!seen)
            out[n++] = j;
    }
    return n;
}

static huse_status store_rows(run *r, const job *const *list, size_t n, huse_err *err)
{
    const huse_image_encoder *enc = r->e->image;
    uint8_t *rgb = huse_xaligned(n * PIXELS);
    huse_key *key = huse_xmalloc(n * sizeof *key);
    float *rows = huse_xaligned(n * enc->dim * sizeof *rows);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i]->has_row)
            continue;
        memcpy(rgb + m * PIXELS, list[i]->pixels.feature, PIXELS);
        key[m++] = list[i]->found.key;
    }
    huse_status s = HUSE_OK;
    if (m > 0) {
        enc->encode(enc, r->e->pool, rgb, m, rows);
        s = huse_features_append(r->features, key, rows, m, err);
    }
    free(rgb);
    free(key);
    free(rows);
    return s;
}

static huse_status store_thumbs(run *r, const job *const *list, size_t n, huse_err *err)
{
    huse_thumb *thumb = huse_xcalloc(n, sizeof *thumb);
    for (size_t i = 0; i < n; i++)
        thumb[i] = (huse_thumb){ list[i]->found.key, list[i]->pixels.thumb_w, list[i]->pixels.thumb_h, list[i]->pixels.packed };
    huse_status s = huse_thumbs_append(r->thumbs, thumb, n, err);
    free(thumb);
    return s;
}

static huse_status store_states(run *r, huse_err *err)
{
    size_t n = 0;
    huse_picture_update *u = huse_xcalloc(r->n_pending, sizeof *u);
    for (size_t i = 0; i < r->n_pending; i++) {
        job *j = &r->pending[i];
        if (!j->changed)
            continue;
        u[n] = j->found;
        u[n++].why = j->found.state == HUSE_PICTURE_FAILED ? j->why : NULL;
    }
    huse_status s = n > 0 ? huse_catalogue_set_pictures(r->e->ws, u, n, err) : HUSE_OK;
    free(u);
    return s;
}

static void drop_pending(run *r)
{
    for (size_t i = 0; i < r->n_pending; i++)
        huse_decoded_free(&r->pending[i].pixels);
    r->n_pending = r->n_decoded = 0;
}

/* Rows before states: what the catalogue calls done is done. */
static huse_status flush(run *r, huse_err *err)
{
    if (r->n_pending == 0)
        return HUSE_OK;
    const job **list = huse_xcalloc(r->n_pending, sizeof(*list));
    size_t n = distinct(r, list);
    huse_status s = HUSE_OK;
    if (n > 0 && r->features != NULL)
        s = store_rows(r, list, n, err);
    if (s == HUSE_OK && n > 0)
        s = store_thumbs(r, list, n, err);
    if (s == HUSE_OK)
        s = store_states(r, err);
    r->stored += n > 0;
    free(list);
    drop_pending(r);
    return s;
}

static void count(huse_embed_report *rep, const job *j)
{
    if (j->fetch_why != NULL)
        note_fault(rep, j);
    if (j->waiting)
        rep->pictures_waiting++;
    else if (j->found.state == HUSE_PICTURE_FAILED)
        rep->pictures_failed++;
    else if (j->decoded)
        rep->pictures_new++;
    else
        rep->pictures_kept++;
}

/* Looks at @n pictures from @first on and puts those that leave something to store among the pending. */
static huse_status take_chunk(run *r, size_t first, size_t n, huse_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const huse_picture *p = &r->e->items->picture[first + i];
        r->pending[r->n_pending + i] = (job){ .picture = p, .found.rowid = p->rowid };
    }
    huse_pool_run(r->e->pool, n, look, r);
    huse_status s = HUSE_OK;
    size_t at = r->n_pending, kept = at;
    for (size_t i = at; i < at + n; i++) {
        job *j = &r->pending[i];
        if (s == HUSE_OK && j->status != HUSE_OK)
            s = huse_fail(err, j->status, "%s", j->err.msg);
        count(r->e->report, j);
        r->n_decoded += j->decoded;
        if (j->changed || j->decoded)
            r->pending[kept++] = *j;
        else
            huse_decoded_free(&j->pixels);
    }
    r->n_pending = kept;
    return s;
}

static huse_status walk(run *r, huse_err *err)
{
    const size_t n = r->e->items->n_pictures;
    huse_status s = HUSE_OK;
    for (size_t at = 0; s == HUSE_OK && at < n; at += CHUNK) {
        huse_embed_progress(r->e, "pictures", at, n);
        s = huse_embed_check_stop(r->e, err);
        if (s != HUSE_OK)
            break;
        const size_t m = HUSE_MIN(n - at, (size_t)CHUNK);
        s = await(r, at, m, err);
        if (s == HUSE_OK)
            s = take_chunk(r, at, m, err);
        if (s == HUSE_OK && (r->n_decoded >= r->batch || r->n_pending + CHUNK > r->room))
            s = flush(r, err);
        if (s == HUSE_OK && r->fetch != NULL)
            huse_fetch_release(r->fetch, at + m);
    }
    if (s == HUSE_OK)
        s = flush(r, err);
    else if (s == HUSE_INTERRUPTED && flush(r, NULL) != HUSE_OK)
        drop_pending(r);
    if (s == HUSE_OK && n > 0)
        huse_embed_progress(r->e, "pictures", n, n);
    return s;
}

static void open_roots(run *r)
{
    for (size_t i = 0; i < r->e->items->n_pictures; i++) {
        const char *path = r->e->items->picture[i].root;
        bool known = i > 0 && strcmp(path, r->e->items->picture[i - 1].root) == 0;
        for (size_t k = 0; !known && k < r->n_roots; k++)
            known = strcmp(r->roots[k].path, path) == 0;
        if (known)
            continue;
        r->roots = huse_xrealloc(r->roots, (r->n_roots + 1) * sizeof *r->roots);
        r->roots[r->n_roots++] = (root){ path, open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) };
    }
}

static huse_status open_run(run *r, huse_err *err)
{
    huse_embedder *e = r->e;
    const char *dir = huse_workspace_dir(e->ws);
    huse_decode_options opt = {
        .feature_side = e->image != NULL ? HUSE_PICTURE_SIDE : 0,
        .crop = e->crop,
        .thumb_side = HUSE_THUMB_SIDE,
        .pack = true,
    };
    if (e->image != NULL)
        HUSE_TRY(huse_features_open(&r->features, dir, e->names.image, e->image->dim, &e->image->hash, err));
    HUSE_TRY(huse_thumbs_open(&r->thumbs, dir, err));
    HUSE_TRY(huse_decoder_new(&r->decoder, e->host->decode_path, huse_pool_threads(e->pool), &opt, err));
    open_roots(r);
    HUSE_TRY(begin_fetch(r, err));
    r->batch = e->items->n_pictures > LARGE ? BATCH_LARGE : BATCH;
    r->room = STATES_MAX;
    r->pending = huse_xcalloc(r->room, sizeof *r->pending);
    return HUSE_OK;
}

static void close_run(run *r)
{
    drop_pending(r);
    for (size_t i = 0; i < r->n_roots; i++)
        if (r->roots[i].fd >= 0)
            close(r->roots[i].fd);
    free(r->roots);
    free(r->pending);
    huse_fetch_end(r->fetch);
    huse_decoder_free(r->decoder);
    huse_features_close(r->features);
    huse_thumbs_close(r->thumbs);
}

huse_status huse_embed_pictures(huse_embedder *e, huse_err *err)
{
    run r = { .e = e };
    size_t dropped;
    if (e->items->n_pictures == 0)
        return HUSE_OK;
    huse_status s = open_run(&r, err);
    if (s == HUSE_OK)
        s = walk(&r, err);
    if (s == HUSE_OK && r.stored >= HUSE_EMBED_COMPACT_AT) {
        if (r.features != NULL)
            s = huse_features_compact(r.features, NULL, NULL, &dropped, err);
        if (s == HUSE_OK)
            s = huse_thumbs_compact(r.thumbs, NULL, NULL, &dropped, err);
    }
    if (r.fetch != NULL) {
        size_t done, total;
        huse_fetch_counts(r.fetch, &done, &total, &e->report->pictures_fetched);
    }
    close_run(&r);
    return s;
}
