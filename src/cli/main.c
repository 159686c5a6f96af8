/* huse-tui: reads the command line, runs one command, turns its status into the exit code. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/config.h"
#include "cli/out.h"

/* A faulty command line must be reported in the form that it asks for, though it could not be read. */
static bool asks_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--jsonl") == 0)
            return true;
    return false;
}

static bool has_option(const cli *c, const char *name)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (strcmp(c->value[i].option->name, name) == 0)
            return true;
    return false;
}

static void setup_output(const cli *c)
{
    out_setup(&(out_options){
        .color = cli_flag(c, "no-color") ? OUT_COLOR_NEVER : (out_color)cli_choice(c, "color"),
        .progress = (out_progress_kind)cli_choice(c, "progress"),
        .json = cli_flag(c, "json") || (has_option(c, "jsonl") && cli_flag(c, "jsonl")),
        .quiet = cli_flag(c, "quiet"),
    });
}

static huse_status check_operands(const cli *c, huse_err *err)
{
    const cli_command *cmd = c->cmd;
    if (c->n_args < cmd->min_args)
        return huse_fail(err, HUSE_USAGE, "%s needs %s: huse-tui %s %s", cmd->name, c->n_args ? "more" : "operands", cmd->name,
                         cmd->synopsis);
    if (c->n_args > cmd->max_args && *cmd->name)
        return huse_fail(err, HUSE_USAGE, "%s: “%.60s” is one operand too many: huse-tui %s %s", cmd->name, c->arg[cmd->max_args],
                         cmd->name, cmd->synopsis);
    return HUSE_OK;
}

static huse_status run(cli *c, int argc, char **argv, huse_err *err)
{
    HUSE_TRY(cli_parse(c, argc, argv, err));
    setup_output(c);
    if (cli_flag(c, "help")) {
        cli_help(c->cmd);
        return HUSE_OK;
    }
    if (cli_flag(c, "version")) {
        out_line("huse-tui %s", HUSE_VERSION);
        return HUSE_OK;
    }
    HUSE_TRY(cli_config_apply(c, err));
    setup_output(c);
    HUSE_TRY(check_operands(c, err));
    return c->cmd->run(c, err);
}

int main(int argc, char **argv)
{
    cli      c = {0};
    huse_err err = {0};
    setlocale(LC_CTYPE, "");
    if (argc > 1 && strcmp(argv[1], "__complete") == 0)
        return cli_complete(argc - 2, argv + 2);
    signal(SIGPIPE, SIG_IGN); /* a helper that died must not take us along; out_flush minds our own reader */
    out_setup(&(out_options){.json = asks_json(argc, argv)});
    huse_status s = run(&c, argc, argv, &err);
    out_progress_end();
    bool written = out_flush();
    if (s != HUSE_OK && err.msg[0])
        out_error(s, err.msg, c.hint);
    cli_free(&c);
    return s == HUSE_OK && !written ? 1 : huse_status_exit_code(s);
}
