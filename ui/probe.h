/* What a terminal says about itself: pictures, colours, the background, the size of a cell in pixels. */
#ifndef UI_PROBE_H
#define UI_PROBE_H

#include "gfx.h"
#include "input.h"

typedef struct ui_probe {
    bool done;  /* it has answered */
    bool sixel, kitty;
    bool has_256; /* colours of text */
    ui_back back;
    uint32_t ground; /* 0xRRGGBB, where back is known */
    bool sync;  /* synchronised output (mode 2026) */
    int  registers;               /* 0: unknown */
    int  area_w, area_h, n_area;  /* sixel area now */
    int  area_max_w, area_max_h;
    int  cell_w, cell_h, text_w, text_h; /* CSI 16 t, CSI 14 t; 0: no answer */
} ui_probe;

/** All questions that this TERM takes in one string, the one that every terminal answers last. Zero the probe before asking (again). */
const char *ui_probe_questions(void);
/** Takes one reply; other replies than those to the questions are ignored. */
void ui_probe_reply(ui_probe *p, const ui_reply *r);

typedef struct ui_screen_size {
    int cols, rows, px_w, px_h; /* pixels 0: unknown */
} ui_screen_size;
bool ui_screen_measure(int fd, ui_screen_size *s);

/** How to draw pictures on a screen of this size, by what it has answered so far. */
ui_gfx ui_probe_gfx(const ui_probe *p, ui_gfx_wish wish, const ui_screen_size *s);

/** Asks the terminal and waits for its answer, at most 1 s (3 s over ssh), with echo off. False where there is no terminal to ask, or it
 *  is not ours to read from. */
bool ui_probe_wait(ui_probe *p);

#endif
