/* The state of Evaluate, shared by what changes it and what draws it. */
#ifndef UI_PANE_EVALUATE_H
#define UI_PANE_EVALUATE_H

#include "huse/report.h"
#include "pane.h"
#include "widget_table.h"

typedef enum ui_eval_view {
    UI_EVAL_TABLES,
    UI_EVAL_METHODS,
    UI_EVAL_PAPER,
    UI_EVAL_CLASSES,
    UI_EVAL_CONFUSIONS,
    UI_EVAL_SUSPECTS,
    UI_EVAL_COMPARE,
    UI_EVAL_ATTRIBUTE,
    UI_EVAL_VIEWS
} ui_eval_view;
const char *ui_eval_view_name(ui_eval_view v);

/** Several tables below each other, scrolled as one. */
typedef struct ui_block {
    char    *title;
    ui_table table;
    char    *note; /* a dim line below it, or NULL */
} ui_block;
typedef struct ui_sheet {
    ui_block *block;
    size_t    n, cap;
    size_t    top; /* first line shown */
} ui_sheet;
/** Adds a table with a title (copied). Valid until the next one is added. */
ui_table *ui_sheet_add(ui_sheet *s, const char *title, const ui_column *column, size_t n);
void      ui_sheet_note(ui_sheet *s, const char *note); /* below the table added last; copied */
void      ui_sheet_clear(ui_sheet *s); /* and frees */
size_t    ui_sheet_lines(const ui_sheet *s);
/** Up, down, page, first, last. False: none of these. */
bool      ui_sheet_move(ui_sheet *s, enum ui_action a, int page);
void      ui_sheet_draw(const ui_sheet *s, ui_canvas *c, ui_rect r);

/** Whether something is there, and if not, why. */
typedef struct ui_state {
    bool        here, asked;
    huse_status status;
    char        why[300];
} ui_state;

typedef struct ui_evaluate {
    const ui_ctx    *ctx;
    const ui_opened *opened;
    int              w, h;
    ui_gfx           gfx;
    bool             pictures;
    ui_eval_view     view;

    ui_state         state; /* of the evaluation */
    huse_evaluation *ev;    /* NULL: none yet */
    volatile int     permille; /* of the one that is made now */
    ui_sheet         sheet[UI_EVAL_VIEWS];
    ui_table         table[UI_EVAL_VIEWS];
} ui_evaluate;

/** Numbers of boxes. */
enum { UI_HIT_EVAL_ROW = 1 << 24, UI_HIT_EVAL_VIEW = 2 << 24, UI_HIT_EVAL_KIND = 127 << 24 };
/** Jobs' topics. */
enum { UI_TOPIC_EVAL_LOAD, UI_TOPIC_EVAL_RUN };

/** How the pane is divided. */
typedef struct ui_eval_layout {
    bool    small, rule;
    ui_rect body;
    ui_rect table; /* of a view with a table, with its headings */
    ui_rect side;  /* pictures beside or below it; h 0: none */
} ui_eval_layout;
void   ui_evaluate_arrange(const ui_evaluate *e, ui_eval_layout *l);
size_t ui_evaluate_page(const ui_evaluate *e); /* rows of the view's table */
bool   ui_eval_has_table(ui_eval_view v);      /* rather than a sheet */

/* ---- what is asked ---- */

void ui_evaluate_load(ui_evaluate *e);
void ui_evaluate_run(ui_evaluate *e);
bool ui_evaluate_running(const ui_evaluate *e);

/* ---- what is shown ---- */

/** Fills sheets and tables from what is known. */
void ui_evaluate_fill(ui_evaluate *e);
void ui_evaluate_draw(const void *st, ui_canvas *c);
/** "3 min ago". */
const char *ui_eval_ago(char out[32], int64_t seconds);
/** Index of the item with this id in the opened catalogue, or -1. */
ptrdiff_t ui_evaluate_item(const ui_evaluate *e, const char *id);

#endif
