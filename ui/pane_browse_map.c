/* The map's state: what is asked of the engine, what can be seen, and how one moves on it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pane_browse.h"

#define STRETCH   1.7  /* at most, of one direction, so that a wide screen is used */
#define FILLED    .44  /* of the screen, to either side of the middle */
#define ZOOM_STEP 1.6
#define ZOOM_MOST 400.0
#define SLICE_MS  300

/* ---- what can be seen ---- */

typedef struct range {
    double lo[2], hi[2];
} range;

static range range_of(const huse_class_map *m)
{
    const double inf = (double)INFINITY;
    range        r = {{inf, inf}, {-inf, -inf}};
    for (size_t i = 0; i < m->n; i++) {
        const double at[2] = {(double)m->point[i].x, (double)m->point[i].y};
        for (int k = 0; k < 2; k++) {
            r.lo[k] = fmin(r.lo[k], at[k]);
            r.hi[k] = fmax(r.hi[k], at[k]);
        }
    }
    return m->n ? r : (range){{0, 0}, {0, 0}};
}

static double scale_for(double dots, double lo, double hi)
{
    return hi - lo > 1e-9 ? 2 * FILLED * dots / (hi - lo) : HUGE_VAL;
}

ui_map_lens ui_map_look(const ui_browse *b)
{
    const ui_map_view *m = &b->map;
    ui_browse_layout   l;
    ui_browse_arrange(b, &l);
    ui_map_lens lens = {.r = l.map, .pixels = b->pictures && (b->gfx.mode == UI_GFX_SIXEL || b->gfx.mode == UI_GFX_KITTY)};
    lens.dot_w = lens.pixels ? HUSE_MAX(b->gfx.cell_w, 1) : 2;
    lens.dot_h = lens.pixels ? HUSE_MAX(b->gfx.cell_h, 1) : 4;
    const range  r = range_of(&m->map);
    const double sx = scale_for(lens.r.w * lens.dot_w, r.lo[0], r.hi[0]), sy = scale_for(lens.r.h * lens.dot_h, r.lo[1], r.hi[1]);
    double       least = fmin(sx, sy);
    if (!isfinite(least))
        least = FILLED * fmin(lens.r.w * lens.dot_w, lens.r.h * lens.dot_h);
    lens.sx = fmin(sx, STRETCH * least) * m->zoom;
    lens.sy = fmin(sy, STRETCH * least) * m->zoom;
    lens.x = m->zoom > 1 ? m->x : (r.lo[0] + r.hi[0]) / 2;
    lens.y = m->zoom > 1 ? m->y : (r.lo[1] + r.hi[1]) / 2;
    return lens;
}

void ui_map_dot(const ui_map_lens *l, float x, float y, double *dx, double *dy)
{
    *dx = l->r.w * l->dot_w / 2.0 + ((double)x - l->x) * l->sx;
    *dy = l->r.h * l->dot_h / 2.0 - ((double)y - l->y) * l->sy;
}

bool ui_map_cell(const ui_map_lens *l, float x, float y, int *cx, int *cy)
{
    double dx, dy;
    ui_map_dot(l, x, y, &dx, &dy);
    if (!(dx >= 0 && dy >= 0 && dx < l->r.w * l->dot_w && dy < l->r.h * l->dot_h))
        return false;
    *cx = (int)dx / l->dot_w;
    *cy = (int)dy / l->dot_h;
    return true;
}

ptrdiff_t ui_map_selected(const ui_browse *b)
{
    const ui_map_view *m = &b->map;
    return m->point_of && b->at.node >= 0 && b->at.item < 0 ? m->point_of[b->at.node] : -1;
}

size_t ui_map_near(const ui_browse *b, size_t near[UI_MAP_NEAR])
{
    const ui_known *f = ui_browse_facts(b);
    size_t          n = 0;
    if (!b->map.point_of || ui_map_selected(b) < 0 || !f || f->is_item)
        return 0;
    for (size_t i = 0; i < f->n_near && n < UI_MAP_NEAR; i++)
        if (f->near[i].node >= 0 && b->map.point_of[f->near[i].node] >= 0)
            near[n++] = (size_t)b->map.point_of[f->near[i].node];
    return n;
}

/* ---- subtrees ---- */

