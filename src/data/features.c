/* Feature rows by content hash: opening, finding, adding. Compaction is in features_compact.c. */
#include "data/features.h"
#include "data/features_segment.h"

#include "base/fs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOAD_TRIES   16
#define LOCK_WAIT_MS 10000
#define NUMBER_MAX   999999

/* The segment that holds stored row @row. Their first rows ascend. */
static const huse_segment *segment_of(const huse_features *f, size_t row)
{
    size_t lo = 0, hi = f->n_segments;
    HUSE_ASSERT(row < f->n_stored);
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (f->segment[mid].first <= row)
            lo = mid;
        else
            hi = mid;
    }
    return &f->segment[lo];
}

const huse_key *huse_features_key_at(const huse_features *f, size_t row)
{
    const huse_segment *s = segment_of(f, row);
    return &s->key[row - s->first];
}

const float *huse_features_row_at(const huse_features *f, size_t row)
{
    const huse_segment *s = segment_of(f, row);
    return s->rows + (row - s->first) * s->dim;
}

/* Where @key stands, or the free slot where it would. Keys are SHA-256: any bits of them are a
 * hash. */
static size_t slot_of(const huse_features *f, const huse_key *key)
{
    uint64_t h;
    memcpy(&h, key->byte, sizeof h);
    size_t i = h & (f->n_slots - 1);
    while (f->slot[i] != 0 && !huse_key_equal(huse_features_key_at(f, f->slot[i] - 1), key))
        i = (i + 1) & (f->n_slots - 1);
    return i;
}

static void grow_slots(huse_features *f)
{
    size_t want = 64;
    while (want < 2 * f->n_stored)
        want *= 2;
    if (want <= f->n_slots)
        return;
    uint32_t *old = f->slot;
    size_t n_old = f->n_slots;
    f->slot = huse_xcalloc(want, sizeof *f->slot);
    f->n_slots = want;
    for (size_t i = 0; i < n_old; i++)
        if (old[i] != 0)
            f->slot[slot_of(f, huse_features_key_at(f, old[i] - 1))] = old[i];
    free(old);
}

/* Takes over @seg. */
static huse_status add_segment(huse_features *f, huse_segment *seg, huse_err *err)
{
    if (seg->n >= UINT32_MAX - f->n_stored) {
        huse_segment_close(seg);
        return huse_fail(err, HUSE_BAD_DATA, "%s holds too many rows", f->dir);
    }
    seg->first = f->n_stored;
    f->segment = huse_xrealloc(f->segment, (f->n_segments + 1) * sizeof *f->segment);
    f->segment[f->n_segments++] = *seg;
    f->n_stored += seg->n;
    grow_slots(f);
    for (size_t i = 0; i < seg->n; i++) {
        size_t slot = slot_of(f, &seg->key[i]);
        if (f->slot[slot] == 0) {
            f->slot[slot] = (uint32_t)(seg->first + i) + 1;
            f->n_rows++;
        }
    }
    return HUSE_OK;
}

static huse_status load_one(huse_features *f, unsigned number, huse_err *err)
{
    huse_segment seg;
    HUSE_TRY(huse_segment_open(&seg, f->dir, number, err));
    if (!f->has_hash) {
        f->hash = seg.hash;
        f->has_hash = true;
    }
    bool same_hash = huse_key_equal(&seg.hash, &f->hash);
    if (f->dim == 0 && same_hash)
        f->dim = seg.dim;
    if (same_hash && seg.dim == f->dim)
        return add_segment(f, &seg, err);
    huse_segment_close(&seg);
    f->foreign = huse_xrealloc(f->foreign, (f->n_foreign + 1) * sizeof *f->foreign);
    f->foreign[f->n_foreign++] = number;
    return HUSE_OK;
}

static void unload(huse_features *f)
{
    for (size_t i = 0; i < f->n_segments; i++)
        huse_segment_close(&f->segment[i]);
    free(f->segment);
    free(f->foreign);
    free(f->slot);
    f->segment = NULL;
    f->foreign = NULL;
    f->slot = NULL;
    f->n_segments = f->n_foreign = f->n_slots = f->n_stored = f->n_rows = 0;
    f->dim = f->want_dim;
    f->hash = f->want_hash;
    f->has_hash = f->wants_hash;
}

/* A compaction elsewhere may replace segments while they are opened here. It writes all new ones
 * before it removes an old one: if the listing is the same before and after, every row was seen. */
huse_status huse_features_reload(huse_features *f, huse_err *err)
{
    for (int i = 0; i < LOAD_TRIES; i++) {
        unsigned *before, *after;
        size_t n, m;
        unload(f);
        HUSE_TRY(huse_segment_list(f->dir, &before, &n, err));
        huse_status s = HUSE_OK;
        /* Newest first: where no hash is asked for, the newest segment's weights count. */
        for (size_t j = n; s == HUSE_OK && j > 0; j--)
            s = load_one(f, before[j - 1], err);
        huse_status listed = huse_segment_list(f->dir, &after, &m, NULL);
        bool same = listed == HUSE_OK && n == m && memcmp(before, after, n * sizeof *before) == 0;
        free(before);
        if (listed == HUSE_OK)
            free(after);
        if (same)
            return s;
    }
    return huse_fail(err, HUSE_FAILED, "%s is being changed all the time", f->dir);
}

