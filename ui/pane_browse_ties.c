/* The list of disagreements between the learned space and the tree. */
#include <stdio.h>
#include <stdlib.h>

#include "pane_browse.h"

#define NUMBERS 20 /* columns of cosine, psi and edges */
#define FLAG_W  28 /* of the longest words on where a pair lies, with their sign */
#define FLAG_SHORT_W 13

/* Where all pairs lie alike this is said once, in the heading, and names get its columns: the flag of all, or 0. */
static int flag_of_all(const ui_ties *t)
{
    for (size_t i = 1; i < t->list.n; i++)
        if (t->tie[i].flag != t->tie[0].flag)
            return 0;
    return t->list.n ? t->tie[0].flag : 0;
}

static void draw_name(ui_canvas *c, int x, int y, int columns, unsigned style, const char *path)
{
    const char *last = ui_browse_last(path);
    const int   w = ui_canvas_name(c, x, y, columns, style, last);
    if (columns - w < 12 || last == path)
        return;
    char *parent = huse_xstrndup(path, (size_t)(last - path) - 1), *spaced = ui_browse_spaced(parent);
    ui_canvas_name(c, x + w + 2, y, columns - w - 2, UI_DIM, spaced);
    free(spaced);
    free(parent);
}

static void draw_tie(const ui_browse *b, ui_canvas *c, ui_rect r, int name_w, int flag_w, size_t at)
{
    const huse_disagreement *d = &b->ties.tie[at];
    const bool               selected = at == b->ties.list.cursor;
    const unsigned           style = selected ? UI_BOLD : UI_PLAIN;
    char                     text[32];
    int                      x = r.x + 1;
    ui_canvas_hit(c, r, UI_HIT_TIE + (int)at);
    if (selected) {
        ui_canvas_text(c, r.x, r.y, 1, UI_ACCENT | UI_BOLD, "▌");
        ui_canvas_cursor(c, x + 6, r.y);
    }
    ui_canvas_text_right(c, x + 4, r.y, 5, UI_DIM, ui_thousands(text, at + 1));
    x += 6;
    draw_name(c, x, r.y, name_w, style, d->a);
    x += name_w + 2;
    draw_name(c, x, r.y, name_w, style, d->b);
    x += name_w + 6;
    ui_canvas_text_right(c, x, r.y, 5, UI_PLAIN, ui_share(text, (double)d->cosine, 3));
    ui_canvas_text_right(c, x + 6, r.y, 5, UI_DIM, ui_share(text, (double)d->psi_distance, 3));
    snprintf(text, sizeof text, "%d", d->tree_distance);
    ui_canvas_text_right(c, x + 13, r.y, 4, UI_DIM, text);
    x += 15;
    if (flag_w)
        ui_browse_draw_flag(c, x, r.y, flag_w, d->flag);
}

static void draw_heading(const ui_browse *b, ui_canvas *c, ui_rect r, int name_w, int flag_w)
{
    const int      x = r.x + 1 + 6 + 2 * (name_w + 2) + 4;
    const ui_ties *t = &b->ties;
    char           text[128] = "Where the space and the tree disagree", n[32], m[32];
    const char    *what = t->total == 1 ? "disagreement" : "disagreements", *flag = ui_browse_flag(flag_of_all(t));
    ui_thousands(n, t->total);
    ui_thousands(m, t->list.n);
    if (t->here && t->total > t->list.n)
        snprintf(text, sizeof text, "the %s strongest of %s%s%s", m, n, *flag ? ": " : " ", *flag ? flag : what);
    else if (t->here && t->list.n)
        snprintf(text, sizeof text, "%s %s%s%s", n, what, *flag ? ": " : ", strongest first", flag);
    ui_canvas_text(c, r.x + 2, 1, x - 6 - r.x, UI_ACCENT | UI_BOLD, text);
    ui_canvas_text_right(c, x, 1, 3, UI_DIM, "cos");
    ui_canvas_text_right(c, x + 6, 1, 3, UI_DIM, "ψ");
    ui_canvas_text_right(c, x + 13, 1, 5, UI_DIM, "edges");
    if (flag_w >= FLAG_W)
        ui_canvas_text(c, x + 17, 1, flag_w, UI_DIM, "here against the tree");
}

void ui_browse_draw_ties(const ui_browse *b, ui_canvas *c, ui_rect r)
{
    const ui_ties *t = &b->ties;
    const int      flag_w = flag_of_all(t) ? 0 : r.w >= 100 ? FLAG_W : FLAG_SHORT_W, name_w = HUSE_MAX((r.w - 8 - NUMBERS - flag_w - 3) / 2, 6);
    const ui_rect  words = {r.x + 2, r.y + 1, HUSE_MIN(r.w - 4, 72), HUSE_MAX(r.h - 1, 0)};
    draw_heading(b, c, r, name_w, flag_w);
    if (!t->here)
        ui_canvas_wrap(c, words, UI_DIM, "Comparing all classes with each other…");
    else if (t->status != HUSE_OK)
        ui_canvas_wrap(c, words, UI_PLAIN, t->why);
    else if (!t->list.n)
        ui_canvas_wrap(c, words, UI_PLAIN, "None: no class lies among the five nearest of one that is far from it in the tree, and no siblings lie far apart.");
    for (size_t i = 0; i < (size_t)HUSE_MAX(r.h, 0) && t->list.top + i < t->list.n; i++)
        draw_tie(b, c, (ui_rect){r.x, r.y + (int)i, r.w, 1}, name_w, flag_w, t->list.top + i);
}
