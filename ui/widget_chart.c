#include "widget_chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pane.h"

#define GUTTER   7 /* columns of the labels at the left, with their gap */
#define LEAST_W  16
#define LEAST_H  4
#define MARGIN   .04 /* of the values' range, above and below */

ui_ink ui_ink_usual(void)
{
    const char *term = getenv("TERM");
    if (!ui_locale_utf8())
        return UI_INK_ASCII;
    return term && strcmp(term, "linux") == 0 ? UI_INK_BLOCKS : UI_INK_BRAILLE; /* the console's fonts have no braille */
}

/* ---- numbers ---- */

const char *ui_number(char out[24], double x)
{
    const double size = fabs(x);
    if (!isfinite(x)) {
        strcpy(out, "–");
    } else if (size >= 1000 && size < 1e9) {
        char digits[32];
        snprintf(out, 24, "%s%s", x < 0 ? "-" : "", ui_thousands(digits, (size_t)(size + .5)));
    } else if (size < 5e-4 ? size > 0 : size >= 1e9) {
        char digits[32];
        snprintf(digits, sizeof digits, "%.1e", x);
        char *e = strchr(digits, 'e');
        snprintf(out, 24, "%.*se%d", (int)(e - digits), digits, (int)strtol(e + 1, NULL, 10));
    } else {
        ui_share((char *)memset(out, 0, 16), x, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= .01 ? 3 : 4);
    }
    return out;
}

/* ---- axes ---- */

/* The nearest of 1, 2, 5 times a power of ten that is at least @least. */
static double nice_step(double least)
{
    const double power = pow(10, floor(log10(least)));
    const double digit = least / power;
    return (digit <= 1.0000001 ? 1 : digit <= 2.0000001 ? 2 : digit <= 5.0000001 ? 5 : 10) * power;
}

static void tick_text(char out[UI_TICK_TEXT], double v, double step)
{
    char         text[32];
    const double size = fabs(v);
    if (size < step / 1e6) {
        strcpy(out, "0");
    } else if (size >= 1000 && size < 1e7 && step >= 1) {
        snprintf(out, UI_TICK_TEXT, "%s%s", v < 0 ? "-" : "", ui_thousands(text, (size_t)(size + .5)));
    } else if (size >= 1e7 || step < 9e-4) {
        snprintf(out, UI_TICK_TEXT, "%.12s", ui_number(text, v));
    } else {
        snprintf(out, UI_TICK_TEXT, "%.12s", ui_share(text, v, step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9)));
    }
}

static void add_tick(ui_ticks *t, double at, double v, double step)
{
    if (t->n == UI_TICKS_MAX || at < -1e-9 || at > 1 + 1e-9)
        return;
    t->at[t->n] = HUSE_MAX(HUSE_MIN(at, 1), 0);
    tick_text(t->text[t->n++], v, step);
}

static void even_ticks(ui_ticks *t, double a, double b, int most, bool whole)
{
    double step = nice_step((b - a) / HUSE_MAX(most, 1));
    if (whole)
        step = HUSE_MAX(step, 1);
    t->n = 0;
    for (double i = ceil(a / step - 1e-9); i * step <= b + step * 1e-9 && t->n < most + 1; i++)
        add_tick(t, (i * step - a) / (b - a), i * step, step);
}

/* Marks of a log scale at 1, at 1 and 3, or at 1, 2 and 5 of each power of ten; where that gives fewer than two, even ones. */
static void log_ticks(ui_ticks *t, double a, double b, int most)
{
    static const double digits[][3] = {{1, 2, 5}, {1, 3, 0}, {1, 0, 0}};
    for (size_t set = 0; set < HUSE_COUNT(digits); set++) {
        int n = 0;
        t->n = 0;
        for (double p = floor(a); p <= b; p++)
            for (int i = 0; i < 3 && digits[set][i] > 0; i++) {
                const double v = p + log10(digits[set][i]);
                if (v < a || v > b)
                    continue;
                n++;
                add_tick(t, (v - a) / (b - a), pow(10, v), pow(10, v) * .999);
            }
        if (n >= 2 && n <= most)
            return;
    }
    t->n = 0;
    const double low = pow(10, a), high = pow(10, b), step = nice_step((high - low) / HUSE_MAX(most, 1));
    for (double i = ceil(low / step); i * step <= high && i > 0 && t->n < most + 1; i++)
        add_tick(t, (log10(i * step) - a) / (b - a), i * step, step);
}

static double scaled(const ui_chart *ch, double y)
{
    if (!isfinite(y) || (ch->log && y <= 0))
        return (double)NAN;
    return ch->log ? log10(y) : y;
}

