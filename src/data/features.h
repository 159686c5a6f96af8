/* Feature rows by content hash: features/ENCODER/NNNNNN/ segments of at most 65,536 rows. */
#ifndef HUSE_FEATURES_H
#define HUSE_FEATURES_H

#include "base/bundle.h"
#include "base/sha256.h"

typedef struct huse_features huse_features;

/** Opens (or starts, @dim and @hash given) the rows of one encoder in a workspace. Segments made with other weights (@hash differs) are
 *  ignored and removed by compaction. @dim 0: read what is there, NOT_FOUND when there is none. */
huse_status huse_features_open(huse_features **f, const char *workspace, const char *encoder, size_t dim, const huse_key *hash,
                               huse_err *err) HUSE_MUST_CHECK;
void        huse_features_close(huse_features *f);
size_t      huse_features_dim(const huse_features *f);
size_t      huse_features_rows(const huse_features *f);
const huse_key *huse_features_hash(const huse_features *f);
/** The row of a content key, mapped, or NULL. Thread-safe while nobody appends. */
const float *huse_features_find(const huse_features *f, const huse_key *key);
/** Writes new segments, visible to later finds. Keys already present are skipped; a number that is not finite is BAD_DATA. */
huse_status huse_features_append(huse_features *f, const huse_key *key, const float *rows, size_t n, huse_err *err) HUSE_MUST_CHECK;
/** Rewrites into full segments, keeping only keys for which keep() is true (NULL: all; called once a key). Sets *dropped.
 *  Rows that huse_features_find gave out before are gone. */
huse_status huse_features_compact(huse_features *f, bool (*keep)(void *ctx, const huse_key *key), void *ctx, size_t *dropped,
                                  huse_err *err) HUSE_MUST_CHECK;

#endif
