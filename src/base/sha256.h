/* SHA-256 through libcrypto: content keys and file hashes; and the hash that git knows contents by. */
#ifndef HUSE_SHA256_H
#define HUSE_SHA256_H

#include "base/base.h"

typedef struct huse_key {
    uint8_t byte[32];
} huse_key;

huse_key huse_sha256(const void *data, size_t n);
/** Hash of a whole regular file, read in pieces. */
huse_status huse_sha256_file(huse_key *out, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** 64 lower-case hex digits and a NUL. */
void huse_key_hex(char out[65], const huse_key *k);
bool huse_key_parse(huse_key *k, const char *hex);
bool huse_key_equal(const huse_key *a, const huse_key *b);

/** git's hash of a file's content (SHA-1 over a head and the bytes): 40 lower-case hex digits and a NUL. */
huse_status huse_git_blob(char out[41], const char *path, huse_err *err) HUSE_MUST_CHECK;

/** Streaming form, for data that is written while it is hashed. */
typedef struct huse_sha256_ctx huse_sha256_ctx;
huse_sha256_ctx *huse_sha256_begin(void);
void             huse_sha256_add(huse_sha256_ctx *c, const void *data, size_t n);
huse_key         huse_sha256_end(huse_sha256_ctx *c); /* frees c */

#endif
