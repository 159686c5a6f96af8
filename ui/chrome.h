/* What stands around every pane: the line of hints, and the popup with all keys. */
#ifndef UI_CHROME_H
#define UI_CHROME_H

#include "canvas.h"

/** The last row: @message if there is one, else the likeliest keys. */
void ui_chrome_footer(ui_canvas *c, bool typing, const char *message);
void ui_chrome_help(ui_canvas *c);

#endif
