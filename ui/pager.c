#include "pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TEXT_MAX ((size_t)4 << 20)
#define TAB      8

/* ---- the text ---- */

static void add_line(huse_buf *b, const char *line, size_t n)
{
    huse_buf wide = {0};
    huse_buf_str(&wide, "");
    for (size_t i = 0, column = 0; i < n; i++, column++) {
        if (line[i] != '\t') {
            huse_buf_add(&wide, line + i, 1);
            continue;
        }
        for (huse_buf_str(&wide, " "); (column + 1) % TAB; column++)
            huse_buf_str(&wide, " ");
    }
    wide.len -= wide.len && wide.data[wide.len - 1] == '\r';
    wide.data[wide.len] = 0;
    char *clean = ui_canvas_clean(wide.data, wide.len);
    huse_buf_str(b, clean);
    free(clean);
    huse_buf_free(&wide);
}

void ui_pager_set(ui_pager *p, char *text)
{
    huse_buf     b = {0};
    const size_t all = strlen(text), n = HUSE_MIN(all, TEXT_MAX);
    huse_buf_str(&b, "");
    for (size_t i = 0; i < n;) {
        const char  *end = memchr(text + i, '\n', n - i);
        const size_t len = end ? (size_t)(end - text) - i : n - i;
        add_line(&b, text + i, len);
        huse_buf_str(&b, "\n");
        i += len + (end != NULL);
    }
    if (n < all)
        huse_buf_fmt(&b, "… and %zu bytes more\n", all - n);
    free(text);
    ui_pager_free(p);
    p->text = b.data;
    p->match = SIZE_MAX;
}

void ui_pager_free(ui_pager *p)
{
    free(p->text);
    free(p->row);
    *p = (ui_pager){.match = SIZE_MAX};
}

static void add_row(ui_pager *p, size_t at, size_t n)
{
    if (p->n_rows == p->cap_rows) {
        p->cap_rows = p->cap_rows ? 2 * p->cap_rows : 256;
        p->row = huse_xrealloc(p->row, p->cap_rows * sizeof *p->row);
    }
    p->row[p->n_rows++] = (ui_pager_row){at, n};
}

int ui_pager_fit(ui_pager *p, int width)
{
    width = HUSE_MAX(width, 2);
    if (p->width == width || !p->text)
        return (int)p->n_rows;
    p->n_rows = 0;
    p->width = width;
    p->match = SIZE_MAX;
    for (size_t at = 0; p->text[at];) {
        const size_t n = strcspn(p->text + at, "\n");
        size_t       done = 0;
        do {
            size_t       next;
            const size_t part = ui_canvas_break(p->text + at + done, n - done, width, &next);
            add_row(p, at + done, part);
            done += next;
        } while (done < n);
        at += n + 1;
    }
    return (int)p->n_rows;
}

/* ---- search ---- */

static bool has_capitals(const char *s)
{
    while (*s && !(*s >= 'A' && *s <= 'Z'))
        s++;
    return *s != 0;
}

/* Byte of the row where @p->sought begins, or SIZE_MAX. */
static size_t position(const ui_pager *p, size_t row)
{
    const ui_pager_row *r = &p->row[row];
    char               *line = huse_xstrndup(p->text + r->at, r->n);
    const char         *found = *p->sought ? has_capitals(p->sought) ? strstr(line, p->sought) : strcasestr(line, p->sought) : NULL;
    const size_t        at = found ? (size_t)(found - line) : SIZE_MAX;
    free(line);
    return at;
}

int ui_pager_find(ui_pager *p, const char *sought, int from, int by)
{
    if (sought) {
        char *clean = ui_canvas_clean(sought, strlen(sought));
        snprintf(p->sought, sizeof p->sought, "%s", clean);
        p->sought[huse_utf8_check(p->sought, strlen(p->sought))] = 0;
        free(clean);
    }
    const int n = (int)p->n_rows;
    p->match = SIZE_MAX;
    for (int i = 0; i < n; i++) {
        const int row = ((by < 0 ? from - i : from + i) % n + n) % n;
        if (position(p, (size_t)row) != SIZE_MAX) {
            p->match = (size_t)row;
            return row;
        }
    }
    return -1;
}

/* ---- drawing ---- */

void ui_pager_draw(const ui_pager *p, ui_canvas *c, ui_rect r, int top)
{
    for (int y = 0; y < r.h && (size_t)(top + y) < p->n_rows; y++) {
        const size_t        i = (size_t)(top + y), at = position(p, i);
        const ui_pager_row *row = &p->row[i];
        char               *line = huse_xstrndup(p->text + row->at, row->n);
        ui_canvas_text(c, r.x, r.y + y, r.w, UI_PLAIN, line);
        if (at != SIZE_MAX) {
            char *found = huse_xstrndup(line + at, strlen(p->sought));
            line[at] = 0;
            const int x = ui_canvas_width(line);
            ui_canvas_text(c, r.x + x, r.y + y, r.w - x, i == p->match ? UI_REVERSE : UI_ACCENT | UI_BOLD, found);
            free(found);
        }
        free(line);
    }
}
