/* The section [keys] of the configuration file: which key does what in the interface. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "cli/options.h"
#include "ui/keys.h"

/** The section as if it was a command: one option for every action. */
const cli_command *cli_keys_section(void);

/** Whether this command is the interface, so that the keys must be right. */
bool cli_keys_matter(const cli_command *cmd);

/** What is bound, by the values of @c. USAGE names file and line of a key that two actions would share. */
huse_status cli_keys_take(const cli *c, ui_keys *keys, huse_err *err) HUSE_MUST_CHECK;

#endif
