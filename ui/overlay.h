/* What stands over the pane and takes its keys for a while: the page of keys, a pager, a line to type, a question. */
#ifndef UI_OVERLAY_H
#define UI_OVERLAY_H

#include "pager.h"
#include "pane.h"
#include "widget_line.h"

typedef enum ui_overlay_kind { UI_OVER_NOTHING, UI_OVER_HELP, UI_OVER_PAGER, UI_OVER_PROMPT, UI_OVER_CONFIRM } ui_overlay_kind;

typedef struct ui_overlay {
    ui_overlay_kind kind;
    void           *st;     /* of the pane that asked */
    int             pane;   /* whose keys the help lists; -1: of the page without a workspace */
    ui_prompt       prompt; /* its functions */
    char            label[64], hint[128], title[128], question[160];
    ui_line         line;
    bool            searching; /* the pager's search is being typed */
    void (*yes)(void *st);
    ui_pager pager;
    int      top, rows, lines; /* first line shown; lines of a page; of all */
} ui_overlay;

void ui_overlay_help(ui_overlay *o, int pane);
void ui_overlay_pager(ui_overlay *o, const char *title, char *text); /* takes text over */
void ui_overlay_prompt(ui_overlay *o, void *st, const ui_prompt *p);
void ui_overlay_confirm(ui_overlay *o, void *st, const char *question, void (*yes)(void *st));
/** Closes it; a prompt counts as cancelled. */
void ui_overlay_close(ui_overlay *o);

/** Takes a key. False: the key is not its business (it may have closed itself). */
bool ui_overlay_key(ui_overlay *o, int32_t key);
/** What a click on a button of its asks for. */
void ui_overlay_act(ui_overlay *o, enum ui_action action);
void ui_overlay_paste(ui_overlay *o, const char *text);
/** The mouse's wheel, @by lines. */
void ui_overlay_wheel(ui_overlay *o, int by);

/** Over what the pane drew; a prompt or question takes the last row. Sets how many lines a page has. */
void ui_overlay_draw(ui_overlay *o, ui_canvas *c);

#endif