/* The highest level that tells apart at least two. */
static int level_of_groups(const ui_browse *b)
{
    for (int level = 1; level <= b->tree.deepest; level++) {
        size_t n = 0;
        for (size_t i = 1; i < b->tree.n; i++)
            n += b->tree.node[i].depth == level;
        if (n > 1)
            return level;
    }
    return 1;
}

static void add_subtree(ui_map_view *m, const huse_node *node, int32_t of)
{
    size_t at = m->n_subtrees < UI_MAP_SUBTREES ? m->n_subtrees++ : UI_MAP_SUBTREES;
    for (; at > 0 && node[m->subtree[at - 1]].items < node[of].items; at--)
        if (at < UI_MAP_SUBTREES)
            m->subtree[at] = m->subtree[at - 1];
    if (at < UI_MAP_SUBTREES)
        m->subtree[at] = of;
}

static void group_points(ui_browse *b)
{
    ui_map_view *m = &b->map;
    const int    level = level_of_groups(b);
    for (size_t i = 1; i < b->tree.n; i++)
        if (b->tree.node[i].depth == level || (b->tree.node[i].depth < level && b->tree.node[i].cls >= 0))
            add_subtree(m, b->tree.node, (int32_t)i);
    m->point_of = huse_xmalloc((b->tree.n + 1) * sizeof *m->point_of);
    memset(m->point_of, 0xff, b->tree.n * sizeof *m->point_of);
    m->group = huse_xcalloc(m->map.n + 1, 1);
    for (size_t i = 0; i < m->map.n; i++) {
        const int32_t node = m->map.point[i].node;
        m->point_of[node] = (int32_t)i;
        m->group[i] = (uint8_t)(m->n_subtrees ? m->n_subtrees - 1 : 0);
        for (size_t k = 0; k < m->n_subtrees; k++) {
            const int32_t top = m->subtree[k];
            const bool    below = node >= top && node < b->tree.node[top].end;
            if (below && (node == top || b->tree.node[top].depth == level))
                m->group[i] = (uint8_t)k;
        }
    }
}

/* ---- jobs ---- */

void ui_map_forget(ui_map_view *m)
{
    huse_class_map_free(&m->map);
    free(m->point_of);
    free(m->group);
    free(m->item);
    *m = (ui_map_view){.zoom = 1, .done = -1, .items_of = -1};
}

static void free_map_job(ui_job *job)
{
    ui_map_job *j = (ui_map_job *)job;
    huse_map_work_free(j->work);
    ui_map_forget(&j->view);
    free(j);
}

static ui_map_job *new_job(void (*run)(ui_job *, const ui_tools *), void (*done)(void *, ui_job *), ui_lane lane, int topic)
{
    ui_map_job *j = huse_xcalloc(1, sizeof *j);
    j->job = (ui_job){.run = run, .done = done, .free = free_map_job, .lane = lane, .topic = topic};
    return j;
}

/* The view stays where it is, though what is in it has moved. */
static void take_map(ui_browse *b, huse_class_map *map)
{
    ui_map_view *m = &b->map, now = {.here = true, .map = *map, .done = -1, .zoom = m->zoom, .x = m->x, .y = m->y, .items_of = -1};
    *map = (huse_class_map){.n = 0};
    ui_map_forget(m);
    *m = now;
    group_points(b);
    ui_map_follow(b);
}

static void run_better(ui_job *job, const ui_tools *t)
{
    ui_map_job *j = (ui_map_job *)job;
    if (!j->work)
        j->work = huse_map_work_new(t->engine);
    j->more = j->work && huse_map_work_on(j->work, SLICE_MS, t->stop);
    if (j->work && !j->more)
        huse_map_work_take(j->work, &j->view.map);
}

static void take_better(void *st, ui_job *job);

static void ask_better(ui_browse *b, huse_map_work *work)
{
    ui_map_job *j = new_job(run_better, take_better, UI_LANE_BACK, UI_TOPIC_MAP_BETTER);
    j->work = work;
    b->map.done = work ? huse_map_work_share(work) : 0;
    ui_post(b->ctx, b, &j->job);
}

static void take_better(void *st, ui_job *job)
{
    ui_browse *b = st;
    ui_map_job   *j = (ui_map_job *)job;
    if (j->more) {
        huse_map_work *work = j->work;
        j->work = NULL;
        ask_better(b, work);
    } else if (j->view.map.n) {
        take_map(b, &j->view.map);
    } else {
        b->map.done = -1;
    }
}

