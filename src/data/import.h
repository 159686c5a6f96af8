/* A source as read, before anything of the workspace is touched, and what it changes. */
#ifndef HUSE_IMPORT_H
#define HUSE_IMPORT_H

#include "data/strings.h"
#include "data/workspace.h"

typedef enum huse_fate { HUSE_FATE_NEW, HUSE_FATE_SAME, HUSE_FATE_CHANGED } huse_fate;

enum { HUSE_NO_PICTURE = UINT32_MAX };

typedef struct huse_source_picture {
    const char *path;
    uint32_t next; /* the item's next picture or HUSE_NO_PICTURE */
} huse_source_picture;

typedef struct huse_source_item {
    const char *id, *text; /* text NULL: none */
    uint32_t text_n;
    int32_t cls; /* index into class_path, -1: none */
    uint32_t first, last, n_pictures;
    size_t line;   /* of its first row */
    int64_t rowid; /* 0 until found in the catalogue */
    int64_t own_class; /* row of the class that a person gave it, which stays; 0: none */
    huse_split split;
    huse_fate fate;
    bool new_pictures; /* CHANGED: the pictures are not the catalogue's */
    bool only_bad;     /* no good row has this id: the catalogue's item stays as it is */
} huse_source_item;

/** All items of a source. Zero-initialise; free with huse_source_free. */
typedef struct huse_source {
    huse_strpool pool;
    huse_strmap ids, classes;
    huse_source_item *item;
    size_t n, cap;
    huse_source_picture *picture;
    size_t n_pictures, cap_pictures;
    const char **class_path;
    size_t n_classes, cap_classes;
} huse_source;
void huse_source_free(huse_source *s);

/** Adds, updates and (@prune) removes what the source says, in the caller's write transaction;
 * pictures lie in @root. Fills the counts of @report that tell what changed. */
huse_status huse_source_apply(sqlite3 *db, huse_source *s, const char *root, bool prune,
                              huse_import_report *report, huse_err *err) HUSE_MUST_CHECK;

#endif
