/* Remote text encoders of a workspace: who made which rows, kept in features/encoders.json, and whether this machine may ask. */
#ifndef HUSE_REMOTES_H
#define HUSE_REMOTES_H

#include "data/encoders.h"
#include "encode/remote.h"

/** Opens the encoder that made features/@folder, without asking anybody; a server that must not be asked (offline, or not named on this
 *  machine) answers from the cache alone, and says why. BAD_DATA: the workspace does not say who made them. */
huse_status huse_remotes_open(huse_text_encoder **e, const char *workspace, const huse_host *host, const char *folder, bool patient,
                              huse_err *err) HUSE_MUST_CHECK;

/** Opens the encoder at @text ("https://host/v1#MODEL") to embed a catalogue with, and notes it. One that the workspace does not know yet
 *  at this address, or any with @refresh, is asked who it is. BAD_DATA: known under this name, it gives other vectors than it did; with
 *  @refresh it is then taken as a new one. */
huse_status huse_remotes_choose(huse_text_encoder **e, const char *workspace, const huse_host *host, const char *text, bool refresh,
                                volatile const int *stop, huse_err *err) HUSE_MUST_CHECK;

/** The same for the one that made features/@folder, where the workspace has noted it. */
huse_status huse_remotes_again(huse_text_encoder **e, const char *workspace, const huse_host *host, const char *folder, bool refresh,
                               volatile const int *stop, huse_err *err) HUSE_MUST_CHECK;

/** "https://host/v1#MODEL" of features/@folder. Fresh memory; NULL where it is not noted. */
char *huse_remotes_address(const char *workspace, const char *folder);

#endif
