/* Names and ways through the tree in words. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_browse.h"

char *ui_browse_spaced(const char *path)
{
    huse_buf b = {0};
    huse_buf_str(&b, "");
    for (; *path; path++)
        huse_buf_add(&b, *path == '/' ? " › " : path, *path == '/' ? strlen(" › ") : 1);
    return b.data;
}

const char *ui_browse_last(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *ui_browse_caption(const huse_item *item)
{
    return item->text && *item->text ? item->text : item->id;
}

const char *ui_browse_flag(int flag)
{
    return flag == 1 ? "near here, far in the tree" : flag == 2 ? "sibling, far here" : "";
}

void ui_browse_draw_flag(ui_canvas *c, int x, int y, int columns, int flag)
{
    const char *text = ui_browse_flag(flag);
    x += ui_canvas_text(c, x, y, HUSE_MIN(columns, 2), UI_WARN | UI_BOLD, "! ");
    ui_canvas_text(c, x, y, columns - 2, UI_PLAIN, (int)huse_text_width(text) <= columns - 2 ? text : flag == 1 ? "far in tree" : "far here");
}

static bool is_above(const huse_node *node, int32_t above, int32_t below)
{
    return above <= below && below < node[above].end;
}

static void down_to(huse_buf *b, const huse_node *node, int32_t from, int32_t to)
{
    if (to == from)
        return;
    down_to(b, node, from, node[to].parent);
    huse_buf_fmt(b, " ↓ %s", node[to].name);
}

/* How much of a way is told: all, from where it turns downwards, or its last step. */
typedef enum way_brief { WHOLE, FROM_TURN, LAST_STEP } way_brief;

static void over(huse_buf *b, const huse_node *node, int32_t up, int32_t down, way_brief brief)
{
    int32_t top = up;
    for (; !is_above(node, top, down); top = node[top].parent)
        if (brief == WHOLE)
            huse_buf_fmt(b, "%s ↑ ", node[top].name);
    if (brief == LAST_STEP && top != down) {
        huse_buf_fmt(b, "↓ %s", node[down].name);
        return;
    }
    huse_buf_fmt(b, "%s%s", brief != WHOLE && top != up ? "↑ " : "", top ? node[top].name : "·");
    down_to(b, node, top, down);
}

static char *way(const huse_node *node, int32_t from, int32_t to, way_brief brief)
{
    huse_buf b = {0};
    huse_buf_str(&b, "");
    if (from <= 0 || to <= 0 || from == to)
        return b.data;
    const int32_t up = node[from].parent, down = node[to].parent;
    if (up == down)
        huse_buf_str(&b, "sibling");
    else if (is_above(node, from, to))
        huse_buf_str(&b, "below it");
    else if (is_above(node, to, from))
        huse_buf_str(&b, "above it");
    else if (node[up].parent == down)
        huse_buf_str(&b, "sibling of its parent");
    else if (node[down].parent == up)
        huse_buf_fmt(&b, "below its sibling %s", node[down].name);
    else
        over(&b, node, up, down, brief);
    return b.data;
}

char *ui_browse_way(const huse_node *node, int32_t from, int32_t to)
{
    return way(node, from, to, WHOLE);
}

char *ui_browse_way_in(const huse_node *node, int32_t from, int32_t to, int columns)
{
    char *w = way(node, from, to, WHOLE);
    for (int brief = FROM_TURN; brief <= LAST_STEP && (int)huse_text_width(w) > columns; brief++) {
        free(w);
        w = way(node, from, to, (way_brief)brief);
    }
    return w;
}
