/* What is said of a node: its neighbours in the learned space, and its typical, confused and far-out items. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_browse.h"

/* ---- neighbours ---- */

#define COS_WIDTH  6
#define PSI_WIDTH  6
#define EDGE_WIDTH 7
#define FLAG_WIDTH 28 /* of the longest words, with their sign */

typedef struct near_columns {
    int name, cos, psi, edges, way, flag; /* where they begin, or, for numbers, end */
    int name_w, way_w, flag_w;
} near_columns;

static near_columns columns_of(ui_rect r)
{
    near_columns k = {.name = r.x + 5};
    const int    numbers = COS_WIDTH + PSI_WIDTH + EDGE_WIDTH, words = HUSE_MAX(r.w - 5 - numbers, 0);
    k.name_w = HUSE_MAX(HUSE_MIN(words - FLAG_WIDTH - 2, 28), HUSE_MIN(14, words));
    k.cos = k.name + k.name_w + COS_WIDTH;
    k.psi = k.cos + PSI_WIDTH;
    k.edges = k.psi + EDGE_WIDTH;
    k.way = k.edges + 2;
    const int rest = r.x + r.w - k.way;
    k.flag_w = rest >= FLAG_WIDTH + 2 + 16 ? FLAG_WIDTH : 0;
    k.flag = r.x + r.w - k.flag_w;
    k.way_w = rest - (k.flag_w ? k.flag_w + 2 : 0);
    return k;
}

static void draw_neighbour(const ui_browse *b, ui_canvas *c, ui_rect row, const near_columns *k, size_t rank, const ui_near *n)
{
    const bool selected = b->at.area == UI_AREA_NEAR && rank == b->at.near.cursor;
    char       text[32];
    ui_canvas_hit(c, row, UI_HIT_NEAR + (int)rank);
    if (selected) {
        ui_canvas_text(c, row.x - 1, row.y, 1, UI_ACCENT | UI_BOLD, "▌");
        ui_canvas_cursor(c, k->name, row.y);
    }
    ui_canvas_text_right(c, row.x + 3, row.y, 3, UI_DIM, ui_thousands(text, rank + 1));
    ui_canvas_name(c, k->name, row.y, k->name_w, selected ? UI_BOLD : UI_PLAIN, ui_browse_last(n->path));
    ui_canvas_text_right(c, k->cos, row.y, 5, UI_PLAIN, ui_share(text, (double)n->cosine, 3));
    ui_canvas_text_right(c, k->psi, row.y, 5, UI_DIM, ui_share(text, (double)n->psi, 3));
    snprintf(text, sizeof text, "%d", n->distance);
    ui_canvas_text_right(c, k->edges, row.y, 4, UI_DIM, text);
    if (n->flag && !k->flag_w) {
        ui_browse_draw_flag(c, k->way, row.y, k->way_w, n->flag);
        return;
    }
    char *way = ui_browse_way_in(b->tree.node, b->at.node, n->node, k->way_w);
    ui_canvas_name(c, k->way, row.y, k->way_w, UI_DIM, way);
    free(way);
    if (n->flag)
        ui_browse_draw_flag(c, k->flag, row.y, k->flag_w, n->flag);
}

/* The whole way to the selected one below the list, where its row has no room for it. */
static void draw_whole_way(const ui_browse *b, ui_canvas *c, ui_rect r, const near_columns *k, const ui_near *n)
{
    char *way = ui_browse_way(b->tree.node, b->at.node, n->node);
    if ((int)huse_text_width(way) > k->way_w || (n->flag && !k->flag_w))
        ui_canvas_name(c, k->name, r.y + r.h, r.x + r.w - k->name, UI_DIM, way);
    free(way);
}

static void draw_near_heading(const ui_browse *b, ui_canvas *c, ui_rect r, const near_columns *k)
{
    const int level = ui_browse_level(b, b->at.node), y = r.y - 1;
    char      text[48] = "nearest in the space";
    if (level)
        snprintf(text, sizeof text, "nearest at level %d", level);
    ui_browse_heading(b, c, r.x, y, k->cos - 4 - r.x, UI_AREA_NEAR, text);
    ui_canvas_text_right(c, k->cos, y, 3, UI_DIM, "cos");
    ui_canvas_text_right(c, k->psi, y, 3, UI_DIM, "ψ");
    ui_canvas_text_right(c, k->edges, y, 5, UI_DIM, "edges");
    ui_canvas_text(c, k->way, y, k->way_w, UI_DIM, "way through the tree");
}

static void draw_near(const ui_browse *b, ui_canvas *c, ui_rect r, const ui_known *f)
{
    const near_columns k = columns_of(r);
    const ui_part     *p = f ? &f->part[UI_NEAR] : NULL;
    draw_near_heading(b, c, r, &k);
    if (!p || !p->here)
        return;
    if (p->status != HUSE_OK)
        ui_canvas_wrap(c, (ui_rect){r.x + 2, r.y, r.w - 2, HUSE_MIN(r.h, 3)}, UI_DIM, p->why);
    else if (!f->n_near)
        ui_canvas_text(c, r.x + 2, r.y, r.w - 2, UI_DIM, "there is nothing beside it at this level");
    for (size_t i = 0; i < (size_t)HUSE_MAX(r.h, 0) && b->at.near.top + i < f->n_near; i++)
        draw_neighbour(b, c, (ui_rect){r.x, r.y + (int)i, r.w, 1}, &k, b->at.near.top + i, &f->near[b->at.near.top + i]);
    if (b->at.area == UI_AREA_NEAR && b->at.near.cursor < f->n_near)
        draw_whole_way(b, c, r, &k, &f->near[b->at.near.cursor]);
}

