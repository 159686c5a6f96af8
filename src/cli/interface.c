/* Where the command line hands over to the interface. */
#include <unistd.h>

#include "cli/commands.h"
#include "cli/out.h"

huse_status cli_open_interface(cli *c, const char *dir, huse_err *err)
{
    (void)c;
    (void)dir;
    cli_short_usage();
    return huse_fail(err, HUSE_USAGE, "the interface needs a terminal");
}
