/* Settings from files and the environment: flag > HUSE_TUI_* > user file > system file > default. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"

/** Reads the system and user files (or the one of --config) and the environment into the values that the command line did not give.
 *  USAGE with file and line for a setting that is wrong. Unknown settings are noted once. */
huse_status cli_config_apply(cli *c, huse_err *err) HUSE_MUST_CHECK;

/** The user's file: --config, HUSE_TUI_CONFIG, $XDG_CONFIG_HOME/huse-tui/config.ini, ~/.config/… Fresh memory. */
char *cli_config_path(const cli *c);

/** Environment variable of a setting: HUSE_TUI_THREADS, HUSE_TUI_SEARCH_COUNT. Fresh memory. */
char *cli_config_variable(const cli_command *cmd, const cli_option *o);

/** Finds "name" (global, or the interface's), "command.name" or "keys.action". False when there is no such setting. @cmd is NULL for
 *  global ones. */
bool cli_config_find(const char *key, const cli_command **cmd, const cli_option **o);

/** The value of a setting that cli_config_find found, or NULL where it does not matter to @c. */
cli_value *cli_config_value(const cli *c, const cli_command *cmd, const cli_option *o);

/** The values in force of a command that is not the one being run. cli_free(other) whatever happens. */
huse_status cli_config_values(const cli *c, const cli_command *cmd, cli *other, huse_err *err) HUSE_MUST_CHECK;

/** Replaces or adds "name = value" in the user's file; comments and order stay. @text NULL removes it. */
huse_status cli_config_write(const char *path, const char *section, const char *name, const char *text, huse_err *err) HUSE_MUST_CHECK;

#endif
