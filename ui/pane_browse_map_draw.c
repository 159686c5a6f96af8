/* How the map looks: points as signs in pixels or characters, lines to the nearest, labels between them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_browse.h"

enum { BOXES_MOST = 240, THUMBS_MOST = 40, LABELS_MOST = 60, THUMB_H = 3 };

/* What is drawn, and where. */
typedef struct scene {
    const ui_browse   *b;
    const ui_map_view *m;
    ui_canvas         *c;
    ui_map_lens        l;
    uint8_t           *grid; /* (l.r.h, l.r.w) */
    ptrdiff_t          selected;
    size_t             near[UI_MAP_NEAR], n_near;
    ui_drawing        *d; /* NULL: characters */
} scene;

static ui_sign sign_of(const scene *s, size_t at)
{
    return (ui_sign)(s->m->group[at] % UI_SIGNS);
}

static uint32_t colour_of(const scene *s, size_t at)
{
    static const uint32_t dark[UI_HUES] = {0x5fd7d7, 0xffd75f, 0xd787ff, 0x87d787, 0x5fafff, 0xff875f},
                          light[UI_HUES] = {0x0087af, 0xaf5f00, 0xaf00af, 0x008700, 0x0000af, 0xaf0000};
    return (s->b->gfx.back == UI_BACK_LIGHT ? light : dark)[s->m->group[at] % UI_HUES];
}

static uint32_t ink(const scene *s)
{
    return s->b->gfx.back == UI_BACK_LIGHT ? 0x202020 : 0xf0f0f0;
}

static bool is_near(const scene *s, size_t at)
{
    for (size_t i = 0; i < s->n_near; i++)
        if (s->near[i] == at)
            return true;
    return false;
}

/* Below the selected inner node, or what the filter finds. */
static bool stands_out(const scene *s, size_t at)
{
    const ui_tree *t = &s->b->tree;
    const int32_t  node = s->m->map.point[at].node, of = s->b->at.node;
    if (t->filter)
        return t->match[node];
    return s->selected < 0 && of > 0 && node >= of && node < t->node[of].end;
}

static bool is_needed(const scene *s, size_t at)
{
    return (ptrdiff_t)at == s->selected || is_near(s, at);
}

/* Whether anything is picked out, so that the rest steps back. */
static bool has_focus(const scene *s)
{
    return s->selected >= 0 || s->b->tree.filter || s->b->at.node > 0;
}

static uint8_t *cell(const scene *s, int x, int y)
{
    return &s->grid[(size_t)y * (size_t)s->l.r.w + (size_t)x];
}

/* In dots. */
static float size_of(const scene *s, size_t at)
{
    const double items = (double)s->b->tree.node[s->m->map.point[at].node].items;
    return (float)(s->l.dot_h * .19 * (1 + .09 * log2(1 + items))) * (is_needed(s, at) ? 1.25f : 1);
}

/* The cells that a point covers: where it is a sign of pixels, more than one. */
static void mark_point(const scene *s, size_t at)
{
    const double reach = s->l.pixels ? (double)size_of(s, at) * ((ptrdiff_t)at == s->selected ? 2.2 : .8) : 0;
    double       x, y;
    ui_map_dot(&s->l, s->m->map.point[at].x, s->m->map.point[at].y, &x, &y);
    if (!(fabs(x) < 1e6 && fabs(y) < 1e6))
        return;
    const int x0 = (int)floor((x - reach) / s->l.dot_w), x1 = (int)floor((x + reach) / s->l.dot_w);
    const int y0 = (int)floor((y - reach) / s->l.dot_h), y1 = (int)floor((y + reach) / s->l.dot_h);
    for (int cy = HUSE_MAX(y0, 0); cy <= HUSE_MIN(y1, s->l.r.h - 1); cy++)
        for (int cx = HUSE_MAX(x0, 0); cx <= HUSE_MIN(x1, s->l.r.w - 1); cx++)
            *cell(s, cx, cy) |= is_needed(s, at) ? UI_MAP_NEEDED : UI_MAP_POINT;
}

