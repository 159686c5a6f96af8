/* Keeping the published model in step with the catalogue. */
#ifndef CLI_SUCCESSOR_H
#define CLI_SUCCESSOR_H

#include "huse/train.h"

/** Publishes a successor of the current model with rows that match the catalogue; a model whose encoders differ from the features is
 *  left as it is, with a note. Nothing to do without a model. */
huse_status cli_publish_successor(huse_workspace *ws, const huse_host *host, huse_err *err) HUSE_MUST_CHECK;

#endif
