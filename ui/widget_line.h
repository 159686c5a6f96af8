/* One line of text being edited, by user-perceived characters. */
#ifndef UI_WIDGET_LINE_H
#define UI_WIDGET_LINE_H

#include "canvas.h"
#include "input.h"

#define UI_LINE_MAX 4096 /* bytes */

typedef struct ui_line {
    char   text[UI_LINE_MAX + 1]; /* valid UTF-8 */
    size_t n, at;                 /* bytes; the cursor, at the start of a character */
} ui_line;

/** Replaces the text; what is not UTF-8 is made so, what is too long is cut. The cursor goes to its end. */
void ui_line_set(ui_line *l, const char *text);
/** Inserts at the cursor as much as fits. */
void ui_line_insert(ui_line *l, const char *text, size_t n);

typedef enum ui_line_effect { UI_LINE_IGNORED, UI_LINE_MOVED, UI_LINE_CHANGED } ui_line_effect;
/** Characters, Backspace, Delete, Left, Right, Home, End and readline's Ctrl-A E B F U K W D. */
ui_line_effect ui_line_key(ui_line *l, int32_t key);

/** Draws the part around the cursor in @columns; puts the canvas's cursor there if @focus. @hint: dim words while the line is empty. */
void ui_line_draw(const ui_line *l, ui_canvas *c, int x, int y, int columns, bool focus, const char *hint);

#endif
