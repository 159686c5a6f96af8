/* The page without a workspace: how to get one, and those that were open before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "pane.h"
#include "ui.h"

typedef struct start {
    const ui_ctx *ctx;
    size_t        cursor;
    int           w, h;
    time_t        now;
    char         *home; /* NULL: unknown */
} start;

static void start_open(void *st, const ui_ctx *ctx)
{
    start      *s = st;
    const char *home = getenv("HOME");
    s->ctx = ctx;
    s->now = time(NULL);
    s->home = home && home[0] == '/' && home[1] ? huse_xstrdup(home) : NULL;
}

static void start_close(void *st)
{
    start *s = st;
    free(s->home);
}

static void start_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    start *s = st;
    (void)gfx;
    s->w = w;
    s->h = h;
}

static bool never_typing(const void *st)
{
    (void)st;
    return false;
}

static void never_opened(void *st, const ui_opened *o)
{
    (void)st;
    (void)o;
}

static void open_selected(start *s)
{
    if (s->cursor >= s->ctx->n_recent)
        return;
    const ui_recent *r = &s->ctx->recent[s->cursor];
    if (r->gone)
        ui_warn(s->ctx, "%s is gone", r->dir);
    else
        ui_open(s->ctx, r->dir);
}

static void move(start *s, int by)
{
    const int n = (int)s->ctx->n_recent;
    s->cursor = (size_t)HUSE_MAX(HUSE_MIN((int)s->cursor + by, n - 1), 0);
}

static bool start_act(void *st, enum ui_action a)
{
    start *s = st;
    switch (a) {
    case UI_ACT_UP:
        move(s, -1);
        return true;
    case UI_ACT_DOWN:
        move(s, 1);
        return true;
    case UI_ACT_PGUP:
    case UI_ACT_FIRST:
        move(s, -(int)s->ctx->n_recent);
        return true;
    case UI_ACT_PGDN:
    case UI_ACT_LAST:
        move(s, (int)s->ctx->n_recent);
        return true;
    case UI_ACT_OPEN:
        open_selected(s);
        return true;
    default:
        return false;
    }
}

static void start_pick(void *st, int what, bool twice)
{
    start *s = st;
    if (what < 1 || (size_t)what > s->ctx->n_recent)
        return;
    s->cursor = (size_t)what - 1;
    if (twice)
        open_selected(s);
}

static void start_wheel(void *st, int what, int by)
{
    (void)what;
    move(st, by);
}

/* ---- drawing ---- */

static const struct {
    const char *command, *what;
} ways[] = {
    {"make demo", "1,870 emoji, trained and searchable, in a few minutes"},
    {"huse-tui import pictures/ -o my-catalogue", "a folder of pictures, or a .csv or .jsonl with texts and classes"},
};

/* Returns the row after them. */
static int draw_ways(ui_canvas *c, int y, bool wide)
{
    for (size_t i = 0; i < HUSE_COUNT(ways); i++) {
        ui_canvas_text(c, 5, y, c->w - 6, UI_BOLD, ways[i].command);
        if (!wide)
            y++;
        ui_canvas_text(c, wide ? 54 : 7, y++, c->w - (wide ? 55 : 8), UI_DIM, ways[i].what);
        y += !wide && c->h >= 20;
    }
    return y;
}

/* How long ago, in a person's words. */
static void ago(char out[32], int64_t then, int64_t now)
{
    const int64_t  day = 86400;
    const time_t   t[2] = {(time_t)then, (time_t)now};
    struct tm      at, today;
    localtime_r(&t[0], &at);
    localtime_r(&t[1], &today);
    const int64_t days = (now + today.tm_gmtoff) / day - (then + at.tm_gmtoff) / day;
    if (days <= 0)
        strcpy(out, "today");
    else if (days == 1)
        strcpy(out, "yesterday");
    else if (days < 14)
        snprintf(out, 32, "%d days ago", (int)days);
    else
        strftime(out, 32, "%Y-%m-%d", &at);
}

static void draw_state(const start *s, ui_canvas *c, int x, int y, const ui_recent *r, unsigned style)
{
    char n[32], when[32];
    if (r->gone) {
        ui_canvas_text(c, x, y, c->w - x - 1, UI_DIM, "gone");
        return;
    }
    ui_canvas_printf(c, x, y, 16, style, "%9s items", ui_thousands(n, r->items));
    x += 18;
    if (!r->model) {
        ui_canvas_text(c, x, y, c->w - x - 1, style | UI_DIM, "not trained yet");
        return;
    }
    ago(when, r->trained_at, s->now);
    ui_canvas_printf(c, x, y, c->w - x - 1, style, "model %s, %s", r->model, when);
}

static void draw_entry(const start *s, ui_canvas *c, int y, size_t i)
{
    const ui_recent *r = &s->ctx->recent[i];
    const bool       now = i == s->cursor;
    const size_t     home = s->home ? strlen(s->home) : 0;
    const bool       below = home && strncmp(r->dir, s->home, home) == 0 && r->dir[home] == '/';
    char            *name = below ? huse_format("~%s", r->dir + home) : huse_xstrdup(r->dir);
    const int        room = HUSE_MAX(HUSE_MIN(c->w - 60, 48), 16);
    if (now)
        ui_canvas_text(c, 3, y, 1, UI_ACCENT, "▌");
    ui_canvas_name(c, 5, y, room, r->gone ? UI_DIM : now ? UI_BOLD : UI_PLAIN, name);
    draw_state(s, c, 5 + room + 1, y, r, UI_PLAIN);
    ui_canvas_hit(c, (ui_rect){3, y, c->w - 4, 1}, (int)i + 1);
    free(name);
}

static void draw_recent(const start *s, ui_canvas *c, int y)
{
    const size_t n = s->ctx->n_recent, rows = (size_t)HUSE_MAX(c->h - 3 - y, 0);
    if (!n || !rows)
        return;
    ui_canvas_text(c, 3, y++, c->w - 4, UI_BOLD, "Recent");
    const size_t first = s->cursor < rows ? 0 : s->cursor - rows + 1;
    for (size_t i = first; i < n && i < first + rows; i++)
        draw_entry(s, c, y++, i);
}

static void draw_start(const void *st, ui_canvas *c)
{
    const start *s = st;
    const bool   wide = c->w >= 120, low = c->h < 16;
    int          y = low ? 2 : 3;
    if (c->w < 20 || c->h < 5) {
        ui_canvas_text(c, 0, 0, c->w, UI_PLAIN, "too small");
        return;
    }
    ui_canvas_rule(c, 0, 1, c->w);
    ui_canvas_text(c, 3, y, c->w - 4, UI_PLAIN, s->ctx->n_recent ? "Open one of these, or make a new one." : "Nothing to show yet.");
    y += low ? 1 : 2;
    if (!low || !s->ctx->n_recent)
        y = draw_ways(c, y, wide) + (wide && !low);
    draw_recent(s, c, y);
    ui_canvas_rule(c, 0, c->h - 2, c->w);
}

const ui_pane_ops ui_pane_start = {
    .name = "Start",
    .state_size = sizeof(start),
    .open = start_open,
    .resize = start_resize,
    .typing = never_typing,
    .act = start_act,
    .opened = never_opened,
    .pick = start_pick,
    .wheel = start_wheel,
    .draw = draw_start,
    .close = start_close,
};
