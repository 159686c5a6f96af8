/* Fills the tables of a manual page from the program's own: a line "@commands@" of the template on standard input becomes mdoc on standard
 * output, and so do the other names in the list at the end. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"
#include "data/source.h"
#include "huse/runs.h"
#include "train/follow.h"
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

/* ---- huse-tui(5) ---- */

static void settings_of(const cli_command *c, const cli_option *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool hyper = c && strcmp(c->name, "train") == 0 && o[i].arg && !o[i].values; /* in a table of their own */
        if (!o[i].setting || hyper)
            continue;
        const char *def = o[i].def ? o[i].def : o[i].type == CLI_FLAG ? "no" : "";
        printf(".It Cm %s Ta \\&%s Ta ", o[i].name, def);
        if (o[i].values)
            printf("%s\n", o[i].values);
        else if (o[i].type == CLI_INT || o[i].type == CLI_REAL)
            printf("%.12g to %.12g\n", o[i].min, o[i].max);
        else
            puts(o[i].type == CLI_FLAG ? "yes, no" : o[i].type == CLI_DIR ? "a folder" : "text");
    }
}

static bool any_setting(const cli_option *o, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any |= o[i].setting;
    return any;
}

/* Sections as they stand in the file; the interface's settings have none. */
static void settings(void)
{
    static const char columns[] = ".Bl -column -compact \"checkpoint-every\" \"magenta\" \"auto,kitty,sixel,cells,blocks,none\"";
    printf("%s\n", columns);
    settings_of(NULL, cli_globals, cli_n_globals);
    settings_of(NULL, cli_commands[0].option, cli_commands[0].n_options);
    puts(".El");
    for (size_t i = 1; i < cli_n_commands; i++) {
        const cli_command *c = &cli_commands[i];
        if (!any_setting(c->option, c->n_options))
            continue;
        printf(".Pp\n.Ic [%s]\n%s\n", c->name, columns);
        settings_of(c, c->option, c->n_options);
        puts(".El");
    }
}

/* Defaults of both presets, range, and whether a run that goes on can be told another value. */
static void hyper_parameters(void)
{
    static const struct {
        const char *name, *def, *paper, *low, *high;
        bool        live, text;
    } row[] = {
#define HP_INT false
#define HP_REAL false
#define HP_TEXT true
#define HP(field, type, option, kind, def, paper, low, high, live, help) {option, #def, #paper, #low, #high, live, HP_##kind},
#include "huse/params.def"
#undef HP
    };
    puts(".Bl -column -compact \"checkpoint-every\" \"adamw\" \"1.6192e-05\" \"0 to 2147483647\" \"live\"\n"
         ".It Em name Ta Em default Ta Em paper Ta Em range Ta Em live");
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        char def[64], paper[64], range[64] = "";
        snprintf(def, sizeof def, "%.*s", (int)strlen(row[i].def) - 2 * row[i].text, row[i].def + row[i].text);
        snprintf(paper, sizeof paper, "%.*s", (int)strlen(row[i].paper) - 2 * row[i].text, row[i].paper + row[i].text);
        if (!row[i].text)
            snprintf(range, sizeof range, "%s to %s", row[i].low, row[i].high);
        printf(".It Cm %s Ta \\&%s Ta \\&%s Ta \\&%s Ta %s\n", row[i].name, def, paper, range, row[i].live ? "yes" : "");
    }
    puts(".El");
}

static void columns(void)
{
    static const char *const help[] = {
        [HUSE_FIELD_ID] = "Names the item, once and for all; it is how an import that is repeated finds it again. Missing: the path of its first picture.",
        [HUSE_FIELD_IMAGE] = "Path of a picture, absolute or from the folder of --images; several with | between them. JPEG, PNG and WebP.",
        [HUSE_FIELD_TEXT] = "What is said of the item: a title, a description. English serves best.",
        [HUSE_FIELD_CLASS] = "Its class: names from the root down with / between them.",
        [HUSE_FIELD_SPLIT] = "The split it belongs to: train, val or test. Empty: chosen once, and kept.",
    };
    _Static_assert(HUSE_COUNT(help) == HUSE_FIELDS, "a column without help");
    puts(".Bl -tag -width Ds");
    for (int f = 0; f < HUSE_FIELDS; f++) {
        printf(".It Cm %s\n", huse_field_name((huse_field)f));
        paragraphs(help[f]);
    }
    puts(".El");
    printf("At most %d bytes in an id, %d in the path of a picture, %d MiB in any field, %d MiB in a row; %d pictures of an item, %d columns,\n"
           "%d levels of folders.\n",
           HUSE_ID_BYTES, HUSE_PICTURE_BYTES, HUSE_FIELD_BYTES >> 20, HUSE_RECORD_BYTES >> 20, HUSE_ITEM_PICTURES, HUSE_COLUMNS_MAX, HUSE_TREE_DEPTH);
}

static void events(void)
{
    static const char *const help[] = {
        [HUSE_EVENT_START] = "The run begins; steps: how many it is to take.",
        [HUSE_EVENT_RESUME] = "It goes on behind this step.",
        [HUSE_EVENT_PAUSE] = "It waits, as control.json asks.",
        [HUSE_EVENT_GO_ON] = "It waits no longer.",
        [HUSE_EVENT_STOP] = "It ended by control.json or a signal, with a checkpoint.",
        [HUSE_EVENT_END] = "All steps were taken.",
        [HUSE_EVENT_EARLY] = "It ended early: no better validation for as long as patience allows.",
        [HUSE_EVENT_DIVERGED] = "Its loss left all bounds; text says how.",
    };
    puts(".Bl -tag -width \"diverged\" -compact");
    for (size_t i = 0; i < HUSE_COUNT(help); i++)
        if (help[i]) {
            printf(".It Li %s\n", huse_run_event_name((huse_run_event_kind)i));
            paragraphs(help[i]);
        }
    puts(".El");
}

static void errors(void)
{
    static const struct {
        const char *name;
        int         code;
    } all[] = {
#define ERROR(name, code, sentence) {#name, code},
        HUSE_STATUS_MAP(ERROR)
    };
    puts(".Bl -column -compact \"INTERRUPTED\" \"143\"");
    for (size_t i = 1; i < HUSE_COUNT(all); i++)
        printf(".It Li %s Ta %d\n", all[i].name, all[i].code);
    puts(".El");
}

static void interface_options(void)
{
    options(cli_commands[0].option, cli_commands[0].n_options);
}

static void globals(void)
{
    options(cli_globals, cli_n_globals);
}

int main(void)
{
    static const struct {
        const char *line;
        void (*fill)(void);
    } table[] = {
        {"@commands@\n", commands}, {"@globals@\n", globals},   {"@interface@\n", interface_options}, {"@keys@\n", keys},     {"@status@\n", statuses},
        {"@settings@\n", settings}, {"@columns@\n", columns},   {"@hyper@\n", hyper_parameters},      {"@events@\n", events}, {"@errors@\n", errors},
    };
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        size_t i = 0;
        while (i < HUSE_COUNT(table) && strcmp(line, table[i].line) != 0)
            i++;
        if (i < HUSE_COUNT(table))
            table[i].fill();
        else
            fputs(line, stdout);
    }
    return 0;
}
