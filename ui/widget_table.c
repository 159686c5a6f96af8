#include "widget_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define GAP 2

/* ---- rows ---- */

static void forget_rows(ui_table *t)
{
    for (size_t i = 0; i < t->list.n * t->n_columns; i++)
        free(t->cell[i].text);
    t->list.n = 0;
}

void ui_table_begin(ui_table *t, const ui_column *column, size_t n)
{
    forget_rows(t);
    if (t->column != column) {
        ui_table_free(t);
        *t = (ui_table){.column = column, .n_columns = n, .sort = UI_UNSORTED};
        t->width = huse_xcalloc(n + 1, sizeof *t->width);
    }
    for (size_t k = 0; k < n; k++)
        t->width[k] = (int)huse_text_width(column[k].head) + (column[k].right ? 0 : 1); /* the sign of the order; at the right it stands in the gap */
}

void ui_table_free(ui_table *t)
{
    forget_rows(t);
    free(t->cell);
    free(t->width);
    free(t->order);
    *t = (ui_table){.column = NULL};
}

void ui_table_row(ui_table *t)
{
    if (t->list.n == t->cap) {
        t->cap = t->cap ? 2 * t->cap : 64;
        t->cell = huse_xrealloc(t->cell, t->cap * t->n_columns * sizeof *t->cell);
        t->order = huse_xrealloc(t->order, t->cap * sizeof *t->order);
    }
    for (size_t k = 0; k < t->n_columns; k++)
        t->cell[t->list.n * t->n_columns + k] = (ui_cell_text){.value = (double)NAN};
    t->order[t->list.n] = t->list.n;
    t->list.n++;
}

static ui_cell_text *last_cell(ui_table *t, size_t column)
{
    HUSE_ASSERT(t->list.n && column < t->n_columns);
    return &t->cell[(t->list.n - 1) * t->n_columns + column];
}

void ui_table_text(ui_table *t, size_t column, unsigned style, const char *text)
{
    ui_cell_text *cell = last_cell(t, column);
    free(cell->text);
    cell->text = ui_canvas_clean(text, strlen(text));
    cell->style = style;
    t->width[column] = HUSE_MAX(t->width[column], ui_canvas_width(cell->text));
}

void ui_table_value(ui_table *t, size_t column, double value)
{
    last_cell(t, column)->value = value;
}

void ui_table_share(ui_table *t, size_t column, unsigned style, double x, int digits)
{
    char text[16];
    ui_table_text(t, column, isnan(x) ? style | UI_DIM : style, ui_share(text, x, digits));
    ui_table_value(t, column, x);
}

void ui_table_delta(ui_table *t, size_t column, unsigned style, double x, int digits)
{
    char text[16], signed_text[20];
    ui_share(text, x, digits);
    snprintf(signed_text, sizeof signed_text, "%s%s", isfinite(x) && *text != '-' ? "+" : "", text);
    ui_table_text(t, column, isnan(x) ? style | UI_DIM : style, signed_text);
    ui_table_value(t, column, x);
}

void ui_table_count(ui_table *t, size_t column, unsigned style, size_t n)
{
    char text[32];
    ui_table_text(t, column, style, ui_thousands(text, n));
    ui_table_value(t, column, (double)n);
}

/* ---- order ---- */

static int compare_cells(const ui_cell_text *a, const ui_cell_text *b, bool falling)
{
    const bool known_a = !isnan(a->value), known_b = !isnan(b->value);
    int        c;
    if (known_a != known_b) /* what is not known comes last either way */
        return known_a ? -1 : 1;
    if (known_a)
        c = (a->value > b->value) - (a->value < b->value);
    else
        c = strcmp(a->text ? a->text : "", b->text ? b->text : "");
    return falling ? -c : c;
}

static int by_column(const void *x, const void *y, void *table)
{
    const ui_table *t = table;
    const size_t    a = *(const size_t *)x, b = *(const size_t *)y;
    int             c = 0;
    if (t->sort != UI_UNSORTED)
        c = compare_cells(&t->cell[a * t->n_columns + t->sort], &t->cell[b * t->n_columns + t->sort], t->falling);
    return c ? c : (a > b) - (a < b);
}

