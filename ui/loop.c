/* The loop: waits for the terminal, signals and workers; hands what comes to the pane; draws when something changed. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app.h"
#include "chrome.h"
#include "guard.h"
#include "term.h"

#define QUIET_MS    120  /* without a resize before pictures are painted again */
#define HOLD_MS     250  /* pictures wait this long for the terminal to say what it can */
#define SEQUENCE_MS 1000 /* a sequence that was begun is not finished */
#define WANTS_MAX   256

/* ---- the terminal ---- */

static void set_gfx(ui_app *a)
{
    a->gfx = ui_probe_gfx(&a->probe, a->start->graphics, &a->size);
    ui_screen_gfx(a->screen, &a->gfx, a->probe.sync);
    ui_app_resize(a);
}

static void ask_terminal(ui_app *a)
{
    const char *questions = ui_probe_questions();
    a->ask_again = false;
    if (!ui_gfx_may_ask() || a->start->graphics == UI_WISH_NONE)
        return;
    a->asking = (ui_probe){.done = false};
    a->is_asking = ui_term_write(questions, strlen(questions));
    a->hold_until = ui_now_ms() + HOLD_MS;
}

static void measure(ui_app *a)
{
    if (!ui_screen_measure(STDOUT_FILENO, &a->size) || a->size.cols < 1 || a->size.rows < 1)
        a->size = (ui_screen_size){80, 24, 0, 0};
}

static void on_resize(ui_app *a)
{
    measure(a);
    ui_term_resize(a->size.cols, a->size.rows);
    ui_screen_forget(a->screen);
    a->quiet_until = ui_now_ms() + QUIET_MS;
    a->ask_again = true;
    set_gfx(a);
}

static void suspend(bool whole_group)
{
    ui_term_suspend();
    ui_guard_leave();
    void (*ours)(int) = signal(SIGTSTP, SIG_DFL);
    if (whole_group)
        kill(0, SIGTSTP);
    else
        raise(SIGTSTP);
    signal(SIGTSTP, ours); /* goes on here after “fg” */
    ui_guard_return();
}

/* Stopped and continued, by us or by others: the shell may have set up the terminal for itself. */
static void come_back(ui_app *a)
{
    ui_term_resume();
    on_resize(a);
}

static void take_signals(ui_app *a)
{
    char    sig[64];
    bool    resized = false, continued = false;
    ssize_t n = read(ui_guard_pipe(), sig, sizeof sig);
    for (ssize_t i = 0; i < n; i++) {
        if (sig[i] == SIGTSTP)
            suspend(false);
        if (sig[i] == SIGWINCH)
            resized = true;
        else if (sig[i] == SIGCONT || sig[i] == SIGTSTP)
            continued = true;
        else if (!a->signal)
            a->signal = sig[i];
    }
    if (continued)
        come_back(a);
    else if (resized)
        on_resize(a);
}

/* ---- keys ---- */

static void cancel(ui_app *a)
{
    ui_overlay_close(&a->over);
    const bool ran = ui_shell_stop(a->shell) || ui_fill_stop(a->fill) || (a->worker && ui_worker_cancel(a->worker));
    ui_app_say(a, false, ran ? "stopped; Ctrl-C again quits" : "Ctrl-C again quits");
}

static void on_key(ui_app *a, int32_t key)
{
    const bool twice = a->ctrl_c && key == UI_CTRL('c');
    a->message[0] = 0;
    a->ctrl_c = key == UI_CTRL('c');
    if (twice) {
        a->quit = true;
    } else if (a->ctrl_c) {
        cancel(a);
    } else if (key == UI_CTRL('z')) {
        suspend(true);
        come_back(a);
    } else if (ui_action_of(key) == UI_ACT_REDRAW && (key < ' ' || key >= UI_KEY_UP)) {
        on_resize(a); /* while typing, too */
    } else {
        ui_app_key(a, key);
    }
}

static void on_reply(ui_app *a, const ui_reply *r)
{
    if (r->prefix == '<') {
        ui_app_mouse(a, r);
        return;
    }
    ui_probe_reply(&a->asking, r);
    if (a->is_asking && a->asking.done) {
        a->is_asking = false;
        a->probe = a->asking;
        set_gfx(a);
    }
}

