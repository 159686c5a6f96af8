/* Brings the pictures that have addresses of the web into the workspace, in a thread of its own, somewhat ahead of who uses them. */
#ifndef HUSE_FETCH_H
#define HUSE_FETCH_H

#include "data/fetched.h"
#include "huse/encode.h"

typedef struct huse_fetch huse_fetch;

typedef enum huse_fetch_state {
    HUSE_FETCH_NONE,    /* no address, or nobody wanted it */
    HUSE_FETCH_WAITING, /* on its way */
    HUSE_FETCH_THERE,   /* the content of @key can be read */
    HUSE_FETCH_SAME,    /* it is what it was, and was not sent again */
    HUSE_FETCH_FAILED,
    HUSE_FETCH_REFUSED, /* not asked for: offline, or a private address */
} huse_fetch_state;

typedef struct huse_fetch_outcome {
    huse_fetch_state state;
    huse_key         key; /* THERE, SAME */
    const char      *why; /* FAILED, REFUSED */
} huse_fetch_outcome;

/** Begins with the pictures that @wanted marks (one byte each); no others are touched. An address that the store has an answer of is
 *  asked for again only with @refresh. @items stays the caller's and must outlive it. */
huse_status huse_fetch_begin(huse_fetch **f, const char *workspace, const huse_items *items, const bool *wanted, bool refresh,
                             const huse_network *network, huse_err *err) HUSE_MUST_CHECK;
/** Waits up to @ms until none of the pictures [first, first+n) is WAITING; *settled says so. Fails with what ends all fetching,
 *  such as a full disk. */
huse_status huse_fetch_wait(huse_fetch *f, size_t first, size_t n, int ms, bool *settled, huse_err *err) HUSE_MUST_CHECK;
/** What became of a picture. The string lives as long as @f. Thread-safe. */
huse_fetch_outcome huse_fetch_outcome_of(huse_fetch *f, size_t picture);
/** Opens the content of a picture that is THERE. Thread-safe. */
huse_status huse_fetch_read(huse_fetch *f, const huse_key *key, int *fd, huse_err *err) HUSE_MUST_CHECK;
/** The content is not what its name says: forgotten, so that the next embed fetches it. Thread-safe. */
void huse_fetch_forget(huse_fetch *f, const huse_key *key);
/** Pictures before @picture are no longer needed: their contents may go, and as many others may come. */
void huse_fetch_release(huse_fetch *f, size_t picture);
/** Transfers done, all that are to be done, and those done that brought a picture. */
void huse_fetch_counts(huse_fetch *f, size_t *done, size_t *total, size_t *came);
/** Ends what is under way and waits for the thread. NULL is fine. */
void huse_fetch_end(huse_fetch *f);

#endif
