/* Browse: the class tree, and what is near each of its nodes and items in the learned space. */
#include "pane_browse.h"

#include <stdlib.h>
#include <string.h>

bool ui_browse_has_tree(const ui_browse *b)
{
    return b->opened && b->opened->status == HUSE_OK && b->tree.n > 1;
}

/* ---- places ---- */

static bool is_ready(const ui_browse *b)
{
    return ui_browse_has_tree(b) && !b->at.ties;
}

/* Remembers where one is, for the way back. */
static void leave(ui_browse *b)
{
    if (b->n_way == UI_WAY_MAX)
        memmove(b->way, b->way + 1, --b->n_way * sizeof *b->way);
    b->way[b->n_way++] = b->at;
}

static void arrive(ui_browse *b, ui_place at)
{
    b->at = at;
    ui_tree_select(&b->tree, at.node);
    ui_browse_ask(b);
}

static ui_area first_area(int32_t node)
{
    return node > 0 ? UI_AREA_NEAR : UI_AREA_MEMBERS;
}

static ui_place place_of_node(int32_t node, ui_area area)
{
    return (ui_place){.node = node, .item = -1, .area = area, .near_node = -1, .group = UI_TYPICAL};
}

static void go_to_node(ui_browse *b, int32_t node)
{
    leave(b);
    arrive(b, place_of_node(node, first_area(node)));
}

