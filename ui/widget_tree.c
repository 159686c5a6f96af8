#include "widget_tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- rows ---- */

static size_t row_of(const ui_tree *t, int32_t node)
{
    size_t low = 0, high = t->rows.n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (t->row[mid] < node)
            low = mid + 1;
        else
            high = mid;
    }
    return low < t->rows.n && t->row[low] == node ? low : SIZE_MAX;
}

static bool is_listed(const ui_tree *t, int32_t node)
{
    return row_of(t, node) != SIZE_MAX;
}

bool ui_tree_is_leaf(const ui_tree *t, int32_t node)
{
    return t->node[node].end == node + 1;
}

/* Lists the visible rows anew; the cursor stays on its node, or goes to what now hides it. */
static void list_rows(ui_tree *t)
{
    int32_t      selected = ui_tree_selected(t);
    const size_t below = t->rows.cursor - HUSE_MIN(t->rows.top, t->rows.cursor);
    size_t       n = 0;
    for (int32_t i = 0; (size_t)i < t->n;) {
        const bool shown = !t->filter || t->kept[i];
        if (shown)
            t->row[n++] = i;
        i = shown && (t->filter || t->open[i]) ? i + 1 : t->node[i].end;
    }
    t->rows.n = n;
    t->listed++;
    while (selected > 0 && !is_listed(t, selected))
        selected = t->node[selected].parent;
    const size_t row = selected >= 0 ? row_of(t, selected) : 0;
    t->rows.top = row != SIZE_MAX && row > below ? row - below : 0;
    ui_list_to(&t->rows, row == SIZE_MAX ? 0 : row, t->page);
}

void ui_tree_plant(ui_tree *t, const huse_node *node, size_t n)
{
    const size_t page = t->page;
    ui_tree_free(t);
    t->page = page;
    t->node = node;
    t->n = n;
    t->open = huse_xcalloc(n, sizeof *t->open);
    t->row = huse_xcalloc(n, sizeof *t->row);
    for (size_t i = 0; i < n; i++)
        t->deepest = HUSE_MAX(t->deepest, node[i].depth);
    ui_tree_level(t, 1);
}

static void drop_filter(ui_tree *t)
{
    free(t->filter);
    free(t->match);
    free(t->kept);
    t->filter = NULL;
    t->match = t->kept = NULL;
    t->matches = 0;
}

void ui_tree_free(ui_tree *t)
{
    drop_filter(t);
    for (size_t i = 0; t->path && i < t->n; i++)
        free(t->path[i]);
    free(t->path);
    free(t->open);
    free(t->row);
    *t = (ui_tree){0};
}

void ui_tree_page(ui_tree *t, size_t rows)
{
    t->page = rows;
    ui_list_to(&t->rows, t->rows.cursor, rows);
}

/* ---- moving ---- */

int32_t ui_tree_selected(const ui_tree *t)
{
    return t->rows.n ? t->row[t->rows.cursor] : -1;
}

void ui_tree_select(ui_tree *t, int32_t node)
{
    bool changed = false;
    if (node < 0 || (size_t)node >= t->n)
        return;
    if (t->filter && !t->kept[node]) {
        drop_filter(t);
        changed = true;
    }
    for (int32_t i = t->node[node].parent; i >= 0; i = t->node[i].parent) {
        changed = changed || (!t->filter && !t->open[i]);
        t->open[i] = true;
    }
    if (changed)
        list_rows(t);
    ui_list_to(&t->rows, row_of(t, node), t->page);
}

void ui_tree_toggle(ui_tree *t, int32_t node)
{
    if (node <= 0 || ui_tree_is_leaf(t, node) || t->filter)
        return;
    t->open[node] = !t->open[node];
    list_rows(t);
}

static void fold(ui_tree *t, int32_t node)
{
    if (node > 0 && t->open[node] && !t->filter && !ui_tree_is_leaf(t, node))
        ui_tree_toggle(t, node);
    else if (t->node[node].parent >= 0)
        ui_tree_select(t, t->node[node].parent);
}

