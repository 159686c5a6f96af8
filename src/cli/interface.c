/* Where the command line hands over to the interface. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/commands.h"
#include "cli/config.h"
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
    cli        settings = {0};
    if (!own && cli_config_values(c, &cli_commands[0], &settings, err) != HUSE_OK) {
        cli_free(&settings);
        cli_host_free(&host);
        return err->status;
    }
    const cli *v = own ? c : &settings;
    const bool plain = cli_flag(c, "no-color") || strcmp(cli_str(c, "color"), "never") == 0;
    char      *last = state_file("last"), *history = state_file("history"), *usual = dir ? NULL : usual_dir(c, last);
    ui_start   start = {
        .dir = dir ? dir : usual,
        .query = cli_str(v, "query"),
        .last_file = last,
        .history_file = history,
        .pane = cli_choice(v, "pane"),
        .mouse = true,
        .host = &host.host,
        .graphics = (ui_gfx_wish)cli_choice(v, "graphics"),
        .theme = plain ? UI_THEME_MONO : (ui_theme)cli_choice(v, "theme"),
        .accent = (ui_accent)cli_choice(v, "accent"),
    };
    out_flush();
    huse_status s = ui_main(&start, err);
    free(usual);
    free(last);
    free(history);
    cli_host_free(&host);
    cli_free(&settings);
    return s;
}
