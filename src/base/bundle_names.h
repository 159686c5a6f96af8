/* Names that the reader and the writer of bundles agree on. */
#ifndef HUSE_BUNDLE_NAMES_H
#define HUSE_BUNDLE_NAMES_H

#include <jansson.h>

#include "base/base.h"
#include "base/sha256.h"

#define HUSE_BUNDLE_META     "meta.json"
#define HUSE_BUNDLE_CHECKSUM "checksum"

/** SHA-256 of what meta.json says, without its own checksum: of the compact text with sorted names.
 */
huse_key huse_bundle_checksum(const json_t *meta);

/** A plain file name: not empty, no slash, no leading dot, at most 200 bytes. */
bool huse_bundle_name_ok(const char *name);

/** parent/.old-name: where a bundle waits while it is replaced on a file system that cannot
 * exchange two names. Found there by the next reader or writer when the replacement was cut short.
 * Fresh memory. */
char *huse_bundle_aside(const char *parent, const char *name);

#endif
