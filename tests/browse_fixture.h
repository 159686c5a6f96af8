/* Browse without a terminal or an engine: a shop's tree, keys and clicks in, a canvas out. */
#ifndef BROWSE_FIXTURE_H
#define BROWSE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "pane_fixture.h"
#include "ui/pane_browse.h"

#define ITEMS 40

/* ---- trees ---- */

typedef struct nodes {
    huse_node *node;
    size_t     n;
} nodes;

/* From paths in pre-order, siblings in byte order; leaves get @items each. */
static inline nodes plant(const char *const *path, size_t n, size_t items)
{
    nodes t = {huse_xcalloc(n + 1, sizeof(huse_node)), n + 1};
    t.node[0] = (huse_node){.path = "", .name = "", .parent = -1, .cls = -1};
    for (size_t i = 1; i < t.n; i++) {
        const char *slash = strrchr(path[i - 1], '/');
        int32_t     parent = (int32_t)i - 1;
        const size_t len = slash ? (size_t)(slash - path[i - 1]) : 0;
        while (strlen(t.node[parent].path) != len || memcmp(t.node[parent].path, path[i - 1], len) != 0)
            parent = t.node[parent].parent;
        t.node[i] = (huse_node){path[i - 1], slash ? slash + 1 : path[i - 1], parent, 0, t.node[parent].depth + 1, -1, 0};
    }
    int32_t cls = 0;
    for (size_t i = t.n; i-- > 0;) {
        t.node[i].end = HUSE_MAX(t.node[i].end, (int32_t)i + 1);
        if (t.node[i].end == (int32_t)i + 1)
            t.node[i].items = i ? items : 0;
        if (i) {
            huse_node *p = &t.node[t.node[i].parent];
            p->items += t.node[i].items;
            p->end = HUSE_MAX(p->end, t.node[i].end);
        }
    }
    for (size_t i = 1; i < t.n; i++)
        if (t.node[i].end == (int32_t)i + 1)
            t.node[i].cls = cls++;
    return t;
}

static const char *const shop[] = {
    "Accessories",          "Accessories/Bags",       "Accessories/Bags/Backpacks",  "Accessories/Bags/Handbags", "Accessories/Ties",
    "Accessories/Ties/Bow Ties", "Apparel",           "Apparel/Bottomwear",          "Apparel/Bottomwear/Jeans",  "Apparel/Topwear",
    "Apparel/Topwear/Shirts", "Apparel/Topwear/Tshirts", "Footwear",
};
enum { ACCESSORIES = 1, BAGS, BACKPACKS, HANDBAGS, TIES, BOW_TIES, APPAREL, BOTTOMWEAR, JEANS, TOPWEAR, SHIRTS, TSHIRTS, FOOTWEAR };

/* ---- fixture ---- */

static huse_item    item[ITEMS];
static huse_picture picture[ITEMS];
static char         id[ITEMS][24], text[ITEMS][40];
static const char  *class_path[] = {"Accessories/Bags/Backpacks", "Accessories/Bags/Handbags", "Accessories/Ties/Bow Ties", "Apparel/Bottomwear/Jeans",
                                    "Apparel/Topwear/Shirts",     "Apparel/Topwear/Tshirts",   "Footwear"};
static huse_items items = {.item = item, .n = ITEMS, .picture = picture, .n_pictures = ITEMS, .class_path = class_path, .n_classes = 7};

typedef struct fixture {
    ui_ctx     ctx;
    ui_browse *b;
    pane_calls calls;
    ui_opened  opened;
    ui_gfx     gfx;
    int        w, h;
    nodes      tree;
    ui_canvas  canvas;
} fixture;

static inline void begin(fixture *f, int w, int h)
{
    *f = (fixture){.w = w, .h = h, .gfx = {.mode = UI_GFX_SIXEL, .cell_w = 8, .cell_h = 16, .colours = 256}};
    f->ctx = (ui_ctx){.workspace = "shop", .dir = "shop", .fetch_pictures = true, .call = &fixture_calls, .loop = &f->calls};
    f->b = huse_xcalloc(1, ui_pane_browse.state_size);
    for (int i = 0; i < ITEMS; i++) {
        snprintf(id[i], sizeof id[i], "id-%d", i);
        snprintf(text[i], sizeof text[i], "thing number %d", i);
        item[i] = (huse_item){.id = id[i], .text = text[i], .cls = i % 7, .split = HUSE_SPLIT_TEST, .picture = (uint32_t)i, .n_pictures = 1};
        picture[i] = (huse_picture){.path = "x.jpg", .root = "/pictures", .state = HUSE_PICTURE_OK, .has_key = true, .key = {(uint8_t)i}};
    }
    ui_pane_browse.open(f->b, &f->ctx);
    ui_pane_browse.resize(f->b, w, h, &f->gfx);
}

