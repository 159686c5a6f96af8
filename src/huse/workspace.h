/* A workspace: one directory that holds a catalogue, its features, thumbnails, runs and models. */
#ifndef HUSE_WORKSPACE_H
#define HUSE_WORKSPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huse/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct huse_workspace huse_workspace;

enum { HUSE_OPEN_CREATE = 1, HUSE_OPEN_READ_ONLY = 2 };

/** Opens the workspace in directory @dir (HUSE_OPEN_CREATE: makes it when missing). NOT_FOUND when @dir is no workspace.
 *  One handle per thread, or guard it; several processes may open the same workspace. */
huse_status huse_workspace_open(huse_workspace **ws, const char *dir, unsigned flags, huse_err *err) HUSE_MUST_CHECK;
void        huse_workspace_close(huse_workspace *ws); /* NULL is fine */
/** Closes; and when this handle made the workspace and it holds no items, removes what it made: for the caller whose first
 *  import failed. NULL is fine. */
void        huse_workspace_discard(huse_workspace *ws);
const char *huse_workspace_dir(const huse_workspace *ws);

typedef enum huse_split { HUSE_SPLIT_NONE, HUSE_SPLIT_TRAIN, HUSE_SPLIT_VAL, HUSE_SPLIT_TEST } huse_split;
const char *huse_split_name(huse_split s); /* "", "train", "val", "test" */

typedef enum huse_picture_state { HUSE_PICTURE_NEW, HUSE_PICTURE_OK, HUSE_PICTURE_FAILED } huse_picture_state;

/** One picture of an item. */
typedef struct huse_picture {
    const char        *path;  /* as the catalogue gave it, relative to @root unless absolute */
    const char        *root;  /* absolute directory that the path must not leave */
    huse_picture_state state; /* set by embed */
    const char        *why;   /* reason when FAILED, else NULL */
    bool               has_key;
    uint8_t            key[32]; /* SHA-256 of the file's bytes as last embedded */
    int64_t            size, mtime_ns; /* of the file as last embedded, 0 before */
    int64_t            rowid;
} huse_picture;

typedef struct huse_item {
    int64_t     rowid;
    const char *id;
    const char *text; /* NULL: none */
    int32_t     cls;  /* index into class_path, -1: none */
    huse_split  split;
    uint32_t    picture, n_pictures; /* huse_items.picture[picture .. picture+n_pictures), the first is the thumbnail */
} huse_item;

/** Everything the catalogue says, at one moment; items in catalogue order, classes in byte order of their paths. Immutable. */
typedef struct huse_items {
    huse_item    *item;
    size_t        n;
    huse_picture *picture;
    size_t        n_pictures;
    const char  **class_path; /* "Apparel/Topwear/Kurtas" */
    size_t        n_classes;
} huse_items;

huse_status huse_items_load(huse_items **items, huse_workspace *ws, huse_err *err) HUSE_MUST_CHECK;
void        huse_items_free(huse_items *items); /* NULL is fine */
/** Index of the item with this id, or -1. O(log n) after the first call; thread-safe after the first call. */
ptrdiff_t huse_items_find(const huse_items *items, const char *id);
ptrdiff_t huse_items_find_class(const huse_items *items, const char *path);

/** Marks an item, or takes its mark away. Not for a read-only handle. */
huse_status huse_mark(huse_workspace *ws, const huse_item *item, bool on, huse_err *err) HUSE_MUST_CHECK;
/** Which of the loaded items are marked: marked[0..items->n). */
huse_status huse_marks(huse_workspace *ws, const huse_items *items, bool *marked, huse_err *err) HUSE_MUST_CHECK;

/** Import: adds and updates items from a CSV or JSONL file or a folder tree, in one transaction. */
typedef struct huse_import_options {
    const char *images;   /* root for relative picture paths; NULL: the catalogue's folder */
    const char *columns;  /* "id=sku,image=photo,text=title,class=category,split=fold"; NULL: the names themselves */
    bool        prune;    /* remove items that the source does not hold */
    bool        skip_bad; /* count bad rows and list them in @skip_file instead of failing */
    const char *skip_file; /* NULL: <workspace>/import-skipped.txt */
    void (*progress)(void *ctx, size_t rows, size_t bytes_done, size_t bytes_total);
    void *ctx;
} huse_import_options;

typedef struct huse_import_report {
    size_t rows, added, updated, unchanged, removed, skipped, pictures, without_image, without_text, without_class;
    size_t classes;    /* that items of the catalogue have now */
    char columns[256]; /* columns of a CSV that were taken by other names, "text=Title,class=Category"; else "" */
} huse_import_report;

huse_status huse_import(huse_workspace *ws, const char *source, const huse_import_options *opt, huse_import_report *report,
                        huse_err *err) HUSE_MUST_CHECK;

/** A stored thumbnail, RGB, row-major; free(*rgb). NOT_FOUND when embed has not written one. Thread-safe. */
huse_status huse_thumbnail(huse_workspace *ws, const uint8_t key[32], uint8_t **rgb, int *width, int *height,
                           huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
