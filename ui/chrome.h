/* What stands around every pane: the line of hints, and the page with all keys. */
#ifndef UI_CHROME_H
#define UI_CHROME_H

#include "canvas.h"

typedef enum ui_hints { UI_HINTS_TYPING, UI_HINTS_MOVING, UI_HINTS_HELP, UI_HINTS_QUIT } ui_hints;
/** The last row: @message if there is one, else the likeliest keys. */
void ui_chrome_footer(ui_canvas *c, ui_hints hints, const char *message);
/** The keys, instead of what stands between header and footer. */
void ui_chrome_help(ui_canvas *c);

#endif
