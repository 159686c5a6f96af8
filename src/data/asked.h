/* Vectors that a remote encoder gave for class names, queries and what was cut short: asked.db of a workspace, so that nothing is paid
 * for twice and known questions are answered without a network. Only a cache: where it cannot be read or written, there is none. */
#ifndef HUSE_ASKED_H
#define HUSE_ASKED_H

#include "encode/remote.h"

/** The cache of the encoder with this @hash and @dim in the folder @workspace. Made at the first keep. */
huse_remote_cache huse_asked_cache(const char *workspace, const huse_key *hash, size_t dim);

#define HUSE_ASKED_MAX 10000 /* vectors; the oldest go first */

#endif
