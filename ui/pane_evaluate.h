/* The state of Evaluate, shared by what changes it and what draws it. */
#ifndef UI_PANE_EVALUATE_H
#define UI_PANE_EVALUATE_H

#include "child.h"
#include "file_ask.h"
#include "huse/labels.h"
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
    bool        here, asked, waits; /* waits: it is being found out */
    huse_status status;
    char        why[300];
} ui_state;

/** What became of a doubted label. */
typedef enum ui_label_fate { UI_LABEL_OPEN, UI_LABEL_WAITS, UI_LABEL_KEPT, UI_LABEL_CHANGED } ui_label_fate;

/** An item whose label the model doubts. Paths live as long as the engine. */
typedef struct ui_doubt {
    size_t        item;
    int64_t       rowid;
    const char   *label, *best; /* its class as the catalogue had it when it was opened; the model's */
    float         p, p_best;
    ui_label_fate fate;
    char         *now; /* CHANGED: the class that it has now */
} ui_doubt;
enum { UI_DOUBTS_MAX = 5000 };

typedef struct ui_doubts {
    ui_doubt *doubt;
    size_t    n, total, settled, undoable; /* shown; all that the model doubts; of them, those a person has settled before; entries of the journal */
    uint32_t *example; /* (classes of the catalogue, UI_EXAMPLES) items with a picture, UINT32_MAX: no more */
    size_t    n_classes;
} ui_doubts;
enum { UI_EXAMPLES = 3 };

typedef struct ui_evaluate {
    const ui_ctx    *ctx;
    const ui_opened *opened;
    int              w, h;
    ui_gfx           gfx;
    bool             pictures;
    ui_eval_view     view;

    ui_state         state; /* of the evaluation */
    huse_evaluation *ev;    /* NULL: none yet */
    bool             running;  /* one is being made */
    volatile int     permille; /* of the one that is made now */

    ui_state         methods_state, doubts_state, versus_state;
    huse_methods    *methods;
    ui_doubts        doubts;
    char             other[HUSE_MODEL_ID]; /* the model compared with; "": not chosen */
    char             current[HUSE_MODEL_ID]; /* the one in use */
    char           **model; /* those that are published */
    size_t           n_models;
    huse_versus     *versus;

    ui_child        *bench;      /* that was started here and goes on; NULL: none */
    bool             bench_on;   /* one goes on, whoever started it */
    char             bench_says[256];
    size_t           bench_cell; /* that it was at when it was last looked at */
    int64_t          looked_at;  /* milliseconds */
    ui_file_ask      file;
    ui_sheet         sheet[UI_EVAL_VIEWS];
    ui_table         table[UI_EVAL_VIEWS];
} ui_evaluate;

/** Numbers of boxes. */
enum { UI_HIT_EVAL_ROW = 1 << 24, UI_HIT_EVAL_VIEW = 2 << 24, UI_HIT_EVAL_KIND = 127 << 24 };
/** Jobs' topics. */
enum { UI_TOPIC_EVAL_LOAD, UI_TOPIC_EVAL_RUN, UI_TOPIC_METHODS, UI_TOPIC_DOUBTS, UI_TOPIC_VERSUS, UI_TOPIC_MODELS, UI_TOPIC_WRITE };

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
void ui_evaluate_stop(ui_evaluate *e);
/** Learns what the workers are at. */
void ui_evaluate_refresh(ui_evaluate *e);
/** Asks for what the view in front lacks. */
void ui_evaluate_ask(ui_evaluate *e);
void ui_evaluate_ask_methods(ui_evaluate *e);
void ui_evaluate_ask_doubts(ui_evaluate *e);
void ui_evaluate_ask_versus(ui_evaluate *e);
void ui_evaluate_choose_model(ui_evaluate *e); /* asks which to compare with */

/* ---- labels ---- */

void ui_evaluate_accept(ui_evaluate *e);
void ui_evaluate_relabel(ui_evaluate *e);
void ui_evaluate_undo(ui_evaluate *e);
void ui_evaluate_forget_doubts(ui_evaluate *e);
/** The one under the cursor, or NULL. */
const ui_doubt *ui_evaluate_doubt(const ui_evaluate *e);

/* ---- what goes on outside, and files ---- */

void ui_evaluate_bench(ui_evaluate *e); /* asks how, then starts it; while one goes on, asks whether to stop it */
bool ui_evaluate_look(void *st, bool *more);
void ui_evaluate_export(ui_evaluate *e);

/* ---- what is shown ---- */

/** Fills sheets and tables from what is known. */
void ui_evaluate_fill(ui_evaluate *e);
void ui_evaluate_fill_methods(ui_evaluate *e);
void ui_evaluate_fill_doubts(ui_evaluate *e);
void ui_evaluate_fill_versus(ui_evaluate *e);
void ui_evaluate_draw(const void *st, ui_canvas *c);
/** "3 min ago". */
const char *ui_eval_ago(char out[32], int64_t seconds);
/** Index of the item with this id in the opened catalogue, or -1. */
ptrdiff_t ui_evaluate_item(const ui_evaluate *e, const char *id);

#endif
