/* Parts of “huse-tui models”. */
#ifndef CLI_MODELS_H
#define CLI_MODELS_H

#include "cli/host.h"
#include "cli/weights.h"

typedef struct cli_models {
    cli             *c;
    const char      *name; /* the operand; NULL: none */
    cli_host         host;
    cli_weights_list list; /* empty until it is looked at */
} cli_models;

huse_status cli_models_pull(cli_models *m, huse_err *err) HUSE_MUST_CHECK;
huse_status cli_models_rm(cli_models *m, huse_err *err) HUSE_MUST_CHECK;

/** The one of m->list called m->name. NULL, with @err set to NOT_FOUND: it is not here. */
const cli_weights *cli_models_there(const cli_models *m, huse_err *err);

/** "90.9 MB" */
void cli_megabytes(char out[24], uint64_t bytes);

#endif
