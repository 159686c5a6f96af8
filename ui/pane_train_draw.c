/* How Train is divided, its line of state, its list of runs, and what is said where something is wrong. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pane_train.h"

#define SMALL_W 20
#define SMALL_H 5
#define WIDE_W  100
#define WIDE_H  20
#define DISK_LEAST 256e6 /* bytes below which checkpoints may not fit */

static bool is_curves(ui_train_view v)
{
    return v < UI_VIEW_PROBES;
}

bool ui_train_wide(const ui_train *t)
{
    return t->w >= WIDE_W && t->h >= WIDE_H;
}

void ui_train_arrange(const ui_train *t, ui_train_layout *l)
{
    char notice[512];
    *l = (ui_train_layout){.small = t->w < SMALL_W || t->h < SMALL_H, .wide = ui_train_wide(t)};
    if (l->small)
        return;
    ui_rect r = {1, 3, t->w - 2, HUSE_MAX(t->h - 4 - (t->h >= 10), 0)};
    ui_train_notice(t, notice, sizeof notice);
    if (notice[0]) {
        l->notice = (ui_rect){r.x, r.y, r.w, HUSE_MIN((int)huse_text_width(notice) / HUSE_MAX(r.w - 3, 1) + 1, 3)};
        r.y += l->notice.h;
        r.h -= l->notice.h;
    }
    size_t n = 0;
    if (t->ctx->runs)
        huse_runs_list(t->ctx->runs, &n);
    const int most = l->wide ? HUSE_MAX(r.h / 5, 3) : r.h >= 16 ? 4 : r.h >= 9 ? 2 : 1, gap = r.h >= 14;
    l->runs.h = HUSE_MAX(HUSE_MIN((int)HUSE_MIN(n, 100), most), 0);
    l->runs = (ui_rect){0, r.y + r.h - l->runs.h, t->w, l->runs.h};
    r.h -= l->runs.h + (l->runs.h ? gap : 0);
    if (l->wide && t->view == UI_VIEW_LOSS && r.h >= 22 && t->pictures && ui_train_probes(t)) {
        const int h = HUSE_MAX(HUSE_MIN(r.h / 3, 12), 6);
        l->probes = (ui_rect){r.x, r.y + r.h - h, r.w, h};
        r.h -= h + gap;
    }
    if (is_curves(t->view) && r.h >= 6) {
        l->figures = (ui_rect){r.x, r.y + r.h - 1, r.w, 1};
        r.h -= 1;
    }
    l->left = r;
    if (l->wide && is_curves(t->view)) {
        l->left.w = (r.w - 3) / 2;
        l->right = (ui_rect){l->left.x + l->left.w + 3, r.y, r.w - l->left.w - 3, r.h};
    }
}

/* ---- what is wrong ---- */

void ui_train_notice(const ui_train *t, char *out, size_t size)
{
    const huse_run_info *run = ui_train_info(t);
    const ui_followed   *f = ui_train_followed(t, t->shown);
    char                 n[32];
    *out = 0;
    if (!run || t->form.shown)
        return;
    if (huse_run_is_live(run->state) && t->disk_free < DISK_LEAST)
        snprintf(out, size, "The disk is nearly full: %.0f MB are left. Without room for its checkpoints the run goes on, but could not be resumed; free some.",
                 t->disk_free / 1e6);
    else if (run->state == HUSE_RUN_DIED)
        snprintf(out, size, "Its trainer ended without a word after step %s: killed, or the power went. Its checkpoints stand: p goes on from the newest.",
                 ui_thousands(n, (size_t)HUSE_MAX(run->step, 0)));
    else if (run->state == HUSE_RUN_DIVERGED)
        snprintf(out, size, "%.200s%sIts best checkpoint stands: P publishes it. Or a smaller learning rate with = and on with p.", run->why,
                 run->why[0] ? " " : "It diverged. ");
    else if (run->state == HUSE_RUN_BROKEN)
        snprintf(out, size, "%.300s%sr starts another run.", run->why, run->why[0] ? " " : "Its settings cannot be read. ");
    else if (f && f->why[0])
        snprintf(out, size, "%.300s", f->why);
    else if (run->why[0])
        snprintf(out, size, "%.300s", run->why);
}

