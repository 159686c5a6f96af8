/* How Search divides the screen. */
#include "pane_search.h"

#define SMALL_W 20
#define SMALL_H 5
#define CAPTIONS 5 /* lines below a picture, at most: three of its text, its class, a bar */

/* As many rows as there is room for; then the height of pictures at which most fits beside each other, counted in pictures times size. */
static void arrange_tiles(const ui_search *s, ui_search_layout *l)
{
    const int cw = HUSE_MAX(s->gfx.cell_w, 1), ch = HUSE_MAX(s->gfx.cell_h, 1), target = l->body.h >= 30 ? 8 : 7;
    l->captions = l->body.h >= 45 ? 4 : l->body.h >= 30 ? 3 : 2;
    l->rows = HUSE_MAX((l->grid.h + 1) / (target + l->captions + 1), 1);
    const int most = HUSE_MIN((l->grid.h + 1) / l->rows - 1 - l->captions, 16);
    int       square = 0;
    for (int h = HUSE_MIN(target, most); h <= most; h++) {
        const int side = HUSE_MAX((h * ch + cw / 2) / cw, 8), columns = HUSE_MAX(l->grid.w / (side + 1 + UI_SEARCH_GAP), 1);
        if (columns * h >= l->columns * l->picture_h) {
            l->columns = columns;
            l->picture_h = h;
            square = side;
        }
    }
    while (l->captions < CAPTIONS && l->rows * (l->picture_h + l->captions + 2) <= l->grid.h + 1) /* rows to spare */
        l->captions++;
    l->tile_h = l->picture_h + l->captions + 1;
    l->tile_w = l->grid.w / l->columns;
    l->picture_w = HUSE_MIN(square, l->tile_w - 1 - UI_SEARCH_GAP);
}

void ui_search_arrange(const ui_search *s, huse_target target, ui_search_layout *l)
{
    *l = (ui_search_layout){.small = s->w < SMALL_W || s->h < SMALL_H};
    if (l->small)
        return;
    l->rule = s->h >= 10;
    l->body = (ui_rect){0, 3, s->w, HUSE_MAX(s->h - 4 - l->rule, 0)};
    l->page = s->page;
    l->grid = l->body;
    if (s->w >= UI_SEARCH_WIDE && s->h >= UI_SEARCH_PICTURES_H) {
        int w = HUSE_MIN(HUSE_MAX(s->w / 3, 36), 64);
        l->panel = (ui_rect){s->w - w, l->body.y, w, l->body.h};
        l->grid.w -= w;
    }
    l->tiles = s->pictures && target == HUSE_TARGET_IMAGE && s->w >= UI_SEARCH_PICTURES_W && s->h >= UI_SEARCH_PICTURES_H;
    if (l->tiles) {
        arrange_tiles(s, l);
    } else {
        l->columns = 1;
        l->rows = HUSE_MAX(l->grid.h, 1);
    }
}
