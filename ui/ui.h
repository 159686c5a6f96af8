/* The interface as the command line starts it. */
#ifndef UI_H
#define UI_H

#include "huse/encode.h"
#include "theme.h"

typedef struct ui_start {
    const char      *dir;       /* of the workspace; NULL: the page that says how to get one */
    const char      *query;     /* to begin with; NULL: none */
    const char      *last_file; /* where the folder of a workspace that opened is kept for the next time; NULL: nowhere */
    const char      *history_file; /* of queries; NULL: nowhere */
    int              pane;      /* to begin with: 0 Search, 1 Browse */
    bool             mouse;     /* reports of it are wanted */
    const huse_host *host;      /* its warn is not called */
    ui_gfx_wish      graphics;
    ui_theme         theme;
    ui_accent        accent;
} ui_start;

/** Runs the interface on the terminal of standard input and output until it is quit. A signal that ends it ends the process in the same
 *  way, after the terminal is put back. FAILED: the terminal cannot be used. */
huse_status ui_main(const ui_start *start, huse_err *err) HUSE_MUST_CHECK;

#endif
