/* Clicks and the wheel in Browse. */
#include "pane_browse.h"

void ui_browse_pick(void *st, int what, bool twice)
{
    ui_browse *b = st;
    const int  kind = what & UI_HIT_KIND, at = what & ~UI_HIT_KIND, group = at >> 20;
    ui_spot  *p = &b->at;
    if (kind == UI_HIT_TIE && p->ties) {
        ui_list_to(&b->ties.list, (size_t)at, ui_browse_ties_page(b));
    } else if (!ui_browse_has_tree(b) || p->ties) {
        return;
    } else if (kind == UI_HIT_ROW || kind == UI_HIT_FOLD) {
        if ((size_t)at >= b->tree.rows.n)
            return;
        if (kind == UI_HIT_FOLD)
            ui_tree_toggle(&b->tree, b->tree.row[at]);
        else
            ui_list_to(&b->tree.rows, (size_t)at, b->tree.page);
        p->area = UI_AREA_TREE;
        ui_browse_follow(b);
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
    } else if (kind == UI_HIT_POINT || kind == UI_HIT_MAP) {
        ui_map_pick(b, kind, at);
        twice = twice && kind == UI_HIT_POINT;
    } else if (kind == UI_HIT_AREA) {
        p->area = (ui_area)at;
        twice = false;
    }
    if (twice)
        (void)ui_pane_browse.act(b, UI_ACT_OPEN);
}

static void scroll_rows(size_t *top, int by, size_t n, int columns, int rows)
{
    ui_list l = {.n = (n + (size_t)HUSE_MAX(columns, 1) - 1) / (size_t)HUSE_MAX(columns, 1), .top = *top};
    ui_list_scroll(&l, by, (size_t)HUSE_MAX(rows, 1));
    *top = l.top;
}

void ui_browse_wheel(void *st, int what, int by)
{
    ui_browse       *b = st;
    ui_browse_layout l;
    const int        kind = what < 0 ? 0 : what & UI_HIT_KIND, group = (what & ~UI_HIT_KIND) >> 20;
    ui_spot        *p = &b->at;
    if (p->ties) {
        ui_list_scroll(&b->ties.list, 3 * by, ui_browse_ties_page(b));
        return;
    }
    ui_browse_arrange(b, &l);
    if (kind == UI_HIT_POINT || kind == UI_HIT_MAP) {
        ui_map_wheel(b, kind, what & ~UI_HIT_KIND, by);
    } else if (kind == UI_HIT_ROW || kind == UI_HIT_FOLD) {
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
