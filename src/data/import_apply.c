/* Compares a source with the catalogue and writes the difference. */
#include "data/import.h"

#include <stdlib.h>
#include <string.h>

#include "data/classes.h"
#include "data/db.h"
#include "data/labels.h"
#include "data/split.h"

struct apply {
    sqlite3 *db;
    huse_source *src;
    int64_t root;
    int64_t *class_row; /* row of each of the source's classes */
    int64_t *gone;      /* items to remove */
    size_t n_gone, cap_gone;
    sqlite3_stmt *insert, *update, *remove, *add_picture, *own_pictures, *place_picture,
        *drop_picture, *kept;
};

static huse_status find_root(struct apply *a, const char *root, huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = false;
    HUSE_TRY(huse_db_prepare(
        a->db, &st,
        "INSERT INTO roots(path) VALUES(?1) ON CONFLICT(path) DO UPDATE SET path=path"
        " RETURNING root",
        err));
    huse_db_bind_text(st, 1, root, strlen(root));
    huse_status s = huse_db_step(st, &row, err);
    if (s == HUSE_OK)
        a->root = sqlite3_column_int64(st, 0);
    while (s == HUSE_OK && row)
        s = huse_db_step(st, &row, err);
    sqlite3_finalize(st);
    return s;
}

static huse_status find_classes(struct apply *a, huse_err *err)
{
    huse_classes *classes = NULL;
    HUSE_TRY(huse_classes_open(&classes, a->db, err));
    huse_status s = HUSE_OK;
    a->class_row = huse_xcalloc(a->src->n_classes + 1, sizeof *a->class_row);
    for (size_t i = 0; i < a->src->n_classes && s == HUSE_OK; i++)
        s = huse_classes_get(classes, a->src->class_path[i], &a->class_row[i], err);
    huse_classes_close(classes);
    return s;
}

static int64_t class_row(const struct apply *a, const huse_source_item *x)
{
    return x->own_class ? x->own_class : x->cls >= 0 ? a->class_row[x->cls] : 0;
}

static bool column_equals(sqlite3_stmt *st, int column, const char *s, size_t n)
{
    const void *have = sqlite3_column_text(st, column);
    if (!have || !s)
        return !have && !s;
    return (size_t)sqlite3_column_bytes(st, column) == n && memcmp(have, s, n) == 0;
}

/* Columns: 2 text, 3 class, 4 split, 5 made. */
static bool same_item(const struct apply *a, const huse_source_item *x, sqlite3_stmt *st)
{
    huse_split given =
        sqlite3_column_int(st, 5) ? HUSE_SPLIT_NONE : (huse_split)sqlite3_column_int(st, 4);
    return column_equals(st, 2, x->text, x->text_n) &&
           sqlite3_column_int64(st, 3) == class_row(a, x) && given == x->split;
}

/* Walks over the pictures of item @rowid, which is @x if the source has it. Columns: 0 item, 1
 * path, 2 root. */
static huse_status same_pictures(const struct apply *a, const huse_source_item *x, int64_t rowid,
                                 sqlite3_stmt *st, bool *row, bool *same, huse_err *err)
{
    uint32_t p = x ? x->first : HUSE_NO_PICTURE;
    *same = true;
    while (*row && sqlite3_column_int64(st, 0) <= rowid) {
        if (p == HUSE_NO_PICTURE) {
            *same = false;
        } else {
            const huse_source_picture *pic = &a->src->picture[p];
            *same &= sqlite3_column_int64(st, 2) == a->root &&
                     column_equals(st, 1, pic->path, strlen(pic->path));
            p = pic->next;
        }
        HUSE_TRY(huse_db_step(st, row, err));
    }
    *same &= p == HUSE_NO_PICTURE;
    return HUSE_OK;
}

/* A label that a person changed stays while the source says what it said before. */
static huse_status keep_label(struct apply *a, huse_source_item *x, int64_t now, huse_err *err)
{
    bool kept = false;
    if (x->cls >= 0 && now != a->class_row[x->cls])
        HUSE_TRY(huse_labels_kept(a->kept, x->rowid, now, a->class_row[x->cls], &kept, err));
    x->own_class = kept ? now : 0;
    return HUSE_OK;
}

static void add_gone(struct apply *a, int64_t rowid)
{
    if (a->n_gone == a->cap_gone) {
        a->cap_gone = a->cap_gone ? a->cap_gone * 2 : 256;
        a->gone = huse_xrealloc(a->gone, a->cap_gone * sizeof *a->gone);
    }
    a->gone[a->n_gone++] = rowid;
}

