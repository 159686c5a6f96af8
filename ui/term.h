/* The text half of a screen: cells into a terminal. The one module that knows curses. */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "canvas.h"
#include "theme.h"

/** Takes the terminal on standard input and output. An unknown TERM is treated as xterm-256color, and *note says so (else NULL, static).
 *  FAILED when the terminal cannot place a cursor. ui_guard_open comes first: its way out is set here. */
huse_status ui_term_open(const char **note, huse_err *err) HUSE_MUST_CHECK;
/** Leaves the screen; ui_guard_close follows. */
void ui_term_close(void);

/** Leaves the screen to others, and takes it again; what it shows is unknown then. */
void ui_term_suspend(void);
void ui_term_resume(void);

/** The colours of styles; before or after ui_term_open. No background is ever set. */
void ui_term_theme(ui_theme theme, ui_accent accent);
/** The background has become known. */
void ui_term_back(ui_back back);

void ui_term_resize(int w, int h);
/** What the screen shows is no longer known: the next ui_term_show clears it and draws everything. */
void ui_term_forget(void);

/** What stands in cells without a character. Terminals may erase runs of spaces across their whole row; fillers keep them off. */
enum { UI_FILL_SPACE, UI_FILL_A, UI_FILL_B, UI_FILL_EDGE };
/** Shows the cells; @fill (h, w): UI_FILL_* of each blank one. The cursor is hidden if @busy or the canvas has none. */
void ui_term_show(const ui_canvas *c, const uint8_t *fill, bool busy);

/** Called before the screen is left to others or for good, to write what takes pictures off it; @crash (static, or NULL) is written instead
 *  when the program dies. @fn NULL: nothing. */
void ui_term_on_leave(void (*fn)(void *ctx), void *ctx, const char *crash);

/** Reports of the mouse on or off: off while the screen is left to others, and after every way out. False when the terminal is gone. */
bool ui_term_mouse(bool on);

/** Raw bytes behind what was shown. False when the terminal is gone. */
bool ui_term_write(const char *bytes, size_t n);

#endif
