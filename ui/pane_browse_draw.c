/* Browse's frame: headings, the tree, and what is said where there is nothing to show. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pane_browse.h"

int ui_browse_heading(const ui_browse *b, ui_canvas *c, int x, int y, int columns, ui_area area, const char *text)
{
    const unsigned style = b->at.area == area && !b->at.ties ? UI_ACCENT | UI_BOLD : UI_DIM;
    ui_canvas_hit(c, (ui_rect){x, y, columns, 1}, UI_HIT_AREA + (int)area);
    return ui_canvas_text(c, x, y, columns, style, text);
}

/* ---- pictures ---- */

void ui_browse_draw_picture(const ui_browse *b, ui_canvas *c, const huse_item *item, ui_rect box, bool top)
{
    const huse_items *items = b->opened->items;
    if (!item->n_pictures) {
        ui_canvas_frame(c, box, item->text && *item->text ? item->text : "no picture");
        return;
    }
    const huse_picture *p = ui_fill_picture(b->ctx->fill, &items->picture[item->picture]);
    if (p->state == HUSE_PICTURE_OK && p->has_key)
        ui_canvas_picture(c, box, p->key, top);
    else
        ui_canvas_frame(c, box, ui_fill_instead(p));
}

void ui_browse_draw_tile(const ui_browse *b, ui_canvas *c, const ui_tiles *t, int x, int y, const ui_tile *tile)
{
    const huse_item *item = &b->opened->items->item[tile->item];
    const int        w = t->w - 1 - 2, end = x + 1 + w;
    int              line = y + t->picture_h;
    ui_browse_draw_picture(b, c, item, (ui_rect){x + 1, y, t->picture_w, t->picture_h}, false);
    for (int i = 0; tile->selected && i < t->picture_h + t->captions; i++)
        ui_canvas_text(c, x, y + i, 1, UI_ACCENT | UI_BOLD, "▌");
    if (tile->selected)
        ui_canvas_cursor(c, x + 1, line);
    const int mark = ui_marks_has(b->ctx->marks, tile->item) ? ui_canvas_text(c, x + 1, line, 2, UI_ACCENT | UI_BOLD, "* ") : 0;
    ui_canvas_text(c, x + 1 + mark, line++, w - mark, tile->selected ? UI_BOLD : UI_PLAIN, ui_browse_caption(item));
    if (t->captions < 2)
        return;
    const int number = tile->number ? ui_canvas_text_right(c, end, line, 5, UI_PLAIN, tile->number) + 1 : 0;
    if (tile->note)
        ui_canvas_text(c, x + 1, line, w - number, UI_DIM, tile->note);
}

/* ---- headings ---- */

static void draw_tree_heading(const ui_browse *b, ui_canvas *c, ui_rect r, int y)
{
    const ui_tree *t = &b->tree;
    int            right = r.x + r.w - 1, x = r.x + 2;
    if (!ui_browse_has_tree(b)) {
        ui_canvas_text(c, x, y, r.w, UI_DIM, "Classes");
        return;
    }
    if (b->opened->trained && r.w >= UI_TREE_R1_LEAST) {
        const char *split = b->figures.node ? b->figures.split ? huse_split_name(b->figures.split) : "all" : "";
        char        text[32];
        snprintf(text, sizeof text, "%s%sR@1", split, *split ? " " : "");
        ui_canvas_text_right(c, right, y, 10, UI_DIM, text);
        right -= UI_TREE_R1_WIDTH;
    }
    right -= ui_canvas_text_right(c, right, y, 6, UI_DIM, "items") + 2;
    x += ui_browse_heading(b, c, x, y, HUSE_MIN(7, right - x), UI_AREA_TREE, "Classes") + 2;
    if (t->filter) {
        char n[32], text[96];
        snprintf(text, sizeof text, "/%.40s  %s", t->filter, t->matches ? ui_thousands(n, t->matches) : "none");
        ui_canvas_text(c, x, y, right - x, t->matches ? UI_PLAIN : UI_WARN, text);
    }
}

/* "212 items · image .96 · text 1.00", shorter where there is less room. */
static void describe_node(const ui_browse *b, int columns, char *out, size_t size)
{
    const huse_node   *node = &b->tree.node[b->at.node];
    const huse_node_figure *f = b->figures.node ? &b->figures.node[b->at.node] : NULL;
    char               n[32], image[16], text[16];
    int                len = snprintf(out, size, "%s %s", ui_thousands(n, node->items), node->items == 1 ? "item" : "items");
    if (b->opened->trained && columns >= 48 && len > 0)
        snprintf(out + len, size - (size_t)len, " · image %s · text %s", ui_share(image, f ? (double)f->accuracy_image : (double)NAN, 2),
                 ui_share(text, f ? (double)f->accuracy_text : (double)NAN, 2));
}