static void draw_notice(const ui_train *t, ui_canvas *c, ui_rect r)
{
    char text[512];
    ui_train_notice(t, text, sizeof text);
    if (!r.h || !text[0])
        return;
    ui_canvas_text(c, r.x, r.y, 2, UI_WARN | UI_BOLD, "! ");
    ui_canvas_wrap(c, (ui_rect){r.x + 2, r.y, r.w - 2, r.h}, UI_PLAIN, text);
}

/* ---- the line of state ---- */

static unsigned state_style(huse_run_state s)
{
    return s == HUSE_RUN_DIED || s == HUSE_RUN_DIVERGED || s == HUSE_RUN_BROKEN ? UI_WARN : huse_run_is_live(s) ? UI_ACCENT : UI_DIM;
}

static int draw_steps(ui_canvas *c, int x, int right, const huse_run_info *run)
{
    char      now[32], all[32];
    const int from = x;
    x += ui_canvas_text(c, x, 1, right - x, UI_DIM, "step ");
    x += ui_canvas_text(c, x, 1, right - x, UI_PLAIN, ui_thousands(now, (size_t)HUSE_MAX(run->step, 0)));
    if (run->steps > 0)
        x += ui_canvas_printf(c, x, 1, right - x, UI_DIM, " / %s", ui_thousands(all, (size_t)run->steps));
    return x - from;
}

/* "4,180 items/s · 1 min 12 s left", or how long it took. */
static void speed_text(const huse_run_info *run, char *out, size_t size)
{
    char speed[24], time[32];
    *out = 0;
    if (run->state == HUSE_RUN_RUNNING && isfinite(run->items_per_s)) {
        const int n = snprintf(out, size, "%s items/s", ui_number(speed, floor(run->items_per_s + .5)));
        if (isfinite(run->seconds_left)) {
            ui_duration(time, run->seconds_left);
            snprintf(out + n, size - (size_t)n, " · %s left", time);
        }
    } else if (run->seconds > 0) {
        ui_duration(time, run->seconds);
        snprintf(out, size, "%s trained", time);
    }
}

static void draw_state(const ui_train *t, ui_canvas *c)
{
    const huse_run_info *run = ui_train_info(t);
    char                 task[256], speed[96];
    int                  x = 1, right = c->w - 1;
    ui_train_task_text(t, task, sizeof task);
    if (!run || t->form.shown) {
        ui_canvas_text(c, x, 1, right - x, UI_DIM, task[0] ? task : t->list.n || !t->ctx->runs ? "" : "no run yet");
        return;
    }
    x += ui_canvas_printf(c, x, 1, right - x, UI_REVERSE | UI_BOLD, " %s ", run->id) + 1;
    x += ui_canvas_text(c, x, 1, right - x, state_style(run->state) | UI_BOLD, huse_run_state_name(run->state)) + 2;
    if (task[0] && c->w - x > 60) {
        right -= ui_canvas_text_right(c, right, 1, c->w / 3, UI_ACCENT, task) + 2;
    } else {
        speed_text(run, speed, sizeof speed);
        right -= ui_canvas_text_right(c, right, 1, HUSE_MAX(right - x - 22, 0), UI_DIM, speed) + 2;
    }
    x += draw_steps(c, x, right, run) + 1;
    const int w = HUSE_MIN(right - x, 40);
    if (run->steps > 0 && w >= 6) {
        ui_canvas_rule(c, x, 1, w);
        ui_canvas_bar(c, x, 1, w, UI_ACCENT, (double)run->step / (double)run->steps);
    }
}

