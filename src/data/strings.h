/* String views, a pool that packs many small strings, and a map from strings to numbers. */
#ifndef HUSE_STRINGS_H
#define HUSE_STRINGS_H

#include "base/base.h"

/** Bytes that someone else owns; s NULL: none. */
typedef struct huse_str {
    const char *s;
    size_t n;
} huse_str;

#define HUSE_STR(literal) ((huse_str){literal, sizeof(literal) - 1})

/** Without spaces, tabs and line breaks at both ends. */
huse_str huse_str_trim(huse_str s);
bool huse_str_equal(huse_str a, huse_str b);
/** Bytes of the longest prefix of at most @max bytes that cuts no UTF-8 sequence: for "%.*s" in
 * messages. */
int huse_str_clip(huse_str s, size_t max);

/** Packs strings into big blocks. Zero-initialise. */
typedef struct huse_strpool {
    char **block;
    size_t n_blocks, cap_blocks, used, size;
} huse_strpool;
/** A NUL-terminated copy that lives as long as the pool. */
const char *huse_strpool_add(huse_strpool *p, const char *s, size_t n);
void huse_strpool_free(huse_strpool *p);

/** From strings to numbers. The keys are borrowed. Keyed by a random seed, so that no catalogue can
 *  make it slow. Zero-initialise. */
typedef struct huse_strmap_slot {
    const char *key; /* NULL: free */
    uint32_t len, value;
    uint64_t hash;
} huse_strmap_slot;
typedef struct huse_strmap {
    huse_strmap_slot *slot;
    size_t n, cap;
    uint64_t seed[2];
} huse_strmap;

enum { HUSE_STRMAP_NONE = -1 };
/** The value of a key, or HUSE_STRMAP_NONE. */
int64_t huse_strmap_find(const huse_strmap *m, const char *key, size_t n);
/** Adds a key that is not in the map. */
void huse_strmap_add(huse_strmap *m, const char *key, size_t n, uint32_t value);
void huse_strmap_free(huse_strmap *m);

#endif
