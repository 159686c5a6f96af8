#include "data/asked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/db.h"

enum { BUSY_MS = 1000 }; /* rather ask again than let a query wait */

typedef struct asked {
    char         *path;
    huse_key      hash;
    size_t        dim;
    sqlite3      *db;
    sqlite3_stmt *find;
    bool          looked; /* for a database that is there already */
} asked;

static void close_db(asked *a)
{
    sqlite3_finalize(a->find);
    sqlite3_close(a->db);
    a->find = NULL;
    a->db = NULL;
}

static huse_status open_db(asked *a, int flags, const char *setup, huse_err *err)
{
    if (sqlite3_open_v2(a->path, &a->db, flags | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
        return huse_db_fail(a->db, err);
    huse_db_harden(a->db);
    sqlite3_busy_timeout(a->db, BUSY_MS);
    HUSE_TRY(huse_db_exec(a->db, setup, err));
    return huse_db_prepare(a->db, &a->find, "SELECT vector FROM asked WHERE encoder = ?1 AND text = ?2", err);
}

static void bind_keys(sqlite3_stmt *st, const asked *a, const huse_key *key)
{
    sqlite3_bind_blob(st, 1, a->hash.byte, sizeof a->hash.byte, SQLITE_STATIC);
    sqlite3_bind_blob(st, 2, key->byte, sizeof key->byte, SQLITE_STATIC);
}

static bool take_row(const asked *a, float *row)
{
    const void *blob = sqlite3_column_blob(a->find, 0);
    if (!blob || (size_t)sqlite3_column_bytes(a->find, 0) != a->dim * sizeof *row)
        return false;
    memcpy(row, blob, a->dim * sizeof *row);
    for (size_t c = 0; c < a->dim; c++)
        if (!isfinite(row[c]))
            return false;
    return true;
}

static bool find(void *ctx, const huse_key *key, float *row)
{
    asked   *a = ctx;
    bool     there = false;
    huse_err err;
    if (!a->db && !a->looked) {
        a->looked = true;
        if (!huse_fs_exists(a->path) || open_db(a, SQLITE_OPEN_READONLY, "SELECT 1", &err) != HUSE_OK)
            close_db(a);
    }
    if (!a->find)
        return false;
    bind_keys(a->find, a, key);
    there = huse_db_step(a->find, &there, &err) == HUSE_OK && there && take_row(a, row);
    sqlite3_reset(a->find);
    return there;
}

static huse_status insert(asked *a, const huse_key *key, const float *row, size_t n, huse_err *err)
{
    static const char trim[] = "DELETE FROM asked WHERE id <= (SELECT max(id) FROM asked) - ?1";
    sqlite3_stmt *add = NULL, *drop = NULL;
    huse_status   s = huse_db_prepare(a->db, &add, "INSERT OR REPLACE INTO asked (encoder, text, vector) VALUES (?1, ?2, ?3)", err);
    for (size_t i = 0; s == HUSE_OK && i < n; i++) {
        bind_keys(add, a, &key[i]);
        sqlite3_bind_blob(add, 3, row + i * a->dim, (int)(a->dim * sizeof *row), SQLITE_STATIC);
        s = huse_db_run(add, err);
    }
    if (s == HUSE_OK)
        s = huse_db_prepare(a->db, &drop, trim, err);
    if (s == HUSE_OK) {
        sqlite3_bind_int64(drop, 1, HUSE_ASKED_MAX);
        s = huse_db_run(drop, err);
    }
    sqlite3_finalize(add);
    sqlite3_finalize(drop);
    return s;
}

static void keep(void *ctx, const huse_key *key, const float *row, size_t n)
{
    static const char setup[] = "CREATE TABLE IF NOT EXISTS asked (id INTEGER PRIMARY KEY AUTOINCREMENT, encoder BLOB NOT NULL, "
                                "text BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE (encoder, text))";
    asked   *a = ctx;
    huse_err err;
    if (a->db && sqlite3_db_readonly(a->db, "main") != 0)
        close_db(a);
    if (!a->db && open_db(a, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, setup, &err) != HUSE_OK) {
        close_db(a);
        return;
    }
    if (huse_db_begin(a->db, &err) != HUSE_OK)
        return;
    if (insert(a, key, row, n, &err) != HUSE_OK || huse_db_commit(a->db, &err) != HUSE_OK)
        huse_db_rollback(a->db);
}

static void asked_free(void *ctx)
{
    asked *a = ctx;
    close_db(a);
    free(a->path);
    free(a);
}

huse_remote_cache huse_asked_cache(const char *workspace, const huse_key *hash, size_t dim)
{
    asked *a = huse_xcalloc(1, sizeof *a);
    *a = (asked){.path = huse_fs_join(workspace, "asked.db"), .hash = *hash, .dim = dim};
    return (huse_remote_cache){find, keep, asked_free, a};
}