/* What is shown: its name, the path of what it belongs to, and @facts at the right. */
static void draw_title(ui_canvas *c, ui_rect r, int y, const char *name, const char *path, const char *facts)
{
    const int right = r.x + r.w - ui_canvas_text_right(c, r.x + r.w, y, HUSE_MAX(r.w - 14, r.w / 2), UI_DIM, facts) - 2;
    const int x = r.x + ui_canvas_name(c, r.x, y, right - r.x, UI_BOLD, name) + 2;
    if (!path || right - x < 12)
        return;
    char *spaced = ui_browse_spaced(path);
    ui_canvas_name(c, x, y, right - x, UI_DIM, spaced);
    free(spaced);
}

static void draw_side_heading(const ui_browse *b, ui_canvas *c, ui_rect r, int y)
{
    char text[160];
    if (b->at.item >= 0) {
        const huse_items *items = b->opened->items;
        const huse_item  *item = &items->item[b->at.item];
        snprintf(text, sizeof text, "%s%s", huse_split_name(item->split), item->split ? " split" : "");
        draw_title(c, r, y, item->id, item->cls >= 0 ? items->class_path[item->cls] : "no class", text);
        return;
    }
    const huse_node *node = &b->tree.node[b->at.node];
    describe_node(b, r.w, text, sizeof text);
    const char *last = ui_browse_last(node->path);
    char       *parents = node->depth > 1 ? huse_xstrndup(node->path, (size_t)(last - node->path) - 1) : NULL;
    draw_title(c, r, y, b->at.node ? node->name : "All classes", parents, text);
    free(parents);
}

/* ---- states ---- */

static void say(ui_canvas *c, ui_rect r, const char *what, const char *more)
{
    ui_rect t = {r.x + 1, r.y + 1, HUSE_MIN(r.w - 2, 72), r.h - 1};
    int     n = ui_canvas_wrap(c, t, UI_PLAIN, what);
    t.y += n + 1;
    t.h -= n + 1;
    if (t.h > 0)
        ui_canvas_wrap(c, t, UI_DIM, more);
}

static void say_untrained(const ui_browse *b, ui_canvas *c, ui_rect r)
{
    char text[320];
    snprintf(text, sizeof text, "huse-tui train %.200s  makes one.", b->ctx->dir ? b->ctx->dir : "WORKSPACE");
    say(c, r, "There is no model yet. Once trained, this side shows for every class which classes lie nearest to it in the learned space, where "
              "that disagrees with the tree, its typical items, those taken for another class, and those far out.", text);
}

/* Nothing to walk through. */
static void draw_without_tree(const ui_browse *b, ui_canvas *c, ui_rect body)
{
    const ui_rect r = {body.x + 1, body.y, body.w - 2, body.h};
    if (b->opened && b->opened->status != HUSE_OK)
        say(c, r, b->opened->err.msg, "q quits.");
    else if (b->opened && !b->opened->items->n)
        say(c, r, "This catalogue is empty.", "huse-tui import CATALOGUE.csv -o WORKSPACE fills it: a .csv or .jsonl file, or a folder of pictures.");
    else if (b->opened)
        say(c, r, "No item of this catalogue has a class, so there is no tree to walk.",
            "Classes come with the catalogue: a column “class” with paths like Apparel/Topwear/Shirts, or the folders that pictures lie in; "
            "huse-tui import adds them to the items that are here.");
}

static void draw_side(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l)
{
    draw_side_heading(b, c, l->side, 1);
    if (b->at.item >= 0)
        ui_browse_draw_item(b, c, l);
    else if (!b->opened->trained)
        say_untrained(b, c, l->side);
    else if (b->at.map)
        ui_map_draw(b, c, l);
    else
        ui_browse_draw_node(b, c, l);
}

void ui_browse_draw(const void *st, ui_canvas *c)
{
    const ui_browse *b = st;
    ui_browse_layout l;
    ui_browse_arrange(b, &l);
    if (l.small) {
        ui_canvas_text(c, 0, 0, c->w, UI_PLAIN, "too small");
        return;
    }
    ui_canvas_rule(c, 0, 2, c->w);
    if (l.rule)
        ui_canvas_rule(c, 0, c->h - 2, c->w);
    if (b->at.ties) {
        ui_browse_draw_ties(b, c, l.body);
        return;
    }
    if (l.tree.w || !ui_browse_has_tree(b))
        draw_tree_heading(b, c, l.tree.w ? l.tree : l.body, 1);
    if (!ui_browse_has_tree(b)) {
        draw_without_tree(b, c, l.body);
        return;
    }
    if (l.tree.w) {
        const ui_tree_look look = {b->opened->trained, b->figures.node, b->at.area == UI_AREA_TREE, UI_HIT_ROW, UI_HIT_FOLD};
        ui_tree_draw(&b->tree, c, l.tree, &look);
    }
    if (l.tree.w && l.side.w) {
        ui_canvas_rule_down(c, l.tree.w, 1, l.body.y + l.body.h - 1);
        ui_canvas_text(c, l.tree.w, 2, 1, UI_DIM, "┼");
        if (l.rule)
            ui_canvas_text(c, l.tree.w, c->h - 2, 1, UI_DIM, "┴");
    }
    if (l.side.w)
        draw_side(b, c, &l);
}
