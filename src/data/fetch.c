#include "data/fetch.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "data/strings.h"
#include "encode/picture.h"
#include "net/client.h"

enum { AHEAD = 1024, NOT_ONE = -1, TRY_MAX_MS = 600000 };
static const uint64_t default_cache = (uint64_t)2 << 30;

/* One address. */
typedef struct slot {
    huse_fetch *f;
    const char *address; /* the catalogue's */
    size_t      first, last; /* pictures that have it */
    huse_fetch_outcome out;
    char       *why;
    bool        held;
    /* while it comes */
    int              fd;
    char            *temporary;
    huse_sha256_ctx *hash;
    uint8_t          head[12];
    size_t           n;
} slot;

struct huse_fetch {
    const huse_items *items;
    huse_network      network;
    bool              refresh;
    huse_client         *net; /* NULL: nothing is to be asked for */
    huse_fetched     *store; /* guarded by @lock */
    slot             *slot;
    size_t            n_slots, next, done, total, came;
    size_t            used, released; /* pictures, and slots, that the other side is done with */
    int64_t          *of; /* by picture: its slot, or NOT_ONE */
    pthread_t         thread;
    pthread_mutex_t   lock;
    pthread_cond_t    change;
    bool              running, stop;
    huse_status       status; /* what ended all */
    huse_err          err;
};

/* ---- what comes ---- */

static bool is_picture(const uint8_t h[12])
{
    return memcmp(h, "\xff\xd8\xff", 3) == 0 || memcmp(h, "\x89PNG", 4) == 0 || (memcmp(h, "RIFF", 4) == 0 && memcmp(h + 8, "WEBP", 4) == 0);
}

static void drop_temporary(slot *s)
{
    if (s->fd >= 0)
        close(s->fd);
    if (s->temporary)
        unlink(s->temporary);
    if (s->hash) {
        huse_key unused = huse_sha256_end(s->hash);
        (void)unused;
    }
    free(s->temporary);
    s->temporary = NULL;
    s->hash = NULL;
    s->fd = -1;
    s->n = 0;
}

static huse_status on_begin(void *ctx, const huse_client_answer *a, huse_err *err)
{
    slot *s = ctx;
    drop_temporary(s);
    if (a->code != 200)
        return huse_fail(err, HUSE_BAD_DATA, "the server sends a part, which was not asked for");
    HUSE_TRY(huse_fetched_temporary(s->f->store, &s->fd, &s->temporary, err));
    s->hash = huse_sha256_begin();
    return HUSE_OK;
}

static huse_status on_data(void *ctx, const void *p, size_t n, huse_err *err)
{
    slot *s = ctx;
    if (s->n < sizeof s->head) {
        memcpy(s->head + s->n, p, HUSE_MIN(n, sizeof s->head - s->n));
        if (s->n + n >= sizeof s->head && !is_picture(s->head))
            return huse_fail(err, HUSE_BAD_DATA, "the server sends no JPEG, PNG or WebP picture");
    }
    s->n += n;
    huse_sha256_add(s->hash, p, n);
    if (!huse_fs_write_all(s->fd, p, n))
        return huse_fail_errno(err, "cannot write %s", s->temporary);
    return HUSE_OK;
}

static void settle(slot *s, huse_fetch_state state, const huse_key *key, const char *why)
{
    s->out.state = state;
    if (key)
        s->out.key = *key;
    if (why) {
        s->why = huse_xstrdup(why);
        s->out.why = s->why;
    }
}

static void is_there(slot *s, const huse_key *key)
{
    huse_fetched_hold(s->f->store, key);
    s->held = true;
    settle(s, HUSE_FETCH_THERE, key, NULL);
}

/* A whole answer is there. FAILED: the store cannot keep it. */
static huse_status keep(slot *s, const huse_client_answer *a, huse_err *err)
{
    huse_fetched_answer old, new = {.etag = a->etag, .modified = a->modified};
    if (a->code == 304) {
        huse_fetched_find(s->f->store, s->address, &old);
        if (huse_fetched_has(s->f->store, &old.key))
            is_there(s, &old.key);
        else
            settle(s, HUSE_FETCH_SAME, &old.key, NULL);
        return HUSE_OK;
    }
    if (s->n < sizeof s->head) {
        settle(s, HUSE_FETCH_FAILED, NULL, "the server sends an empty answer, no picture");
        return HUSE_OK;
    }
    new.key = huse_sha256_end(s->hash);
    s->hash = NULL;
    HUSE_TRY(huse_fetched_put(s->f->store, s->address, &new, s->temporary, (int64_t)s->n, err));
    free(s->temporary);
    s->temporary = NULL;
    is_there(s, &new.key);
    return HUSE_OK;
}

