#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"

#define DONE_MAX 64 /* pictures encoded and not yet taken */

struct ui_worker {
    pthread_t       asker, loader;
    char           *dir;
    huse_host       host;
    int             wake_fd;

    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t  asked, wanted;
    bool            stop;
    huse_workspace *ws;     /* of the asker; its thumbnails may be read by the loader */
    huse_engine    *engine;
    ui_opened       opened;
    bool            is_open, opened_news;
    ui_ask          ask;
    bool            has_ask;
    ui_reply_hits   hits;
    bool            has_hits;
    ui_want        *want;
    size_t          n_want, next_want;
    ui_want         loading; /* being loaded; cols 0: nothing is */
    ui_picture      done[DONE_MAX];
    size_t          n_done;
    char            note[256];
    bool            has_note;
};

static void wake(ui_worker *w)
{
    if (write(w->wake_fd, "w", 1) < 0)
        return; /* full: it will wake anyway */
}

void ui_reply_hits_free(ui_reply_hits *r)
{
    free(r->ask.text);
    huse_answer_free(&r->answer);
    *r = (ui_reply_hits){.status = HUSE_OK};
}

/* ---- asking ---- */

static void open_workspace(ui_worker *w)
{
    ui_opened       o = {.status = HUSE_OK};
    huse_workspace *ws = NULL;
    huse_engine    *engine = NULL;
    o.status = huse_workspace_open(&ws, w->dir, HUSE_OPEN_READ_ONLY, &o.err);
    if (o.status == HUSE_OK)
        o.status = huse_engine_open(&engine, ws, &w->host, NULL, &o.err);
    if (o.status == HUSE_OK) {
        o.engine = engine;
        o.items = huse_engine_items(engine);
        o.trained = huse_engine_trained(engine);
        o.model = huse_engine_model(engine);
    }
    pthread_mutex_lock(&w->lock);
    w->ws = ws;
    w->engine = engine;
    w->opened = o;
    w->is_open = o.status == HUSE_OK;
    w->opened_news = true;
    pthread_cond_broadcast(&w->wanted);
    pthread_mutex_unlock(&w->lock);
    wake(w);
}

static size_t common_divisor(size_t a, size_t b)
{
    while (b) {
        size_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* Without a query: everything once, in steps of the golden section, so that any part of it shows the whole catalogue's variety. */
static void catalogue(const huse_engine *e, const ui_ask *ask, huse_answer *a)
{
    const huse_items *items = huse_engine_items(e);
    const bool        classes = ask->target == HUSE_TARGET_CLASS;
    size_t            n = classes ? items->n_classes : items->n, step = (size_t)((double)n * .6180339887);
    step = classes || step < 1 ? 1 : step;
    while (common_divisor(step, n) > 1)
        step++;
    a->total = n;
    if (ask->skip >= n)
        return;
    a->n = HUSE_MIN(ask->k, n - ask->skip);
    a->hit = huse_xcalloc(a->n, sizeof *a->hit);
    for (size_t i = 0; i < a->n; i++) {
        size_t  at = (ask->skip + i) % n * step % n;
        int32_t cls = classes ? (int32_t)at : items->item[at].cls;
        a->hit[i] = (huse_hit){.item = classes ? -1 : (int32_t)at, .cls = cls, .class_path = cls >= 0 ? items->class_path[cls] : ""};
    }
}

static void answer(huse_engine *e, ui_reply_hits *r)
{
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = r->ask.text;
    q.target = r->ask.target;
    q.k = r->ask.k;
    q.skip = r->ask.skip;
    q.home = getenv("HOME");
    r->scored = r->ask.text[strspn(r->ask.text, " ")] != 0;
    if (r->scored)
        r->status = huse_search(e, &q, &r->answer, &r->err);
    else
        catalogue(e, &r->ask, &r->answer);
}

static void *ask_thread(void *ctx)
{
    ui_worker *w = ctx;
    void      *stack;
    ui_guard_thread(&stack);
    open_workspace(w);
    pthread_mutex_lock(&w->lock);
    while (w->is_open) {
        while (!w->stop && !w->has_ask)
            pthread_cond_wait(&w->asked, &w->lock);
        if (w->stop)
            break;
        ui_reply_hits r = {.ask = w->ask};
        w->has_ask = false;
        pthread_mutex_unlock(&w->lock);
        answer(w->engine, &r);
        pthread_mutex_lock(&w->lock);
        if (w->has_hits)
            ui_reply_hits_free(&w->hits);
        w->hits = r;
        w->has_hits = true;
        wake(w);
    }
    pthread_mutex_unlock(&w->lock);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(stack);
    return NULL;
}

void ui_worker_ask(ui_worker *w, ui_ask *ask)
{
    pthread_mutex_lock(&w->lock);
    if (w->has_ask)
        free(w->ask.text);
    w->ask = *ask;
    w->has_ask = true;
    pthread_cond_signal(&w->asked);
    pthread_mutex_unlock(&w->lock);
    ask->text = NULL;
}

/* ---- pictures ---- */

static void load(ui_worker *w, ui_picture *p)
{
    uint8_t    *rgb = NULL;
    int         width = 0, height = 0;
    huse_status s = huse_thumbnail(w->ws, p->want.key, &rgb, &width, &height, &p->err);
    if (s == HUSE_OK) {
        p->fit = ui_gfx_fit_box(&p->want.gfx, width, height, p->want.cols, p->want.rows);
        s = ui_gfx_encode(&p->want.gfx, rgb, width, height, p->fit, &p->bytes, &p->err);
        free(rgb);
    }
    if (s != HUSE_OK)
        huse_buf_free(&p->bytes);
}

static void *load_thread(void *ctx)
{
    ui_worker *w = ctx;
    void      *stack;
    ui_guard_thread(&stack);
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!w->stop && (!w->is_open || w->next_want >= w->n_want || w->n_done == DONE_MAX))
            pthread_cond_wait(&w->wanted, &w->lock);
        if (w->stop)
            break;
        ui_picture p = {.want = w->want[w->next_want++]};
        w->loading = p.want;
        pthread_mutex_unlock(&w->lock);
        load(w, &p);
        pthread_mutex_lock(&w->lock);
        w->loading.cols = 0;
        w->done[w->n_done++] = p; /* only this thread adds, so there is still room */
        wake(w);
    }
    pthread_mutex_unlock(&w->lock);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(stack);
    return NULL;
}

