#include "app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "chrome.h"
#include "term.h"

#define DOUBLE_MS  400
#define COPY_BYTES 65536 /* terminals refuse more */

const ui_pane_ops *const ui_panes[UI_PANES] = {[UI_PANE_SEARCH] = &ui_pane_search, [UI_PANE_BROWSE] = &ui_pane_browse,
                                               [UI_PANE_TRAIN] = &ui_pane_train,
                                               [UI_PANE_EVALUATE] = &ui_pane_evaluate};

int64_t ui_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const ui_pane_ops *ui_app_ops(const ui_app *a)
{
    return a->pane < 0 ? &ui_pane_start : ui_panes[a->pane];
}

void *ui_app_state(const ui_app *a)
{
    return a->pane < 0 ? a->start_state : a->state[a->pane];
}

bool ui_app_typing(const ui_app *a)
{
    return ui_app_ops(a)->typing(ui_app_state(a));
}

void ui_app_say(ui_app *a, bool warning, const char *message)
{
    snprintf(a->message, sizeof a->message, "%s", message);
    a->warning = warning;
    a->dirty = true;
}

/* ---- panes ---- */

static void open_pane(ui_app *a, const ui_pane_ops *ops, void **st)
{
    *st = huse_xcalloc(1, ops->state_size);
    ops->open(*st, &a->ctx);
    ops->resize(*st, a->size.cols, a->size.rows, &a->gfx);
    if (a->ctx.opened)
        ops->opened(*st, a->ctx.opened);
}

void ui_app_show(ui_app *a, int pane)
{
    void **st = pane < 0 ? &a->start_state : &a->state[pane];
    if (pane != a->pane && ui_app_state(a) && ui_app_ops(a)->hidden)
        ui_app_ops(a)->hidden(ui_app_state(a));
    a->pane = pane;
    if (!*st)
        open_pane(a, ui_app_ops(a), st);
    if (ui_app_ops(a)->shown)
        ui_app_ops(a)->shown(*st);
    a->dirty = true;
}

void ui_app_resize(ui_app *a)
{
    for (int i = 0; i < UI_PANES; i++)
        if (a->state[i])
            ui_panes[i]->resize(a->state[i], a->size.cols, a->size.rows, &a->gfx);
    if (a->start_state)
        ui_pane_start.resize(a->start_state, a->size.cols, a->size.rows, &a->gfx);
    a->dirty = true;
}

static void marks_changed(void *ctx, const char *why)
{
    ui_app *a = ctx;
    if (why)
        ui_app_say(a, true, why);
    a->dirty = true;
}

/* ---- runs ---- */

void ui_app_look(ui_app *a)
{
    bool more = false;
    a->dirty = ui_watch_look(a->watch, ui_now_ms()) || a->dirty;
    for (int i = 0; i < UI_PANES; i++)
        if (a->state[i] && ui_panes[i]->runs)
            a->dirty = ui_panes[i]->runs(a->state[i], &more) || a->dirty;
    if (more)
        ui_watch_soon(a->watch);
    if (ui_watch_published(a->watch))
        ui_worker_reload(a->worker, false);
    if (ui_watch_catalogue(a->watch) && a->fill)
        ui_fill_news(a->fill);
}

/* Reading many long logs takes a while the first time; later only what is new is read. */
typedef struct runs_job {
    ui_job     job;
    huse_runs *runs; /* done() takes it over */
} runs_job;

static void run_runs(ui_job *job, const ui_tools *t)
{
    runs_job *j = (runs_job *)job;
    huse_err  err;
    j->runs = huse_runs_new(t->dir);
    if (huse_runs_refresh(j->runs, NULL, &err) != HUSE_OK)
        return; /* an empty list; the loop looks again */
}

static void free_runs(ui_job *job)
{
    huse_runs_free(((runs_job *)job)->runs);
    free(job);
}

static void runs_done(void *st, ui_job *job)
{
    ui_app *a = st;
    a->watch = ui_watch_new(a->dir, ((runs_job *)job)->runs);
    ((runs_job *)job)->runs = NULL;
    a->ctx.runs = ui_watch_runs(a->watch);
    ui_app_look(a);
}

static void find_runs(ui_app *a)
{
    runs_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run_runs, .done = runs_done, .free = free_runs, .lane = UI_LANE_FACTS};
    ui_worker_post(a->worker, a, &j->job);
}

/* ---- pictures that come ---- */

