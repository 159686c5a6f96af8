/* Whose turn it is: hosts with their queues, limits, pauses and faults, over one multi handle. */
#include "net/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "net/transfer.h"

enum { BACKOFF_MAX = 60000, UNREACHABLE_TRIES = 2, UNREACHABLE_MAX = 4, TROUBLED_MAX = 4096 };

/* Kept while it has requests, or something to remember. */
typedef struct host {
    char     *origin;
    transfer *first, *last; /* waiting, in order */
    int       active, unreachable; /* the latter in a row */
    int64_t   not_before;
    char      broken[160]; /* why everything else of it fails at once; "" */
} host;

struct huse_client {
    huse_client_options opt;
    char            *ca_file;
    CURLM           *multi;
    host           **host;
    size_t           n_hosts, cap_hosts, turn, pending;
    transfer       **active;
    int              n_active;
    size_t           n_done; /* ever */
    huse_rng         rng;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static CURLcode global_result;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void defaults(huse_client_options *o)
{
#define DEFAULT(field, value) o->field = o->field ? o->field : (value)
    DEFAULT(connections, 64);
    DEFAULT(per_host, 6);
    DEFAULT(redirects, 5);
    DEFAULT(tries, 5);
    DEFAULT(backoff, 500);
    DEFAULT(patience, 120000);
    DEFAULT(connect, 15000);
    DEFAULT(slow, 30000);
    DEFAULT(max_bytes, (uint64_t)64 << 20);
#undef DEFAULT
    o->redirects = HUSE_MAX(o->redirects, 0);
}

huse_status huse_client_new(huse_client **out, const huse_client_options *o, huse_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    if (global_result != CURLE_OK)
        return huse_fail(err, HUSE_FAILED, "libcurl does not start: %s", curl_easy_strerror(global_result));
    if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SSL))
        return huse_fail(err, HUSE_FAILED, "this libcurl has no TLS");
    if (o->ca_file && access(o->ca_file, R_OK) != 0)
        return huse_fail_errno(err, "the file of certificate authorities %s cannot be read", o->ca_file);
    huse_client *c = huse_xcalloc(1, sizeof *c);
    c->opt = *o;
    defaults(&c->opt);
    c->ca_file = o->ca_file ? huse_xstrdup(o->ca_file) : NULL;
    c->opt.ca_file = c->ca_file;
    c->multi = curl_multi_init();
    HUSE_ASSERT(c->multi);
    curl_multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)c->opt.connections);
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->opt.connections);
    c->active = huse_xcalloc((size_t)c->opt.connections, sizeof *c->active);
    huse_rng_init(&c->rng, (uint64_t)now_ms() ^ (uint64_t)getpid() << 32, 1);
    *out = c;
    return HUSE_OK;
}

static void free_host(host *h)
{
    while (h->first) {
        transfer *t = h->first;
        h->first = t->next;
        transfer_free(t);
    }
    free(h->origin);
    free(h);
}

void huse_client_free(huse_client *c)
{
    if (!c)
        return;
    for (int i = 0; i < c->n_active; i++) {
        curl_multi_remove_handle(c->multi, c->active[i]->easy);
        transfer_free(c->active[i]);
    }
    for (size_t i = 0; i < c->n_hosts; i++)
        free_host(c->host[i]);
    curl_multi_cleanup(c->multi);
    free(c->active);
    free(c->host);
    free(c->ca_file);
    free(c);
}

/* ---- hosts ---- */

/* Hosts that nothing waits for and that need no remembering make room; of the others, the oldest. */
static void sweep_hosts(huse_client *c, int64_t now)
{
    size_t kept = 0, n = c->n_hosts;
    for (size_t i = 0; i < n; i++) {
        host *h = c->host[i];
        bool  idle = !h->first && h->active == 0;
        bool  plain = h->not_before <= now && h->unreachable == 0 && !*h->broken;
        if (idle && (plain || n - i + kept > TROUBLED_MAX))
            free_host(h);
        else
            c->host[kept++] = h;
    }
    c->n_hosts = kept;
    c->turn = 0;
}

