/* The interface's own state, shared by the loop and what answers the panes. */
#ifndef UI_APP_H
#define UI_APP_H

#include "command.h"
#include "overlay.h"
#include "probe.h"
#include "screen.h"
#include "ui.h"
#include "watch.h"

typedef struct ui_app {
    const ui_start *start;
    char           *dir;   /* of the workspace; NULL: none */
    int             pane;  /* in front; -1: the page without a workspace */
    void           *state[UI_PANES]; /* NULL: not seen yet */
    void           *start_state;
    ui_ctx          ctx;
    ui_opened       opened;
    ui_overlay      over;
    ui_worker      *worker; /* NULL without a workspace */
    ui_watch       *watch;  /* on its runs; NULL before they were looked at */
    ui_shell       *shell;  /* commands that are typed */
    ui_fill        *fill;   /* pictures that come; NULL before the workspace is open */
    char            task[96], task_brief[40]; /* what the first row says of either */
    ui_screen      *screen;
    ui_input       *input;
    ui_canvas       canvas;
    ui_screen_size  size;
    ui_gfx          gfx;
    ui_probe        probe, asking; /* what the terminal answered last; what it is answering */
    bool            is_asking, ask_again;
    int             wake[2];
    int64_t         hold_until, quiet_until, input_at, click_at;
    int             click_what; /* the box of the last click */
    bool            held; /* the last frame was drawn without pictures */
    bool            mouse, dirty, quit, gone, ctrl_c;
    int             signal; /* that ends us, or 0 */
    bool            warning;
    char            message[512];
} ui_app;

int64_t ui_now_ms(void);

const ui_pane_ops *ui_app_ops(const ui_app *a);
void              *ui_app_state(const ui_app *a);
bool               ui_app_typing(const ui_app *a);

/** Sets up what panes may call. */
void ui_app_begin(ui_app *a);
/** Takes a key wherever it belongs. */
void ui_app_key(ui_app *a, int32_t key);
/** Starts the workers on the workspace at @dir. */
void ui_app_open(ui_app *a, const char *dir);
/** Brings a pane to the front, opening it at first sight. */
void ui_app_show(ui_app *a, int pane);
/** All panes learn the size and how pictures are drawn. */
void ui_app_resize(ui_app *a);
/** The workspace is open, or cannot be opened. */
void ui_app_opened(ui_app *a, const ui_opened *o);
/** Another model of the same catalogue is in use. */
void ui_app_renewed(ui_app *a, const ui_opened *o);
void ui_app_say(ui_app *a, bool warning, const char *message);
/** Looks at the runs, and tells the panes. */
void ui_app_look(ui_app *a);

/** What a key does while moving: the pane's business, or ours. */
void ui_app_act(ui_app *a, enum ui_action action);
/** A mouse report, as CSI < … M or m; one that the interface did not ask for means nothing. */
void ui_app_mouse(ui_app *a, const ui_reply *r);
/** Turns reports of the mouse on or off. */
void ui_app_report_mouse(ui_app *a, bool on);
/** When ui_app_tend is to be called next, INT64_MAX: not. */
int64_t ui_app_tend_due(const ui_app *a);
/** Looks after the programs that run beside the interface. */
void ui_app_tend(ui_app *a);
/** Frees the panes. */
void ui_app_end(ui_app *a);

#endif
