/* The state of Search, shared by what changes it and what draws it. */
#ifndef UI_PANE_SEARCH_H
#define UI_PANE_SEARCH_H

#include "ask.h"
#include "pane.h"
#include "widget_line.h"

typedef struct ui_search {
    const ui_ctx *ctx;
    ui_line       line;
    bool          typing, details, details_asked; /* details_asked: set by hand, else where there is room */
    bool          pictures;
    huse_target   target;
    const ui_opened *opened; /* NULL until the workspace is open, or has failed to */
    ui_hits       hits;    /* of the newest answer without an error */
    bool          answered;
    char          error[512]; /* of the newest answer; "" */
    size_t        error_at;   /* byte of the query, SIZE_MAX: none */
    size_t        cursor;     /* rank of the selected result, from 0 */
    int           w, h;
    ui_gfx        gfx;
} ui_search;

/** How the pane is divided on a screen of w × h. */
typedef struct ui_search_layout {
    bool    small;  /* nothing but a word fits */
    ui_rect body;   /* between the rules */
    bool    rule;   /* a second rule below the body */
    ui_rect grid;   /* results */
    ui_rect panel;  /* details beside them; w 0: none */
    bool    page;   /* details instead of results */
    bool    tiles;  /* pictures in a grid, else lines */
    int     columns, rows; /* results beside and below each other */
    int     tile_w, tile_h, picture_w, picture_h, captions;
} ui_search_layout;
void ui_search_arrange(const ui_search *s, ui_search_layout *l);

/** The selected result, or NULL. */
const huse_hit *ui_search_selected(const ui_search *s);

void ui_search_draw(const void *st, ui_canvas *c);

#endif
