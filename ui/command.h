/* Any command of the program, typed after “:” and run beside the interface; what it prints becomes a page. */
#ifndef UI_COMMAND_H
#define UI_COMMAND_H

#include "pane.h"

/** A command that can be typed. */
typedef struct ui_command {
    const char *name;
    bool        workspace; /* its first operand is a workspace: the open one is put in */
} ui_command;

typedef struct ui_shell ui_shell;

/** @history_file: of the lines typed; NULL: nowhere. Commands must outlive it. */
ui_shell *ui_shell_new(const ui_command *command, size_t n, const char *history_file);
/** A command that runs goes on. NULL is fine. */
void      ui_shell_free(ui_shell *s);

/** Asks for a line, with history and completion, and runs it in the workspace at ctx->dir. */
void ui_shell_ask(ui_shell *s, const ui_ctx *ctx);
/** When to look whether it has ended: milliseconds of ui_now_ms, INT64_MAX: nothing runs. */
int64_t ui_shell_due(const ui_shell *s);
/** Shows what it printed when it has ended: at once where @at_once, else, or when it took long, a notice says so. False: nothing is new. */
bool ui_shell_look(ui_shell *s, bool at_once, int64_t now_ms);
/** What runs and how far it is, as "models pull 12/90  3/s", and shorter; false: nothing does, or it does not say. */
bool ui_shell_progress(const ui_shell *s, char whole[96], char brief[40]);
/** Asks what runs to end; false: nothing does. */
bool ui_shell_stop(ui_shell *s);

/** The words of a line: blanks part them but between quotes ("a b", 'a b') and after a backslash; a % alone is @dir. Fresh, *n of them, ending
 *  with NULL, in one block. USAGE: a quote is not closed, or nothing is there. */
huse_status ui_shell_words(const char *line, const char *dir, char ***word, size_t *n, huse_err *err) HUSE_MUST_CHECK;

#endif
