#include "fill.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app.h"
#include "base/text.h"

enum { TOPIC_LOOK, LOOK_MS = 250, REST_MS = 1000, REST_TIMES = 10, INTERRUPTED = 130 };

struct ui_fill {
    ui_worker        *worker;
    const char       *dir;
    const huse_items *items;
    void (*changed)(void *ctx, bool warning, const char *said);
    void           *ctx;
    huse_picture   *now; /* (items->n_pictures) as the workspace has them; each has its own @why */
    ui_fill_counts  count;
    bool            stale, looking, stopped;
    int64_t         not_before, due; /* the next look at the catalogue, at the child */
    ui_child       *child;
    ui_progress     progress;
};

/* ---- what they are ---- */

static void count(ui_fill *f)
{
    f->count = (ui_fill_counts){0};
    for (size_t i = 0; i < f->items->n_pictures; i++) {
        const huse_picture *p = &f->now[i];
        f->count.waiting += p->state == HUSE_PICTURE_NEW;
        f->count.by_address += p->state == HUSE_PICTURE_NEW && huse_text_is_address(p->path);
        f->count.failed += p->state == HUSE_PICTURE_FAILED;
    }
}

static void forget(ui_fill *f)
{
    for (size_t i = 0; f->now && i < f->items->n_pictures; i++)
        free((char *)f->now[i].why);
    free(f->now);
    f->now = NULL;
}

void ui_fill_follow(ui_fill *f, const huse_items *items)
{
    forget(f);
    f->items = items;
    f->now = huse_xcalloc(items->n_pictures + 1, sizeof *f->now);
    for (size_t i = 0; i < items->n_pictures; i++) {
        f->now[i] = items->picture[i];
        f->now[i].why = items->picture[i].why ? huse_xstrdup(items->picture[i].why) : NULL;
    }
    count(f);
}

const huse_picture *ui_fill_picture(const ui_fill *f, const huse_picture *p)
{
    if (!f || p < f->items->picture || p >= f->items->picture + f->items->n_pictures)
        return p;
    return &f->now[p - f->items->picture];
}

const char *ui_fill_instead(const huse_picture *p)
{
    if (p->state == HUSE_PICTURE_FAILED)
        return p->why ? p->why : "broken picture";
    return huse_text_is_address(p->path) ? "not fetched yet" : "not embedded yet";
}

ui_fill_counts ui_fill_count(const ui_fill *f)
{
    return f->count;
}

/* The host of an address, or "" for a file. */
static void host_of(const char *path, char out[128])
{
    const char *from = huse_text_is_address(path) ? strstr(path, "://") : NULL;
    from = from ? from + 3 : "";
    const size_t n = strcspn(from, "/:?#");
    snprintf(out, 128, "%.*s", (int)HUSE_MIN(n, (size_t)127), from);
}

void ui_fill_reason(const ui_fill *f, char out[256])
{
    struct {
        const huse_picture *p;
        size_t              n;
    } kind[16];
    size_t n_kinds = 0, most = 0;
    char   host[128], other[128];
    out[0] = 0;
    for (size_t i = 0; i < f->items->n_pictures; i++) {
        const huse_picture *p = &f->now[i];
        size_t              k = 0;
        if (p->state != HUSE_PICTURE_FAILED || !p->why)
            continue;
        host_of(p->path, host);
        for (; k < n_kinds; k++) {
            host_of(kind[k].p->path, other);
            if (strcmp(kind[k].p->why, p->why) == 0 && strcmp(host, other) == 0)
                break;
        }
        if (k == HUSE_COUNT(kind))
            continue;
        if (k == n_kinds) {
            kind[n_kinds].n = 0;
            kind[n_kinds++].p = p;
        }
        most = ++kind[k].n > kind[most].n ? k : most;
    }
    if (!n_kinds)
        return;
    host_of(kind[most].p->path, host);
    snprintf(out, 256, "%zu%s%.60s: %.160s", kind[most].n, *host ? " from " : "", host, kind[most].p->why);
}

/* ---- looking at the catalogue ---- */

typedef struct look_job {
    ui_job      job;
    huse_items *items;
    int64_t     took;
} look_job;