static void tell_task(ui_app *a)
{
    char whole[96], brief[40];
    if (ui_fill_runs(a->fill) || !ui_shell_progress(a->shell, whole, brief))
        ui_fill_say(a->fill, whole, brief);
    a->ctx.task_act = !a->fill || (!ui_fill_runs(a->fill) && ui_shell_due(a->shell) != INT64_MAX) ? UI_ACT_COMMAND : UI_ACT_FETCH;
    a->dirty = a->dirty || strcmp(a->task, whole) != 0;
    memcpy(a->task, whole, sizeof a->task);
    memcpy(a->task_brief, brief, sizeof a->task_brief);
}

/* Without a model queries go by what was embedded: that is more now. */
static void pictures_changed(void *ctx, bool warning, const char *said)
{
    ui_app *a = ctx;
    if (said)
        ui_app_say(a, warning, said);
    if (!a->opened.trained && (said || ui_fill_count(a->fill).waiting == 0))
        ui_worker_reload(a->worker, true);
    tell_task(a);
    a->dirty = true;
}

static void begin_fill(ui_app *a, bool retry)
{
    char     n[32];
    huse_err err;
    size_t   all = ui_fill_count(a->fill).waiting + (retry ? ui_fill_count(a->fill).failed : 0);
    char     key[UI_KEY_NAME];
    ui_key_of(key, UI_ACT_FETCH);
    if (ui_fill_begin(a->fill, retry, &err) != HUSE_OK)
        ui_app_say(a, true, err.msg);
    else
        ui_say(&a->ctx, "%s picture%s to come; %s stops", ui_thousands(n, all), all == 1 ? "" : "s", *key ? key : "Ctrl-C");
    tell_task(a);
}

static void fetch_again(void *st)
{
    begin_fill(st, true);
}

static void fetch(ui_app *a)
{
    char           question[400], reason[256], n[32];
    ui_fill_counts c = a->fill ? ui_fill_count(a->fill) : (ui_fill_counts){0};
    if (!a->fill || ui_fill_stop(a->fill)) {
        tell_task(a);
        return;
    }
    if (c.waiting) {
        begin_fill(a, false);
    } else if (c.failed) {
        ui_fill_reason(a->fill, reason);
        snprintf(question, sizeof question, "%s failed; %s. Try again?", ui_thousands(n, c.failed), reason);
        ui_overlay_confirm(&a->over, a, question, fetch_again);
    } else {
        ui_app_say(a, false, "all pictures are there");
    }
}

/* A catalogue of addresses has no pictures at first, which is no fault of it. */
static void tell_waiting(ui_app *a)
{
    char           key[UI_KEY_NAME], n[32];
    ui_fill_counts c = ui_fill_count(a->fill);
    ui_key_of(key, UI_ACT_FETCH);
    if (c.by_address && *key && !*a->message)
        ui_say(&a->ctx, "%s pictures are not fetched yet: %s%s fetches them", ui_thousands(n, c.by_address), ui_app_typing(a) ? "Esc, then " : "", key);
    tell_task(a);
}

int64_t ui_app_tend_due(const ui_app *a)
{
    return HUSE_MIN(ui_shell_due(a->shell), ui_fill_due(a->fill));
}

void ui_app_tend(ui_app *a)
{
    const int64_t now = ui_now_ms();
    if (now >= ui_shell_due(a->shell) && ui_shell_look(a->shell, a->over.kind == UI_OVER_NOTHING && !ui_app_typing(a), now))
        a->dirty = true;
    if (a->fill && ui_fill_look(a->fill, now))
        a->dirty = true;
    tell_task(a);
}

void ui_app_opened(ui_app *a, const ui_opened *o)
{
    a->opened = *o;
    a->ctx.opened = &a->opened;
    if (o->status == HUSE_OK) {
        a->ctx.marks = ui_marks_new(a->worker, o->items, marks_changed, a);
        a->ctx.fill = a->fill = ui_fill_new(a->worker, a->dir, o->items, pictures_changed, a);
        find_runs(a);
    }
    for (int i = 0; i < UI_PANES; i++)
        if (a->state[i])
            ui_panes[i]->opened(a->state[i], &a->opened);
    if (a->fill)
        tell_waiting(a);
}

void ui_app_renewed(ui_app *a, const ui_opened *o)
{
    char            said[200];
    const ui_opened was = a->opened;
    a->opened = *o;
    ui_marks_follow(a->ctx.marks, o->items);
    ui_fill_follow(a->fill, o->items);
    tell_task(a);
    for (int i = 0; i < UI_PANES; i++)
        if (a->state[i] && ui_panes[i]->renewed)
            ui_panes[i]->renewed(a->state[i], &was);
    if (strcmp(o->model, was.model) == 0)
        return;
    snprintf(said, sizeof said, "model %.190s", o->model);
    ui_app_say(a, false, said);
}