static void widen(double *low, double *high, double v)
{
    if (isfinite(v)) {
        *low = isnan(*low) ? v : HUSE_MIN(*low, v);
        *high = isnan(*high) ? v : HUSE_MAX(*high, v);
    }
}

/* Ranges of what is to be seen; NAN where there is nothing. Of values far above the rest, as at the start of a loss, all are seen. */
static void measure(const ui_chart *ch, ui_chart_layout *l)
{
    l->x0 = l->x1 = l->y0 = l->y1 = (double)NAN;
    for (size_t k = 0; k < ch->n; k++)
        for (size_t i = 0; i < ch->curve[k].n; i++) {
            const double x = ch->curve[k].x[i], y = scaled(ch, ch->curve[k].y[i]);
            if (isnan(y) || x < ch->from || x > ch->to)
                continue;
            widen(&l->x0, &l->x1, x);
            widen(&l->y0, &l->y1, y);
        }
    l->empty = isnan(l->x0);
    if (isfinite(ch->from))
        l->x0 = ch->from;
    if (isfinite(ch->to))
        l->x1 = ch->to;
    const double margin = (l->y1 - l->y0) * MARGIN;
    const bool   above = !ch->log && l->y0 >= 0; /* what is never below 0 shows nothing below it */
    l->y0 = above ? HUSE_MAX(l->y0 - margin, 0) : l->y0 - margin;
    l->y1 += margin;
    if (isfinite(scaled(ch, ch->low)))
        l->y0 = scaled(ch, ch->low);
    if (isfinite(scaled(ch, ch->high)))
        l->y1 = scaled(ch, ch->high);
    if (!(l->x1 > l->x0))
        l->x1 = l->x0 + 1;
    if (!(l->y1 - l->y0 > fabs(l->y0) * 1e-9)) { /* all the same */
        const double half = ch->log ? .1 : HUSE_MAX(fabs(l->y0) * .1, 1e-6);
        l->y0 -= half;
        l->y1 = l->y0 + 2 * half;
    }
}

static bool has_legend(const ui_chart *ch)
{
    for (size_t k = 0; k < ch->n; k++)
        if (ch->curve[k].name)
            return true;
    return false;
}

void ui_chart_arrange(const ui_chart *ch, ui_rect r, ui_chart_layout *l)
{
    const int above = 1 + has_legend(ch);
    *l = (ui_chart_layout){.plot = {r.x + GUTTER, r.y + above, r.w - GUTTER, r.h - above - 1}};
    measure(ch, l);
    if (l->empty || r.w < LEAST_W || r.h < LEAST_H)
        return;
    even_ticks(&l->x, l->x0, l->x1, HUSE_MAX(HUSE_MIN(l->plot.w / 12, 5), 2), true);
    const int most = HUSE_MAX(HUSE_MIN(l->plot.h / 2, 5), 2);
    if (ch->log)
        log_ticks(&l->y, l->y0, l->y1, most);
    else
        even_ticks(&l->y, l->y0, l->y1, most, false);
}

double ui_chart_place_x(const ui_chart_layout *l, double x)
{
    const double at = (x - l->x0) / (l->x1 - l->x0);
    return at >= 0 && at <= 1 ? at : (double)NAN;
}

double ui_chart_place_y(const ui_chart *ch, const ui_chart_layout *l, double y)
{
    const double at = (scaled(ch, y) - l->y0) / (l->y1 - l->y0);
    return isfinite(at) ? HUSE_MAX(HUSE_MIN(at, 1), 0) : (double)NAN;
}

/* ---- values ---- */

void ui_chart_smooth(const double *y, double *out, size_t n, double weight)
{
    double mean = 0, share = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = y[i];
        if (!isfinite(y[i]))
            continue;
        mean = weight * mean + (1 - weight) * y[i];
        share = weight * share + (1 - weight);
        out[i] = mean / share;
    }
}

size_t ui_chart_nearest(const ui_curve *curve, double x)
{
    size_t best = curve->n;
    for (size_t i = 0; i < curve->n; i++)
        if (isfinite(curve->y[i]) && (best == curve->n || fabs(curve->x[i] - x) < fabs(curve->x[best] - x)))
            best = i;
    return best;
}

/* ---- curves as lines ---- */

typedef void draw_line(void *ctx, double x, double y, double x1, double y1); /* in units of the plot, y downwards */

typedef struct pen {
    draw_line *line;
    void      *ctx;
    double     w, h; /* of the plot in those units: 0 .. w, 0 .. h */
} pen;