static void mark_points(const scene *s)
{
    for (size_t i = 0; i < s->m->map.n; i++)
        mark_point(s, i);
}

/* ---- labels ---- */

typedef struct rank {
    size_t at;
    double weight;
} rank;

static int by_weight(const void *a, const void *b)
{
    const rank *x = a, *y = b;
    return x->weight != y->weight ? (x->weight > y->weight ? -1 : 1) : (x->at > y->at) - (x->at < y->at);
}

/* Points in sight in the order in which they are labelled: the selected one, its neighbours, what stands out, the large ones. */
static size_t rank_points(const scene *s, rank *r)
{
    size_t n = 0;
    int    x, y;
    for (size_t i = 0; i < s->m->map.n; i++) {
        if (!ui_map_cell(&s->l, s->m->map.point[i].x, s->m->map.point[i].y, &x, &y))
            continue;
        double weight = (double)s->b->tree.node[s->m->map.point[i].node].items;
        weight += stands_out(s, i) ? 1e10 : 0;
        for (size_t k = 0; k < s->n_near; k++)
            weight += s->near[k] == i ? 1e11 * (double)(UI_MAP_NEAR + 1 - k) : 0;
        weight += (ptrdiff_t)i == s->selected ? 1e13 : 0;
        r[n++] = (rank){i, weight};
    }
    qsort(r, n, sizeof *r, by_weight);
    return n;
}

static const char *name_of(const scene *s, size_t at)
{
    return s->b->tree.node[s->m->map.point[at].node].name;
}

static void draw_labels(const scene *s)
{
    rank        *r = huse_xmalloc((s->m->map.n + 1) * sizeof *r);
    ui_map_label label[LABELS_MOST];
    const size_t room = (size_t)(s->l.r.w * s->l.r.h / 48 + 4);
    const size_t n = HUSE_MIN(rank_points(s, r), HUSE_MIN(room, (size_t)LABELS_MOST));
    for (size_t i = 0; i < n; i++) {
        const huse_map_point *p = &s->m->map.point[r[i].at];
        char                 *clean = ui_canvas_clean(name_of(s, r[i].at), strlen(name_of(s, r[i].at)));
        label[i] = (ui_map_label){.w = HUSE_MIN(ui_canvas_width(clean), HUSE_MIN(UI_MAP_LABEL, s->l.r.w)), .needed = is_needed(s, r[i].at)};
        (void)ui_map_cell(&s->l, p->x, p->y, &label[i].x, &label[i].y);
        free(clean);
    }
    ui_map_place_labels(label, n, s->grid, s->l.r.w, s->l.r.h);
    for (size_t i = 0; i < n; i++) {
        const size_t at = r[i].at;
        unsigned     style = has_focus(s) && !is_needed(s, at) && !stands_out(s, at) ? UI_DIM : UI_PLAIN;
        if ((ptrdiff_t)at == s->selected)
            style = UI_BOLD | UI_ACCENT;
        if (label[i].at_y < 0)
            continue;
        const ui_rect box = {s->l.r.x + label[i].at_x, s->l.r.y + label[i].at_y, label[i].w, 1};
        ui_canvas_name(s->c, box.x, box.y, box.w, style, name_of(s, at));
        ui_canvas_hit(s->c, box, UI_HIT_POINT + (int)at);
        if ((ptrdiff_t)at == s->selected)
            ui_canvas_cursor(s->c, box.x, box.y);
    }
    free(r);
}

/* ---- lines in characters ---- */

/* One of the 2 × 4 dots of a cell. */
static void dot(const scene *s, uint8_t *dots, int x, int y)
{
    static const uint8_t bit[4][2] = {{1, 8}, {2, 16}, {4, 32}, {64, 128}};
    if (x >= 0 && y >= 0 && x / 2 < s->l.r.w && y / 4 < s->l.r.h)
        dots[(size_t)(y / 4) * (size_t)s->l.r.w + (size_t)(x / 2)] |= bit[y % 4][x % 2];
}

