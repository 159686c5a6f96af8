/* What every pane is to the loop: a state, effects on it, and a pure drawing; and what the loop does for a pane. */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "canvas.h"
#include "fill.h"
#include "huse/runs.h"
#include "input.h"
#include "keys.h"
#include "marks.h"
#include "worker.h"

/* ---- what the loop does for a pane ---- */

/** A line to be typed in the last row. All of it is copied; functions get the state of the pane that asked. */
typedef struct ui_prompt {
    const char *label, *text, *hint;              /* "filter", what it begins with, dim words while it is empty; NULL: none */
    void (*changed)(void *st, const char *text);  /* after every change; NULL: nothing */
    void (*done)(void *st, const char *text);     /* Enter */
    void (*cancelled)(void *st);                  /* Esc; NULL: nothing */
    char *(*complete)(void *st, const char *text); /* Tab: the text made longer, fresh memory, or NULL; NULL: no completion */
    char *(*earlier)(void *st, const char *text, int by); /* Up (@by -1) and Down: another line, fresh memory, or NULL; NULL: no history */
} ui_prompt;

typedef struct ui_calls {
    void (*post)(void *loop, void *st, ui_job *job);
    bool (*busy)(void *loop, const void *st, int topic);
    void (*say)(void *loop, bool warning, const char *message);
    void (*prompt)(void *loop, void *st, const ui_prompt *p);
    void (*confirm)(void *loop, void *st, const char *question, void (*yes)(void *st));
    void (*copy)(void *loop, const char *text);
    void (*page)(void *loop, const char *title, char *text);
    void (*lead)(void *loop, int pane, char how, const char *term);
    void (*open)(void *loop, const char *dir);
    void (*look)(void *loop, bool often);
} ui_calls;

/** What a pane may use. Lives longer than it. */
typedef struct ui_ctx {
    const char      *workspace; /* its name, as shown */
    const char      *dir;       /* its folder; NULL: there is none */
    const char      *query;     /* to begin with; "" or NULL for none */
    const char      *history_file; /* of queries; NULL: none is kept */
    bool             fetch_pictures; /* there is some way to draw them */
    const ui_opened *opened;    /* NULL until the workspace is open, or has failed to */
    ui_marks        *marks;     /* of the workspace; NULL before it is open */
    const ui_fill   *fill;      /* what became of its pictures since; NULL before it is open */
    const char      *task, *task_brief; /* what goes on beside it, for the first row; "" or NULL: nothing */
    enum ui_action   task_act;  /* of a click on that */
    const huse_runs *runs;      /* of the workspace; NULL before they were looked at */
    const struct ui_recent *recent; /* workspaces that were open before */
    size_t           n_recent;
    const ui_calls  *call;
    void            *loop;
} ui_ctx;

void ui_post(const ui_ctx *ctx, void *st, ui_job *job);
bool ui_busy(const ui_ctx *ctx, const void *st, int topic);
/** In the last row until the next key; a warning after "!". */
void ui_say(const ui_ctx *ctx, const char *fmt, ...) HUSE_PRINTF(2, 3);
void ui_warn(const ui_ctx *ctx, const char *fmt, ...) HUSE_PRINTF(2, 3);
void ui_ask_line(const ui_ctx *ctx, void *st, const ui_prompt *p);
/** A question in the last row, "Delete 3 marks?"; @yes is called when it is answered with y. */
void ui_confirm(const ui_ctx *ctx, void *st, const char *question, void (*yes)(void *st));
/** Into the terminal's clipboard (OSC 52), and says so. */
void ui_copy(const ui_ctx *ctx, const char *text);
/** Shows text (taken over) over the pane, to be scrolled. */
void ui_page(const ui_ctx *ctx, const char *title, char *text);
/** Goes to another pane with a query term ("@id", "class:Path") or, for Browse, a class path or "@id". @how: '=' instead of what it
 *  shows, '+' and '-' added to the query; 'c' with a class path: Search filtered by it. */
void ui_lead(const ui_ctx *ctx, int pane, char how, const char *term);
/** Opens another workspace, where none is open yet. */
void ui_open(const ui_ctx *ctx, const char *dir);
/** Looks at the runs at once; while @often, again and again even where no file tells of news. */
void ui_look(const ui_ctx *ctx, bool often);
/** Appends an item's id or a class path as the query grammar takes it: @id, class:"A path". */
void ui_term(huse_buf *b, const char *prefix, const char *name);

/* ---- the pane ---- */

/** What keys mean now: text of the pane's line, commands, those of a page over the pane, of text in a page; in Search also the class filter,
 *  the details beside the results, and the page of details. */
typedef enum ui_hints { UI_HINTS_TYPING, UI_HINTS_MOVING, UI_HINTS_PAGE, UI_HINTS_PAGER, UI_HINTS_FILTER, UI_HINTS_BESIDE, UI_HINTS_DETAILS } ui_hints;

typedef struct ui_pane_ops {
    const char *name;
    size_t      state_size; /* bytes of `st`, zeroed and owned by the loop */
    void (*open)(void *st, const ui_ctx *ctx);         /* at first sight */
    void (*shown)(void *st);                           /* each time it comes to the front; NULL: nothing */
    void (*hidden)(void *st);                          /* another pane comes to the front; NULL: nothing */
    void (*resize)(void *st, int w, int h, const ui_gfx *gfx);
    bool (*typing)(const void *st);                    /* keys are text */
    ui_hints (*hints)(const void *st);                 /* for the last row; NULL: by typing alone */
    void (*event)(void *st, const ui_event *e);        /* a key or paste while typing */
    bool (*act)(void *st, enum ui_action a);           /* false: the loop's business */
    void (*opened)(void *st, const ui_opened *o);      /* the workspace is open, or cannot be opened */
    void (*renewed)(void *st, const ui_opened *was);   /* another model is in use, perhaps of a changed catalogue: items and classes of @was
                                                          may have other numbers now, or none, and nothing of it may be kept. Jobs that do not
                                                          last were dropped. NULL: nothing depends on it */
    void (*lead)(void *st, char how, const char *term); /* see ui_lead; NULL: never */
    void (*pick)(void *st, int what, bool twice);      /* a click into a box that draw gave this number; NULL: never */
    void (*wheel)(void *st, int what, int by);         /* over a box, or -1; by < 0: up; NULL: nothing */
    bool (*runs)(void *st, bool *more);                /* the runs' files were looked at. True: what is shown changed; *more: there is more to
                                                          read at once. NULL: nothing */
    void (*draw)(const void *st, ui_canvas *c);        /* no I/O, no locks; all rows but the first and the last */
    void (*close)(void *st);
} ui_pane_ops;

extern const ui_pane_ops ui_pane_start, ui_pane_search, ui_pane_browse, ui_pane_train, ui_pane_evaluate;
extern const ui_pane_ops *const ui_panes[UI_PANES];

/** ".93", "-.12", "1.00"; "–" for NaN. */
const char *ui_share(char out[16], double x, int digits);
/** "9,324". */
const char *ui_thousands(char out[32], size_t n);
/** "1 h 12 min", "2 min 5 s", "40 s"; "–" where it is not known. */
void        ui_duration(char out[32], double seconds);

#endif