/* Points that fall into the same unit are drawn as far as they go higher or lower than those before: as many lines as can be seen. */
static void trace(const ui_chart *ch, const ui_chart_layout *l, const ui_curve *curve, const double *y, const pen *p)
{
    double last_x = (double)NAN, last_y = 0, low = 0, high = 0;
    for (size_t i = 0; i < curve->n; i++) {
        const double px = ui_chart_place_x(l, curve->x[i]) * p->w, py = (1 - ui_chart_place_y(ch, l, y[i])) * p->h;
        if (isnan(px) || isnan(py)) {
            if (isnan(px) || !isfinite(y[i]))
                last_x = (double)NAN;
            continue;
        }
        const bool first = isnan(last_x), next = !first && floor(px) > floor(last_x);
        if (first)
            p->line(p->ctx, px, py, px, py);
        else if (next || py < low || py > high)
            p->line(p->ctx, last_x, last_y, px, py);
        low = first || next ? py : HUSE_MIN(low, py);
        high = first || next ? py : HUSE_MAX(high, py);
        last_x = px;
        last_y = py;
    }
}

/* All curves, the first last: @begin is told of each before its lines come, faint or not. */
static void trace_all(const ui_chart *ch, const ui_chart_layout *l, const pen *p, void (*begin)(void *ctx, const ui_curve *curve, bool faint))
{
    for (size_t k = ch->n; k-- > 0 && ch->smooth > 0;) {
        begin(p->ctx, &ch->curve[k], true);
        trace(ch, l, &ch->curve[k], ch->curve[k].y, p);
    }
    for (size_t k = ch->n; k-- > 0;) {
        const ui_curve *curve = &ch->curve[k];
        double         *y = NULL;
        if (ch->smooth > 0) {
            y = huse_xmalloc((curve->n + 1) * sizeof *y);
            ui_chart_smooth(curve->y, y, curve->n, ch->smooth);
        }
        begin(p->ctx, curve, false);
        trace(ch, l, curve, y ? y : curve->y, p);
        free(y);
    }
}

/* ---- in characters ---- */

/* Dots of one cell, of the uppermost curve that has any there. */
typedef struct dots {
    const ui_chart *ch;
    ui_ink          ink;
    int             w, h, across, down; /* cells; dots of a cell */
    uint8_t        *bits;  /* (h, w) */
    unsigned       *style; /* (h, w) */
    uint16_t       *layer; /* (h, w): which curve's they are, 0: none's */
    uint16_t        now;
    unsigned        with;
} dots;

static void begin_dots(void *ctx, const ui_curve *curve, bool faint)
{
    dots *d = ctx;
    d->now++;
    d->with = faint ? UI_DIM : curve->style;
}

static void set_dot(dots *d, int x, int y)
{
    const int cx = x / d->across, cy = y / d->down;
    if (x < 0 || y < 0 || cx >= d->w || cy >= d->h)
        return;
    const size_t at = (size_t)cy * (size_t)d->w + (size_t)cx;
    if (d->layer[at] != d->now)
        d->bits[at] = 0;
    d->layer[at] = d->now;
    d->style[at] = d->with;
    d->bits[at] |= (uint8_t)(1u << (x % d->across * d->down + y % d->down));
}

static void dots_line(void *ctx, double x, double y, double x1, double y1)
{
    dots     *d = ctx;
    const int ax = (int)(x + .5), ay = (int)(y + .5), bx = (int)(x1 + .5), by = (int)(y1 + .5);
    const int n = HUSE_MAX(abs(bx - ax), abs(by - ay));
    for (int i = 0; i <= n; i++)
        set_dot(d, ax + (n ? (int)lround((double)(bx - ax) * i / n) : 0), ay + (n ? (int)lround((double)(by - ay) * i / n) : 0));
}

static void glyph(char out[4], ui_ink ink, uint8_t bits)
{
    static const char *const blocks[] = {" ", "▀", "▄", "█"};
    static const char        ascii[] = {' ', '\'', '-', '|', '.', '|', '|', '|'};
    static const uint8_t     dot[] = {0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80}; /* Unicode's numbers of braille dots, by column */
    if (ink == UI_INK_BLOCKS) {
        strcpy(out, blocks[bits & 3]);
    } else if (ink == UI_INK_ASCII) {
        out[0] = ascii[bits & 7];
        out[1] = 0;
    } else {
        unsigned cp = 0x2800;
        for (int i = 0; i < 8; i++)
            cp |= bits >> i & 1 ? dot[i] : 0u;
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 63));
        out[2] = (char)(0x80 | (cp & 63));
        out[3] = 0;
    }
}