/* The views' names in the rule, the one that is shown underlined. */
static void draw_views(const ui_train *t, ui_canvas *c, bool wide)
{
    ui_canvas_rule(c, 0, 2, c->w);
    int x = c->w - 2;
    for (int v = UI_VIEWS; v-- > 0;) {
        const char *name = ui_view_name((ui_train_view)v, wide);
        const int   w = name ? (int)strlen(name) : 0;
        if (!name || x - w < 2)
            continue;
        const bool now = ui_view_first(t->view, wide) == (ui_train_view)v;
        x -= w;
        ui_canvas_text(c, x, 2, w, now ? UI_ACCENT | UI_BOLD | UI_UNDERLINE : UI_DIM, name);
        ui_canvas_text(c, x - 1, 2, 1, UI_PLAIN, " ");
        ui_canvas_text(c, x + w, 2, 1, UI_PLAIN, " ");
        ui_canvas_hit(c, (ui_rect){x, 2, w, 1}, UI_HIT_VIEW + v);
        x -= 2;
    }
}

/* ---- the list of runs ---- */

/* Which colour its curve has, as a style. */
static unsigned curve_style(const ui_train *t, const char *id)
{
    size_t hue = 1;
    if (strcmp(id, t->shown) == 0)
        return UI_HUE(0);
    for (size_t i = 0; i < t->n_followed; i++) {
        if (strcmp(t->followed[i].id, t->shown) == 0)
            continue;
        if (strcmp(t->followed[i].id, id) == 0)
            return UI_HUE(hue);
        hue++;
    }
    return UI_DIM;
}

static void draw_run(const ui_train *t, ui_canvas *c, int y, size_t row)
{
    const huse_run_info *run = ui_train_row(t, row);
    const bool           now = row == t->list.cursor;
    char                 a[32], b[32], share[16], text[64];
    int                  x = 2;
    if (!run)
        return;
    if (now)
        ui_canvas_text(c, 0, y, 1, UI_ACCENT | UI_BOLD, "▌");
    const char *sign = run->state == HUSE_RUN_DIED || run->state == HUSE_RUN_DIVERGED || run->state == HUSE_RUN_BROKEN ? "!"
                     : huse_run_is_live(run->state) ? "●" : "○";
    ui_canvas_text(c, x, y, 1, *sign == '!' ? UI_WARN | UI_BOLD : curve_style(t, run->id), sign);
    ui_canvas_name(c, x + 2, y, 10, now ? UI_BOLD : UI_PLAIN, run->id);
    ui_canvas_text(c, x + 13, y, 2, UI_ACCENT | UI_BOLD, strcmp(run->id, t->pinned) == 0 ? "*" : ui_train_is_overlaid(t, run->id) ? "+" : "");
    if (now)
        ui_canvas_cursor(c, x + 2, y);
    x += 15;
    ui_canvas_text(c, x, y, 10, state_style(run->state), huse_run_state_name(run->state));
    x += 10;
    if (run->steps > 0)
        snprintf(text, sizeof text, "%s/%s", ui_thousands(a, (size_t)HUSE_MAX(run->step, 0)), ui_thousands(b, (size_t)run->steps));
    else
        snprintf(text, sizeof text, "%s", ui_thousands(a, (size_t)HUSE_MAX(run->step, 0)));
    ui_canvas_text_right(c, x + 15, y, 15, UI_PLAIN, text);
    x += 17;
    if (isfinite(run->best_score))
        snprintf(text, sizeof text, "best %s at %s", ui_share(share, run->best_score, 3), ui_thousands(a, (size_t)HUSE_MAX(run->best_step, 0)));
    else
        snprintf(text, sizeof text, "not validated");
    ui_canvas_text(c, x, y, HUSE_MIN(22, c->w - x), isfinite(run->best_score) ? UI_PLAIN : UI_DIM, text);
    x += 22;
    if (c->w - x < 11)
        return;
    if (c->w - x >= 24) {
        ui_canvas_text(c, x, y, 9, UI_DIM, run->method);
        x += 10;
    }
    if (run->current)
        ui_canvas_text(c, x, y, c->w - x - 1, UI_ACCENT, "in use");
    else if (run->model[0])
        ui_canvas_text(c, x, y, c->w - x - 1, UI_DIM, "published");
}

