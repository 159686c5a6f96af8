/* Pictures that came from the web, in fetched/ of the workspace: contents named by their hash, and a journal that says which address gave
 * which. A transfer counts once its line is in the journal; contents are hashed again when they are used. */
#ifndef HUSE_FETCHED_H
#define HUSE_FETCHED_H

#include "base/sha256.h"

typedef struct huse_fetched huse_fetched;

/** What an address gave when it was last asked. Strings are never NULL. */
typedef struct huse_fetched_answer {
    huse_key    key;
    const char *etag, *modified;
} huse_fetched_answer;

/** Opens or makes the store of a workspace; several processes may have it open. One thread at a time. */
huse_status huse_fetched_open(huse_fetched **f, const char *workspace, huse_err *err) HUSE_MUST_CHECK;
void        huse_fetched_close(huse_fetched *f); /* NULL is fine */

/** The last answer of an address; false when there is none. Borrowed. */
bool huse_fetched_find(const huse_fetched *f, const char *address, huse_fetched_answer *a);
/** Whether the content is there. */
bool huse_fetched_has(const huse_fetched *f, const huse_key *key);

/** A temporary file that huse_fetched_put takes. *path: fresh memory. */
huse_status huse_fetched_temporary(huse_fetched *f, int *fd, char **path, huse_err *err) HUSE_MUST_CHECK;
/** Moves a temporary of @size bytes to its content's place and notes the answer. */
huse_status huse_fetched_put(huse_fetched *f, const char *address, const huse_fetched_answer *a, const char *temporary, int64_t size,
                             huse_err *err) HUSE_MUST_CHECK;

/** Opens a content for reading; NOT_FOUND when it is gone. Thread-safe. */
huse_status huse_fetched_read(const huse_fetched *f, const huse_key *key, int *fd, huse_err *err) HUSE_MUST_CHECK;
/** The content stays, though older ones go, until it is released as often. */
void huse_fetched_hold(huse_fetched *f, const huse_key *key);
void huse_fetched_release(huse_fetched *f, const huse_key *key);
/** Removes a content that is not what its name says. */
void huse_fetched_remove(huse_fetched *f, const huse_key *key);
/** Removes released contents, the oldest first, until all take at most @bytes. */
void huse_fetched_trim(huse_fetched *f, uint64_t bytes);

#endif
