/* The interface in lines, for screen readers: no cursor addressing, numbered lists, a prompt. */
#ifndef CLI_ACCESSIBLE_H
#define CLI_ACCESSIBLE_H

#include "cli/options.h"
#include "ui/command.h"

/** Whether --accessible, a setting or ACCESSIBLE=1 asks for it. */
bool cli_accessible(const cli *c);
/** Reads lines from standard input until it ends or is told to quit. */
huse_status cli_line_mode(cli *c, const char *dir, huse_err *err);

/** The commands that can be typed after “:”, at most @most; returns how many. */
size_t cli_typed_commands(ui_command *list, size_t most);

#endif
