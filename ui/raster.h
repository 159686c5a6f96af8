/* Drawings: signs and lines measured in pixels, shared by the canvas that shows them and the thread that paints them. */
#ifndef UI_RASTER_H
#define UI_RASTER_H

#include "base/base.h"

/** What a point looks like; as characters ui_sign_text(). */
typedef enum ui_sign {
    UI_SIGN_DISC, UI_SIGN_SQUARE, UI_SIGN_UP, UI_SIGN_RING, UI_SIGN_DOWN, UI_SIGN_PLUS, UI_SIGN_CROSS, UI_SIGN_RIGHT, UI_SIGNS,
    UI_SIGN_LINE = UI_SIGNS
} ui_sign;
/** One column, different from each other in ASCII, too. */
const char *ui_sign_text(ui_sign s);

typedef struct ui_shape {
    float    x, y, x1, y1; /* centre; of a line both ends */
    float    size;         /* radius; of a line half its width */
    uint32_t rgb;          /* 0xRRGGBB */
    uint8_t  sign, alpha;
} ui_shape;

/** Shapes on a ground, later ones over earlier ones. Counted: see ui_drawing_hold. */
typedef struct ui_drawing {
    int       w, h;   /* pixels */
    uint32_t  ground; /* 0xRRGGBB; where nothing is drawn sixels leave the terminal's own */
    ui_shape *shape;
    size_t    n, cap;
    int       holders;
} ui_drawing;

/** Held once. Complete it before anyone else holds it. */
ui_drawing *ui_drawing_new(int w, int h, uint32_t ground);
/** Thread-safe. NULL is fine for both. */
ui_drawing *ui_drawing_hold(ui_drawing *d);
void        ui_drawing_drop(ui_drawing *d);

/** Coordinates that are no numbers draw nothing; the number of shapes is capped (UI_SHAPES_MAX). */
enum { UI_SHAPES_MAX = 200000 };
void ui_drawing_sign(ui_drawing *d, ui_sign s, float x, float y, float radius, uint32_t rgb, uint8_t alpha);
void ui_drawing_line(ui_drawing *d, float x, float y, float x1, float y1, float width, uint32_t rgb, uint8_t alpha);

/** A part of a drawing, in pixels. */
typedef struct ui_part_of {
    int x, y, w, h;
} ui_part_of;
/** Names what can be seen in the part: equal for parts that look alike. */
void ui_drawing_key(const ui_drawing *d, ui_part_of part, uint8_t key[32]);
/** Paints the part with smooth edges into rgb (w·h·3). Thread-safe on a complete drawing. */
void ui_drawing_paint(const ui_drawing *d, ui_part_of part, uint8_t *rgb);

#endif