static void on_event(void *ctx, const ui_event *e)
{
    ui_app *a = ctx;
    if (a->quit)
        return;
    if (e->kind == UI_EVENT_REPLY) {
        on_reply(a, &e->reply);
        return;
    }
    a->dirty = true;
    if (e->kind == UI_EVENT_KEY)
        on_key(a, e->key);
    else if (a->over.kind != UI_OVER_NOTHING)
        ui_overlay_paste(&a->over, e->text);
    else if (ui_app_typing(a))
        ui_app_ops(a)->event(ui_app_state(a), e);
}

static void take_input(ui_app *a)
{
    char    data[4096];
    ssize_t n = read(STDIN_FILENO, data, sizeof data);
    if (n > 0)
        ui_input_feed(a->input, data, (size_t)n, on_event, a);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        a->gone = true;
    a->input_at = ui_now_ms();
}

/* How long a sequence that was begun is waited for; over ssh its bytes come apart. */
static int64_t input_patience(const ui_app *a)
{
    switch (ui_input_pending(a->input)) {
    case UI_INPUT_ESC:
        return a->is_asking ? 400 : getenv("SSH_CONNECTION") ? 150 : 50;
    case UI_INPUT_SEQUENCE:
        return SEQUENCE_MS;
    default:
        return -1;
    }
}

/* ---- workers ---- */

