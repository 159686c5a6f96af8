/* Browse: the class tree, and what is near each of its nodes and items in the learned space. */
#include "pane_browse.h"

#include <stdlib.h>
#include <string.h>

bool ui_browse_has_tree(const ui_browse *b)
{
    return b->opened && b->opened->status == HUSE_OK && b->tree.n > 1;
}

/* Where it is a page of its own, it can be looked at even when it only says why it is empty. */
bool ui_browse_has_side(const ui_browse *b)
{
    ui_browse_layout l;
    ui_browse_arrange(b, &l);
    return b->opened->trained || b->at.item >= 0 || !l.tree.w || !l.side.w;
}

/* ---- places ---- */

/* Remembers where one is, for the way back. */
static void leave(ui_browse *b)
{
    if (b->n_way == UI_WAY_MAX)
        memmove(b->way, b->way + 1, --b->n_way * sizeof *b->way);
    b->way[b->n_way++] = b->at;
}

static void arrive(ui_browse *b, ui_spot at)
{
    b->at = at;
    ui_tree_select(&b->tree, at.node);
    ui_browse_ask(b);
}

static ui_area first_area(int32_t node)
{
    return node > 0 ? UI_AREA_NEAR : UI_AREA_MEMBERS;
}

static ui_spot place_of_node(int32_t node, ui_area area)
{
    return (ui_spot){.node = node, .item = -1, .area = area, .near_node = -1, .group = UI_TYPICAL};
}

static void go_to_node(ui_browse *b, int32_t node)
{
    leave(b);
    arrive(b, place_of_node(node, first_area(node)));
}

void ui_browse_go_to_item(ui_browse *b, ptrdiff_t item)
{
    const huse_items *items = b->opened->items;
    const int32_t     cls = items->item[item].cls, node = cls >= 0 ? ui_tree_find(b->tree.node, b->tree.n, items->class_path[cls]) : 0;
    ui_spot          at = place_of_node(HUSE_MAX(node, 0), UI_AREA_ITEM);
    at.item = item;
    leave(b);
    arrive(b, at);
}

static void go_back(ui_browse *b)
{
    if (b->n_way)
        arrive(b, b->way[--b->n_way]);
    else
        b->at.area = UI_AREA_TREE;
}

/* The cursor of the tree has moved. */
void ui_browse_follow(ui_browse *b)
{
    const int32_t node = ui_tree_selected(&b->tree);
    const bool    map = b->at.map && b->at.item < 0;
    if (node >= 0 && (node != b->at.node || b->at.item >= 0)) {
        b->at = place_of_node(node, map && b->at.area == UI_AREA_MAP ? UI_AREA_MAP : UI_AREA_TREE);
        b->at.map = map;
        ui_browse_ask(b);
        ui_map_follow(b);
    }
}

void ui_browse_settle(ui_browse *b)
{
    ui_browse_layout l;
    ui_spot        *at = &b->at;
    const ui_known  *f = ui_browse_facts(b);
    ui_browse_arrange(b, &l);
    if (!f || f->is_item)
        return;
    if (f->part[UI_NEAR].here) {
        ui_list_resize(&at->near, f->n_near, (size_t)HUSE_MAX(l.near.h, 1));
        for (size_t i = 0; at->near_node >= 0 && i < f->n_near; i++)
            if (f->near[i].node == at->near_node)
                ui_list_to(&at->near, i, (size_t)HUSE_MAX(l.near.h, 1));
        at->near_node = -1;
    }
    for (int i = UI_TYPICAL; i <= UI_FAR; i++)
        if (f->part[i].here)
            at->member[i] = f->members[i].n ? HUSE_MIN(at->member[i], f->members[i].n - 1) : 0;
}

static void enter(ui_browse *b)
{
    const ui_subject s = ui_browse_subject(b);
    const int32_t    node = s.path ? ui_tree_find(b->tree.node, b->tree.n, s.path) : -1;
    if (b->at.area == UI_AREA_TREE && !ui_browse_has_side(b))
        ui_say(b->ctx, "there is more to see once a model is trained");
    else if (b->at.area == UI_AREA_TREE && b->at.map)
        b->at.area = UI_AREA_MAP;
    else if (b->at.area == UI_AREA_TREE)
        b->at.area = b->at.item >= 0 ? UI_AREA_ITEM : first_area(b->at.node);
    else if (b->at.area == UI_AREA_ITEM)
        return;
    else if (s.item >= 0)
        ui_browse_go_to_item(b, s.item);
    else if (node >= 0)
        go_to_node(b, node);
    else if (s.path)
        ui_say(b->ctx, "%s is of the model; the catalogue has no item of it any more", s.path);
}

