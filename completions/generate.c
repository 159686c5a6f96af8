/* Writes a shell's completion: “generate bash”, “generate zsh” or “generate fish” fills the line "@tables@" of the template on standard
 * input from the program's own tables. Commands and options are written out; names that only a machine knows are asked of
 * “huse-tui __complete”. */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"

/* What goes in the place of an argument: a kind of __complete, or "files", "folders", "words:a b", "" for something to be typed. */
typedef struct filling {
    const char *name, *kind;
} filling;

static const filling by_option[] = {
    {"run", "runs"}, {"model", "models"}, {"class", "classes"}, {"method", "methods"}, {"methods", "methods"}, {"output", "files"},
    {"query", "terms"}, {"image-features", "files"}, {"text-features", "files"}, {"image-embeddings", "files"},
    {"text-embeddings", "files"}, {"text-encoder", "text-weights"}, {"image-encoder", "image-weights"},
};
static const filling by_operand[] = {
    {"WS", "workspaces"}, {"QUERY", "terms"}, {"CLASS|@ITEM", "places"}, {"ID", "items"}, {"FILE", "files"}, {"SRC", "files"},
    {"COMMAND", "commands"}, {"NAME", "settings"}, {"MODEL", "weights"},
};

static const char *find(const filling *f, size_t n, const char *name, size_t len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(f[i].name) == len && strncmp(f[i].name, name, len) == 0)
            return f[i].kind;
    return NULL;
}

static const char *argument(const cli_option *o)
{
    const char *kind = find(by_option, HUSE_COUNT(by_option), o->name, strlen(o->name));
    if (o->type == CLI_DIR)
        return "folders";
    return kind ? kind : o->type == CLI_FILE ? "files" : "";
}

/* Operand number @i of a command, from its synopsis. Alternatives in small letters are words; what one of them takes in
 * capitals, the second operand is. */
static const char *operand(const cli_command *c, size_t i, char words[256])
{
    const char *s = c->synopsis;
    size_t      at = 0;
    bool        alternatives = strchr(s, '|') && s[0] == '[' && s[1] >= 'a';
    *words = 0;
    if (alternatives && i == 0) {
        strcpy(words, "words:");
        for (s++; *s; s += strcspn(s, "|"), s += strspn(s, "| ")) {
            size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");
            snprintf(words + strlen(words), 256 - strlen(words), "%s%.*s", words[6] ? " " : "", (int)n, s);
        }
        return words;
    }
    if (alternatives) {
        const char *kind = NULL;
        s += strcspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (i == 1)
            kind = find(by_operand, HUSE_COUNT(by_operand), s, strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
        return kind ? kind : "";
    }
    for (s += strspn(s, "[ "); *s && *s != '-'; s += strspn(s, "[] ")) {
        size_t n = strcspn(s, "[] ");
        if (at++ == i) {
            const char *kind = find(by_operand, HUSE_COUNT(by_operand), s, n);
            return kind ? kind : "";
        }
        s += n;
    }
    return "";
}

static size_t n_operands(const cli_command *c)
{
    return c->max_args < 2 ? c->max_args : 2;
}

/* ---- text in single quotes ---- */

static void spaced(const char *comma_separated)
{
    for (; *comma_separated; comma_separated++)
        putchar(*comma_separated == ',' ? ' ' : *comma_separated);
}

/* @special: what the shell's own syntax wants escaped besides the quote. */
static void quoted(const char *s, const char *special)
{
    for (; *s; s++)
        if (*s == '\'')
            fputs("’", stdout);
        else if (strchr(special, *s))
            printf("\\%c", *s);
        else
            putchar(*s);
}

/* ---- bash ---- */

static void bash_names(const cli_option *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf(" --%s", o[i].name);
        if (o[i].type == CLI_FLAG && o[i].def)
            printf(" --no-%s", o[i].name);
        if (o[i].letter)
            printf(" -%c", o[i].letter);
    }
}

static void bash_arguments(const char *command, const cli_option *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!o[i].arg)
            continue;
        printf("        %s:--%s", command, o[i].name);
        if (o[i].letter)
            printf("|%s:-%c", command, o[i].letter);
        fputs(") echo '", stdout);
        if (o[i].values) {
            fputs("words:", stdout);
            spaced(o[i].values);
        } else {
            fputs(*argument(&o[i]) ? argument(&o[i]) : "nothing", stdout);
        }
        puts("' ;;");
    }
}

static void bash(void)
{
    puts("_huse_tui_options() {\n    case $1 in");
    for (size_t i = 0; i < cli_n_commands; i++) {
        printf("        '%s') echo '", cli_commands[i].name);
        bash_names(cli_commands[i].option, cli_commands[i].n_options);
        puts("' ;;");
    }
    fputs("    esac\n    echo '", stdout);
    bash_names(cli_globals, cli_n_globals);
    puts("'\n}\n");
    puts("# What goes behind an option; nothing is said of an option without an argument.\n_huse_tui_argument() {\n    case $1:$2 in");
    for (size_t i = 0; i < cli_n_commands; i++)
        bash_arguments(cli_commands[i].name, cli_commands[i].option, cli_commands[i].n_options);
    bash_arguments("*", cli_globals, cli_n_globals);
    puts("    esac\n}\n\n_huse_tui_operand() {\n    case $1:$2 in");
    for (size_t i = 1; i < cli_n_commands; i++)
        for (size_t k = 0; k < n_operands(&cli_commands[i]); k++) {
            char words[256];
            printf("        %s:%zu) echo '%s' ;;\n", cli_commands[i].name, k, operand(&cli_commands[i], k, words));
        }
    puts("    esac\n}\n");
    fputs("_huse_tui_commands='", stdout);
    for (size_t i = 1; i < cli_n_commands; i++)
        printf("%s%s", i > 1 ? " " : "", cli_commands[i].name);
    puts("'");
}

