#include "chrome.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static int hint(ui_canvas *c, int x, const char *key, const char *what, enum ui_action action)
{
    const int from = x;
    x += ui_canvas_text(c, x, c->h - 1, c->w - x, UI_BOLD, key) + 1;
    x += ui_canvas_text(c, x, c->h - 1, c->w - x, UI_DIM, what);
    if (action != UI_ACT_NONE)
        ui_canvas_hit(c, (ui_rect){from, c->h - 1, x - from, 1}, -(int)action);
    return x + 3;
}

static void moving_hints(ui_canvas *c, int pane, int x)
{
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++) {
        const ui_binding *b = &ui_bindings[i];
        if (!b->footer || !(b->panes & UI_IN(pane)))
            continue;
        if (x + (int)huse_text_width(b->label) + (int)huse_text_width(b->footer) + 2 > c->w)
            return;
        x = hint(c, x, b->label, b->footer, b->action);
    }
}

void ui_chrome_footer(ui_canvas *c, int pane, ui_hints hints, bool warning, const char *message)
{
    const int y = c->h - 1;
    int       x = 2;
    if (c->h < 5 || c->w < 20)
        return;
    if (*message) {
        if (warning)
            x += ui_canvas_text(c, x, y, 2, UI_WARN | UI_BOLD, "! ");
        ui_canvas_text(c, x, y, c->w - x, UI_PLAIN, message);
    } else if (hints == UI_HINTS_TYPING) {
        x = hint(c, x, "↓ Enter", "results", UI_ACT_NONE);
        x = hint(c, x, "Tab", "complete", UI_ACT_NONE);
        x = hint(c, x, "↑", "history", UI_ACT_NONE);
        hint(c, x, "Esc", "then 1 2 panes, ? keys", UI_ACT_NONE);
    } else if (hints == UI_HINTS_CLOSE) {
        x = hint(c, x, "Esc", "back", UI_ACT_BACK);
        hint(c, x, "↑ ↓", "scroll", UI_ACT_NONE);
    } else if (hints == UI_HINTS_QUIT) {
        hint(c, x, "q", "quit", UI_ACT_QUIT);
    } else {
        moving_hints(c, pane, x);
    }
}

/* The tabs, from column x on to before @right. */
static void draw_tabs(ui_canvas *c, int x, int right, int pane)
{
    for (int i = 0; i < UI_PANES; i++) {
        const char *name = ui_panes[i]->name;
        const int   w = (int)huse_text_width(name) + 4;
        const bool  now = i == pane;
        if (x + w > right)
            return;
        ui_canvas_printf(c, x, 0, w, now ? UI_REVERSE | UI_BOLD : UI_DIM, " %d %s ", i + 1, name);
        ui_canvas_hit(c, (ui_rect){x, 0, w, 1}, -(int)(UI_ACT_SEARCH + i));
        x += w + 1;
    }
}

void ui_chrome_header(ui_canvas *c, const ui_ctx *ctx, int pane)
{
    const ui_opened *o = ctx->opened;
    int              x = 1 + ui_canvas_text(c, 1, 0, c->w - 1, UI_DIM, "huse-tui") + 2, right = c->w - 1;
    if (pane < 0) {
        ui_canvas_text_right(c, right, 0, HUSE_MAX(c->w - 12, 0), UI_DIM, "no catalogue open");
        return;
    }
    const int tabs = 34, least = x + 12 + tabs;
    if (!o) {
        right -= ui_canvas_text_right(c, right, 0, HUSE_MIN(10, HUSE_MAX(c->w - least, 0)), UI_DIM, "opening…");
    } else if (o->status == HUSE_OK) {
        char text[160];
        snprintf(text, sizeof text, "%s%s", o->trained ? "model " : "untrained · texts only", o->trained ? o->model : "");
        right -= ui_canvas_text_right(c, right, 0, HUSE_MAX(c->w - least, 0), o->trained ? UI_DIM : UI_WARN, text);
    }
    x += ui_canvas_name(c, x, 0, HUSE_MAX(HUSE_MIN(right - x - tabs, 40), HUSE_MIN(right - x - 1, 12)), UI_BOLD, ctx->workspace) + 3;
    draw_tabs(c, x, right, pane);
}
