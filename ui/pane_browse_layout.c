/* How Browse is divided. */
#include "pane_browse.h"

#define SMALL_W 20
#define SMALL_H 5
#define WIDE_W  100 /* from here on the tree and what is said of a node stand side by side */
#define WIDE_H  15
#define THREE_W 54  /* from here on the three groups of pictures do */
#define GAP     2

int ui_browse_square(const ui_browse *b, int rows)
{
    const int cw = HUSE_MAX(b->gfx.cell_w, 1), ch = HUSE_MAX(b->gfx.cell_h, 1);
    return HUSE_MAX((rows * ch + cw / 2) / cw, 2);
}

/* Pictures of about @want rows in w × h; lines where there is no room for pictures. */
static ui_tiles arrange_tiles(const ui_browse *b, int w, int h, int want, int captions)
{
    ui_tiles t = {.columns = 1, .rows = HUSE_MAX(h, 0), .w = w, .h = 1};
    if (!b->pictures || h < 4 + captions || w < 12)
        return t;
    const int cw = HUSE_MAX(b->gfx.cell_w, 1), ch = HUSE_MAX(b->gfx.cell_h, 1);
    const int most = HUSE_MAX(HUSE_MIN(((w - 1 - GAP) * cw + ch - 1) / ch, 16), 2); /* higher ones would not fit beside their gap */
    t.captions = captions;
    t.rows = HUSE_MAX((h + 1) / (HUSE_MIN(want, most) + captions + 1), 1);
    t.picture_h = HUSE_MIN((h + 1) / t.rows - 1 - captions, most);
    t.h = t.picture_h + captions + 1;
    const int square = ui_browse_square(b, t.picture_h);
    t.columns = HUSE_MAX(w / (square + 1 + GAP), 1);
    t.w = w / t.columns;
    t.picture_w = HUSE_MIN(square, t.w - 1 - GAP);
    return t;
}

static void arrange_node(const ui_browse *b, ui_browse_layout *l)
{
    ui_rect r = l->side;
    if (b->at.node > 0) {
        const int rows = HUSE_MAX(HUSE_MIN((r.h - 2) / 3, 12), HUSE_MIN(r.h - 1, 3));
        l->near = (ui_rect){r.x, r.y + 1, r.w, rows};
        r.y += rows + 2;
        r.h -= rows + 2;
    }
    l->groups = r.w >= THREE_W ? 3 : 1;
    l->group_w = (r.w + GAP) / l->groups;
    l->members = (ui_rect){r.x, r.y + 1, r.w, HUSE_MAX(r.h - 1, 0)};
    l->tiles = arrange_tiles(b, l->group_w, l->members.h, l->members.h >= 30 ? 8 : 7, 2);
}

static void arrange_item(const ui_browse *b, ui_browse_layout *l)
{
    const ui_rect r = l->side;
    const bool    tall = r.h >= 28, pictures = b->pictures && r.h >= WIDE_H && r.w >= 40;
    const int     rows = pictures ? HUSE_MAX(HUSE_MIN(r.h * 2 / 5, 24), 6) : HUSE_MIN(r.h, 7), gap = tall ? 1 : 0;
    int           y = r.y + rows + gap, end = r.y + r.h;
    l->item = (ui_rect){r.x, r.y, r.w, rows};
    if (pictures) {
        const int captions = tall ? 2 : 1, h = HUSE_MAX(HUSE_MIN(r.h / 5, 12), 4) + captions;
        l->images = (ui_rect){r.x, y + 1, r.w, h};
        l->image_tiles = arrange_tiles(b, r.w + GAP, h, h, captions);
        y += 1 + h + gap;
    }
    const int columns = pictures ? 2 : 3, w = (r.w + GAP) / columns;
    ui_rect   list = {r.x, y + 1, w - GAP, HUSE_MAX(end - y - 1, 0)};
    if (!pictures) {
        l->images = list;
        l->image_tiles = arrange_tiles(b, list.w, list.h, INT16_MAX, INT16_MAX);
        list.x += w;
    }
    l->texts = list;
    list.x += w;
    l->classes = (ui_rect){list.x, list.y, r.x + r.w - list.x, list.h};
}

static void arrange_map(ui_browse_layout *l)
{
    const int lines = l->side.h >= 20 ? 3 : l->side.h >= 8 ? 2 : l->side.h >= 5 ? 1 : 0;
    l->map = (ui_rect){l->side.x, l->side.y, l->side.w, l->side.h - lines};
    l->legend = (ui_rect){l->side.x, l->map.y + l->map.h, l->side.w, lines};
}

void ui_browse_arrange(const ui_browse *b, ui_browse_layout *l)
{
    *l = (ui_browse_layout){.small = b->w < SMALL_W || b->h < SMALL_H};
    if (l->small)
        return;
    l->rule = b->h >= 10;
    l->body = (ui_rect){0, 3, b->w, HUSE_MAX(b->h - 4 - l->rule, 0)};
    if (b->w >= WIDE_W && b->h >= WIDE_H) {
        const int w = HUSE_MAX(HUSE_MIN(b->w * 3 / 8, 56), 40);
        l->tree = (ui_rect){0, l->body.y, w, l->body.h};
        l->side = (ui_rect){w + 2, l->body.y, b->w - w - 3, l->body.h};
    } else if (b->at.area == UI_AREA_TREE) {
        l->tree = l->body;
    } else {
        l->side = (ui_rect){1, l->body.y, b->w - 2, l->body.h};
    }
    if (l->side.w && b->at.item >= 0)
        arrange_item(b, l);
    else if (l->side.w && b->at.map)
        arrange_map(l);
    else if (l->side.w)
        arrange_node(b, l);
}
