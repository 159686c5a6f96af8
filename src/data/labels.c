/* Labels set by a person, and their journal. Paths are kept as text: a class that no item carries any more is dropped, and made again when it
 * is wanted back. */
#include "huse/labels.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/classes.h"
#include "data/db.h"
#include "data/labels.h"
#include "data/workspace.h"

static const char journal[] =
    "CREATE TABLE IF NOT EXISTS labels(label INTEGER PRIMARY KEY AUTOINCREMENT,"
    " item INTEGER NOT NULL REFERENCES items(item) ON DELETE CASCADE, was TEXT, now TEXT NOT NULL, made INTEGER NOT NULL);"
    "CREATE INDEX IF NOT EXISTS labels_item ON labels(item)";

huse_status huse_labels_exist(sqlite3 *db, bool *exist, huse_err *err)
{
    int64_t n;
    HUSE_TRY(huse_db_number(db, "SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='labels'", &n, err));
    *exist = n > 0;
    return HUSE_OK;
}

static char *copy_column(sqlite3_stmt *st, int column)
{
    const char *s = (const char *)sqlite3_column_text(st, column);
    return s ? huse_xstrdup(s) : NULL;
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The class path of an item now, fresh, NULL: none. */
static huse_status class_of(sqlite3 *db, int64_t item, char **path, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool          row = false;
    HUSE_TRY(huse_db_prepare(db, &st, "SELECT c.path FROM items i LEFT JOIN classes c ON c.class=i.class WHERE i.item=?1", err));
    sqlite3_bind_int64(st, 1, item);
    huse_status s = huse_db_step(st, &row, err);
    if (s == HUSE_OK && !row)
        s = huse_fail(err, HUSE_NOT_FOUND, "the item is no longer in the catalogue");
    if (s == HUSE_OK)
        *path = copy_column(st, 0);
    sqlite3_finalize(st);
    return s;
}

/* Inside a transaction. @path NULL: no class. */
static huse_status set_class(sqlite3 *db, int64_t item, const char *path, huse_err *err)
{
    huse_classes *classes = NULL;
    sqlite3_stmt *st = NULL;
    int64_t       row = 0;
    huse_status   s = huse_classes_open(&classes, db, err);
    if (s == HUSE_OK && path)
        s = huse_classes_get(classes, path, &row, err);
    huse_classes_close(classes);
    if (s == HUSE_OK)
        s = huse_db_prepare(db, &st, "UPDATE items SET class=?2 WHERE item=?1", err);
    if (s == HUSE_OK) {
        sqlite3_bind_int64(st, 1, item);
        huse_db_bind_ref(st, 2, row);
        s = huse_db_run(st, err);
    }
    sqlite3_finalize(st);
    return s == HUSE_OK ? huse_classes_drop_unused(db, err) : s;
}

static huse_status write_down(sqlite3 *db, int64_t item, const char *was, const char *now, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    HUSE_TRY(huse_db_prepare(db, &st, "INSERT INTO labels(item, was, now, made) VALUES(?1, ?2, ?3, ?4)", err));
    sqlite3_bind_int64(st, 1, item);
    huse_db_bind_text(st, 2, was, was ? strlen(was) : 0);
    huse_db_bind_text(st, 3, now, strlen(now));
    sqlite3_bind_int64(st, 4, (int64_t)time(NULL));
    huse_status s = huse_db_run(st, err);
    sqlite3_finalize(st);
    return s;
}

static huse_status set_label(sqlite3 *db, const huse_item *item, const char *believed, const char *path, huse_err *err)
{
    char *was = NULL;
    HUSE_TRY(huse_db_exec(db, journal, err));
    HUSE_TRY(class_of(db, item->rowid, &was, err));
    huse_status s = HUSE_OK;
    if (!same(was, believed))
        s = huse_fail(err, HUSE_FAILED, "item “%.100s” is of class “%.150s” by now: nothing was changed", item->id, was ? was : "");
    if (s == HUSE_OK && !same(was, path))
        s = set_class(db, item->rowid, path, err);
    if (s == HUSE_OK)
        s = write_down(db, item->rowid, was, path, err);
    free(was);
    return s;
}

huse_status huse_label_set(huse_workspace *ws, const huse_item *item, const char *now, const char *path, huse_err *err)
{
    sqlite3    *db = huse_workspace_db(ws);
    const char *fault = huse_class_path_fault(path, strlen(path));
    if (fault)
        return huse_fail(err, HUSE_USAGE, "“%.200s” is no class path but %s", path, fault);
    HUSE_TRY(huse_workspace_need_write(ws, err));
    HUSE_TRY(huse_db_begin(db, err));
    huse_status s = set_label(db, item, now, path, err);
    if (s == HUSE_OK)
        s = huse_db_commit(db, err);
    huse_db_rollback(db);
    return s;
}

/* ---- back ---- */

void huse_label_undone_free(huse_label_undone *u)
{
    free(u->id);
    free(u->from);
    free(u->to);
    *u = (huse_label_undone){.rowid = 0};
}

/* The last entry, and its row in the journal. */
static huse_status last_entry(sqlite3 *db, huse_label_undone *u, int64_t *entry, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool          row = false, exist;
    HUSE_TRY(huse_labels_exist(db, &exist, err));
    if (!exist)
        return huse_fail(err, HUSE_NOT_FOUND, "there is no label to be taken back");
    HUSE_TRY(huse_db_prepare(db, &st, "SELECT l.label, l.item, i.id, l.was, l.now FROM labels l JOIN items i ON i.item=l.item"
                                      " ORDER BY l.label DESC LIMIT 1", err));
    huse_status s = huse_db_step(st, &row, err);
    if (s == HUSE_OK && !row)
        s = huse_fail(err, HUSE_NOT_FOUND, "there is no label to be taken back");
    if (s == HUSE_OK) {
        *entry = sqlite3_column_int64(st, 0);
        *u = (huse_label_undone){sqlite3_column_int64(st, 1), copy_column(st, 2), copy_column(st, 4), copy_column(st, 3)};
    }
    sqlite3_finalize(st);
    return s;
}

static huse_status forget(sqlite3 *db, int64_t entry, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    HUSE_TRY(huse_db_prepare(db, &st, "DELETE FROM labels WHERE label=?1", err));
    sqlite3_bind_int64(st, 1, entry);
    huse_status s = huse_db_run(st, err);
    sqlite3_finalize(st);
    return s;
}

/* *stale: something else has changed the class since; the entry alone goes. */
static huse_status undo(sqlite3 *db, huse_label_undone *u, bool *stale, huse_err *err)
{
    int64_t entry = 0;
    char   *now = NULL;
    HUSE_TRY(last_entry(db, u, &entry, err));
    HUSE_TRY(class_of(db, u->rowid, &now, err));
    *stale = !same(now, u->from);
    free(now);
    if (!*stale && !same(u->from, u->to))
        HUSE_TRY(set_class(db, u->rowid, u->to, err));
    return forget(db, entry, err);
}

huse_status huse_label_undo(huse_workspace *ws, huse_label_undone *out, huse_err *err)
{
    sqlite3          *db = huse_workspace_db(ws);
    huse_label_undone u = {.rowid = 0};
    bool              stale = false;
    HUSE_TRY(huse_workspace_need_write(ws, err));
    HUSE_TRY(huse_db_begin(db, err));
    huse_status s = undo(db, &u, &stale, err);
    if (s == HUSE_OK)
        s = huse_db_commit(db, err);
    huse_db_rollback(db);
    if (s == HUSE_OK && stale)
        s = huse_fail(err, HUSE_FAILED, "item “%.100s” was given another class since: that label stays as it is", u.id ? u.id : "");
    if (s == HUSE_OK)
        *out = u;
    else
        huse_label_undone_free(&u);
    return s;
}

/* ---- what is settled ---- */

huse_status huse_labels_settled(huse_workspace *ws, const huse_items *items, bool *settled, size_t *n, huse_err *err)
{
    sqlite3      *db = huse_workspace_db(ws);
    sqlite3_stmt *st = NULL;
    bool          row = true, exist;
    int64_t       entries = 0;
    memset(settled, 0, items->n * sizeof *settled);
    HUSE_TRY(huse_labels_exist(db, &exist, err));
    if (exist)
        HUSE_TRY(huse_db_number(db, "SELECT count(*) FROM labels", &entries, err));
    if (n)
        *n = (size_t)entries;
    if (!entries)
        return HUSE_OK;
    HUSE_TRY(huse_db_prepare(db, &st, "SELECT i.item FROM items i JOIN classes c ON c.class=i.class WHERE c.path="
                                      "(SELECT l.now FROM labels l WHERE l.item=i.item ORDER BY l.label DESC LIMIT 1) ORDER BY i.item", err));
    huse_status s = HUSE_OK;
    for (size_t i = 0; (s = huse_db_step(st, &row, err)) == HUSE_OK && row;) { /* both ascend */
        int64_t rowid = sqlite3_column_int64(st, 0);
        while (i < items->n && items->item[i].rowid < rowid)
            i++;
        if (i < items->n && items->item[i].rowid == rowid)
            settled[i] = true;
    }
    sqlite3_finalize(st);
    return s;
}

/* ---- import ---- */

huse_status huse_labels_prepare_kept(sqlite3 *db, sqlite3_stmt **st, huse_err *err)
{
    bool exist;
    HUSE_TRY(huse_labels_exist(db, &exist, err));
    if (!exist)
        return HUSE_OK;
    return huse_db_prepare(db, st, "SELECT EXISTS(SELECT 1 FROM labels l JOIN classes c ON c.path=l.now WHERE l.item=?1 AND c.class=?2"
                                   " AND l.label=(SELECT max(label) FROM labels WHERE item=?1))"
                                   " AND EXISTS(SELECT 1 FROM labels l JOIN classes c ON c.path=l.was WHERE l.item=?1 AND c.class=?3)", err);
}

huse_status huse_labels_kept(sqlite3_stmt *st, int64_t item, int64_t now, int64_t given, bool *kept, huse_err *err)
{
    bool row = false;
    *kept = false;
    if (!st)
        return HUSE_OK;
    sqlite3_bind_int64(st, 1, item);
    sqlite3_bind_int64(st, 2, now);
    sqlite3_bind_int64(st, 3, given);
    huse_status s = huse_db_step(st, &row, err);
    if (s == HUSE_OK)
        *kept = row && sqlite3_column_int(st, 0);
    sqlite3_reset(st);
    return s;
}
