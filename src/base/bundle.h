/* Bundles: a directory of array files and one meta.json, built under a temporary name and renamed when whole.
 * Feature segments, checkpoints and models are bundles. */
#ifndef HUSE_BUNDLE_H
#define HUSE_BUNDLE_H

#include <jansson.h>

#include "base/arrays.h"

typedef struct huse_bundle_writer huse_bundle_writer;

/** Starts parent/.tmp-PID-name. Stale temporaries of processes that are gone are removed from @parent first. */
huse_status huse_bundle_begin(huse_bundle_writer **w, const char *parent, const char *name, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_bundle_add_arrays(huse_bundle_writer *w, const char *file, const huse_array *a, size_t n, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_bundle_add_bytes(huse_bundle_writer *w, const char *file, const void *data, size_t n, huse_err *err) HUSE_MUST_CHECK;
/** Writes meta.json ("format", "version", "files": {name: {size, sha256}}, @meta's members and a "checksum" of all these), fsyncs all, renames, fsyncs @parent.
 *  @meta is borrowed. Frees @w whatever happens; on failure nothing of it remains and what stood before still stands.
 *  An existing bundle of that name is replaced (moved aside, then removed). */
huse_status huse_bundle_commit(huse_bundle_writer *w, const char *format, int version, json_t *meta, huse_err *err) HUSE_MUST_CHECK;
void        huse_bundle_abort(huse_bundle_writer *w); /* NULL is fine */

typedef struct huse_bundle huse_bundle;
enum huse_bundle_check { HUSE_CHECK_SIZES, HUSE_CHECK_HASHES };

/** Opens and checks a bundle of @format (any minor; a greater version is refused: "made by a newer version"). */
huse_status huse_bundle_open(huse_bundle **b, const char *dir, const char *format, int version, enum huse_bundle_check check,
                             huse_err *err) HUSE_MUST_CHECK;
void        huse_bundle_close(huse_bundle *b); /* closes the array files it opened; NULL is fine */
const char *huse_bundle_dir(const huse_bundle *b);
json_t     *huse_bundle_meta(const huse_bundle *b); /* borrowed */
/** Opens (once) an array file that meta.json lists. Borrowed from @b. */
huse_status huse_bundle_arrays(huse_bundle *b, const char *file, const huse_safetensors **st, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_bundle_bytes(huse_bundle *b, const char *file, size_t max_bytes, char **data, size_t *n, huse_err *err) HUSE_MUST_CHECK;

/** Parses a JSON text strictly: depth ≤ 32, no duplicate keys, no NUL in strings. BAD_DATA with line and column. */
huse_status huse_json_parse(json_t **out, const char *data, size_t n, const char *label, huse_err *err) HUSE_MUST_CHECK;

#endif
