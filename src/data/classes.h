/* Class rows of the catalogue: paths and their parents. */
#ifndef HUSE_CLASSES_H
#define HUSE_CLASSES_H

#include <sqlite3.h>

#include "data/taxonomy.h"

/** The class rows of a database, found by path and made when missing. Use it inside a write
 * transaction. */
typedef struct huse_classes huse_classes;
huse_status huse_classes_open(huse_classes **w, sqlite3 *db, huse_err *err) HUSE_MUST_CHECK;
/** The row of a well-formed path; it and its ancestors are made when missing. */
huse_status huse_classes_get(huse_classes *w, const char *path, int64_t *rowid,
                             huse_err *err) HUSE_MUST_CHECK;
void huse_classes_close(huse_classes *w); /* NULL is fine */

/** Removes classes that no item carries and no other class lies below, and picture roots without
 * pictures. */
huse_status huse_classes_drop_unused(sqlite3 *db, huse_err *err) HUSE_MUST_CHECK;

#endif