static void run_map(ui_job *job, const ui_tools *t)
{
    ui_map_view *v = &((ui_map_job *)job)->view;
    huse_err     err = {0};
    v->here = true;
    v->status = huse_class_map_open(t->engine, &v->map, &err);
    if (v->status == HUSE_OK)
        return;
    v->map = (huse_class_map){.n = 0};
    snprintf(v->why, sizeof v->why, "%.199s", err.msg);
}

static void take_first(void *st, ui_job *job)
{
    ui_browse   *b = st;
    ui_map_view *v = &((ui_map_job *)job)->view;
    const bool   better = v->map.better;
    if (v->status == HUSE_OK) {
        take_map(b, &v->map);
    } else {
        b->map.here = true;
        b->map.status = v->status;
        memcpy(b->map.why, v->why, sizeof v->why);
    }
    if (better)
        ask_better(b, NULL);
}

void ui_map_ask(ui_browse *b)
{
    if (!b->at.map || !ui_browse_has_tree(b) || !b->opened->trained)
        return;
    if (!b->map.here && !ui_busy(b->ctx, b, UI_TOPIC_MAP))
        ui_post(b->ctx, b, &new_job(run_map, take_first, UI_LANE_FACTS, UI_TOPIC_MAP)->job);
    else if (b->map.here && b->map.map.better && !ui_busy(b->ctx, b, UI_TOPIC_MAP_BETTER))
        ask_better(b, NULL);
}

/* ---- items of one class ---- */

static void run_items(ui_job *job, const ui_tools *t)
{
    ui_map_job       *j = (ui_map_job *)job;
    huse_err       err;
    if (huse_class_map_items(t->engine, &j->view.map, j->node, UI_MAP_ITEMS, &j->view.item, &j->view.n_items, &err) != HUSE_OK)
        j->view.n_items = 0;
}

static void take_items(void *st, ui_job *job)
{
    ui_browse *b = st;
    ui_map_job   *j = (ui_map_job *)job;
    free(b->map.item);
    b->map.item = j->view.item;
    b->map.n_items = j->view.n_items;
    b->map.items_of = j->node;
    j->view.item = NULL;
}

/* True when the selected class has room enough on the screen for its items. */
static bool items_fit(const ui_browse *b, const ui_map_lens *l, size_t at)
{
    const huse_map_point *p = b->map.map.point;
    double                least = (double)INFINITY;
    for (size_t i = 0; i < b->map.map.n; i++) {
        const double dx = (double)(p[i].x - p[at].x) * l->sx / l->dot_w, dy = (double)(p[i].y - p[at].y) * l->sy / l->dot_h;
        if (hypot((double)(p[i].x - p[at].x), (double)(p[i].y - p[at].y)) > 1e-6)
            least = fmin(least, hypot(dx / 2, dy));
    }
    return least >= l->r.h * .8;
}

static void ask_items(ui_browse *b)
{
    const ui_map_lens l = ui_map_look(b);
    const ptrdiff_t   at = ui_map_selected(b);
    ui_map_view      *m = &b->map;
    if (at < 0 || m->zoom <= 1 || m->items_of == b->at.node || !items_fit(b, &l, (size_t)at))
        return;
    ui_map_job *j = new_job(run_items, take_items, UI_LANE_FACTS, UI_TOPIC_MAP_ITEMS);
    j->node = b->at.node;
    j->view.map = m->map;
    j->view.map.point = huse_xmalloc((m->map.n + 1) * sizeof *m->map.point);
    memcpy(j->view.map.point, m->map.point, m->map.n * sizeof *m->map.point);
    ui_post(b->ctx, b, &j->job);
}

bool ui_map_shows_items(const ui_browse *b, const ui_map_lens *l)
{
    const ptrdiff_t at = ui_map_selected(b);
    return at >= 0 && b->map.items_of == b->at.node && b->map.n_items && b->map.zoom > 1 && items_fit(b, l, (size_t)at);
}

/* ---- moving ---- */

/* Keeps the middle within what there is. */
static void look_at(ui_map_view *m, double x, double y)
{
    const range r = range_of(&m->map);
    m->x = fmax(r.lo[0], fmin(x, r.hi[0]));
    m->y = fmax(r.lo[1], fmin(y, r.hi[1]));
}