huse_status huse_features_open(huse_features **out, const char *workspace, const char *encoder,
                               size_t dim, const huse_key *hash, huse_err *err)
{
    HUSE_ASSERT(encoder[0] && encoder[0] != '.' && !strchr(encoder, '/'));
    HUSE_ASSERT(dim == 0 || hash);
    huse_features *f = huse_xcalloc(1, sizeof *f);
    char *all = huse_fs_join(workspace, "features");
    f->dir = huse_fs_join(all, encoder);
    free(all);
    f->want_dim = dim;
    f->wants_hash = hash != NULL;
    if (hash)
        f->want_hash = *hash;
    huse_status s = huse_features_reload(f, err);
    if (s == HUSE_OK && dim == 0 && f->n_segments == 0)
        s = huse_fail(err, HUSE_NOT_FOUND, "there are no features of %s yet", encoder);
    if (s == HUSE_OK)
        *out = f;
    else
        huse_features_close(f);
    return s;
}

void huse_features_close(huse_features *f)
{
    if (!f)
        return;
    unload(f);
    free(f->dir);
    free(f);
}

size_t huse_features_dim(const huse_features *f)
{
    return f->dim;
}

size_t huse_features_rows(const huse_features *f)
{
    return f->n_rows;
}

const huse_key *huse_features_hash(const huse_features *f)
{
    return &f->hash;
}

size_t huse_features_row_of(const huse_features *f, const huse_key *key)
{
    uint32_t at = f->n_slots ? f->slot[slot_of(f, key)] : 0;
    return at ? (size_t)at - 1 : SIZE_MAX;
}

const float *huse_features_find(const huse_features *f, const huse_key *key)
{
    size_t row = huse_features_row_of(f, key);
    return row == SIZE_MAX ? NULL : huse_features_row_at(f, row);
}

huse_status huse_features_lock(const huse_features *f, int *fd, huse_err *err)
{
    HUSE_TRY(huse_fs_mkdirs(f->dir, err));
    char *path = huse_fs_join(f->dir, ".lock");
    huse_status s = huse_fs_lock_wait(fd, path, LOCK_WAIT_MS, err);
    free(path);
    return s;
}

/* Indices of the rows of (key, n) that are not stored yet, each key once. Returns their number. */
static size_t pick_new(const huse_features *f, const huse_key *key, size_t n, size_t *pick)
{
    size_t n_slots = 64, m = 0;
    while (n_slots < 2 * n)
        n_slots *= 2;
    size_t *slot = huse_xcalloc(n_slots, sizeof *slot);
    for (size_t i = 0; i < n; i++) {
        uint64_t h;
        memcpy(&h, key[i].byte, sizeof h);
        size_t at = h & (n_slots - 1);
        while (slot[at] != 0 && !huse_key_equal(&key[slot[at] - 1], &key[i]))
            at = (at + 1) & (n_slots - 1);
        if (slot[at] != 0 || huse_features_row_of(f, &key[i]) != SIZE_MAX)
            continue;
        slot[at] = i + 1;
        pick[m++] = i;
    }
    free(slot);
    return m;
}

/* One segment of the picked rows, then opened like any other. */
static huse_status append_segment(huse_features *f, unsigned number, const huse_key *key,
                                  const float *rows, const size_t *pick, size_t n, huse_err *err)
{
    void *buf = NULL;
    huse_segment seg;
    if (number > NUMBER_MAX)
        return huse_fail(err, HUSE_FAILED, "%s has no segment number left", f->dir);
    HUSE_TRY(huse_try_alloc(&buf, n, f->dim * sizeof *rows, err));
    float *x = buf;
    huse_key *k = huse_xmalloc(n * sizeof *k);
    for (size_t i = 0; i < n; i++) {
        k[i] = key[pick[i]];
        memcpy(x + i * f->dim, rows + pick[i] * f->dim, f->dim * sizeof *x);
    }
    huse_status s = huse_segment_write(f->dir, number, f->dim, &f->hash, k, x, n, err);
    free(buf);
    free(k);
    if (s == HUSE_OK)
        s = huse_segment_open(&seg, f->dir, number, err);
    if (s == HUSE_OK)
        s = add_segment(f, &seg, err);
    return s;
}

static huse_status check_finite(const huse_features *f, const float *rows, size_t n, huse_err *err)
{
    for (size_t i = 0; i < n * f->dim; i++)
        if (!isfinite(rows[i]))
            return huse_fail(err, HUSE_BAD_DATA,
                             "feature row %zu holds a number that is not finite", i / f->dim);
    return HUSE_OK;
}

huse_status huse_features_append(huse_features *f, const huse_key *key, const float *rows, size_t n,
                                 huse_err *err)
{
    int lock = -1;
    HUSE_TRY(check_finite(f, rows, n, err));
    size_t *pick = huse_xcalloc(n, sizeof *pick);
    size_t m = pick_new(f, key, n, pick);
    unsigned *number = NULL;
    size_t n_numbers, most = huse_segment_rows_max(f->dim);
    huse_status s = m > 0 ? huse_features_lock(f, &lock, err) : HUSE_OK;
    if (s != HUSE_OK || m == 0)
        goto out;
    s = huse_segment_list(f->dir, &number, &n_numbers, err);
    unsigned next = s == HUSE_OK && n_numbers ? number[n_numbers - 1] + 1 : 0;
    for (size_t i = 0; s == HUSE_OK && i < m; i += most)
        s = append_segment(f, next++, key, rows, pick + i, HUSE_MIN(most, m - i), err);
out:
    if (lock >= 0)
        close(lock);
    free(number);
    free(pick);
    return s;
}
