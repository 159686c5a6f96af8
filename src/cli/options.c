#include "cli/options.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/keys.h"

const cli_command *cli_find_command(const char *name)
{
    for (size_t i = 0; i < cli_n_commands; i++)
        if (strcmp(cli_commands[i].name, name) == 0)
            return &cli_commands[i];
    return NULL;
}

size_t cli_next_name(const char **next, const char **name)
{
    *name = *next;
    size_t n = strcspn(*next, ",");
    *next += n + ((*next)[n] == ',');
    return n;
}

huse_status cli_hint(cli *c, huse_status s, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(c->hint, sizeof c->hint, fmt, ap);
    va_end(ap);
    return s;
}

/* ---- values ---- */

static huse_status set_choice(cli_value *v, const char *text, const char *what, huse_err *err)
{
    const char *name;
    char       *names[16];
    size_t      n = 0;
    v->choice = -1;
    for (const char *next = v->option->values; *next;) {
        size_t len = cli_next_name(&next, &name);
        HUSE_ASSERT(n < HUSE_COUNT(names));
        names[n] = huse_xstrndup(name, len);
        if (strcmp(names[n], text) == 0)
            v->choice = (int)n;
        n++;
    }
    const char *near = v->choice < 0 ? huse_text_nearest(text, (const char *const *)names, n) : NULL;
    huse_status s = HUSE_OK;
    if (near)
        s = huse_fail(err, HUSE_USAGE, "%s: “%.60s” is not one of %s; did you mean “%s”?", what, text, v->option->values, near);
    else if (v->choice < 0)
        s = huse_fail(err, HUSE_USAGE, "%s: “%.60s” is not one of %s", what, text, v->option->values);
    while (n)
        free(names[--n]);
    return s;
}

static huse_status set_number(cli_value *v, const char *text, const char *what, huse_err *err)
{
    const cli_option *o = v->option;
    char             *end;
    errno = 0;
    double x = strtod(text, &end);
    bool   whole = o->type == CLI_INT;
    if (end == text || *end || isnan(x) || (whole && (x != floor(x) || strpbrk(text, ".eExX"))))
        return huse_fail(err, HUSE_USAGE, "%s: “%.60s” is not a %snumber", what, text, whole ? "whole " : "");
    if (x < o->min || x > o->max) {
        if (isinf(o->max))
            return huse_fail(err, HUSE_USAGE, "%s: %.60s is out of range; at least %.12g", what, text, o->min);
        return huse_fail(err, HUSE_USAGE, "%s: %.60s is out of range, %.12g to %.12g", what, text, o->min, o->max);
    }
    v->number = x;
    return HUSE_OK;
}

static huse_status set_flag(cli_value *v, const char *text, const char *what, huse_err *err)
{
    static const char *const yes[] = {"1", "true", "yes", "on"}, *const no[] = {"0", "false", "no", "off"};
    for (size_t i = 0; i < HUSE_COUNT(yes); i++)
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            v->number = strcmp(text, yes[i]) == 0;
            return HUSE_OK;
        }
    return huse_fail(err, HUSE_USAGE, "%s: “%.60s” is not yes or no", what, text);
}

static huse_status set_keys(cli_value *v, const char *text, const char *what, huse_err *err)
{
    int32_t  key[UI_KEYS_EACH];
    huse_err why;
    if (ui_keys_parse(key, text, &why) != HUSE_OK)
        return huse_fail(err, HUSE_USAGE, "%s: %s", what, why.msg);
    free(v->where);
    v->where = huse_xstrdup(what);
    return HUSE_OK;
}

huse_status cli_value_set(cli_value *v, const char *text, cli_source source, const char *what, huse_err *err)
{
    if (v->option->type == CLI_FLAG)
        HUSE_TRY(set_flag(v, text, what, err));
    else if (v->option->type == CLI_ENUM)
        HUSE_TRY(set_choice(v, text, what, err));
    else if (v->option->type == CLI_INT || v->option->type == CLI_REAL)
        HUSE_TRY(set_number(v, text, what, err));
    else if (v->option->type == CLI_KEYS && source != CLI_DEFAULT)
        HUSE_TRY(set_keys(v, text, what, err));
    char *fresh = v->option->type == CLI_LIST && v->text && v->source == source ? huse_format("%s,%s", v->text, text)
                                                                                : huse_xstrdup(text);
    free(v->text);
    v->text = fresh;
    v->source = source;
    return HUSE_OK;
}

