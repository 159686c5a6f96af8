#include "widget_form.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_W 18
#define VALUE_W 20

/* ---- values ---- */

void ui_form_init(ui_form *f, size_t n, size_t likely, bool (*check)(void *ctx, size_t field, const char *value, char *why, size_t size),
                  void *ctx)
{
    *f = (ui_form){.field = huse_xcalloc(n, sizeof *f->field), .n = n, .likely = HUSE_MIN(likely, n), .check = check, .ctx = ctx};
}

void ui_form_free(ui_form *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->field[i].usual);
    free(f->field);
    *f = (ui_form){0};
}

static void check(ui_form *f, size_t i)
{
    ui_field *field = &f->field[i];
    field->error[0] = 0;
    if (f->check && !f->check(f->ctx, i, field->line.text, field->error, sizeof field->error) && !field->error[0])
        strcpy(field->error, "this will not do");
}

void ui_form_keep(ui_form *f, size_t i, const char *usual)
{
    char *copy = huse_xstrdup(usual);
    free(f->field[i].usual);
    f->field[i].usual = copy;
    check(f, i);
}

void ui_form_begin(ui_form *f, size_t i, const char *value)
{
    ui_form_keep(f, i, value);
    ui_line_set(&f->field[i].line, value);
    check(f, i);
}

const char *ui_form_value(const ui_form *f, size_t i)
{
    return f->field[i].line.text;
}

bool ui_form_changed(const ui_form *f, size_t i)
{
    return !f->field[i].usual || strcmp(f->field[i].usual, f->field[i].line.text) != 0;
}

size_t ui_form_wrong(const ui_form *f)
{
    size_t i = 0;
    while (i < f->n && !f->field[i].error[0])
        i++;
    return i;
}

/* ---- rows ---- */

static bool has_fold(const ui_form *f)
{
    return f->likely < f->n;
}

static size_t rows(const ui_form *f)
{
    return has_fold(f) ? f->open ? f->n + 1 : f->likely + 1 : f->n;
}

/* The field of a row, or n: the line that folds. */
static size_t field_of(const ui_form *f, size_t row)
{
    return row < f->likely ? row : row == f->likely ? f->n : row - 1;
}

size_t ui_form_at(const ui_form *f)
{
    return field_of(f, f->cursor);
}

static size_t lines_of(const ui_form *f, size_t row)
{
    const size_t i = field_of(f, row);
    return i < f->n && f->field[i].error[0] ? 2 : 1;
}

static void go(ui_form *f, size_t row)
{
    f->cursor = HUSE_MIN(row, rows(f) - 1);
    f->fresh = true;
}

void ui_form_pick(ui_form *f, size_t row)
{
    if (row >= rows(f))
        return;
    go(f, row);
    if (ui_form_at(f) == f->n)
        f->open = !f->open;
}

void ui_form_settle(ui_form *f, int height)
{
    size_t before = 0;
    for (size_t row = 0; row < f->cursor; row++)
        before += lines_of(f, row);
    const size_t room = (size_t)HUSE_MAX(height, 1), last = before + lines_of(f, f->cursor);
    size_t       all = 0;
    for (size_t row = 0; row < rows(f); row++)
        all += lines_of(f, row);
    if (before < f->top)
        f->top = before;
    if (last > f->top + room)
        f->top = last - room;
    f->top = HUSE_MIN(f->top, all > room ? all - room : 0);
}

/* ---- keys ---- */

static void turn(ui_form *f, size_t i, int by)
{
    ui_field *field = &f->field[i];
    int       n = 0, at = 0;
    for (; field->choice[n]; n++)
        if (strcmp(field->choice[n], field->line.text) == 0)
            at = n;
    if (n)
        ui_line_set(&field->line, field->choice[(at + by + n) % n]);
    check(f, i);
}

static bool move(ui_form *f, int32_t key)
{
    const size_t n = rows(f);
    switch (key) {
    case UI_KEY_UP:
    case UI_KEY_BACKTAB:
        go(f, (f->cursor + n - 1) % n);
        return true;
    case UI_KEY_DOWN:
    case UI_KEY_TAB:
        go(f, (f->cursor + 1) % n);
        return true;
    case UI_KEY_PGUP:
        go(f, f->cursor - HUSE_MIN(f->cursor, 8));
        return true;
    case UI_KEY_PGDN:
        go(f, f->cursor + 8);
        return true;
    default:
        return false;
    }
}

static ui_form_effect enter(ui_form *f)
{
    if (ui_form_at(f) == f->n) {
        f->open = !f->open;
        return UI_FORM_MOVED;
    }
    const size_t wrong = ui_form_wrong(f);
    if (wrong == f->n)
        return UI_FORM_DONE;
    f->open = f->open || wrong >= f->likely;
    go(f, wrong < f->likely ? wrong : wrong + 1);
    return UI_FORM_MOVED;
}

