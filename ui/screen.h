/* The whole screen: text through curses, pictures behind it. Keeps track of which picture stands where, so that each is painted once and
 * erased when it goes. */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include "canvas.h"
#include "worker.h"

typedef struct ui_screen ui_screen;

ui_screen *ui_screen_new(void);
void       ui_screen_free(ui_screen *s);

/** Nothing on the terminal is known any more (resized, suspended, redraw asked for): all is cleared and drawn anew. */
void ui_screen_forget(ui_screen *s);
/** How pictures are encoded from now on; those that stand are replaced. */
void ui_screen_gfx(ui_screen *s, const ui_gfx *g, bool sync);

/** Keeps an encoded picture (taken over) for slots that want it. */
void ui_screen_keep(ui_screen *s, ui_picture *p);
/** Pictures that the canvas's slots want and that are not here: fills want[0..max), returns how many. Drawings are borrowed from the canvas. */
size_t ui_screen_missing(const ui_screen *s, const ui_canvas *c, ui_want *want, size_t max);
/** Draws a frame into slots whose picture is known to be missing, and removes them. Before ui_screen_show. */
void ui_screen_frames(ui_screen *s, ui_canvas *c);

/** Shows the canvas's text and erases pictures that it no longer has. @pictures false: as if it had none. */
void ui_screen_show(ui_screen *s, const ui_canvas *c, bool pictures);
/** Paints what waits, until @stop says that something is more urgent; true when nothing waits any more. The cursor stays hidden until
 *  the next ui_screen_show. */
bool ui_screen_paint(ui_screen *s, bool (*stop)(void));

#endif
