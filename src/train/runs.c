/* The runs of a workspace, by their files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "train/follow.h"
#include "train/run.h"

/* What is known of a run, and what a look at its files takes. */
typedef struct entry {
    huse_run_info      info;
    char              *dir, *lock, *config;
    huse_tail          tail;
    const huse_method *method; /* NULL: its settings were not read yet */
    long               seed;
    /* by the log */
    long               step, steps, best_step, from_step; /* from: the first line of figures since its trainer started */
    double             best_score, items_per_s, seconds, from_seconds;
    int64_t            started;
    bool               any, spoken, ended; /* a line of figures; an event; all steps taken or no better ones to be had */
    huse_run_event_kind last;
    char               model[64], text[200];
} entry;

struct huse_runs {
    char          *workspace, *runs, *current_path;
    entry        **list; /* (n) by number */
    size_t         n;
    huse_run_info *info; /* (n) */
    char           current[64];
    int64_t        current_mtime_ns;
    uint64_t       versions;
};

static const char *const state_name[] = {"starting", "running", "paused", "stopped", "died", "diverged", "finished", "published", "broken"};

const char *huse_run_state_name(huse_run_state s)
{
    return state_name[s];
}

bool huse_run_is_live(huse_run_state s)
{
    return s == HUSE_RUN_STARTING || s == HUSE_RUN_RUNNING || s == HUSE_RUN_PAUSED;
}

/* ---- the log ---- */

static void begin(void *ctx)
{
    entry *e = ctx;
    e->step = e->steps = e->best_step = 0;
    e->from_step = -1;
    e->best_score = e->items_per_s = (double)NAN;
    e->seconds = 0;
    e->started = 0;
    e->any = e->spoken = e->ended = false;
    e->model[0] = e->text[0] = '\0';
}

static void take_event(entry *e, const huse_run_event *ev, const json_t *o)
{
    e->spoken = true;
    e->last = ev->kind;
    switch (ev->kind) {
    case HUSE_EVENT_START:
    case HUSE_EVENT_RESUME:
        e->steps = HUSE_MAX(0L, (long)json_integer_value(json_object_get(o, "steps")));
        e->from_step = -1;
        e->ended = false;
        if (!e->started)
            e->started = ev->time;
        break;
    case HUSE_EVENT_END:
    case HUSE_EVENT_EARLY:
        e->ended = true;
        break;
    case HUSE_EVENT_DIVERGED:
        snprintf(e->text, sizeof e->text, "%s", ev->text);
        break;
    case HUSE_EVENT_PUBLISHED:
        snprintf(e->model, sizeof e->model, "%s", ev->text);
        break;
    default:
        break;
    }
}

static void take_figures(entry *e, long step, const json_t *o)
{
    const json_t *rate = json_object_get(o, "items_per_s");
    e->any = true;
    e->seconds = json_number_value(json_object_get(o, "seconds"));
    e->items_per_s = json_is_number(rate) ? json_number_value(rate) : (double)NAN;
    if (e->from_step < 0) {
        e->from_step = step;
        e->from_seconds = e->seconds;
    }
}

static bool take(void *ctx, const json_t *o)
{
    entry         *e = ctx;
    huse_run_event ev;
    const json_t  *number = json_object_get(o, "step"), *score = json_object_get(o, "val_score"), *best = json_object_get(o, "best");
    long           step = (long)json_integer_value(number);
    if (!json_is_integer(number) || step < 0)
        return false;
    if (json_object_get(o, "set"))
        return huse_run_event_read(o, &ev);
    if (json_object_get(o, "event") || json_object_get(o, "published")) {
        if (!huse_run_event_read(o, &ev))
            return false;
        take_event(e, &ev, o);
        return true;
    }
    e->step = HUSE_MAX(e->step, step);
    if (json_is_number(score) && (best ? json_is_true(best) : !(json_number_value(score) < e->best_score))) {
        e->best_score = json_number_value(score);
        e->best_step = step;
    }
    if (json_object_get(o, "loss"))
        take_figures(e, step, o);
    return true;
}

/* ---- one run ---- */