void ui_table_select(ui_table *t, size_t row, size_t page)
{
    for (size_t i = 0; i < t->list.n; i++)
        if (t->order[i] == row)
            ui_list_to(&t->list, i, page);
}

size_t ui_table_selected(const ui_table *t)
{
    return t->list.cursor < t->list.n ? t->order[t->list.cursor] : SIZE_MAX;
}

void ui_table_sort(ui_table *t, size_t column, bool falling, size_t page)
{
    const size_t row = ui_table_selected(t);
    t->sort = column;
    t->falling = falling;
    qsort_r(t->order, t->list.n, sizeof *t->order, by_column, t);
    ui_table_select(t, row, page);
}

void ui_table_sort_next(ui_table *t, size_t page)
{
    size_t k = t->sort == UI_UNSORTED ? 0 : t->sort + 1;
    while (k < t->n_columns && !t->column[k].head[0])
        k++;
    if (k < t->n_columns)
        ui_table_sort(t, k, !t->column[k].rising, page);
    else
        ui_table_sort(t, UI_UNSORTED, false, page);
}

void ui_table_end(ui_table *t, size_t page)
{
    qsort_r(t->order, t->list.n, sizeof *t->order, by_column, t);
    ui_list_to(&t->list, t->list.cursor, page);
}

/* ---- drawing ---- */

#define COLUMNS_MAX 24

/* Width of each column on the screen, 0: left out. */
typedef struct fit {
    int width[COLUMNS_MAX];
} fit;

static bool same_group(const ui_table *t, size_t a, size_t b)
{
    const char *x = t->column[a].group, *y = t->column[b].group;
    return x && y && strcmp(x, y) == 0;
}

/* Columns of the screen between a column and the next. */
static int gap_after(const ui_table *t, size_t k)
{
    return k + 1 < t->n_columns && same_group(t, k, k + 1) ? 1 : GAP;
}

/* Columns of the screen that a column takes, with what follows it; 0: it is left out. */
static int taken(const ui_table *t, const fit *f, size_t k)
{
    return f->width[k] ? f->width[k] + gap_after(t, k) : 0;
}

static int wanted(const ui_table *t, const fit *f)
{
    int w = 0;
    for (size_t k = 0; k < t->n_columns; k++)
        w += taken(t, f, k);
    return HUSE_MAX(w - GAP, 0);
}

/* Columns are cut to their least first, then left out; what is gained by leaving out is given back to those that were cut. */
static fit fit_columns(const ui_table *t, int w)
{
    fit f;
    HUSE_ASSERT(t->n_columns <= COLUMNS_MAX);
    for (size_t k = 0; k < t->n_columns; k++)
        f.width[k] = t->column[k].least ? HUSE_MIN(t->column[k].least, t->width[k]) : t->width[k];
    while (wanted(t, &f) > w) {
        size_t out = t->n_columns;
        for (size_t k = 0; k < t->n_columns; k++)
            if (f.width[k] && t->column[k].drop && (out == t->n_columns || t->column[k].drop >= t->column[out].drop))
                out = k;
        if (out == t->n_columns)
            break;
        f.width[out] = 0;
    }
    for (bool grown = true; grown && wanted(t, &f) < w;) {
        grown = false;
        for (size_t k = 0; k < t->n_columns; k++)
            if (f.width[k] && f.width[k] < t->width[k] && wanted(t, &f) < w) {
                f.width[k]++;
                grown = true;
            }
    }
    return f;
}

int ui_table_heads(const ui_table *t)
{
    for (size_t k = 0; k < t->n_columns; k++)
        if (t->column[k].group)
            return 2;
    return 1;
}

