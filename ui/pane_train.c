/* Train: the runs of a workspace, what they have learned so far, and what may be done with them. */
#include "pane_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "watch.h"

/* ---- runs ---- */

const huse_run_info *ui_train_row(const ui_train *t, size_t row)
{
    size_t               n = 0;
    const huse_run_info *run = t->ctx->runs ? huse_runs_list(t->ctx->runs, &n) : NULL;
    return row < n ? &run[n - 1 - row] : NULL;
}

const huse_run_info *ui_train_info(const ui_train *t)
{
    return t->ctx->runs && t->shown[0] ? huse_runs_find(t->ctx->runs, t->shown) : NULL;
}

const ui_followed *ui_train_followed(const ui_train *t, const char *id)
{
    for (size_t i = 0; i < t->n_followed; i++)
        if (strcmp(t->followed[i].id, id) == 0)
            return &t->followed[i];
    return NULL;
}

bool ui_train_is_overlaid(const ui_train *t, const char *id)
{
    for (size_t i = 0; i < t->n_overlaid; i++)
        if (strcmp(t->overlaid[i], id) == 0)
            return true;
    return false;
}

static size_t list_page(const ui_train *t)
{
    ui_train_layout l;
    ui_train_arrange(t, &l);
    return (size_t)HUSE_MAX(l.runs.h, 1);
}

/* ---- what is read of them ---- */

static void drop_followed(ui_train *t, size_t i)
{
    huse_follow_free(t->followed[i].follow);
    free(t->followed[i].step);
    free(t->followed[i].check);
    t->followed[i] = t->followed[--t->n_followed];
    t->followed[t->n_followed] = (ui_followed){.n = 0};
}

static void want_followed(ui_train *t, const char *id)
{
    if (!id[0] || ui_train_followed(t, id) || t->n_followed == UI_FOLLOWED_MAX)
        return;
    ui_followed *f = &t->followed[t->n_followed++];
    *f = (ui_followed){.follow = huse_follow_new(t->ctx->dir, id), .more = true};
    snprintf(f->id, sizeof f->id, "%s", id);
}

static bool is_wanted(const ui_train *t, const char *id)
{
    return strcmp(id, t->shown) == 0 || strcmp(id, t->pinned) == 0 || ui_train_is_overlaid(t, id);
}

/* Reads those that are shown, and no others. */
static void choose_followed(ui_train *t)
{
    for (size_t i = 0; i < t->n_followed;)
        if (is_wanted(t, t->followed[i].id))
            i++;
        else
            drop_followed(t, i);
    want_followed(t, t->shown);
    want_followed(t, t->pinned);
    for (size_t i = 0; i < t->n_overlaid; i++)
        want_followed(t, t->overlaid[i]);
}

static void to_numbers(const long *from, size_t n, double **to, size_t *n_to)
{
    *to = huse_xrealloc(*to, (n + 1) * sizeof **to);
    for (size_t i = 0; i < n; i++)
        (*to)[i] = (double)from[i];
    *n_to = n;
}

static bool read_followed(ui_followed *f, bool *more)
{
    bool     changed = false, unread = false;
    huse_err err;
    if (huse_follow_poll(f->follow, &changed, &unread, &err) != HUSE_OK) {
        changed = strcmp(f->why, err.msg) != 0;
        snprintf(f->why, sizeof f->why, "%.*s", (int)sizeof f->why - 1, err.msg);
    } else {
        f->why[0] = 0;
    }
    const bool was = f->more;
    f->more = unread;
    *more = *more || unread;
    if (!changed)
        return was != unread;
    const huse_follow_steps       s = huse_follow_figures(f->follow);
    const huse_follow_validations v = huse_follow_checks(f->follow);
    to_numbers(s.step, s.n, &f->step, &f->n);
    to_numbers(v.step, v.n, &f->check, &f->n_checks);
    return true;
}

long ui_train_since(const ui_train *t)
{
    return strcmp(t->pinned, t->shown) == 0 ? t->pinned_step : 0;
}

