/* The state of Browse, shared by what changes it and what draws it. */
#ifndef UI_PANE_BROWSE_H
#define UI_PANE_BROWSE_H

#include "export.h"
#include "pane.h"
#include "pane_browse_map.h"
#include "widget_tree.h"

/* ---- facts: what is known of nodes and items, asked for once and kept for a while ---- */

enum { UI_NEAR, UI_TYPICAL, UI_CONFUSED, UI_FAR }; /* parts of what is known of a node: its neighbours, its items of three kinds */
enum { UI_SAYS, UI_IMAGES, UI_TEXTS, UI_CLASSES }; /* of an item: its classification, its neighbours of three kinds */
enum { UI_PARTS = 4, UI_KNOWN_MAX = 32 };

typedef struct ui_near {
    int32_t     node; /* -1: a class that the catalogue has no longer */
    const char *path;
    float       cosine, psi;
    int         distance, flag; /* as huse_neighbor */
} ui_near;

typedef struct ui_part {
    bool        here;
    huse_status status;
    char        why[200];
} ui_part;

typedef struct ui_known {
    bool     used, is_item;
    size_t   id;    /* node, or item */
    uint64_t when;  /* last looked at */
    ui_part  part[UI_PARTS];

    ui_near *near;  /* of a node */
    size_t   n_near, near_k; /* how many were asked for */
    int      level;          /* of the neighbours */
    huse_members members[UI_PARTS]; /* by part; that of UI_NEAR is empty */

    huse_class_score *image, *text, *fusion; /* of an item: UI_SAYS_MAX each at most, fewer where there are fewer classes */
    size_t            n_says;
    huse_answer       answer[UI_PARTS]; /* by part; that of UI_SAYS is empty */
} ui_known;
enum { UI_SAYS_MAX = 3, UI_NEAR_MAX = 200, UI_MEMBERS_MAX = 96, UI_HITS_MAX = 60, UI_TIES_MAX = 2000 };

/* ---- the pane ---- */

typedef enum ui_area {
    UI_AREA_TREE,
    UI_AREA_NEAR, UI_AREA_MEMBERS, /* of a node */
    UI_AREA_ITEM, UI_AREA_IMAGES, UI_AREA_TEXTS, UI_AREA_CLASSES, /* of an item */
    UI_AREA_MAP,
} ui_area;

/** Where one is; kept for the way back. */
typedef struct ui_spot {
    bool      ties; /* the disagreements lie over everything */
    bool      map;  /* the right side is the map */
    int32_t   node;
    ptrdiff_t item; /* shown instead of the node; -1: none */
    ui_area   area;
    ui_list   near; /* neighbours of the node */
    int32_t   near_node; /* to be selected once they are known, -1: none; with this rank */
    int       near_rank;
    int       group;     /* of the pictures: UI_TYPICAL .. */
    size_t    member[UI_PARTS], member_top; /* selected in each; first row of pictures shown */
    size_t    hit[UI_PARTS], hit_top[UI_PARTS]; /* of an item, by part */
} ui_spot;
enum { UI_WAY_MAX = 64 };

typedef struct ui_ties {
    bool               here;
    huse_status        status;
    char               why[200];
    huse_disagreement *tie; /* (list.n) */
    size_t             total;
    ui_list            list;
} ui_ties;

typedef struct ui_browse {
    const ui_ctx    *ctx;
    const ui_opened *opened;
    int              w, h;
    ui_gfx           gfx;
    bool             pictures;
    ui_tree          tree;
    ui_spot         at, way[UI_WAY_MAX]; /* where one came from, oldest first */
    size_t           n_way;
    int              level;   /* of neighbours; -1: what suits the node */
    ui_known         facts[UI_KNOWN_MAX];
    uint64_t         clock;
    huse_figures     figures; /* node NULL: not known */
    ui_ties          ties;
    ui_map_view      map;
    int32_t          before;  /* the node when a filter was begun */
    ui_export        export;
    char            *early;   /* a lead that came before the tree; NULL: none */
} ui_browse;