static entry *entry_new(const char *runs, const char *id)
{
    entry *e = huse_xcalloc(1, sizeof *e);
    snprintf(e->info.id, sizeof e->info.id, "%s", id);
    e->dir = huse_fs_join(runs, id);
    e->lock = huse_fs_join(e->dir, "lock");
    e->config = huse_fs_join(e->dir, "config.json");
    e->tail = (huse_tail){.path = huse_fs_join(e->dir, "metrics.jsonl"), .line_max = HUSE_LOG_LINE};
    begin(e);
    return e;
}

static void entry_free(entry *e)
{
    free(e->dir);
    free(e->lock);
    free(e->config);
    huse_tail_fini(&e->tail);
    free(e);
}

static int64_t mtime_ns(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec : 0;
}

static bool read_settings(entry *e, huse_err *err)
{
    huse_train_params p;
    if (e->method)
        return true;
    if (huse_run_params_at(e->dir, &p, err) != HUSE_OK)
        return false;
    e->method = huse_method_find(p.method);
    e->seed = p.seed;
    huse_train_params_fini(&p);
    return true;
}

static huse_run_state state_of(const entry *e, bool locked)
{
    if (locked)
        return !e->any ? HUSE_RUN_STARTING : e->spoken && e->last == HUSE_EVENT_PAUSE ? HUSE_RUN_PAUSED : HUSE_RUN_RUNNING;
    if (!e->spoken)
        return HUSE_RUN_DIED;
    switch (e->last) {
    case HUSE_EVENT_STOP:
        return HUSE_RUN_STOPPED;
    case HUSE_EVENT_END:
    case HUSE_EVENT_EARLY:
        return HUSE_RUN_FINISHED;
    case HUSE_EVENT_DIVERGED:
        return HUSE_RUN_DIVERGED;
    case HUSE_EVENT_PUBLISHED:
        return HUSE_RUN_PUBLISHED;
    default:
        return HUSE_RUN_DIED;
    }
}

static double seconds_left(const entry *e)
{
    long done = e->step - e->from_step;
    if (e->from_step < 0 || done <= 0 || e->steps < e->step)
        return (double)NAN;
    return (e->seconds - e->from_seconds) / (double)done * (double)(e->steps - e->step);
}

/* "run-3-step-1200" and its successors are of run-3. */
static bool is_of(const char *model, const char *id)
{
    size_t n = strlen(id);
    return strncmp(model, id, n) == 0 && (model[n] == '-' || !model[n]);
}

/* @out must be zero: it is compared as bytes. */
static void describe(const huse_runs *r, const entry *e, bool locked, const huse_err *broken, huse_run_info *out)
{
    memcpy(out->id, e->info.id, sizeof out->id);
    out->state = broken && !locked ? HUSE_RUN_BROKEN : state_of(e, locked);
    out->method = e->method ? e->method->name : "?";
    out->score_name = huse_method_score(e->method ? e->method : huse_method_find("huse"));
    out->seed = e->seed;
    out->step = e->step;
    out->steps = e->steps;
    out->best_step = e->best_step;
    out->best_score = e->best_score;
    out->items_per_s = e->items_per_s;
    out->seconds_left = huse_run_is_live(out->state) ? seconds_left(e) : (double)NAN;
    out->seconds = e->seconds;
    out->started = e->started ? e->started : mtime_ns(e->config) / 1000000000;
    out->changed = e->tail.mtime_ns / 1000000000;
    out->current = is_of(r->current, e->info.id);
    out->can_resume = !huse_run_is_live(out->state) && out->state != HUSE_RUN_BROKEN && !e->ended &&
                      (e->steps || !e->model[0]);
    memcpy(out->model, e->model, sizeof out->model);
    if (out->state == HUSE_RUN_BROKEN)
        snprintf(out->why, sizeof out->why, "%.250s", broken->msg);
    else if (out->state == HUSE_RUN_DIVERGED)
        snprintf(out->why, sizeof out->why, "%s", e->text);
    else if (e->tail.damaged)
        snprintf(out->why, sizeof out->why, "%zu line%s of its log cannot be read", e->tail.damaged, e->tail.damaged == 1 ? "" : "s");
    out->version = e->info.version;
}