ui_form_effect ui_form_key(ui_form *f, int32_t key)
{
    const size_t i = ui_form_at(f);
    if (key == UI_KEY_ENTER)
        return enter(f);
    if (move(f, key))
        return UI_FORM_MOVED;
    if (i == f->n) {
        if (key != UI_KEY_LEFT && key != UI_KEY_RIGHT && key != ' ')
            return UI_FORM_IGNORED;
        f->open = key == ' ' ? !f->open : key == UI_KEY_RIGHT;
        return UI_FORM_MOVED;
    }
    if (f->field[i].choice) {
        if (key != UI_KEY_LEFT && key != UI_KEY_RIGHT && key != ' ')
            return UI_FORM_IGNORED;
        turn(f, i, key == UI_KEY_LEFT ? -1 : 1);
        return UI_FORM_CHANGED;
    }
    if (f->fresh && key > ' ' && key < UI_KEY_UP && key != 0x7f && key != UI_KEY_BACKSPACE)
        ui_line_set(&f->field[i].line, "");
    const ui_line_effect e = ui_line_key(&f->field[i].line, key);
    f->fresh = f->fresh && e == UI_LINE_IGNORED;
    if (e == UI_LINE_CHANGED)
        check(f, i);
    return e == UI_LINE_CHANGED ? UI_FORM_CHANGED : e == UI_LINE_MOVED ? UI_FORM_MOVED : UI_FORM_IGNORED;
}

ui_form_effect ui_form_paste(ui_form *f, const char *text, size_t n)
{
    const size_t i = ui_form_at(f);
    if (i == f->n || f->field[i].choice)
        return UI_FORM_IGNORED;
    if (f->fresh)
        ui_line_set(&f->field[i].line, "");
    f->fresh = false;
    ui_line_insert(&f->field[i].line, text, n);
    check(f, i);
    return UI_FORM_CHANGED;
}

/* ---- drawing ---- */

static void draw_choice(const ui_field *field, ui_canvas *c, int x, int y, bool now)
{
    const unsigned dim = now ? UI_ACCENT : UI_DIM;
    x += ui_canvas_text(c, x, y, 2, dim, "‹ ");
    x += ui_canvas_text(c, x, y, VALUE_W - 4, now ? UI_BOLD : UI_PLAIN, field->line.text);
    ui_canvas_text(c, x, y, 2, dim, " ›");
}

static void draw_field(const ui_form *f, ui_canvas *c, ui_rect r, int y, size_t i, bool now)
{
    const ui_field *field = &f->field[i];
    const int       x = r.x + 2, value = x + LABEL_W, help = r.x + UI_FORM_HELP_AT;
    const bool      changed = ui_form_changed(f, i);
    ui_canvas_text(c, x, y, LABEL_W - 1, now ? UI_BOLD : UI_PLAIN, field->label);
    if (field->choice)
        draw_choice(field, c, value, y, now);
    else if (now && f->fresh)
        ui_canvas_cursor(c, value + ui_canvas_text(c, value, y, VALUE_W, UI_BOLD | UI_UNDERLINE, field->line.text), y);
    else if (now)
        ui_line_draw(&field->line, c, value, y, VALUE_W, true, "");
    else
        ui_canvas_text(c, value, y, VALUE_W, changed ? UI_BOLD : UI_PLAIN, field->line.text);
    if (now && field->choice)
        ui_canvas_cursor(c, value, y);
    if (field->help && r.x + r.w - help >= 16)
        ui_canvas_text(c, help, y, r.x + r.w - help, UI_DIM, field->help);
}

static void draw_fold(const ui_form *f, ui_canvas *c, ui_rect r, int y, bool now)
{
    ui_canvas_printf(c, r.x + 2, y, r.w - 2, now ? UI_BOLD : UI_DIM, "%s %zu more settings", f->open ? "▾" : "▸", f->n - f->likely);
    if (now)
        ui_canvas_cursor(c, r.x + 2, y);
}

static void draw_row(const ui_form *f, ui_canvas *c, ui_rect r, int y, size_t row)
{
    const size_t i = field_of(f, row);
    const bool   now = f->focus && row == f->cursor;
    if (now)
        ui_canvas_text(c, r.x, y, 1, UI_ACCENT | UI_BOLD, "▌");
    if (i < f->n)
        draw_field(f, c, r, y, i, now);
    else
        draw_fold(f, c, r, y, now);
}

void ui_form_draw(const ui_form *f, ui_canvas *c, ui_rect r, int hit)
{
    int y = r.y - (int)f->top;
    for (size_t row = 0; row < rows(f) && y < r.y + r.h; row++) {
        const size_t i = field_of(f, row);
        if (y >= r.y) {
            draw_row(f, c, r, y, row);
            ui_canvas_hit(c, (ui_rect){r.x, y, r.w, 1}, hit + (int)row);
        }
        y++;
        if (i == f->n || !f->field[i].error[0])
            continue;
        if (y >= r.y && y < r.y + r.h) {
            const int x = r.x + 2 + LABEL_W;
            ui_canvas_text(c, x - 2, y, 2, UI_WARN | UI_BOLD, "! ");
            ui_canvas_text(c, x, y, r.x + r.w - x, UI_PLAIN, f->field[i].error);
        }
        y++;
    }
}
