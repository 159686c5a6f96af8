/* Which of a terminal's colours stand for accent, warning and labels, so that they can be read on its background. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "canvas.h"
#include "gfx.h"

typedef enum ui_theme { UI_THEME_AUTO, UI_THEME_DARK, UI_THEME_LIGHT, UI_THEME_MONO } ui_theme;
/** UI_ACCENT is the style; these are its colours. */
typedef enum ui_accent {
    UI_ACCENT_MAGENTA,
    UI_ACCENT_BLUE,
    UI_ACCENT_CYAN,
    UI_ACCENT_GREEN,
    UI_ACCENT_YELLOW,
    UI_ACCENT_RED,
    UI_ACCENT_NONE
} ui_accent;

/** Colour numbers; -1: no colour (bold for accent and warning, the terminal's faint for labels). */
typedef struct ui_palette {
    int accent, warn, dim, hue[UI_HUES];
} ui_palette;

/** The terminal's own 16 colours; fixed ones of the 256 only where the background is known and the own ones are hard to read on it.
 *  @n_colours: how many the terminal has. */
ui_palette ui_theme_palette(ui_theme theme, ui_accent accent, ui_back back, int n_colours);

#endif