/** Numbers of boxes: what they hold is added. */
enum { UI_HIT_ROW = 1 << 24, UI_HIT_FOLD = 2 << 24, UI_HIT_NEAR = 3 << 24, UI_HIT_MEMBER = 4 << 24 /* group << 20 | member */,
       UI_HIT_ITEM = 5 << 24 /* part << 20 | hit */, UI_HIT_TIE = 6 << 24, UI_HIT_AREA = 7 << 24, UI_HIT_POINT = 8 << 24,
       UI_HIT_MAP = 9 << 24, UI_HIT_KIND = 127 << 24 };

/** How the pane is divided on a screen of w × h. */
typedef struct ui_tiles {
    int columns, rows; /* of one group */
    int w, h, picture_w, picture_h, captions; /* of one, with its gap */
} ui_tiles;
typedef struct ui_browse_layout {
    bool     small;
    bool     rule; /* a second one below the body */
    ui_rect  body;
    ui_rect  tree; /* w 0: none */
    ui_rect  side; /* what is said of the node or item; w 0: none */
    ui_rect  near, members; /* parts of it, below their headings; h 0: none */
    int      groups, group_w; /* of the three, those beside each other; columns of one, with its gap */
    ui_tiles tiles;         /* picture_h 0: lines */
    ui_rect  map, legend;   /* of the map */
    ui_rect  item, images, texts, classes; /* of an item's page, below their headings */
    ui_tiles image_tiles;
} ui_browse_layout;
void ui_browse_arrange(const ui_browse *b, ui_browse_layout *l);

/** True when the right side is there and has something to select. */
bool ui_browse_has_side(const ui_browse *b);
/** True when there is a tree to walk. */
bool ui_browse_has_tree(const ui_browse *b);
/** Shows a tree; its nodes must outlive the pane. */
void ui_browse_plant(ui_browse *b, const huse_node *node, size_t n);

/** What is known of the place where one is, or NULL. */
const ui_known *ui_browse_facts(const ui_browse *b);
/** Asks for what is not known of it. */
void ui_browse_ask(ui_browse *b);
void ui_browse_ask_figures(ui_browse *b);
void ui_browse_ask_ties(ui_browse *b);
/** Goes to the item with this id as soon as it is found. */
void ui_browse_ask_item(ui_browse *b, const char *id);
void ui_browse_go_to_item(ui_browse *b, ptrdiff_t item);
void ui_browse_forget(ui_browse *b);
/** Brings the cursors of the right side to where there is something, after facts came or the screen changed. */
void ui_browse_settle(ui_browse *b);
/** Level of a node's neighbours: 0: all classes. */
int ui_browse_level(const ui_browse *b, int32_t node);
/** Jobs' topics: the parts of the place, then these. */
enum { UI_TOPIC_FIGURES = UI_PARTS, UI_TOPIC_TIES, UI_TOPIC_SEEN, UI_TOPIC_EXPORT, UI_TOPIC_MAP, UI_TOPIC_MAP_BETTER, UI_TOPIC_MAP_ITEMS };
typedef struct ui_known_job {
    ui_job   job;
    ui_known known; /* of which one part is found out */
    int      part;
} ui_known_job;
typedef struct ui_whole_job { /* figures, or disagreements */
    ui_job       job;
    huse_figures figures;
    ui_ties      ties;
} ui_whole_job;
typedef struct ui_seen_job { /* the item of an id */
    ui_job    job;
    char     *id;
    ptrdiff_t item; /* -1: there is none */
} ui_seen_job;

/** How many are in a group of the place's pictures, or hits of a kind. */
size_t ui_browse_members(const ui_browse *b, int group);
size_t ui_browse_hits(const ui_browse *b, int part);

/** What the cursor stands on. */
typedef struct ui_subject {
    ptrdiff_t   item; /* -1: none */
    const char *path; /* of the class or node, where it is no item; NULL: none */
    const char *cls;  /* class path of either, or NULL */
} ui_subject;
ui_subject ui_browse_subject(const ui_browse *b);
void ui_browse_lead_out(ui_browse *b, char how); /* into Search, see ui_lead */
void ui_browse_mark(ui_browse *b);
void ui_browse_copy(ui_browse *b);

/* ---- the map ---- */

enum { UI_MAP_BOX_W = 6, UI_MAP_BOX_H = 3 };