static void run_look(ui_job *job, const ui_tools *t)
{
    look_job       *l = (look_job *)job;
    huse_workspace *ws = NULL;
    huse_err        err;
    const int64_t   began = ui_now_ms();
    if (huse_workspace_open(&ws, t->dir, HUSE_OPEN_READ_ONLY, &err) == HUSE_OK && huse_items_load(&l->items, ws, &err) != HUSE_OK)
        l->items = NULL; /* what is shown stays, and the next news tries again */
    huse_workspace_close(ws);
    l->took = ui_now_ms() - began;
}

static void free_look(ui_job *job)
{
    huse_items_free(((look_job *)job)->items);
    free(job);
}

/* A catalogue that was imported anew has other pictures: it is shown when it is opened anew. */
static bool same_pictures(const huse_items *a, const huse_items *b)
{
    bool same = a->n_pictures == b->n_pictures;
    for (size_t i = 0; same && i < a->n_pictures; i++)
        same = a->picture[i].rowid == b->picture[i].rowid;
    return same;
}

/* True when it differs from what it was. */
static bool take(huse_picture *now, const huse_picture *is)
{
    if (now->state == is->state && now->has_key == is->has_key && (!is->has_key || memcmp(now->key, is->key, sizeof is->key) == 0) &&
        strcmp(now->why ? now->why : "", is->why ? is->why : "") == 0)
        return false;
    free((char *)now->why);
    now->why = is->why ? huse_xstrdup(is->why) : NULL;
    now->state = is->state;
    now->has_key = is->has_key;
    memcpy(now->key, is->key, sizeof now->key);
    return true;
}

static void look_done(void *st, ui_job *job)
{
    ui_fill  *f = st;
    look_job *l = (look_job *)job;
    bool      any = false;
    f->looking = false;
    f->not_before = ui_now_ms() + HUSE_MAX(REST_TIMES * l->took, (int64_t)REST_MS);
    if (!l->items || !same_pictures(f->items, l->items))
        return;
    for (size_t i = 0; i < f->items->n_pictures; i++)
        any = take(&f->now[i], &l->items->picture[i]) || any;
    if (!any)
        return;
    count(f);
    f->changed(f->ctx, false, NULL);
}

static void look(ui_fill *f)
{
    look_job *l = huse_xcalloc(1, sizeof *l);
    l->job = (ui_job){.run = run_look, .done = look_done, .free = free_look, .lane = UI_LANE_FACTS, .topic = TOPIC_LOOK, .lasting = true};
    f->stale = false;
    f->looking = true;
    ui_worker_post(f->worker, f, &l->job);
}

void ui_fill_news(ui_fill *f)
{
    f->stale = f->stale || f->count.waiting || f->count.failed || f->child;
}

/* ---- embedding ---- */

huse_status ui_fill_begin(ui_fill *f, bool retry, huse_err *err)
{
    const char *const argv[] = {"huse-tui", "embed", "--progress=json", "--json", retry ? "--retry" : "--no-retry", "--", f->dir, NULL};
    HUSE_ASSERT(!f->child);
    f->stopped = false;
    f->due = 0;
    f->progress = (ui_progress){.what = ""};
    return ui_child_start(&f->child, argv, err);
}

bool ui_fill_runs(const ui_fill *f)
{
    return f->child != NULL;
}

bool ui_fill_stop(ui_fill *f)
{
    if (!f || !f->child)
        return false;
    f->stopped = true;
    ui_child_stop(f->child);
    return true;
}

static size_t number(const json_t *j, const char *name)
{
    const json_int_t n = json_integer_value(json_object_get(j, name));
    return n > 0 ? (size_t)n : 0;
}

/* "came 376, failed 24: 24 from example.org: the server answers 404". True for a warning. */
static bool sum_up(const json_t *report, char out[512])
{
    char    n[32], bad[32];
    size_t  failed = number(report, "pictures_failed"), waiting = number(report, "pictures_waiting"), most = 0;
    json_t *faults = json_object_get(report, "not_fetched"), *fault = NULL, *f;
    size_t  i;
    json_array_foreach(faults, i, f) {
        if (number(f, "pictures") <= most)
            continue;
        most = number(f, "pictures");
        fault = f;
    }
    int at = snprintf(out, 512, "%s new pictures are there", ui_thousands(n, number(report, "pictures_new")));
    if (failed + waiting == 0)
        return false;
    at += snprintf(out + at, 512 - (size_t)at, ", %s %s not", ui_thousands(bad, failed + waiting), failed + waiting == 1 ? "is" : "are");
    const char *host = json_string_value(json_object_get(fault, "host")), *why = json_string_value(json_object_get(fault, "why"));
    if (host && why)
        snprintf(out + at, 512 - (size_t)at, "; %s from %.80s: %.160s", ui_thousands(n, most), host, why);
    return true;
}

