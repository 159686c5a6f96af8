/* The helpers' client: hands a picture to a free process, checks what comes back, replaces processes that fail. */
#include "encode/picture.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "encode/picture_proc.h"

_Static_assert(HUSE_PICTURE_MAX_BYTES == HUSE_FRAME_MAX_BYTES, "one limit on both sides");

/* A helper is replaced after so many pictures, so that nothing a picture leaves behind in it lives long. */
#define PICTURES_PER_HELPER 256

typedef struct helper {
    huse_proc proc;
    unsigned  served;
    bool      busy;
} helper;

struct huse_decoder {
    char               *path;
    huse_decode_options opt;
    pthread_mutex_t     lock;
    pthread_cond_t      freed;
    int                 n;
    helper              helper[];
};

huse_status huse_decoder_new(huse_decoder **d, const char *path, int helpers, const huse_decode_options *opt, huse_err *err)
{
    if (path == NULL)
        return huse_fail(err, HUSE_FAILED, "no huse-decode program was given");
    HUSE_ASSERT(helpers > 0 && opt->feature_side >= 0 && opt->feature_side <= (int)HUSE_FRAME_MAX_FEATURE);
    HUSE_ASSERT(opt->thumb_side >= 0 && opt->thumb_side <= (int)HUSE_FRAME_MAX_THUMB);
    huse_decoder *made = huse_xcalloc(1, sizeof *made + (size_t)helpers * sizeof made->helper[0]);
    made->path = huse_xstrdup(path);
    made->opt = *opt;
    made->n = helpers;
    if (made->opt.deadline_ms <= 0)
        made->opt.deadline_ms = 20000;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->freed, NULL);
    *d = made;
    return HUSE_OK;
}

void huse_decoder_free(huse_decoder *d)
{
    if (d == NULL)
        return;
    for (int i = 0; i < d->n; i++)
        huse_proc_stop(&d->helper[i].proc);
    pthread_cond_destroy(&d->freed);
    pthread_mutex_destroy(&d->lock);
    free(d->path);
    free(d);
}

/* A free helper, one that already runs if there is one. */
static helper *acquire(huse_decoder *d)
{
    helper *best = NULL;
    pthread_mutex_lock(&d->lock);
    for (;;) {
        for (int i = 0; i < d->n; i++) {
            helper *h = &d->helper[i];
            if (!h->busy && (best == NULL || (best->proc.pid == 0 && h->proc.pid != 0)))
                best = h;
        }
        if (best != NULL)
            break;
        pthread_cond_wait(&d->freed, &d->lock);
    }
    best->busy = true;
    pthread_mutex_unlock(&d->lock);
    return best;
}

static void release(huse_decoder *d, helper *h)
{
    pthread_mutex_lock(&d->lock);
    h->busy = false;
    pthread_cond_signal(&d->freed);
    pthread_mutex_unlock(&d->lock);
}

void huse_decoded_free(huse_decoded *p)
{
    free(p->feature);
    free(p->thumb);
    free(p->packed);
    *p = (huse_decoded){ 0 };
}

/* Whether an answer's sizes are those that were asked for: checked before anything is allocated by them. */
static bool answer_is_sound(const huse_frame_answer *a, const huse_frame_request *rq)
{
    if (a->magic != HUSE_FRAME_ANSWER || a->status >= HUSE_FRAME_STATUS_COUNT)
        return false;
    if (a->status != HUSE_FRAME_OK)
        return a->feature_bytes == 0 && a->thumb_w == 0 && a->thumb_h == 0 && a->packed_bytes == 0;
    if (a->width < 1 || a->height < 1 || (uint64_t)a->width * a->height > HUSE_FRAME_MAX_PIXELS)
        return false;
    if (a->feature_bytes != rq->side * rq->side * 3)
        return false;
    if (rq->thumb == 0)
        return a->thumb_w == 0 && a->thumb_h == 0 && a->packed_bytes == 0;
    if (a->thumb_w < 1 || a->thumb_h < 1 || a->thumb_w > rq->thumb || a->thumb_h > rq->thumb)
        return false;
    return a->packed_bytes == (rq->flags & HUSE_FRAME_PACK ? huse_frame_packed_bytes(a->thumb_w, a->thumb_h) : 0);
}

static huse_talk receive_block(const huse_proc *p, uint8_t **to, size_t n, int64_t deadline)
{
    if (n == 0)
        return HUSE_TALK_DONE;
    *to = huse_xmalloc(n);
    return huse_proc_receive(p, *to, n, deadline);
}

/* One request and its answer; CLOSED also for an answer that makes no sense. */
static huse_talk talk(const huse_proc *p, const huse_frame_request *rq, const void *data, int64_t deadline, huse_frame_answer *a,
                      huse_decoded *out)
{
    huse_talk t = huse_proc_send(p, rq, sizeof *rq, deadline);
    if (t == HUSE_TALK_DONE)
        t = huse_proc_send(p, data, rq->bytes, deadline);
    if (t == HUSE_TALK_DONE)
        t = huse_proc_receive(p, a, sizeof *a, deadline);
    if (t == HUSE_TALK_DONE && !answer_is_sound(a, rq))
        t = HUSE_TALK_CLOSED;
    if (t == HUSE_TALK_DONE)
        t = receive_block(p, &out->feature, a->feature_bytes, deadline);
    if (t == HUSE_TALK_DONE)
        t = receive_block(p, &out->thumb, (size_t)a->thumb_w * a->thumb_h * 3, deadline);
    if (t == HUSE_TALK_DONE)
        t = receive_block(p, &out->packed, a->packed_bytes, deadline);
    if (t != HUSE_TALK_DONE) {
        huse_decoded_free(out);
        return t;
    }
    out->width = (int)a->width;
    out->height = (int)a->height;
    out->thumb_w = (int)a->thumb_w;
    out->thumb_h = (int)a->thumb_h;
    out->packed_bytes = a->packed_bytes;
    return t;
}

