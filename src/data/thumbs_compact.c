/* Compaction of thumbnail packs: new packs are whole before an old one goes, so a cut at any moment loses nothing. */
#include <stdlib.h>
#include <unistd.h>

#include "data/features_segment.h"
#include "data/thumbs_pack.h"

/* What stays, once each, oldest pack first. The pictures are borrowed from the mappings. */
static huse_thumb *kept(const huse_thumbs *t, bool (*keep)(void *ctx, const huse_key *key), void *ctx, size_t *n, size_t *dropped)
{
    huse_thumb *list = huse_xcalloc(t->n + 1, sizeof *list);
    for (size_t i = 0; i < t->n_packs; i++) {
        for (size_t j = 0; j < t->pack[i].n; j++) {
            huse_thumb thumb = huse_pack_at(&t->pack[i], j);
            struct huse_thumb_slot at;
            if (!huse_thumbs_slot(t, &thumb.key, &at) || at.pack != i || at.row != j)
                continue; /* the same key stands elsewhere */
            if (keep != NULL && !keep(ctx, &thumb.key))
                ++*dropped;
            else
                list[(*n)++] = thumb;
        }
    }
    return list;
}

static size_t packs_needed(const huse_thumb *list, size_t n)
{
    size_t packs = 0;
    for (size_t i = 0; i < n; packs++)
        i += huse_pack_full(list + i, n - i);
    return packs;
}

static huse_status rewrite(const huse_thumbs *t, const huse_thumb *list, size_t n, huse_err *err)
{
    unsigned next = 0;
    for (size_t i = 0; i < t->n_packs; i++)
        next = HUSE_MAX(next, t->pack[i].number + 1);
    unsigned first = next;
    huse_status s = HUSE_OK;
    for (size_t i = 0, k; s == HUSE_OK && i < n; i += k, next++) {
        k = huse_pack_full(list + i, n - i);
        s = huse_pack_write(t, next, list + i, k, err);
    }
    if (s != HUSE_OK) {
        /* The disk may be full: give the copies' space back. */
        for (unsigned i = first; i + 1 < next; i++) {
            huse_status ignored = huse_segment_remove(t->dir, i, NULL);
            (void)ignored;
        }
        return s;
    }
    for (size_t i = 0; s == HUSE_OK && i < t->n_packs; i++)
        s = huse_segment_remove(t->dir, t->pack[i].number, err);
    return s;
}

huse_status huse_thumbs_compact(huse_thumbs *t, bool (*keep)(void *ctx, const huse_key *key), void *ctx, size_t *dropped,
                                huse_err *err)
{
    int lock;
    size_t n = 0, gone = 0;
    HUSE_TRY(huse_thumbs_lock(t, &lock, err));
    huse_status s = huse_thumbs_reload(t, err);
    if (s == HUSE_OK) {
        huse_thumb *list = kept(t, keep, ctx, &n, &gone);
        if (n != t->n_stored || packs_needed(list, n) < t->n_packs) {
            s = rewrite(t, list, n, err);
            huse_status again = huse_thumbs_reload(t, s == HUSE_OK ? err : NULL);
            s = s == HUSE_OK ? again : s;
        }
        free(list);
    }
    close(lock);
    if (s == HUSE_OK)
        *dropped = gone;
    return s;
}
