/* What stands around every pane: the line that says where one is, and the line of hints. */
#ifndef UI_CHROME_H
#define UI_CHROME_H

#include "canvas.h"
#include "pane.h"

/** The first row: the workspace, the panes, the model. @pane: the one in front; -1: there are none. */
void ui_chrome_header(ui_canvas *c, const ui_ctx *ctx, int pane);

typedef enum ui_hints { UI_HINTS_TYPING, UI_HINTS_MOVING, UI_HINTS_CLOSE, UI_HINTS_QUIT } ui_hints;
/** The last row: @message if there is one, else the likeliest keys of the pane, which are buttons. */
void ui_chrome_footer(ui_canvas *c, int pane, ui_hints hints, bool warning, const char *message);

#endif
