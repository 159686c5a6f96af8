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

/* A file of what the interface remembers from start to start. Fresh memory. */
static char *state_file(const char *name)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const bool  own = xdg && *xdg == '/';
    char       *folder = huse_fs_join(own ? xdg : home && *home ? home : "/", own ? "huse-tui" : ".local/state/huse-tui");
    char       *path = huse_fs_join(folder, name);
    free(folder);
    return path;
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
    char      *last = state_file("last"), *history = state_file("history"), *usual = dir ? NULL : usual_dir(c, last);
    ui_start   start = {
        .dir = dir ? dir : usual,
        .query = own ? cli_str(c, "query") : NULL,
        .last_file = last,
        .history_file = history,
        .pane = own ? cli_choice(c, "pane") : 0,
        .mouse = true,
        .host = &host.host,
        .graphics = own ? (ui_gfx_wish)cli_choice(c, "graphics") : UI_WISH_AUTO,
    };
    out_flush();
    huse_status s = ui_main(&start, err);
    free(usual);
    free(last);
    free(history);
    cli_host_free(&host);
    return s;
}
