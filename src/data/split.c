#include "data/split.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "data/db.h"

const char *huse_split_name(huse_split s)
{
    static const char *const name[] = {"", "train", "val", "test"};
    return (unsigned)s < HUSE_COUNT(name) ? name[s] : "";
}

bool huse_split_parse(const char *s, size_t n, huse_split *split)
{
    static const struct {
        const char *word;
        huse_split split;
    } known[] = {
        {"", HUSE_SPLIT_NONE},     {"train", HUSE_SPLIT_TRAIN},    {"val", HUSE_SPLIT_VAL},
        {"valid", HUSE_SPLIT_VAL}, {"validation", HUSE_SPLIT_VAL}, {"dev", HUSE_SPLIT_VAL},
        {"test", HUSE_SPLIT_TEST},
    };
    for (size_t i = 0; i < HUSE_COUNT(known); i++) {
        if (strlen(known[i].word) == n && (n == 0 || strncasecmp(known[i].word, s, n) == 0)) {
            *split = known[i].split;
            return true;
        }
    }
    return false;
}

huse_key huse_split_key(const char *text, const char *id)
{
    if (!text)
        return huse_sha256(id, strlen(id));
    char *lower = huse_text_lower(text);
    huse_key key = huse_sha256(lower, strlen(lower));
    free(lower);
    return key;
}

static int by_key(const void *a, const void *b)
{
    const huse_split_item *x = a, *y = b;
    int cmp = memcmp(x->key.byte, y->key.byte, sizeof x->key.byte);
    return cmp ? cmp : (x->rowid > y->rowid) - (x->rowid < y->rowid);
}

void huse_split_make(huse_split_item *x, size_t n)
{
    /* In double precision, as written: exact arithmetic differs where .7 n ends in .5 (n = 45: 31,
     * not 32). */
    size_t train = (size_t)(.7 * (double)n + .5), val = (size_t)(.8 * (double)n + .5);
    if (n == 0)
        return;
    qsort(x, n, sizeof *x, by_key);
    for (size_t i = 0; i < n; i++) {
        if (n < 3 || i < train)
            x[i].split = HUSE_SPLIT_TRAIN;
        else if (i > 0 && huse_key_equal(&x[i].key, &x[i - 1].key))
            x[i].split = x[i - 1].split;
        else
            x[i].split = i < val ? HUSE_SPLIT_VAL : HUSE_SPLIT_TEST;
    }
}

huse_split huse_split_later(const huse_key *key)
{
    uint64_t x = 0;
    for (int i = 0; i < 8; i++)
        x = x << 8 | key->byte[i];
    /* x < .7 · 2^64 in whole numbers: the bounds rounded up. */
    if (x < UINT64_C(0xB333333333333334))
        return HUSE_SPLIT_TRAIN;
    return x < UINT64_C(0xCCCCCCCCCCCCCCCD) ? HUSE_SPLIT_VAL : HUSE_SPLIT_TEST;
}

struct assign {
    sqlite3 *db;
    sqlite3_stmt *made, *placed, *set;
    huse_split_item *old; /* items of the class at hand that have splits, by key */
    size_t n_old, cap_old;
};

static huse_status load_old(struct assign *a, int64_t class, huse_err *err)
{
    bool row = true;
    huse_status s;
    a->n_old = 0;
    sqlite3_bind_int64(a->placed, 1, class);
    while ((s = huse_db_step(a->placed, &row, err)) == HUSE_OK && row) {
        if (a->n_old == a->cap_old) {
            a->cap_old = a->cap_old ? a->cap_old * 2 : 256;
            a->old = huse_xrealloc(a->old, a->cap_old * sizeof *a->old);
        }
        const char *id = (const char *)sqlite3_column_text(a->placed, 1);
        a->old[a->n_old++] = (huse_split_item){
            huse_split_key((const char *)sqlite3_column_text(a->placed, 2), id ? id : ""),
            sqlite3_column_int64(a->placed, 0), (huse_split)sqlite3_column_int(a->placed, 3)};
    }
    sqlite3_reset(a->placed);
    if (a->n_old > 0)
        qsort(a->old, a->n_old, sizeof *a->old, by_key);
    return s;
}

