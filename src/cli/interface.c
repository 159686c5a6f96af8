/* Where the command line hands over to the interface. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/accessible.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/host.h"
#include "cli/keys.h"
#include "cli/out.h"
#include "cli/recent.h"

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

size_t cli_typed_commands(ui_command *list, size_t most)
{
    size_t n = 0;
    for (size_t i = 1; i < cli_n_commands && n < most; i++) {
        const char *operands = cli_commands[i].synopsis;
        list[n++] = (ui_command){cli_commands[i].name, strncmp(operands, "WS", 2) == 0 || strncmp(operands, "[WS]", 4) == 0};
    }
    return n;
}

static huse_status run(cli *c, const char *dir, huse_err *err)
{
    ui_command commands[64];
    cli_host   host;
    cli_recent recent;
    ui_keys    keys;
    HUSE_TRY(cli_keys_take(c, &keys, err));
    char *recent_file = cli_state_file("recent"), *history = cli_state_file("history"), *typed = cli_state_file("commands");
    cli_host_init(&host, c);
    cli_recent_read(&recent, recent_file);
    const bool plain = cli_flag(c, "no-color") || strcmp(cli_str(c, "color"), "never") == 0;
    char    *usual = dir || cli_flag(c, "recent") ? NULL : usual_dir(c, &recent);
    ui_start start = {
        .dir = dir ? dir : usual,
        .query = cli_str(c, "query"),
        .history_file = history,
        .command_file = typed,
        .command = commands,
        .n_commands = cli_typed_commands(commands, HUSE_COUNT(commands)),
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
    const bool  lines = cli_accessible(c);
    huse_status s = !lines        ? ui_main(&start, err)
                    : !start.dir  ? huse_fail(err, HUSE_USAGE, "there is no workspace yet: huse-tui demo makes one, huse-tui import takes your own")
                                  : cli_line_mode(c, start.dir, err);
    free(usual);
    free(recent_file);
    free(history);
    free(typed);
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
    if (!cli_accessible(c) && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || (term && strcmp(term, "dumb") == 0))) {
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