/* What it complained of last: JSON, or words of what could not even begin. */
static void complaint(const ui_child *c, char out[512])
{
    char         *line = ui_child_last_line(c);
    json_t       *j = json_loads(line, 0, NULL);
    const char   *message = json_string_value(json_object_get(json_object_get(j, "error"), "message"));
    snprintf(out, 512, "not fetched: %.400s", message ? message : line);
    json_decref(j);
    free(line);
}

static void has_ended(ui_fill *f, int code)
{
    char  said[512];
    bool  warning = true;
    char *out = ui_child_output(f->child);
    if (code == 0) {
        json_t *report = json_loads(out, 0, NULL);
        warning = sum_up(report, said);
        json_decref(report);
    } else if (f->stopped || code == INTERRUPTED) {
        snprintf(said, sizeof said, "stopped; what came stays, and the next time goes on from there");
        warning = false;
    } else {
        complaint(f->child, said);
    }
    free(out);
    ui_child_free(f->child);
    f->child = NULL;
    f->stale = true;
    f->not_before = 0;
    f->changed(f->ctx, warning, said);
}

int64_t ui_fill_due(const ui_fill *f)
{
    if (!f)
        return INT64_MAX;
    const int64_t again = f->stale && !f->looking ? f->not_before : INT64_MAX;
    return f->child ? HUSE_MIN(again, f->due) : again;
}

bool ui_fill_look(ui_fill *f, int64_t now_ms)
{
    ui_progress p;
    int         code;
    bool        news = false;
    if (f->stale && !f->looking && now_ms >= f->not_before)
        look(f);
    if (!f->child || now_ms < f->due)
        return false;
    f->due = now_ms + LOOK_MS;
    if (ui_child_progress(f->child, &p) && memcmp(&p, &f->progress, sizeof p) != 0) {
        f->progress = p;
        news = true;
    }
    if (ui_child_ended(f->child, &code)) {
        has_ended(f, code);
        news = true;
    }
    return news;
}

/* ---- what is said ---- */

void ui_fill_say(const ui_fill *f, char whole[96], char brief[40])
{
    char a[32], b[32];
    whole[0] = brief[0] = 0;
    if (!f)
        return;
    if (!f->child && f->count.waiting) {
        snprintf(whole, 96, "%s not %s", ui_thousands(a, f->count.waiting), f->count.by_address ? "fetched" : "embedded");
        snprintf(brief, 40, "%s", whole);
    }
    if (!f->child)
        return;
    const ui_progress *p = &f->progress;
    snprintf(brief, 40, "%s", "fetching");
    snprintf(whole, 96, "%s", f->stopped ? "stopping" : "fetching");
    if (!*p->what || f->stopped)
        return;
    snprintf(brief, 40, "%s/%s", ui_thousands(a, p->done), ui_thousands(b, p->total));
    int at = snprintf(whole, 96, "%.24s %.30s", p->what, brief);
    if (f->count.failed)
        snprintf(whole + at, 96 - (size_t)at, " · %s failed", ui_thousands(a, f->count.failed));
}

/* ---- life ---- */

ui_fill *ui_fill_new(ui_worker *w, const char *dir, const huse_items *items,
                     void (*changed)(void *ctx, bool warning, const char *said), void *ctx)
{
    ui_fill *f = huse_xcalloc(1, sizeof *f);
    *f = (ui_fill){.worker = w, .dir = dir, .changed = changed, .ctx = ctx};
    ui_fill_follow(f, items);
    return f;
}

void ui_fill_free(ui_fill *f)
{
    if (!f)
        return;
    ui_fill_stop(f);
    ui_child_free(f->child);
    forget(f);
    free(f);
}