static huse_status refusal(const huse_frame_answer *a, size_t bytes, huse_err *err)
{
    static const char *const reason[] = {
#define REASON(name, text) text,
        HUSE_FRAME_STATUS_MAP(REASON)
#undef REASON
    };
    const char *why = reason[a->status];
    switch (a->status) {
    case HUSE_FRAME_PIXELS:
    case HUSE_FRAME_LENGTH:
        return huse_fail(err, HUSE_BAD_DATA, "%u × %u pixels %s", a->width, a->height, why);
    case HUSE_FRAME_DENSITY:
        return huse_fail(err, HUSE_BAD_DATA, "%u × %u pixels from %zu bytes %s", a->width, a->height, bytes, why);
    default:
        return huse_fail(err, HUSE_BAD_DATA, "%s", why);
    }
}

/* Why a helper ended without an answer. */
static huse_status obituary(int status, huse_talk how, int deadline_ms, huse_err *err)
{
    int sig = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (how == HUSE_TALK_LATE)
        return huse_fail(err, HUSE_BAD_DATA, "took over %g s", deadline_ms / 1000.0);
    if (sig == SIGPROF || sig == SIGXCPU)
        return huse_fail(err, HUSE_BAD_DATA, "took over %d s of computing", HUSE_FRAME_CPU_SECONDS);
    if (sig == SIGSYS)
        return huse_fail(err, HUSE_BAD_DATA, "the decoder tried a forbidden system call");
    if (sig != 0 && sig != SIGKILL && sig != SIGPIPE) /* SIGPIPE: it went on writing after we had left */
        return huse_fail(err, HUSE_BAD_DATA, "the decoder crashed (signal %d)", sig);
    return huse_fail(err, HUSE_BAD_DATA, "the decoder ended without an answer");
}

/* Ended by someone else: the picture is not to blame. */
static bool killed_from_outside(int status, huse_talk how)
{
    if (how == HUSE_TALK_LATE || status < 0 || !WIFSIGNALED(status))
        return false;
    int sig = WTERMSIG(status);
    return sig == SIGKILL || sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGQUIT;
}

/* A helper that served others before may fail because of them, so such a failure is tried again on a fresh one, once. */
static huse_status decode_with(huse_decoder *d, helper *h, const huse_frame_request *rq, const void *data, huse_decoded *out,
                               huse_err *err)
{
    for (int attempt = 0;; attempt++) {
        if (h->served >= PICTURES_PER_HELPER)
            huse_proc_stop(&h->proc);
        if (h->proc.pid == 0) {
            h->served = 0;
            HUSE_TRY(huse_proc_start(&h->proc, d->path, huse_proc_now() + 20000, err));
        }
        bool fresh = h->served++ == 0;
        huse_frame_answer a;
        huse_talk t = talk(&h->proc, rq, data, huse_proc_now() + d->opt.deadline_ms, &a, out);
        if (t == HUSE_TALK_DONE && a.status == HUSE_FRAME_OK)
            return HUSE_OK;
        bool answered = t == HUSE_TALK_DONE;
        if (answered && a.status != HUSE_FRAME_MEMORY)
            return refusal(&a, rq->bytes, err);
        int status = huse_proc_stop(&h->proc);
        if (attempt == 0 && (!fresh || (!answered && killed_from_outside(status, t))))
            continue;
        return answered ? refusal(&a, rq->bytes, err) : obituary(status, t, d->opt.deadline_ms, err);
    }
}

huse_status huse_decoder_decode(huse_decoder *d, const void *data, size_t n, huse_decoded *out, huse_err *err)
{
    if (n > HUSE_PICTURE_MAX_BYTES)
        return huse_fail(err, HUSE_BAD_DATA, "the file is over the limit of 64 MiB");
    huse_frame_request rq = {
        .magic = HUSE_FRAME_REQUEST,
        .side = (uint32_t)d->opt.feature_side,
        .thumb = (uint32_t)d->opt.thumb_side,
        .flags = (d->opt.crop ? HUSE_FRAME_CROP : 0u) | (d->opt.pack ? HUSE_FRAME_PACK : 0u),
        .bytes = (uint32_t)n,
    };
    huse_decoded got = { 0 };
    helper *h = acquire(d);
    huse_status s = decode_with(d, h, &rq, data, &got, err);
    release(d, h);
    if (s == HUSE_OK)
        *out = got;
    return s;
}

huse_status huse_decoder_probe(const char *path, const char **layers, huse_err *err)
{
    static const char *const text[8] = {
        "none",
        "limits; no filter of system calls",
        "no new privileges; no filter of system calls, no limits",
        "limits, no new privileges; no filter of system calls",
        "system calls; no limits",
        "limits, system calls",
        "no new privileges, system calls; no limits",
        "limits, no new privileges, system calls",
    };
    if (path == NULL)
        return huse_fail(err, HUSE_FAILED, "no huse-decode program was given");
    huse_proc p = { 0 };
    HUSE_TRY(huse_proc_start(&p, path, huse_proc_now() + 20000, err));
    *layers = text[p.sandbox & 7];
    huse_proc_stop(&p);
    return HUSE_OK;
}