void ui_train_count_drift(ui_train *t)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    uint32_t           cls[UI_DRIFT_MAX];
    size_t             n = 0, classes;
    huse_err           err;
    t->n_drift = 0;
    t->drift_why[0] = 0;
    if (!f)
        return;
    const char *const *path = huse_follow_drift_classes(f->follow, &classes);
    if (huse_follow_drift_most(f->follow, ui_train_since(t), UI_DRIFT_MAX, cls, &n, &err) != HUSE_OK)
        snprintf(t->drift_why, sizeof t->drift_why, "%.*s", (int)sizeof t->drift_why - 1, err.msg);
    for (size_t i = 0; i < n; i++)
        if (cls[i] < classes && huse_follow_drift(f->follow, path[cls[i]], ui_train_since(t), &t->drift[t->n_drift], &err) == HUSE_OK)
            t->drift_class[t->n_drift++] = path[cls[i]];
}

/* Reads what is new of all that is shown. True when anything is. */
static bool read_all(ui_train *t, bool *more)
{
    bool changed = false;
    choose_followed(t);
    for (size_t i = 0; i < t->n_followed; i++)
        changed = read_followed(&t->followed[i], more) || changed;
    if (changed)
        ui_train_count_drift(t);
    return changed;
}

/* Shows another run than before: its figures are read at once as far as they are short. */
static void show(ui_train *t, const char *id)
{
    bool more = false;
    if (strcmp(t->shown, id) == 0)
        return;
    snprintf(t->shown, sizeof t->shown, "%s", id);
    t->at = (double)NAN;
    t->drift_top = 0;
    t->n_drift = 0;
    read_all(t, &more);
    ui_train_count_drift(t);
    if (more)
        ui_look(t->ctx, t->n_tasks > 0);
}

void ui_train_show_row(ui_train *t, size_t row)
{
    const huse_run_info *run = ui_train_row(t, row);
    ui_list_to(&t->list, row, list_page(t));
    if (run)
        show(t, run->id);
}

/* ---- the list ---- */

static size_t row_of(const ui_train *t, const char *id)
{
    size_t               row = 0;
    const huse_run_info *run;
    while ((run = ui_train_row(t, row)) && strcmp(run->id, id) != 0)
        row++;
    return row;
}

/* The run that was begun here, else the one that was shown, else the one that trains, else the newest. */
static void follow_list(ui_train *t)
{
    size_t n = 0;
    huse_runs_list(t->ctx->runs, &n);
    const bool           first = !t->shown[0], grown = n > t->list.n && t->list.n > 0;
    const huse_run_info *live = ui_runs_live(t->ctx->runs), *newest = ui_train_row(t, 0);
    ui_list_resize(&t->list, n, list_page(t));
    if (!n) {
        t->shown[0] = 0;
        choose_followed(t);
        return;
    }
    size_t row = first ? row_of(t, live ? live->id : newest->id) : row_of(t, t->shown);
    if (t->pick_new && (grown || first) && huse_run_is_live(newest->state)) {
        row = 0;
        t->pick_new = false;
        ui_say(t->ctx, "%s trains, also when the interface is quit", newest->id);
    }
    ui_train_show_row(t, row < n ? row : 0);
}

static void measure_disk(ui_train *t)
{
    struct statvfs v;
    t->disk_free = (double)NAN;
    if (ui_runs_live(t->ctx->runs) && statvfs(t->ctx->dir, &v) == 0)
        t->disk_free = (double)v.f_bavail * (double)v.f_frsize;
}

static bool train_runs(void *st, bool *more)
{
    ui_train *t = st;
    if (!t->ctx->runs)
        return false;
    const bool tasks = ui_train_look_after(t);
    follow_list(t);
    measure_disk(t);
    if (!t->list.n && !t->form.shown && t->opened && t->opened->status == HUSE_OK && !t->n_tasks)
        ui_train_open_form(t, false);
    if (t->list.n && t->form.shown && !t->form.form.focus)
        ui_train_close_form(t);
    return (t->front && read_all(t, more)) || tasks;
}

/* ---- life ---- */

