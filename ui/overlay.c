#include "overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening and closing ---- */

void ui_overlay_close(ui_overlay *o)
{
    ui_overlay was = *o;
    *o = (ui_overlay){.kind = UI_OVER_NOTHING};
    ui_pager_free(&was.pager);
    if (was.kind == UI_OVER_PROMPT && was.prompt.cancelled)
        was.prompt.cancelled(was.st);
}

void ui_overlay_help(ui_overlay *o, int pane)
{
    ui_overlay_close(o);
    o->kind = UI_OVER_HELP;
    o->pane = pane;
}

void ui_overlay_pager(ui_overlay *o, const char *title, char *text)
{
    ui_overlay_close(o);
    o->kind = UI_OVER_PAGER;
    ui_pager_set(&o->pager, text);
    snprintf(o->title, sizeof o->title, "%s", title);
}

void ui_overlay_prompt(ui_overlay *o, void *st, const ui_prompt *p)
{
    ui_overlay_close(o);
    o->kind = UI_OVER_PROMPT;
    o->st = st;
    o->prompt = *p;
    snprintf(o->label, sizeof o->label, "%s", p->label ? p->label : "");
    snprintf(o->hint, sizeof o->hint, "%s", p->hint ? p->hint : "");
    ui_line_set(&o->line, p->text ? p->text : "");
}

void ui_overlay_confirm(ui_overlay *o, void *st, const char *question, void (*yes)(void *st))
{
    ui_overlay_close(o);
    o->kind = UI_OVER_CONFIRM;
    o->st = st;
    o->yes = yes;
    snprintf(o->question, sizeof o->question, "%s", question);
}

/* ---- keys ---- */

static void scroll_to(ui_overlay *o, int top)
{
    o->top = HUSE_MAX(HUSE_MIN(top, o->lines - o->rows), 0);
}

void ui_overlay_wheel(ui_overlay *o, int by)
{
    if (o->kind == UI_OVER_HELP || o->kind == UI_OVER_PAGER)
        scroll_to(o, o->top + by);
}

static void find(ui_overlay *o, const char *sought, int from, int by)
{
    const int row = ui_pager_find(&o->pager, sought, from, by);
    if (row >= 0 && (row < o->top || row >= o->top + o->rows))
        scroll_to(o, row - o->rows / 3);
}

static int match_or(const ui_overlay *o, int by)
{
    return o->pager.match == SIZE_MAX ? o->top : (int)o->pager.match + by;
}

static void search_key(ui_overlay *o, int32_t key)
{
    if (key == UI_KEY_ENTER || key == UI_KEY_ESC)
        o->searching = false;
    else
        (void)ui_line_key(&o->line, key);
    if (key == UI_KEY_ENTER && o->line.n)
        find(o, o->line.text, o->top, 1);
}

/* What only a pager has. */
static bool pager_act(ui_overlay *o, enum ui_action action)
{
    if (action == UI_ACT_INPUT) {
        o->searching = true;
        ui_line_set(&o->line, "");
    } else if (action == UI_ACT_NEXT) {
        find(o, NULL, match_or(o, 1), 1);
    } else if (action == UI_ACT_PREVIOUS) {
        find(o, NULL, match_or(o, -1), -1);
    }
    return true;
}

/* False: not what pages do. */
static bool act(ui_overlay *o, enum ui_action action)
{
    const int page = HUSE_MAX(o->rows - 1, 1);
    switch (action) {
    case UI_ACT_UP:
        scroll_to(o, o->top - 1);
        return true;
    case UI_ACT_DOWN:
    case UI_ACT_OPEN:
        scroll_to(o, o->top + 1);
        return true;
    case UI_ACT_PGUP:
        scroll_to(o, o->top - page);
        return true;
    case UI_ACT_PGDN:
        scroll_to(o, o->top + page);
        return true;
    case UI_ACT_FIRST:
        scroll_to(o, 0);
        return true;
    case UI_ACT_LAST:
        scroll_to(o, o->lines);
        return true;
    case UI_ACT_BACK:
    case UI_ACT_RETURN:
    case UI_ACT_HELP:
    case UI_ACT_QUIT:
        ui_overlay_close(o);
        return true;
    default:
        return o->kind == UI_OVER_PAGER && pager_act(o, action);
    }
}

/* Also with the keys that pagers have. */
static bool page_key(ui_overlay *o, int32_t key)
{
    return act(o, key == 'b' ? UI_ACT_PGUP : key == ' ' || key == 'f' ? UI_ACT_PGDN : key == UI_KEY_ESC ? UI_ACT_BACK : ui_action_of(key));
}