static huse_status compare_one(struct apply *a, sqlite3_stmt *items, sqlite3_stmt *pictures,
                               bool *more_pictures, bool prune, huse_err *err)
{
    const char *id = (const char *)sqlite3_column_text(items, 1);
    int64_t rowid = sqlite3_column_int64(items, 0);
    int64_t i = id ? huse_strmap_find(&a->src->ids, id, (size_t)sqlite3_column_bytes(items, 1))
                   : HUSE_STRMAP_NONE;
    huse_source_item *x = i == HUSE_STRMAP_NONE ? NULL : &a->src->item[i];
    bool same;
    HUSE_TRY(same_pictures(a, x, rowid, pictures, more_pictures, &same, err));
    if (!x) {
        if (prune)
            add_gone(a, rowid);
        return HUSE_OK;
    }
    x->rowid = rowid;
    x->new_pictures = !same;
    HUSE_TRY(keep_label(a, x, sqlite3_column_int64(items, 3), err));
    x->fate = same && same_item(a, x, items) ? HUSE_FATE_SAME : HUSE_FATE_CHANGED;
    return HUSE_OK;
}

static huse_status compare_all(struct apply *a, bool prune, huse_err *err)
{
    sqlite3_stmt *items = NULL, *pictures = NULL;
    bool row = true, more_pictures = false;
    HUSE_TRY(huse_labels_prepare_kept(a->db, &a->kept, err));
    huse_status s = huse_db_prepare(
        a->db, &items, "SELECT item, id, text, class, split, made FROM items ORDER BY item", err);
    if (s == HUSE_OK)
        s = huse_db_prepare(a->db, &pictures,
                            "SELECT item, path, root FROM pictures ORDER BY item, n", err);
    if (s == HUSE_OK)
        s = huse_db_step(pictures, &more_pictures, err);
    while (s == HUSE_OK && (s = huse_db_step(items, &row, err)) == HUSE_OK && row)
        s = compare_one(a, items, pictures, &more_pictures, prune, err);
    sqlite3_finalize(items);
    sqlite3_finalize(pictures);
    return s;
}

static huse_status prepare_writes(struct apply *a, huse_err *err)
{
    HUSE_TRY(huse_db_prepare(a->db, &a->insert,
                             "INSERT INTO items(id, text, class, split) VALUES(?1, ?2, ?3, ?4)",
                             err));
    /* A split that was made stays with an item that keeps a class, whatever else changes. */
    HUSE_TRY(huse_db_prepare(a->db, &a->update,
                             "UPDATE items SET text=?2, class=?3,"
                             " split=iif(?4<>0, ?4, iif(made AND ?3 IS NOT NULL, split, 0)),"
                             " made=iif(?4=0 AND made AND ?3 IS NOT NULL, 1, 0) WHERE item=?1",
                             err));
    HUSE_TRY(huse_db_prepare(a->db, &a->remove, "DELETE FROM items WHERE item=?1", err));
    HUSE_TRY(huse_db_prepare(a->db, &a->add_picture,
                             "INSERT INTO pictures(item, n, path, root) VALUES(?1, ?2, ?3, ?4)",
                             err));
    HUSE_TRY(huse_db_prepare(a->db, &a->own_pictures,
                             "SELECT picture, path, root FROM pictures WHERE item=?1 ORDER BY n",
                             err));
    HUSE_TRY(huse_db_prepare(a->db, &a->place_picture, "UPDATE pictures SET n=?2 WHERE picture=?1",
                             err));
    return huse_db_prepare(a->db, &a->drop_picture, "DELETE FROM pictures WHERE picture=?1", err);
}

static huse_status insert_picture(struct apply *a, int64_t item, int n, const char *path,
                                  huse_err *err)
{
    sqlite3_bind_int64(a->add_picture, 1, item);
    sqlite3_bind_int(a->add_picture, 2, n);
    huse_db_bind_text(a->add_picture, 3, path, strlen(path));
    sqlite3_bind_int64(a->add_picture, 4, a->root);
    return huse_db_run(a->add_picture, err);
}

/* The source's picture that a row holds, among those not yet placed: its place, or -1. */
static int place_of(const struct apply *a, const huse_source_item *x, const bool *placed,
                    sqlite3_stmt *st)
{
    int n = 0;
    for (uint32_t p = x->first; p != HUSE_NO_PICTURE; p = a->src->picture[p].next, n++) {
        const char *path = a->src->picture[p].path;
        if (!placed[n] && sqlite3_column_int64(st, 2) == a->root &&
            column_equals(st, 1, path, strlen(path)))
            return n;
    }
    return -1;
}

/* Keeps the rows of pictures that stay, and with them what embed knows; drops and adds the others.
 */
