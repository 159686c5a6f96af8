#include "data/classes.h"

#include <stdlib.h>
#include <string.h>

#include "data/db.h"
#include "data/strings.h"

huse_status huse_classes_drop_unused(sqlite3 *db, huse_err *err)
{
    for (int depth = 0; depth <= HUSE_CLASS_DEPTH; depth++) {
        HUSE_TRY(huse_db_exec(
            db,
            "DELETE FROM classes WHERE NOT EXISTS(SELECT 1 FROM items WHERE "
            "items.class=classes.class)"
            " AND NOT EXISTS(SELECT 1 FROM classes AS below WHERE below.parent=classes.class)",
            err));
        if (sqlite3_changes(db) == 0)
            break;
    }
    return huse_db_exec(
        db,
        "DELETE FROM roots WHERE NOT EXISTS(SELECT 1 FROM pictures WHERE pictures.root=roots.root)",
        err);
}

struct huse_classes {
    sqlite3 *db;
    sqlite3_stmt *insert;
    huse_strpool pool;
    huse_strmap map; /* path → index into rowid */
    int64_t *rowid;
    size_t n, cap;
};

static void remember(huse_classes *w, const char *path, size_t n, int64_t rowid)
{
    if (w->n == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 64;
        w->rowid = huse_xrealloc(w->rowid, w->cap * sizeof *w->rowid);
    }
    w->rowid[w->n] = rowid;
    huse_strmap_add(&w->map, huse_strpool_add(&w->pool, path, n), n, (uint32_t)w->n++);
}

huse_status huse_classes_open(huse_classes **out, sqlite3 *db, huse_err *err)
{
    huse_classes *w = huse_xcalloc(1, sizeof *w);
    sqlite3_stmt *st = NULL;
    bool row = true;
    w->db = db;
    huse_status s =
        huse_db_prepare(db, &w->insert, "INSERT INTO classes(path, parent) VALUES(?1, ?2)", err);
    if (s == HUSE_OK)
        s = huse_db_prepare(db, &st, "SELECT class, path FROM classes", err);
    while (s == HUSE_OK && (s = huse_db_step(st, &row, err)) == HUSE_OK && row) {
        const char *path = (const char *)sqlite3_column_text(st, 1);
        if (path)
            remember(w, path, strlen(path), sqlite3_column_int64(st, 0));
    }
    sqlite3_finalize(st);
    if (s != HUSE_OK)
        huse_classes_close(w);
    else
        *out = w;
    return s;
}

huse_status huse_classes_get(huse_classes *w, const char *path, int64_t *rowid, huse_err *err)
{
    int64_t at = HUSE_STRMAP_NONE, parent = 0;
    size_t n = strlen(path), known = n;

    while (known > 0 && (at = huse_strmap_find(&w->map, path, known)) == HUSE_STRMAP_NONE)
        do
            known--;
        while (known > 0 && path[known] != '/');
    if (at != HUSE_STRMAP_NONE)
        parent = w->rowid[at];
    while (known < n) { /* from the nearest ancestor that exists down to the class */
        const char *slash = memchr(path + known + 1, '/', n - known - 1);
        known = slash ? (size_t)(slash - path) : n;
        huse_db_bind_text(w->insert, 1, path, known);
        huse_db_bind_ref(w->insert, 2, parent);
        HUSE_TRY(huse_db_run(w->insert, err));
        parent = sqlite3_last_insert_rowid(w->db);
        remember(w, path, known, parent);
    }
    *rowid = parent;
    return HUSE_OK;
}

void huse_classes_close(huse_classes *w)
{
    if (!w)
        return;
    sqlite3_finalize(w->insert);
    huse_strmap_free(&w->map);
    huse_strpool_free(&w->pool);
    free(w->rowid);
    free(w);
}