void ui_map_follow(ui_browse *b)
{
    const ptrdiff_t   at = ui_map_selected(b);
    const ui_map_lens l = ui_map_look(b);
    double            x, y;
    if (at < 0 || !b->at.map || b->map.zoom <= 1)
        return;
    const huse_map_point *p = &b->map.map.point[at];
    ui_map_dot(&l, p->x, p->y, &x, &y);
    const double w = l.r.w * l.dot_w, h = l.r.h * l.dot_h;
    if (x < w * .12 || x > w * .88 || y < h * .12 || y > h * .88)
        look_at(&b->map, (double)p->x, (double)p->y);
    ask_items(b);
}

void ui_map_zoom(ui_browse *b, int by, double x, double y)
{
    ui_map_view      *m = &b->map;
    const ui_map_lens l = ui_map_look(b);
    const double      before = m->zoom, now = fmin(fmax(before * pow(ZOOM_STEP, by), 1), ZOOM_MOST);
    if (!m->map.n || now == before)
        return;
    m->zoom = now;
    look_at(m, x + (l.x - x) * before / now, y + (l.y - y) * before / now); /* what is at (x, y) stays there */
    ui_map_follow(b);
}

static void zoom_key(ui_browse *b, int by)
{
    const ptrdiff_t   at = ui_map_selected(b);
    const ui_map_lens l = ui_map_look(b);
    ui_map_view      *m = &b->map;
    int               cx, cy;
    if (at >= 0 && ui_map_cell(&l, m->map.point[at].x, m->map.point[at].y, &cx, &cy)) {
        const double x = (double)m->map.point[at].x, y = (double)m->map.point[at].y;
        ui_map_zoom(b, by, x, y);
        if (by > 0 && m->zoom > 4)
            look_at(m, x, y);
    } else {
        ui_map_zoom(b, by, l.x, l.y);
    }
    ask_items(b);
}

static void select_point(ui_browse *b, size_t at)
{
    ui_tree_select(&b->tree, b->map.map.point[at].node);
    ui_browse_follow(b);
    b->at.area = UI_AREA_MAP;
    ui_map_follow(b);
}

/* The point nearest to (@x, @y) in dots in the direction (@ux, @uy), 0: in any; -1: there is none. */
static ptrdiff_t nearest(const ui_browse *b, const ui_map_lens *l, double x, double y, int ux, int uy, ptrdiff_t but)
{
    ptrdiff_t found = -1;
    double    least = (double)INFINITY;
    for (size_t i = 0; i < b->map.map.n; i++) {
        double dx, dy;
        ui_map_dot(l, b->map.map.point[i].x, b->map.map.point[i].y, &dx, &dy);
        dx = (dx - x) / l->dot_w / 2;
        dy = (dy - y) / l->dot_h;
        const double along = dx * ux + dy * uy, across = fabs(dx * uy) + fabs(dy * ux);
        const double far = ux || uy ? along + 2 * across : hypot(dx, dy);
        if ((ptrdiff_t)i == but || ((ux || uy) && (along < .2 || across > 1.2 * along)) || far >= least)
            continue;
        least = far;
        found = (ptrdiff_t)i;
    }
    return found;
}

static void step(ui_browse *b, int ux, int uy)
{
    const ui_map_lens l = ui_map_look(b);
    ptrdiff_t         at = ui_map_selected(b), to;
    double            x = l.r.w * l.dot_w / 2.0, y = l.r.h * l.dot_h / 2.0;
    int               cx, cy;
    if (at >= 0 && ui_map_cell(&l, b->map.map.point[at].x, b->map.map.point[at].y, &cx, &cy))
        ui_map_dot(&l, b->map.map.point[at].x, b->map.map.point[at].y, &x, &y);
    else
        ux = uy = 0;
    to = nearest(b, &l, x, y, ux, uy, ux || uy ? at : -1);
    if (to >= 0)
        select_point(b, (size_t)to);
}

static void pan(ui_browse *b, int uy)
{
    const ui_map_lens l = ui_map_look(b);
    if (b->map.zoom > 1)
        look_at(&b->map, l.x, l.y - uy * l.r.h * l.dot_h / l.sy / 2);
}

bool ui_map_move(ui_browse *b, enum ui_action a)
{
    switch (a) {
    case UI_ACT_LEFT:
        step(b, -1, 0);
        return true;
    case UI_ACT_RIGHT:
        step(b, 1, 0);
        return true;
    case UI_ACT_UP:
        step(b, 0, -1);
        return true;
    case UI_ACT_DOWN:
        step(b, 0, 1);
        return true;
    case UI_ACT_PGUP:
    case UI_ACT_PGDN:
        pan(b, a == UI_ACT_PGUP ? -1 : 1);
        return true;
    case UI_ACT_FIRST:
    case UI_ACT_LAST:
        b->map.zoom = 1;
        return true;
    case UI_ACT_ZOOMIN:
    case UI_ACT_ZOOMOUT:
        zoom_key(b, a == UI_ACT_ZOOMIN ? 1 : -1);
        return true;
    default:
        return false;
    }
}

