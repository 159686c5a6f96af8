/* The page without a workspace: how to get one. */
#include "pane.h"

static void nothing_to_open(void *st, const ui_ctx *ctx)
{
    (void)st;
    (void)ctx;
}

static void nothing_to_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    (void)st;
    (void)w;
    (void)h;
    (void)gfx;
}

static bool never_typing(const void *st)
{
    (void)st;
    return false;
}

static bool no_action(void *st, enum ui_action a)
{
    (void)st;
    (void)a;
    return false;
}

static void never_opened(void *st, const ui_opened *o)
{
    (void)st;
    (void)o;
}

static void nothing_to_close(void *st)
{
    (void)st;
}

static void draw_start(const void *st, ui_canvas *c)
{
    static const struct {
        const char *command, *what;
    } line[] = {
        {"make demo", "1,870 emoji, trained and searchable, in a few minutes"},
        {"huse-tui import pictures/ -o my-catalogue", "a folder of pictures, or a .csv or .jsonl with texts and classes"},
    };
    (void)st;
    ui_canvas_rule(c, 0, 1, c->w);
    ui_canvas_text(c, 3, 3, c->w - 3, UI_PLAIN, "Nothing to show yet.");
    for (int i = 0, y = 5; i < (int)HUSE_COUNT(line); i++) {
        ui_canvas_text(c, 5, y, c->w - 5, UI_BOLD, line[i].command);
        if (c->w >= 112) {
            ui_canvas_text(c, 50, y++, c->w - 50, UI_DIM, line[i].what);
        } else {
            ui_canvas_text(c, 7, y + 1, c->w - 7, UI_DIM, line[i].what);
            y += 3;
        }
    }
    ui_canvas_rule(c, 0, c->h - 2, c->w);
}

const ui_pane_ops ui_pane_start = {
    .name = "Start",
    .state_size = 1,
    .open = nothing_to_open,
    .resize = nothing_to_resize,
    .typing = never_typing,
    .act = no_action,
    .opened = never_opened,
    .draw = draw_start,
    .close = nothing_to_close,
};