static void draw_dots(const dots *d, ui_canvas *c, ui_rect plot)
{
    for (int y = 0; y < d->h; y++)
        for (int x = 0; x < d->w; x++) {
            const size_t at = (size_t)y * (size_t)d->w + (size_t)x;
            char         text[4];
            if (!d->layer[at])
                continue;
            glyph(text, d->ink, d->bits[at]);
            ui_canvas_text(c, plot.x + x, plot.y + y, 1, d->style[at], text);
        }
}

/* Where a value's dot is among the cells. */
static ui_rect cell_at(const ui_chart *ch, const ui_chart_layout *l, double x, double y)
{
    const double px = ui_chart_place_x(l, x), py = ui_chart_place_y(ch, l, y);
    if (isnan(px) || isnan(py))
        return (ui_rect){-1, -1, 0, 0};
    return (ui_rect){l->plot.x + HUSE_MIN((int)(px * l->plot.w), l->plot.w - 1), l->plot.y + HUSE_MIN((int)((1 - py) * l->plot.h), l->plot.h - 1), 1, 1};
}

static void draw_marks(const ui_chart *ch, ui_canvas *c, const ui_chart_layout *l, ui_ink ink)
{
    const ui_rect best = cell_at(ch, l, ch->best_x, ch->best_y);
    if (best.w)
        ui_canvas_text(c, best.x, best.y, 1, UI_ACCENT | UI_BOLD, ink == UI_INK_ASCII ? "*" : "◆");
}

static void draw_characters(const ui_chart *ch, ui_canvas *c, const ui_chart_layout *l, ui_ink ink)
{
    const int    across = ink == UI_INK_BRAILLE ? 2 : 1, down = ink == UI_INK_BRAILLE ? 4 : ink == UI_INK_BLOCKS ? 2 : 3;
    const size_t cells = (size_t)l->plot.w * (size_t)l->plot.h;
    dots         d = {.ch = ch, .ink = ink, .w = l->plot.w, .h = l->plot.h, .across = across, .down = down};
    d.bits = huse_xcalloc(cells, sizeof *d.bits);
    d.style = huse_xcalloc(cells, sizeof *d.style);
    d.layer = huse_xcalloc(cells, sizeof *d.layer);
    const pen    p = {dots_line, &d, d.w * across - 1, d.h * down - 1};
    const double at = ui_chart_place_x(l, ch->at);
    for (int y = 0; y < l->plot.h && isfinite(at); y++)
        ui_canvas_text(c, l->plot.x + HUSE_MIN((int)(at * l->plot.w), l->plot.w - 1), l->plot.y + y, 1, UI_DIM, "│");
    trace_all(ch, l, &p, begin_dots);
    draw_dots(&d, c, l->plot);
    draw_marks(ch, c, l, ink);
    free(d.bits);
    free(d.style);
    free(d.layer);
}

/* ---- in pixels ---- */

typedef struct paint {
    ui_drawing *d;
    bool        dark;
    double      w, h;
    uint32_t    rgb;
    float       width;
    uint8_t     alpha;
} paint;

static uint32_t colour_of(unsigned style, bool dark)
{
    static const uint32_t hue[UI_HUES][2] = {{0x5fd7d7, 0x0087af}, {0xffd75f, 0xaf8700}, {0xd787ff, 0xaf00af},
                                             {0x87d75f, 0x008700}, {0x5fafff, 0x005faf}, {0xff875f, 0xaf0000}};
    if (UI_HUE_OF(style) >= 0)
        return hue[UI_HUE_OF(style)][!dark];
    if (style & UI_DIM)
        return dark ? 0x808080 : 0x8a8a8a;
    if (style & UI_ACCENT)
        return hue[0][!dark];
    return dark ? 0xe4e4e4 : 0x262626;
}

static void begin_paint(void *ctx, const ui_curve *curve, bool faint)
{
    paint *p = ctx;
    p->rgb = colour_of(curve->style, p->dark);
    p->alpha = faint ? 80 : 255;
    p->width = (float)(HUSE_MAX(p->h / 90, 1.2) * (faint ? .7 : 1.2));
}

static void paint_line(void *ctx, double x, double y, double x1, double y1)
{
    const paint *p = ctx;
    if (fabs(x - x1) + fabs(y - y1) < 1e-9) /* a point alone */
        ui_drawing_sign(p->d, UI_SIGN_DISC, (float)x, (float)y, p->width * .6f, p->rgb, p->alpha);
    else
        ui_drawing_line(p->d, (float)x, (float)y, (float)x1, (float)y1, p->width, p->rgb, p->alpha);
}

