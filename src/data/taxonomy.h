/* The class tree: all path prefixes and a virtual root that joins all trees (METHOD 1, 3, 7). */
#ifndef HUSE_TAXONOMY_H
#define HUSE_TAXONOMY_H

#include "base/base.h"

enum { HUSE_CLASS_BYTES = 4096, HUSE_CLASS_PART_BYTES = 255, HUSE_CLASS_DEPTH = 32 };

/** NULL when @path (n bytes) is a well-formed class path: parts joined by "/", none empty, within
 * the limits above; else what it is instead ("a class path with an empty part"). Static string. */
const char *huse_class_path_fault(const char *path, size_t n);

typedef struct huse_taxonomy {
    size_t       n;       /* nodes; node 0 is the virtual root, parents come before children, siblings in byte order */
    const char **path;    /* "" for the root */
    const char **name;    /* last component */
    int32_t     *parent;  /* -1 for the root */
    int32_t     *depth;   /* edges from the root */
    int32_t     *height;  /* edges down to the deepest leaf */
    int32_t     *cls;     /* class index of a node that is a class, else -1 */
    int32_t     *end;     /* nodes (i, end[i]) are the subtree below i (pre-order numbering) */
    size_t       n_classes;
    int32_t     *node_of; /* (n_classes) node of each class */
} huse_taxonomy;

/** Builds the tree of @k class paths ("A/B/C", no empty components). Free with huse_taxonomy_free. Cannot fail. */
huse_taxonomy *huse_taxonomy_new(const char *const *path, size_t k);
void           huse_taxonomy_free(huse_taxonomy *t);
int32_t        huse_taxonomy_lca(const huse_taxonomy *t, int32_t a, int32_t b);
int            huse_taxonomy_distance(const huse_taxonomy *t, int32_t a, int32_t b); /* edges */
/** Node of a path, or -1. */
int32_t huse_taxonomy_find(const huse_taxonomy *t, const char *path);
bool    huse_taxonomy_below(const huse_taxonomy *t, int32_t node, int32_t ancestor); /* a node is below itself */

#endif
