/* Long text in lines that fit the screen, and a search in it. */
#ifndef UI_PAGER_H
#define UI_PAGER_H

#include "canvas.h"

#define UI_SOUGHT_MAX 256

typedef struct ui_pager_row {
    size_t at, n; /* bytes of text */
} ui_pager_row;

typedef struct ui_pager {
    char         *text; /* clean */
    ui_pager_row *row;
    size_t        n_rows, cap_rows;
    int           width;                 /* that the rows are broken for */
    char          sought[UI_SOUGHT_MAX]; /* "": nothing */
    size_t        match;                 /* row that holds it; SIZE_MAX: none */
} ui_pager;

/** Takes @text over; any bytes. What is beyond 4 MiB is left out. */
void ui_pager_set(ui_pager *p, char *text);
void ui_pager_free(ui_pager *p);

/** Breaks the lines for @width columns; returns how many rows there are. */
int ui_pager_fit(ui_pager *p, int width);
/** Goes to the next row that holds @sought (NULL: as before) from row @from on, or, @by < 0, before it, around the end. Small letters
 *  stand for capitals, too. Returns the row, or -1. */
int ui_pager_find(ui_pager *p, const char *sought, int from, int by);
/** Draws rows from @top on; where they hold what is sought they are emphasised. */
void ui_pager_draw(const ui_pager *p, ui_canvas *c, ui_rect r, int top);

#endif
