/* Which key does what while moving: the table of actions, how keys are written, and what is bound now. */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include "base/base.h"
#include "input.h"

enum { UI_PANE_SEARCH, UI_PANE_BROWSE, UI_PANE_TRAIN, UI_PANE_EVALUATE, UI_PANES };
#define UI_IN(pane) (1u << (pane))
#define UI_ANYWHERE (~0u)

enum ui_action {
    UI_ACT_NONE,
#define ACTION(id, name, panes, keys, help) UI_ACT_##id,
#include "actions.def"
#undef ACTION
    UI_ACTIONS
};

/** A row of actions.def. Rows are in the order of enum ui_action, from 1 on. */
typedef struct ui_binding {
    enum ui_action action;
    const char    *name;  /* in the configuration file */
    unsigned       panes; /* where it means anything: UI_IN bits */
    const char    *keys;  /* as it comes, as ui_keys_parse takes it */
    const char    *help;
} ui_binding;
extern const ui_binding ui_bindings[UI_ACTIONS - 1];

/** What keys do while typing; the panes see to them. */
typedef struct ui_typing_key {
    unsigned    panes;
    const char *keys, *help;
} ui_typing_key;
extern const ui_typing_key ui_typing_keys[];
extern const size_t        ui_n_typing_keys;

#define UI_KEYS_EACH 6

/** The keys of every action; 0 ends those of one. */
typedef struct ui_keys {
    int32_t key[UI_ACTIONS][UI_KEYS_EACH];
} ui_keys;

/** Those of the table. */
void ui_keys_usual(ui_keys *k);

/** Reads keys with spaces between them ("x", "Ctrl-a PgDn", "none") into key[]. USAGE: one is no key, is taken for good, or they are too
 *  many; the message begins with the key. */
huse_status ui_keys_parse(int32_t key[UI_KEYS_EACH], const char *text, huse_err *err) HUSE_MUST_CHECK;

/** Two actions that share a key, the later one of the table in *b; no key means two things, not even in two panes. False when there are
 *  none. */
bool ui_keys_clash(const ui_keys *k, enum ui_action *a, enum ui_action *b, int32_t *key);

/** From now on these count, for all that follows. Before the first call the usual ones do. Not thread-safe. */
void ui_keys_use(const ui_keys *k);

/** Left, right, up, down, page, first, last. */
bool ui_action_moves(enum ui_action a);
/** How it brings the selected one into the query: '=' instead of it, '+', '-', 'c' as a filter; 0: it does not. */
char ui_action_how(enum ui_action a);

/** What a key does while moving, or UI_ACT_NONE. */
enum ui_action ui_action_of(int32_t key);

#define UI_KEY_NAME 16
/** The name of a key as a person reads it: "x", "Ctrl-A", "←". */
void ui_key_name(char out[UI_KEY_NAME], int32_t key);
/** The first key of an action; "" where it has none. */
void ui_key_of(char out[UI_KEY_NAME], enum ui_action a);
/** All keys that one line of help speaks of: those of this action and of the ones without help before it. */
void ui_keys_label(char out[128], enum ui_action a);

#endif
