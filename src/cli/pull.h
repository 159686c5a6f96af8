/* models pull: weights from a hub. */
#ifndef CLI_PULL_H
#define CLI_PULL_H

#include "cli/host.h"

/** Fetches the model of c->arg[1] and prints what came. */
huse_status cli_pull(cli *c, const cli_host *h, huse_err *err);

#endif