static void unfold(ui_tree *t, int32_t node)
{
    if (ui_tree_is_leaf(t, node))
        return;
    if (!t->open[node] && !t->filter)
        ui_tree_toggle(t, node);
    else if (t->rows.cursor + 1 < t->rows.n && t->row[t->rows.cursor + 1] < t->node[node].end)
        ui_list_to(&t->rows, t->rows.cursor + 1, t->page);
}

bool ui_tree_move(ui_tree *t, enum ui_action a)
{
    const int32_t node = ui_tree_selected(t);
    if (a == UI_ACT_LEFT || a == UI_ACT_RIGHT) {
        if (node >= 0)
            (a == UI_ACT_LEFT ? fold : unfold)(t, node);
        return true;
    }
    return ui_list_move(&t->rows, a, t->page);
}

void ui_tree_level(ui_tree *t, int level)
{
    t->level = HUSE_MAX(HUSE_MIN(level, t->deepest), 1);
    for (size_t i = 0; i < t->n; i++)
        t->open[i] = t->node[i].depth < t->level;
    list_rows(t);
}

/* ---- filter ---- */

static void fold_paths(ui_tree *t)
{
    t->path = huse_xcalloc(t->n, sizeof *t->path);
    for (size_t i = 0; i < t->n; i++)
        t->path[i] = huse_text_fold(t->node[i].path);
}

static bool is_like(const char *path, const char *text)
{
    const char *slash = strchr(text, '/') ? NULL : strrchr(path, '/');
    return strstr(slash ? slash + 1 : path, text) != NULL;
}

void ui_tree_filter(ui_tree *t, const char *text)
{
    char *folded = text && *text ? huse_text_fold(text) : NULL;
    drop_filter(t);
    if (folded && t->n) {
        if (!t->path)
            fold_paths(t);
        t->filter = folded;
        t->match = huse_xcalloc(t->n, sizeof *t->match);
        t->kept = huse_xcalloc(t->n, sizeof *t->kept);
        for (size_t i = t->n; i-- > 1;) {
            t->match[i] = is_like(t->path[i], folded);
            t->matches += t->match[i];
            t->kept[i] = t->kept[i] || t->match[i];
            if (t->kept[i])
                t->kept[t->node[i].parent] = true;
        }
    } else {
        free(folded);
    }
    if (t->n)
        list_rows(t);
    const int32_t at = ui_tree_selected(t);
    if (t->filter && t->matches && !t->match[at])
        ui_tree_next(t, 1);
}

bool ui_tree_next(ui_tree *t, int by)
{
    for (size_t i = 1, n = t->rows.n; t->filter && i <= n; i++) {
        const size_t row = (t->rows.cursor + (by > 0 ? i : n - i)) % n;
        if (t->match[t->row[row]]) {
            ui_list_to(&t->rows, row, t->page);
            return true;
        }
    }
    return false;
}

int32_t ui_tree_find(const huse_node *node, size_t n, const char *path)
{
    int32_t at = n ? 0 : -1;
    while (at >= 0 && strcmp(node[at].path, path) != 0) {
        int32_t child = at + 1;
        const int32_t end = node[at].end;
        for (; child < end; child = node[child].end) {
            const size_t len = strlen(node[child].path);
            if (strncmp(node[child].path, path, len) == 0 && (path[len] == '/' || !path[len]))
                break;
        }
        at = child < end ? child : -1;
    }
    return at;
}

/* ---- another tree ---- */

/* The node of @b that is called as a node of @a or as what is above it. */
static int32_t same_node(const ui_tree *b, const ui_tree *a, int32_t node)
{
    int32_t at = -1;
    while (node >= 0 && (at = ui_tree_find(b->node, b->n, a->node[node].path)) < 0)
        node = a->node[node].parent;
    return at;
}

