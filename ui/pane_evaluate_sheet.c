/* Several tables below each other. */
#include <stdlib.h>

#include "pane_evaluate.h"

ui_table *ui_sheet_add(ui_sheet *s, const char *title, const ui_column *column, size_t n)
{
    if (s->n == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 8;
        s->block = huse_xrealloc(s->block, s->cap * sizeof *s->block);
    }
    ui_block *b = &s->block[s->n++];
    *b = (ui_block){.title = huse_xstrdup(title)};
    ui_table_begin(&b->table, column, n);
    return &b->table;
}

void ui_sheet_note(ui_sheet *s, const char *note)
{
    ui_block *b = &s->block[s->n - 1];
    free(b->note);
    b->note = huse_xstrdup(note);
}

void ui_sheet_clear(ui_sheet *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->block[i].title);
        free(s->block[i].note);
        ui_table_free(&s->block[i].table);
    }
    free(s->block);
    *s = (ui_sheet){.top = s->top};
}

/* A title, headings, rows, a note, and a blank line below. */
static size_t lines_of(const ui_block *b)
{
    return 1 + (size_t)ui_table_heads(&b->table) + b->table.list.n + (b->note != NULL) + 1;
}

size_t ui_sheet_lines(const ui_sheet *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += lines_of(&s->block[i]);
    return n ? n - 1 : 0;
}

bool ui_sheet_move(ui_sheet *s, enum ui_action a, int page)
{
    const size_t rows = (size_t)HUSE_MAX(page, 1), all = ui_sheet_lines(s), last = all > rows ? all - rows : 0;
    ui_list      l = {.n = last + 1, .cursor = HUSE_MIN(s->top, last)};
    if (!ui_list_move(&l, a, rows))
        return false;
    s->top = l.cursor;
    return true;
}

static void draw_line(const ui_block *b, ui_canvas *c, int x, int y, int w, size_t line)
{
    const size_t body = (size_t)ui_table_heads(&b->table) + b->table.list.n;
    if (line == 0)
        ui_canvas_text(c, x, y, w, UI_BOLD, b->title);
    else if (line <= body)
        ui_table_draw_line(&b->table, c, x, y, w, line - 1);
    else if (line == body + 1 && b->note)
        ui_canvas_text(c, x, y, w, UI_DIM, b->note);
}

void ui_sheet_draw(const ui_sheet *s, ui_canvas *c, ui_rect r)
{
    const size_t all = ui_sheet_lines(s), rows = (size_t)HUSE_MAX(r.h, 0);
    size_t       line = HUSE_MIN(s->top, all > rows ? all - rows : 0), i = 0;
    for (; i < s->n && line >= lines_of(&s->block[i]); i++)
        line -= lines_of(&s->block[i]);
    for (int y = 0; y < r.h && i < s->n; y++) {
        draw_line(&s->block[i], c, r.x + 2, r.y + y, r.w - 3, line);
        if (++line == lines_of(&s->block[i])) {
            line = 0;
            i++;
        }
    }
    if (all > rows && r.h > 0 && HUSE_MIN(s->top, all - rows) + rows < all)
        ui_canvas_text_right(c, r.x + r.w, r.y + r.h - 1, 1, UI_DIM, "↓");
}
