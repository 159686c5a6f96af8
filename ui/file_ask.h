/* Asks for the name of a file to be written, and whether one that is there may be replaced. */
#ifndef UI_FILE_ASK_H
#define UI_FILE_ASK_H

#include "pane.h"

/** Part of the state of a pane; zeroed at first. */
typedef struct ui_file_ask {
    const ui_ctx *ctx;
    void         *st;
    void (*write)(void *st, const char *file);
    char         *file; /* while it is asked whether it may be replaced */
} ui_file_ask;

/** @label, @text and @hint as in ui_prompt. @write is called with a name that may be written, ~/ already resolved. */
void ui_file_ask_begin(ui_file_ask *f, const ui_ctx *ctx, const char *label, const char *text, const char *hint,
                       void (*write)(void *st, const char *file), void *st);
void ui_file_ask_free(ui_file_ask *f);

#endif