/** Where places lie on the screen as it is. */
ui_map_lens ui_map_look(const ui_browse *b);
/** In dots of the area. */
void ui_map_dot(const ui_map_lens *l, float x, float y, double *dx, double *dy);
/** In cells of the area; false: outside. */
bool ui_map_cell(const ui_map_lens *l, float x, float y, int *cx, int *cy);
/** The point of the node where one is; -1: it has none. */
ptrdiff_t ui_map_selected(const ui_browse *b);
/** Points of its nearest classes. Returns how many. */
size_t ui_map_near(const ui_browse *b, size_t near[UI_MAP_NEAR]);
/** True when the items of the class are to be drawn around it. */
bool ui_map_shows_items(const ui_browse *b, const ui_map_lens *l);
/** "Dresses lies among Tunics, Tops; far from Watches"; "" where no class is selected. Fresh memory. */
char *ui_map_sentence(const ui_browse *b);
/** Asks for what is not known of it. */
void ui_map_ask(ui_browse *b);
void ui_map_forget(ui_map_view *m);
/** Brings what is selected into sight. */
void ui_map_follow(ui_browse *b);
/** By steps, so that the place (@x, @y) of the map stays where it is. */
void ui_map_zoom(ui_browse *b, int by, double x, double y);
/** False: no movement of its. */
bool ui_map_move(ui_browse *b, enum ui_action a);
void ui_map_pick(ui_browse *b, int kind, int at);
void ui_map_wheel(ui_browse *b, int kind, int at, int by);
ui_rect ui_map_box(const ui_map_lens *l, int number);
void ui_map_draw(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l);

/* ---- moving ---- */

/** The cursor of the tree has moved. */
void   ui_browse_follow(ui_browse *b);
void   ui_browse_move(ui_browse *b, enum ui_action a);
void   ui_browse_turn_area(ui_browse *b, int by);
size_t ui_browse_ties_page(const ui_browse *b); /* rows of the list of disagreements */
void   ui_browse_pick(void *st, int what, bool twice);
void   ui_browse_wheel(void *st, int what, int by);

/* ---- drawing ---- */

/** "Accessories › Ties". Fresh memory. */
char *ui_browse_spaced(const char *path);
/** The way from one node to another through the tree, in words or as "Ties ↑ Accessories ↓ Bags"; "" where there is none. Fresh memory. */
char *ui_browse_way(const huse_node *node, int32_t from, int32_t to);
/** As much of it as @columns hold: all, from where it turns downwards ("↑ Accessories ↓ Bags"), or its last step. Fresh memory. */
char *ui_browse_way_in(const huse_node *node, int32_t from, int32_t to, int columns);
const char *ui_browse_flag(int flag); /* "near here, far in the tree"; "" */
/** The same behind a sign, shorter where @columns are fewer. */
void ui_browse_draw_flag(ui_canvas *c, int x, int y, int columns, int flag);
const char *ui_browse_caption(const huse_item *item);
const char *ui_browse_last(const char *path); /* the name at its end */

void ui_browse_draw(const void *st, ui_canvas *c);
void ui_browse_draw_node(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l);
void ui_browse_draw_item(const ui_browse *b, ui_canvas *c, const ui_browse_layout *l);
void ui_browse_draw_ties(const ui_browse *b, ui_canvas *c, ui_rect r);

/** One picture with two lines below it. */
typedef struct ui_tile {
    size_t      item;
    const char *note; /* second line, at its left and its right; NULL: none */
    const char *number;
    bool        selected;
} ui_tile;
/** @captions lines below the picture at @x + 1; a bar beside the selected one. */
void ui_browse_draw_tile(const ui_browse *b, ui_canvas *c, const ui_tiles *t, int x, int y, const ui_tile *tile);
void ui_browse_draw_picture(const ui_browse *b, ui_canvas *c, const huse_item *item, ui_rect box, bool top);
/** A heading with its area's focus; returns its columns. */
int  ui_browse_heading(const ui_browse *b, ui_canvas *c, int x, int y, int columns, ui_area area, const char *text);
/** Columns of a picture of @rows that is as high as wide. */
int  ui_browse_square(const ui_browse *b, int rows);

#endif