void ui_overlay_act(ui_overlay *o, enum ui_action action)
{
    if (o->kind == UI_OVER_PROMPT || o->kind == UI_OVER_CONFIRM || o->searching)
        return;
    if (!act(o, action))
        ui_overlay_close(o);
}

/* By fresh text, NULL: it stays. */
static void replace_line(ui_overlay *o, char *text)
{
    if (!text)
        return;
    ui_line_set(&o->line, text);
    free(text);
    if (o->prompt.changed)
        o->prompt.changed(o->st, o->line.text);
}

static void prompt_key(ui_overlay *o, int32_t key)
{
    if (key == UI_KEY_ESC) {
        ui_overlay_close(o);
    } else if (key == UI_KEY_ENTER) {
        const ui_overlay was = *o;
        *o = (ui_overlay){.kind = UI_OVER_NOTHING};
        if (was.prompt.done)
            was.prompt.done(was.st, was.line.text);
    } else if (key == UI_KEY_TAB) {
        replace_line(o, o->prompt.complete ? o->prompt.complete(o->st, o->line.text) : NULL);
    } else if ((key == UI_KEY_UP || key == UI_KEY_DOWN) && o->prompt.earlier) {
        replace_line(o, o->prompt.earlier(o->st, o->line.text, key == UI_KEY_UP ? -1 : 1));
    } else if (ui_line_key(&o->line, key) == UI_LINE_CHANGED && o->prompt.changed) {
        o->prompt.changed(o->st, o->line.text);
    }
}

bool ui_overlay_key(ui_overlay *o, int32_t key)
{
    switch (o->kind) {
    case UI_OVER_PROMPT:
        prompt_key(o, key);
        return true;
    case UI_OVER_CONFIRM: {
        const ui_overlay was = *o;
        *o = (ui_overlay){.kind = UI_OVER_NOTHING};
        if (key == 'y' || key == 'Y')
            was.yes(was.st);
        return true;
    }
    case UI_OVER_HELP:
        if (page_key(o, key))
            return true;
        ui_overlay_close(o); /* a key that means something else does it */
        return false;
    case UI_OVER_PAGER:
        if (o->searching)
            search_key(o, key);
        else
            page_key(o, key);
        return true;
    default:
        return false;
    }
}

void ui_overlay_paste(ui_overlay *o, const char *text)
{
    if (o->kind != UI_OVER_PROMPT && !o->searching)
        return;
    ui_line_insert(&o->line, text, strlen(text));
    if (o->kind == UI_OVER_PROMPT && o->prompt.changed)
        o->prompt.changed(o->st, o->line.text);
}

/* ---- the page of keys ---- */

#define LABEL_MAX 18
#define COLUMN    76 /* of keys, at most */

/* Where the next line goes: lines are counted from 0, and [first, first + rows) of each column are shown. */
typedef struct page {
    ui_canvas *c;
    ui_rect    r; /* of one column */
    int        first, line, rows;
} page;

static int next_row(page *p)
{
    const int line = p->line++ - p->first;
    return line >= 0 && line < p->rows ? p->r.y + line : -1;
}

/* The help takes as many lines as it needs, beside the label on the first. */
static void key_line(page *p, const char *label, const char *help)
{
    const int label_w = HUSE_MIN(LABEL_MAX, p->r.w / 3), room = p->r.w - label_w - 2;
    char     *clean = ui_canvas_clean(help, strlen(help));
    size_t    n = strlen(clean), done = 0, next;
    do {
        const size_t part = ui_canvas_break(clean + done, n - done, HUSE_MAX(room, 2), &next);
        const int    y = next_row(p);
        char        *text = huse_xstrndup(clean + done, part);
        if (y >= 0 && !done)
            ui_canvas_text(p->c, p->r.x, y, label_w, UI_ACCENT, label);
        if (y >= 0)
            ui_canvas_text(p->c, p->r.x + label_w + 2, y, room, UI_PLAIN, text);
        free(text);
        done += next;
    } while (done < n);
    free(clean);
}

static void heading(page *p, const char *text)
{
    if (p->line)
        next_row(p);
    const int y = next_row(p);
    if (y >= 0)
        ui_canvas_text(p->c, p->r.x, y, p->r.w, UI_BOLD, text);
}

static void moving_lines(page *p, int pane)
{
    heading(p, pane < 0 ? "Keys" : "While moving");
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++) {
        char label[128];
        if (!ui_bindings[i].help || (pane >= 0 && !(ui_bindings[i].panes & UI_IN(pane))))
            continue;
        ui_keys_label(label, ui_bindings[i].action);
        if (*label)
            key_line(p, label, ui_bindings[i].help);
    }
    key_line(p, "Ctrl-Z", "Suspend; the shell's fg comes back");
}

