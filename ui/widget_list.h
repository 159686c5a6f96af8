/* A cursor in a list of which a page is on the screen. What the rows are is the owner's. */
#ifndef UI_WIDGET_LIST_H
#define UI_WIDGET_LIST_H

#include "pane.h"

typedef struct ui_list {
    size_t n, cursor, top; /* rows; the selected one; the first on the screen */
} ui_list;

/** There are @n rows now; the cursor stays where it can. */
void ui_list_resize(ui_list *l, size_t n, size_t page);
/** Selects a row (the last one at most) and brings it onto a page of @page rows. */
void ui_list_to(ui_list *l, size_t row, size_t page);
/** Up, down, page, first and last. False: the action is none of these. */
bool ui_list_move(ui_list *l, enum ui_action a, size_t page);
/** Scrolls by @by rows; the cursor stays, and may leave the page. */
void ui_list_scroll(ui_list *l, int by, size_t page);

#endif
