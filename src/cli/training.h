/* Training with its progress on standard error; for train and demo. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "cli/host.h"
#include "huse/train.h"

typedef struct cli_training {
    const huse_train_params *params;
    const unsigned char     *given; /* as in huse_train_options */
    bool        resume, no_publish, json;
    const char *run; /* id or NULL */
    const char *const *probe; /* as in huse_train_options */
    size_t      n_probes;
    bool        no_probes;
} cli_training;

/** Trains; SIGINT and SIGTERM end it with a checkpoint. Prints the run's id first. */
huse_status cli_train(huse_workspace *ws, const huse_host *host, const cli_training *t, huse_train_report *report,
                      huse_err *err) HUSE_MUST_CHECK;

#endif
