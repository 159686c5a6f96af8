/* Where the command line hands over to the interface. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/host.h"
#include "cli/keys.h"
#include "cli/out.h"
#include "cli/recent.h"

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

/* The workspace opened last, else the demo's, else NULL. Fresh memory. */
static char *usual_dir(const cli *c, const cli_recent *recent)
{
    if (recent->n && cli_is_workspace(recent->entry[0].dir))
        return huse_xstrdup(recent->entry[0].dir);
    char *dir = cli_demo_dir(c);
    if (cli_is_workspace(dir))
        return dir;
    free(dir);
    return NULL;
}

static void remember(void *ctx, const char *dir, size_t items)
{
    cli_recent_add(ctx, dir, items);
}

static huse_status run(const cli *c, const char *dir, huse_err *err)
{
    cli_host   host;
    cli_recent recent;
    ui_keys    keys;
    HUSE_TRY(cli_keys_take(c, &keys, err));
    char *recent_file = state_file("recent"), *history = state_file("history");
    cli_host_init(&host, c);
    cli_recent_read(&recent, recent_file);
    const bool plain = cli_flag(c, "no-color") || strcmp(cli_str(c, "color"), "never") == 0;
    char    *usual = dir || cli_flag(c, "recent") ? NULL : usual_dir(c, &recent);
    ui_start start = {
        .dir = dir ? dir : usual,
        .query = cli_str(c, "query"),
        .history_file = history,
        .pane = cli_choice(c, "pane"),
        .mouse = cli_flag(c, "mouse"),
        .keys = &keys,
        .recent = recent.entry,
        .remember = remember,
        .remember_ctx = recent_file,
        .host = &host.host,
        .graphics = (ui_gfx_wish)cli_choice(c, "graphics"),
        .theme = plain ? UI_THEME_MONO : (ui_theme)cli_choice(c, "theme"),
        .accent = (ui_accent)cli_choice(c, "accent"),
    };
    if (!start.dir) {
        cli_recent_look(&recent);
        start.n_recent = recent.n;
    }
    out_flush();
    huse_status s = ui_main(&start, err);
    free(usual);
    free(recent_file);
    free(history);
    cli_recent_free(&recent);
    cli_host_free(&host);
    return s;
}

/* What the command line says of settings that every command has also holds for the programs that the interface starts. */
static void hand_down(const cli *c)
{
    for (size_t i = 0; i < cli_n_globals; i++) {
        const cli_value *v = &c->value[i];
        if (v->source != CLI_ARG || !v->text || !(v->option->setting || strcmp(v->option->name, "config") == 0))
            continue;
        char *name = cli_config_variable(NULL, v->option);
        setenv(name, v->text, 1);
        free(name);
    }
}

huse_status cli_open_interface(cli *c, const char *dir, huse_err *err)
{
    const char *term = getenv("TERM");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || (term && strcmp(term, "dumb") == 0)) {
        cli_short_usage();
        return huse_fail(err, HUSE_USAGE, "the interface needs a terminal");
    }
    hand_down(c);
    if (c->cmd->run == cmd_interface)
        return run(c, dir, err);
    /* a command that ends in the interface has none of its options, but its settings count */
    cli         own;
    huse_status s = cli_config_values(c, &cli_commands[0], &own, err);
    if (s == HUSE_OK)
        s = run(&own, dir, err);
    cli_free(&own);
    return s;
}
