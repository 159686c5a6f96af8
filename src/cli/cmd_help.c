#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/out.h"

#define HELP_AT 26 /* column where the explanations start */

/* Words of @text in lines of the terminal's width, the second and later ones indented by @indent. */
static void print_wrapped(const char *text, size_t column, size_t indent)
{
    size_t width = (size_t)HUSE_MAX(40, HUSE_MIN(out_columns(), 100)), at = column;
    while (*text) {
        size_t n = strcspn(text, " \n"), w;
        char  *word = huse_xstrndup(text, n);
        w = huse_text_width(word);
        if (at > indent && at + 1 + w > width) {
            out_end();
            at = 0;
        }
        if (at < indent) {
            out_add(OUT_PLAIN, "%*s", (int)(indent - at), "");
            at = indent;
        } else if (at > indent) {
            out_add(OUT_PLAIN, " ");
            at++;
        }
        out_add(OUT_PLAIN, "%s", word);
        at += w;
        free(word);
        text += n;
        if (*text == '\n') {
            out_end();
            at = 0;
        }
        text += *text != 0;
        if (*text == '\n')
            out_end(), text++;
    }
    out_end();
}

static void print_option(const cli_option *o)
{
    /* a flag that is on is there to be switched off */
    const char *no = o->type == CLI_FLAG && o->def ? "no-" : "";
    char *left = huse_format("  %c%c%s --%s%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ', o->letter ? "," : " ", no,
                             o->name, o->arg ? " " : "", o->arg ? o->arg : "");
    size_t w = huse_text_width(left);
    out_add(OUT_PLAIN, "%s", left);
    if (w >= HELP_AT - 1) {
        out_end();
        w = 0;
    }
    huse_buf b = {0};
    huse_buf_fmt(&b, "%c%s", toupper((unsigned char)o->help[0]), o->help + 1);
    if (o->values) {
        huse_buf_str(&b, ": ");
        const char *name;
        for (const char *next = o->values; *next;) {
            size_t n = cli_next_name(&next, &name);
            huse_buf_fmt(&b, "%.*s%s", (int)n, name, *next ? ", " : "");
        }
    }
    if (o->def && o->type != CLI_FLAG)
        huse_buf_fmt(&b, " [%s]", o->def);
    print_wrapped(b.data, w, HELP_AT);
    huse_buf_free(&b);
    free(left);
}

static void print_heading(const char *text)
{
    out_end();
    out_add(OUT_BOLD, "%s", text);
    out_end();
}

static void print_options(const char *heading, const cli_option *o, size_t n)
{
    if (!n)
        return;
    print_heading(heading);
    for (size_t i = 0; i < n; i++)
        print_option(&o[i]);
}

/* The options of all commands by name only; the overview explains them. */
static void print_globals(void)
{
    huse_buf b = {0};
    huse_buf_str(&b, "Options of all commands, explained by “huse-tui --help”:");
    for (size_t i = 0; i < cli_n_globals; i++)
        huse_buf_fmt(&b, " --%s", cli_globals[i].name);
    out_end();
    print_wrapped(b.data, 0, 0);
    huse_buf_free(&b);
}

static void print_overview(void)
{
    out_line("huse-tui: one semantic space for pictures, texts and classes, in the terminal.");
    print_heading("Usage");
    out_line("  huse-tui [WS]                    open the interface on a workspace");
    out_line("  huse-tui COMMAND [OPTION]... ...");
    print_heading("Commands");
    for (size_t i = 1; i < cli_n_commands; i++)
        out_line("  %-12s%s", cli_commands[i].name, cli_commands[i].summary);
    print_options("Options of all commands", cli_globals, cli_n_globals);
    out_end();
    out_line("“huse-tui COMMAND --help” explains a command. WS is a folder, or the name of a catalogue in the data folder.");
}

void cli_help(const cli_command *cmd)
{
    if (!cmd || !*cmd->name) {
        print_overview();
        return;
    }
    out_add(OUT_BOLD, "huse-tui %s", cmd->name);
    out_add(OUT_PLAIN, " [OPTION]... %s", cmd->synopsis);
    out_end();
    out_line("%s.", cmd->summary);
    if (cmd->about) {
        out_end();
        print_wrapped(cmd->about, 0, 0);
    }
    print_options("Options", cmd->option, cmd->n_options);
    print_globals();
    if (cmd->example) {
        print_heading("Examples");
        for (const char *p = cmd->example; *p;) {
            size_t n = strcspn(p, "\n");
            out_line("  %.*s", (int)n, p);
            p += n + (p[n] == '\n');
        }
    }
}

void cli_short_usage(void)
{
    out_note_line("usage: huse-tui [WS]                            the interface (needs a terminal)");
    out_note_line("       huse-tui import CATALOGUE.csv -o WS      make a workspace");
    out_note_line("       huse-tui search WS QUERY                 ask it");
    out_note_line("       huse-tui --help                          all commands");
}

huse_status cmd_help(cli *c, huse_err *err)
{
    const cli_command *cmd = c->n_args ? cli_find_command(c->arg[0]) : NULL;
    if (c->n_args && !cmd)
        return huse_fail(err, HUSE_USAGE, "no command “%.60s”; “huse-tui --help” lists them", c->arg[0]);
    cli_help(cmd);
    return HUSE_OK;
}
