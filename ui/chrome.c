#include "chrome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "watch.h"

/* ---- the line of hints ---- */

/* Likeliest first; the last one is always there. Its keys are those of an action, or fixed ones. */
typedef struct hint {
    enum ui_action action;
    const char    *what;
    int32_t        key;   /* that a click on it is; without an action */
    const char    *shown; /* its name */
} hint;

#define ACT(id, what)        {UI_ACT_##id, what, 0, NULL}
#define KEY(id, shown, what) {UI_ACT_NONE, what, UI_KEY_##id, shown}
#define END                  {UI_ACT_NONE, NULL, 0, NULL}

static const hint start_moving[] = {ACT(OPEN, "open"), ACT(QUIT, "quit"), ACT(HELP, "keys"), END};
static const hint moving[UI_PANES][11] = {
    [UI_PANE_SEARCH] = {ACT(OPEN, "open"),
                        ACT(SIMILAR, "similar"),
                        ACT(ADD, "add"),
                        ACT(SUBTRACT, "subtract"),
                        ACT(MARK, "mark"),
                        ACT(VIEW, "view"),
                        ACT(INPUT, "query"),
                        ACT(CLASS, "class"),
                        ACT(QUIT, "quit"),
                        ACT(HELP, "keys"),
                        END},
    [UI_PANE_BROWSE] = {ACT(OPEN, "open"),
                        ACT(RETURN, "back"),
                        ACT(SIMILAR, "search"),
                        ACT(LEVELDOWN, "level"),
                        ACT(INPUT, "filter"),
                        ACT(VIEW, "map"),
                        ACT(DISAGREE, "disagreements"),
                        ACT(QUIT, "quit"),
                        ACT(HELP, "keys"),
                        END},
    [UI_PANE_TRAIN] = {ACT(RUN, "run…"),
                       ACT(PAUSE, "pause, go on"),
                       ACT(STOP, "stop"),
                       ACT(VIEW, "view"),
                       ACT(STEER, "steer"),
                       ACT(OPEN, "log"),
                       ACT(OVERLAY, "overlay"),
                       ACT(PUBLISH, "publish"),
                       ACT(QUIT, "quit"),
                       ACT(HELP, "keys"),
                       END},
    [UI_PANE_EVALUATE] = {ACT(VIEW, "view"),
                          ACT(MEASURE, "evaluate"),
                          ACT(SORT, "sort"),
                          ACT(OPEN, "open"),
                          ACT(EXPORT, "export"),
                          ACT(BENCH, "bench"),
                          ACT(QUIT, "quit"),
                          ACT(HELP, "keys"),
                          END},
};
static const hint typing[UI_PANES][5] = {
    [UI_PANE_SEARCH] = {KEY(DOWN, "↓", "results"),
                        KEY(TAB, "Tab", "complete"),
                        KEY(UP, "↑", "history"),
                        KEY(ESC, "Esc", "then 1–4 panes, ? keys"),
                        END},
    [UI_PANE_BROWSE] = {KEY(ENTER, "Enter", "to the classes"), KEY(ESC, "Esc", "cancel"), END},
    [UI_PANE_TRAIN] = {KEY(ENTER, "Enter", "start"),
                       KEY(TAB, "Tab", "next field"),
                       KEY(ESC, "Esc", "not now"),
                       END},
    [UI_PANE_EVALUATE] = {KEY(ESC, "Esc", "cancel"), END},
};
/* Search alone has these areas. */
static const hint filter[] = {KEY(ENTER, "Enter", "search in it"), KEY(DOWN, "↓", "next name"), KEY(ESC, "Esc", "cancel"), END};
static const hint beside[] = {ACT(OPEN, "larger"),
                              ACT(DOWN, "scroll"),
                              ACT(BACK, "results"),
                              ACT(SIMILAR, "similar"),
                              ACT(ADD, "add"),
                              ACT(SUBTRACT, "subtract"),
                              ACT(MARK, "mark"),
                              ACT(AREA, "query"),
                              ACT(HELP, "keys"),
                              END};
static const hint details[] = {ACT(OPEN, "all as text"),
                               ACT(RIGHT, "next"),
                               ACT(DOWN, "scroll"),
                               ACT(BACK, "results"),
                               ACT(SIMILAR, "similar"),
                               ACT(ADD, "add"),
                               ACT(SUBTRACT, "subtract"),
                               ACT(MARK, "mark"),
                               ACT(HELP, "keys"),
                               END};