static void draw_lines(const scene *s)
{
    const size_t          cells = (size_t)s->l.r.w * (size_t)s->l.r.h;
    uint8_t              *dots = huse_xcalloc(cells, 1);
    const huse_map_point *from = &s->m->map.point[s->selected];
    for (size_t i = 0; i < s->n_near; i++) {
        const huse_map_point *to = &s->m->map.point[s->near[i]];
        double                x, y, x1, y1;
        ui_map_dot(&s->l, from->x, from->y, &x, &y);
        ui_map_dot(&s->l, to->x, to->y, &x1, &y1);
        const double limit = 4.0 * (s->l.r.w * 2 + s->l.r.h * 4), steps = fmin(fmax(fabs(x1 - x), fabs(y1 - y)), limit);
        for (int k = 0; k <= (int)steps && steps > 0; k++)
            dot(s, dots, (int)floor(x + (x1 - x) * k / steps), (int)floor(y + (y1 - y) * k / steps));
    }
    for (size_t i = 0; i < cells; i++) {
        const int cp = 0x2800 + dots[i];
        if (dots[i] && !s->grid[i]) {
            const char text[4] = {(char)(0xe0 | cp >> 12), (char)(0x80 | (cp >> 6 & 63)), (char)(0x80 | (cp & 63)), 0};
            ui_canvas_text(s->c, s->l.r.x + (int)(i % (size_t)s->l.r.w), s->l.r.y + (int)(i / (size_t)s->l.r.w), 1, UI_ACCENT, text);
        }
    }
    free(dots);
}

/* ---- points ---- */

static void draw_sign(const scene *s, size_t at)
{
    const bool strong = is_needed(s, at) || stands_out(s, at);
    unsigned   style = UI_HUE(s->m->group[at]) | (strong ? UI_BOLD : UI_PLAIN);
    int        x, y;
    if (!ui_map_cell(&s->l, s->m->map.point[at].x, s->m->map.point[at].y, &x, &y) || *cell(s, x, y) & UI_MAP_TEXT)
        return;
    if ((ptrdiff_t)at == s->selected)
        style = UI_REVERSE | UI_BOLD | UI_ACCENT;
    ui_canvas_text(s->c, s->l.r.x + x, s->l.r.y + y, 1, style, ui_sign_text(sign_of(s, at)));
    ui_canvas_hit(s->c, (ui_rect){s->l.r.x + x, s->l.r.y + y, 1, 1}, UI_HIT_POINT + (int)at);
}

static void add_sign(const scene *s, size_t at)
{
    const bool  strong = is_needed(s, at) || stands_out(s, at) || !has_focus(s);
    const float size = size_of(s, at);
    double      x, y;
    int         cx, cy;
    if (!ui_map_cell(&s->l, s->m->map.point[at].x, s->m->map.point[at].y, &cx, &cy))
        return;
    ui_map_dot(&s->l, s->m->map.point[at].x, s->m->map.point[at].y, &x, &y);
    if ((ptrdiff_t)at == s->selected)
        ui_drawing_sign(s->d, UI_SIGN_RING, (float)x, (float)y, size * 1.9f, ink(s), 255);
    ui_drawing_sign(s->d, sign_of(s, at), (float)x, (float)y, size, colour_of(s, at), strong ? 255 : 150);
    ui_canvas_hit(s->c, (ui_rect){s->l.r.x + cx - 1, s->l.r.y + cy, 3, 1}, UI_HIT_POINT + (int)at);
}

/* Those that are needed last, so that they lie above. */
static void each_point(const scene *s, void (*draw)(const scene *, size_t))
{
    for (int last = 0; last < 2; last++)
        for (size_t i = 0; i < s->m->map.n; i++)
            if ((is_needed(s, i) || stands_out(s, i)) == (last == 1))
                draw(s, i);
    if (s->selected >= 0)
        draw(s, (size_t)s->selected);
}

