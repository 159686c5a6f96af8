/* Labels on the map that do not overlap, and the boxes that are left for its picture. */
#include <string.h>

#include "pane_browse_map.h"

/* What stands in the way of a text of @w columns at (x, y): bits of UI_MAP_…; a label wants a free column on both sides. */
static unsigned in_the_way(const uint8_t *grid, int width, int height, int x, int y, int w)
{
    unsigned found = 0;
    if (x < 0 || y < 0 || x + w > width || y >= height)
        return ~0u;
    for (int i = HUSE_MAX(x - 1, 0); i < HUSE_MIN(x + w + 1, width); i++)
        found |= i >= x && i < x + w ? grid[y * width + i] : grid[y * width + i] & UI_MAP_TEXT;
    return found;
}

static bool place(ui_map_label *l, const uint8_t *grid, int w, int h, unsigned avoid)
{
    const int side[][2] = {{l->x + 2, l->y},           {l->x - 1 - l->w, l->y},   {l->x - l->w / 2, l->y - 1}, {l->x - l->w / 2, l->y + 1},
                           {l->x + 1, l->y - 1},       {l->x + 1, l->y + 1},      {l->x - l->w, l->y - 1},     {l->x - l->w, l->y + 1},
                           {l->x + 3, l->y},           {l->x - 2 - l->w, l->y},
                           {l->x - l->w / 2, l->y - 2}, {l->x - l->w / 2, l->y + 2}};
    for (size_t i = 0; i < HUSE_COUNT(side); i++)
        if (!(in_the_way(grid, w, h, side[i][0], side[i][1], l->w) & avoid)) {
            l->at_x = side[i][0];
            l->at_y = side[i][1];
            return true;
        }
    return false;
}

void ui_map_place_labels(ui_map_label *label, size_t n, uint8_t *grid, int w, int h)
{
    for (size_t i = 0; i < n; i++) {
        ui_map_label *l = &label[i];
        l->at_x = l->at_y = -1;
        if (l->w < 1)
            continue;
        if (place(l, grid, w, h, UI_MAP_POINT | UI_MAP_NEEDED | UI_MAP_TEXT) || (l->needed && place(l, grid, w, h, UI_MAP_NEEDED | UI_MAP_TEXT)))
            for (int x = 0; x < l->w; x++)
                grid[l->at_y * w + l->at_x + x] |= UI_MAP_TEXT;
    }
}

/* The next run of free cells of a row from *x on. */
static bool next_run(const uint8_t *row, int w, int *x, int *end)
{
    while (*x < w && row[*x] & UI_MAP_TEXT)
        ++*x;
    for (*end = *x; *end < w && !(row[*end] & UI_MAP_TEXT);)
        ++*end;
    return *x < w;
}

size_t ui_map_boxes(const uint8_t *grid, int w, int h, ui_rect *box, size_t most)
{
    size_t n = 0;
    for (int y = 0; y < h; y++)
        for (int x = 0, end; next_run(grid + (size_t)y * (size_t)w, w, &x, &end); x = end) {
            size_t above = 0;
            while (above < n && !(box[above].x == x && box[above].w == end - x && box[above].y + box[above].h == y))
                above++;
            if (above < n)
                box[above].h++;
            else if (n < most)
                box[n++] = (ui_rect){x, y, end - x, 1};
        }
    return n;
}
