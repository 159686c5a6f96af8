/* Servers of text encoders that were named on this machine with embed --text-encoder: whom a workspace's words may be sent to, and which
 * token goes with them. Kept in the user's data folder; a workspace cannot add to it. */
#ifndef CLI_KNOWN_H
#define CLI_KNOWN_H

#include "cli/options.h"
#include "huse/encode.h"

typedef struct cli_known {
    char              *path;
    huse_remote_grant *grant; /* strings owned */
    size_t             n;
} cli_known;

/** What cannot be read counts as nothing. */
void cli_known_read(cli_known *k, const cli *c);
void cli_known_free(cli_known *k);
/** Allows the server of "https://host/v1#MODEL". @token_file: NULL: as before; "": none any more. @allow_private adds to what was. USAGE: no
 *  such address, or a token by http; NOT_FOUND: no such file. */
huse_status cli_known_allow(cli_known *k, const char *address, const char *token_file, bool allow_private, huse_err *err) HUSE_MUST_CHECK;
huse_status cli_known_write(const cli_known *k, huse_err *err) HUSE_MUST_CHECK;

#endif
