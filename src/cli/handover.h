/* A whole catalogue with its vectors, as vector stores, databases and plotting programs take it. */
#ifndef CLI_HANDOVER_H
#define CLI_HANDOVER_H

#include "cli/options.h"
#include "huse/workspace.h"

/** Rows of one kind, by item or by class: row[i] NULL where there is none. */
typedef struct cli_vectors {
    const char   *name; /* "images" */
    const float **row;
    size_t        n, d, present;
} cli_vectors;

typedef struct cli_handover {
    const huse_items   *items;
    const char *const  *class_path; /* of @classes */
    cli_vectors         images, texts, classes; /* d 0: none */
    const char         *from;  /* what made the vectors */
    const char         *root;  /* the pictures' folder; "/": paths are absolute; NULL: no pictures */
    volatile const int *stop;
} cli_handover;

/** export --to: gathers what is asked for and writes it. *n: items written. */
huse_status cli_hand_over(cli *c, huse_workspace *ws, const char *path, size_t *n, huse_err *err) HUSE_MUST_CHECK;

/** The writers. A file, or a folder, is complete or not there; memory does not grow with the items. */
huse_status cli_hand_over_jsonl(const cli_handover *h, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** For PostgreSQL: tables @table and @table_classes, made in one transaction; vectors are real[], or pgvector's. */
huse_status cli_hand_over_sql(const cli_handover *h, const char *table, bool pgvector, const char *path, huse_err *err) HUSE_MUST_CHECK;
huse_status cli_hand_over_npy(const cli_handover *h, const char *dir, huse_err *err) HUSE_MUST_CHECK;
huse_status cli_hand_over_projector(const cli_handover *h, const char *dir, huse_err *err) HUSE_MUST_CHECK;

/** Before each item @i: INTERRUPTED when it is to end. */
huse_status cli_hand_over_step(const cli_handover *h, size_t i, huse_err *err) HUSE_MUST_CHECK;
/** The path of a picture as @root asks for it, or its address. Fresh memory. */
char *cli_hand_over_picture(const cli_handover *h, const huse_picture *p);
/** Of an item; NULL: none. */
const char *cli_hand_over_class(const cli_handover *h, const huse_item *it);

#endif
