/* What every pane is to the loop: a state, effects on it, and a pure drawing. */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "canvas.h"
#include "input.h"
#include "worker.h"

enum ui_action {
    UI_ACT_NONE,
#define ACTION(id, name, key, other, label, footer, help) UI_ACT_##id,
#include "actions.def"
#undef ACTION
    UI_ACTIONS
};

typedef struct ui_binding {
    enum ui_action action;
    const char    *name;
    int32_t        key, other; /* 0: none */
    const char    *label, *footer, *help;
} ui_binding;
extern const ui_binding ui_bindings[UI_ACTIONS - 1];

/** What a key does while moving, or UI_ACT_NONE. */
enum ui_action ui_action_of(int32_t key);

/** What a pane may use. */
typedef struct ui_ctx {
    const char *workspace; /* its name, as shown */
    const char *query;     /* to begin with; "" for none */
    bool        fetch_pictures; /* there is some way to draw them */
    void (*ask)(void *ctx, ui_ask *ask); /* takes ask->text over */
    void *ctx;
} ui_ctx;

typedef struct ui_pane_ops {
    const char *name;
    size_t      state_size; /* bytes of `st`, zeroed and owned by the loop */
    void (*open)(void *st, const ui_ctx *ctx);
    void (*resize)(void *st, int w, int h, const ui_gfx *gfx);
    bool (*typing)(const void *st);                    /* keys are text */
    void (*event)(void *st, const ui_event *e);        /* a key or paste while typing */
    bool (*act)(void *st, enum ui_action a);           /* false: the loop's business */
    void (*opened)(void *st, const ui_opened *o);
    void (*hits)(void *st, ui_reply_hits *r);          /* takes it over */
    void (*draw)(const void *st, ui_canvas *c);        /* no I/O, no locks; all rows but the last */
    void (*close)(void *st);
} ui_pane_ops;

extern const ui_pane_ops ui_pane_search, ui_pane_start;

/** ".93", "-.12", "1.00"; "–" for NaN. */
const char *ui_share(char out[16], double x, int digits);
/** "9,324". */
const char *ui_thousands(char out[32], size_t n);

#endif
