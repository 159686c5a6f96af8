/* Thumbnails by content hash: thumbs/NNNNNN/ packs of BC1 pictures (half a byte a pixel), segments like those of features. */
#ifndef HUSE_THUMBS_H
#define HUSE_THUMBS_H

#include "base/sha256.h"

#define HUSE_THUMB_SIDE 128 /* longest side that embed writes; packs hold up to 255 */

typedef struct huse_thumbs huse_thumbs;

/** A picture to be stored. Borrows @bc1: 8 bytes for each block of 4 × 4 pixels, blocks row by row. */
typedef struct huse_thumb {
    huse_key       key;
    int            w, h; /* 1–255 */
    const uint8_t *bc1;
} huse_thumb;

/** Opens (none yet is fine) the packs of a workspace. */
huse_status huse_thumbs_open(huse_thumbs **t, const char *workspace, huse_err *err) HUSE_MUST_CHECK;
void        huse_thumbs_close(huse_thumbs *t); /* NULL is fine */
size_t      huse_thumbs_count(const huse_thumbs *t);
bool        huse_thumbs_has(const huse_thumbs *t, const huse_key *key);
/** The picture of a key as RGB rows; free(*rgb). NOT_FOUND when there is none, also none that another process has written since.
 *  Thread-safe against itself. */
huse_status huse_thumbs_find(huse_thumbs *t, const huse_key *key, uint8_t **rgb, int *w, int *h, huse_err *err) HUSE_MUST_CHECK;
/** Writes one new pack, visible to later finds. Keys already present are skipped. */
huse_status huse_thumbs_append(huse_thumbs *t, const huse_thumb *thumb, size_t n, huse_err *err) HUSE_MUST_CHECK;
/** Rewrites into full packs, keeping only keys for which keep() is true (NULL: all). Sets *dropped. Pictures given out stay. */
huse_status huse_thumbs_compact(huse_thumbs *t, bool (*keep)(void *ctx, const huse_key *key), void *ctx, size_t *dropped,
                                huse_err *err) HUSE_MUST_CHECK;

/** Bytes of the BC1 blocks of a w × h picture. */
size_t huse_bc1_bytes(int w, int h);
/** BC1 blocks to w·h·3 bytes of RGB. Any bytes are some picture. */
void huse_bc1_unpack(const uint8_t *blocks, int w, int h, uint8_t *rgb);

#endif
