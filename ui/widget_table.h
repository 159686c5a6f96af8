/* A table: columns with headings, rows that are sorted and walked through, cut to the width there is. */
#ifndef UI_WIDGET_TABLE_H
#define UI_WIDGET_TABLE_H

#include "widget_list.h"

/** How a column looks. Strings outlive the table. */
typedef struct ui_column {
    const char *head;
    const char *group;  /* above the heads of neighbouring columns that name the same one; NULL: none */
    bool        right;  /* numbers end at the right */
    bool        name;   /* cut in the middle, not at the end */
    int         least;  /* columns of the screen, to which a longer text may be cut; 0: never cut */
    int         drop;   /* left out where the table would not fit, the highest first; 0: never */
    bool        rising; /* sorted by it, the smallest comes first */
} ui_column;

typedef struct ui_cell_text {
    char    *text;  /* NULL: nothing */
    double   value; /* that it is sorted by; NaN: by its text */
    unsigned style;
} ui_cell_text;

#define UI_UNSORTED SIZE_MAX

typedef struct ui_table {
    const ui_column *column;
    size_t           n_columns;
    ui_cell_text    *cell;  /* (list.n, n_columns) in the order they were added */
    int             *width; /* (n_columns) of the longest text */
    size_t          *order; /* (list.n) rows as they are shown */
    size_t           cap;
    size_t           sort;  /* column, or UI_UNSORTED: as added */
    bool             falling;
    ui_list          list;  /* of rows as they are shown */
} ui_table;

/** Empties it for new rows. Zero-initialise before the first call. The column sorted by and the place of the cursor stay where @column is the
 *  same as before. */
void ui_table_begin(ui_table *t, const ui_column *column, size_t n);
void ui_table_free(ui_table *t);

/** Adds a row of blank cells; those that follow fill cells of the row added last. */
void ui_table_row(ui_table *t);
void ui_table_text(ui_table *t, size_t column, unsigned style, const char *text);
/** A share with @digits; "–" for NaN. */
void ui_table_share(ui_table *t, size_t column, unsigned style, double x, int digits);
/** The same with a sign. */
void ui_table_delta(ui_table *t, size_t column, unsigned style, double x, int digits);
void ui_table_count(ui_table *t, size_t column, unsigned style, size_t n);
/** Gives the cell another value to be sorted by, and to be written. */
void ui_table_value(ui_table *t, size_t column, double value);
/** All rows are there: sorts them, and finds the cursor's place. */
void ui_table_end(ui_table *t, size_t page);

/** Sorts by a column (UI_UNSORTED: as they were added); the selected row stays selected. */
void ui_table_sort(ui_table *t, size_t column, bool falling, size_t page);
/** By the next column that has a head, after the last as they were added. */
void ui_table_sort_next(ui_table *t, size_t page);
/** The row under the cursor, by the order in which they were added; SIZE_MAX: there is none. */
size_t ui_table_selected(const ui_table *t);
/** Puts the cursor on a row. */
void ui_table_select(ui_table *t, size_t row, size_t page);

/** Lines of its headings: 1, or 2 with groups. */
int ui_table_heads(const ui_table *t);
/** Headings, and below them as many rows as fit into @r, those on the list's page. @focus: the cursor is shown. Boxes of rows have the number
 *  @hit + their place in the list. */
void ui_table_draw(const ui_table *t, ui_canvas *c, ui_rect r, bool focus, int hit);
/** One line alone: of the headings, or, after them, of the rows as they are shown. */
void ui_table_draw_line(const ui_table *t, ui_canvas *c, int x, int y, int w, size_t line);

/** As CSV with a line of headings, as Markdown, as a JSON array of objects; numbers in full. Fresh memory. */
typedef enum ui_table_format { UI_TABLE_CSV, UI_TABLE_MARKDOWN, UI_TABLE_JSON } ui_table_format;
char *ui_table_write(const ui_table *t, ui_table_format format);

#endif