void ui_app_end(ui_app *a)
{
    for (int i = 0; i < UI_PANES; i++)
        if (a->state[i]) {
            ui_panes[i]->close(a->state[i]);
            free(a->state[i]);
        }
    if (a->start_state)
        ui_pane_start.close(a->start_state);
    free(a->start_state);
    ui_marks_free(a->ctx.marks);
    ui_watch_free(a->watch);
    ui_fill_free(a->fill);
    ui_shell_free(a->shell);
    free(a->dir);
}

/* ---- what panes may call ---- */

static void call_post(void *loop, void *st, ui_job *job)
{
    ui_app *a = loop;
    ui_worker_post(a->worker, st, job);
}

static bool call_busy(void *loop, const void *st, int topic)
{
    ui_app *a = loop;
    return ui_worker_busy(a->worker, st, topic);
}

static void call_say(void *loop, bool warning, const char *message)
{
    ui_app_say(loop, warning, message);
}

static void call_prompt(void *loop, void *st, const ui_prompt *p)
{
    ui_app *a = loop;
    ui_overlay_prompt(&a->over, st, p);
}

static void call_confirm(void *loop, void *st, const char *question, void (*yes)(void *st))
{
    ui_app *a = loop;
    ui_overlay_confirm(&a->over, st, question, yes);
}

static void call_copy(void *loop, const char *text)
{
    ui_app  *a = loop;
    huse_buf b = {0};
    char     said[200];
    size_t   n = strlen(text);
    if (n > COPY_BYTES) {
        ui_app_say(a, true, "too long for the terminal's clipboard");
        return;
    }
    huse_buf_str(&b, "\x1b]52;c;");
    char *encoded = huse_base64(text, n);
    huse_buf_str(&b, encoded);
    free(encoded);
    huse_buf_str(&b, "\x1b\\");
    a->gone = !ui_term_write(b.data, b.len) || a->gone;
    huse_buf_free(&b);
    snprintf(said, sizeof said, "copied %.180s", text);
    ui_app_say(a, false, said);
}

static void call_page(void *loop, const char *title, char *text)
{
    ui_app *a = loop;
    ui_overlay_pager(&a->over, title, text);
}

static void call_lead(void *loop, int pane, char how, const char *term)
{
    ui_app *a = loop;
    ui_app_show(a, pane);
    if (ui_app_ops(a)->lead)
        ui_app_ops(a)->lead(ui_app_state(a), how, term);
}

static void call_open(void *loop, const char *dir)
{
    ui_app *a = loop;
    ui_app_open(a, dir);
    ui_app_show(a, a->start->pane);
}

static void call_look(void *loop, bool often)
{
    ui_app *a = loop;
    if (!a->watch)
        return;
    ui_watch_often(a->watch, often);
    ui_watch_soon(a->watch);
}

static const ui_calls calls = {call_post, call_busy, call_say, call_prompt, call_confirm, call_copy, call_page, call_lead, call_open, call_look};

void ui_app_begin(ui_app *a)
{
    a->pane = -1;
    a->ctx = (ui_ctx){
        .workspace = "",
        .query = a->start->query,
        .history_file = a->start->history_file,
        .fetch_pictures = a->start->graphics != UI_WISH_NONE,
        .recent = a->start->recent,
        .n_recent = a->start->n_recent,
        .task = a->task,
        .task_brief = a->task_brief,
        .call = &calls,
        .loop = a,
    };
    a->shell = ui_shell_new(a->start->command, a->start->n_commands, a->start->command_file);
}

void ui_app_open(ui_app *a, const char *dir)
{
    HUSE_ASSERT(!a->worker);
    char *whole = realpath(dir, NULL);
    a->dir = whole ? whole : huse_xstrdup(dir);
    const char *slash = strrchr(a->dir, '/');
    a->ctx.dir = a->dir;
    a->ctx.workspace = slash && slash[1] ? slash + 1 : a->dir;
    a->worker = ui_worker_new(a->dir, a->start->host, a->wake[1]);
}

void ui_post(const ui_ctx *ctx, void *st, ui_job *job)
{
    ctx->call->post(ctx->loop, st, job);
}

void ui_look(const ui_ctx *ctx, bool often)
{
    ctx->call->look(ctx->loop, often);
}

bool ui_busy(const ui_ctx *ctx, const void *st, int topic)
{
    return ctx->call->busy(ctx->loop, st, topic);
}

static void HUSE_PRINTF(3, 0) say(const ui_ctx *ctx, bool warning, const char *fmt, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, args);
    ctx->call->say(ctx->loop, warning, text);
}

void ui_say(const ui_ctx *ctx, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(ctx, false, fmt, args);
    va_end(args);
}

void ui_warn(const ui_ctx *ctx, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(ctx, true, fmt, args);
    va_end(args);
}

