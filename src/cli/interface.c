/* Where the command line hands over to the interface. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/commands.h"
#include "cli/host.h"
#include "cli/out.h"
#include "ui/ui.h"

#define PATH_BYTES 4096

/* Where the folder of the workspace opened last is kept. Fresh memory. */
static char *last_file(void)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return huse_fs_join(xdg, "huse-tui/last");
    return huse_fs_join(home && *home ? home : "/", ".local/state/huse-tui/last");
}

static bool is_workspace(const char *dir)
{
    char *db = huse_fs_join(dir, "catalogue.db");
    bool  is = huse_fs_exists(db);
    free(db);
    return is;
}

/* The workspace opened last, else the demo's, else NULL. Fresh memory. */
static char *usual_dir(const cli *c, const char *last)
{
    char    *dir = NULL;
    size_t   n;
    huse_err none;
    if (huse_fs_read(last, PATH_BYTES, &dir, &n, &none) == HUSE_OK) {
        if (*dir == '/' && is_workspace(dir))
            return dir;
        free(dir);
    }
    dir = cli_demo_dir(c);
    if (is_workspace(dir))
        return dir;
    free(dir);
    return NULL;
}

huse_status cli_open_interface(cli *c, const char *dir, huse_err *err)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || (term && strcmp(term, "dumb") == 0)) {
        cli_short_usage();
        return huse_fail(err, HUSE_USAGE, "the interface needs a terminal");
    }
    cli_host host;
    cli_host_init(&host, c);
    const bool own = c->cmd->run == cmd_interface; /* else a command that ends in the interface, without its options */
    char      *last = last_file(), *usual = dir ? NULL : usual_dir(c, last);
    ui_start   start = {
        .dir = dir ? dir : usual,
        .query = own ? cli_str(c, "query") : NULL,
        .last_file = last,
        .host = &host.host,
        .graphics = own ? (ui_gfx_wish)cli_choice(c, "graphics") : UI_WISH_AUTO,
    };
    out_flush();
    huse_status s = ui_main(&start, err);
    free(usual);
    free(last);
    cli_host_free(&host);
    return s;
}