static void add_lines(const scene *s)
{
    double x, y, x1, y1;
    ui_map_dot(&s->l, s->m->map.point[s->selected].x, s->m->map.point[s->selected].y, &x, &y);
    for (size_t i = 0; i < s->n_near; i++) {
        ui_map_dot(&s->l, s->m->map.point[s->near[i]].x, s->m->map.point[s->near[i]].y, &x1, &y1);
        ui_drawing_line(s->d, (float)x, (float)y, (float)x1, (float)y1, (float)s->l.dot_h * .09f, ink(s), (uint8_t)(190 - 25 * i));
    }
}

/* ---- items of one class ---- */

static bool is_free(const scene *s, ui_rect r)
{
    if (r.x < 0 || r.y < 0 || r.x + r.w > s->l.r.w || r.y + r.h > s->l.r.h)
        return false;
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            if (*cell(s, x, y))
                return false;
    return true;
}

/* A thumbnail where its item lies, if there is room; the column to its left stays free. */
static bool draw_thumb(const scene *s, const huse_map_item *item, int cx, int cy)
{
    const int        w = ui_browse_square(s->b, THUMB_H);
    const ui_rect    box = {cx - w / 2, cy - THUMB_H / 2, w, THUMB_H}, wide = {box.x - 1, box.y, box.w + 1, box.h};
    const huse_item *of = &s->b->opened->items->item[item->item];
    if (!s->b->pictures || !of->n_pictures || !is_free(s, wide))
        return false;
    ui_browse_draw_picture(s->b, s->c, of, (ui_rect){s->l.r.x + box.x, s->l.r.y + box.y, box.w, box.h}, true);
    for (int y = wide.y; y < wide.y + wide.h; y++)
        memset(cell(s, wide.x, y), UI_MAP_TEXT, (size_t)wide.w);
    return true;
}

static void draw_items(const scene *s)
{
    int    x, y, thumbs = 0;
    double dx, dy;
    for (size_t i = 0; i < s->m->n_items; i++) {
        const huse_map_item *item = &s->m->item[i];
        if (!ui_map_cell(&s->l, item->x, item->y, &x, &y))
            continue;
        if (thumbs < THUMBS_MOST && draw_thumb(s, item, x, y)) {
            thumbs++;
        } else if (s->d) {
            ui_map_dot(&s->l, item->x, item->y, &dx, &dy);
            ui_drawing_sign(s->d, UI_SIGN_DISC, (float)dx, (float)dy, (float)s->l.dot_h * .12f, colour_of(s, (size_t)s->selected), 200);
        } else if (!*cell(s, x, y)) {
            ui_canvas_text(s->c, s->l.r.x + x, s->l.r.y + y, 1, UI_HUE(s->m->group[s->selected]), "·");
        }
    }
}

/* ---- the whole ---- */

static void draw_boxes(const scene *s)
{
    ui_rect box[BOXES_MOST];
    size_t  n = ui_map_boxes(s->grid, s->l.r.w, s->l.r.h, box, HUSE_COUNT(box));
    for (size_t i = 0; i < n; i++)
        ui_canvas_drawing(s->c, (ui_rect){s->l.r.x + box[i].x, s->l.r.y + box[i].y, box[i].w, box[i].h}, s->d, box[i].x * s->l.dot_w,
                          box[i].y * s->l.dot_h, s->l.dot_w, s->l.dot_h);
}

