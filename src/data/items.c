/* Loads a catalogue into arrays, and finds items and classes in them. */
#include "huse/workspace.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "data/catalogue.h"
#include "data/classes.h"
#include "data/db.h"
#include "data/strings.h"

/* What huse_items_load returns, with what stays hidden behind it. */
struct items {
    huse_items pub; /* first: the caller's pointer is this one's */
    huse_strpool pool;
    pthread_mutex_t lock; /* guards the making of @by_id */
    uint32_t *by_id;      /* items in byte order of their ids; NULL until first needed */
};

struct class_row {
    int64_t rowid;
    const char *path;
    int32_t index; /* its place among the classes that items carry, -1: carried by none */
};

struct root_row {
    int64_t rowid;
    const char *path;
};

struct load {
    sqlite3 *db;
    const char *dir;
    struct items *items;
    size_t cap_items, cap_pictures;
    struct class_row *class; /* in rowid order */
    size_t n_class, cap_class;
    struct root_row *root;
    size_t n_root, cap_root;
    size_t owner; /* index of the item whose pictures are being read */
};

static huse_status damaged(const struct load *l, const char *what, int64_t rowid, huse_err *err)
{
    return huse_fail(err, HUSE_BAD_DATA,
                     "%s/catalogue.db is damaged: %s (row %lld); import again into a new folder",
                     l->dir, what, (long long)rowid);
}

/* A text column; NULL for SQL's NULL and for what import never writes: a NUL inside, or bytes that
 * are not UTF-8. */
static const char *text_column(struct load *l, sqlite3_stmt *st, int column)
{
    const char *s = (const char *)sqlite3_column_text(st, column);
    size_t n = (size_t)sqlite3_column_bytes(st, column);
    return s && !memchr(s, 0, n) && huse_utf8_check(s, n) == n
               ? huse_strpool_add(&l->items->pool, s, n)
               : NULL;
}

static huse_status each_row(struct load *l, const char *sql,
                            huse_status (*row)(struct load *, sqlite3_stmt *, huse_err *),
                            huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool more = true;
    HUSE_TRY(huse_db_prepare(l->db, &st, sql, err));
    huse_status s;
    while ((s = huse_db_step(st, &more, err)) == HUSE_OK && more)
        if ((s = row(l, st, err)) != HUSE_OK)
            break;
    sqlite3_finalize(st);
    return s;
}

