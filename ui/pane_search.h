/* The state of Search, shared by what changes it and what draws it. */
#ifndef UI_PANE_SEARCH_H
#define UI_PANE_SEARCH_H

#include "ask.h"
#include "export.h"
#include "history.h"
#include "huse/browse.h"
#include "pane.h"
#include "widget_line.h"

enum { UI_TOPIC_HITS, UI_TOPIC_NAMES, UI_TOPIC_FACTS, UI_TOPIC_SEEK, UI_TOPIC_EXPORT, UI_TOPIC_HISTORY, UI_TOPIC_WARM };
/** What boxes on the screen answer clicks with. */
enum { UI_PICK_VIEW = 1, UI_PICK_QUERY = 4, UI_PICK_FILTER, UI_PICK_DETAILS, UI_PICK_NAME = 16, UI_PICK_RESULT = 64 };
enum { UI_NAMES_MAX = 8, UI_FACTS_KEPT = 16, UI_PLACES_MAX = 100 };

/** Where the keys go. The first two take text. */
typedef enum ui_focus { UI_FOCUS_QUERY, UI_FOCUS_FILTER, UI_FOCUS_RESULTS, UI_FOCUS_DETAILS } ui_focus;

/** What was asked, and which result was selected. */
typedef struct ui_place {
    char       *text, *filter; /* filter NULL: all classes */
    huse_target target;
    double      mix;
    size_t      cursor, top;
} ui_place;

/** Names that may stand for what is being typed. */
typedef struct ui_names {
    bool        open, take; /* take: the best one, as soon as it is known */
    char       *prefix;     /* of what name[] are completions; NULL: nothing was asked yet */
    const char *name[UI_NAMES_MAX]; /* borrowed from the engine */
    size_t      count[UI_NAMES_MAX]; /* items of a class */
    int32_t     item[UI_NAMES_MAX];  /* -1: a class */
    size_t      n;
    int         at;         /* the selected one, -1: none */
    size_t      from, to;   /* bytes of the query that one of them replaces */
} ui_names;

/** What the model makes of an item. */
typedef struct ui_facts {
    size_t            item;
    huse_status       status; /* of the classes */
    huse_err          err;
    size_t            n;      /* of each list */
    huse_class_score *image, *text, *both; /* NULL: nothing is known */
    huse_answer       texts;  /* the nearest */
} ui_facts;
void ui_facts_free(ui_facts *f);

typedef struct ui_search {
    const ui_ctx    *ctx;
    const ui_opened *opened; /* NULL until the workspace is open, or has failed to */
    ui_focus         focus;
    ui_line          line, filter_line;
    char            *filter; /* a class path; NULL: all */
    double           mix;    /* of attributes; negative: the model's own */
    huse_target      target;
    bool             pictures;
    bool             page;   /* details instead of results */
    int              scroll; /* first line of the details shown */

    ui_hits hits; /* of the newest answer without an error: a stretch of the ranking that holds what is shown */
    bool    answered;
    bool    asking;     /* the newest query waits for a server */
    char    error[512]; /* of the newest answer; "" */
    size_t  error_at;   /* byte of the query, SIZE_MAX: none */
    size_t  cursor;     /* rank of the selected result, from 0 */
    size_t  top;        /* of the first shown */
    int32_t follow;     /* an item that stays selected when the order changes, -1: none */

    ui_names    names;
    ui_facts   *facts[UI_FACTS_KEPT]; /* newest first */
    ui_history *history;
    int64_t     typed_at; /* ms */
    ui_place    begun;    /* when typing began */
    ui_place   *place;    /* the way back, newest last */
    size_t      n_places;
    ui_export   export;

    int    w, h;
    ui_gfx gfx;
} ui_search;

/** A smaller screen has no pictures; from WIDE on the details stand beside the results; columns between two of them. */
enum { UI_SEARCH_PICTURES_W = 60, UI_SEARCH_PICTURES_H = 15, UI_SEARCH_WIDE = 100, UI_SEARCH_GAP = 2 };

/** How the pane is divided on a screen of w × h. */
typedef struct ui_search_layout {
    bool    small;  /* nothing but a word fits */
    ui_rect body;   /* between the rules */
    bool    rule;   /* a second rule below the body */
    ui_rect grid;   /* results */
    ui_rect panel;  /* details beside them; w 0: none */
    bool    page;   /* details instead of results */
    bool    tiles;  /* pictures in a grid, else lines */
    int     columns, rows; /* results beside and below each other */
    int     tile_w, tile_h, picture_w, picture_h, captions;
} ui_search_layout;
/** @target: of what is laid out. */
void ui_search_arrange(const ui_search *s, huse_target target, ui_search_layout *l);