/* ---- filter and levels ---- */

static void filter_changed(void *st, const char *text)
{
    ui_browse *b = st;
    ui_tree_filter(&b->tree, text);
    ui_browse_follow(b);
}

static void filter_done(void *st, const char *text)
{
    ui_browse *b = st;
    if (b->tree.filter && !b->tree.matches) {
        ui_warn(b->ctx, "no class is named like “%s”", text);
        ui_tree_filter(&b->tree, "");
        ui_tree_select(&b->tree, b->before);
        ui_browse_follow(b);
    }
}

static void filter_cancelled(void *st)
{
    ui_browse *b = st;
    ui_tree_filter(&b->tree, "");
    ui_tree_select(&b->tree, b->before);
    ui_browse_follow(b);
}

static void ask_filter(ui_browse *b)
{
    const ui_prompt p = {.label = "filter", .text = "", .hint = "part of a class's name, or of its path with a /",
                         .changed = filter_changed, .done = filter_done, .cancelled = filter_cancelled};
    if (!b->at.map)
        b->at.area = UI_AREA_TREE;
    b->before = b->at.node;
    ui_ask_line(b->ctx, b, &p);
}

static void next_match(ui_browse *b, int by)
{
    if (!b->tree.filter) {
        ui_say(b->ctx, "/ finds classes by name");
        return;
    }
    if (!b->at.map)
        b->at.area = UI_AREA_TREE;
    (void)ui_tree_next(&b->tree, by);
    ui_browse_follow(b);
}

static void turn_level(ui_browse *b, int by)
{
    const int deepest = b->tree.deepest;
    if (b->at.area == UI_AREA_NEAR) {
        const int now = ui_browse_level(b, b->at.node), to = HUSE_MAX(HUSE_MIN((now ? now : deepest + 1) + by, deepest + 1), 1);
        b->level = to > deepest ? 0 : to;
        b->at.near = (ui_list){0};
        if (b->level)
            ui_say(b->ctx, "neighbours at level %d of %d", b->level, deepest);
        else
            ui_say(b->ctx, "neighbours among all classes");
        ui_browse_ask(b);
        return;
    }
    ui_tree_level(&b->tree, b->tree.level + by);
    ui_say(b->ctx, "the tree down to level %d of %d", b->tree.level, deepest);
    ui_browse_follow(b);
}

/* ---- the map ---- */

static void turn_view(ui_browse *b)
{
    if (!b->opened->trained) {
        ui_say(b->ctx, "there is a map once a model is trained");
        return;
    }
    if (b->at.item >= 0)
        go_to_node(b, b->at.node);
    b->at.map = !b->at.map;
    b->at.area = b->at.map ? UI_AREA_MAP : first_area(b->at.node);
    ui_map_ask(b);
    ui_map_follow(b);
}

/* ---- disagreements ---- */

size_t ui_browse_ties_page(const ui_browse *b)
{
    ui_browse_layout l;
    ui_browse_arrange(b, &l);
    return (size_t)HUSE_MAX(l.body.h, 1);
}

static void open_ties(ui_browse *b)
{
    if (!b->opened->trained) {
        ui_say(b->ctx, "disagreements are known once a model is trained");
        return;
    }
    leave(b);
    b->at.ties = true;
    ui_browse_ask_ties(b);
}

static void go_to_tie(ui_browse *b)
{
    const huse_disagreement *d = b->ties.list.cursor < b->ties.list.n ? &b->ties.tie[b->ties.list.cursor] : NULL;
    const int32_t            node = d ? ui_tree_find(b->tree.node, b->tree.n, d->a) : -1;
    if (!d)
        return;
    if (node < 0) {
        ui_say(b->ctx, "%s is of the model; the catalogue has no item of it any more", d->a);
        return;
    }
    ui_spot at = place_of_node(node, UI_AREA_NEAR);
    at.near_node = ui_tree_find(b->tree.node, b->tree.n, d->b);
    at.near_rank = d->rank;
    b->level = -1;
    leave(b);
    arrive(b, at);
}

