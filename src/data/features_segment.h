/* What features.c and features_compact.c share: one segment, and the table over all of them. */
#ifndef HUSE_FEATURES_SEGMENT_H
#define HUSE_FEATURES_SEGMENT_H

#include "data/features.h"

/** One opened segment; rows and keys are mapped, the bundle holds them. */
typedef struct huse_segment {
    huse_bundle *bundle;
    unsigned number;
    size_t n, dim;
    size_t first; /* number of its first row among all stored rows */
    huse_key hash;
    const float *rows;   /* (n, dim) */
    const huse_key *key; /* (n) */
} huse_segment;

/** Checks and maps dir/NNNNNN. BAD_DATA names the directory. */
huse_status huse_segment_open(huse_segment *s, const char *dir, unsigned number,
                              huse_err *err) HUSE_MUST_CHECK;
void huse_segment_close(huse_segment *s);
/** Rows that one segment of this width holds at most: 65,536, or fewer to stay below 128 MiB. */
size_t huse_segment_rows_max(size_t dim);
/** Writes dir/NNNNNN. */
huse_status huse_segment_write(const char *dir, unsigned number, size_t dim, const huse_key *hash,
                               const huse_key *key, const float *rows, size_t n,
                               huse_err *err) HUSE_MUST_CHECK;
/** Takes dir/NNNNNN away in one step, then removes it. */
huse_status huse_segment_remove(const char *dir, unsigned number, huse_err *err) HUSE_MUST_CHECK;
/** Numbers of the segments in @dir, ascending; a missing directory has none. free(*number). */
huse_status huse_segment_list(const char *dir, unsigned **number, size_t *n,
                              huse_err *err) HUSE_MUST_CHECK;

struct huse_features {
    char *dir;
    size_t want_dim; /* 0: as the newest segment says */
    huse_key want_hash;
    bool wants_hash;
    size_t dim;
    huse_key hash;
    bool has_hash;
    huse_segment *segment; /* newest first */
    size_t n_segments;
    unsigned *foreign; /* numbers of segments made with other weights */
    size_t n_foreign;
    size_t n_stored, n_rows; /* rows in segments; distinct keys among them */
    uint32_t *slot;          /* open addressing: stored row + 1, 0 free */
    size_t n_slots;          /* a power of two, at least twice n_stored */
};

/** Key and values of stored row @row. */
const huse_key *huse_features_key_at(const huse_features *f, size_t row);
const float *huse_features_row_at(const huse_features *f, size_t row);
/** Stored row of @key, SIZE_MAX when there is none. */
size_t huse_features_row_of(const huse_features *f, const huse_key *key);
/** Reads all segments again. Rows given out before are gone. */
huse_status huse_features_reload(huse_features *f, huse_err *err) HUSE_MUST_CHECK;
/** Keeps other writers out of this encoder's directory while *fd is open; waits for them a few
 * seconds. Creates it. */
huse_status huse_features_lock(const huse_features *f, int *fd, huse_err *err) HUSE_MUST_CHECK;

#endif
