/* What changes a catalogue besides import: picture states and named values; and its counts.
 */
#ifndef HUSE_CATALOGUE_H
#define HUSE_CATALOGUE_H

#include "base/sha256.h"
#include "data/workspace.h"

/** What embed found out about one picture. */
typedef struct huse_picture_update {
    int64_t rowid; /* huse_picture.rowid */
    huse_picture_state state;
    bool has_key;           /* @key is known: always when OK, perhaps when FAILED */
    huse_key key;           /* content hash of the file */
    const char *why;        /* reason when FAILED, else NULL */
    int64_t size, mtime_ns; /* of the file looked at */
} huse_picture_update;

/** Stores the states of @n pictures in one transaction. Pictures removed meanwhile are passed over.
 */
huse_status huse_catalogue_set_pictures(huse_workspace *ws, const huse_picture_update *u, size_t n,
                                        huse_err *err) HUSE_MUST_CHECK;

/** The value kept under a name in the catalogue, or NULL in *value; the caller frees it. */
huse_status huse_catalogue_get_meta(huse_workspace *ws, const char *key, char **value,
                                    huse_err *err) HUSE_MUST_CHECK;
/** Keeps a value under a name; NULL forgets it. */
huse_status huse_catalogue_set_meta(huse_workspace *ws, const char *key, const char *value,
                                    huse_err *err) HUSE_MUST_CHECK;

/** Hands over what @prefix may become, in byte order, at most @most: ids of items, or paths of classes and of the nodes above them.
 *  Looks only at what begins so. */
huse_status huse_catalogue_names(huse_workspace *ws, bool items, const char *prefix, int most,
                                 void (*name)(void *ctx, const char *text), void *ctx, huse_err *err) HUSE_MUST_CHECK;

/** Reads the whole database: pages, indexes, references. BAD_DATA with the first thing that is wrong. */
huse_status huse_catalogue_check(huse_workspace *ws, huse_err *err) HUSE_MUST_CHECK;

/** Items of each class by split: counts[(class + 1) * 4 + split], the first row for items without a
 * class; room for (items->n_classes + 1) * 4. Pure. */
void huse_items_count(const huse_items *items, size_t *counts);

#endif
