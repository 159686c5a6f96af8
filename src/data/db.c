#include "data/db.h"

#include <string.h>

enum { BUSY_MS = 10000 };

huse_status huse_db_fail(sqlite3 *db, huse_err *err)
{
    const char *file = sqlite3_db_filename(db, "main");
    const char *f = file && *file ? file : "catalogue.db";
    int code = sqlite3_extended_errcode(db);

    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return huse_fail(err, HUSE_FAILED,
                         "%s is in use by another process; try again when it is done", f);
    case SQLITE_FULL:
        return huse_fail(err, HUSE_FAILED, "cannot write %s: the disk is full", f);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return huse_fail(err, HUSE_FAILED, "cannot write %s: it is read-only", f);
    case SQLITE_NOTADB:
        return huse_fail(err, HUSE_BAD_DATA, "%s is no database, or a damaged one", f);
    case SQLITE_CORRUPT:
        return huse_fail(err, HUSE_BAD_DATA, "%s is damaged (%s); put back a copy or import again",
                         f, sqlite3_errmsg(db));
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: {
        int sys = sqlite3_system_errno(db);
        return huse_fail(err, HUSE_FAILED, "cannot read or write %s: %s", f,
                         sys ? strerror(sys) : sqlite3_errmsg(db));
    }
    case SQLITE_NOMEM:
        return huse_fail(err, HUSE_FAILED, "%s needs more memory than there is", f);
    default:
        return huse_fail(err, HUSE_BAD_DATA, "%s does not hold what it should: %s", f,
                         sqlite3_errmsg(db));
    }
}

void huse_db_harden(sqlite3 *db)
{
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
}

huse_status huse_db_exec(sqlite3 *db, const char *sql, huse_err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? HUSE_OK : huse_db_fail(db, err);
}

huse_status huse_db_prepare(sqlite3 *db, sqlite3_stmt **st, const char *sql, huse_err *err)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
        return huse_db_fail(db, err);
    *st = s;
    return HUSE_OK;
}

huse_status huse_db_step(sqlite3_stmt *st, bool *row, huse_err *err)
{
    int code = sqlite3_step(st);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return huse_db_fail(sqlite3_db_handle(st), err);
    *row = code == SQLITE_ROW;
    return HUSE_OK;
}

huse_status huse_db_run(sqlite3_stmt *st, huse_err *err)
{
    int code = sqlite3_step(st);
    huse_status status = code == SQLITE_DONE || code == SQLITE_ROW
                             ? HUSE_OK
                             : huse_db_fail(sqlite3_db_handle(st), err);
    sqlite3_reset(st);
    return status;
}

huse_status huse_db_number(sqlite3 *db, const char *sql, int64_t *out, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    HUSE_TRY(huse_db_prepare(db, &st, sql, err));
    huse_status status = huse_db_step(st, &row, err);
    if (status == HUSE_OK)
        *out = row ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return status;
}

void huse_db_bind_text(sqlite3_stmt *st, int i, const char *s, size_t n)
{
    if (s)
        sqlite3_bind_text64(st, i, s, n, SQLITE_STATIC, SQLITE_UTF8);
    else
        sqlite3_bind_null(st, i);
}

void huse_db_bind_ref(sqlite3_stmt *st, int i, int64_t x)
{
    if (x)
        sqlite3_bind_int64(st, i, x);
    else
        sqlite3_bind_null(st, i);
}

huse_status huse_db_begin(sqlite3 *db, huse_err *err)
{
    return huse_db_exec(db, "BEGIN IMMEDIATE", err);
}

huse_status huse_db_commit(sqlite3 *db, huse_err *err)
{
    return huse_db_exec(db, "COMMIT", err);
}

void huse_db_rollback(sqlite3 *db)
{
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}
