#include "cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/keys.h"
#include "cli/out.h"

#define SYSTEM_FILE "/etc/huse-tui/config.ini"
#define MAX_BYTES ((size_t)1 << 20)

char *cli_config_path(const cli *c)
{
    const char *path = cli_str(c, "config"), *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (!path)
        path = getenv("HUSE_TUI_CONFIG");
    if (path && *path)
        return huse_xstrdup(path);
    if (xdg && *xdg == '/')
        return huse_fs_join(xdg, "huse-tui/config.ini");
    return huse_fs_join(home && *home ? home : "/", ".config/huse-tui/config.ini");
}

char *cli_config_variable(const cli_command *cmd, const cli_option *o)
{
    char *s = huse_format("HUSE_TUI_%s%s%s", cmd ? cmd->name : "", cmd && *cmd->name ? "_" : "", o->name);
    for (char *p = s; *p; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    return s;
}

static const cli_option *find_setting(const cli_option *o, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (o[i].setting && strcmp(o[i].name, name) == 0)
            return &o[i];
    return NULL;
}

bool cli_config_find(const char *key, const cli_command **cmd, const cli_option **o)
{
    const char *dot = strchr(key, '.');
    *cmd = NULL;
    *o = NULL;
    if (!dot) {
        *o = find_setting(cli_globals, cli_n_globals, key);
        if (!*o) {
            *cmd = &cli_commands[0]; /* the interface's have no section */
            *o = find_setting((*cmd)->option, (*cmd)->n_options, key);
        }
        return *o != NULL;
    }
    char *section = huse_xstrndup(key, (size_t)(dot - key));
    *cmd = !*section ? NULL : strcmp(section, "keys") == 0 ? cli_keys_section() : cli_find_command(section);
    free(section);
    if (*cmd)
        *o = find_setting((*cmd)->option, (*cmd)->n_options, dot + 1);
    return *o != NULL;
}

/* ---- reading ---- */

typedef struct reader {
    cli        *c;
    const char *path;
    cli_source  source;
    const char *text; /* what is left of the file */
    int         line;
    huse_err   *err;
    huse_status status;
} reader;

static char *next_line(char *buf, int size, void *stream)
{
    reader *r = stream;
    if (!*r->text)
        return NULL;
    size_t n = strcspn(r->text, "\n");
    n += r->text[n] == '\n';
    n = HUSE_MIN(n, (size_t)size - 1);
    memcpy(buf, r->text, n);
    buf[n] = 0;
    r->line += n > 0 && buf[n - 1] == '\n';
    r->text += n;
    return buf;
}

cli_value *cli_config_value(const cli *c, const cli_command *cmd, const cli_option *o)
{
    const cli_command *keys = cli_keys_section();
    if (cmd == keys)
        return cli_keys_matter(c->cmd) ? &c->key[o - keys->option] : NULL;
    return !cmd || cmd == c->cmd ? cli_value_of(c, o->name) : NULL;
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    reader *r = user;
    if (r->status != HUSE_OK)
        return 1;
    char              *key = *section ? huse_format("%s.%s", section, name) : huse_xstrdup(name);
    const cli_command *cmd;
    const cli_option  *o;
    if (cli_config_find(key, &cmd, &o)) {
        cli_value *v = cli_config_value(r->c, cmd, o);
        char      *what = huse_format("%s:%d: %s", r->path, r->line, key);
        if (v && v->source <= r->source) /* the command line wins */
            r->status = cli_value_set(v, value, r->source, what, r->err);
        free(what);
    } else if (strcmp(section, "keys") == 0) {
        if (cli_keys_matter(r->c->cmd))
            r->status = huse_fail(r->err, HUSE_USAGE, "%s:%d: no action “%.60s”; “huse-tui config” lists them", r->path, r->line, name);
    } else {
        out_note("%s:%d: unknown setting “%s”; “huse-tui config” lists them", r->path, r->line, key);
    }
    free(key);
    return 1;
}

static huse_status read_file(cli *c, const char *path, cli_source source, bool must_exist, huse_err *err)
{
    char  *data;
    size_t n;
    if (!must_exist && !huse_fs_exists(path))
        return HUSE_OK;
    HUSE_TRY(huse_fs_read(path, MAX_BYTES, &data, &n, err));
    reader      r = {.c = c, .path = path, .source = source, .text = data, .err = err};
    int         bad = ini_parse_stream(next_line, &r, on_setting, &r);
    huse_status s = r.status;
    if (s == HUSE_OK && strlen(data) != n)
        s = huse_fail(err, HUSE_USAGE, "%s: holds a NUL byte", path);
    else if (s == HUSE_OK && bad)
        s = huse_fail(err, HUSE_USAGE, "%s:%d: not “name = value” or “[section]”", path, bad);
    free(data);
    return s;
}

static huse_status read_variable(const cli_command *cmd, cli_value *v, huse_err *err)
{
    char       *name = cli_config_variable(cmd, v->option);
    const char *text = getenv(name);
    huse_status s = text && *text ? cli_value_set(v, text, CLI_ENV, name, err) : HUSE_OK;
    free(name);
    return s;
}

static huse_status read_environment(cli *c, huse_err *err)
{
    for (size_t i = 0; i < c->n_values; i++)
        if (c->value[i].option->setting && c->value[i].source != CLI_ARG)
            HUSE_TRY(read_variable(i < cli_n_globals ? NULL : c->cmd, &c->value[i], err));
    for (size_t i = 0; i < c->n_keys && cli_keys_matter(c->cmd); i++)
        HUSE_TRY(read_variable(cli_keys_section(), &c->key[i], err));
    return HUSE_OK;
}

huse_status cli_config_apply(cli *c, huse_err *err)
{
    char       *user = cli_config_path(c);
    bool        named = cli_str(c, "config") || getenv("HUSE_TUI_CONFIG");
    huse_status s = named ? HUSE_OK : read_file(c, SYSTEM_FILE, CLI_SYSTEM, false, err);
    bool        writes = strcmp(c->cmd->name, "config") == 0;
    if (s == HUSE_OK)
        s = read_file(c, user, CLI_USER, named && !writes, err);
    if (s == HUSE_OK)
        s = read_environment(c, err);
    ui_keys keys;
    if (s == HUSE_OK && cli_keys_matter(c->cmd))
        s = cli_keys_take(c, &keys, err);
    free(user);
    if (s != HUSE_OK && c->cmd->lenient) {
        out_note("%s", err->msg);
        s = HUSE_OK;
    }
    return s;
}

huse_status cli_config_values(const cli *c, const cli_command *cmd, cli *other, huse_err *err)
{
    huse_buf file = {0};
    char    *argv[] = {(char *)"huse-tui", (char *)cmd->name, NULL, NULL};
    int      argc = *cmd->name ? 2 : 1;
    if (cli_str(c, "config")) {
        huse_buf_fmt(&file, "--config=%s", cli_str(c, "config"));
        argv[argc++] = file.data;
    }
    huse_status s = cli_parse(other, argc, argv, err);
    if (s == HUSE_OK)
        s = cli_config_apply(other, err);
    huse_buf_free(&file);
    return s;
}

/* ---- writing ---- */

static bool is_section(const char *line, const char *section)
{
    size_t n = strlen(section);
    line += strspn(line, " \t");
    return line[0] == '[' && strncmp(line + 1, section, n) == 0 && line[n + 1] == ']';
}

static bool is_name(const char *line, const char *name)
{
    size_t n = strlen(name);
    line += strspn(line, " \t");
    if (strncmp(line, name, n) != 0)
        return false;
    line += n + strspn(line + n, " \t");
    return *line == '=' || *line == ':';
}

huse_status cli_config_write(const char *path, const char *section, const char *name, const char *text, huse_err *err)
{
    char    *old = NULL, *entry = text ? huse_format("%s = %s\n", name, text) : huse_xstrdup("");
    size_t   n = 0;
    huse_buf b = {0};
    if (huse_fs_exists(path))
        HUSE_TRY(huse_fs_read(path, MAX_BYTES, &old, &n, err));
    bool inside = !*section, done = false, seen = inside;
    for (const char *p = old ? old : "", *end; *p; p = end) {
        end = strchrnul(p, '\n');
        end += *end == '\n';
        if (p[strspn(p, " \t")] == '[') {
            if (inside && !done)
                huse_buf_str(&b, entry);
            done = done || inside;
            inside = is_section(p, section);
            seen = seen || inside;
        }
        if (inside && is_name(p, name)) {
            if (!done)
                huse_buf_str(&b, entry);
            done = true;
            continue;
        }
        huse_buf_add(&b, p, (size_t)(end - p));
        if (end[-1] != '\n')
            huse_buf_str(&b, "\n");
    }
    if (!done && text) {
        if (!seen || !inside)
            huse_buf_fmt(&b, "%s[%s]\n", b.len ? "\n" : "", section);
        huse_buf_str(&b, entry);
    }
    char       *folder = huse_xstrdup(path), *slash = strrchr(folder, '/');
    huse_status s = HUSE_OK;
    if (slash && slash != folder) {
        *slash = 0;
        s = huse_fs_mkdirs(folder, err);
    }
    if (s == HUSE_OK)
        s = huse_fs_write_atomic(path, b.data ? b.data : "", b.len, err);
    free(folder);
    free(old);
    free(entry);
    huse_buf_free(&b);
    return s;
}