static void typing_lines(page *p, int pane)
{
    heading(p, "While typing");
    for (size_t i = 0; i < ui_n_typing_keys; i++)
        if (ui_typing_keys[i].panes & UI_IN(pane))
            key_line(p, ui_typing_keys[i].keys, ui_typing_keys[i].help);
}

/* In two columns moving is left and typing right, else below each other. Returns the lines of the longer one. */
static int help_columns(page *p, int pane, bool two)
{
    int lines;
    moving_lines(p, pane);
    lines = p->line;
    if (two) {
        p->r.x += p->r.w + 3;
        p->line = 0;
    }
    if (pane >= 0)
        typing_lines(p, pane);
    return HUSE_MAX(lines, p->line);
}

static void draw_help(ui_overlay *o, ui_canvas *c)
{
    const bool two = c->w >= 110;
    const int  w = two ? HUSE_MIN((c->w - 7) / 2, COLUMN) : HUSE_MIN(c->w - 4, COLUMN + 8);
    page       p = {c, {HUSE_MAX((c->w - (two ? 2 * w + 3 : w)) / 2, 2), 3, w, o->rows}, 0, 0, 0};
    const page counting = p;
    o->lines = help_columns(&p, o->pane, two); /* nothing is shown yet */
    scroll_to(o, o->top);
    p = counting;
    p.first = o->top;
    p.rows = o->rows;
    help_columns(&p, o->pane, two);
}

/* ---- drawing ---- */

/* A rule, in it which lines are shown where these are not all. */
static void draw_foot(const ui_overlay *o, ui_canvas *c)
{
    char text[64];
    ui_canvas_rule(c, 0, c->h - 2, c->w);
    snprintf(text, sizeof text, " %d–%d of %d ", o->top + 1, HUSE_MIN(o->top + o->rows, o->lines), o->lines);
    if (o->lines > o->rows)
        ui_canvas_text_right(c, c->w - 1, c->h - 2, c->w / 2, UI_DIM, text);
    if (o->kind == UI_OVER_PAGER && *o->pager.sought && o->pager.match == SIZE_MAX)
        ui_canvas_text(c, 1, c->h - 2, c->w / 2, UI_DIM, " not found ");
}

static void draw_page(ui_overlay *o, ui_canvas *c)
{
    const bool pager = o->kind == UI_OVER_PAGER;
    o->rows = HUSE_MAX(c->h - 5, 0);
    if (c->w < 20 || o->rows < 1)
        return;
    ui_canvas_cover(c, (ui_rect){0, 1, c->w, c->h - 2});
    if (pager) {
        o->lines = ui_pager_fit(&o->pager, c->w - 4);
        scroll_to(o, o->top);
        ui_canvas_text(c, 2, 1, c->w - 4, UI_BOLD, o->title);
        ui_canvas_rule(c, 0, 2, c->w);
        ui_pager_draw(&o->pager, c, (ui_rect){2, 3, c->w - 4, o->rows}, o->top);
    } else {
        ui_canvas_rule(c, 0, 1, c->w);
        draw_help(o, c);
    }
    draw_foot(o, c);
    ui_canvas_cursor(c, -1, -1);
}

/* Something to type in the last row. */
static void draw_line(const ui_overlay *o, ui_canvas *c, const char *label, const char *hint)
{
    const int y = c->h - 1;
    int       x = 2;
    ui_canvas_cover(c, (ui_rect){0, y, c->w, 1});
    x += ui_canvas_text(c, x, y, c->w / 2, UI_ACCENT | UI_BOLD, label) + 1;
    ui_line_draw(&o->line, c, x, y, c->w - x - 1, true, hint);
}

static void draw_question(const ui_overlay *o, ui_canvas *c)
{
    const int y = c->h - 1;
    int       x = 2;
    ui_canvas_cover(c, (ui_rect){0, y, c->w, 1});
    x += ui_canvas_text(c, x, y, HUSE_MAX(c->w - x - 6, 1), UI_BOLD, o->question) + 1;
    x += ui_canvas_text(c, x, y, c->w - x, UI_DIM, "y/N ");
    ui_canvas_cursor(c, HUSE_MIN(x, c->w - 1), y);
}

void ui_overlay_draw(ui_overlay *o, ui_canvas *c)
{
    if (o->kind == UI_OVER_HELP || o->kind == UI_OVER_PAGER)
        draw_page(o, c);
    if (o->kind == UI_OVER_PROMPT)
        draw_line(o, c, o->label, o->hint);
    else if (o->kind == UI_OVER_PAGER && o->searching)
        draw_line(o, c, "/", "");
    else if (o->kind == UI_OVER_CONFIRM)
        draw_question(o, c);
}