static void draw_legend(const ui_browse *b, ui_canvas *c, ui_rect r)
{
    const ui_map_view *m = &b->map;
    char               text[64] = "", number[32];
    const int          y = r.y + r.h - 1;
    if (m->done >= 0)
        snprintf(text, sizeof text, "PCA · t-SNE %.0f %%", m->done * 100);
    else if (m->map.kind == HUSE_MAP_TSNE)
        snprintf(text, sizeof text, "t-SNE of %s", ui_thousands(number, m->map.n));
    else
        snprintf(text, sizeof text, "PCA, %.0f %% of variance", (double)(m->map.share[0] + m->map.share[1]) * 100);
    if (m->zoom > 1 && strlen(text) < 48)
        snprintf(text + strlen(text), sizeof text - strlen(text), " · %.*f×", m->zoom < 10, m->zoom);
    const int right = r.x + r.w - ui_canvas_text_right(c, r.x + r.w, y, r.w, UI_DIM, text) - 2;
    int       x = r.x, line = r.h > 2 ? y - 1 : y;
    for (size_t i = 0; i < m->n_subtrees; i++) {
        const char *name = b->tree.node[m->subtree[i]].name;
        const int   w = HUSE_MIN((int)huse_text_width(name), 18);
        if (line < y && x + 2 + w > r.x + r.w) {
            line = y;
            x = r.x;
        }
        if (line == y && x + 2 + w > right)
            break;
        x += ui_canvas_text(c, x, line, 1, UI_HUE(i), ui_sign_text((ui_sign)(i % UI_SIGNS))) + 1;
        x += ui_canvas_text(c, x, line, w, UI_DIM, name) + 2;
    }
}

static void draw_sentence(const ui_browse *b, ui_canvas *c, ui_rect r)
{
    char *text = ui_map_sentence(b);
    ui_canvas_text(c, r.x, r.y, r.w, UI_PLAIN, *text ? text : "arrows go from class to class, z and Z zoom, / finds by name");
    free(text);
}

static void draw_hits(const scene *s)
{
    const ui_rect r = s->l.r;
    const int     columns = (r.w + UI_MAP_BOX_W - 1) / UI_MAP_BOX_W, rows = (r.h + UI_MAP_BOX_H - 1) / UI_MAP_BOX_H;
    for (int i = 0; i < columns * rows; i++) {
        const ui_rect box = ui_map_box(&s->l, i);
        ui_canvas_hit(s->c, (ui_rect){r.x + box.x, r.y + box.y, box.w, box.h}, UI_HIT_MAP + i);
    }
}

static void draw_map(scene *s)
{
    const ui_rect r = s->l.r;
    s->grid = huse_xcalloc((size_t)r.w * (size_t)r.h, 1);
    if (s->l.pixels)
        s->d = ui_drawing_new(r.w * s->l.dot_w, r.h * s->l.dot_h, s->b->gfx.ground);
    draw_hits(s);
    mark_points(s);
    draw_labels(s);
    if (s->d && s->selected >= 0)
        add_lines(s);
    if (ui_map_shows_items(s->b, &s->l))
        draw_items(s);
    if (!s->d && s->selected >= 0)
        draw_lines(s);
    each_point(s, s->d ? add_sign : draw_sign);
    if (s->d)
        draw_boxes(s);
    ui_drawing_drop(s->d);
    free(s->grid);
}

void ui_map_draw(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l)
{
    const ui_map_view *m = &b->map;
    if (!m->here)
        return;
    if (m->status != HUSE_OK || !m->map.n) {
        ui_canvas_wrap(c, (ui_rect){l->map.x + 1, l->map.y + 1, HUSE_MIN(l->map.w - 2, 72), HUSE_MIN(l->map.h - 1, 4)}, UI_DIM,
                       m->status != HUSE_OK ? m->why : "the model has seen no class of this catalogue");
        return;
    }
    scene s = {.b = b, .m = m, .c = c, .l = ui_map_look(b), .selected = ui_map_selected(b)};
    s.n_near = ui_map_near(b, s.near);
    if (s.l.r.w > 0 && s.l.r.h > 0)
        draw_map(&s);
    if (l->legend.h > 0)
        draw_legend(b, c, l->legend);
    if (l->legend.h > 1)
        draw_sentence(b, c, l->legend);
}
