/* The kitty graphics protocol: pictures are sent once under a number and then shown, hidden and shown again by it. Everything here makes
 * bytes; the caller writes them. https://sw.kovidgoyal.net/kitty/graphics-protocol/ */
#ifndef UI_GFX_KITTY_H
#define UI_GFX_KITTY_H

#include "gfx.h"

/** Sends a picture (@pixels: base64 of fit.px_w × fit.px_h RGB) and shows it from the cursor on in fit.cols × fit.rows cells, without a
 *  number: for what is printed once. The cursor stays. */
void ui_kitty_print(const char *pixels, size_t n, ui_gfx_fit fit, huse_buf *out);

/** What one terminal holds: pictures by the caller's serial numbers, the least recently shown ones removed beyond 512 or 32 MB. */
typedef struct ui_kitty ui_kitty;

/** @base: its upper 16 bits keep our numbers apart from those of other programs. */
ui_kitty *ui_kitty_new(uint32_t base);
void      ui_kitty_free(ui_kitty *k);

/** Shows picture @serial from the cursor on as number @place (not 0, of that picture), sending it if the terminal has it not. */
void ui_kitty_show(ui_kitty *k, uint64_t serial, const char *pixels, size_t n, ui_gfx_fit fit, uint32_t place, huse_buf *out);
/** Takes one showing off the screen; the terminal keeps the pixels. Nothing happens for what is not held. */
void ui_kitty_hide(ui_kitty *k, uint64_t serial, uint32_t place, huse_buf *out);
/** Removes all that was sent, shown or not. */
void ui_kitty_clear(ui_kitty *k, huse_buf *out);

#endif