static host *find_host(huse_client *c, const char *origin)
{
    for (size_t i = 0; i < c->n_hosts; i++)
        if (strcmp(c->host[i]->origin, origin) == 0)
            return c->host[i];
    if (c->n_hosts == c->cap_hosts) {
        sweep_hosts(c, now_ms());
        if (c->n_hosts * 2 >= c->cap_hosts) {
            c->cap_hosts = c->cap_hosts ? c->cap_hosts * 2 : 64;
            c->host = huse_xrealloc(c->host, c->cap_hosts * sizeof(host *));
        }
    }
    host *h = huse_xcalloc(1, sizeof *h);
    h->origin = huse_xstrdup(origin);
    c->host[c->n_hosts++] = h;
    return h;
}

static void enqueue(host *h, transfer *t, bool front)
{
    t->next = front ? h->first : NULL;
    if (front) {
        h->first = t;
        h->last = h->last ? h->last : t;
        return;
    }
    if (h->last)
        h->last->next = t;
    else
        h->first = t;
    h->last = t;
}

/* The first of the queue whose time has come. */
static transfer *take(host *h, int64_t now)
{
    transfer *before = NULL;
    for (transfer *t = h->first; t; before = t, t = t->next) {
        if (t->ready > now)
            continue;
        if (before)
            before->next = t->next;
        else
            h->first = t->next;
        if (h->last == t)
            h->last = before;
        return t;
    }
    return NULL;
}

/* ---- requests ---- */

static void finish(huse_client *c, transfer *t)
{
    c->pending--;
    c->n_done++;
    if (t->req.done)
        t->req.done(t->req.ctx, t->status, &t->answer, t->status == HUSE_OK ? "" : t->why.msg);
    transfer_free(t);
}

void huse_client_add(huse_client *c, const huse_client_request *r)
{
    transfer    *t = transfer_new(&c->opt, r);
    huse_net_url u;
    huse_err     err;
    /* A faulty address waits for its turn too: done() comes from huse_client_step alone */
    bool good = huse_net_url_parse(&u, r->url, &err) == HUSE_OK;
    enqueue(find_host(c, good ? u.origin : ""), t, false);
    if (good)
        huse_net_url_free(&u);
    c->pending++;
}

size_t huse_client_pending(const huse_client *c)
{
    return c->pending;
}

static void start(huse_client *c, host *h, transfer *t, int64_t now)
{
    if (*h->broken) {
        t->status = huse_fail(&t->why, HUSE_NETWORK, "%s", h->broken);
        finish(c, t);
        return;
    }
    t->status = transfer_begin(t, &t->why);
    if (t->status != HUSE_OK) {
        finish(c, t);
        return;
    }
    h->active++;
    h->not_before = HUSE_MAX(h->not_before, now + c->opt.pause);
    c->active[c->n_active++] = t;
    HUSE_ASSERT(curl_multi_add_handle(c->multi, t->easy) == CURLM_OK);
}

/* Starts what may start, one request of each host in turn. Returns how long nothing else may, in ms; -1: no matter. */
static int64_t start_ready(huse_client *c)
{
    int64_t now = now_ms(), next = -1;
    bool    any = true;
    while (any && c->n_active < c->opt.connections) {
        any = false;
        /* done() of a request that cannot start may add others, and with them hosts */
        for (size_t k = 0, n = c->n_hosts; k < n && c->n_hosts > 0 && c->n_active < c->opt.connections; k++) {
            c->turn = (c->turn + 1) % c->n_hosts;
            host     *h = c->host[c->turn];
            bool      may = h->first && h->active < c->opt.per_host && (h->not_before <= now || *h->broken);
            transfer *t = may ? take(h, *h->broken ? INT64_MAX : now) : NULL;
            any |= t != NULL;
            if (t)
                start(c, h, t, now);
        }
    }
    for (size_t i = 0; i < c->n_hosts; i++) {
        const host *h = c->host[i];
        for (const transfer *t = h->first; t && h->active < c->opt.per_host; t = t->next) {
            int64_t wait = HUSE_MAX(HUSE_MAX(t->ready, h->not_before) - now, 1);
            next = next < 0 ? wait : HUSE_MIN(next, wait);
        }
    }
    return next;
}

