/* Labels set by a person, as import sees them. */
#ifndef HUSE_DATA_LABELS_H
#define HUSE_DATA_LABELS_H

#include <sqlite3.h>

#include "base/base.h"

/** Whether anything was ever written down. */
huse_status huse_labels_exist(sqlite3 *db, bool *exist, huse_err *err) HUSE_MUST_CHECK;

/** For huse_labels_kept; *st stays NULL where there are no such labels. sqlite3_finalize it. */
huse_status huse_labels_prepare_kept(sqlite3 *db, sqlite3_stmt **st, huse_err *err) HUSE_MUST_CHECK;
/** Whether class row @now of an item was given by a person in place of row @given, which the source still says. @st may be NULL. */
huse_status huse_labels_kept(sqlite3_stmt *st, int64_t item, int64_t now, int64_t given, bool *kept, huse_err *err) HUSE_MUST_CHECK;

#endif