static void draw_runs(const ui_train *t, ui_canvas *c, ui_rect r)
{
    for (int i = 0; i < r.h; i++) {
        draw_run(t, c, r.y + i, t->list.top + (size_t)i);
        ui_canvas_hit(c, (ui_rect){r.x, r.y + i, r.w, 1}, UI_HIT_RUN + (int)t->list.top + i);
    }
    char n[32], text[64];
    if ((int)t->list.n > r.h) {
        snprintf(text, sizeof text, " %zu of %s runs ", t->list.cursor + 1, ui_thousands(n, t->list.n));
        ui_canvas_text_right(c, c->w - 1, c->h - 2, 30, UI_DIM, text);
    }
}

/* ---- curves ---- */

static void draw_chart(const ui_train *t, ui_canvas *c, ui_rect r, ui_train_view view)
{
    ui_train_chart chart;
    ui_train_chart_of(t, view, &chart);
    ui_chart_draw(&chart.chart, c, r, t->ink, t->pictures ? &t->gfx : NULL);
}

static void draw_figures(const ui_train *t, ui_canvas *c, const ui_train_layout *l)
{
    char text[256];
    if (!l->figures.h)
        return;
    const bool checks = !l->wide && (t->view == UI_VIEW_CHECKS || t->view == UI_VIEW_SCORES);
    ui_train_figures(t, checks, text, sizeof text);
    ui_canvas_text(c, l->figures.x, l->figures.y, l->right.w ? l->left.w : l->figures.w, UI_PLAIN, text);
    if (!l->right.w)
        return;
    ui_train_figures(t, true, text, sizeof text);
    ui_canvas_text(c, l->right.x, l->figures.y, l->right.w, UI_PLAIN, text);
}

static void draw_middle(const ui_train *t, ui_canvas *c, const ui_train_layout *l)
{
    const ui_followed *f = ui_train_followed(t, t->shown);
    if (t->view == UI_VIEW_PROBES) {
        ui_train_draw_probes(t, c, l->left);
    } else if (t->view == UI_VIEW_DRIFT) {
        ui_train_draw_drift(t, c, l->left);
    } else if (!f || (f->more && !f->n)) {
        ui_canvas_text(c, l->left.x, l->left.y, l->left.w, UI_DIM, "Reading…");
    } else {
        draw_chart(t, c, l->left, t->view);
        if (l->right.w) {
            ui_canvas_rule_down(c, l->right.x - 2, l->right.y, l->right.h + l->figures.h);
            draw_chart(t, c, l->right, (ui_train_view)(t->view + 1));
        }
        draw_figures(t, c, l);
    }
    if (l->probes.h)
        ui_train_draw_strip(t, c, l->probes);
}

/* ---- all of it ---- */

static bool draw_instead(const ui_train *t, ui_canvas *c)
{
    const ui_rect body = {2, 4, c->w - 4, HUSE_MAX(c->h - 7, 1)};
    if (t->opened && t->opened->status != HUSE_OK) {
        ui_canvas_wrap(c, body, UI_PLAIN, t->opened->err.msg);
        return true;
    }
    if (!t->ctx->runs) {
        ui_canvas_text(c, body.x, body.y, body.w, UI_DIM, t->opened ? "Reading the runs…" : "Opening…");
        return true;
    }
    if (t->form.shown) {
        ui_train_draw_form(t, c, (ui_rect){1, 3, c->w - 2, c->h - 5});
        return true;
    }
    if (t->list.n)
        return false;
    char task[256];
    ui_train_task_text(t, task, sizeof task);
    ui_canvas_wrap(c, body, UI_DIM, task[0] ? "Its curves show here as soon as it trains." : "No run yet. r starts one.");
    return true;
}

void ui_train_draw(const void *st, ui_canvas *c)
{
    const ui_train *t = st;
    ui_train_layout l;
    ui_train_arrange(t, &l);
    if (l.small) {
        ui_canvas_text(c, 0, 0, c->w, UI_PLAIN, "too small");
        return;
    }
    draw_state(t, c);
    if (t->h >= 10)
        ui_canvas_rule(c, 0, c->h - 2, c->w);
    if (t->list.n && !t->form.shown)
        draw_views(t, c, l.wide);
    else
        ui_canvas_rule(c, 0, 2, c->w);
    if (draw_instead(t, c))
        return;
    draw_notice(t, c, l.notice);
    draw_middle(t, c, &l);
    draw_runs(t, c, l.runs);
}