static void go_to_item(ui_browse *b, ptrdiff_t item)
{
    const huse_items *items = b->opened->items;
    const int32_t     cls = items->item[item].cls, node = cls >= 0 ? ui_tree_find(b->tree.node, b->tree.n, items->class_path[cls]) : 0;
    ui_place          at = place_of_node(HUSE_MAX(node, 0), UI_AREA_ITEM);
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
static void follow_tree(ui_browse *b)
{
    const int32_t node = ui_tree_selected(&b->tree);
    if (node >= 0 && (node != b->at.node || b->at.item >= 0)) {
        b->at = place_of_node(node, UI_AREA_TREE);
        ui_browse_ask(b);
    }
}

void ui_browse_settle(ui_browse *b)
{
    ui_browse_layout l;
    ui_place        *at = &b->at;
    const ui_facts  *f = ui_browse_facts(b);
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

/* ---- what the cursor stands on ---- */

static ptrdiff_t hit_item(const ui_browse *b, const ui_facts *f, int part)
{
    const size_t at = b->at.hit[part];
    return at < f->answer[part].n ? f->answer[part].hit[at].item : -1;
}

static void subject_item(const ui_browse *b, ui_subject *s, ptrdiff_t item)
{
    const huse_items *items = b->opened->items;
    if (item < 0 || (size_t)item >= items->n)
        return;
    s->item = item;
    s->cls = items->item[item].cls >= 0 ? items->class_path[items->item[item].cls] : NULL;
}

ui_subject ui_browse_subject(const ui_browse *b)
{
    ui_subject      s = {.item = -1};
    const ui_place *at = &b->at;
    const ui_facts *f = ui_browse_has_tree(b) ? ui_browse_facts(b) : NULL;
    if (!ui_browse_has_tree(b) || at->ties)
        return s;
    switch (at->area) {
    case UI_AREA_TREE:
        s.path = at->node > 0 ? b->tree.node[at->node].path : NULL;
        break;
    case UI_AREA_NEAR:
        s.path = f && at->near.cursor < f->n_near ? f->near[at->near.cursor].path : NULL;
        break;
    case UI_AREA_MEMBERS:
        if (f && at->member[at->group] < f->members[at->group].n)
            subject_item(b, &s, f->members[at->group].member[at->member[at->group]].item);
        break;
    case UI_AREA_ITEM:
        subject_item(b, &s, at->item);
        break;
    case UI_AREA_IMAGES:
    case UI_AREA_TEXTS:
        if (f)
            subject_item(b, &s, hit_item(b, f, at->area == UI_AREA_IMAGES ? UI_IMAGES : UI_TEXTS));
        break;
    case UI_AREA_CLASSES:
        s.path = f && at->hit[UI_CLASSES] < f->answer[UI_CLASSES].n ? f->answer[UI_CLASSES].hit[at->hit[UI_CLASSES]].class_path : NULL;
        break;
    }
    s.cls = s.cls ? s.cls : s.path;
    return s;
}

static void enter(ui_browse *b)
{
    const ui_subject s = ui_browse_subject(b);
    const int32_t    node = s.path ? ui_tree_find(b->tree.node, b->tree.n, s.path) : -1;
    if (b->at.area == UI_AREA_TREE)
        b->at.area = b->at.item >= 0 ? UI_AREA_ITEM : first_area(b->at.node);
    else if (b->at.area == UI_AREA_ITEM)
        return;
    else if (s.item >= 0)
        go_to_item(b, s.item);
    else if (node >= 0)
        go_to_node(b, node);
    else if (s.path)
        ui_say(b->ctx, "%s is of the model; the catalogue has no item of it any more", s.path);
}

static void lead_out(ui_browse *b, char how)
{
    const ui_subject s = ui_browse_subject(b);
    huse_buf         term = {0};
    if (s.item < 0 && !s.path) {
        ui_say(b->ctx, "this needs a class or an item under the cursor");
        return;
    }
    if (how == 'c')
        huse_buf_str(&term, s.cls ? s.cls : "");
    else if (s.item >= 0)
        ui_term(&term, "@", b->opened->items->item[s.item].id);
    else
        ui_term(&term, "class:", s.path);
    if (how == 'c' && !s.cls)
        ui_say(b->ctx, "this item has no class");
    else
        ui_lead(b->ctx, UI_PANE_SEARCH, how, term.data);
    huse_buf_free(&term);
}

static void mark(ui_browse *b)
{
    const ui_subject s = ui_browse_subject(b);
    char             n[32];
    if (s.item < 0 || !b->ctx->marks) {
        ui_say(b->ctx, "only items can be marked: Tab goes to the pictures");
        return;
    }
    ui_marks_set(b->ctx->marks, (size_t)s.item, !ui_marks_has(b->ctx->marks, (size_t)s.item));
    ui_say(b->ctx, "%s marked", ui_thousands(n, ui_marks_count(b->ctx->marks)));
}

static void copy(ui_browse *b)
{
    const ui_subject s = ui_browse_subject(b);
    if (s.item >= 0)
        ui_copy(b->ctx, b->opened->items->item[s.item].id);
    else if (s.path)
        ui_copy(b->ctx, s.path);
}

/* ---- moving ---- */

static void turn_area(ui_browse *b, int by)
{
    static const ui_area of_node[] = {UI_AREA_TREE, UI_AREA_NEAR, UI_AREA_MEMBERS},
                         of_root[] = {UI_AREA_TREE, UI_AREA_MEMBERS},
                         of_item[] = {UI_AREA_TREE, UI_AREA_ITEM, UI_AREA_IMAGES, UI_AREA_TEXTS, UI_AREA_CLASSES};
    const bool     item = b->at.item >= 0, root = b->at.node <= 0;
    const ui_area *area = item ? of_item : root ? of_root : of_node;
    const int      n = item ? 5 : root ? 2 : 3;
    for (int i = 0; i < n; i++)
        if (area[i] == b->at.area) {
            b->at.area = area[(i + by + n) % n];
            return;
        }
}

/* Moves in rows of @columns among @n; false: there is no row further up or down. */
static bool grid_move(size_t *at, enum ui_action a, size_t n, size_t columns, size_t rows)
{
    const size_t page = columns * HUSE_MAX(rows, 1), last = n ? n - 1 : 0;
    switch (a) {
    case UI_ACT_UP:
        if (*at < columns)
            return false;
        *at -= columns;
        return true;
    case UI_ACT_DOWN:
        if (*at / columns >= last / columns)
            return false;
        *at = HUSE_MIN(*at + columns, last);
        return true;
    case UI_ACT_PGUP:
        *at = *at >= page ? *at - page : *at % columns;
        return true;
    case UI_ACT_PGDN:
        *at = HUSE_MIN(*at + page, last);
        return true;
    case UI_ACT_FIRST:
        *at = 0;
        return true;
    default:
        *at = last;
        return true;
    }
}

static void see_row(size_t *top, size_t row, int rows)
{
    const size_t page = (size_t)HUSE_MAX(rows, 1);
    *top = row < *top ? row : row >= *top + page ? row - page + 1 : *top;
}

/* To the next group beside, in the same row of pictures. */
static void turn_group(ui_browse *b, int by, size_t columns)
{
    ui_place    *at = &b->at;
    const size_t row = at->member[at->group] / columns;
    int          to = at->group + by;
    while (to >= UI_TYPICAL && to <= UI_FAR && !ui_browse_members(b, to))
        to += by;
    if (to < UI_TYPICAL || to > UI_FAR)
        return;
    at->group = to;
    at->member[to] = HUSE_MIN(row * columns + (by < 0 ? columns - 1 : 0), ui_browse_members(b, to) - 1);
}

static void members_move(ui_browse *b, enum ui_action a)
{
    ui_browse_layout l;
    ui_place        *at = &b->at;
    ui_browse_arrange(b, &l);
    const size_t columns = (size_t)HUSE_MAX(l.tiles.columns, 1), n = ui_browse_members(b, at->group);
    size_t      *member = &at->member[at->group];
    if (a == UI_ACT_RIGHT && *member % columns + 1 < columns && *member + 1 < n)
        ++*member;
    else if (a == UI_ACT_LEFT && *member % columns)
        --*member;
    else if (a == UI_ACT_LEFT || a == UI_ACT_RIGHT)
        turn_group(b, a == UI_ACT_LEFT ? -1 : 1, columns);
    else if (!grid_move(member, a, n, columns, (size_t)l.tiles.rows) && a == UI_ACT_UP && at->node > 0)
        at->area = UI_AREA_NEAR;
    see_row(&at->member_top, at->member[at->group] / columns, l.tiles.rows);
}

static void near_move(ui_browse *b, enum ui_action a)
{
    ui_browse_layout l;
    ui_place        *at = &b->at;
    ui_browse_arrange(b, &l);
    if (a == UI_ACT_LEFT)
        at->area = UI_AREA_TREE;
    else if (a == UI_ACT_DOWN && at->near.cursor + 1 >= at->near.n)
        at->area = UI_AREA_MEMBERS;
    else
        (void)ui_list_move(&at->near, a, (size_t)HUSE_MAX(l.near.h, 1));
}

static int part_of(ui_area area)
{
    return area == UI_AREA_IMAGES ? UI_IMAGES : area == UI_AREA_TEXTS ? UI_TEXTS : UI_CLASSES;
}

static void hits_move(ui_browse *b, enum ui_action a)
{
    ui_browse_layout l;
    ui_place        *at = &b->at;
    const int        part = part_of(at->area);
    ui_browse_arrange(b, &l);
    const bool   tiles = at->area == UI_AREA_IMAGES && l.image_tiles.picture_h > 0;
    const size_t n = ui_browse_hits(b, part), columns = tiles ? (size_t)l.image_tiles.columns : 1;
    const int    rows = tiles ? l.image_tiles.rows : l.texts.h;
    size_t      *hit = &at->hit[part];
    if (a == UI_ACT_LEFT && (!tiles || *hit == 0))
        at->area = at->area == UI_AREA_CLASSES ? UI_AREA_TEXTS : at->area == UI_AREA_TEXTS && !tiles ? UI_AREA_IMAGES : at->area;
    else if (a == UI_ACT_LEFT)
        --*hit;
    else if (a == UI_ACT_RIGHT && tiles)
        *hit += *hit + 1 < n;
    else if (a == UI_ACT_RIGHT)
        at->area = at->area == UI_AREA_IMAGES ? UI_AREA_TEXTS : UI_AREA_CLASSES;
    else if (!grid_move(hit, a, n, columns, (size_t)HUSE_MAX(rows, 1)))
        at->area = a == UI_ACT_DOWN ? (tiles ? UI_AREA_TEXTS : at->area) : at->area == UI_AREA_IMAGES ? UI_AREA_ITEM : UI_AREA_IMAGES;
    see_row(&at->hit_top[part], *hit / columns, rows);
}

static void move(ui_browse *b, enum ui_action a)
{
    switch (b->at.area) {
    case UI_AREA_TREE:
        (void)ui_tree_move(&b->tree, a);
        follow_tree(b);
        break;
    case UI_AREA_NEAR:
        near_move(b, a);
        break;
    case UI_AREA_MEMBERS:
        members_move(b, a);
        break;
    case UI_AREA_ITEM:
        if (a == UI_ACT_DOWN)
            b->at.area = UI_AREA_IMAGES;
        else if (a == UI_ACT_LEFT)
            b->at.area = UI_AREA_TREE;
        break;
    default:
        hits_move(b, a);
        break;
    }
}

/* ---- filter and levels ---- */

static void filter_changed(void *st, const char *text)
{
    ui_browse *b = st;
    ui_tree_filter(&b->tree, text);
    follow_tree(b);
}

static void filter_done(void *st, const char *text)
{
    ui_browse *b = st;
    if (b->tree.filter && !b->tree.matches) {
        ui_warn(b->ctx, "no class is named like “%s”", text);
        ui_tree_filter(&b->tree, "");
        ui_tree_select(&b->tree, b->before);
        follow_tree(b);
    }
}

static void filter_cancelled(void *st)
{
    ui_browse *b = st;
    ui_tree_filter(&b->tree, "");
    ui_tree_select(&b->tree, b->before);
    follow_tree(b);
}

static void ask_filter(ui_browse *b)
{
    const ui_prompt p = {.label = "filter", .text = "", .hint = "part of a class's name, or of its path with a /",
                         .changed = filter_changed, .done = filter_done, .cancelled = filter_cancelled};
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
    b->at.area = UI_AREA_TREE;
    (void)ui_tree_next(&b->tree, by);
    follow_tree(b);
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
    follow_tree(b);
}

/* ---- disagreements ---- */

static size_t ties_page(const ui_browse *b)
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
    ui_place at = place_of_node(node, UI_AREA_NEAR);
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
        return ui_list_move(&b->ties.list, a, ties_page(b));
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
        lead_out(b, '=');
        return true;
    case UI_ACT_ADD:
        lead_out(b, '+');
        return true;
    case UI_ACT_SUBTRACT:
        lead_out(b, '-');
        return true;
    case UI_ACT_CLASS:
        lead_out(b, 'c');
        return true;
    case UI_ACT_MARK:
        mark(b);
        return true;
    case UI_ACT_COPY:
        copy(b);
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
    switch (a) {
    case UI_ACT_LEFT:
    case UI_ACT_RIGHT:
    case UI_ACT_UP:
    case UI_ACT_DOWN:
    case UI_ACT_PGUP:
    case UI_ACT_PGDN:
    case UI_ACT_FIRST:
    case UI_ACT_LAST:
        move(b, a);
        return true;
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
        turn_area(b, a == UI_ACT_AREA ? 1 : -1);
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
}

static void browse_resize(void *st, int w, int h, const ui_gfx *gfx)
{
    ui_browse       *b = st;
    ui_browse_layout l;
    b->w = w;
    b->h = h;
    b->gfx = *gfx;
    ui_browse_arrange(b, &l);
    ui_tree_page(&b->tree, (size_t)HUSE_MAX(l.body.h, 1));
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
    const int32_t   node = ui_tree_find(b->tree.node, b->tree.n, term);
    const ptrdiff_t item = node < 0 && *term == '@' ? huse_items_find(b->opened->items, term + 1) : -1;
    if (node >= 0)
        go_to_node(b, node);
    else if (item >= 0)
        go_to_item(b, item);
    else
        ui_warn(b->ctx, "Browse knows no “%s”", term);
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

static void browse_pick(void *st, int what, bool twice)
{
    ui_browse *b = st;
    const int  kind = what & UI_HIT_KIND, at = what & ~UI_HIT_KIND, group = at >> 20;
    ui_place  *p = &b->at;
    if (kind == UI_HIT_TIE && p->ties) {
        ui_list_to(&b->ties.list, (size_t)at, ties_page(b));
    } else if (!is_ready(b)) {
        return;
    } else if (kind == UI_HIT_ROW || kind == UI_HIT_FOLD) {
        if ((size_t)at >= b->tree.rows.n)
            return;
        if (kind == UI_HIT_FOLD)
            ui_tree_toggle(&b->tree, b->tree.row[at]);
        else
            ui_list_to(&b->tree.rows, (size_t)at, b->tree.page);
        p->area = UI_AREA_TREE;
        follow_tree(b);
        twice = twice && kind == UI_HIT_ROW;
    } else if (kind == UI_HIT_NEAR) {
        p->area = UI_AREA_NEAR;
        p->near.cursor = HUSE_MIN((size_t)at, p->near.n ? p->near.n - 1 : 0);
    } else if (kind == UI_HIT_MEMBER) {
        p->area = UI_AREA_MEMBERS;
        p->group = group;
        p->member[group] = (size_t)(at & 0xfffff);
    } else if (kind == UI_HIT_ITEM) {
        p->area = group == UI_IMAGES ? UI_AREA_IMAGES : group == UI_TEXTS ? UI_AREA_TEXTS : UI_AREA_CLASSES;
        p->hit[group] = (size_t)(at & 0xfffff);
    } else if (kind == UI_HIT_AREA) {
        p->area = (ui_area)at;
        twice = false;
    }
    if (twice)
        (void)browse_act(b, UI_ACT_OPEN);
}

static void scroll_rows(size_t *top, int by, size_t n, int columns, int rows)
{
    ui_list l = {.n = (n + (size_t)HUSE_MAX(columns, 1) - 1) / (size_t)HUSE_MAX(columns, 1), .top = *top};
    ui_list_scroll(&l, by, (size_t)HUSE_MAX(rows, 1));
    *top = l.top;
}

static void browse_wheel(void *st, int what, int by)
{
    ui_browse       *b = st;
    ui_browse_layout l;
    const int        kind = what < 0 ? 0 : what & UI_HIT_KIND, group = (what & ~UI_HIT_KIND) >> 20;
    ui_place        *p = &b->at;
    if (p->ties) {
        ui_list_scroll(&b->ties.list, 3 * by, ties_page(b));
        return;
    }
    ui_browse_arrange(b, &l);
    if (kind == UI_HIT_ROW || kind == UI_HIT_FOLD) {
        ui_list_scroll(&b->tree.rows, 3 * by, b->tree.page);
    } else if (kind == UI_HIT_NEAR) {
        ui_list_scroll(&p->near, by, (size_t)HUSE_MAX(l.near.h, 1));
    } else if (kind == UI_HIT_MEMBER) {
        size_t most = 0;
        for (int i = UI_TYPICAL; i <= UI_FAR; i++)
            most = HUSE_MAX(most, ui_browse_members(b, i));
        scroll_rows(&p->member_top, by, most, l.tiles.columns, l.tiles.rows);
    } else if (kind == UI_HIT_ITEM) {
        const bool tiles = group == UI_IMAGES && l.image_tiles.picture_h > 0;
        scroll_rows(&p->hit_top[group], by, ui_browse_hits(b, group), tiles ? l.image_tiles.columns : 1,
                    tiles ? l.image_tiles.rows : l.texts.h);
    }
}

static void browse_close(void *st)
{
    ui_browse *b = st;
    ui_browse_forget(b);
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
    .lead = browse_lead,
    .pick = browse_pick,
    .wheel = browse_wheel,
    .draw = ui_browse_draw,
    .close = browse_close,
};
