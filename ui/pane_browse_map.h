/* The map of Browse: all classes in two dimensions. */
#ifndef UI_PANE_BROWSE_MAP_H
#define UI_PANE_BROWSE_MAP_H

#include "canvas.h"
#include "huse/map.h"

enum { UI_MAP_NEAR = 5, UI_MAP_ITEMS = 160, UI_MAP_SUBTREES = 24, UI_MAP_LABEL = 22 };

typedef struct ui_map_view {
    bool           here;
    huse_status    status;
    char           why[200];
    huse_class_map map;
    double         done;     /* of the t-SNE that is being made; negative: none is */
    int32_t       *point_of; /* (nodes) number of its point, -1: none */
    uint8_t       *group;    /* (map.n) of its subtree, by which signs and colours go: the largest first */
    int32_t        subtree[UI_MAP_SUBTREES]; /* their nodes */
    size_t         n_subtrees; /* groups beyond the last share signs */
    double         zoom, x, y; /* 1: all of it; what is in the middle */
    int32_t        items_of;   /* the class whose items are known, -1: none */
    huse_map_item *item;
    size_t         n_items;
} ui_map_view;

/** Where places of the map lie on the screen, in dots: pixels, or those of braille. */
typedef struct ui_map_lens {
    ui_rect r;      /* cells */
    bool    pixels; /* a picture is drawn */
    int     dot_w, dot_h; /* dots of a cell */
    double  sx, sy, x, y; /* dots for each unit, the place in the middle */
} ui_map_lens;

/** A label at a point, in cells of the area. */
typedef struct ui_map_label {
    int  x, y;    /* of the point */
    int  w;       /* columns */
    bool needed;  /* may hide points that are not */
    int  at_x, at_y; /* where it stands; at_y -1: nowhere */
} ui_map_label;

/** What cells hold. */
enum { UI_MAP_POINT = 1, UI_MAP_NEEDED = 2, UI_MAP_TEXT = 4 };

/** Places labels in their order beside, above or below their points in an area of w × h, so that none touches another or hides a needed
 *  point; those for which there is no room stand nowhere. grid (h,w): what is there, to which labels are added. */
void ui_map_place_labels(ui_map_label *label, size_t n, uint8_t *grid, int w, int h);

/** Cuts what is free of UI_MAP_TEXT in grid (h,w) into boxes, at most @most; returns how many. */
size_t ui_map_boxes(const uint8_t *grid, int w, int h, ui_rect *box, size_t most);

#endif
