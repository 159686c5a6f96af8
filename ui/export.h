/* Asks where to, and writes the marked items there in the background. */
#ifndef UI_EXPORT_H
#define UI_EXPORT_H

#include "file_ask.h"

/** Part of the state of a pane. */
typedef struct ui_export {
    const ui_ctx *ctx;
    int           topic;
    ui_file_ask   file;
} ui_export;

/** @topic: of the job, which belongs to @x. */
void ui_export_ask(ui_export *x, const ui_ctx *ctx, int topic);
void ui_export_free(ui_export *x);

#endif
