/* Which items are marked. Kept in the workspace: each change is written by a worker, while the screen already shows it. */
#ifndef UI_MARKS_H
#define UI_MARKS_H

#include "worker.h"

typedef struct ui_marks ui_marks;

/** Reads them in the background (@w NULL: nothing is read or written); until then none is. @changed is called in the loop when they are
 *  there, and when a change could not be written (why says so, else it is NULL): then what is shown is what is kept again. */
ui_marks *ui_marks_new(ui_worker *w, const huse_items *items, void (*changed)(void *ctx, const char *why), void *ctx);
void      ui_marks_free(ui_marks *m); /* after the worker; NULL is fine */
/** The catalogue was loaded anew: marks of items that are still there stay. The items before must last as long as jobs do. */
void      ui_marks_follow(ui_marks *m, const huse_items *items);

bool   ui_marks_has(const ui_marks *m, size_t item); /* NULL: none */
size_t ui_marks_count(const ui_marks *m);
void   ui_marks_set(ui_marks *m, size_t item, bool on);
/** Takes all marks away, in one go. */
void   ui_marks_clear(ui_marks *m);
/** The next marked item from @item on, or SIZE_MAX. */
size_t ui_marks_next(const ui_marks *m, size_t item);

#endif