static bool same_want(const ui_want *a, const ui_want *b)
{
    return a->cols == b->cols && a->rows == b->rows && memcmp(a->key, b->key, sizeof a->key) == 0 && a->gfx.mode == b->gfx.mode &&
           a->gfx.cell_w == b->gfx.cell_w && a->gfx.cell_h == b->gfx.cell_h && a->gfx.colours == b->gfx.colours;
}

static bool under_way(const ui_worker *w, const ui_want *want)
{
    bool found = same_want(&w->loading, want);
    for (size_t i = 0; i < w->n_done && !found; i++)
        found = same_want(&w->done[i].want, want);
    return found;
}

void ui_worker_want(ui_worker *w, const ui_want *want, size_t n)
{
    pthread_mutex_lock(&w->lock);
    free(w->want);
    w->want = huse_xcalloc(n, sizeof *want);
    w->n_want = w->next_want = 0;
    for (size_t i = 0; i < n; i++)
        if (!under_way(w, &want[i]))
            w->want[w->n_want++] = want[i];
    pthread_cond_signal(&w->wanted);
    pthread_mutex_unlock(&w->lock);
}

/* ---- news ---- */

bool ui_worker_take_opened(ui_worker *w, ui_opened *o)
{
    pthread_mutex_lock(&w->lock);
    bool news = w->opened_news;
    if (news)
        *o = w->opened;
    w->opened_news = false;
    pthread_mutex_unlock(&w->lock);
    return news;
}

bool ui_worker_take_hits(ui_worker *w, ui_reply_hits *r)
{
    pthread_mutex_lock(&w->lock);
    bool news = w->has_hits;
    if (news)
        *r = w->hits;
    w->has_hits = false;
    pthread_mutex_unlock(&w->lock);
    return news;
}

bool ui_worker_take_picture(ui_worker *w, ui_picture *p)
{
    pthread_mutex_lock(&w->lock);
    bool news = w->n_done > 0;
    if (news) {
        *p = w->done[0];
        memmove(w->done, w->done + 1, --w->n_done * sizeof *w->done);
        pthread_cond_signal(&w->wanted);
    }
    pthread_mutex_unlock(&w->lock);
    return news;
}

bool ui_worker_take_note(ui_worker *w, char note[256])
{
    pthread_mutex_lock(&w->lock);
    bool news = w->has_note;
    if (news)
        memcpy(note, w->note, sizeof w->note);
    w->has_note = false;
    pthread_mutex_unlock(&w->lock);
    return news;
}

/* ---- life ---- */

/* Called by the engine in a worker's thread, never under the lock. */
static void on_warning(void *ctx, const char *msg)
{
    ui_worker *w = ctx;
    pthread_mutex_lock(&w->lock);
    snprintf(w->note, sizeof w->note, "%s", msg);
    w->has_note = true;
    pthread_mutex_unlock(&w->lock);
    wake(w);
}

ui_worker *ui_worker_new(const char *dir, const huse_host *host, int wake_fd)
{
    ui_worker *w = huse_xcalloc(1, sizeof *w);
    sigset_t   all, old;
    w->dir = huse_xstrdup(dir);
    w->host = *host;
    w->host.warn = on_warning;
    w->host.ctx = w;
    w->wake_fd = wake_fd;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->asked, NULL);
    pthread_cond_init(&w->wanted, NULL);
    sigfillset(&all); /* signals are the loop's business, but for those that a thread brings upon itself */
    const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < HUSE_COUNT(own); i++)
        sigdelset(&all, own[i]);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    HUSE_ASSERT(pthread_create(&w->asker, NULL, ask_thread, w) == 0);
    HUSE_ASSERT(pthread_create(&w->loader, NULL, load_thread, w) == 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return w;
}

bool ui_worker_free(ui_worker *w)
{
    struct timespec end;
    if (!w)
        return true;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->asked);
    pthread_cond_broadcast(&w->wanted);
    pthread_mutex_unlock(&w->lock);
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 1;
    if (pthread_timedjoin_np(w->asker, NULL, &end) != 0 || pthread_timedjoin_np(w->loader, NULL, &end) != 0)
        return false;
    huse_engine_close(w->engine);
    huse_workspace_close(w->ws);
    if (w->has_ask)
        free(w->ask.text);
    if (w->has_hits)
        ui_reply_hits_free(&w->hits);
    for (size_t i = 0; i < w->n_done; i++)
        huse_buf_free(&w->done[i].bytes);
    pthread_cond_destroy(&w->asked);
    pthread_cond_destroy(&w->wanted);
    pthread_mutex_destroy(&w->lock);
    free(w->want);
    free(w->dir);
    free(w);
    return true;
}
