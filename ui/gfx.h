/* Pictures in a terminal: RGB into bytes that show it in a box of character cells, as sixel or as coloured half blocks. Needs no curses. */
#ifndef UI_GFX_H
#define UI_GFX_H

#include "base/base.h"

typedef enum ui_gfx_mode { UI_GFX_NONE, UI_GFX_ASCII, UI_GFX_16, UI_GFX_256, UI_GFX_TRUE, UI_GFX_SIXEL, UI_GFX_KITTY } ui_gfx_mode;

#define UI_GFX_SIDE 2048 /* pixels of a picture, at most */
#define UI_SYMBOL_SIDE 8 /* pixels that a symbol is chosen by, each way */

/** What the user asked for with --graphics. */
typedef enum ui_gfx_wish { UI_WISH_AUTO, UI_WISH_KITTY, UI_WISH_SIXEL, UI_WISH_CELLS, UI_WISH_BLOCKS, UI_WISH_NONE } ui_gfx_wish;

/** What the terminal's background is, where it says so. */
typedef enum ui_back { UI_BACK_UNKNOWN, UI_BACK_DARK, UI_BACK_LIGHT } ui_back;

/** How pictures are drawn here. */
typedef struct ui_gfx {
    ui_gfx_mode mode;
    int         cell_w, cell_h; /* pixels of one character cell */
    int         colours;        /* sixel registers to use, 2..256 */
    bool        symbols;        /* cells by libchafa's choice of block symbols, not by half blocks alone */
    ui_back     back;   /* of the screen; pictures do not depend on it */
    uint32_t    ground; /* 0xRRGGBB of the screen where @back is known, else a guess: what drawings stand on */
} ui_gfx;

/** Whether pictures encoded for one serve the other. */
bool ui_gfx_same(const ui_gfx *a, const ui_gfx *b);

/** The part of a box that a picture takes when its shape is kept: whole cells wide; a sixel's height is a multiple of 6, so that its last
 *  band ends in its last row; kitty's pictures and symbols fill whole cells, whose count is the one nearest in shape. */
typedef struct ui_gfx_fit {
    int cols, rows;
    int px_w, px_h; /* pixels drawn: of the screen for sixel and kitty (which enlarges by itself), 8 × 8 a cell for symbols, else half cells (characters for ASCII) */
} ui_gfx_fit;

/** A picture of w × h pixels in a box of cols × rows cells; sizes below 1 count as 1. Never larger than the box, at most 4 times as large
 *  as the picture, at most 2,048 pixels a side. */
ui_gfx_fit ui_gfx_fit_box(const ui_gfx *g, int w, int h, int cols, int rows);

/** Appends the bytes that show @rgb (w·h·3). Sixel: one DCS, drawn from the cursor on. Kitty: the pixels in base64, for gfx_kitty.h. Other modes: fit.rows lines with '\n' between them,
 *  each ending in plain colours. FAILED only for sixel, when libsixel does. Thread-safe. */
huse_status ui_gfx_encode(const ui_gfx *g, const uint8_t *rgb, int w, int h, ui_gfx_fit fit, huse_buf *out, huse_err *err) HUSE_MUST_CHECK;

/** The same for a drawing of few colours, @fit made here: a sixel is not scaled but cut at its last band, its colours are exact, and pixels of
 *  the colour @ground (0xRRGGBB) show what is behind. */
huse_status ui_gfx_encode_flat(const ui_gfx *g, const uint8_t *rgb, int w, int h, int cols, int rows, uint32_t ground, ui_gfx_fit *fit,
                               huse_buf *out, huse_err *err) HUSE_MUST_CHECK;

/** Scales by area when shrinking, linearly when enlarging. @out: to_w·to_h·3 bytes. */
void ui_gfx_scale(const uint8_t *rgb, int w, int h, uint8_t *out, int to_w, int to_h);

/* The encoders, of a picture that is already px_w × px_h. */
huse_status ui_gfx_sixel(const uint8_t *rgb, int w, int h, int colours, huse_buf *out, huse_err *err) HUSE_MUST_CHECK;
/** Pixels of the colour @ground are left out. */
huse_status ui_gfx_sixel_flat(const uint8_t *rgb, int w, int h, int colours, uint32_t ground, huse_buf *out, huse_err *err) HUSE_MUST_CHECK;
void        ui_gfx_kitty(const uint8_t *rgb, int w, int h, huse_buf *out);
/* Cells: half blocks in 16, 256 or all colours; ASCII with the more ink the less a pixel is like the picture's edge, so that things stand on an
 * empty ground on every screen; symbols of UI_SYMBOL_SIDE² pixels each, where built with libchafa. */
void ui_gfx_blocks(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, huse_buf *out);
void ui_gfx_ascii(const uint8_t *rgb, int w, int h, huse_buf *out);
void ui_gfx_symbols(ui_gfx_mode mode, const uint8_t *rgb, int w, int h, huse_buf *out);
bool ui_gfx_has_symbols(void);

/** The best mode of character cells, by locale, NO_COLOR, COLORTERM and TERM. */
ui_gfx_mode ui_gfx_cell_mode(void);
/** True where the terminal may be asked and may show pictures: TERM is neither dumb nor linux, nor unset. */
bool ui_gfx_may_ask(void);

/** Sets LC_CTYPE from the environment; where LC_ALL, LC_CTYPE and LANG are all unset, C.UTF-8. */
void ui_locale_init(void);
bool ui_locale_utf8(void);

/** One picture of a page: @rgb NULL draws a quiet frame holding @why. Borrowed. */
typedef struct ui_gfx_item {
    const uint8_t *rgb;
    int            w, h;
    const char    *why;
    const char    *caption[3]; /* outside text; NULL ends them */
} ui_gfx_item;

typedef struct ui_gfx_page {
    ui_gfx_wish wish;
    int         rows;  /* of a picture, in cells; 0: 8 */
    bool        color; /* false: captions without attributes */
} ui_gfx_page;

/** Whether ui_gfx_print would draw pictures on standard output: a terminal, or forced by the wish. Asks nothing. */
bool ui_gfx_would_print(ui_gfx_wish wish);

/** Draws pictures with their captions below them on standard output, as many beside each other as fit, after asking the terminal what it
 *  can do. 0, or -1 with errno set when it cannot be written. */
int ui_gfx_print(const ui_gfx_item *item, size_t n, const ui_gfx_page *page);

#endif
