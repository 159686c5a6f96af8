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

typedef struct lane {
    ui_worker     *worker;
    pthread_t      thread;
    pthread_cond_t posted;
    ui_job        *first; /* waiting, oldest first */
    ui_job        *running;
} lane;

/* What a model and its catalogue are held by. */
typedef struct held {
    huse_workspace *ws;
    huse_engine    *engine; /* NULL: none */
    unsigned        number; /* from 0, in the order of use */
} held;

struct ui_worker {
    lane      lane[UI_LANES];
    pthread_t loader;
    char     *dir;
    huse_host host;
    int       wake_fd;

    pthread_mutex_t lock; /* guards all that follows, and the lanes */
    pthread_cond_t  wanted, opening;
    bool            stop;
    held            now;
    held            next;   /* takes its place when the loop takes the news */
    held           *before; /* (n_before) models that were in use: panes may still show what is the last one's, jobs work with any */
    size_t          n_before;
    bool            reload, anyhow; /* the model is to be opened anew; it is news even if it is the same */
    ui_opened       opened;
    bool            tried, is_open, opened_news;
    ui_job         *answers; /* oldest first */
    ui_want        *want;
    size_t          n_want, next_want;
    ui_want         loading; /* being loaded; cols 0: nothing is */
    huse_workspace *loading_from;
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

/* ---- jobs ---- */

static void append(ui_job **list, ui_job *job)
{
    while (*list)
        list = &(*list)->next;
    job->next = NULL;
    *list = job;
}

static bool same_topic(const ui_job *a, const void *owner, int topic)
{
    return a->owner == owner && a->topic == topic;
}

typedef enum choice { OF_TOPIC, ALL, ALL_BUT_EACH, OF_MODEL } choice;

/* Whether its answer counts whatever model is in use then. */
static bool outlasts(const ui_job *job)
{
    return job->lasting || job->topic == UI_EACH;
}

static bool chosen(const ui_job *job, choice which, const void *owner, int topic)
{
    switch (which) {
    case OF_TOPIC:
        return same_topic(job, owner, topic);
    case ALL_BUT_EACH:
        return job->topic != UI_EACH;
    case OF_MODEL:
        return !outlasts(job);
    default:
        return true;
    }
}

/* Takes jobs out of a list and frees them. True when there were any. */
static bool drop(ui_job **list, choice which, const void *owner, int topic)
{
    bool any = false;
    while (*list) {
        ui_job *job = *list;
        if (!chosen(job, which, owner, topic)) {
            list = &job->next;
            continue;
        }
        *list = job->next;
        job->free(job);
        any = true;
    }
    return any;
}

/* Jobs look at it while they run, without the lock. */
static void stop_job(ui_job *job)
{
    __atomic_store_n(&job->stop, 1, __ATOMIC_RELAXED);
}

static bool holds(const ui_job *list, const void *owner, int topic)
{
    while (list && !same_topic(list, owner, topic))
        list = list->next;
    return list != NULL;
}

/* ---- opening ---- */

static ui_opened open_model(const ui_worker *w, held *h)
{
    ui_opened o = {.status = HUSE_OK};
    *h = (held){.engine = NULL};
    o.status = huse_workspace_open(&h->ws, w->dir, HUSE_OPEN_READ_ONLY, &o.err);
    if (o.status == HUSE_OK)
        o.status = huse_engine_open(&h->engine, h->ws, &w->host, NULL, &o.err);
    if (o.status == HUSE_OK) {
        o.engine = h->engine;
        o.items = huse_engine_items(h->engine);
        o.trained = huse_engine_trained(h->engine);
        o.model = huse_engine_model(h->engine);
        o.asks = huse_engine_asks(h->engine);
    }
    return o;
}

static void close_held(held *h)
{
    huse_engine_close(h->engine);
    huse_workspace_close(h->ws);
}

static void open_workspace(ui_worker *w)
{
    held            h;
    const ui_opened o = open_model(w, &h);
    pthread_mutex_lock(&w->lock);
    w->now = h;
    w->opened = o;
    w->is_open = o.status == HUSE_OK;
    w->tried = w->opened_news = true;
    for (int i = 0; i < UI_LANES && !w->is_open; i++)
        drop(&w->lane[i].first, ALL, NULL, 0);
    pthread_cond_broadcast(&w->wanted);
    pthread_cond_broadcast(&w->opening);
    pthread_mutex_unlock(&w->lock);
    wake(w);
}

static void reload(ui_worker *w, bool anyhow)
{
    held      h;
    ui_opened o = open_model(w, &h);
    if (o.status == HUSE_OK)
        (void)huse_items_find(o.items, ""); /* sorts the ids, which the loop will look up */
    pthread_mutex_lock(&w->lock);
    const bool other = o.status == HUSE_OK && (anyhow || strcmp(o.model, w->opened.model) != 0);
    if (other) {
        const held never = w->next; /* came into use */
        w->next = h;
        h = never;
        o.renewed = true;
        w->opened = o;
        w->opened_news = true;
    } else if (o.status != HUSE_OK) {
        snprintf(w->note, sizeof w->note, "%.200s", o.err.msg);
        w->has_note = true;
    }
    pthread_mutex_unlock(&w->lock);
    close_held(&h);
    wake(w);
}

/* ---- another model takes its place ---- */

static bool works_with(const ui_job *job, unsigned number)
{
    while (job && job->model > number)
        job = job->next;
    return job != NULL;
}

static bool in_use(const ui_worker *w, const held *h)
{
    bool used = works_with(w->answers, h->number) || (w->loading.cols && w->loading_from == h->ws);
    for (int i = 0; i < UI_LANES && !used; i++) {
        const lane *l = &w->lane[i];
        used = works_with(l->first, h->number) || (l->running && l->running->model <= h->number);
    }
    return used;
}

static void adopt(ui_worker *w)
{
    size_t kept = 0;
    for (int i = 0; i < UI_LANES; i++) {
        drop(&w->lane[i].first, OF_MODEL, NULL, 0);
        if (w->lane[i].running && !outlasts(w->lane[i].running))
            stop_job(w->lane[i].running);
    }
    drop(&w->answers, OF_MODEL, NULL, 0);
    for (size_t i = 0; i < w->n_before; i++) {
        if (in_use(w, &w->before[i]))
            w->before[kept++] = w->before[i];
        else
            close_held(&w->before[i]);
    }
    w->before = huse_xrealloc(w->before, (kept + 1) * sizeof *w->before);
    w->before[kept++] = w->now;
    w->n_before = kept;
    w->next.number = w->now.number + 1;
    w->now = w->next;
    w->next = (held){.engine = NULL};
}

/* ---- running ---- */

static void run_lane(ui_worker *w, lane *l)
{
    pthread_mutex_lock(&w->lock);
    while (!w->stop && !w->tried)
        pthread_cond_wait(&w->opening, &w->lock);
    while (w->is_open) {
        const bool queries = l == w->lane;
        while (!w->stop && !l->first && !(queries && w->reload))
            pthread_cond_wait(&l->posted, &w->lock);
        if (!l->first && !w->stop) {
            const bool anyhow = w->anyhow;
            w->reload = w->anyhow = false;
            pthread_mutex_unlock(&w->lock);
            reload(w, anyhow);
            pthread_mutex_lock(&w->lock);
            continue;
        }
        if (!l->first) /* what counts is done even at the end */
            break;
        ui_job  *job = l->running = l->first;
        ui_tools tools = {w->now.engine, w->dir, &w->host, &job->stop};
        l->first = job->next;
        pthread_mutex_unlock(&w->lock);
        job->run(job, &tools);
        pthread_mutex_lock(&w->lock);
        l->running = NULL;
        if (job->stop) {
            job->free(job);
        } else {
            append(&w->answers, job);
            wake(w);
        }
    }
    pthread_mutex_unlock(&w->lock);
}

static void *lane_thread(void *ctx)
{
    lane *l = ctx;
    void *stack;
    ui_guard_thread(&stack);
    if (l == l->worker->lane)
        open_workspace(l->worker);
    run_lane(l->worker, l);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(stack);
    return NULL;
}

void ui_worker_post(ui_worker *w, void *owner, ui_job *job)
{
    lane *l = &w->lane[job->lane];
    job->owner = owner;
    job->stop = 0;
    pthread_mutex_lock(&w->lock);
    job->model = w->now.number;
    if (job->topic != UI_EACH) {
        drop(&w->answers, OF_TOPIC, owner, job->topic);
        for (int i = 0; i < UI_LANES; i++) {
            drop(&w->lane[i].first, OF_TOPIC, owner, job->topic);
            if (w->lane[i].running && same_topic(w->lane[i].running, owner, job->topic))
                stop_job(w->lane[i].running);
        }
    }
    if (!w->tried || w->is_open) {
        append(&l->first, job);
        pthread_cond_signal(&l->posted);
    } else {
        job->free(job);
    }
    pthread_mutex_unlock(&w->lock);
}

bool ui_worker_busy(ui_worker *w, const void *owner, int topic)
{
    pthread_mutex_lock(&w->lock);
    bool busy = holds(w->answers, owner, topic);
    for (int i = 0; i < UI_LANES && !busy; i++) {
        const ui_job *running = w->lane[i].running;
        busy = holds(w->lane[i].first, owner, topic) || (running && same_topic(running, owner, topic) && !running->stop);
    }
    pthread_mutex_unlock(&w->lock);
    return busy;
}

bool ui_worker_cancel(ui_worker *w)
{
    lane *l = &w->lane[UI_LANE_BACK];
    pthread_mutex_lock(&w->lock);
    bool any = drop(&l->first, ALL_BUT_EACH, NULL, 0);
    if (l->running && l->running->topic != UI_EACH && !l->running->stop) {
        stop_job(l->running);
        any = true;
    }
    pthread_mutex_unlock(&w->lock);
    return any;
}

ui_job *ui_worker_take_job(ui_worker *w)
{
    pthread_mutex_lock(&w->lock);
    ui_job *job = w->answers;
    if (job)
        w->answers = job->next;
    pthread_mutex_unlock(&w->lock);
    return job;
}

/* ---- pictures ---- */

static void load_drawing(ui_picture *p)
{
    const ui_part_of part = p->want.part;
    uint8_t         *rgb = huse_xmalloc((size_t)part.w * (size_t)part.h * 3);
    ui_drawing_paint(p->want.drawing, part, rgb);
    const huse_status s = ui_gfx_encode_flat(&p->want.gfx, rgb, part.w, part.h, p->want.cols, p->want.rows, p->want.drawing->ground, &p->fit,
                                             &p->bytes, &p->err);
    if (s != HUSE_OK)
        huse_buf_free(&p->bytes);
    free(rgb);
}

static void load(huse_workspace *ws, ui_picture *p)
{
    uint8_t    *rgb = NULL;
    int         width = 0, height = 0;
    if (p->want.drawing) {
        load_drawing(p);
        return;
    }
    huse_status s = huse_thumbnail(ws, p->want.key, &rgb, &width, &height, &p->err);
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
        ui_picture p = {.want = w->want[w->next_want++]}; /* and with it the hold on its drawing */
        w->loading = p.want;
        huse_workspace *ws = w->loading_from = w->now.ws;
        pthread_mutex_unlock(&w->lock);
        load(ws, &p);
        ui_drawing_drop(p.want.drawing);
        p.want.drawing = NULL;
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

static void drop_wants(ui_worker *w)
{
    while (w->next_want < w->n_want)
        ui_drawing_drop(w->want[w->next_want++].drawing);
    free(w->want);
    w->want = NULL;
    w->n_want = w->next_want = 0;
}

void ui_worker_want(ui_worker *w, const ui_want *want, size_t n)
{
    pthread_mutex_lock(&w->lock);
    drop_wants(w);
    w->want = huse_xcalloc(n, sizeof *want);
    for (size_t i = 0; i < n; i++)
        if (!under_way(w, &want[i])) {
            ui_drawing_hold(want[i].drawing);
            w->want[w->n_want++] = want[i];
        }
    pthread_cond_signal(&w->wanted);
    pthread_mutex_unlock(&w->lock);
}

/* ---- news ---- */

void ui_worker_reload(ui_worker *w, bool anyhow)
{
    pthread_mutex_lock(&w->lock);
    w->reload = w->is_open;
    w->anyhow = w->reload && (w->anyhow || anyhow);
    pthread_cond_signal(&w->lane[UI_LANE_QUERY].posted);
    pthread_mutex_unlock(&w->lock);
}

bool ui_worker_take_opened(ui_worker *w, ui_opened *o)
{
    pthread_mutex_lock(&w->lock);
    bool news = w->opened_news;
    if (news && w->next.engine)
        adopt(w);
    if (news)
        *o = w->opened;
    w->opened_news = false;
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

static void start_threads(ui_worker *w)
{
    sigset_t  all, old;
    const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigfillset(&all); /* signals are the loop's business, but for those that a thread brings upon itself */
    for (size_t i = 0; i < HUSE_COUNT(own); i++)
        sigdelset(&all, own[i]);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    for (int i = 0; i < UI_LANES; i++)
        HUSE_ASSERT(pthread_create(&w->lane[i].thread, NULL, lane_thread, &w->lane[i]) == 0);
    HUSE_ASSERT(pthread_create(&w->loader, NULL, load_thread, w) == 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

ui_worker *ui_worker_new(const char *dir, const huse_host *host, int wake_fd)
{
    ui_worker *w = huse_xcalloc(1, sizeof *w);
    w->dir = huse_xstrdup(dir);
    w->host = *host;
    w->host.warn = on_warning;
    w->host.ctx = w;
    w->wake_fd = wake_fd;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wanted, NULL);
    pthread_cond_init(&w->opening, NULL);
    for (int i = 0; i < UI_LANES; i++) {
        w->lane[i].worker = w;
        pthread_cond_init(&w->lane[i].posted, NULL);
    }
    start_threads(w);
    return w;
}

/* What has begun gets a second; what must be written, such as marks, more, for another program may hold the catalogue. */
static bool join_all(ui_worker *w, bool writing)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += writing ? 6 : 1;
    for (int i = 0; i < UI_LANES; i++)
        if (pthread_timedjoin_np(w->lane[i].thread, NULL, &end) != 0)
            return false;
    return pthread_timedjoin_np(w->loader, NULL, &end) == 0;
}

/* True when a lane has something left that must be done. */
static bool stop_lanes(ui_worker *w)
{
    bool writing = false;
    for (int i = 0; i < UI_LANES; i++) {
        lane *l = &w->lane[i];
        drop(&l->first, ALL_BUT_EACH, NULL, 0);
        writing = writing || l->first || (l->running && l->running->topic == UI_EACH);
        if (l->running && l->running->topic != UI_EACH)
            stop_job(l->running);
        pthread_cond_broadcast(&l->posted);
    }
    return writing && w->is_open;
}

bool ui_worker_free(ui_worker *w)
{
    if (!w)
        return true;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->wanted);
    pthread_cond_broadcast(&w->opening);
    const bool writing = stop_lanes(w);
    pthread_mutex_unlock(&w->lock);
    if (!join_all(w, writing))
        return false;
    for (int i = 0; i < UI_LANES; i++) {
        drop(&w->lane[i].first, ALL, NULL, 0);
        pthread_cond_destroy(&w->lane[i].posted);
    }
    drop(&w->answers, ALL, NULL, 0);
    close_held(&w->now);
    close_held(&w->next);
    for (size_t i = 0; i < w->n_before; i++)
        close_held(&w->before[i]);
    free(w->before);
    for (size_t i = 0; i < w->n_done; i++)
        huse_buf_free(&w->done[i].bytes);
    pthread_cond_destroy(&w->wanted);
    pthread_cond_destroy(&w->opening);
    pthread_mutex_destroy(&w->lock);
    drop_wants(w);
    free(w->dir);
    free(w);
    return true;
}
