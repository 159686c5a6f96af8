/* Writing rows and items in the formats of other programs. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "base/base.h"
#include "huse/workspace.h"

/** Named rows. Class rows have no item. */
typedef struct cli_rows {
    size_t             n, d;
    float             *row;  /* (n,d), owned */
    const char       **id;   /* (n), owned array of borrowed strings */
    int32_t           *item; /* (n) index into items, NULL for classes; owned */
    const char        *what; /* name of the array in .safetensors */
} cli_rows;
void cli_rows_free(cli_rows *r);

typedef enum cli_format { CLI_NPY, CLI_SAFETENSORS, CLI_CSV, CLI_JSONL, CLI_TSV, CLI_NO_FORMAT } cli_format;
/** By the ending of @path. */
cli_format cli_format_of(const char *path);
/** @path with its ending replaced: "x.npy", ".ids.txt" gives "x.ids.txt". Fresh memory. */
char *cli_format_beside(const char *path, const char *ending);

/** Writes rows to @path and what goes beside it. Every file is complete or not there. */
huse_status cli_export_rows(const cli_rows *r, const huse_items *items, const char *path, cli_format f, huse_err *err) HUSE_MUST_CHECK;
/** The folder that an importer needs for the pictures, which it refuses outside of it: the one that all have in common, else "/" and
 *  absolute paths. NULL: no pictures. Borrowed. */
const char *cli_common_root(const huse_items *items);
/** Writes the catalogue (.csv or .jsonl), one line a picture, so that it can be imported again with *root as the
 *  pictures' folder. */
huse_status cli_export_items(const huse_items *items, const char *path, cli_format f, const char **root, huse_err *err) HUSE_MUST_CHECK;

#endif
