/* The state of Train, shared by what changes it and what draws it. */
#ifndef UI_PANE_TRAIN_H
#define UI_PANE_TRAIN_H

#include "child.h"
#include "pane.h"
#include "widget_chart.h"
#include "widget_form.h"
#include "widget_list.h"

/** What the middle of the pane shows. On wide screens some stand side by side. */
typedef enum ui_train_view {
    UI_VIEW_LOSS, UI_VIEW_CHECKS, /* validation */
    UI_VIEW_TERMS, UI_VIEW_SCORES, /* of the loss; HP@10 and accuracies */
    UI_VIEW_RATE, UI_VIEW_SPEED,
    UI_VIEW_PROBES, UI_VIEW_DRIFT, UI_VIEWS
} ui_train_view;

enum { UI_OVERLAID_MAX = 5, UI_FOLLOWED_MAX = UI_OVERLAID_MAX + 2, UI_CURVES_MAX = 8, UI_CHILDREN_MAX = 8, UI_DRIFT_MAX = 64 };
enum { UI_TOPIC_COST };
enum { UI_HIT_RUN = 1 << 20, UI_HIT_VIEW = 2 << 20, UI_HIT_FIELD = 3 << 20 };

/** A run whose figures are read. */
typedef struct ui_followed {
    char         id[64];
    huse_follow *follow;
    double      *step, *check; /* the steps of its figures and its validations as numbers */
    size_t       n, n_checks;
    char         why[256];     /* it cannot be read; "" */
    bool         more;         /* it is still being read for the first time */
} ui_followed;

typedef enum ui_child_kind { UI_CHILD_START, UI_CHILD_RESUME, UI_CHILD_PUBLISH } ui_child_kind;
typedef struct ui_task { /* a program that was started here */
    ui_child     *child;
    ui_child_kind kind;
    char          run[64]; /* "": not known yet */
} ui_task;

/** What would be started. */
typedef struct ui_train_form {
    bool              shown;
    ui_form           form;    /* focus: keys are text */
    size_t           *row;     /* of params.def, by field; else one of UI_FIELD_… */
    bool              waiting;      /* for the cost */
    bool              known;
    huse_status       status;
    huse_err          err;
    huse_train_cost   cost;
} ui_train_form;
#define UI_FIELD_PRESET SIZE_MAX
#define UI_FIELD_PROBES (SIZE_MAX - 1)

typedef struct ui_train {
    const ui_ctx    *ctx;
    const ui_opened *opened;
    int              w, h;
    ui_gfx           gfx;
    ui_ink           ink;
    bool             front;
    ui_list          list;      /* of the runs, the newest first; the selected one is shown */
    char             shown[64]; /* its id; "": none */
    ui_followed      followed[UI_FOLLOWED_MAX];
    size_t           n_followed;
    char             overlaid[UI_OVERLAID_MAX][64];
    size_t           n_overlaid;
    char             pinned[64]; /* "": none */
    long             pinned_step;
    ui_train_view    view;
    bool             log, pictures;
    int              smooth;    /* 0, 1, 2 */
    double           at;        /* the cursor's step; NAN: none */
    size_t           probe;     /* the one in the strip */
    ui_task          task[UI_CHILDREN_MAX];
    size_t           n_tasks;
    bool             pick_new;  /* the next run that appears was started here: show it */
    double           disk_free; /* bytes; NAN: not known */
    huse_drift       drift[UI_DRIFT_MAX]; /* most changed first; borrowed from what is followed */
    const char      *drift_class[UI_DRIFT_MAX];
    size_t           n_drift, drift_top;
    char             drift_why[200];
    ui_train_form    form;
} ui_train;

/** How the pane is divided. h 0: not there. */
typedef struct ui_train_layout {
    bool    small, wide;
    ui_rect notice, left, right; /* two charts; or one thing in `left` */
    ui_rect figures, probes, runs;
} ui_train_layout;
/** Whether views stand side by side. */
bool ui_train_wide(const ui_train *t);
void ui_train_arrange(const ui_train *t, ui_train_layout *l);