static void train_open(void *st, const ui_ctx *ctx)
{
    ui_train *t = st;
    t->ctx = ctx;
    t->ink = ui_ink_usual();
    t->pictures = ctx->fetch_pictures;
    t->at = t->disk_free = (double)NAN;
}

static void train_close(void *st)
{
    ui_train *t = st;
    while (t->n_followed)
        drop_followed(t, 0);
    ui_train_close_form(t);
    ui_train_forget_tasks(t);
}

static void train_shown(void *st)
{
    ui_train *t = st;
    bool      more = false;
    t->front = true;
    train_runs(t, &more);
    if (more)
        ui_look(t->ctx, t->n_tasks > 0);
}

static void train_hidden(void *st)
{
    ((ui_train *)st)->front = false;
}

static void train_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    ui_train *t = st;
    t->w = w;
    t->h = h;
    t->gfx = *gfx;
    t->view = ui_view_first(t->view, ui_train_wide(t));
    ui_list_to(&t->list, t->list.cursor, list_page(t));
    ui_train_settle_form(t);
}

static void train_opened(void *st, const ui_opened *o)
{
    ui_train *t = st;
    bool      more = false;
    t->opened = o;
    if (o->status == HUSE_OK)
        huse_items_find(o->items, ""); /* sorts ids, which drawing does not */
    train_runs(t, &more);
}

static bool train_typing(const void *st)
{
    return ((const ui_train *)st)->form.form.focus;
}

static void train_event(void *st, const ui_event *e)
{
    ui_train_form_event(st, e);
}

/* ---- keys ---- */

static void toggle_overlay(ui_train *t)
{
    const huse_run_info *run = ui_train_info(t);
    bool                 more = false;
    if (!run)
        return;
    for (size_t i = 0; i < t->n_overlaid; i++)
        if (strcmp(t->overlaid[i], run->id) == 0) {
            memmove(t->overlaid + i, t->overlaid + i + 1, (--t->n_overlaid - i) * sizeof *t->overlaid);
            read_all(t, &more);
            return;
        }
    if (t->n_overlaid == UI_OVERLAID_MAX) {
        ui_say(t->ctx, "%d runs are drawn already; o on one of them takes it away", UI_OVERLAID_MAX);
        return;
    }
    memcpy(t->overlaid[t->n_overlaid++], run->id, sizeof run->id);
    read_all(t, &more);
    ui_say(t->ctx, "%s stays drawn; choose another run", run->id);
}

static void toggle_pin(ui_train *t)
{
    const huse_run_info *run = ui_train_info(t);
    bool                 more = false;
    char                 n[32];
    if (!run)
        return;
    const long step = isfinite(t->at) ? (long)t->at : run->step;
    if (strcmp(t->pinned, run->id) == 0 && t->pinned_step == step) {
        t->pinned[0] = 0;
    } else {
        memcpy(t->pinned, run->id, sizeof t->pinned);
        t->pinned_step = step;
        ui_say(t->ctx, "pinned at step %s: its curves stay, drift counts from here", ui_thousands(n, (size_t)HUSE_MAX(step, 0)));
    }
    read_all(t, &more);
    ui_train_count_drift(t);
}

static void turn_probe(ui_train *t, int by)
{
    const size_t n = ui_train_probes(t);
    if (n)
        t->probe = (t->probe + n + (size_t)by) % n;
}

static bool change_view(ui_train *t, enum ui_action a)
{
    switch (a) {
    case UI_ACT_VIEW:
    case UI_ACT_AREA:
        t->view = ui_view_step(t->view, 1, ui_train_wide(t));
        return true;
    case UI_ACT_VIEWBACK:
    case UI_ACT_AREABACK:
        t->view = ui_view_step(t->view, -1, ui_train_wide(t));
        return true;
    case UI_ACT_LOGSCALE:
        t->log = !t->log;
        return true;
    case UI_ACT_SMOOTH:
        t->smooth = (t->smooth + 1) % 3;
        ui_say(t->ctx, t->smooth == 2 ? "smoothed much; the curves themselves stand faintly behind" : t->smooth ? "smoothed a little" : "not smoothed");
        return true;
    case UI_ACT_LEFT:
    case UI_ACT_RIGHT:
        ui_train_move_cursor(t, a == UI_ACT_LEFT ? -1 : 1);
        return true;
    case UI_ACT_NEXT:
    case UI_ACT_PREVIOUS:
        turn_probe(t, a == UI_ACT_NEXT ? 1 : -1);
        return true;
    case UI_ACT_PICTURES:
        t->pictures = !t->pictures && t->ctx->fetch_pictures;
        return true;
    default:
        return false;
    }
}