static bool ties_act(ui_browse *b, enum ui_action a)
{
    switch (a) {
    case UI_ACT_OPEN:
        go_to_tie(b);
        return true;
    case UI_ACT_RETURN:
    case UI_ACT_BACK:
    case UI_ACT_DISAGREE:
        go_back(b);
        return true;
    default:
        return ui_list_move(&b->ties.list, a, ui_browse_ties_page(b));
    }
}

/* ---- the loop's calls ---- */

static void close_one(ui_browse *b)
{
    if (b->at.item >= 0)
        go_back(b);
    else if (b->at.area != UI_AREA_TREE)
        b->at.area = UI_AREA_TREE;
    else if (b->tree.filter)
        ui_tree_filter(&b->tree, "");
}

static void toggle_pictures(ui_browse *b)
{
    b->pictures = !b->pictures && b->ctx->fetch_pictures;
    b->at.member_top = 0;
    ui_browse_settle(b);
}

static bool act_on_subject(ui_browse *b, enum ui_action a)
{
    switch (a) {
    case UI_ACT_SIMILAR:
    case UI_ACT_ADD:
    case UI_ACT_SUBTRACT:
    case UI_ACT_CLASS:
        ui_browse_lead_out(b, ui_action_how(a));
        return true;
    case UI_ACT_MARK:
        ui_browse_mark(b);
        return true;
    case UI_ACT_COPY:
        ui_browse_copy(b);
        return true;
    default:
        return false;
    }
}

static bool act_on_tree(ui_browse *b, enum ui_action a)
{
    switch (a) {
    case UI_ACT_INPUT:
        ask_filter(b);
        return true;
    case UI_ACT_NEXT:
    case UI_ACT_PREVIOUS:
        next_match(b, a == UI_ACT_NEXT ? 1 : -1);
        return true;
    case UI_ACT_LEVELUP:
    case UI_ACT_LEVELDOWN:
        turn_level(b, a == UI_ACT_LEVELUP ? -1 : 1);
        return true;
    case UI_ACT_DISAGREE:
        open_ties(b);
        return true;
    case UI_ACT_VIEW:
    case UI_ACT_VIEWBACK:
        turn_view(b);
        return true;
    case UI_ACT_ZOOMIN:
    case UI_ACT_ZOOMOUT:
        if (b->at.map)
            (void)ui_map_move(b, a);
        else
            ui_say(b->ctx, "] shows the map");
        return true;
    case UI_ACT_EXPORT:
        ui_export_ask(&b->export, b->ctx, UI_TOPIC_EXPORT);
        return true;
    default:
        return act_on_subject(b, a);
    }
}

static bool browse_act(void *st, enum ui_action a)
{
    ui_browse *b = st;
    if (!ui_browse_has_tree(b))
        return false;
    if (b->at.ties)
        return ties_act(b, a);
    if (ui_action_moves(a)) {
        ui_browse_move(b, a);
        return true;
    }
    switch (a) {
    case UI_ACT_OPEN:
        enter(b);
        return true;
    case UI_ACT_RETURN:
        go_back(b);
        return true;
    case UI_ACT_BACK:
        close_one(b);
        return true;
    case UI_ACT_AREA:
    case UI_ACT_AREABACK:
        if (ui_browse_has_side(b))
            ui_browse_turn_area(b, a == UI_ACT_AREA ? 1 : -1);
        return true;
    case UI_ACT_PICTURES:
        toggle_pictures(b);
        return true;
    default:
        return act_on_tree(b, a);
    }
}

static void browse_open(void *st, const ui_ctx *ctx)
{
    ui_browse *b = st;
    b->ctx = ctx;
    b->level = -1;
    b->pictures = ctx->fetch_pictures;
    b->at = place_of_node(0, UI_AREA_TREE);
    ui_map_forget(&b->map);
}