static inline void open_with(fixture *f, const char *const *path, size_t n, bool trained)
{
    f->opened = (ui_opened){.status = HUSE_OK, .items = &items, .trained = trained, .model = "run-1 step 280"};
    f->ctx.opened = &f->opened;
    f->ctx.marks = ui_marks_new(NULL, &items, NULL, NULL);
    f->tree = plant(path, n, 5);
    ui_pane_browse.opened(f->b, &f->opened);
    ui_browse_plant(f->b, f->tree.node, f->tree.n);
}

static inline void begin_shop(fixture *f, int w, int h)
{
    begin(f, w, h);
    open_with(f, shop, HUSE_COUNT(shop), true);
}

static inline void end(fixture *f)
{
    ui_pane_browse.close(f->b);
    free(f->b);
    ui_marks_free(f->ctx.marks);
    fixture_end(&f->calls);
    ui_canvas_free(&f->canvas);
    free(f->tree.node);
}

static inline void key(fixture *f, int32_t k)
{
    ui_pane_browse.act(f->b, ui_action_of(k));
}

static inline void keys(fixture *f, const char *s)
{
    for (; *s; s++)
        key(f, *s);
}

static inline char *screen(fixture *f)
{
    ui_canvas_reset(&f->canvas, f->w, f->h);
    ui_pane_browse.draw(f->b, &f->canvas);
    return ui_canvas_dump(&f->canvas);
}

static inline void shows(fixture *f, const char *what)
{
    screen_holds(screen(f), what, true);
}

static inline void hides(fixture *f, const char *what)
{
    screen_holds(screen(f), what, false);
}

/* Column of @what in the line that it is in; the line is the @nth with it. */
static inline int row_of(fixture *f, const char *what)
{
    char *s = screen(f), *at = strstr(s, what);
    int   row = 0;
    if (!at)
        fail_msg("no “%s” in:\n%s", what, s);
    for (char *p = s; p < at; p++)
        row += *p == '\n';
    free(s);
    return row;
}

static inline void click_at(fixture *f, const char *what, int dx, bool twice)
{
    char *s = screen(f), *at = strstr(s, what), *line = at;
    if (!at)
        fail_msg("no “%s” in:\n%s", what, s);
    while (line > s && line[-1] != '\n')
        line--;
    char         *before = huse_xstrndup(line, (size_t)(at - line));
    const int     x = (int)huse_text_width(before) + dx;
    const ui_hit *hit = ui_canvas_at(&f->canvas, x, row_of(f, what));
    assert_non_null(hit);
    ui_pane_browse.pick(f->b, hit->what, twice);
    free(before);
    free(s);
}

/* ---- answers ---- */

static inline ui_known_job *asked(fixture *f, int part)
{
    return (ui_known_job *)fixture_job(&f->calls, part);
}

static inline ui_known_job *must_be_asked(fixture *f, int part)
{
    ui_known_job *j = asked(f, part);
    assert_non_null(j);
    j->known.part[part].here = true;
    return j;
}

static inline void give(fixture *f, ui_known_job *j)
{
    fixture_done(&f->calls, &j->job);
}

/* Neighbours: @n nodes with the cosines .9, .8 … */
static inline void give_near(fixture *f, const int32_t *node, const int *flag, size_t n)
{
    ui_known_job *j = must_be_asked(f, UI_NEAR);
    j->known.near = huse_xcalloc(HUSE_MAX(n, 1), sizeof *j->known.near);
    j->known.n_near = n;
    for (size_t i = 0; i < n; i++)
        j->known.near[i] = (ui_near){node[i], f->tree.node[node[i]].path, .9f - .1f * (float)i, .25f, 2, flag ? flag[i] : 0};
    give(f, j);
}

#endif