/* ---- zsh ---- */

static void zsh_action(const char *kind)
{
    if (strcmp(kind, "files") == 0)
        fputs("_files", stdout);
    else if (strcmp(kind, "folders") == 0)
        fputs("_directories", stdout);
    else if (strncmp(kind, "words:", 6) == 0)
        printf("(%s)", kind + 6);
    else if (*kind)
        printf(" _huse_tui_ask %s", kind); /* the blank keeps its own arguments first */
    else
        putchar(' ');
}

static void zsh_option(const cli_option *o, const char *name)
{
    if (o->letter)
        printf("    '(-%c --%s)'{-%c,--%s%s}'[", o->letter, name, o->letter, name, o->arg ? "=" : "");
    else
        printf("    '--%s%s[", name, o->arg ? "=" : "");
    quoted(o->help, "[]:\\");
    putchar(']');
    if (o->arg) {
        putchar(':');
        quoted(o->arg, ":\\");
        putchar(':');
        if (o->values) {
            putchar('(');
            spaced(o->values);
            putchar(')');
        } else {
            zsh_action(argument(o));
        }
    }
    puts("'");
}

static void zsh_options(const char *array, const cli_option *o, size_t n)
{
    printf("  %s=(\n", array);
    for (size_t i = 0; i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", o[i].type == CLI_FLAG && o[i].def ? "no-" : "", o[i].name);
        zsh_option(&o[i], name);
    }
    puts("  )");
}

static void zsh(void)
{
    puts("  commands=(");
    for (size_t i = 1; i < cli_n_commands; i++) {
        printf("    '%s:", cli_commands[i].name);
        quoted(cli_commands[i].summary, "");
        puts("'");
    }
    puts("  )");
    zsh_options("globals", cli_globals, cli_n_globals);
    puts("  command=${${(M)words[2,CURRENT-1]:#(${(~j:|:)commands%%:*})}[1]}\n  case $command in");
    for (size_t i = 0; i < cli_n_commands; i++) {
        const cli_command *c = &cli_commands[i];
        printf("  '%s')\n", c->name);
        zsh_options("options", c->option, c->n_options);
        for (size_t k = 0; i && k < n_operands(c); k++) {
            char words[256];
            printf("    options+=('%zu: :", k + 2);
            zsh_action(operand(c, k, words));
            puts("')");
        }
        puts("    ;;");
    }
    puts("  esac");
}

/* ---- fish ---- */

static void fish_argument(const char *kind)
{
    if (strcmp(kind, "files") == 0)
        fputs(" -F", stdout);
    else if (strcmp(kind, "folders") == 0)
        fputs(" -x -a '(__fish_complete_directories (commandline -ct))'", stdout);
    else if (strncmp(kind, "words:", 6) == 0)
        printf(" -x -a '%s'", kind + 6);
    else if (*kind)
        printf(" -x -a '(__huse_tui_ask %s)'", kind);
    else
        fputs(" -x", stdout);
}

static void fish_options(const char *condition, const cli_option *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("complete -c huse-tui%s -l %s%s", condition, o[i].type == CLI_FLAG && o[i].def ? "no-" : "", o[i].name);
        if (o[i].letter)
            printf(" -s %c", o[i].letter);
        if (o[i].values) {
            fputs(" -x -a '", stdout);
            spaced(o[i].values);
            putchar('\'');
        } else if (o[i].arg) {
            fish_argument(argument(&o[i]));
        }
        fputs(" -d '", stdout);
        quoted(o[i].help, "\\");
        puts("'");
    }
}

static void fish(void)
{
    fputs("set -l commands", stdout);
    for (size_t i = 1; i < cli_n_commands; i++)
        printf(" %s", cli_commands[i].name);
    putchar('\n');
    for (size_t i = 1; i < cli_n_commands; i++) {
        const cli_command *c = &cli_commands[i];
        printf("complete -c huse-tui -n '__huse_tui_operand 0' -a %s -d '", c->name);
        quoted(c->summary, "\\");
        puts("'");
    }
    fish_options("", cli_globals, cli_n_globals);
    for (size_t i = 0; i < cli_n_commands; i++) {
        const cli_command *c = &cli_commands[i];
        char               seen[96], words[256];
        snprintf(seen, sizeof seen, i ? " -n '__fish_seen_subcommand_from %s'" : " -n \"not __fish_seen_subcommand_from $commands\"",
                 c->name);
        fish_options(seen, c->option, c->n_options);
        for (size_t k = 0; i && k < n_operands(c); k++) {
            printf("complete -c huse-tui -n '__fish_seen_subcommand_from %s; and __huse_tui_operand %zu'", c->name, k + 1);
            fish_argument(operand(c, k, words));
            putchar('\n');
        }
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*tables)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    char   line[4096];
    size_t i = 0;
    while (i < HUSE_COUNT(shells) && (argc != 2 || strcmp(argv[1], shells[i].shell) != 0))
        i++;
    if (i == HUSE_COUNT(shells)) {
        fputs("usage: generate bash|zsh|fish < TEMPLATE\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof line, stdin))
        if (strcmp(line, "@tables@\n") == 0)
            shells[i].tables();
        else
            fputs(line, stdout);
    return 0;
}
