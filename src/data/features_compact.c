/* Compaction: all rows worth keeping into few full segments, then the old ones away. Whatever
 * moment it is cut short at, every row is in an old or a new segment; one that is in both does no
 * harm. */
#include "data/features.h"
#include "data/features_segment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MAX 999999

/* What stays, as stored rows from the oldest segment to the newest. */
struct plan {
    uint32_t *row;
    size_t n, dropped;
};

static struct plan make_plan(const huse_features *f, bool (*keep)(void *ctx, const huse_key *key),
                             void *ctx)
{
    struct plan p = {.row = huse_xcalloc(f->n_rows, sizeof *p.row)};
    for (size_t i = f->n_segments; i-- > 0;) {
        const huse_segment *s = &f->segment[i];
        for (size_t j = 0; j < s->n; j++) {
            if (huse_features_row_of(f, &s->key[j]) != s->first + j)
                continue; /* the same key stands in a newer place */
            if (keep && !keep(ctx, &s->key[j]))
                p.dropped++;
            else
                p.row[p.n++] = (uint32_t)(s->first + j);
        }
    }
    return p;
}

/* Nothing to drop and no more segments than the rows need. */
static bool is_compact(const huse_features *f, const struct plan *p)
{
    size_t most = f->dim ? huse_segment_rows_max(f->dim) : 1;
    return p->dropped == 0 && f->n_foreign == 0 && p->n == f->n_stored &&
           f->n_segments <= (p->n + most - 1) / most;
}

/* Writes the plan's rows from segment number @next on; *written counts segments. */
static huse_status write_plan(const huse_features *f, const struct plan *p, unsigned next,
                              unsigned *written, huse_err *err)
{
    const size_t most = HUSE_MIN(huse_segment_rows_max(f->dim), p->n);
    void *buf = NULL;
    huse_status s = HUSE_OK;
    if ((p->n + most - 1) / most > NUMBER_MAX - HUSE_MIN(next, NUMBER_MAX))
        return huse_fail(err, HUSE_FAILED, "%s has no segment number left", f->dir);
    HUSE_TRY(huse_try_alloc(&buf, most, f->dim * sizeof(float), err));
    float *x = buf;
    huse_key *key = huse_xmalloc(most * sizeof *key);
    for (size_t at = 0; s == HUSE_OK && at < p->n; at += most) {
        size_t n = HUSE_MIN(most, p->n - at);
        for (size_t i = 0; i < n; i++) {
            size_t row = p->row[at + i];
            key[i] = *huse_features_key_at(f, row);
            memcpy(x + i * f->dim, huse_features_row_at(f, row), f->dim * sizeof *x);
        }
        s = huse_segment_write(f->dir, next + *written, f->dim, &f->hash, key, x, n, err);
        if (s == HUSE_OK)
            ++*written;
    }
    free(buf);
    free(key);
    return s;
}

static huse_status replace_segments(huse_features *f, const struct plan *p, huse_err *err)
{
    unsigned *old = NULL, written = 0;
    size_t n = 0;
    HUSE_TRY(huse_segment_list(f->dir, &old, &n, err));
    const unsigned next = n ? old[n - 1] + 1 : 0;
    huse_status s = p->n > 0 ? write_plan(f, p, next, &written, err) : HUSE_OK;
    if (s == HUSE_OK) {
        for (size_t i = 0; s == HUSE_OK && i < n; i++)
            s = huse_segment_remove(f->dir, old[i], err);
    } else {
        /* The disk may be full: give the copies' space back. */
        while (written > 0) {
            huse_status ignored = huse_segment_remove(f->dir, next + --written, NULL);
            (void)ignored;
        }
    }
    free(old);
    return s;
}

huse_status huse_features_compact(huse_features *f, bool (*keep)(void *ctx, const huse_key *key),
                                  void *ctx, size_t *dropped, huse_err *err)
{
    int lock;
    HUSE_TRY(huse_features_lock(f, &lock, err));
    f->want_dim = f->dim;
    f->want_hash = f->hash;
    f->wants_hash = f->has_hash;
    huse_status s = huse_features_reload(f, err);
    if (s != HUSE_OK)
        goto out;
    struct plan p = make_plan(f, keep, ctx);
    if (!is_compact(f, &p)) {
        s = replace_segments(f, &p, err);
        huse_status again = huse_features_reload(f, s == HUSE_OK ? err : NULL);
        if (s == HUSE_OK)
            s = again;
    }
    if (s == HUSE_OK)
        *dropped = p.dropped;
    free(p.row);
out:
    close(lock);
    return s;
}
