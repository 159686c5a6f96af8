#include "overlay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening and closing ---- */

void ui_overlay_close(ui_overlay *o)
{
    const ui_overlay was = *o;
    *o = (ui_overlay){.kind = UI_OVER_NOTHING};
    free(was.text);
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
    o->text = text;
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

static bool scroll(ui_overlay *o, int32_t key)
{
    const int page = HUSE_MAX(o->rows - 1, 1);
    switch (key == UI_KEY_BACKSPACE || key == 'b' ? UI_ACT_PGUP : key == ' ' || key == 'f' ? UI_ACT_PGDN : ui_action_of(key)) {
    case UI_ACT_UP:
        o->top--;
        return true;
    case UI_ACT_DOWN:
    case UI_ACT_OPEN:
        o->top++;
        return true;
    case UI_ACT_PGUP:
        o->top -= page;
        return true;
    case UI_ACT_PGDN:
        o->top += page;
        return true;
    case UI_ACT_FIRST:
        o->top = 0;
        return true;
    case UI_ACT_LAST:
        o->top = INT16_MAX;
        return true;
    case UI_ACT_BACK:
    case UI_ACT_HELP:
    case UI_ACT_QUIT:
        ui_overlay_close(o);
        return true;
    default:
        return o->kind == UI_OVER_PAGER;
    }
}

static void complete(ui_overlay *o)
{
    char *longer = o->prompt.complete ? o->prompt.complete(o->st, o->line.text) : NULL;
    if (!longer)
        return;
    ui_line_set(&o->line, longer);
    free(longer);
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
        complete(o);
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
        if (scroll(o, key))
            return true;
        ui_overlay_close(o); /* a key that means something else does it */
        return false;
    case UI_OVER_PAGER:
        return scroll(o, key);
    default:
        return false;
    }
}

void ui_overlay_paste(ui_overlay *o, const char *text)
{
    if (o->kind != UI_OVER_PROMPT)
        return;
    ui_line_insert(&o->line, text, strlen(text));
    if (o->prompt.changed)
        o->prompt.changed(o->st, o->line.text);
}

/* ---- drawing ---- */

typedef struct page {
    ui_canvas *c;
    int        x, y, first, line, last; /* column; row of the first line; lines [first, last) are shown */
} page;

/* The row of the next line, or -1 where it is scrolled away. */
static int next_row(page *p)
{
    const int line = p->line++;
    return line >= p->first && line < p->last ? p->y + line - p->first : -1;
}

static void key_line(page *p, int label_w, const char *label, const char *help)
{
    const int y = next_row(p);
    if (y < 0)
        return;
    ui_canvas_text(p->c, p->x, y, label_w, UI_ACCENT, label);
    ui_canvas_text(p->c, p->x + label_w + 2, y, p->c->w - p->x - label_w - 3, UI_PLAIN, help);
}

static void heading(page *p, const char *text)
{
    const int y = next_row(p);
    if (y >= 0)
        ui_canvas_text(p->c, p->x, y, p->c->w - p->x, UI_BOLD, text);
}

static void help_lines(page *p, int pane)
{
    static const char *const typing[][2] = {
        {"↓ Enter Esc", "To the results"},
        {"↑", "Earlier queries"},
        {"Tab", "Completes class: and @, else to the next part of the pane"},
        {"Ctrl-A E U K W", "Start, end, clear, clear behind, clear a word"},
        {"words", "a red dress, \"quoted\", @item, class:Path, ./picture.jpg"},
        {"2:red + new - old", "Terms with weights, joined by + and -"},
    };
    const int label = HUSE_MIN(17, p->c->w / 3);
    heading(p, "In the results");
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++)
        if (ui_bindings[i].help && ui_bindings[i].panes & UI_IN(pane))
            key_line(p, label, ui_bindings[i].label, ui_bindings[i].help);
    heading(p, "");
    heading(p, "While typing");
    for (size_t i = 0; i < HUSE_COUNT(typing); i++)
        key_line(p, label, typing[i][0], typing[i][1]);
}

static void pager_lines(page *p, const char *text)
{
    while (*text) {
        const size_t n = strcspn(text, "\n");
        const int    y = next_row(p);
        if (y >= 0) {
            char *line = huse_xstrndup(text, n);
            ui_canvas_text(p->c, p->x, y, p->c->w - p->x - 1, UI_PLAIN, line);
            free(line);
        }
        text += n + (text[n] == '\n');
    }
}

static void draw_page(ui_overlay *o, ui_canvas *c)
{
    const bool pager = o->kind == UI_OVER_PAGER;
    const int  top = pager ? 1 : 2, head = pager ? 2 : 0;
    o->rows = c->h - top - head - 2;
    if (c->w < 20 || o->rows < 1)
        return;
    ui_canvas_cover(c, (ui_rect){0, top, c->w, c->h - top - 1});
    for (int pass = 0; pass < 2; pass++) { /* first to count the lines, then to draw them */
        page p = {c, pager ? 2 : HUSE_MAX((c->w - 84) / 2, 2), top + head + !pager, pass ? o->top : 0, 0, pass ? o->top + o->rows : 0};
        if (pager)
            pager_lines(&p, o->text);
        else
            help_lines(&p, o->pane);
        o->top = HUSE_MAX(HUSE_MIN(o->top, p.line - o->rows), 0);
        if (pass && p.line > o->rows)
            ui_canvas_printf(c, c->w - 16, c->h - 2, 15, UI_DIM, "%d–%d of %d", o->top + 1, HUSE_MIN(o->top + o->rows, p.line), p.line);
    }
    if (pager) {
        ui_canvas_text(c, 2, top, c->w - 4, UI_BOLD, o->title);
        ui_canvas_rule(c, 0, top + 1, c->w);
    }
    ui_canvas_cursor(c, -1, -1);
}

static void draw_last_row(const ui_overlay *o, ui_canvas *c)
{
    const int y = c->h - 1;
    int       x = 2;
    ui_canvas_cover(c, (ui_rect){0, y, c->w, 1});
    if (o->kind == UI_OVER_CONFIRM) {
        x += ui_canvas_text(c, x, y, HUSE_MAX(c->w - x - 6, 1), UI_BOLD, o->question) + 1;
        x += ui_canvas_text(c, x, y, c->w - x, UI_DIM, "y/N ");
        ui_canvas_cursor(c, HUSE_MIN(x, c->w - 1), y);
        return;
    }
    x += ui_canvas_text(c, x, y, c->w / 2, UI_ACCENT | UI_BOLD, o->label) + 1;
    ui_line_draw(&o->line, c, x, y, c->w - x - 1, true, o->hint);
}

void ui_overlay_draw(ui_overlay *o, ui_canvas *c)
{
    if (o->kind == UI_OVER_HELP || o->kind == UI_OVER_PAGER)
        draw_page(o, c);
    else if (o->kind != UI_OVER_NOTHING)
        draw_last_row(o, c);
}
