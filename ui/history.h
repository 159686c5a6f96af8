/* Earlier queries, as a shell keeps them: each once, the newest last, in a file that outlives the program. */
#ifndef UI_HISTORY_H
#define UI_HISTORY_H

#include "base/base.h"

#define UI_HISTORY_MAX 1000 /* lines */

typedef struct ui_history ui_history;

/** Reads @file; one that is missing or unusable is as an empty one. @file NULL: nothing is kept. */
ui_history *ui_history_new(const char *file);
void        ui_history_free(ui_history *h); /* NULL is fine */

/** Adds a line as the newest; one that is blank or holds control characters is left out. True when there is something to be written. */
bool ui_history_add(ui_history *h, const char *line);

/** Walks back, from what is being typed; NULL at the oldest. Borrowed until the next call. */
const char *ui_history_older(ui_history *h, const char *typed);
/** Walks forth; at the end comes what was being typed, then NULL. */
const char *ui_history_newer(ui_history *h);
/** What is typed now is the newest again. */
void ui_history_rest(ui_history *h);

/** Lines that are not in the file yet, oldest first: fresh memory, *n of them (free each, and the array). */
char **ui_history_unsaved(const ui_history *h, size_t *n);
/** The oldest @n of them are in the file. */
void ui_history_saved(ui_history *h, size_t n);
/** Merges lines into a file, which other programs may have changed, and makes its folder. Only its owner may read it. From any thread. */
huse_status ui_history_write(const char *file, char *const *line, size_t n, huse_err *err) HUSE_MUST_CHECK;

#endif