static void browse_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    ui_browse       *b = st;
    ui_browse_layout l;
    const bool       same = w == b->w && h == b->h && ui_gfx_same(gfx, &b->gfx); /* drawn anew alone: nothing moves */
    b->w = w;
    b->h = h;
    b->gfx = *gfx;
    ui_browse_arrange(b, &l);
    ui_tree_page(&b->tree, (size_t)HUSE_MAX(l.body.h, 1));
    if (!same)
        b->at.member_top = 0;
    ui_browse_settle(b);
}

static bool browse_typing(const void *st)
{
    (void)st;
    return false;
}

static void browse_lead(void *st, char how, const char *term)
{
    ui_browse *b = st;
    (void)how;
    if (!b->opened) {
        free(b->early);
        b->early = huse_xstrdup(term);
        return;
    }
    if (!ui_browse_has_tree(b))
        return;
    const int32_t node = ui_tree_find(b->tree.node, b->tree.n, term);
    if (node >= 0)
        go_to_node(b, node);
    else if (*term == '@')
        ui_browse_ask_item(b, term + 1);
    else
        ui_warn(b->ctx, "the tree has no class “%.200s”", term);
}

void ui_browse_plant(ui_browse *b, const huse_node *node, size_t n)
{
    ui_tree_plant(&b->tree, node, n);
    ui_browse_ask(b);
    ui_browse_ask_figures(b);
    if (b->early) {
        char *term = b->early;
        b->early = NULL;
        browse_lead(b, '=', term);
        free(term);
    }
}

static void browse_opened(void *st, const ui_opened *o)
{
    ui_browse *b = st;
    size_t     n;
    b->opened = o;
    if (o->status == HUSE_OK && o->engine) {
        const huse_node *node = huse_engine_tree(o->engine, &n);
        ui_browse_plant(b, node, n);
    }
}

/* The numbers that a place has in a changed catalogue; what is gone leads to what was above it. */
static void move_spot(const ui_browse *b, ui_spot *s, const ui_tree *was, const huse_items *items)
{
    size_t           n;
    const huse_node *node = huse_engine_tree(b->opened->engine, &n);
    int32_t          at = -1;
    for (int32_t i = s->node; i >= 0 && at < 0; i = was->node[i].parent)
        at = ui_tree_find(node, n, was->node[i].path);
    s->node = HUSE_MAX(at, 0);
    s->near_node = s->near_node < 0 ? -1 : ui_tree_find(node, n, was->node[s->near_node].path);
    if (s->item < 0)
        return;
    s->item = huse_items_find(b->opened->items, items->item[s->item].id);
    if (s->item < 0)
        *s = place_of_node(s->node, UI_AREA_TREE);
}

static void move_to_other(ui_browse *b, const huse_items *items)
{
    size_t           n;
    const huse_node *node = huse_engine_tree(b->opened->engine, &n);
    move_spot(b, &b->at, &b->tree, items);
    for (size_t i = 0; i < b->n_way; i++)
        move_spot(b, &b->way[i], &b->tree, items);
    if (b->tree.n && b->before >= 0)
        b->before = HUSE_MAX(ui_tree_find(node, n, b->tree.node[b->before].path), 0);
    ui_tree_replant(&b->tree, node, n);
}

static void browse_renewed(void *st, const ui_opened *was)
{
    ui_browse *b = st;
    if (b->opened->engine && b->tree.n)
        move_to_other(b, was->items);
    ui_browse_forget(b);
    b->figures = (huse_figures){.node = NULL};
    b->ties = (ui_ties){.here = false};
    b->early = NULL;
    ui_map_forget(&b->map);
    b->at.ties = false;
    ui_browse_ask(b);
    ui_browse_ask_figures(b);
    if (b->at.map)
        ui_map_ask(b);
}

static void browse_close(void *st)
{
    ui_browse *b = st;
    ui_browse_forget(b);
    ui_map_forget(&b->map);
    ui_export_free(&b->export);
    ui_tree_free(&b->tree);
}

const ui_pane_ops ui_pane_browse = {
    .name = "Browse",
    .state_size = sizeof(ui_browse),
    .open = browse_open,
    .resize = browse_resize,
    .typing = browse_typing,
    .act = browse_act,
    .opened = browse_opened,
    .renewed = browse_renewed,
    .lead = browse_lead,
    .pick = ui_browse_pick,
    .wheel = ui_browse_wheel,
    .draw = ui_browse_draw,
    .close = browse_close,
};
