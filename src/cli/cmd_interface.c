#include <stdlib.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/host.h"

/* The first word is neither a command nor a workspace. */
static huse_status unknown_command(const char *word, huse_err *err)
{
    const char *names[64];
    size_t      n = 0;
    for (size_t i = 1; i < cli_n_commands && n < HUSE_COUNT(names); i++)
        names[n++] = cli_commands[i].name;
    const char *near = huse_text_nearest(word, names, n);
    if (near)
        return huse_fail(err, HUSE_USAGE, "no command and no workspace “%.60s”; did you mean “%s”?", word, near);
    return huse_fail(err, HUSE_USAGE, "no command and no workspace “%.60s”; “huse-tui --help” lists the commands", word);
}

huse_status cmd_interface(cli *c, huse_err *err)
{
    char       *dir = c->n_args ? cli_workspace_dir(c, c->arg[0]) : NULL;
    huse_status s;
    if (c->n_args > 1 || (dir && !huse_fs_is_dir(dir)))
        s = unknown_command(c->arg[0], err);
    else
        s = cli_open_interface(c, dir, err);
    free(dir);
    return s;
}