/* ---- the mouse ---- */

/* The boxes of the area that answer clicks and the wheel. */
ui_rect ui_map_box(const ui_map_lens *l, int number)
{
    const int columns = (l->r.w + UI_MAP_BOX_W - 1) / UI_MAP_BOX_W;
    const ui_rect r = {number % columns * UI_MAP_BOX_W, number / columns * UI_MAP_BOX_H, UI_MAP_BOX_W, UI_MAP_BOX_H};
    return (ui_rect){r.x, r.y, HUSE_MIN(r.w, l->r.w - r.x), HUSE_MIN(r.h, l->r.h - r.y)};
}

static void middle_of(const ui_map_lens *l, int number, double *x, double *y)
{
    const ui_rect r = ui_map_box(l, number);
    *x = (r.x + r.w / 2.0) * l->dot_w;
    *y = (r.y + r.h / 2.0) * l->dot_h;
}

void ui_map_pick(ui_browse *b, int kind, int at)
{
    const ui_map_lens l = ui_map_look(b);
    double            x, y;
    b->at.area = UI_AREA_MAP;
    if (kind == UI_HIT_POINT && (size_t)at < b->map.map.n) {
        select_point(b, (size_t)at);
    } else if (kind == UI_HIT_MAP) {
        middle_of(&l, at, &x, &y);
        const ptrdiff_t to = nearest(b, &l, x, y, 0, 0, -1);
        if (to >= 0)
            select_point(b, (size_t)to);
    }
}

void ui_map_wheel(ui_browse *b, int kind, int at, int by)
{
    const ui_map_lens l = ui_map_look(b);
    double            x, y;
    if (kind == UI_HIT_POINT && (size_t)at < b->map.map.n) {
        ui_map_zoom(b, -by, (double)b->map.map.point[at].x, (double)b->map.map.point[at].y);
    } else if (kind == UI_HIT_MAP) {
        middle_of(&l, at, &x, &y);
        ui_map_zoom(b, -by, l.x + (x - l.r.w * l.dot_w / 2.0) / l.sx, l.y - (y - l.r.h * l.dot_h / 2.0) / l.sy);
    }
}

/* ---- in words ---- */

/* The one that lies farthest away on the map but for those that are nearest in the space. */
static ptrdiff_t farthest(const huse_class_map *m, size_t from, const size_t *near, size_t n)
{
    ptrdiff_t found = -1;
    double    most = 0;
    for (size_t i = 0; i < m->n; i++) {
        const double far = hypot((double)(m->point[i].x - m->point[from].x), (double)(m->point[i].y - m->point[from].y));
        bool         is_near = false;
        for (size_t k = 0; k < n; k++)
            is_near = is_near || near[k] == i;
        if (far > most && !is_near) {
            most = far;
            found = (ptrdiff_t)i;
        }
    }
    return found;
}

char *ui_map_words(const huse_node *node, const huse_class_map *m, size_t at, const size_t *near, size_t n)
{
    const ptrdiff_t far = farthest(m, at, near, n);
    huse_buf        s = {0};
    huse_buf_str(&s, "");
    if (!n && far < 0)
        return s.data;
    huse_buf_fmt(&s, "%s lies%s", node[m->point[at].node].name, n > 1 ? " among" : n ? " beside" : "");
    for (size_t i = 0; i < HUSE_MIN(n, 3); i++)
        huse_buf_fmt(&s, "%s%s", i ? ", " : " ", node[m->point[near[i]].node].name);
    if (far >= 0)
        huse_buf_fmt(&s, "%s far from %s", n ? ";" : "", node[m->point[far].node].name);
    return s.data;
}

char *ui_map_sentence(const ui_browse *b)
{
    size_t          near[UI_MAP_NEAR];
    const size_t    n = ui_map_near(b, near);
    const ptrdiff_t at = ui_map_selected(b);
    return at >= 0 ? ui_map_words(b->tree.node, &b->map.map, (size_t)at, near, n) : huse_xstrdup("");
}