static const hint page[] = {KEY(PGDN, "PgDn", "down"), KEY(PGUP, "PgUp", "up"), ACT(BACK, "back"), END};
static const hint pager[] = {KEY(PGDN, "PgDn", "down"),
                             KEY(PGUP, "PgUp", "up"),
                             ACT(INPUT, "search"),
                             ACT(NEXT, "next match"),
                             ACT(BACK, "back"),
                             END};

static const char *key_of(const hint *h, char name[UI_KEY_NAME])
{
    if (h->action != UI_ACT_NONE)
        ui_key_of(name, h->action);
    else
        snprintf(name, UI_KEY_NAME, "%s", h->shown);
    return name;
}

/* Columns with the gap behind it; 0: its action has no key. */
static int width_of(const hint *h)
{
    char name[UI_KEY_NAME];
    return *key_of(h, name) ? (int)(huse_text_width(name) + huse_text_width(h->what)) + 4 : 0;
}

static int draw_hint(ui_canvas *c, int x, const hint *h)
{
    char      name[UI_KEY_NAME];
    const int from = x, y = c->h - 1;
    x += ui_canvas_text(c, x, y, c->w - x, UI_BOLD, key_of(h, name)) + 1;
    x += ui_canvas_text(c, x, y, c->w - x, UI_DIM, h->what);
    ui_canvas_hit(c, (ui_rect){from, y, x - from, 1}, h->action != UI_ACT_NONE ? -(int)h->action : UI_HIT_KEY(h->key));
    return x + 3;
}

static void draw_hints(ui_canvas *c, const hint *h)
{
    int x = 2, last = 0;
    while (h[last + 1].what)
        last++;
    const bool room = width_of(&h[last]) && width_of(&h[last]) < c->w;
    const int  end = c->w + 3 - (room ? width_of(&h[last]) : 0);
    for (int i = 0; i < last; i++) {
        const int w = width_of(&h[i]);
        if (w && x + w > end)
            break;
        x = w ? draw_hint(c, x, &h[i]) : x;
    }
    if (room)
        draw_hint(c, x, &h[last]);
}

static const hint *hints_of(int pane, ui_hints hints)
{
    switch (hints) {
    case UI_HINTS_PAGE:
        return page;
    case UI_HINTS_PAGER:
        return pager;
    case UI_HINTS_FILTER:
        return filter;
    case UI_HINTS_BESIDE:
        return beside;
    case UI_HINTS_DETAILS:
        return details;
    default:
        return pane < 0 ? start_moving : hints == UI_HINTS_TYPING ? typing[pane] : moving[pane];
    }
}

void ui_chrome_footer(ui_canvas *c, int pane, ui_hints hints, bool warning, const char *message)
{
    int x = 2;
    if (c->h < 5 || c->w < 20)
        return;
    if (!*message) {
        draw_hints(c, hints_of(pane, hints));
        return;
    }
    if (warning)
        x += ui_canvas_text(c, x, c->h - 1, 2, UI_WARN | UI_BOLD, "! ");
    ui_canvas_text(c, x, c->h - 1, c->w - x - 1, UI_PLAIN, message);
}

/* ---- the first row ---- */

#define NAME_LEAST 12
#define NAME_MOST  40

static int tabs_width(bool names)
{
    int w = 0;
    for (int i = 0; i < UI_PANES; i++)
        w += names ? (int)huse_text_width(ui_panes[i]->name) + 5 : 4;
    return w - 1;
}

static int draw_tabs(ui_canvas *c, int x, int pane, bool names)
{
    for (int i = 0; i < UI_PANES; i++) {
        const unsigned style = i == pane ? UI_REVERSE | UI_BOLD : UI_DIM;
        const int      from = x;
        char           key[UI_KEY_NAME];
        ui_key_of(key, (enum ui_action)(UI_ACT_SEARCH + i));
        if (names)
            x += ui_canvas_printf(c, x, 0, c->w - x, style, " %s%s%s ", key, *key ? " " : "", ui_panes[i]->name);
        else
            x += ui_canvas_printf(c, x, 0, c->w - x, style, " %s ", *key ? key : ui_panes[i]->name);
        ui_canvas_hit(c, (ui_rect){from, 0, x - from, 1}, -(int)(UI_ACT_SEARCH + i));
        x++;
    }
    return x - 1;
}

