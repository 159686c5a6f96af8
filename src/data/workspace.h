/* The inside of a workspace, for the rooms that build on it. */
#ifndef HUSE_DATA_WORKSPACE_H
#define HUSE_DATA_WORKSPACE_H

#include <sqlite3.h>

#include "huse/workspace.h"

struct huse_thumbs;

enum {
    HUSE_CATALOGUE_ID = 0x48555345, /* "HUSE": application_id of catalogue.db */
    HUSE_CATALOGUE_VERSION = 1      /* user_version */
};

/** The catalogue's connection; owned by @ws. */
sqlite3 *huse_workspace_db(huse_workspace *ws);

/** The workspace's thumbnails, opened on the first call; owned by @ws. Thread-safe; what is done
 * with them is guarded as data/thumbs.h says. */
huse_status huse_workspace_thumbs(huse_workspace *ws, struct huse_thumbs **thumbs,
                                  huse_err *err) HUSE_MUST_CHECK;

/** True when nothing can be written: asked for, no permission, or read-only media. */
bool huse_workspace_read_only(const huse_workspace *ws);

/** FAILED with a sentence when the workspace is read-only. */
huse_status huse_workspace_need_write(const huse_workspace *ws, huse_err *err) HUSE_MUST_CHECK;

/** Opens what is in catalogue.db's place beside features/ and friends: makes tables in a new one,
 * checks an old one's mark and version. Used by huse_workspace_open. */
huse_status huse_catalogue_setup(sqlite3 *db, bool create, const char *dir,
                                 huse_err *err) HUSE_MUST_CHECK;

#endif
