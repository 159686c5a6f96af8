/* The marked items as a file. */
#ifndef UI_MARKS_EXPORT_H
#define UI_MARKS_EXPORT_H

#include "huse/workspace.h"

/** Writes items[at[0..n)] to @file, whole or not at all: a table for .csv (every field quoted; one that a spreadsheet would take for a
 *  formula begins with an apostrophe, which import takes away), an object per line for .jsonl, else the paths of the pictures. An item with
 *  several pictures has a row for each. Paths are absolute. *rows: what was written. From any thread. */
huse_status ui_marks_export(const huse_items *items, const size_t *at, size_t n, const char *file, size_t *rows, huse_err *err) HUSE_MUST_CHECK;

/** Where a picture lies: absolute, or an address. Fresh memory. */
char *ui_picture_path(const huse_picture *p);

#endif
