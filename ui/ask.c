#include "ask.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

void ui_hits_free(ui_hits *h)
{
    free(h->text);
    free(h->class_filter);
    huse_answer_free(&h->answer);
    *h = (ui_hits){.status = HUSE_OK};
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

static bool below(const char *path, const char *filter)
{
    const size_t n = strlen(filter);
    return strncmp(path, filter, n) == 0 && (path[n] == 0 || path[n] == '/');
}

/* Indices of what the catalogue shows without a query: classes, or items, under the filter. Fresh. */
static uint32_t *candidates(const huse_items *items, const ui_hits *h, size_t *n)
{
    const bool   classes = h->target == HUSE_TARGET_CLASS;
    const size_t all = classes ? items->n_classes : items->n;
    uint32_t    *at = huse_xcalloc(HUSE_MAX(all, 1), sizeof *at);
    *n = 0;
    for (size_t i = 0; i < all; i++) {
        const int32_t cls = classes ? (int32_t)i : items->item[i].cls;
        if (!h->class_filter || (cls >= 0 && below(items->class_path[cls], h->class_filter)))
            at[(*n)++] = (uint32_t)i;
    }
    return at;
}

/* Without a query: everything once, in steps of the golden section, so that any part of it shows the whole catalogue's variety. */
static void catalogue(const huse_engine *e, ui_hits *h)
{
    const huse_items *items = huse_engine_items(e);
    const bool        classes = h->target == HUSE_TARGET_CLASS;
    size_t            n, step;
    uint32_t         *of = candidates(items, h, &n);
    huse_answer      *a = &h->answer;
    step = classes || n < 2 ? 1 : HUSE_MAX((size_t)((double)n * .6180339887), 1);
    while (common_divisor(step, n) > 1)
        step++;
    a->total = n;
    a->n = h->skip < n ? HUSE_MIN(h->k, n - h->skip) : 0;
    a->hit = huse_xcalloc(HUSE_MAX(a->n, 1), sizeof *a->hit);
    for (size_t i = 0; i < a->n; i++) {
        const size_t  at = of[(h->skip + i) * step % n];
        const int32_t cls = classes ? (int32_t)at : items->item[at].cls;
        a->hit[i] = (huse_hit){.item = classes ? -1 : (int32_t)at, .cls = cls, .class_path = cls >= 0 ? items->class_path[cls] : ""};
    }
    free(of);
}

void ui_ask_now(huse_engine *e, ui_hits *h, volatile const int *stop)
{
    huse_query q = HUSE_QUERY_DEFAULT;
    q.text = h->text;
    q.target = h->target;
    q.k = h->k;
    q.skip = h->skip;
    q.class_filter = h->class_filter;
    q.rerank = h->rerank;
    q.home = getenv("HOME");
    q.stop = stop;
    h->scored = h->text[strspn(h->text, " ")] != 0;
    if (h->scored)
        h->status = huse_search(e, &q, &h->answer, &h->err);
    else
        catalogue(e, h);
}

/* Until the typist rests, or goes on, which stops this job. */
static void rest(volatile const int *stop)
{
    enum { STEP_MS = 10 };
    for (int ms = 0; ms < UI_ASK_REST_MS && !huse_stopped(stop); ms += STEP_MS)
        nanosleep(&(struct timespec){.tv_nsec = STEP_MS * 1000000L}, NULL);
}

static void run(ui_job *job, const ui_tools *t)
{
    ui_hits *h = &((ui_ask *)job)->hits;
    if (h->typed && h->text[strspn(h->text, " ")] && huse_engine_asks(t->engine))
        rest(t->stop);
    if (huse_stopped(t->stop))
        h->status = huse_fail(&h->err, HUSE_INTERRUPTED, "another query took its place");
    else
        ui_ask_now(t->engine, h, t->stop);
}

static void free_ask(ui_job *job)
{
    ui_hits_free(&((ui_ask *)job)->hits);
    free(job);
}

ui_ask *ui_ask_new(ui_hits q, int topic, void (*done)(void *st, ui_job *job))
{
    ui_ask *a = huse_xcalloc(1, sizeof *a);
    a->job = (ui_job){.run = run, .done = done, .free = free_ask, .lane = UI_LANE_QUERY, .topic = topic};
    a->hits = q;
    return a;
}