static void add_options(cli_value **value, size_t *n_values, const cli_option *o, size_t n)
{
    *value = huse_xrealloc(*value, (*n_values + n) * sizeof **value);
    for (size_t i = 0; i < n; i++) {
        cli_value *v = &(*value)[(*n_values)++];
        *v = (cli_value){.option = &o[i], .choice = -1};
        huse_err err = {0};
        if (o[i].def)
            HUSE_ASSERT(cli_value_set(v, o[i].def, CLI_DEFAULT, o[i].name, &err) == HUSE_OK);
    }
}

static cli_value *find_value(const cli *c, const char *name, size_t n)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (strncmp(c->value[i].option->name, name, n) == 0 && !c->value[i].option->name[n])
            return &c->value[i];
    return NULL;
}

cli_value *cli_value_of(const cli *c, const char *name)
{
    cli_value *v = find_value(c, name, strlen(name));
    HUSE_ASSERT(v);
    return v;
}

bool cli_flag(const cli *c, const char *name)
{
    return cli_value_of(c, name)->number != 0;
}

bool cli_given(const cli *c, const char *name)
{
    return cli_value_of(c, name)->source != CLI_DEFAULT;
}

long cli_int(const cli *c, const char *name)
{
    return (long)cli_value_of(c, name)->number;
}

double cli_real(const cli *c, const char *name)
{
    return cli_value_of(c, name)->number;
}

const char *cli_str(const cli *c, const char *name)
{
    return cli_value_of(c, name)->text;
}

int cli_choice(const cli *c, const char *name)
{
    return cli_value_of(c, name)->choice;
}

/* ---- the command line ---- */

typedef struct parse {
    cli   *c;
    int    argc, at;
    char **argv;
} parse;

static const char *nearest_option(const cli *c, const char *name, size_t n)
{
    const char **names = huse_xcalloc(c->n_values + 1, sizeof *names);
    char        *typed = huse_xstrndup(name, n);
    for (size_t i = 0; i < c->n_values; i++)
        names[i] = c->value[i].option->name;
    const char *near = huse_text_nearest(typed, names, c->n_values);
    free(typed);
    free(names);
    return near;
}

static huse_status unknown_option(const cli *c, const char *name, size_t n, huse_err *err)
{
    const char *near = nearest_option(c, name, n);
    const char *cmd = c->cmd->name;
    const char *gap = *cmd ? " " : "";
    if (near)
        return huse_fail(err, HUSE_USAGE, "%s%sno option --%.*s; did you mean --%s?", cmd, *cmd ? ": " : "", (int)HUSE_MIN(n, (size_t)60),
                         name, near);
    return huse_fail(err, HUSE_USAGE, "%s%sno option --%.*s; “huse-tui%s%s --help” lists them", cmd, *cmd ? ": " : "",
                     (int)HUSE_MIN(n, (size_t)60), name, gap, cmd);
}

static huse_status take_value(parse *p, cli_value *v, const char *text, const char *what, huse_err *err)
{
    if (!text && ++p->at < p->argc)
        text = p->argv[p->at];
    if (!text)
        return huse_fail(err, HUSE_USAGE, "%s needs a value: %s %s", what, what, v->option->arg);
    return cli_value_set(v, text, CLI_ARG, what, err);
}

