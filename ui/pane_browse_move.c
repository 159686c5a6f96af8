/* Moving about in Browse. */
#include "pane_browse.h"

void ui_browse_turn_area(ui_browse *b, int by)
{
    static const ui_area of_node[] = {UI_AREA_TREE, UI_AREA_NEAR, UI_AREA_MEMBERS},
                         of_root[] = {UI_AREA_TREE, UI_AREA_MEMBERS}, of_map[] = {UI_AREA_TREE, UI_AREA_MAP},
                         of_item[] = {UI_AREA_TREE, UI_AREA_ITEM, UI_AREA_IMAGES, UI_AREA_TEXTS, UI_AREA_CLASSES};
    const bool     item = b->at.item >= 0, root = b->at.node <= 0;
    const ui_area *area = item ? of_item : b->at.map ? of_map : root ? of_root : of_node;
    const int      n = item ? 5 : root || b->at.map ? 2 : 3;
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
    ui_spot    *at = &b->at;
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
    ui_spot        *at = &b->at;
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
    ui_spot        *at = &b->at;
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
    ui_spot        *at = &b->at;
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

void ui_browse_move(ui_browse *b, enum ui_action a)
{
    switch (b->at.area) {
    case UI_AREA_TREE:
        (void)ui_tree_move(&b->tree, a);
        ui_browse_follow(b);
        break;
    case UI_AREA_NEAR:
        near_move(b, a);
        break;
    case UI_AREA_MEMBERS:
        members_move(b, a);
        break;
    case UI_AREA_MAP:
        (void)ui_map_move(b, a);
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