static void on_done(void *ctx, huse_status status, const huse_client_answer *a, const char *why)
{
    slot       *s = ctx;
    huse_fetch *f = s->f;
    huse_err    err;
    pthread_mutex_lock(&f->lock);
    if (status == HUSE_OK)
        status = keep(s, a, &err);
    else
        huse_fail(&err, status, "%s", why);
    if (status == HUSE_NETWORK && a->refused != HUSE_CLIENT_SENT)
        settle(s, HUSE_FETCH_REFUSED, NULL, err.msg);
    else if (status == HUSE_NETWORK || status == HUSE_BAD_DATA)
        settle(s, HUSE_FETCH_FAILED, NULL, err.msg);
    else if (status != HUSE_OK && f->status == HUSE_OK)
        f->status = huse_fail(&f->err, status, "%s", err.msg);
    drop_temporary(s);
    f->done++;
    f->came += s->out.state == HUSE_FETCH_THERE || s->out.state == HUSE_FETCH_SAME;
    pthread_cond_broadcast(&f->change);
    pthread_mutex_unlock(&f->lock);
}

/* ---- the thread ---- */

static void ask(huse_fetch *f, slot *s)
{
    huse_fetched_answer old = {.etag = "", .modified = ""};
    bool                known = f->refresh && huse_fetched_find(f->store, s->address, &old);
    huse_client_add(f->net, &(huse_client_request){
                             .url = s->address,
                             .if_none_match = known && *old.etag ? old.etag : NULL,
                             .if_modified_since = known && !*old.etag && *old.modified ? old.modified : NULL,
                             .begin = on_begin,
                             .data = on_data,
                             .done = on_done,
                             .ctx = s,
                         });
}

/* Adds what may come now; false when it is time to end. */
static bool feed(huse_fetch *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->next < f->n_slots && f->next < f->released + AHEAD) {
        slot *s = &f->slot[f->next++];
        if (s->out.state == HUSE_FETCH_WAITING)
            ask(f, s);
    }
    while (!f->stop && f->status == HUSE_OK && huse_client_pending(f->net) == 0 && f->next < f->n_slots && f->next >= f->released + AHEAD)
        pthread_cond_wait(&f->change, &f->lock);
    bool more = !f->stop && f->status == HUSE_OK && (huse_client_pending(f->net) > 0 || f->next < f->n_slots);
    pthread_mutex_unlock(&f->lock);
    return more;
}

static void *fetching(void *ctx)
{
    huse_fetch *f = ctx;
    while (feed(f))
        huse_client_step(f->net, 100);
    return NULL;
}

/* ---- begin and end ---- */

static void add_slot(huse_fetch *f, huse_strmap *seen, size_t picture)
{
    const char *address = f->items->picture[picture].path;
    size_t      n = strlen(address);
    int64_t     i = huse_strmap_find(seen, address, n);
    if (i == HUSE_STRMAP_NONE) {
        i = (int64_t)f->n_slots++;
        f->slot[i] = (slot){.f = f, .address = address, .first = picture, .fd = -1, .out.state = HUSE_FETCH_WAITING};
        huse_strmap_add(seen, address, n, (uint32_t)i);
    }
    f->slot[i].last = picture;
    f->of[picture] = i;
}

/* What needs no asking. */
static void judge_slot(huse_fetch *f, slot *s)
{
    huse_fetched_answer a;
    if (!f->refresh && huse_fetched_find(f->store, s->address, &a) && huse_fetched_has(f->store, &a.key))
        is_there(s, &a.key);
    else if (f->network.offline)
        settle(s, HUSE_FETCH_REFUSED, NULL, "offline: not fetched");
    f->total += s->out.state == HUSE_FETCH_WAITING;
}

static huse_status open_net(huse_fetch *f, huse_err *err)
{
    const huse_client_options o = {
        .http = true,
        .allow_private = f->network.allow_private,
        .ca_file = f->network.ca_file,
        .per_host = f->network.per_host,
        .pause = f->network.pause_ms,
        .total = TRY_MAX_MS,
        .max_bytes = HUSE_PICTURE_MAX_BYTES,
    };
    HUSE_TRY(huse_client_new(&f->net, &o, err));
    if (pthread_create(&f->thread, NULL, fetching, f) != 0)
        return huse_fail(err, HUSE_FAILED, "no thread for fetching pictures can be started");
    pthread_setname_np(f->thread, "huse-fetch"); /* for top -H and what measures it */
    f->running = true;
    return HUSE_OK;
}

