/* What a model hub says of a model: its revision, and which of its files are of use here. Pure. */
#ifndef HUSE_HUB_LISTING_H
#define HUSE_HUB_LISTING_H

#include "base/sha256.h"

enum huse_hub_part {
    HUSE_HUB_CONFIG,
    HUSE_HUB_VOCABULARY,
    HUSE_HUB_TOKENIZER,
    HUSE_HUB_MODULES,
    HUSE_HUB_POOLING,
    HUSE_HUB_WEIGHTS,
    HUSE_HUB_PARTS
};

typedef struct huse_hub_file {
    bool     there;
    uint64_t size;
    bool     hashed; /* by SHA-256; else by @blob alone */
    huse_key sha256;
    char     blob[41]; /* git's hash of the content, 40 hex digits */
} huse_hub_file;

typedef struct huse_hub_listing {
    char          revision[41]; /* commit, 40 hex digits */
    huse_hub_file file[HUSE_HUB_PARTS];
    bool          pickle, shards; /* weights in forms that are not read */
    bool          gated;          /* its page asks for an agreement first */
} huse_hub_listing;

/** The file's path, "1_Pooling/config.json", in the repository and in the model's folder. */
const char *huse_hub_path(enum huse_hub_part part);

/** Reads the answer of /api/models/ORG/NAME/revision/REV?blobs=true. BAD_DATA: no such answer, a file of ours
 *  without size or hash, twice, or larger than it may be. Files that are not ours are passed over. */
huse_status huse_hub_listing_parse(huse_hub_listing *l, const char *json, size_t n,
                                   huse_err *err) HUSE_MUST_CHECK;

typedef struct huse_hub_address {
    char repository[194], revision[129]; /* "main" where none is given */
    char folder[51];                     /* "ORG--NAME"; a long one ends in "--", a part of its hash and "--" */
} huse_hub_address;

/** Takes "ORG/NAME" or "ORG/NAME@REVISION" apart, and names the folder that it is kept in. USAGE: it is
 *  neither. */
huse_status huse_hub_address_parse(huse_hub_address *a, const char *s,
                                   huse_err *err) HUSE_MUST_CHECK;
/** Whether @s looks like "ORG/NAME": one slash, and neither an address nor a path. */
bool huse_hub_address_is(const char *s);
/** "ORG--NAME" back to "ORG/NAME". False: no folder of a model from a hub, or one whose name was cut. */
bool huse_hub_address_of(char repository[194], const char *folder);

#endif