/* ---- runs ---- */

/** The run that is shown, of a row of the list; NULL: none. */
const huse_run_info *ui_train_info(const ui_train *t);
const huse_run_info *ui_train_row(const ui_train *t, size_t row);
/** The figures of a run, or NULL. */
const ui_followed *ui_train_followed(const ui_train *t, const char *id);
bool ui_train_is_overlaid(const ui_train *t, const char *id);
void ui_train_show_row(ui_train *t, size_t row);
/** Finds the drift of neighbourhoods anew. */
void ui_train_count_drift(ui_train *t);
long ui_train_since(const ui_train *t); /* the step that drift counts from */
/** What is wrong with the shown run and what to do; "" when nothing is. */
void ui_train_notice(const ui_train *t, char *out, size_t size);

/* ---- pane_train_tasks.c: what is started and steered ---- */
void ui_train_start(ui_train *t, char **argv, ui_child_kind kind, const char *run); /* takes argv over */
/** Looks at what was started. True when something changed. */
bool ui_train_look_after(ui_train *t);
void ui_train_forget_tasks(ui_train *t);
void ui_train_pause(ui_train *t);
void ui_train_stop(ui_train *t);
void ui_train_publish(ui_train *t);
void ui_train_steer(ui_train *t);
void ui_train_ask_probes(ui_train *t);
void ui_train_show_log(ui_train *t);
/** "run-5 is being prepared: …", "": nothing is. */
void ui_train_task_text(const ui_train *t, char *out, size_t size);

/* ---- pane_train_form.c ---- */
void ui_train_open_form(ui_train *t, bool focus);
void ui_train_close_form(ui_train *t);
void ui_train_form_event(ui_train *t, const ui_event *e);
void ui_train_form_pick(ui_train *t, size_t row, bool twice);
void ui_train_draw_form(const ui_train *t, ui_canvas *c, ui_rect r);
/** Queries between ";", without spaces around them, into probe[], one more than allowed at most; *copy is their memory. Returns how many. */
size_t ui_train_split_probes(const char *text, const char *probe[HUSE_PROBES_MAX + 1], char **copy);
void ui_train_settle_form(ui_train *t);
enum { UI_FORM_FRAME = 5 }; /* lines around its fields: a heading, what it costs, two between them */

/* ---- pane_train_curves.c ---- */
typedef struct ui_train_chart {
    ui_chart chart;
    ui_curve curve[UI_CURVES_MAX];
    char     title[64], note[128];
} ui_train_chart;
/** What a view of curves shows: @ch borrows from what is followed, and must not be moved. */
void ui_train_chart_of(const ui_train *t, ui_train_view view, ui_train_chart *ch);
/** "class .311  graph .042 …" at the cursor or of now. */
void ui_train_figures(const ui_train *t, bool checks, char *out, size_t size);
/** The curves of a run as a sentence: "loss fell from 1.60 to .480; validation R@1 .931 at 1,200, best .934 at 1,100". */
void ui_train_sentence(const huse_follow *f, huse_buf *out);
const char *ui_view_name(ui_train_view v, bool wide); /* NULL: it stands beside another one there */
/** The first view of a group that stands side by side on wide screens. */
ui_train_view ui_view_first(ui_train_view v, bool wide);
ui_train_view ui_view_step(ui_train_view v, int by, bool wide);
void ui_train_move_cursor(ui_train *t, int by);

/* ---- pane_train_probes.c ---- */
size_t ui_train_probes(const ui_train *t); /* how many the shown run has */
void ui_train_draw_strip(const ui_train *t, ui_canvas *c, ui_rect r);
void ui_train_draw_probes(const ui_train *t, ui_canvas *c, ui_rect r);
void ui_train_draw_drift(const ui_train *t, ui_canvas *c, ui_rect r);

void ui_train_draw(const void *st, ui_canvas *c);

#endif