huse_status huse_fetch_begin(huse_fetch **out, const char *workspace, const huse_items *items, const bool *wanted, bool refresh,
                             const huse_network *network, huse_err *err)
{
    huse_fetch *f = huse_xcalloc(1, sizeof *f);
    huse_strmap seen = {0};
    size_t      n = 0;
    *f = (huse_fetch){.items = items, .network = *network, .refresh = refresh};
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->change, NULL);
    for (size_t i = 0; i < items->n_pictures; i++)
        n += wanted[i];
    f->slot = huse_xcalloc(n + 1, sizeof *f->slot);
    f->of = huse_xmalloc((items->n_pictures + 1) * sizeof *f->of);
    for (size_t i = 0; i < items->n_pictures; i++) {
        f->of[i] = NOT_ONE;
        if (wanted[i])
            add_slot(f, &seen, i);
    }
    huse_strmap_free(&seen);
    huse_status s = huse_fetched_open(&f->store, workspace, err);
    for (size_t i = 0; s == HUSE_OK && i < f->n_slots; i++)
        judge_slot(f, &f->slot[i]);
    if (s == HUSE_OK && f->total > 0)
        s = open_net(f, err);
    if (s == HUSE_OK)
        *out = f;
    else
        huse_fetch_end(f);
    return s;
}

void huse_fetch_end(huse_fetch *f)
{
    if (!f)
        return;
    if (f->running) {
        pthread_mutex_lock(&f->lock);
        f->stop = true;
        pthread_cond_broadcast(&f->change);
        pthread_mutex_unlock(&f->lock);
        huse_client_wake(f->net);
        pthread_join(f->thread, NULL);
    }
    huse_client_free(f->net);
    for (size_t i = 0; i < f->n_slots; i++) {
        drop_temporary(&f->slot[i]);
        free(f->slot[i].why);
    }
    if (f->store)
        huse_fetched_trim(f->store, f->network.cache_bytes ? f->network.cache_bytes : default_cache);
    huse_fetched_close(f->store);
    pthread_cond_destroy(&f->change);
    pthread_mutex_destroy(&f->lock);
    free(f->slot);
    free(f->of);
    free(f);
}

/* ---- what the other side sees ---- */

static bool waiting(const huse_fetch *f, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        if (f->of[i] != NOT_ONE && f->slot[f->of[i]].out.state == HUSE_FETCH_WAITING)
            return true;
    return false;
}

huse_status huse_fetch_wait(huse_fetch *f, size_t first, size_t n, int ms, bool *settled, huse_err *err)
{
    struct timespec until;
    int             timed_out = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&f->lock);
    while (f->status == HUSE_OK && !timed_out && waiting(f, first, n))
        timed_out = pthread_cond_timedwait(&f->change, &f->lock, &until) == ETIMEDOUT;
    *settled = !waiting(f, first, n);
    huse_status s = f->status == HUSE_OK ? HUSE_OK : huse_fail(err, f->status, "%s", f->err.msg);
    pthread_mutex_unlock(&f->lock);
    return s;
}

huse_fetch_outcome huse_fetch_outcome_of(huse_fetch *f, size_t picture)
{
    huse_fetch_outcome out = {.state = HUSE_FETCH_NONE};
    pthread_mutex_lock(&f->lock);
    if (f->of[picture] != NOT_ONE)
        out = f->slot[f->of[picture]].out;
    pthread_mutex_unlock(&f->lock);
    return out;
}

huse_status huse_fetch_read(huse_fetch *f, const huse_key *key, int *fd, huse_err *err)
{
    return huse_fetched_read(f->store, key, fd, err);
}

void huse_fetch_forget(huse_fetch *f, const huse_key *key)
{
    pthread_mutex_lock(&f->lock);
    huse_fetched_remove(f->store, key);
    pthread_mutex_unlock(&f->lock);
}

void huse_fetch_release(huse_fetch *f, size_t picture)
{
    pthread_mutex_lock(&f->lock);
    for (; f->used < picture; f->used++) {
        slot *s = f->of[f->used] == NOT_ONE ? NULL : &f->slot[f->of[f->used]];
        if (s && s->held && s->last == f->used) {
            huse_fetched_release(f->store, &s->out.key);
            s->held = false;
        }
    }
    while (f->released < f->n_slots && f->slot[f->released].first < picture)
        f->released++;
    huse_fetched_trim(f->store, f->network.cache_bytes ? f->network.cache_bytes : default_cache);
    pthread_cond_broadcast(&f->change);
    pthread_mutex_unlock(&f->lock);
    if (f->running)
        huse_client_wake(f->net);
}

void huse_fetch_counts(huse_fetch *f, size_t *done, size_t *total, size_t *came)
{
    pthread_mutex_lock(&f->lock);
    *done = f->done;
    *came = f->came;
    *total = f->total;
    pthread_mutex_unlock(&f->lock);
}