static void take_news(ui_app *a)
{
    char       bytes[64];
    ui_opened  opened;
    ui_picture picture;
    ui_job    *job;
    while (read(a->wake[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
    if (!a->worker)
        return;
    if (ui_worker_take_opened(a->worker, &opened))
        (opened.renewed ? ui_app_renewed : ui_app_opened)(a, &opened);
    while ((job = ui_worker_take_job(a->worker))) {
        job->done(job->owner, job);
        job->free(job);
    }
    while (ui_worker_take_picture(a->worker, &picture))
        ui_screen_keep(a->screen, &picture);
    char note[256];
    if (ui_worker_take_note(a->worker, note))
        ui_app_say(a, true, note);
    a->dirty = true;
}

/* ---- drawing ---- */

static bool input_waits(void)
{
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    return poll(&p, 1, 0) > 0;
}

/* Until when no pictures are painted: sizes still change, or the terminal has not said what it can. */
static int64_t held_until(const ui_app *a)
{
    return a->is_asking ? HUSE_MAX(a->quiet_until, a->hold_until) : a->quiet_until;
}

static ui_hints hints(const ui_app *a)
{
    if (a->over.kind == UI_OVER_PAGER)
        return UI_HINTS_PAGER;
    if (a->over.kind != UI_OVER_NOTHING)
        return UI_HINTS_PAGE;
    if (ui_app_ops(a)->hints)
        return ui_app_ops(a)->hints(ui_app_state(a));
    return ui_app_typing(a) ? UI_HINTS_TYPING : UI_HINTS_MOVING;
}

static void draw(ui_app *a)
{
    static ui_want want[WANTS_MAX];
    a->dirty = false;
    ui_canvas_reset(&a->canvas, a->size.cols, a->size.rows);
    ui_app_ops(a)->draw(ui_app_state(a), &a->canvas);
    ui_screen_frames(a->screen, &a->canvas);
    ui_chrome_header(&a->canvas, &a->ctx, a->pane);
    ui_chrome_footer(&a->canvas, a->pane, hints(a), a->warning, a->message);
    ui_overlay_draw(&a->over, &a->canvas);
    a->held = ui_now_ms() < held_until(a);
    if (a->worker && !a->held)
        ui_worker_want(a->worker, want, ui_screen_missing(a->screen, &a->canvas, want, WANTS_MAX));
    ui_screen_show(a->screen, &a->canvas, !a->held);
    if (ui_screen_paint(a->screen, input_waits))
        ui_screen_show(a->screen, &a->canvas, !a->held); /* the cursor comes back */
    else
        a->dirty = true;
}

/* ---- waiting ---- */

static int timeout_ms(const ui_app *a)
{
    int64_t until = INT64_MAX, patience = input_patience(a);
    if (patience >= 0)
        until = a->input_at + patience;
    if (a->ask_again)
        until = HUSE_MIN(until, a->quiet_until);
    if (a->held)
        until = HUSE_MIN(until, held_until(a));
    if (a->watch)
        until = HUSE_MIN(until, ui_watch_due(a->watch));
    until = HUSE_MIN(until, ui_app_tend_due(a));
    return until == INT64_MAX ? -1 : (int)HUSE_MAX(until - ui_now_ms(), 0);
}

static void step(ui_app *a)
{
    struct pollfd p[] = {{STDIN_FILENO, POLLIN, 0}, {ui_guard_pipe(), POLLIN, 0}, {a->wake[0], POLLIN, 0},
                         {a->watch ? ui_watch_fd(a->watch) : -1, POLLIN, 0}};
    if (poll(p, HUSE_COUNT(p), a->dirty ? 0 : timeout_ms(a)) < 0 && errno != EINTR)
        a->gone = true;
    if (p[1].revents)
        take_signals(a);
    if (p[0].revents)
        take_input(a);
    if (p[2].revents)
        take_news(a);
    if (p[3].revents)
        ui_watch_wake(a->watch, ui_now_ms());
    if (a->watch && ui_now_ms() >= ui_watch_due(a->watch))
        ui_app_look(a);
    if (ui_now_ms() >= ui_app_tend_due(a))
        ui_app_tend(a);
    int64_t t = ui_now_ms(), patience = input_patience(a);
    if (patience >= 0 && t >= a->input_at + patience)
        ui_input_flush(a->input, on_event, a);
    if (a->ask_again && t >= a->quiet_until)
        ask_terminal(a);
    if (a->held && ui_now_ms() >= held_until(a))
        a->dirty = true;
    if (a->dirty && !a->quit && !a->gone && !a->signal)
        draw(a);
}

/* Answers that are still on their way would end up on the shell's prompt. */
static void drain(ui_app *a)
{
    for (int64_t end = ui_now_ms() + 200; a->is_asking && !a->gone && ui_now_ms() < end;) {
        struct pollfd p = {STDIN_FILENO, POLLIN, 0};
        if (poll(&p, 1, (int)HUSE_MAX(end - ui_now_ms(), 0)) <= 0)
            break;
        take_input(a);
    }
}

/* ---- life ---- */

static void begin(ui_app *a, const char *note)
{
    ui_app_begin(a);
    a->input = ui_input_new(ui_locale_utf8());
    a->screen = ui_screen_new();
    measure(a);
    ui_term_resize(a->size.cols, a->size.rows);
    if (a->start->keys)
        ui_keys_use(a->start->keys);
    if (a->start->dir)
        ui_app_open(a, a->start->dir);
    ask_terminal(a);
    set_gfx(a);
    ui_app_show(a, a->start->dir ? a->start->pane : -1);
    if (a->start->mouse)
        ui_app_report_mouse(a, true);
    if (note)
        ui_app_say(a, true, note);
    draw(a);
}

static bool end(ui_app *a)
{
    const bool was_open = a->ctx.opened && a->opened.status == HUSE_OK;
    if (was_open && a->start->remember)
        a->start->remember(a->start->remember_ctx, a->dir, a->opened.items->n);
    ui_fill_stop(a->fill);
    bool joined = ui_worker_free(a->worker);
    ui_overlay_close(&a->over);
    if (joined)
        ui_app_end(a);
    ui_screen_free(a->screen);
    ui_input_free(a->input);
    ui_canvas_free(&a->canvas);
    return joined;
}

huse_status ui_main(const ui_start *start, huse_err *err)
{
    ui_app      a = {.start = start, .wake = {-1, -1}};
    const char *note = NULL;
    ui_locale_init();
    HUSE_TRY(ui_guard_open(STDIN_FILENO, err));
    ui_term_theme(start->theme, start->accent);
    huse_status s = ui_term_open(&note, err);
    if (s != HUSE_OK || pipe2(a.wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        s = s != HUSE_OK ? s : huse_fail_errno(err, "pipe");
        ui_term_close();
        ui_guard_close();
        return s;
    }
    begin(&a, note);
    while (!a.quit && !a.gone && !a.signal)
        step(&a);
    drain(&a);
    ui_term_close();
    ui_guard_close();
    bool joined = end(&a);
    if (a.signal)
        raise(a.signal);
    if (!joined)
        _exit(a.gone);
    close(a.wake[0]);
    close(a.wake[1]);
    return a.gone ? huse_fail(err, HUSE_FAILED, "the terminal is gone") : HUSE_OK;
}