/* The run that trains, whoever started it, before what is said of the model. Returns the columns taken. */
static int draw_run(ui_canvas *c, const huse_runs *runs, int right, int room)
{
    const huse_run_info *run = ui_runs_live(runs);
    char                 text[160], step[32], steps[32];
    if (!run)
        return 0;
    snprintf(text, sizeof text, run->steps > 0 ? "%s %s/%s%s" : "%s %s", run->id, ui_thousands(step, (size_t)HUSE_MAX(run->step, 0)),
             ui_thousands(steps, (size_t)HUSE_MAX(run->steps, 0)), run->state == HUSE_RUN_PAUSED ? " paused" : "");
    if ((int)huse_text_width(text) > room)
        return 0;
    const int w = ui_canvas_text_right(c, right, 0, room, UI_ACCENT, text);
    ui_canvas_hit(c, (ui_rect){right - w, 0, w, 1}, -UI_ACT_TRAIN);
    return w;
}

/* What goes on beside the interface, or waits to be begun. Returns the columns taken. */
static int draw_task(ui_canvas *c, const ui_ctx *ctx, int right, int room)
{
    if (!ctx->task || !*ctx->task)
        return 0;
    const char *shown = (int)huse_text_width(ctx->task) <= room ? ctx->task : ctx->task_brief;
    if ((int)huse_text_width(shown) > room)
        return 0;
    const int w = ui_canvas_text_right(c, right, 0, room, UI_ACCENT, shown);
    ui_canvas_hit(c, (ui_rect){right - w, 0, w, 1}, -(int)ctx->task_act);
    return w;
}

/* What is known of the model, at the right, in at most @room columns: whole, without its words, or not at all. */
static void draw_model(ui_canvas *c, const ui_opened *o, int right, int room)
{
    char           text[200];
    const char    *brief = "opening…";
    const unsigned style = o && (o->status != HUSE_OK || !o->trained) ? UI_WARN : UI_DIM;
    snprintf(text, sizeof text, "%s", brief);
    if (o && o->status != HUSE_OK) {
        snprintf(text, sizeof text, "not open");
        brief = text;
    } else if (o && !o->trained) {
        snprintf(text, sizeof text, "untrained · texts only");
        brief = "untrained";
    } else if (o) {
        snprintf(text, sizeof text, "model %.190s", o->model);
        brief = o->model;
    }
    const char *shown = (int)huse_text_width(text) <= room ? text : brief;
    if ((int)huse_text_width(shown) <= room)
        ui_canvas_text_right(c, right, 0, room, style, shown);
}

void ui_chrome_header(ui_canvas *c, const ui_ctx *ctx, int pane)
{
    int x = 1;
    if (c->h < 5 || c->w < 20) /* the pane says so */
        return;
    if (pane < 0) {
        x += ui_canvas_text(c, x, 0, c->w - x, UI_DIM, "huse-tui") + 2;
        if (c->w - 1 - x >= 17)
            ui_canvas_text_right(c, c->w - 1, 0, 17, UI_DIM, "no catalogue open");
        return;
    }
    const int  name = HUSE_MIN((int)huse_text_width(ctx->workspace), NAME_MOST), least = HUSE_MIN(name, NAME_LEAST);
    const bool names = x + least + 2 + tabs_width(true) < c->w;
    const int  tabs = tabs_width(names);
    if (x + 10 + least + 3 + tabs < c->w)
        x += ui_canvas_text(c, x, 0, c->w - x, UI_DIM, "huse-tui") + 2;
    const int room = HUSE_MAX(HUSE_MIN(name, c->w - 1 - x - 3 - tabs), 0); /* of the name */
    if (room >= HUSE_MIN(name, NAME_LEAST))
        x += ui_canvas_name(c, x, 0, room, UI_BOLD, ctx->workspace) + HUSE_MIN(3, c->w - 1 - x - room - tabs);
    x = draw_tabs(c, x, pane, names);
    int       right = c->w - 1;
    const int task = draw_task(c, ctx, right, right - x - 3);
    right -= task + (task ? 3 : 0);
    const int run = draw_run(c, ctx->runs, right, right - x - 3);
    right -= run + (run ? 3 : 0);
    draw_model(c, ctx->opened, right, right - x - 3);
}
