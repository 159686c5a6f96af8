/* What the two ways to draw with cells share. */
#ifndef UI_GFX_CELLS_H
#define UI_GFX_CELLS_H

#include "gfx.h"

/** Sets the colours of what follows: 0xrrggbb in UI_GFX_TRUE, else their number; -1: the terminal's own. */
void ui_gfx_sgr(ui_gfx_mode mode, int fore, int back, huse_buf *out);

#endif