/* What is done with the selected run. */
static bool steer(ui_train *t, enum ui_action a)
{
    switch (a) {
    case UI_ACT_PAUSE:
        ui_train_pause(t);
        return true;
    case UI_ACT_STOP:
        ui_train_stop(t);
        return true;
    case UI_ACT_PUBLISH:
        ui_train_publish(t);
        return true;
    case UI_ACT_STEER:
        ui_train_steer(t);
        return true;
    case UI_ACT_INPUT:
        ui_train_ask_probes(t);
        return true;
    case UI_ACT_OVERLAY:
        toggle_overlay(t);
        return true;
    case UI_ACT_PIN:
        toggle_pin(t);
        return true;
    case UI_ACT_COPY:
        if (t->shown[0])
            ui_copy(t->ctx, t->shown);
        return true;
    default:
        return false;
    }
}

static bool move_list(ui_train *t, enum ui_action a)
{
    const size_t page = list_page(t);
    if (t->view == UI_VIEW_DRIFT && (a == UI_ACT_PGUP || a == UI_ACT_PGDN)) {
        const size_t last = t->n_drift ? t->n_drift - 1 : 0;
        t->drift_top = a == UI_ACT_PGDN ? HUSE_MIN(t->drift_top + 5, last) : t->drift_top - HUSE_MIN(t->drift_top, 5);
        return true;
    }
    if (!ui_list_move(&t->list, a, page))
        return false;
    ui_train_show_row(t, t->list.cursor);
    return true;
}

static bool train_act(void *st, enum ui_action a)
{
    ui_train *t = st;
    if (a == UI_ACT_RUN || (a == UI_ACT_OPEN && t->form.shown)) {
        ui_train_open_form(t, true);
        return true;
    }
    if (a == UI_ACT_OPEN) {
        ui_train_show_log(t);
        return true;
    }
    if (a == UI_ACT_BACK && isfinite(t->at)) {
        t->at = (double)NAN;
        return true;
    }
    return change_view(t, a) || steer(t, a) || move_list(t, a);
}

static void train_pick(void *st, int what, bool twice)
{
    ui_train *t = st;
    if (what >= UI_HIT_FIELD) {
        ui_train_form_pick(t, (size_t)(what - UI_HIT_FIELD), twice);
    } else if (what >= UI_HIT_VIEW) {
        t->view = ui_view_first((ui_train_view)HUSE_MIN(what - UI_HIT_VIEW, UI_VIEWS - 1), ui_train_wide(t));
    } else {
        ui_train_show_row(t, (size_t)(what - UI_HIT_RUN));
        if (twice)
            ui_train_show_log(t);
    }
}

static void train_wheel(void *st, int what, int by)
{
    ui_train *t = st;
    (void)what;
    if (t->form.form.focus)
        ui_train_form_event(t, &(ui_event){.kind = UI_EVENT_KEY, .key = by < 0 ? UI_KEY_UP : UI_KEY_DOWN});
    else
        ui_list_scroll(&t->list, by, list_page(t));
}

const ui_pane_ops ui_pane_train = {
    .name = "Train",
    .state_size = sizeof(ui_train),
    .open = train_open,
    .shown = train_shown,
    .hidden = train_hidden,
    .resize = train_resize,
    .typing = train_typing,
    .event = train_event,
    .act = train_act,
    .opened = train_opened,
    .pick = train_pick,
    .wheel = train_wheel,
    .runs = train_runs,
    .draw = ui_train_draw,
    .close = train_close,
};