/* When to try again; false: not any more. */
static bool put_off(huse_client *c, host *h, transfer *t, bool unreachable)
{
    const huse_client_options *o = &c->opt;
    int64_t                 now = now_ms(), wait = o->backoff;
    for (int i = 1; i < t->tries && wait < BACKOFF_MAX; i++)
        wait *= 2;
    wait = HUSE_MIN(wait, BACKOFF_MAX);
    wait = (int64_t)((double)wait * (.5 + .5 * huse_rng_uniform(&c->rng)));
    if (t->retry_after >= 0) {
        if (t->retry_after * 1000 > o->patience) {
            huse_fail_prefix(&t->why, "asks for a longer wait than we take");
            memcpy(h->broken, t->why.msg, HUSE_MIN(strlen(t->why.msg), sizeof h->broken - 1));
            return false;
        }
        wait = t->retry_after * 1000;
        h->not_before = HUSE_MAX(h->not_before, now + wait);
    }
    if (unreachable && h->unreachable >= UNREACHABLE_MAX && !*h->broken)
        memcpy(h->broken, t->why.msg, HUSE_MIN(strlen(t->why.msg), sizeof h->broken - 1));
    bool slow = strncmp(t->why.msg, "too", 3) == 0; /* each try of these takes long */
    if (t->tries >= (unreachable || slow ? HUSE_MIN(UNREACHABLE_TRIES, o->tries) : o->tries) || *h->broken)
        return false;
    t->ready = now + wait;
    return true;
}

static void ended(huse_client *c, transfer *t, CURLcode code)
{
    bool  unreachable;
    host *h = find_host(c, t->url.origin);
    curl_multi_remove_handle(c->multi, t->easy);
    for (int i = 0; i < c->n_active; i++)
        if (c->active[i] == t)
            c->active[i] = c->active[--c->n_active];
    h->active--;
    verdict v = transfer_judge(t, code, &unreachable);
    h->unreachable = unreachable ? h->unreachable + 1 : 0;
    if (v == VERDICT_MOVED) {
        enqueue(find_host(c, t->url.origin), t, true);
    } else if (v == VERDICT_AGAIN && put_off(c, h, t, unreachable)) {
        enqueue(h, t, false);
    } else {
        if (v == VERDICT_AGAIN)
            t->status = HUSE_NETWORK;
        finish(c, t);
    }
}

void huse_client_step(huse_client *c, int wait_ms)
{
    int64_t until = now_ms() + wait_ms;
    size_t  before = c->n_done;
    while (c->pending > 0) {
        int      running, left;
        CURLMsg *m;
        int64_t  next = start_ready(c), now = now_ms();
        HUSE_ASSERT(curl_multi_perform(c->multi, &running) == CURLM_OK);
        while ((m = curl_multi_info_read(c->multi, &left)) != NULL)
            if (m->msg == CURLMSG_DONE) {
                transfer *t = NULL;
                CURLcode  code = m->data.result;
                curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
                ended(c, t, code);
            }
        if (c->n_done != before || now >= until)
            return;
        int64_t wait = HUSE_MIN(until - now, next < 0 ? 1000 : next);
        int     events = 0;
        HUSE_ASSERT(curl_multi_poll(c->multi, NULL, 0, (int)HUSE_MIN(wait, 1000), &events) == CURLM_OK);
        if (events == 0 && next < 0 && c->n_active == 0)
            return;
    }
}

void huse_client_wake(huse_client *c)
{
    curl_multi_wakeup(c->multi);
}

huse_status huse_client_run(huse_client *c, volatile const int *stop, huse_err *err)
{
    while (huse_client_pending(c) > 0) {
        if (huse_stopped(stop))
            return huse_fail(err, HUSE_INTERRUPTED, "stopped");
        huse_client_step(c, 200);
    }
    return HUSE_OK;
}