ui_drawing *ui_chart_paint(const ui_chart *ch, const ui_chart_layout *l, int w, int h, uint32_t ground)
{
    const unsigned luma = ((ground >> 16 & 255) * 299 + (ground >> 8 & 255) * 587 + (ground & 255) * 114) / 1000;
    paint          p = {.d = ui_drawing_new(w, h, ground), .dark = luma < 128, .w = w - 1, .h = h - 1};
    const uint32_t rule = colour_of(UI_DIM, p.dark);
    const float    right = (float)p.w, bottom = (float)p.h;
    for (int i = 0; i < l->y.n; i++) {
        const float y = (float)((1 - l->y.at[i]) * p.h);
        ui_drawing_line(p.d, 0, y, right, y, 1, rule, 60);
    }
    const pen with = {paint_line, &p, p.w, p.h};
    trace_all(ch, l, &with, begin_paint);
    const double at = ui_chart_place_x(l, ch->at), bx = ui_chart_place_x(l, ch->best_x), by = ui_chart_place_y(ch, l, ch->best_y);
    if (isfinite(at))
        ui_drawing_line(p.d, (float)(at * p.w), 0, (float)(at * p.w), bottom, 1, rule, 200);
    if (isfinite(bx + by))
        ui_drawing_sign(p.d, UI_SIGN_RING, (float)(bx * p.w), (float)((1 - by) * p.h), (float)HUSE_MAX(p.h / 36, 3), colour_of(UI_PLAIN, p.dark), 255);
    return p.d;
}

/* ---- all of it ---- */

static void draw_heading(const ui_chart *ch, ui_canvas *c, ui_rect r)
{
    int x = r.x + GUTTER, right = r.x + r.w;
    if (ch->note)
        right -= ui_canvas_text_right(c, right, r.y, r.w * 3 / 4, UI_BOLD, ch->note) + 2;
    if (ch->title)
        ui_canvas_text(c, r.x, r.y, right - r.x, UI_DIM, ch->title);
    right = r.x + r.w;
    for (size_t k = 0; k < ch->n; k++)
        if (ch->curve[k].name && right - x >= 4) {
            x += ui_canvas_text(c, x, r.y + 1, right - x, ch->curve[k].style, "━ ");
            x += ui_canvas_text(c, x, r.y + 1, right - x, UI_DIM, ch->curve[k].name) + 2;
        }
}

static void draw_labels(ui_canvas *c, ui_rect r, const ui_chart_layout *l)
{
    int last = -1;
    for (int i = l->y.n; i-- > 0;) {
        const int y = l->plot.y + HUSE_MIN((int)((1 - l->y.at[i]) * l->plot.h), l->plot.h - 1);
        if (y != last)
            ui_canvas_text_right(c, l->plot.x - 1, y, GUTTER - 1, UI_DIM, l->y.text[i]);
        last = y;
    }
    int free_from = r.x;
    for (int i = 0; i < l->x.n; i++) {
        const int w = (int)strlen(l->x.text[i]), mid = l->plot.x + (int)(l->x.at[i] * (l->plot.w - 1));
        const int x = HUSE_MIN(HUSE_MAX(mid - w / 2, l->plot.x), r.x + r.w - w);
        if (x < free_from)
            continue;
        ui_canvas_text(c, x, r.y + r.h - 1, w, UI_DIM, l->x.text[i]);
        free_from = x + w + 1;
    }
}

void ui_chart_draw(const ui_chart *ch, ui_canvas *c, ui_rect r, ui_ink ink, const ui_gfx *gfx)
{
    ui_chart_layout l;
    if (r.w < LEAST_W || r.h < LEAST_H)
        return;
    ui_chart_arrange(ch, r, &l);
    draw_heading(ch, c, r);
    if (l.empty) {
        ui_canvas_text(c, l.plot.x, l.plot.y + l.plot.h / 2, l.plot.w, UI_DIM, "nothing yet");
        return;
    }
    draw_labels(c, r, &l);
    if (gfx && (gfx->mode == UI_GFX_SIXEL || gfx->mode == UI_GFX_KITTY) && gfx->cell_w > 0 && gfx->cell_h > 0) {
        const int   band = gfx->mode == UI_GFX_SIXEL && l.plot.h * gfx->cell_h >= 6 ? 6 : 1; /* what is below the last whole one is cut */
        ui_drawing *d = ui_chart_paint(ch, &l, l.plot.w * gfx->cell_w, l.plot.h * gfx->cell_h / band * band, gfx->ground);
        ui_canvas_drawing(c, l.plot, d, 0, 0, gfx->cell_w, gfx->cell_h);
        ui_drawing_drop(d);
    } else {
        draw_characters(ch, c, &l, ink);
    }
}
