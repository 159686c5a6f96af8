/* SQLite with our statuses and plain words. */
#ifndef HUSE_DB_H
#define HUSE_DB_H

#include <sqlite3.h>

#include "base/base.h"

/** Turns the connection's last error into a status and a sentence that names the catalogue's file.
 */
huse_status huse_db_fail(sqlite3 *db, huse_err *err);

/** What every connection is set to: it waits for others, and believes nothing that a stranger's schema says. */
void huse_db_harden(sqlite3 *db);

/** Runs statements that return nothing. */
huse_status huse_db_exec(sqlite3 *db, const char *sql, huse_err *err) HUSE_MUST_CHECK;

/** Compiles one statement; sqlite3_finalize it (NULL is fine). */
huse_status huse_db_prepare(sqlite3 *db, sqlite3_stmt **st, const char *sql,
                            huse_err *err) HUSE_MUST_CHECK;

/** Steps to the next row: *row says if there is one. */
huse_status huse_db_step(sqlite3_stmt *st, bool *row, huse_err *err) HUSE_MUST_CHECK;

/** Runs a statement that returns nothing and resets it for the next. */
huse_status huse_db_run(sqlite3_stmt *st, huse_err *err) HUSE_MUST_CHECK;

/** One number from a statement without parameters; 0 when it gives no row. */
huse_status huse_db_number(sqlite3 *db, const char *sql, int64_t *out,
                           huse_err *err) HUSE_MUST_CHECK;

/** Binds a string, or NULL when s is NULL. The bytes must live until the statement ran. */
void huse_db_bind_text(sqlite3_stmt *st, int i, const char *s, size_t n);
/** Binds a number, or NULL when @x is 0: numbers of rows that exist are never 0. */
void huse_db_bind_ref(sqlite3_stmt *st, int i, int64_t x);

/** A write transaction: waits for other writers, then keeps them out until commit or rollback. */
huse_status huse_db_begin(sqlite3 *db, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_db_commit(sqlite3 *db, huse_err *err) HUSE_MUST_CHECK;
void huse_db_rollback(sqlite3 *db); /* does nothing outside of a transaction */

#endif
