/* Browse: the classes, and what leads from them into Search. */
#include <string.h>

#include "pane.h"

typedef struct browse {
    const ui_ctx    *ctx;
    const ui_opened *opened;
    size_t           cursor;
    int              w, h;
} browse;

static void browse_open(void *st, const ui_ctx *ctx)
{
    browse *b = st;
    b->ctx = ctx;
}

static void browse_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    browse *b = st;
    (void)gfx;
    b->w = w;
    b->h = h;
}

static bool browse_typing(const void *st)
{
    (void)st;
    return false;
}

static void browse_opened(void *st, const ui_opened *o)
{
    browse *b = st;
    b->opened = o;
}

static bool browse_act(void *st, enum ui_action a)
{
    browse      *b = st;
    const size_t n = b->opened && b->opened->status == HUSE_OK ? b->opened->items->n_classes : 0;
    switch (a) {
    case UI_ACT_UP:
        b->cursor -= b->cursor > 0;
        return true;
    case UI_ACT_DOWN:
        b->cursor += b->cursor + 1 < n;
        return true;
    case UI_ACT_SIMILAR: {
        huse_buf term = {0};
        if (n)
            ui_term(&term, "class:", b->opened->items->class_path[b->cursor]);
        if (n)
            ui_lead(b->ctx, UI_PANE_SEARCH, '=', term.data);
        huse_buf_free(&term);
        return true;
    }
    default:
        return false;
    }
}

static void browse_draw(const void *st, ui_canvas *c)
{
    const browse *b = st;
    if (!b->opened || b->opened->status != HUSE_OK)
        return;
    const size_t rows = (size_t)HUSE_MAX(c->h - 3, 1), first = b->cursor / rows * rows;
    ui_canvas_rule(c, 0, 1, c->w);
    for (size_t i = first; i < b->opened->items->n_classes && i < first + rows; i++)
        ui_canvas_name(c, 2, 2 + (int)(i - first), c->w - 3, i == b->cursor ? UI_REVERSE : UI_PLAIN, b->opened->items->class_path[i]);
}

static void browse_close(void *st)
{
    (void)st;
}

const ui_pane_ops ui_pane_browse = {
    .name = "Browse",
    .state_size = sizeof(browse),
    .open = browse_open,
    .resize = browse_resize,
    .typing = browse_typing,
    .act = browse_act,
    .opened = browse_opened,
    .draw = browse_draw,
    .close = browse_close,
};
