/* The parts of embed: pictures, texts, rows from elsewhere. */
#ifndef HUSE_EMBED_H
#define HUSE_EMBED_H

#include "base/pool.h"
#include "data/encoders.h"
#include "data/features.h"
#include "data/thumbs.h"
#include "huse/encode.h"

typedef struct huse_embedder {
    huse_workspace           *ws;
    const huse_host          *host;
    const huse_embed_options *opt;
    huse_embed_report        *report;
    huse_items               *items;
    huse_pool                *pool;
    huse_encoder_names        names;
    bool                      crop;
    huse_image_encoder       *image; /* NULL: pictures' rows come from elsewhere */
    huse_text_encoder        *text;  /* NULL: likewise */
} huse_embedder;

/** Looks at every picture; decodes and encodes what is new; writes rows, thumbnails and states batch by batch. */
huse_status huse_embed_pictures(huse_embedder *e, huse_err *err) HUSE_MUST_CHECK;
/** What a run would have to do (huse_embed_options.dry_run). */
huse_status huse_embed_cost(huse_workspace *ws, const huse_host *host, const huse_embed_options *opt, huse_embed_report *report, huse_err *err) HUSE_MUST_CHECK;
/** About how many tokens a text is: of BERT's pieces and of byte pairs alike, to a fifth or so. */
size_t huse_embed_tokens(const char *text);
/** A text without a row, and the first item that has it. */
typedef struct huse_missing {
    huse_key key;
    size_t   item;
} huse_missing;
/** Each text of the catalogue that has no row in @f (NULL: none has) once, in catalogue order. *without: items that have such a text,
 *  *with: those whose text has a row. free() the list. */
huse_missing *huse_embed_missing(const huse_items *items, const huse_features *f, size_t *n, size_t *without, size_t *with);
/** Encodes the texts that have no rows yet. */
huse_status huse_embed_texts(huse_embedder *e, huse_err *err) HUSE_MUST_CHECK;
/** Replaces the rows of @encoder (HUSE_EXTERNAL_*) by those of a file: .npy with one row for each id in @ids, or .jsonl.
 *  BAD_DATA: counts that differ, an unknown or repeated id, a number that is not finite. */
huse_status huse_embed_external(huse_embedder *e, const char *encoder, const char *file, const char *ids, huse_err *err) HUSE_MUST_CHECK;

enum { HUSE_GIVEN_DIM_MAX = 65536 };

/** Rows (n,dim) with the ids and the lines that they come from. */
typedef struct huse_given_rows {
    float  *x;
    size_t  n, dim, cap;
    char  **id;
    size_t *line;
} huse_given_rows;
/** Reads member @member, or "vector", of the objects of a JSONL file; objects without it are passed over. */
huse_status huse_given_rows_jsonl(huse_given_rows *g, const char *file, const char *member, huse_err *err) HUSE_MUST_CHECK;
void        huse_given_rows_free(huse_given_rows *g);

/** Drops rows and thumbnails that no item uses, of all encoders. */
huse_status huse_embed_prune(huse_embedder *e, huse_err *err) HUSE_MUST_CHECK;

/** Opens a picture for reading below @dir, its opened root, unless it leads out of there (huse_fs_open_beneath). *below: its path from
 *  the root, also where it was given as an absolute one. NOT_FOUND for a web address. */
huse_status huse_picture_open(int dir, const huse_picture *p, const char **below, int *fd, huse_err *err) HUSE_MUST_CHECK;

/** INTERRUPTED when the caller asked to stop. */
huse_status huse_embed_check_stop(const huse_embedder *e, huse_err *err) HUSE_MUST_CHECK;
void        huse_embed_progress(const huse_embedder *e, const char *what, size_t done, size_t total);

/** So many small segments of one run are put together at its end. */
#define HUSE_EMBED_COMPACT_AT 8

#endif
