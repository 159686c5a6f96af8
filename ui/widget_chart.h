/* Curves over a common axis, in braille, blocks or ASCII, or as a drawing in pixels. Everything is a pure function of what is given. */
#ifndef UI_WIDGET_CHART_H
#define UI_WIDGET_CHART_H

#include "canvas.h"
#include "gfx.h"

enum { UI_TICKS_MAX = 6, UI_TICK_TEXT = 16 };

/** What curves are made of where they are characters. */
typedef enum ui_ink { UI_INK_BRAILLE, UI_INK_BLOCKS, UI_INK_ASCII } ui_ink;
/** By the locale and TERM. */
ui_ink ui_ink_usual(void);

typedef struct ui_curve {
    const char   *name; /* in the legend; NULL: none */
    const double *x, *y; /* (n), x ascending; where y is not finite the curve is broken */
    size_t        n;
    unsigned      style;
} ui_curve;

typedef struct ui_chart {
    const char     *title, *note; /* at the left and the right of the heading; NULL: none */
    const ui_curve *curve;        /* earlier ones lie above later ones */
    size_t          n;
    bool            log;          /* the values' axis; values that are not above 0 are left out */
    double          smooth;       /* 0: not, else below 1: see ui_chart_smooth; the curves themselves stay faintly behind */
    double          from, to;     /* of x; NAN: of the data */
    double          low, high;    /* of y; NAN: of the data */
    double          at;           /* x of the cursor; NAN: none */
    double          best_x, best_y; /* is marked; NAN: none */
} ui_chart;

/** Where things are and which marks the axes have. */
typedef struct ui_ticks {
    double at[UI_TICKS_MAX]; /* 0..1 along the axis */
    char   text[UI_TICKS_MAX][UI_TICK_TEXT];
    int    n;
} ui_ticks;
typedef struct ui_chart_layout {
    bool     empty; /* there is nothing to draw curves of */
    ui_rect  plot;  /* cells of the curves */
    double   x0, x1, y0, y1; /* of its edges; y as its logarithm on a log scale */
    ui_ticks x, y;
} ui_chart_layout;
void ui_chart_arrange(const ui_chart *ch, ui_rect r, ui_chart_layout *l);
/** Where a value lies, 0..1 from the left and from the bottom; NAN where it cannot lie. */
double ui_chart_place_x(const ui_chart_layout *l, double x);
double ui_chart_place_y(const ui_chart *ch, const ui_chart_layout *l, double y);

/** A heading, the plot, and the axes' labels, into the rectangle: at least 16 × 4, else nothing. With @gfx where the terminal draws pictures
 *  the curves are a drawing; NULL, or other terminals: @ink. */
void ui_chart_draw(const ui_chart *ch, ui_canvas *c, ui_rect r, ui_ink ink, const ui_gfx *gfx);
/** The curves alone, in w × h pixels; drop it. */
ui_drawing *ui_chart_paint(const ui_chart *ch, const ui_chart_layout *l, int w, int h, uint32_t ground);

/** Exponential mean without the pull of its start: each value counts @weight times as much one step later. What is not finite is left
 *  as it is. out[n]. */
void ui_chart_smooth(const double *y, double *out, size_t n, double weight);
/** Index of the point of a curve whose x is nearest, or n where there is none with a finite value. */
size_t ui_chart_nearest(const ui_curve *curve, double x);

/** "1.62", ".482", "8.1e-4", "4,180": at most four digits that count. "–" for what is not finite. */
const char *ui_number(char out[24], double x);

#endif