const char      *ui_search_caption(const huse_item *item);
/** The last part of a class path. */
const char      *ui_search_class(const char *path);
/** Items of a class and below it. There must be an engine. */
size_t           ui_search_count(const ui_search *s, const char *path);

/* ---- pane_search_hits.c: asking and answers ---- */
void ui_search_ask(ui_search *s);
void ui_search_ask_anew(ui_search *s); /* from the first result on */
/** Lets the selected one be on the screen, rows standing where a row begins, and gets what is missing around it. */
void ui_search_settle(ui_search *s);
/** How many results fit on the screen, and how many of them beside each other. */
size_t ui_search_page(const ui_search *s, huse_target target, size_t *columns);
/** How many ranks can be had: an answer shorter than asked for is the end. */
size_t ui_search_total(const ui_search *s);
/** Of the results there are. */
huse_target ui_search_shown(const ui_search *s);
/** The result of a rank, or NULL where it is not there yet; and the selected one. */
const huse_hit  *ui_search_at(const ui_search *s, size_t rank);
const huse_hit  *ui_search_selected(const ui_search *s);
const huse_item *ui_search_item(const ui_search *s, const huse_hit *hit); /* NULL: a class */

/* ---- pane_search_place.c: queries, and the way back ---- */
void ui_place_free(ui_place *p);
ui_place ui_search_place(const ui_search *s);
void ui_search_push(ui_search *s, ui_place p); /* takes it over */
/** Keeps what is shown as a place to come back to. */
void ui_search_leave(ui_search *s);
void ui_search_come_back(ui_search *s);
/** Sets the query: a place of its own. */
void ui_search_set(ui_search *s, const char *query);
void ui_search_filter(ui_search *s, const char *path); /* NULL: all classes */

/* ---- pane_search_move.c ---- */
void ui_search_go(ui_search *s, size_t rank);
void ui_search_move(ui_search *s, enum ui_action a);
void ui_search_scroll(ui_search *s, int by); /* the details, by lines */
void ui_search_wheel(void *st, int what, int by);

/* ---- pane_search_type.c: the query line and the filter ---- */
void ui_search_type(ui_search *s);   /* focus to the query */
void ui_search_choose(ui_search *s); /* focus to the filter */
/** Focus to the results; the query enters the history. */
void ui_search_results(ui_search *s);
void ui_search_event(void *st, const ui_event *e);
/** The query into the history; and only if it has been looked at for a while. */
void ui_search_keep(ui_search *s);
void ui_search_keep_rested(ui_search *s);

/* ---- pane_search_names.c: names for what is being typed ---- */
/** Lists names for the term of the query at its cursor; false: it stands for none. */
bool ui_search_name_query(ui_search *s);
void ui_search_name_filter(ui_search *s);
void ui_search_close_names(ui_search *s);
void ui_search_move_name(ui_search *s, int by);
void ui_search_take_name(ui_search *s, int at);
/** Takes the selected name, or the best one once it is known. */
void ui_search_take_selected(ui_search *s, const char *typed);

/* ---- pane_search_item.c: the selected one, marks ---- */
const ui_facts *ui_search_facts(const ui_search *s, size_t item); /* NULL: not known yet */
/** Asks for the facts of the selected one where they are shown and missing. */
void ui_search_want_facts(ui_search *s);
void ui_search_mark(ui_search *s);
void ui_search_seek(ui_search *s, bool back); /* the next marked one */
void ui_search_copy(ui_search *s);

/* ---- pane_search_whole.c ---- */
/** Opens all that is told of the selected item as text over the pane. */
void ui_search_read(ui_search *s);

/* ---- drawing ---- */
void ui_search_draw(const void *st, ui_canvas *c);
void ui_search_draw_picture(const ui_search *s, ui_canvas *c, const huse_item *item, uint32_t which, ui_rect box, bool top);
char *ui_search_spaced(const char *path); /* "Apparel › Topwear". Fresh memory. */
void ui_search_draw_panel(const ui_search *s, ui_canvas *c, const ui_search_layout *l);
/** Lines of the details that do not fit. */
int  ui_search_details_hidden(const ui_search *s);

#endif
