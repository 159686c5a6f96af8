#include "data/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/db.h"
#include "data/strings.h"

/* items.split: huse_split. items.made: 1 when METHOD 1 made the split, 0 when the catalogue gave
 * it. roots.path: a directory; relative ones lie in the workspace itself and move with it. Row
 * numbers are never used twice, so that what was learnt about a row cannot land on another. */
static const char schema[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE roots(root INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);"
    "CREATE TABLE classes(class INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE,"
    " parent INTEGER REFERENCES classes(class));"
    "CREATE INDEX classes_parent ON classes(parent);"
    "CREATE TABLE items(item INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, text TEXT,"
    " class INTEGER REFERENCES classes(class), split INTEGER NOT NULL DEFAULT 0 CHECK(split "
    "BETWEEN 0 AND 3),"
    " made INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX items_class ON items(class);"
    "CREATE TABLE pictures(picture INTEGER PRIMARY KEY AUTOINCREMENT,"
    " item INTEGER NOT NULL REFERENCES items(item) ON DELETE CASCADE, n INTEGER NOT NULL, path "
    "TEXT NOT NULL,"
    " root INTEGER NOT NULL REFERENCES roots(root), state INTEGER NOT NULL DEFAULT 0, key BLOB, "
    "why TEXT,"
    " size INTEGER NOT NULL DEFAULT 0, mtime INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX pictures_item ON pictures(item, n);"
    "CREATE TABLE marks(item INTEGER PRIMARY KEY REFERENCES items(item) ON DELETE CASCADE);";

static huse_status is_blank(sqlite3 *db, bool *blank, huse_err *err)
{
    int64_t tables, id;
    HUSE_TRY(huse_db_number(db, "PRAGMA application_id", &id, err));
    HUSE_TRY(huse_db_number(db, "SELECT count(*) FROM sqlite_schema", &tables, err));
    *blank = id == 0 && tables == 0;
    return HUSE_OK;
}

static huse_status make_tables(sqlite3 *db, huse_err *err)
{
    char marks[96];
    bool blank = false;
    snprintf(marks, sizeof marks, "PRAGMA application_id=%d; PRAGMA user_version=%d",
             HUSE_CATALOGUE_ID, HUSE_CATALOGUE_VERSION);
    HUSE_TRY(huse_db_begin(db, err));
    huse_status s = is_blank(db, &blank, err); /* again: another process may have been faster */
    if (s == HUSE_OK && blank)
        s = huse_db_exec(db, schema, err);
    if (s == HUSE_OK && blank)
        s = huse_db_exec(db, marks, err);
    if (s == HUSE_OK)
        s = huse_db_commit(db, err);
    huse_db_rollback(db);
    return s;
}

huse_status huse_catalogue_setup(sqlite3 *db, bool create, const char *dir, huse_err *err)
{
    int64_t id, version;
    bool blank;
    HUSE_TRY(is_blank(db, &blank, err));
    if (blank && create)
        HUSE_TRY(make_tables(db, err));
    else if (blank)
        return huse_fail(err, HUSE_NOT_FOUND, "%s is no workspace: its catalogue.db is empty", dir);
    HUSE_TRY(huse_db_number(db, "PRAGMA application_id", &id, err));
    HUSE_TRY(huse_db_number(db, "PRAGMA user_version", &version, err));
    if (id != HUSE_CATALOGUE_ID)
        return huse_fail(err, HUSE_NOT_FOUND,
                         "%s is no workspace: its catalogue.db belongs to another program", dir);
    if (version > HUSE_CATALOGUE_VERSION)
        return huse_fail(err, HUSE_BAD_DATA,
                         "the workspace %s was made by a newer version of huse-tui (format %lld, "
                         "this one reads %d)",
                         dir, (long long)version, HUSE_CATALOGUE_VERSION);
    if (version < 1)
        return huse_fail(err, HUSE_BAD_DATA, "%s/catalogue.db has the unknown format %lld", dir,
                         (long long)version);
    return HUSE_OK;
}

static huse_status set_picture(sqlite3_stmt *st, const huse_picture_update *u, huse_err *err)
{
    sqlite3_bind_int(st, 1, (int)u->state);
    if (u->has_key)
        sqlite3_bind_blob(st, 2, u->key.byte, (int)sizeof u->key.byte, SQLITE_STATIC);
    else
        sqlite3_bind_null(st, 2);
    huse_db_bind_text(st, 3, u->why, u->why ? strlen(u->why) : 0);
    sqlite3_bind_int64(st, 4, u->size);
    sqlite3_bind_int64(st, 5, u->mtime_ns);
    sqlite3_bind_int64(st, 6, u->rowid);
    return huse_db_run(st, err);
}

huse_status huse_catalogue_set_pictures(huse_workspace *ws, const huse_picture_update *u, size_t n,
                                        huse_err *err)
{
    sqlite3 *db = huse_workspace_db(ws);
    sqlite3_stmt *st = NULL;
    if (n == 0)
        return HUSE_OK;
    HUSE_TRY(huse_workspace_need_write(ws, err));
    HUSE_TRY(huse_db_begin(db, err));
    huse_status s = huse_db_prepare(
        db, &st, "UPDATE pictures SET state=?1, key=?2, why=?3, size=?4, mtime=?5 WHERE picture=?6",
        err);
    for (size_t i = 0; i < n && s == HUSE_OK; i++)
        s = set_picture(st, &u[i], err);
    sqlite3_finalize(st);
    if (s == HUSE_OK)
        s = huse_db_commit(db, err);
    huse_db_rollback(db);
    return s;
}

huse_status huse_catalogue_get_meta(huse_workspace *ws, const char *key, char **value,
                                    huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    HUSE_TRY(
        huse_db_prepare(huse_workspace_db(ws), &st, "SELECT value FROM meta WHERE key=?1", err));
    huse_db_bind_text(st, 1, key, strlen(key));
    huse_status s = huse_db_step(st, &row, err);
    if (s == HUSE_OK) {
        const char *text = row ? (const char *)sqlite3_column_text(st, 0) : NULL;
        *value = text ? huse_xstrdup(text) : NULL;
    }
    sqlite3_finalize(st);
    return s;
}

huse_status huse_catalogue_set_meta(huse_workspace *ws, const char *key, const char *value,
                                    huse_err *err)
{
    sqlite3_stmt *st = NULL;
    HUSE_TRY(huse_workspace_need_write(ws, err));
    HUSE_TRY(huse_db_prepare(
        huse_workspace_db(ws), &st,
        value ? "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(key) DO UPDATE SET value=?2"
              : "DELETE FROM meta WHERE key=?1",
        err));
    huse_db_bind_text(st, 1, key, strlen(key));
    if (value)
        huse_db_bind_text(st, 2, value, strlen(value));
    huse_status s = huse_db_run(st, err);
    sqlite3_finalize(st);
    return s;
}

huse_status huse_mark(huse_workspace *ws, const huse_item *item, bool on, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    HUSE_TRY(huse_workspace_need_write(ws, err));
    HUSE_TRY(huse_db_prepare(huse_workspace_db(ws), &st,
                             on ? "INSERT OR IGNORE INTO marks SELECT item FROM items WHERE item=?1"
                                : "DELETE FROM marks WHERE item=?1",
                             err));
    sqlite3_bind_int64(st, 1, item->rowid);
    huse_status s = huse_db_run(st, err);
    sqlite3_finalize(st);
    return s;
}

huse_status huse_marks(huse_workspace *ws, const huse_items *items, bool *marked,
                                 huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = true;
    HUSE_TRY(
        huse_db_prepare(huse_workspace_db(ws), &st, "SELECT item FROM marks ORDER BY item", err));
    huse_status s = HUSE_OK;
    memset(marked, 0, items->n * sizeof *marked);
    for (size_t i = 0;
         (s = huse_db_step(st, &row, err)) == HUSE_OK && row;) { /* items are in rowid order too */
        int64_t rowid = sqlite3_column_int64(st, 0);
        while (i < items->n && items->item[i].rowid < rowid)
            i++;
        if (i < items->n && items->item[i].rowid == rowid)
            marked[i] = true;
    }
    sqlite3_finalize(st);
    return s;
}

huse_status huse_catalogue_names(huse_workspace *ws, bool items, const char *prefix, int most,
                                 void (*name)(void *ctx, const char *text), void *ctx, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    size_t n = strlen(prefix);
    bool row = true;
    HUSE_TRY(huse_db_prepare(huse_workspace_db(ws), &st,
                             items ? "SELECT id FROM items WHERE id >= ?1 ORDER BY id"
                                   : "SELECT path FROM classes WHERE path >= ?1 ORDER BY path",
                             err));
    huse_db_bind_text(st, 1, prefix, n);
    huse_status s = HUSE_OK;
    while (most-- > 0 && (s = huse_db_step(st, &row, err)) == HUSE_OK && row) {
        const char *text = (const char *)sqlite3_column_text(st, 0);
        if (!text || strncmp(text, prefix, n) != 0)
            break;
        name(ctx, text);
    }
    sqlite3_finalize(st);
    return s;
}

/* Runs a PRAGMA that lists faults and takes the first, if it is not the word for none. */
static huse_status first_fault(sqlite3 *db, const char *sql, const char *none, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    HUSE_TRY(huse_db_prepare(db, &st, sql, err));
    huse_status s = huse_db_step(st, &row, err);
    if (s == HUSE_OK && row) {
        const char *fault = (const char *)sqlite3_column_text(st, 0);
        if (!fault || !none || strcmp(fault, none) != 0)
            s = huse_fail(err, HUSE_BAD_DATA, "%s is damaged: %.200s", sqlite3_db_filename(db, "main"),
                          none && fault ? fault : "a row refers to one that is gone");
    }
    sqlite3_finalize(st);
    return s;
}

huse_status huse_catalogue_check(huse_workspace *ws, huse_err *err)
{
    sqlite3 *db = huse_workspace_db(ws);
    HUSE_TRY(first_fault(db, "PRAGMA integrity_check(1)", "ok", err));
    return first_fault(db, "PRAGMA foreign_key_check", NULL, err);
}
