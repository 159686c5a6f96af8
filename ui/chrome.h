/* What stands around every pane: the line that says where one is, and the line of hints. */
#ifndef UI_CHROME_H
#define UI_CHROME_H

#include "canvas.h"
#include "pane.h"

/* A box of the canvas that a click answers as if @key was pressed: the number given to ui_canvas_hit. */
#define UI_HIT_KEY(key) (-(UI_ACTIONS + (int)(key)))

/** The first row: the workspace, the panes, the model. @pane: the one in front; -1: there are none. */
void ui_chrome_header(ui_canvas *c, const ui_ctx *ctx, int pane);

/** The last row: @message if there is one, else the likeliest keys, as many as fit, which are buttons. */
void ui_chrome_footer(ui_canvas *c, int pane, ui_hints hints, bool warning, const char *message);

#endif
