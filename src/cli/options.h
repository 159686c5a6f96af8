/* Commands and options as data: the parser, the help pages, the configuration file, the environment
 * and the manual are all driven by these tables. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/base.h"

typedef enum cli_type {
    CLI_FLAG,   /* --name, --no-name */
    CLI_INT,    /* whole number in [min, max] */
    CLI_REAL,   /* number in [min, max] */
    CLI_STRING, /* anything */
    CLI_FILE,   /* a path; completions offer files */
    CLI_DIR,    /* a path; completions offer directories */
    CLI_ENUM,   /* one of values */
    CLI_LIST,   /* repeatable; the values are joined by commas */
    CLI_KEYS,   /* keys of the interface with spaces between them */
} cli_type;

/** One option. Names are without dashes; the default is text, so that help and manual can show it. */
typedef struct cli_option {
    const char *name;
    char        letter; /* 0: none */
    cli_type    type;
    bool        setting;   /* may also come from a configuration file or a HUSE_TUI_ variable */
    const char *arg;       /* what help calls its argument; NULL for flags */
    const char *values;    /* CLI_ENUM: "auto,always,never" */
    const char *def;       /* NULL: unset */
    double      min, max;  /* CLI_INT, CLI_REAL */
    const char *help;      /* one sentence without a full stop */
} cli_option;

typedef struct cli cli;

typedef struct cli_command {
    const char       *name;     /* "" for the interface itself */
    const char       *synopsis; /* operands: "WS QUERY" */
    const char       *summary;  /* one line for the list of commands */
    const char       *about;    /* paragraphs for help and manual, separated by blank lines */
    const char       *example;  /* one or more command lines */
    const cli_option *option;
    size_t            n_options;
    size_t            min_args, max_args;
    bool              lenient; /* runs in spite of a faulty configuration file */
    huse_status (*run)(cli *c, huse_err *err);
} cli_command;

extern const cli_option  cli_globals[];
extern const size_t      cli_n_globals;
extern const cli_command cli_commands[]; /* [0] is the interface, named "" */
extern const size_t      cli_n_commands;

typedef enum cli_source { CLI_DEFAULT, CLI_SYSTEM, CLI_USER, CLI_ENV, CLI_ARG } cli_source;

/** The value in force of one option. */
typedef struct cli_value {
    const cli_option *option;
    char             *text; /* NULL: unset */
    cli_source        source;
    double            number;  /* flags (0 or 1), CLI_INT, CLI_REAL */
    int               choice;  /* CLI_ENUM: index into values */
    char             *where;   /* CLI_KEYS: file, line and name; NULL: the default */
} cli_value;

/** One invocation. */
struct cli {
    const cli_command *cmd;
    cli_value         *value; /* globals first, then the command's */
    size_t             n_values;
    cli_value         *key; /* the section [keys], in the order of its options */
    size_t             n_keys;
    char             **arg; /* operands */
    size_t             n_args;
    char               hint[256]; /* what to do about the error being returned; "" for none */
};

const cli_command *cli_find_command(const char *name);

/** Checks @text against the type and range of @o and stores it. USAGE names @what ("--steps", "config.ini:3: steps"). */
huse_status cli_value_set(cli_value *v, const char *text, cli_source source, const char *what,
                          huse_err *err) HUSE_MUST_CHECK;

/** Reads the command line: settles the command, fills the values it gives and the operands. */
huse_status cli_parse(cli *c, int argc, char **argv, huse_err *err) HUSE_MUST_CHECK;
void        cli_free(cli *c);

/* Values by option name; a name that is not in the tables is a program error. */
cli_value  *cli_value_of(const cli *c, const char *name);
bool        cli_flag(const cli *c, const char *name);
bool        cli_given(const cli *c, const char *name); /* by anything but the default */
long        cli_int(const cli *c, const char *name);
double      cli_real(const cli *c, const char *name);
const char *cli_str(const cli *c, const char *name); /* NULL when unset */
int         cli_choice(const cli *c, const char *name);

/** Sets the hint of the error being returned; hands @s through. */
huse_status cli_hint(cli *c, huse_status s, const char *fmt, ...) HUSE_PRINTF(3, 4);

/** Length of the first of the comma-separated names at @values; moves *next behind it. */
size_t cli_next_name(const char **next, const char **name);

#endif