/* Doubles an array that is full. */
static void *room(void *array, size_t n, size_t *cap, size_t bytes)
{
    if (n < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 256;
    HUSE_ASSERT(*cap <= SIZE_MAX / bytes);
    return huse_xrealloc(array, *cap * bytes);
}

static huse_status load_class(struct load *l, sqlite3_stmt *st, huse_err *err)
{
    int64_t rowid = sqlite3_column_int64(st, 0);
    const char *path = text_column(l, st, 1);
    if (!path || huse_class_path_fault(path, strlen(path)))
        return damaged(l, "a class path is malformed", rowid, err);
    l->class = room(l->class, l->n_class, &l->cap_class, sizeof *l->class);
    l->class[l->n_class++] = (struct class_row){rowid, path, -1};
    return HUSE_OK;
}

static huse_status load_root(struct load *l, sqlite3_stmt *st, huse_err *err)
{
    int64_t rowid = sqlite3_column_int64(st, 0);
    const char *path =
        (const char *)sqlite3_column_text(st, 1); /* a folder's name may be any bytes */
    if (!path || !*path)
        return damaged(l, "a picture root has no path", rowid, err);
    char *full = strcmp(path, ".") == 0 ? huse_xstrdup(l->dir) : huse_fs_join(l->dir, path);
    l->root = room(l->root, l->n_root, &l->cap_root, sizeof *l->root);
    l->root[l->n_root++] =
        (struct root_row){rowid, huse_strpool_add(&l->items->pool, full, strlen(full))};
    free(full);
    return HUSE_OK;
}

static struct class_row *find_class_row(const struct load *l, int64_t rowid)
{
    size_t lo = 0, hi = l->n_class;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->class[mid].rowid < rowid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->n_class && l->class[lo].rowid == rowid ? &l->class[lo] : NULL;
}

/* The item's class is, until all are known, the place of its row. */
static huse_status load_item(struct load *l, sqlite3_stmt *st, huse_err *err)
{
    huse_items *x = &l->items->pub;
    huse_item it = {.rowid = sqlite3_column_int64(st, 0), .cls = -1};
    int split = sqlite3_column_int(st, 4);

    it.id = text_column(l, st, 1);
    if (!it.id || !*it.id)
        return damaged(l, "an item has no id", it.rowid, err);
    it.text = text_column(l, st, 2);
    if (sqlite3_column_type(st, 3) != SQLITE_NULL) {
        struct class_row *c = find_class_row(l, sqlite3_column_int64(st, 3));
        if (!c)
            return damaged(l, "an item has a class that does not exist", it.rowid, err);
        c->index = 0;
        it.cls = (int32_t)(c - l->class);
    }
    if (split < HUSE_SPLIT_NONE || split > HUSE_SPLIT_TEST)
        return damaged(l, "an item has an unknown split", it.rowid, err);
    it.split = (huse_split)split;
    if (x->n >= INT32_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s holds more than 2,147,483,647 items", l->dir);
    x->item = room(x->item, x->n, &l->cap_items, sizeof *x->item);
    x->item[x->n++] = it;
    return HUSE_OK;
}

static const char *find_root(const struct load *l, int64_t id)
{
    for (size_t i = 0; i < l->n_root; i++)
        if (l->root[i].rowid == id)
            return l->root[i].path;
    return NULL;
}

static huse_status load_picture(struct load *l, sqlite3_stmt *st, huse_err *err)
{
    huse_items *x = &l->items->pub;
    huse_picture p = {.rowid = sqlite3_column_int64(st, 0)};
    int64_t owner = sqlite3_column_int64(st, 1);
    int state = sqlite3_column_int(st, 4);

    while (l->owner < x->n &&
           x->item[l->owner].rowid < owner) /* pictures come in the order of their items */
        l->owner++;
    p.path = text_column(l, st, 2);
    p.root = find_root(l, sqlite3_column_int64(st, 3));
    huse_item *item =
        l->owner < x->n && x->item[l->owner].rowid == owner ? &x->item[l->owner] : NULL;
    if (!item || !p.path || !p.root)
        return damaged(l, "a picture has no item, path or root", p.rowid, err);
    if (state < HUSE_PICTURE_NEW || state > HUSE_PICTURE_FAILED)
        return damaged(l, "a picture has an unknown state", p.rowid, err);
    p.state = (huse_picture_state)state;
    if (sqlite3_column_bytes(st, 5) == (int)sizeof p.key &&
        sqlite3_column_type(st, 5) == SQLITE_BLOB) {
        memcpy(p.key, sqlite3_column_blob(st, 5), sizeof p.key);
        p.has_key = true;
    }
    p.why = p.state == HUSE_PICTURE_FAILED ? text_column(l, st, 6) : NULL;
    p.size = sqlite3_column_int64(st, 7);
    p.mtime_ns = sqlite3_column_int64(st, 8);
    if (x->n_pictures >= UINT32_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s holds more than 4,294,967,295 pictures", l->dir);
    x->picture = room(x->picture, x->n_pictures, &l->cap_pictures, sizeof *x->picture);
    if (item->n_pictures++ == 0)
        item->picture = (uint32_t)x->n_pictures;
    x->picture[x->n_pictures++] = p;
    return HUSE_OK;
}

static int by_path(const void *a, const void *b)
{
    const struct class_row *const *x = a, *const *y = b;
    return strcmp((*x)->path, (*y)->path);
}

/* Numbers the classes that items carry, in byte order of their paths. */
static void number_classes(struct load *l)
{
    huse_items *x = &l->items->pub;
    struct class_row **used = huse_xmalloc((l->n_class + 1) * sizeof *used);
    size_t k = 0;
    for (size_t i = 0; i < l->n_class; i++)
        if (l->class[i].index >= 0)
            used[k++] = &l->class[i];
    qsort(used, k, sizeof *used, by_path);
    x->class_path = huse_xmalloc((k + 1) * sizeof *x->class_path);
    for (size_t i = 0; i < k; i++) {
        used[i]->index = (int32_t)i;
        x->class_path[i] = used[i]->path;
    }
    x->n_classes = k;
    for (size_t i = 0; i < x->n; i++)
        if (x->item[i].cls >= 0)
            x->item[i].cls = l->class[x->item[i].cls].index;
    free(used);
}

static huse_status load_all(struct load *l, huse_err *err)
{
    HUSE_TRY(each_row(l, "SELECT class, path FROM classes ORDER BY class", load_class, err));
    HUSE_TRY(each_row(l, "SELECT root, path FROM roots", load_root, err));
    HUSE_TRY(each_row(l, "SELECT item, id, text, class, split FROM items ORDER BY item", load_item,
                      err));
    HUSE_TRY(each_row(l,
                      "SELECT picture, item, path, root, state, key, why, size, mtime FROM "
                      "pictures ORDER BY item, n",
                      load_picture, err));
    number_classes(l);
    return HUSE_OK;
}

/* One read transaction: all four tables as of one moment, whatever other processes commit
 * meanwhile. */
huse_status huse_items_load(huse_items **out, huse_workspace *ws, huse_err *err)
{
    struct items *items = huse_xcalloc(1, sizeof *items);
    struct load l = {.db = huse_workspace_db(ws), .dir = huse_workspace_dir(ws), .items = items};

    pthread_mutex_init(&items->lock, NULL);
    huse_status s = huse_db_exec(l.db, "BEGIN", err);
    if (s == HUSE_OK)
        s = load_all(&l, err);
    huse_db_rollback(l.db);
    free(l.class);
    free(l.root);
    if (s != HUSE_OK)
        huse_items_free(&items->pub);
    else
        *out = &items->pub;
    return s;
}

void huse_items_free(huse_items *items)
{
    struct items *x = (struct items *)items;
    if (!x)
        return;
    free(x->pub.item);
    free(x->pub.picture);
    free((void *)x->pub.class_path);
    free(x->by_id);
    huse_strpool_free(&x->pool);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

static int by_id(const void *a, const void *b, void *items)
{
    const huse_item *item = items;
    return strcmp(item[*(const uint32_t *)a].id, item[*(const uint32_t *)b].id);
}

static const uint32_t *id_order(const huse_items *items)
{
    struct items *x = (struct items *)(uintptr_t)items;
    pthread_mutex_lock(&x->lock);
    if (!x->by_id) {
        x->by_id = huse_xmalloc((items->n + 1) * sizeof *x->by_id);
        for (size_t i = 0; i < items->n; i++)
            x->by_id[i] = (uint32_t)i;
        qsort_r(x->by_id, items->n, sizeof *x->by_id, by_id, items->item);
    }
    pthread_mutex_unlock(&x->lock);
    return x->by_id;
}

ptrdiff_t huse_items_find(const huse_items *items, const char *id)
{
    if (items->n == 0)
        return -1;
    const uint32_t *order = id_order(items);
    size_t lo = 0, hi = items->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = strcmp(items->item[order[mid]].id, id);
        if (cmp == 0)
            return (ptrdiff_t)order[mid];
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

ptrdiff_t huse_items_find_class(const huse_items *items, const char *path)
{
    size_t lo = 0, hi = items->n_classes;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = strcmp(items->class_path[mid], path);
        if (cmp == 0)
            return (ptrdiff_t)mid;
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

void huse_items_count(const huse_items *items, size_t *counts)
{
    memset(counts, 0, (items->n_classes + 1) * 4 * sizeof *counts);
    for (size_t i = 0; i < items->n; i++)
        counts[(size_t)(items->item[i].cls + 1) * 4 + (size_t)items->item[i].split]++;
}