static huse_status parse_long(parse *p, const char *name, huse_err *err)
{
    size_t      n = strcspn(name, "=");
    const char *text = name[n] == '=' ? name + n + 1 : NULL;
    bool        off = false;
    cli_value  *v = find_value(p->c, name, n);
    if (!v && n > 3 && strncmp(name, "no-", 3) == 0) {
        v = find_value(p->c, name + 3, n - 3);
        off = v && v->option->type == CLI_FLAG;
        v = off ? v : NULL;
    }
    if (!v)
        return unknown_option(p->c, name, n, err);
    char       *what = huse_format("--%.*s", (int)n, name);
    huse_status s;
    if (v->option->type != CLI_FLAG)
        s = take_value(p, v, text, what, err);
    else if (text && off)
        s = huse_fail(err, HUSE_USAGE, "%s takes no value", what);
    else
        s = cli_value_set(v, text ? text : off ? "no" : "yes", CLI_ARG, what, err);
    free(what);
    return s;
}

static huse_status parse_short(parse *p, const char *letters, huse_err *err)
{
    for (; *letters; letters++) {
        cli_value *v = NULL;
        for (size_t i = 0; i < p->c->n_values && !v; i++)
            if (p->c->value[i].option->letter == *letters)
                v = &p->c->value[i];
        const char *cmd = p->c->cmd->name;
        if (!v)
            return huse_fail(err, HUSE_USAGE, "%s%sno option -%.*s; “huse-tui%s%s --help” lists them", cmd, *cmd ? ": " : "",
                             (unsigned char)*letters < 0x80 ? 1 : 4, letters, *cmd ? " " : "", cmd);
        char what[] = {'-', *letters, 0};
        if (v->option->type != CLI_FLAG)
            return take_value(p, v, letters[1] == '=' ? letters + 2 : letters[1] ? letters + 1 : NULL, what, err);
        HUSE_TRY(cli_value_set(v, "yes", CLI_ARG, what, err));
    }
    return HUSE_OK;
}

static huse_status parse_one(parse *p, bool *only_operands, huse_err *err)
{
    cli  *c = p->c;
    char *a = p->argv[p->at];
    /* "- black" is a query, "-" is standard input */
    bool operand = *only_operands || a[0] != '-' || !a[1] || a[1] == ' ';
    if (!operand && strcmp(a, "--") == 0) {
        *only_operands = true;
        return HUSE_OK;
    }
    if (!operand)
        return a[1] == '-' ? parse_long(p, a + 2, err) : parse_short(p, a + 1, err);
    c->arg = huse_xrealloc(c->arg, (c->n_args + 1) * sizeof *c->arg);
    c->arg[c->n_args++] = a;
    return HUSE_OK;
}

/* The command is the first word that is neither an option nor the value of a global one; 0: there is none. */
static int command_at(const cli *c, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--") == 0)
            return 0;
        if (a[0] != '-' || !a[1])
            return *a && cli_find_command(a) ? i : 0;
        if (a[1] == '-' && !strchr(a, '=')) {
            const cli_value *v = find_value(c, a + 2, strlen(a + 2));
            i += v && v->option->type != CLI_FLAG;
        }
    }
    return 0;
}

huse_status cli_parse(cli *c, int argc, char **argv, huse_err *err)
{
    parse p = {.c = c, .argc = argc, .argv = argv};
    bool  only_operands = false;
    *c = (cli){0};
    const cli_command *keys = cli_keys_section();
    add_options(&c->value, &c->n_values, cli_globals, cli_n_globals);
    add_options(&c->key, &c->n_keys, keys->option, keys->n_options);
    int at = command_at(c, argc, argv);
    c->cmd = at ? cli_find_command(argv[at]) : &cli_commands[0];
    add_options(&c->value, &c->n_values, c->cmd->option, c->cmd->n_options);
    for (p.at = 1; p.at < argc; p.at++)
        if (p.at != at)
            HUSE_TRY(parse_one(&p, &only_operands, err));
    return HUSE_OK;
}

void cli_free(cli *c)
{
    for (size_t i = 0; i < c->n_values; i++)
        free(c->value[i].text);
    for (size_t i = 0; i < c->n_keys; i++) {
        free(c->key[i].text);
        free(c->key[i].where);
    }
    free(c->key);
    free(c->value);
    free(c->arg);
}