/* Looks at the files of one run; true when anything differs. */
static bool look(huse_runs *r, entry *e)
{
    huse_tail_reader reader = {begin, take, e};
    huse_err         why, unread = {.msg = ""};
    huse_run_info    now;
    bool             changed, more, fail;
    memset(&now, 0, sizeof now);
    bool settled = read_settings(e, &why);
    do
        fail = huse_tail_poll(&e->tail, &reader, &changed, &more, &unread) != HUSE_OK;
    while (!fail && more);
    describe(r, e, huse_fs_locked(e->lock), settled ? fail ? &unread : NULL : &why, &now);
    double left = now.seconds_left;
    now.seconds_left = e->info.seconds_left;
    bool same = e->info.version && memcmp(&now, &e->info, sizeof now) == 0;
    now.seconds_left = left;
    if (!same)
        now.version = ++r->versions;
    memcpy(&e->info, &now, sizeof now);
    return !same;
}

/* ---- all of them ---- */

huse_runs *huse_runs_new(const char *workspace)
{
    huse_runs *r = huse_xcalloc(1, sizeof *r);
    r->workspace = huse_xstrdup(workspace);
    r->runs = huse_fs_join(workspace, "runs");
    r->current_path = huse_fs_join(workspace, "models/CURRENT");
    return r;
}

void huse_runs_free(huse_runs *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        entry_free(r->list[i]);
    free(r->list);
    free(r->info);
    free(r->workspace);
    free(r->runs);
    free(r->current_path);
    free(r);
}

static void read_current(huse_runs *r)
{
    int64_t t = mtime_ns(r->current_path);
    char   *data;
    size_t  n;
    if (t && t == r->current_mtime_ns)
        return;
    r->current_mtime_ns = t;
    r->current[0] = '\0';
    if (!t || huse_fs_read(r->current_path, 256, &data, &n, NULL) != HUSE_OK)
        return;
    snprintf(r->current, sizeof r->current, "%.*s", (int)strcspn(data, "\n"), data);
    free(data);
}

static int by_number(const void *a, const void *b)
{
    long x = huse_run_number((*(entry *const *)a)->info.id), y = huse_run_number((*(entry *const *)b)->info.id);
    return (x > y) - (x < y);
}

static entry *keep_entry(huse_runs *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i] && strcmp(r->list[i]->info.id, id) == 0) {
            entry *e = r->list[i];
            r->list[i] = NULL;
            return e;
        }
    return entry_new(r->runs, id);
}

/* The list as the folder is now; true when runs came or went. */
static bool match_folder(huse_runs *r, char **names, size_t count)
{
    entry **list = huse_xcalloc(count, sizeof *list);
    size_t  n = 0;
    bool    changed = false;
    for (size_t i = 0; i < count; i++)
        if (huse_run_number(names[i]) >= 0 && strlen(names[i]) < sizeof list[0]->info.id)
            list[n++] = keep_entry(r, names[i]);
    for (size_t i = 0; i < r->n; i++)
        if (r->list[i]) {
            entry_free(r->list[i]);
            changed = true;
        }
    changed |= n != r->n;
    free(r->list);
    r->list = list;
    r->n = n;
    if (n)
        qsort(list, n, sizeof *list, by_number);
    return changed;
}

huse_status huse_runs_refresh(huse_runs *r, bool *changed, huse_err *err)
{
    char **names = NULL;
    size_t n = 0;
    if (huse_fs_is_dir(r->runs))
        HUSE_TRY(huse_fs_list(r->runs, &names, &n, err));
    read_current(r);
    bool any = match_folder(r, names, n);
    huse_fs_free_names(names, n);
    r->info = huse_xrealloc(r->info, HUSE_MAX(r->n, (size_t)1) * sizeof *r->info);
    for (size_t i = 0; i < r->n; i++) {
        any |= look(r, r->list[i]);
        memcpy(&r->info[i], &r->list[i]->info, sizeof r->info[i]);
    }
    if (changed)
        *changed = any;
    return HUSE_OK;
}

const huse_run_info *huse_runs_list(const huse_runs *r, size_t *n)
{
    *n = r->n;
    return r->info;
}

const huse_run_info *huse_runs_find(const huse_runs *r, const char *id)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->info[i].id, id) == 0)
            return &r->info[i];
    return NULL;
}

huse_status huse_runs_params(const char *workspace, const char *run, huse_train_params *p, huse_err *err)
{
    char       *dir = huse_format("%s/runs/%s", workspace, run);
    huse_status s = huse_run_number(run) >= 0 && huse_fs_is_dir(dir) ? huse_run_params_at(dir, p, err)
                                                                    : huse_fail(err, HUSE_NOT_FOUND, "there is no run %s", run);
    free(dir);
    return s;
}