void ui_ask_line(const ui_ctx *ctx, void *st, const ui_prompt *p)
{
    ctx->call->prompt(ctx->loop, st, p);
}

void ui_confirm(const ui_ctx *ctx, void *st, const char *question, void (*yes)(void *st))
{
    ctx->call->confirm(ctx->loop, st, question, yes);
}

void ui_copy(const ui_ctx *ctx, const char *text)
{
    ctx->call->copy(ctx->loop, text);
}

void ui_page(const ui_ctx *ctx, const char *title, char *text)
{
    ctx->call->page(ctx->loop, title, text);
}

void ui_lead(const ui_ctx *ctx, int pane, char how, const char *term)
{
    ctx->call->lead(ctx->loop, pane, how, term);
}

void ui_open(const ui_ctx *ctx, const char *dir)
{
    ctx->call->open(ctx->loop, dir);
}

/* ---- keys and mouse ---- */

void ui_app_act(ui_app *a, enum ui_action action)
{
    if (a->pane >= 0 && action >= UI_ACT_SEARCH && action < UI_ACT_SEARCH + UI_PANES) {
        ui_app_show(a, (int)(action - UI_ACT_SEARCH));
        ui_app_ops(a)->act(ui_app_state(a), action); /* arrives in moving */
        return;
    }
    if (ui_app_ops(a)->act(ui_app_state(a), action))
        return;
    if (action == UI_ACT_HELP) {
        ui_overlay_help(&a->over, a->pane);
    } else if (action == UI_ACT_FETCH) {
        fetch(a);
    } else if (action == UI_ACT_COMMAND) {
        ui_shell_ask(a->shell, &a->ctx);
    } else if (action == UI_ACT_QUIT) {
        a->quit = true;
    } else if (action == UI_ACT_MOUSE) {
        ui_app_report_mouse(a, !a->mouse);
        ui_app_say(a, false, a->mouse ? "mouse on" : "mouse off");
    }
}

void ui_app_key(ui_app *a, int32_t key)
{
    const ui_event e = {.kind = UI_EVENT_KEY, .key = key};
    if (ui_overlay_key(&a->over, key))
        return;
    if (ui_app_typing(a))
        ui_app_ops(a)->event(ui_app_state(a), &e);
    else
        ui_app_act(a, ui_action_of(key));
}

void ui_app_report_mouse(ui_app *a, bool on)
{
    a->gone = !ui_term_mouse(on) || a->gone;
    a->mouse = on;
}

static void wheel(ui_app *a, int x, int y, int by)
{
    const ui_hit *hit = ui_canvas_at(&a->canvas, x, y);
    if (a->over.kind != UI_OVER_NOTHING)
        ui_overlay_wheel(&a->over, 3 * by);
    else if (ui_app_ops(a)->wheel)
        ui_app_ops(a)->wheel(ui_app_state(a), hit ? hit->what : -1, by);
}

/* A button of the chrome: a key, or an action, which over a page is the page's business first. */
static void press(ui_app *a, int what)
{
    if (what <= UI_HIT_KEY(1)) {
        ui_app_key(a, -what - UI_ACTIONS);
        return;
    }
    if (a->over.kind != UI_OVER_NOTHING) {
        ui_overlay_act(&a->over, (enum ui_action)-what);
        return;
    }
    ui_app_act(a, (enum ui_action)-what);
}

static void click(ui_app *a, int x, int y)
{
    const ui_hit *hit = ui_canvas_at(&a->canvas, x, y);
    const int     what = hit ? hit->what : 0;
    const int64_t t = ui_now_ms();
    const bool    twice = t - a->click_at < DOUBLE_MS && what == a->click_what;
    a->click_at = twice ? 0 : t;
    a->click_what = what;
    if (what < 0)
        press(a, what);
    else if (what > 0 && a->over.kind == UI_OVER_NOTHING && ui_app_ops(a)->pick)
        ui_app_ops(a)->pick(ui_app_state(a), what, twice);
}

void ui_app_mouse(ui_app *a, const ui_reply *r)
{
    enum { MODIFIERS = 4 | 8 | 16, WHEEL_UP = 64, WHEEL_DOWN };
    const int button = r->param[0] & ~MODIFIERS, x = r->param[1] - 1, y = r->param[2] - 1;
    if (r->n < 3 || r->final != 'M' || !a->mouse || x >= a->canvas.w || y >= a->canvas.h)
        return;
    if (button == WHEEL_UP || button == WHEEL_DOWN) {
        a->click_at = 0; /* what is under the pointer moves: the next click is a first one */
        wheel(a, x, y, button == WHEEL_UP ? -1 : 1);
    } else if (button == 0) {
        a->message[0] = 0;
        click(a, x, y);
    }
    a->dirty = true;
}
