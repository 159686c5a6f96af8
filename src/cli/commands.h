/* The commands of the table: each reads its options from @c, prints its data, and returns the status that becomes the exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/options.h"

huse_status cmd_interface(cli *c, huse_err *err);
huse_status cmd_import(cli *c, huse_err *err);
huse_status cmd_embed(cli *c, huse_err *err);
huse_status cmd_train(cli *c, huse_err *err);
huse_status cmd_search(cli *c, huse_err *err);
huse_status cmd_neighbors(cli *c, huse_err *err);
huse_status cmd_show(cli *c, huse_err *err);
huse_status cmd_classify(cli *c, huse_err *err);
huse_status cmd_export(cli *c, huse_err *err);
huse_status cmd_eval(cli *c, huse_err *err);
huse_status cmd_bench(cli *c, huse_err *err);
huse_status cmd_runs(cli *c, huse_err *err);
huse_status cmd_models(cli *c, huse_err *err);
huse_status cmd_doctor(cli *c, huse_err *err);
huse_status cmd_demo(cli *c, huse_err *err);
huse_status cmd_config(cli *c, huse_err *err);
huse_status cmd_help(cli *c, huse_err *err);

/** Opens the interface on a workspace's folder (NULL: the last one, or the demo), or says what it needs. */
huse_status cli_open_interface(cli *c, const char *dir, huse_err *err);

/** Prints the help page of a command; NULL: the overview. */
void cli_help(const cli_command *cmd);
/** The few lines for someone who typed nothing. */
void cli_short_usage(void);

#endif
