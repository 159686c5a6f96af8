/* Fills the tables of a manual page from the program's own: a line "@commands@", "@globals@", "@interface@", "@keys@" or "@status@" of the
 * template on standard input becomes mdoc on standard output. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "ui/pane.h"

/* mdoc text, a sentence a line: backslashes and leading dots and quotes are made plain. */
static void text(const char *s)
{
    bool starts = true;
    for (char last = 0; *s; last = *s++) {
        if (starts && (*s == '.' || *s == '\''))
            fputs("\\&", stdout);
        starts = *s == ' ' && last && strchr(".?!", last) && (isupper((unsigned char)s[1]) || s[1] == '-');
        if (starts)
            putchar('\n');
        else if (*s == '\\')
            fputs("\\e", stdout);
        else if (*s == '-' && s[1] == '-')
            fputs("\\-", stdout);
        else
            putchar(*s);
    }
}

/* Sentences and paragraphs, one line of output for each. */
static void paragraphs(const char *s)
{
    while (*s) {
        size_t n = strcspn(s, "\n");
        char   line[4096];
        snprintf(line, sizeof line, "%.*s", (int)n, s);
        if (n) {
            text(line);
            putchar('\n');
        }
        s += n;
        if (*s == '\n')
            s++;
        if (*s == '\n') {
            puts(".Pp");
            s++;
        }
    }
}

static void option(const cli_option *o)
{
    const char *no = o->type == CLI_FLAG && o->def ? "no-" : "";
    fputs(".It ", stdout);
    if (o->letter)
        printf("Fl %c , ", o->letter);
    printf("Fl Fl %s%s", no, o->name);
    if (o->arg)
        printf(" Ar %s", o->arg);
    putchar('\n');
    char help[1024];
    snprintf(help, sizeof help, "%c%s", toupper((unsigned char)o->help[0]), o->help + 1);
    text(help);
    if (o->values)
        printf(": %s", o->values);
    if (o->def && o->arg)
        printf(" (default %s)", o->def);
    puts(".");
}

static void options(const cli_option *o, size_t n)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < n; i++)
        option(&o[i]);
    puts(".El");
}

static void commands(void)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 1; i < cli_n_commands; i++) {
        const cli_command *c = &cli_commands[i];
        printf(".It Cm %s", c->name);
        if (*c->synopsis) {
            fputs(" ", stdout);
            text(c->synopsis);
        }
        putchar('\n');
        text(c->summary);
        puts(".");
        if (c->about) {
            puts(".Pp");
            paragraphs(c->about);
        }
        if (c->n_options)
            options(c->option, c->n_options);
    }
    puts(".El");
}

/* Names of keys: arrows by mdoc's names for them. */
static void key_name(const char *s)
{
    static const struct {
        const char *utf8, *mdoc;
    } arrow[] = {{"←", "\\(<-"}, {"→", "\\(->"}, {"↑", "\\(ua"}, {"↓", "\\(da"}};
    while (*s) {
        size_t i = 0;
        while (i < HUSE_COUNT(arrow) && strncmp(s, arrow[i].utf8, strlen(arrow[i].utf8)) != 0)
            i++;
        if (i < HUSE_COUNT(arrow))
            fputs(arrow[i].mdoc, stdout);
        else
            putchar(*s);
        s += i < HUSE_COUNT(arrow) ? strlen(arrow[i].utf8) : 1;
    }
}

static void key(const char *label, const char *help)
{
    fputs(".It Li \\&", stdout); /* some keys are punctuation to mdoc */
    key_name(label);
    putchar('\n');
    text(help);
    puts(".");
}

/* Those whose panes are exactly these. */
static void keys_of(const char *heading, unsigned panes)
{
    printf(".Ss \\&%s\n.Bl -tag -width Ds\n", heading);
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++) {
        char label[128];
        ui_keys_label(label, ui_bindings[i].action);
        if (ui_bindings[i].help && ui_bindings[i].panes == panes)
            key(label, ui_bindings[i].help);
    }
    puts(".El");
}

static void keys(void)
{
    keys_of("In every pane", UI_ANYWHERE);
    for (int i = 0; i < UI_PANES; i++) {
        char heading[64];
        snprintf(heading, sizeof heading, "In %s, besides", ui_panes[i]->name);
        keys_of(heading, UI_IN(i));
    }
    puts(".Ss While typing\n.Bl -tag -width Ds");
    for (size_t i = 0; i < ui_n_typing_keys; i++) {
        char where[256] = "";
        for (int k = 0; k < UI_PANES; k++)
            if (ui_typing_keys[i].panes == UI_IN(k))
                snprintf(where, sizeof where, "In %s: ", ui_panes[k]->name);
        snprintf(where + strlen(where), sizeof where - strlen(where), "%s", ui_typing_keys[i].help);
        key(ui_typing_keys[i].keys, where);
    }
    puts(".El\n.Ss Names in the configuration file\n.Bl -column -compact \"disagreements\" \"Shift-Tab\"");
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++) {
        printf(".It %s Ta \\&", ui_bindings[i].name);
        text(ui_bindings[i].keys);
        putchar('\n');
    }
    puts(".El");
}

static void statuses(void)
{
    static const huse_status all[] = {
#define STATUS(name, code, sentence) HUSE_##name,
        HUSE_STATUS_MAP(STATUS)
    };
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < HUSE_COUNT(all); i++)
        printf(".It %d\n%s\n", huse_status_exit_code(all[i]), huse_status_sentence(all[i]));
    puts(".El");
}

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "@commands@\n") == 0)
            commands();
        else if (strcmp(line, "@globals@\n") == 0)
            options(cli_globals, cli_n_globals);
        else if (strcmp(line, "@interface@\n") == 0)
            options(cli_commands[0].option, cli_commands[0].n_options);
        else if (strcmp(line, "@keys@\n") == 0)
            keys();
        else if (strcmp(line, "@status@\n") == 0)
            statuses();
        else
            fputs(line, stdout);
    }
    return 0;
}
