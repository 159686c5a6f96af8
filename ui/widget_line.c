#include "widget_line.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/text.h"

/* Start of the character after the one at @at. */
static size_t next_char(const ui_line *l, size_t at)
{
    int32_t           cp, last = -1;
    utf8proc_int32_t state = 0;
    while (at < l->n) {
        size_t len = huse_utf8_decode(l->text + at, l->n - at, &cp);
        if (last >= 0 && utf8proc_grapheme_break_stateful(last, cp, &state))
            break;
        last = cp;
        at += len;
    }
    return at;
}

static size_t previous_char(const ui_line *l, size_t at)
{
    size_t start = 0;
    for (size_t next = next_char(l, 0); next < at; next = next_char(l, next))
        start = next;
    return start;
}

void ui_line_insert(ui_line *l, const char *text, size_t n)
{
    n = HUSE_MIN(n, UI_LINE_MAX - l->n);
    n = huse_utf8_check(text, n); /* a character cut in two at the end is left out */
    memmove(l->text + l->at + n, l->text + l->at, l->n - l->at);
    memcpy(l->text + l->at, text, n);
    l->n += n;
    l->at += n;
    l->text[l->n] = 0;
}

void ui_line_set(ui_line *l, const char *text)
{
    huse_buf b = {0};
    size_t   n = strlen(text);
    for (size_t i = 0; i < n;) {
        int32_t cp;
        size_t  len = huse_utf8_decode(text + i, n - i, &cp);
        if (cp >= 0)
            huse_buf_add(&b, text + i, len);
        else
            huse_buf_str(&b, "\xef\xbf\xbd");
        i += len;
    }
    l->n = l->at = 0;
    l->text[0] = 0;
    if (b.len)
        ui_line_insert(l, b.data, b.len);
    huse_buf_free(&b);
}

static ui_line_effect erase(ui_line *l, size_t from, size_t to)
{
    if (from >= to)
        return UI_LINE_MOVED;
    memmove(l->text + from, l->text + to, l->n - to + 1);
    l->n -= to - from;
    l->at = from;
    return UI_LINE_CHANGED;
}

static ui_line_effect move(ui_line *l, size_t to)
{
    l->at = to;
    return UI_LINE_MOVED;
}

static size_t word_start(const ui_line *l)
{
    size_t at = l->at;
    while (at > 0 && l->text[at - 1] == ' ')
        at--;
    while (at > 0 && l->text[at - 1] != ' ')
        at--;
    return at;
}

ui_line_effect ui_line_key(ui_line *l, int32_t key)
{
    switch (key) {
    case UI_KEY_LEFT:
    case UI_CTRL('b'):
        return move(l, previous_char(l, l->at));
    case UI_KEY_RIGHT:
    case UI_CTRL('f'):
        return move(l, next_char(l, l->at));
    case UI_KEY_HOME:
    case UI_CTRL('a'):
        return move(l, 0);
    case UI_KEY_END:
    case UI_CTRL('e'):
        return move(l, l->n);
    case UI_KEY_BACKSPACE:
        return erase(l, previous_char(l, l->at), l->at);
    case UI_KEY_DELETE:
    case UI_CTRL('d'):
        return erase(l, l->at, next_char(l, l->at));
    case UI_CTRL('u'):
        return erase(l, 0, l->at);
    case UI_CTRL('k'):
        return erase(l, l->at, l->n);
    case UI_CTRL('w'):
        return erase(l, word_start(l), l->at);
    default:
        break;
    }
    if (key < 0x20 || key == 0x7f || key >= 0x110000)
        return UI_LINE_IGNORED;
    char   text[4];
    size_t n = huse_utf8_encode(text, key);
    if (n > UI_LINE_MAX - l->n)
        return UI_LINE_MOVED;
    ui_line_insert(l, text, n);
    return UI_LINE_CHANGED;
}

/* Columns of text[from, to) as the canvas draws them. */
static int columns(const ui_line *l, size_t from, size_t to)
{
    char     *clean = ui_canvas_clean(l->text + from, to - from);
    const int w = ui_canvas_width(clean);
    free(clean);
    return w;
}

void ui_line_draw(const ui_line *l, ui_canvas *c, int x, int y, int room, bool focus, const char *hint)
{
    if (room < 2)
        return;
    size_t from = 0;
    for (int w = columns(l, 0, l->at); w > room - 1 && from < l->at;) {
        size_t next = next_char(l, from);
        w -= columns(l, from, next);
        from = next;
    }
    if (l->n == 0)
        ui_canvas_text(c, x, y, room, UI_DIM, hint);
    else
        ui_canvas_text(c, x, y, room, UI_PLAIN, l->text + from);
    if (focus)
        ui_canvas_cursor(c, x + columns(l, from, l->at), y);
}
