/* Splits that a catalogue does not give: made once from a hash of the text, and stored (METHOD 1).
 */
#ifndef HUSE_SPLIT_H
#define HUSE_SPLIT_H

#include <sqlite3.h>

#include "base/sha256.h"
#include "huse/workspace.h"

/** A split word: train; val, valid, validation, dev; test; any case. Empty is NONE. False: unknown.
 */
bool huse_split_parse(const char *s, size_t n, huse_split *split);

/** What orders an item: SHA-256 of its lower-cased text, of its id when it has none. */
huse_key huse_split_key(const char *text, const char *id);

typedef struct huse_split_item {
    huse_key key;
    int64_t rowid;
    huse_split split;
} huse_split_item;

/** Splits the items of one class: in the order of their keys, those before floor(.7n + .5) train,
 * before floor(.8n + .5) val (computed in doubles), the rest test; equal keys stay with their
 * first; n < 3: all train. Sorts @x by (key, rowid). */
void huse_split_make(huse_split_item *x, size_t n);

/** The split of an item that comes to a class whose splits were made before: the first 8 bytes of
 * the key, big-endian, as a fraction of 2^64: below .7 train, below .8 val, else test. */
huse_split huse_split_later(const huse_key *key);

/** Gives every item that has a class but no split one, in the caller's write transaction. A class's
 * splits count as made before when one of its items has a split that was made by an earlier call.
 * An item that comes later goes where the class's item of equal key is, so that equal texts never
 * straddle splits, else where huse_split_later says. */
huse_status huse_split_assign(sqlite3 *db, huse_err *err) HUSE_MUST_CHECK;

#endif
