#include "encode/remote.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "net/client.h"

enum {
    BATCH_FIRST = 16, BATCH_MAX = 256,     /* texts of a request */
    ASIDE_FIRST = 2, ASIDE_MAX = 8,        /* requests side by side */
    QUICK_MS = 2000, LONG_MS = 15000,      /* of one request: it may take more texts, or should take fewer */
    CLEAN = 4,                             /* answers without a complaint until one more goes side by side */
    QUIET_MS = 3000,                       /* nobody waits again so soon for a server that did not answer */
    STEP_MS = 50,
    CUT_MIN = 256,                         /* bytes of a text that is not cut any further */
    RECENT = 64,                           /* vectors kept at hand: scrolling through answers asks the same again */
};
#define TEXT_MAX ((size_t)32 << 10)
#define BODY_MAX ((size_t)256 << 10)

static const char probe_text[] = "A red summer dress with a floral pattern.";

typedef struct remote {
    huse_text_encoder    base;
    huse_remote_place    place;
    huse_remote_identity id; /* dim 0: to be filled by the first answer */
    char                 name[64];
    char                *refusal, *ca_file, *token_file;
    bool                 allow_private, patient, kept;
    huse_remote_cache    cache;
    void (*warn)(void *ctx, const char *msg);
    void *ctx;

    pthread_mutex_t lock; /* guards what follows */
    huse_client    *net;
    char           *token;
    bool            probed;
    size_t          batch, ceiling;
    int             aside, clean;
    int64_t         quiet_until;
    huse_err        quiet;
    huse_key        recent[RECENT];
    float          *recent_row; /* (RECENT,dim) */
    size_t          n_recent;   /* ever */
} remote;

typedef struct job job;

/** Texts of one request. */
typedef struct piece {
    struct piece *next;
    job          *j;
    size_t       *at, n;
    bool          probe; /* the probe goes before them */
    int64_t       begun;
    huse_buf      body;
} piece;

