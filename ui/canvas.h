/* What a screen shall show: character cells with styles, and boxes for pictures. Panes draw into it and nothing else. */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include "base/base.h"
#include "raster.h"

enum ui_style { UI_PLAIN = 0, UI_BOLD = 1, UI_DIM = 2, UI_REVERSE = 4, UI_ACCENT = 8, UI_WARN = 16, UI_UNDERLINE = 32, UI_HUE_1 = 64 };
/** One of six colours that tell things apart, which must differ in another way, too. */
#define UI_HUES 6
#define UI_HUE(i) (UI_HUE_1 * (1 + (unsigned)(i) % UI_HUES))
#define UI_HUE_OF(style) ((int)((style) / UI_HUE_1 & 7) - 1) /* -1: none */

#define UI_CELL_BYTES 22 /* a base and four marks, of four bytes each, with the NUL */

typedef struct ui_cell {
    char    text[UI_CELL_BYTES]; /* one character with its marks; "" is blank, and so is the right half of a wide one */
    uint16_t style;
    uint8_t width; /* 1, 2, or 0 for the right half */
} ui_cell;

typedef struct ui_rect {
    int x, y, w, h;
} ui_rect;
bool ui_rect_overlap(ui_rect a, ui_rect b);

/** A box for a picture, drawn at its bottom left (or top left) corner. The column to its left holds no blank (a guard, which keeps
 *  terminals' erasing away from the picture), so x ≥ 1; it never reaches the last row. */
typedef struct ui_slot {
    ui_rect rect;
    uint8_t key[32]; /* of the picture's content */
    bool    top;
    ui_drawing *drawing; /* held; NULL: a picture of the workspace */
    ui_part_of  part;    /* of the drawing */
} ui_slot;

/** A box that answers clicks with a number of the pane's, or, where the number is below 0, stands for the action -number. */
typedef struct ui_hit {
    ui_rect rect;
    int     what;
} ui_hit;

typedef struct ui_canvas {
    int      w, h;
    ui_cell *cell; /* (h, w) */
    ui_slot *slot;
    size_t   n_slots, cap_slots;
    ui_hit  *hit;
    size_t   n_hits, cap_hits;
    int      cursor_x, cursor_y; /* -1: hidden */
} ui_canvas;

/** Makes it w × h and blank. Zero-initialise once. */
void ui_canvas_reset(ui_canvas *c, int w, int h);
void ui_canvas_free(ui_canvas *c);

/** Draws outside text (it is sanitised here, and only here) into at most @columns, cut with … at its end; what lies outside the canvas is
 *  left out. Returns the columns taken. */
int ui_canvas_text(ui_canvas *c, int x, int y, int columns, unsigned style, const char *text);
/** The same with its end at column @right (exclusive). */
int ui_canvas_text_right(ui_canvas *c, int right, int y, int columns, unsigned style, const char *text);
/** The same cut in its middle, for names and paths. */
int ui_canvas_name(ui_canvas *c, int x, int y, int columns, unsigned style, const char *text);
int ui_canvas_printf(ui_canvas *c, int x, int y, int columns, unsigned style, const char *fmt, ...) HUSE_PRINTF(6, 7);
/** Text in lines of at most rect.w columns, broken at spaces where there are any; the last line that fits is cut. Returns lines used. */
int ui_canvas_wrap(ui_canvas *c, ui_rect rect, unsigned style, const char *text);

/** What ui_canvas_text makes of outside text before it draws it; for text that is measured or broken first. Fresh memory. */
char *ui_canvas_clean(const char *text, size_t n);
/** Columns of clean text. */
int ui_canvas_width(const char *clean);
/** Bytes of the first line of clean text clean[0..n) in @columns (≥ 2), broken at a space where there is one; *next: where the line after
 *  it begins. */
size_t ui_canvas_break(const char *clean, size_t n, int columns, size_t *next);

void ui_canvas_blank(ui_canvas *c, ui_rect r, unsigned style);
void ui_canvas_rule(ui_canvas *c, int x, int y, int w);  /* thin, dim, horizontal */
void ui_canvas_rule_down(ui_canvas *c, int x, int y, int h);
/** A thin dim frame with @why in its middle: a picture that is not there. */
void ui_canvas_frame(ui_canvas *c, ui_rect r, const char *why);
/** A bar of @share (0..1) of @w columns. */
void ui_canvas_bar(ui_canvas *c, int x, int y, int w, unsigned style, double share);

/** Reserves a box for a picture (see ui_slot). Boxes that break its rules are left out. */
void ui_canvas_picture(ui_canvas *c, ui_rect r, const uint8_t key[32], bool top);
/** Shows a part of a complete drawing, as many pixels as the box has (@cell_w × @cell_h each cell). */
void ui_canvas_drawing(ui_canvas *c, ui_rect r, ui_drawing *d, int px, int py, int cell_w, int cell_h);
/** A box for the mouse; later ones lie above earlier ones. */
void ui_canvas_hit(ui_canvas *c, ui_rect r, int what);
/** What lies at a cell, or NULL. */
const ui_hit *ui_canvas_at(const ui_canvas *c, int x, int y);

/** Blanks a rectangle and removes every picture and box that it touches: for what is drawn over the rest. */
void ui_canvas_cover(ui_canvas *c, ui_rect r);

void ui_canvas_cursor(ui_canvas *c, int x, int y);

/** Everything as lines of text without trailing spaces; pictures as boxes of ░. Fresh memory. */
char *ui_canvas_dump(const ui_canvas *c);

#endif
