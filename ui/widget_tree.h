/* A tree of classes, folded and unfolded, filtered by name. The visible rows are listed once when that changes; moving the cursor and
 * drawing look at nothing else. */
#ifndef UI_WIDGET_TREE_H
#define UI_WIDGET_TREE_H

#include "huse/browse.h"
#include "widget_list.h"

typedef struct ui_tree {
    const huse_node *node; /* (n), borrowed: as huse_engine_tree gives them */
    size_t           n;
    int              deepest; /* edges from the root */
    int              level;   /* shown down to this one when last asked for */
    bool            *open;    /* (n) */
    int32_t         *row;     /* (rows.n) nodes, ascending */
    ui_list          rows;
    size_t           page;    /* rows on the screen */
    char            *filter;  /* folded; NULL: none */
    bool            *match, *kept; /* (n) while there is a filter: named like it; these and what is above them */
    size_t           matches;
    char           **path;    /* (n) folded, made for the first filter */
    size_t           listed;  /* how often the rows were listed */
} ui_tree;

/** Shows a tree, folded to its top level. Nodes must outlive it. */
void ui_tree_plant(ui_tree *t, const huse_node *node, size_t n);
/** Shows another tree in its place: nodes with the same paths stay open, selected, and filtered. What was shown before must still be there. */
void ui_tree_replant(ui_tree *t, const huse_node *node, size_t n);
void ui_tree_free(ui_tree *t);
void ui_tree_page(ui_tree *t, size_t rows);

/** The node under the cursor; -1 where there is no row. */
int32_t ui_tree_selected(const ui_tree *t);
/** Puts the cursor on a node, unfolding what is above it; a filter that hides it is given up. */
void ui_tree_select(ui_tree *t, int32_t node);
/** Up, down, page, first, last; right unfolds or descends, left folds or goes to the parent. False: none of these. */
bool ui_tree_move(ui_tree *t, enum ui_action a);
void ui_tree_toggle(ui_tree *t, int32_t node);
/** Unfolds down to @level edges below the root, and folds the rest; 1 .. deepest. */
void ui_tree_level(ui_tree *t, int level);

/** Shows only nodes whose name (their path, when there is a “/” in it) contains @text, and what is above them; "" or NULL: all. */
void ui_tree_filter(ui_tree *t, const char *text);
/** To the next (@by 1) or previous (-1) match, around the end. False: there is none. */
bool ui_tree_next(ui_tree *t, int by);

/** A node by its whole path, or -1. */
int32_t ui_tree_find(const huse_node *node, size_t n, const char *path);
bool    ui_tree_is_leaf(const ui_tree *t, int32_t node);

typedef struct ui_tree_look {
    bool                    r1;     /* there is a column for it, where there is room */
    const huse_node_figure *figure; /* (n), or NULL: not known */
    bool                    focus;
    int                     row_hit, fold_hit; /* number of the box of a row and of its sign, to which its place in the list is added */
} ui_tree_look;
void ui_tree_draw(const ui_tree *t, ui_canvas *c, ui_rect r, const ui_tree_look *look);
/** The columns that numbers take at the right: where headings end. */
int  ui_tree_items_width(const ui_tree *t);
enum { UI_TREE_R1_WIDTH = 10, UI_TREE_R1_LEAST = 30 }; /* narrower: without R@1 */

#endif