static void draw_groups(const ui_table *t, const fit *f, ui_canvas *c, int x, int y, int end)
{
    for (size_t k = 0; k < t->n_columns;) {
        size_t last = k + 1;
        int    w = taken(t, f, k);
        for (; last < t->n_columns && same_group(t, k, last); last++)
            w += taken(t, f, last);
        if (t->column[k].group && w) {
            const int right = HUSE_MIN(x + w - GAP, end);
            if (last == k + 1 && t->column[k].right)
                ui_canvas_text_right(c, right, y, w - GAP, UI_DIM, t->column[k].group);
            else
                ui_canvas_text(c, x, y, right - x, UI_DIM, t->column[k].group);
        }
        x += w;
        k = last;
    }
}

static void draw_head(const ui_table *t, const fit *f, ui_canvas *c, int x, int y, int end)
{
    for (size_t k = 0; k < t->n_columns; k++) {
        const int w = HUSE_MIN(f->width[k], end - x);
        const bool     sorted = k == t->sort;
        const unsigned style = sorted ? UI_ACCENT : UI_DIM;
        const char    *sign = t->falling ? "↓" : "↑";
        if (w <= 0)
            continue;
        if (t->column[k].right) {
            const int head = ui_canvas_text_right(c, x + w, y, w, style, t->column[k].head);
            ui_canvas_text(c, x + w - head - 1, y, sorted ? 1 : 0, style, sign);
        } else {
            const int head = ui_canvas_text(c, x, y, w, style, t->column[k].head);
            ui_canvas_text(c, x + head, y, sorted ? 1 : 0, style, sign);
        }
        x += taken(t, f, k);
    }
}

static void draw_row(const ui_table *t, const fit *f, ui_canvas *c, int x, int y, int end, size_t place, bool selected)
{
    for (size_t k = 0; k < t->n_columns; k++) {
        const ui_cell_text *cell = &t->cell[t->order[place] * t->n_columns + k];
        const int           w = HUSE_MIN(f->width[k], end - x);
        const unsigned      style = selected ? cell->style | UI_BOLD : cell->style;
        if (w <= 0)
            continue;
        if (cell->text && t->column[k].right)
            ui_canvas_text_right(c, x + w, y, w, style, cell->text);
        else if (cell->text && t->column[k].name)
            ui_canvas_name(c, x, y, w, style, cell->text);
        else if (cell->text)
            ui_canvas_text(c, x, y, w, style, cell->text);
        x += taken(t, f, k);
    }
}

static void draw_line(const ui_table *t, const fit *f, ui_canvas *c, int x, int y, int end, size_t line, bool selected)
{
    const size_t heads = (size_t)ui_table_heads(t);
    if (line + 1 < heads)
        draw_groups(t, f, c, x, y, end);
    else if (line < heads)
        draw_head(t, f, c, x, y, end);
    else if (line - heads < t->list.n)
        draw_row(t, f, c, x, y, end, line - heads, selected);
}

void ui_table_draw_line(const ui_table *t, ui_canvas *c, int x, int y, int w, size_t line)
{
    const fit f = fit_columns(t, w);
    draw_line(t, &f, c, x, y, x + w, line, false);
}

void ui_table_draw(const ui_table *t, ui_canvas *c, ui_rect r, bool focus, int hit)
{
    const fit f = fit_columns(t, r.w - 2);
    const int heads = ui_table_heads(t), x = r.x + 2, end = r.x + r.w;
    for (int i = 0; i < HUSE_MIN(heads, r.h); i++)
        draw_line(t, &f, c, x, r.y + i, end, (size_t)i, false);
    for (int i = heads; i < r.h && t->list.top + (size_t)(i - heads) < t->list.n; i++) {
        const size_t place = t->list.top + (size_t)(i - heads);
        const bool   selected = focus && place == t->list.cursor;
        ui_canvas_hit(c, (ui_rect){r.x, r.y + i, r.w, 1}, hit + (int)HUSE_MIN(place, (size_t)0xffffff));
        if (selected) {
            ui_canvas_text(c, r.x, r.y + i, 1, UI_ACCENT | UI_BOLD, "▌");
            ui_canvas_cursor(c, x, r.y + i);
        }
        draw_line(t, &f, c, x, r.y + i, end, (size_t)heads + place, selected);
    }
}
