/* What thumbs.c and thumbs_compact.c share: one pack, and the table over all of them. */
#ifndef HUSE_THUMBS_PACK_H
#define HUSE_THUMBS_PACK_H

#include <pthread.h>
#include <time.h>

#include "base/bundle.h"
#include "data/thumbs.h"

typedef struct huse_pack {
    huse_bundle    *bundle;
    unsigned        number;
    size_t          n;
    const huse_key *key;            /* (n), mapped */
    const uint8_t (*size)[2];       /* (n) width and height, mapped */
    const uint8_t  *bc1;            /* mapped */
    size_t         *at;             /* (n) where each picture's blocks start */
} huse_pack;

struct huse_thumbs {
    char           *dir;
    pthread_mutex_t lock;   /* held by find, which may reload */
    struct timespec loaded; /* when the directory had last changed when it was read */
    huse_pack *pack;
    size_t     n_packs;
    size_t     n_stored, n; /* pictures in packs; distinct keys among them */
    /* open addressing by the first bytes of the key; pack UINT32_MAX: free */
    struct huse_thumb_slot {
        uint32_t pack, row;
    } *slot;
    size_t n_slots;
};

/** Reads all packs again. */
huse_status huse_thumbs_reload(huse_thumbs *t, huse_err *err) HUSE_MUST_CHECK;
/** Keeps other writers out while *fd is open. Creates the directory. */
huse_status huse_thumbs_lock(const huse_thumbs *t, int *fd, huse_err *err) HUSE_MUST_CHECK;
/** Where @key stands. False when it is not stored. */
bool huse_thumbs_slot(const huse_thumbs *t, const huse_key *key, struct huse_thumb_slot *at);
/** Writes pack @number; the pictures' total must not pass huse_pack_full. */
huse_status huse_pack_write(const huse_thumbs *t, unsigned number, const huse_thumb *thumb, size_t n, huse_err *err) HUSE_MUST_CHECK;
/** How many of the first pictures one pack takes. */
size_t huse_pack_full(const huse_thumb *thumb, size_t n);
/** One stored picture, borrowed from the mapping. */
huse_thumb huse_pack_at(const huse_pack *p, size_t row);

#endif