struct job {
    remote            *e;
    const char *const *text;
    size_t            *bytes; /* of each text that are sent */
    const size_t      *want;  /* texts to ask for */
    size_t             n_want, next, cut;
    piece             *waiting, *flying;
    int                n_flying;
    float             *out;
    bool              *got;
    huse_status        status;
    huse_err           err;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- who answers ---- */

static void identify(huse_remote_identity *id, const remote *e, const huse_remote_answer *a)
{
    *id = (huse_remote_identity){.dim = a->dim, .n_probe = HUSE_MIN(a->dim, (size_t)HUSE_REMOTE_PROBE_MAX)};
    snprintf(id->model, sizeof id->model, "%s", e->place.model);
    memcpy(id->answers, a->model, sizeof id->answers);
    memcpy(id->probe, a->row, id->n_probe * sizeof *id->probe);
}

huse_status huse_remote_same(const huse_remote_identity *known, const huse_remote_identity *now, bool same_place, huse_err *err)
{
    double apart = 0, length = 0;
    if (known->dim != now->dim)
        return huse_fail(err, HUSE_BAD_DATA, "its vectors have %zu numbers, those of this workspace %zu", now->dim, known->dim);
    if (same_place && *known->answers && *now->answers && strcmp(known->answers, now->answers) != 0)
        return huse_fail(err, HUSE_BAD_DATA, "it answers with the model %.80s, and answered with %.80s", now->answers, known->answers);
    for (size_t i = 0; i < HUSE_MIN(known->n_probe, now->n_probe); i++) {
        double a = (double)known->probe[i], b = (double)now->probe[i];
        apart += (a - b) * (a - b);
        length += a * a;
    }
    if (sqrt(apart) > .05 * sqrt(length))
        return huse_fail(err, HUSE_BAD_DATA, "the same text now has another vector");
    return HUSE_OK;
}

void huse_remote_name(char out[64], const char *model)
{
    char     hex[65], plain[41];
    huse_key key = huse_sha256(model, strlen(model));
    size_t   n = strlen(model), from = n > sizeof plain - 1 ? n - (sizeof plain - 1) : 0;
    for (size_t i = from; i <= n; i++) {
        char c = model[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || !c;
        plain[i - from] = good ? c : '_';
    }
    huse_key_hex(hex, &key);
    snprintf(out, 64, HUSE_REMOTE_PREFIX "%s-%.8s", plain, hex);
}

huse_key huse_remote_hash(const huse_remote_identity *id)
{
    huse_sha256_ctx *c = huse_sha256_begin();
    uint64_t         dim = id->dim;
    huse_sha256_add(c, HUSE_REMOTE_PREFIX, sizeof HUSE_REMOTE_PREFIX);
    huse_sha256_add(c, id->model, strlen(id->model) + 1);
    huse_sha256_add(c, &dim, sizeof dim);
    huse_sha256_add(c, id->probe, id->n_probe * sizeof *id->probe);
    return huse_sha256_end(c);
}

/* ---- requests ---- */

static void piece_free(piece *p)
{
    free(p->at);
    huse_buf_free(&p->body);
    free(p);
}

static piece *piece_new(job *j, const size_t *at, size_t n)
{
    piece *p = huse_xcalloc(1, sizeof *p);
    *p = (piece){.j = j, .n = n, .at = huse_xmalloc((n + 1) * sizeof *p->at)};
    if (n > 0)
        memcpy(p->at, at, n * sizeof *at);
    return p;
}

static void push(job *j, piece *p)
{
    p->next = j->waiting;
    j->waiting = p;
}

/* The next texts that nobody asked for yet, as many as a request takes; NULL: there are none. */
static piece *next_piece(job *j)
{
    size_t n = 0, body = 0, left = j->n_want - j->next;
    for (; n < HUSE_MIN(left, j->e->batch) && (n == 0 || body + j->bytes[j->want[j->next + n]] <= BODY_MAX); n++)
        body += j->bytes[j->want[j->next + n]];
    if (n == 0)
        return NULL;
    j->next += n;
    return piece_new(j, j->want + j->next - n, n);
}

static huse_status take_vectors(piece *p, huse_err *err)
{
    job               *j = p->j;
    remote            *e = j->e;
    huse_remote_answer a;
    huse_err           why;
    if (huse_remote_answer_parse(&a, p->body.data ? p->body.data : "", p->body.len, p->n + p->probe, &why) != HUSE_OK)
        return huse_fail(err, HUSE_NETWORK, "%s answers with %s", e->place.host, why.msg);
    huse_remote_identity now;
    identify(&now, e, &a);
    if (e->id.dim == 0)
        e->id = now;
    if (!p->probe)
        memcpy(now.probe, e->id.probe, sizeof now.probe);
    huse_status s = huse_remote_same(&e->id, &now, true, &why);
    if (s == HUSE_OK)
        e->probed = true;
    else
        huse_fail(err, s, "%s has changed: %s; “embed --text-encoder %.120s#%.60s --refresh” encodes all texts anew", e->place.host,
                  why.msg, e->place.base, e->place.model);
    for (size_t i = 0; s == HUSE_OK && i < p->n; i++) {
        memcpy(j->out + p->at[i] * a.dim, a.row + (i + p->probe) * a.dim, a.dim * sizeof *a.row);
        j->got[p->at[i]] = true;
    }
    free(a.row);
    return s;
}

/* How requests go from here, by how this one went. */
static void adapt(remote *e, const piece *p, const huse_client_answer *a)
{
    int64_t took = now_ms() - p->begun;
    if (a->throttled > 0) {
        e->aside = HUSE_MAX(e->aside / 2, 1);
        e->clean = 0;
        return;
    }
    if (took < QUICK_MS && p->n >= e->batch)
        e->batch = HUSE_MIN(e->batch * 2, e->ceiling);
    else if (took > LONG_MS && p->n > 1)
        e->batch = HUSE_MIN(e->batch, p->n / 2);
    if (++e->clean >= CLEAN) {
        e->aside = HUSE_MIN(e->aside + 1, ASIDE_MAX);
        e->clean = 0;
    }
}

/* A text that is too long as it is loses its second half. */
static bool cut_text(job *j, size_t at)
{
    size_t n = j->bytes[at];
    if (n <= CUT_MIN)
        return false;
    j->cut += n == HUSE_MIN(strlen(j->text[at]), TEXT_MAX);
    n /= 2;
    while (n > 1 && ((unsigned char)j->text[at][n] & 0xC0) == 0x80)
        n--;
    j->bytes[at] = n;
    return true;
}

/* The server may take less than this at once: true when less is asked for. */
static bool ask_for_less(piece *p, const huse_client_answer *a, const char *why)
{
    job  *j = p->j;
    bool  large = a->code == 413 || a->code == 400 || a->code == 422, slow = strncmp(why, "too slow", 8) == 0 || strncmp(why, "took", 4) == 0;
    size_t half = p->n / 2;
    if (!(large || slow))
        return false;
    if (p->n > 1) {
        j->e->ceiling = HUSE_MIN(j->e->ceiling, half);
        j->e->batch = HUSE_MIN(j->e->batch, half);
        push(j, piece_new(j, p->at + half, p->n - half));
        push(j, piece_new(j, p->at, half));
        return true;
    }
    if (large && p->n == 1 && cut_text(j, p->at[0])) {
        push(j, piece_new(j, p->at, 1));
        return true;
    }
    return false;
}

static huse_status on_begin(void *ctx, const huse_client_answer *a, huse_err *err)
{
    piece *p = ctx;
    huse_buf_free(&p->body);
    p->body = (huse_buf){0};
    if (a->code != 200)
        return huse_fail(err, HUSE_BAD_DATA, "the server sends a part, which was not asked for");
    return HUSE_OK;
}

static huse_status on_data(void *ctx, const void *data, size_t n, huse_err *err)
{
    piece *p = ctx;
    (void)err;
    huse_buf_add(&p->body, data, n);
    return HUSE_OK;
}

static void on_done(void *ctx, huse_status s, const huse_client_answer *a, const char *why)
{
    piece   *p = ctx, **link = &p->j->flying;
    job     *j = p->j;
    char     said[161];
    huse_err err;
    while (*link != p)
        link = &(*link)->next;
    *link = p->next;
    j->n_flying--;
    if (j->status == HUSE_OK) {
        adapt(j->e, p, a);
        if (s == HUSE_OK) {
            s = take_vectors(p, &err);
        } else if (ask_for_less(p, a, why)) {
            s = HUSE_OK;
        } else {
            huse_remote_answer_fault(said, a->fault ? a->fault : "", j->e->token);
            s = huse_fail(&err, HUSE_NETWORK, "%s: %s%s%s", j->e->place.host, why, *said ? ": " : "", said);
        }
        if (s != HUSE_OK)
            j->status = huse_fail(&j->err, s, "%s", err.msg);
    }
    piece_free(p);
}

static void send_piece(piece *p)
{
    job         *j = p->j;
    remote      *e = j->e;
    size_t       n = p->n + p->probe, *bytes = huse_xcalloc(n, sizeof *bytes);
    const char **text = huse_xcalloc(n, sizeof *text);
    if (p->probe) {
        text[0] = probe_text;
        bytes[0] = sizeof probe_text - 1;
    }
    for (size_t i = 0; i < p->n; i++) {
        text[i + p->probe] = j->text[p->at[i]];
        bytes[i + p->probe] = j->bytes[p->at[i]];
    }
    char *body = huse_remote_request(e->place.model, text, bytes, n);
    p->begun = now_ms();
    p->next = j->flying;
    j->flying = p;
    j->n_flying++;
    huse_client_add(e->net, &(huse_client_request){
                                .url = e->place.url,
                                .body = body,
                                .type = "application/json",
                                .token = e->token,
                                .max_bytes = huse_remote_answer_max(n, e->id.dim),
                                .begin = on_begin,
                                .data = on_data,
                                .done = on_done,
                                .ctx = p,
                            });
    free(body);
    free(text);
    free(bytes);
}

/* ---- calls ---- */

static huse_status open_client(remote *e, huse_err *err)
{
    if (e->net)
        return HUSE_OK;
    if (e->token_file && !e->place.https)
        return huse_fail(err, HUSE_BAD_DATA, "%s: a token goes over https alone", e->place.host);
    if (e->token_file && !e->token)
        HUSE_TRY(huse_client_token_read(&e->token, e->token_file, err));
    if (!e->place.https && !e->allow_private)
        return huse_fail(err, HUSE_NETWORK, "%s: http is only for this machine and its networks, and for those with --allow-private",
                         e->place.host);
    bool patient = e->patient;
    return huse_client_new(&e->net,
                           &(huse_client_options){
                               .http_private = e->allow_private,
                               .allow_private = e->allow_private,
                               .ca_file = e->ca_file,
                               .connections = ASIDE_MAX,
                               .per_host = ASIDE_MAX,
                               .redirects = -1,
                               .tries = patient ? 6 : 2,
                               .backoff = patient ? 1000 : 200,
                               .patience = patient ? 120000 : 2000,
                               .connect = patient ? 15000 : 4000,
                               .slow = patient ? 180000 : 10000,
                               .total = patient ? 600000 : 15000,
                           },
                           err);
}

static void feed(job *j)
{
    remote *e = j->e;
    /* until it is known who answers, one request alone is on its way */
    while (j->n_flying < (e->probed ? e->aside : 1)) {
        piece *p = j->waiting;
        if (p)
            j->waiting = p->next;
        else
            p = next_piece(j);
        if (!p && e->id.dim == 0 && j->n_flying == 0)
            p = piece_new(j, NULL, 0);
        if (!p)
            return;
        p->probe = !e->probed;
        send_piece(p);
    }
}

static void run(job *j, volatile const int *stop)
{
    remote *e = j->e;
    j->status = open_client(e, &j->err);
    while (j->status == HUSE_OK) {
        feed(j);
        if (j->n_flying == 0)
            break;
        huse_client_step(e->net, STEP_MS);
        if (j->status == HUSE_OK && huse_stopped(stop))
            j->status = huse_fail(&j->err, HUSE_INTERRUPTED, "stopped while %s was asked", e->place.host);
    }
    if (j->status != HUSE_OK) { /* what is on its way is not waited for, and what the client learnt of the host is forgotten */
        huse_client_free(e->net);
        e->net = NULL;
    }
    for (piece *p; (p = j->flying) != NULL;) {
        j->flying = p->next;
        piece_free(p);
    }
    for (piece *p; (p = j->waiting) != NULL;) {
        j->waiting = p->next;
        piece_free(p);
    }
}

static huse_status ask(remote *e, job *j, volatile const int *stop, huse_err *err)
{
    if (e->refusal)
        return huse_fail(err, HUSE_NETWORK, "%s", e->refusal);
    if (e->quiet_until > now_ms())
        return huse_fail(err, HUSE_NETWORK, "%s", e->quiet.msg);
    run(j, stop);
    if (j->status == HUSE_NETWORK && !e->patient) {
        e->quiet_until = now_ms() + QUIET_MS;
        e->quiet = j->err;
    }
    if (j->cut > 0 && e->warn) {
        char *msg = huse_format("%zu text%s longer than %s takes: the beginning stands for the whole", j->cut, j->cut == 1 ? " is" : "s are",
                                e->place.model);
        e->warn(e->ctx, msg);
        free(msg);
    }
    return j->status == HUSE_OK ? HUSE_OK : huse_fail(err, j->status, "%s", j->err.msg);
}

/* ---- vectors there are ---- */

static bool find(remote *e, const huse_key *key, float *row)
{
    for (size_t i = 0; i < HUSE_MIN(e->n_recent, (size_t)RECENT); i++)
        if (huse_key_equal(&e->recent[i], key)) {
            memcpy(row, e->recent_row + i * e->base.dim, e->base.dim * sizeof *row);
            return true;
        }
    return e->cache.find && e->cache.find(e->cache.ctx, key, row);
}

static void remember(remote *e, const huse_key *key, const float *row)
{
    size_t i = e->n_recent++ % RECENT;
    e->recent[i] = *key;
    memcpy(e->recent_row + i * e->base.dim, row, e->base.dim * sizeof *row);
}

static void keep(remote *e, const job *j, const huse_key *key)
{
    size_t    n = 0, dim = e->base.dim;
    huse_key *k = huse_xcalloc(j->n_want + 1, sizeof *k);
    float    *row = huse_xaligned((j->n_want + 1) * dim * sizeof *row);
    for (size_t i = 0; i < j->n_want; i++) {
        if (!j->got[j->want[i]])
            continue;
        k[n] = key[j->want[i]];
        memcpy(row + n++ * dim, j->out + j->want[i] * dim, dim * sizeof *row);
        remember(e, &key[j->want[i]], j->out + j->want[i] * dim);
    }
    if (n > 0 && e->cache.keep)
        e->cache.keep(e->cache.ctx, k, row, n);
    free(k);
    free(row);
}

static huse_status encode(const huse_text_encoder *self, huse_pool *pool, const char *const *text, size_t n, float *out,
                          volatile const int *stop, huse_err *err)
{
    remote   *e = (remote *)(uintptr_t)self;
    huse_key *key = huse_xcalloc(n + 1, sizeof *key);
    size_t   *want = huse_xcalloc(n + 1, sizeof *want);
    job       j = {.e = e, .text = text, .want = want, .out = out};
    (void)pool;
    j.bytes = huse_xcalloc(n + 1, sizeof *j.bytes);
    j.got = huse_xcalloc(n + 1, sizeof *j.got);
    pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < n; i++) {
        key[i] = huse_sha256(text[i], strlen(text[i]));
        j.bytes[i] = HUSE_MIN(strlen(text[i]), TEXT_MAX);
        if (!find(e, &key[i], out + i * self->dim))
            want[j.n_want++] = i;
    }
    huse_status s = j.n_want > 0 ? ask(e, &j, stop, err) : HUSE_OK;
    if (j.n_want > 0 && (s != HUSE_OK || !e->kept))
        keep(e, &j, key);
    pthread_mutex_unlock(&e->lock);
    free(j.got);
    free(j.bytes);
    free(want);
    free(key);
    return s;
}

static void remote_free(huse_text_encoder *self)
{
    remote *e = (remote *)self;
    huse_client_free(e->net);
    huse_client_token_free(e->token);
    huse_remote_place_free(&e->place);
    if (e->cache.free)
        e->cache.free(e->cache.ctx);
    free(e->recent_row);
    free(e->refusal);
    free(e->ca_file);
    free(e->token_file);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

static char *copy(const char *s)
{
    return s ? huse_xstrdup(s) : NULL;
}

static remote *make(const huse_remote_place *place, const huse_remote_identity *id, const huse_remote_options *o)
{
    remote *e = huse_xcalloc(1, sizeof *e);
    *e = (remote){
        .id = *id,
        .refusal = copy(o->refusal),
        .ca_file = copy(o->ca_file),
        .token_file = copy(o->token_file),
        .allow_private = o->allow_private,
        .patient = o->patient,
        .kept = o->kept,
        .cache = o->cache,
        .warn = o->warn,
        .ctx = o->ctx,
        .batch = BATCH_FIRST,
        .ceiling = BATCH_MAX,
        .aside = ASIDE_FIRST,
    };
    e->place = (huse_remote_place){copy(place->base), copy(place->url), copy(place->model), copy(place->origin), copy(place->host), place->https};
    e->recent_row = huse_xcalloc(RECENT * id->dim + 1, sizeof *e->recent_row);
    pthread_mutex_init(&e->lock, NULL);
    huse_remote_name(e->name, place->model);
    e->base = (huse_text_encoder){.name = e->name,
                                  .host = e->place.host,
                                  .dim = id->dim,
                                  .sentence_dim = id->dim,
                                  .hash = huse_remote_hash(id),
                                  .encode = encode,
                                  .free = remote_free};
    return e;
}

huse_text_encoder *huse_remote_new(const huse_remote_place *place, const huse_remote_identity *id, const huse_remote_options *o)
{
    HUSE_ASSERT(id->dim > 0 && id->dim <= HUSE_REMOTE_DIM_MAX);
    return &make(place, id, o)->base;
}

huse_status huse_remote_ask(huse_remote_identity *id, const huse_remote_place *place, const huse_remote_options *o,
                            volatile const int *stop, huse_err *err)
{
    const huse_remote_identity unknown = {0};
    remote                    *e = make(place, &unknown, o);
    job                        j = {.e = e};
    huse_status                s = ask(e, &j, stop, err);
    if (s == HUSE_OK)
        *id = e->id;
    remote_free(&e->base);
    return s;
}