void ui_tree_replant(ui_tree *t, const huse_node *node, size_t n)
{
    ui_tree       was = *t;
    const int32_t selected = ui_tree_selected(&was);
    *t = (ui_tree){.page = was.page};
    ui_tree_plant(t, node, n);
    for (size_t i = 0; i < was.n; i++) {
        const int32_t at = ui_tree_is_leaf(&was, (int32_t)i) ? -1 : ui_tree_find(node, n, was.node[i].path);
        if (at >= 0)
            t->open[at] = was.open[i];
    }
    list_rows(t);
    if (was.filter)
        ui_tree_filter(t, was.filter);
    if (selected >= 0)
        ui_tree_select(t, same_node(t, &was, selected));
    ui_tree_free(&was);
}

/* ---- drawing ---- */

int ui_tree_items_width(const ui_tree *t)
{
    char text[32];
    return HUSE_MAX((int)strlen(ui_thousands(text, t->n ? t->node[0].items : 0)), 5);
}

/* How far deep rows are moved to the left, so that there is room for the name under the cursor. */
static int shift_of(const ui_tree *t, int columns)
{
    const int32_t at = ui_tree_selected(t);
    return at < 0 ? 0 : HUSE_MAX(t->node[at].depth * 2 - columns / 2, 0);
}

static void draw_row(const ui_tree *t, ui_canvas *c, ui_rect r, size_t at, int shift, const ui_tree_look *look)
{
    const int32_t    i = t->row[at];
    const huse_node *node = &t->node[i];
    const bool       selected = at == t->rows.cursor, aside = t->filter && !t->match[i];
    const int        indent = HUSE_MAX(HUSE_MAX(node->depth - 1, 0) * 2 - shift, 0), x = r.x + 2 + indent;
    int              right = r.x + r.w - 1;
    char             text[32];
    ui_canvas_hit(c, r, look->row_hit + (int)at);
    if (selected)
        ui_canvas_text(c, r.x, r.y, 1, look->focus ? UI_ACCENT | UI_BOLD : UI_DIM, "▌");
    if (look->r1 && r.w >= UI_TREE_R1_LEAST) {
        const double r1 = look->figure ? (double)look->figure[i].r1 : (double)NAN;
        ui_canvas_text_right(c, right, r.y, 5, UI_PLAIN, ui_share(text, r1, 2));
        right -= UI_TREE_R1_WIDTH;
    }
    ui_canvas_text_right(c, right, r.y, 12, UI_DIM, ui_thousands(text, node->items));
    right -= ui_tree_items_width(t) + 2;
    if (i && !ui_tree_is_leaf(t, i)) {
        ui_canvas_text(c, x, r.y, 1, UI_DIM, t->open[i] || t->filter ? "▾" : "▸");
        ui_canvas_hit(c, (ui_rect){x - 1, r.y, 3, 1}, look->fold_hit + (int)at);
    }
    const unsigned style = selected ? UI_BOLD : aside ? UI_DIM : UI_PLAIN;
    const int      name = i ? x + 2 : r.x + 2;
    ui_canvas_name(c, name, r.y, right - name, style, i ? node->name : "All classes");
    if (selected && look->focus)
        ui_canvas_cursor(c, name, r.y);
}

void ui_tree_draw(const ui_tree *t, ui_canvas *c, ui_rect r, const ui_tree_look *look)
{
    const int shift = shift_of(t, r.w - 2 - ui_tree_items_width(t) - (look->r1 && r.w >= UI_TREE_R1_LEAST ? UI_TREE_R1_WIDTH : 0));
    for (size_t i = 0; i < (size_t)HUSE_MAX(r.h, 0) && t->rows.top + i < t->rows.n; i++)
        draw_row(t, c, (ui_rect){r.x, r.y + (int)i, r.w, 1}, t->rows.top + i, shift, look);
}
