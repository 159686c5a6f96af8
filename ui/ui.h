/* The interface as the command line starts it. */
#ifndef UI_H
#define UI_H

#include "gfx.h"
#include "keys.h"
#include "huse/encode.h"
#include "theme.h"

/** A workspace that was open before. */
typedef struct ui_recent {
    char   *dir;
    size_t  items;      /* when it was open last */
    char   *model;      /* NULL: not trained yet */
    int64_t trained_at; /* seconds since 1970 */
    bool    gone;
} ui_recent;

typedef struct ui_start {
    const char      *dir;       /* of the workspace; NULL: the page that says how to get one */
    const char      *query;     /* to begin with; NULL: none */
    const ui_recent *recent;    /* for that page, newest first */
    size_t           n_recent;
    void (*remember)(void *ctx, const char *dir, size_t items); /* at the end, of the workspace that was open; NULL: nothing */
    void            *remember_ctx;
    const char      *history_file; /* of queries; NULL: nowhere */
    int              pane;      /* to begin with: UI_PANE_SEARCH … */
    bool             mouse;     /* reports of it are wanted */
    const ui_keys   *keys;      /* what is bound; NULL: the usual ones */
    const huse_host *host;      /* its warn is not called */
    ui_gfx_wish      graphics;
    ui_theme         theme;
    ui_accent        accent;
} ui_start;

/** Runs the interface on the terminal of standard input and output until it is quit. A signal that ends it ends the process in the same
 *  way, after the terminal is put back. FAILED: the terminal cannot be used. */
huse_status ui_main(const ui_start *start, huse_err *err) HUSE_MUST_CHECK;

#endif