/* ---- items ---- */

static const char *const group_name[] = {[UI_TYPICAL] = "typical", [UI_CONFUSED] = "confused", [UI_FAR] = "far out"};

/* "confused  14 · 6 → Scarves": taken for another class, most often for this one */
static void describe_group(const ui_known *f, int group, char *out, size_t size)
{
    const huse_members *m = f ? &f->members[group] : NULL;
    char                n[32];
    snprintf(out, size, "%s", group_name[group]);
    if (!m || group != UI_CONFUSED || !m->total)
        return;
    const huse_confusion *with = m->n_confusions && m->confusion[0].cls >= 0 ? &m->confusion[0] : NULL;
    const char           *name = with ? ui_browse_last(with->path) : "";
    ui_thousands(n, m->total);
    if (with && with->count == m->total)
        snprintf(out, size, "confused  %s → %.80s", n, name);
    else if (with)
        snprintf(out, size, "confused  %s · %zu → %.80s", n, with->count, name);
    else
        snprintf(out, size, "confused  %s", n);
}

/* The second line below a picture: what it was shown for. */
static ui_tile tile_of(const ui_browse *b, const huse_member *m, int group, char note[200], char number[16])
{
    const huse_items *items = b->opened->items;
    ui_tile           t = {.item = (size_t)m->item, .note = note, .number = number};
    if (group == UI_CONFUSED) {
        snprintf(note, 200, "→ %.190s", m->best_path ? ui_browse_last(m->best_path) : "another class");
        ui_share(number, (double)m->p_best, 2);
    } else {
        const bool own = m->cls < 0 || ui_tree_is_leaf(&b->tree, b->at.node);
        snprintf(note, 200, "%.190s", own ? "cosine" : ui_browse_last(items->class_path[m->cls]));
        ui_share(number, (double)m->cosine, 3);
    }
    return t;
}

static void draw_member_line(const ui_browse *b, ui_canvas *c, int x, int y, int w, const ui_tile *t)
{
    const huse_item *item = &b->opened->items->item[t->item];
    if (t->selected) {
        ui_canvas_text(c, x, y, 1, UI_ACCENT | UI_BOLD, "▌");
        ui_canvas_cursor(c, x + 1, y);
    }
    const int number = w >= 16 ? ui_canvas_text_right(c, x + w, y, 5, UI_DIM, t->number) + 1 : 0;
    const int mark = ui_marks_has(b->ctx->marks, t->item) ? ui_canvas_text(c, x + 1, y, 2, UI_ACCENT | UI_BOLD, "* ") : 0;
    ui_canvas_text(c, x + 1 + mark, y, w - 1 - mark - number, t->selected ? UI_BOLD : UI_PLAIN, ui_browse_caption(item));
}

static void draw_nothing(const ui_known *f, ui_canvas *c, ui_rect r, int group)
{
    const ui_part *p = f ? &f->part[group] : NULL;
    if (!p || !p->here || r.h < 1)
        return;
    const char *why = p->status != HUSE_OK ? p->why : group == UI_CONFUSED ? "none: each is taken for what it is" : "none";
    ui_canvas_wrap(c, (ui_rect){r.x, r.y, r.w - 2, HUSE_MIN(r.h, 4)}, UI_DIM, why);
}

static void draw_group(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l, ui_rect r, int group, const ui_known *f)
{
    const ui_tiles *t = &l->tiles;
    const size_t    columns = (size_t)t->columns, n = ui_browse_members(b, group);
    char            text[160], note[200], number[16];
    const bool      focus = b->at.area == UI_AREA_MEMBERS && b->at.group == group;
    describe_group(f, group, text, sizeof text);
    ui_canvas_hit(c, (ui_rect){r.x, r.y - 1, r.w, r.h + 1}, UI_HIT_MEMBER + (group << 20));
    ui_canvas_text(c, r.x, r.y - 1, r.w - 2, focus ? UI_ACCENT | UI_BOLD : UI_DIM, text);
    if (!n)
        draw_nothing(f, c, r, group);
    for (size_t i = 0; i < columns * (size_t)HUSE_MAX(t->rows, 0); i++) {
        const size_t at = b->at.member_top * columns + i;
        if (at >= n)
            break;
        ui_tile   tile = tile_of(b, &f->members[group].member[at], group, note, number);
        const int x = r.x - 1 + (int)(i % columns) * t->w, y = r.y + (int)(i / columns) * t->h;
        tile.selected = focus && at == b->at.member[group];
        ui_canvas_hit(c, (ui_rect){x, y, t->w, t->h}, UI_HIT_MEMBER + (group << 20) + (int)at);
        if (t->picture_h)
            ui_browse_draw_tile(b, c, t, x, y, &tile);
        else
            draw_member_line(b, c, x, y, r.w - 2, &tile);
    }
}

void ui_browse_draw_node(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l)
{
    const ui_known *f = ui_browse_facts(b);
    if (l->near.h > 0)
        draw_near(b, c, l->near, f);
    if (l->members.h < 1)
        return;
    for (int i = 0; i < l->groups; i++) {
        const ui_rect r = {l->members.x + i * l->group_w, l->members.y, l->group_w, l->members.h};
        draw_group(b, c, l, r, l->groups == 3 ? UI_TYPICAL + i : b->at.group, f);
    }
}