static huse_status sync_pictures(struct apply *a, const huse_source_item *x, huse_err *err)
{
    bool *placed = huse_xcalloc(x->n_pictures + 1, sizeof *placed);
    bool row = true;
    huse_status s;
    sqlite3_bind_int64(a->own_pictures, 1, x->rowid);
    int64_t *own = NULL;
    int *place = NULL;
    size_t n_own = 0;
    while ((s = huse_db_step(a->own_pictures, &row, err)) == HUSE_OK && row) {
        own = huse_xrealloc(own, (n_own + 1) * sizeof *own);
        place = huse_xrealloc(place, (n_own + 1) * sizeof *place);
        own[n_own] = sqlite3_column_int64(a->own_pictures, 0);
        place[n_own] = place_of(a, x, placed, a->own_pictures);
        if (place[n_own] >= 0)
            placed[place[n_own]] = true;
        n_own++;
    }
    sqlite3_reset(a->own_pictures);
    for (size_t i = 0; i < n_own && s == HUSE_OK; i++) {
        sqlite3_stmt *st = place[i] >= 0 ? a->place_picture : a->drop_picture;
        sqlite3_bind_int64(st, 1, own[i]);
        if (place[i] >= 0)
            sqlite3_bind_int(st, 2, place[i]);
        s = huse_db_run(st, err);
    }
    int n = 0;
    for (uint32_t p = x->first; p != HUSE_NO_PICTURE && s == HUSE_OK;
         p = a->src->picture[p].next, n++)
        if (!placed[n])
            s = insert_picture(a, x->rowid, n, a->src->picture[p].path, err);
    free(placed);
    free(own);
    free(place);
    return s;
}

static huse_status write_item(struct apply *a, huse_source_item *x, huse_err *err)
{
    sqlite3_stmt *st = x->fate == HUSE_FATE_NEW ? a->insert : a->update;
    if (x->fate == HUSE_FATE_NEW)
        huse_db_bind_text(st, 1, x->id, strlen(x->id));
    else
        sqlite3_bind_int64(st, 1, x->rowid);
    huse_db_bind_text(st, 2, x->text, x->text_n);
    huse_db_bind_ref(st, 3, class_row(a, x));
    sqlite3_bind_int(st, 4, (int)x->split);
    HUSE_TRY(huse_db_run(st, err));
    if (x->fate == HUSE_FATE_CHANGED)
        return x->new_pictures ? sync_pictures(a, x, err) : HUSE_OK;
    x->rowid = sqlite3_last_insert_rowid(a->db);
    int n = 0;
    for (uint32_t p = x->first; p != HUSE_NO_PICTURE; p = a->src->picture[p].next, n++)
        HUSE_TRY(insert_picture(a, x->rowid, n, a->src->picture[p].path, err));
    return HUSE_OK;
}

static huse_status write_all(struct apply *a, huse_import_report *report, huse_err *err)
{
    HUSE_TRY(prepare_writes(a, err));
    for (size_t i = 0; i < a->n_gone; i++) {
        sqlite3_bind_int64(a->remove, 1, a->gone[i]);
        HUSE_TRY(huse_db_run(a->remove, err));
    }
    report->removed = a->n_gone;
    for (size_t i = 0; i < a->src->n; i++) {
        huse_source_item *x = &a->src->item[i];
        if (x->only_bad)
            continue;
        report->added += x->fate == HUSE_FATE_NEW;
        report->updated += x->fate == HUSE_FATE_CHANGED;
        report->unchanged += x->fate == HUSE_FATE_SAME;
        if (x->fate != HUSE_FATE_SAME)
            HUSE_TRY(write_item(a, x, err));
    }
    HUSE_TRY(huse_split_assign(a->db, err));
    return huse_classes_drop_unused(a->db, err);
}

huse_status huse_source_apply(sqlite3 *db, huse_source *src, const char *root, bool prune,
                              huse_import_report *report, huse_err *err)
{
    struct apply a = {.db = db, .src = src};
    huse_status s = find_root(&a, root, err);
    if (s == HUSE_OK)
        s = find_classes(&a, err);
    if (s == HUSE_OK)
        s = compare_all(&a, prune, err);
    if (s == HUSE_OK)
        s = write_all(&a, report, err);
    sqlite3_finalize(a.insert);
    sqlite3_finalize(a.update);
    sqlite3_finalize(a.remove);
    sqlite3_finalize(a.add_picture);
    sqlite3_finalize(a.own_pictures);
    sqlite3_finalize(a.place_picture);
    sqlite3_finalize(a.drop_picture);
    sqlite3_finalize(a.kept);
    free(a.class_row);
    free(a.gone);
    return s;
}