static huse_split beside_equal(const struct assign *a, const huse_key *key)
{
    size_t lo = 0, hi = a->n_old;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(a->old[mid].key.byte, key->byte, sizeof key->byte) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < a->n_old && huse_key_equal(&a->old[lo].key, key))
        return a->old[lo].split;
    return huse_split_later(key);
}

/* Splits the items x[0..n) of one class. */
static huse_status split_class(struct assign *a, int64_t class, huse_split_item *x, size_t n,
                               huse_err *err)
{
    bool later = false;
    sqlite3_bind_int64(a->made, 1, class);
    huse_status s = huse_db_step(a->made, &later, err);
    sqlite3_reset(a->made);
    HUSE_TRY(s);
    if (later) {
        HUSE_TRY(load_old(a, class, err));
        for (size_t i = 0; i < n; i++)
            x[i].split = beside_equal(a, &x[i].key);
    } else {
        huse_split_make(x, n);
    }
    for (size_t i = 0; i < n; i++) {
        sqlite3_bind_int(a->set, 1, (int)x[i].split);
        sqlite3_bind_int64(a->set, 2, x[i].rowid);
        HUSE_TRY(huse_db_run(a->set, err));
    }
    return HUSE_OK;
}

/* Reads the unsplit items of all classes; *class_of runs beside *out, in class order. */
static huse_status load_new(sqlite3 *db, huse_split_item **out, int64_t **class_of, size_t *n,
                            huse_err *err)
{
    sqlite3_stmt *st = NULL;
    bool row = true;
    size_t cap = 0;
    HUSE_TRY(huse_db_prepare(db, &st,
                             "SELECT item, id, text, class FROM items WHERE class IS NOT NULL AND "
                             "split=0 ORDER BY class",
                             err));
    huse_status s;
    while ((s = huse_db_step(st, &row, err)) == HUSE_OK && row) {
        if (*n == cap) {
            cap = cap ? cap * 2 : 1024;
            *out = huse_xrealloc(*out, cap * sizeof **out);
            *class_of = huse_xrealloc(*class_of, cap * sizeof **class_of);
        }
        const char *id = (const char *)sqlite3_column_text(st, 1);
        (*out)[*n] = (huse_split_item){
            huse_split_key((const char *)sqlite3_column_text(st, 2), id ? id : ""),
            sqlite3_column_int64(st, 0), HUSE_SPLIT_NONE};
        (*class_of)[(*n)++] = sqlite3_column_int64(st, 3);
    }
    sqlite3_finalize(st);
    return s;
}

huse_status huse_split_assign(sqlite3 *db, huse_err *err)
{
    struct assign a = {.db = db};
    huse_split_item *x = NULL;
    int64_t *class_of = NULL;
    size_t n = 0, end;

    huse_status s = load_new(db, &x, &class_of, &n, err);
    if (s != HUSE_OK || n == 0)
        goto out;
    if ((s = huse_db_prepare(db, &a.made,
                             "SELECT 1 FROM items WHERE class=?1 AND split<>0 AND made LIMIT 1",
                             err)) != HUSE_OK ||
        (s = huse_db_prepare(db, &a.placed,
                             "SELECT item, id, text, split FROM items WHERE class=?1 AND split<>0",
                             err)) != HUSE_OK ||
        (s = huse_db_prepare(db, &a.set, "UPDATE items SET split=?1, made=1 WHERE item=?2", err)) !=
            HUSE_OK)
        goto out;
    for (size_t i = 0; i < n && s == HUSE_OK; i = end) {
        for (end = i + 1; end < n && class_of[end] == class_of[i];)
            end++;
        s = split_class(&a, class_of[i], x + i, end - i, err);
    }
out:
    sqlite3_finalize(a.made);
    sqlite3_finalize(a.placed);
    sqlite3_finalize(a.set);
    free(a.old);
    free(x);
    free(class_of);
    return s;
}
