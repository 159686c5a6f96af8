#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/keys.h"
#include "cli/out.h"

static const char *const source_name[] = {"default", "system file", "user file", "environment", "command line"};

static void print_value(const char *section, const cli_value *v, bool json, json_t *list)
{
    const cli_option *o = v->option;
    const char       *text = v->text ? v->text : o->type == CLI_FLAG ? "no" : NULL;
    char             *name = huse_format("%s%s%s", section, *section ? "." : "", o->name);
    if (json) {
        json_t *j = json_object();
        json_object_set_new(j, "name", out_json_str(name));
        json_object_set_new(j, "value", out_json_str(text));
        json_object_set_new(j, "source", out_json_str(source_name[v->source]));
        json_array_append_new(list, j);
    } else {
        out_cell(OUT_PLAIN, 26, name);
        out_cell(v->source == CLI_DEFAULT ? OUT_DIM : OUT_BOLD, 22, text ? text : "-");
        out_add(OUT_DIM, "%s", source_name[v->source]);
        out_end();
    }
    free(name);
}

static huse_status list_settings(const cli *c, huse_err *err)
{
    bool    json = cli_flag(c, "json");
    json_t *list = json_array();
    for (size_t k = 0; k < cli_n_commands; k++) {
        cli         other;
        huse_status s = cli_config_values(c, &cli_commands[k], &other, err);
        for (size_t i = k ? cli_n_globals : 0; s == HUSE_OK && i < other.n_values; i++)
            if (other.value[i].option->setting)
                print_value(i < cli_n_globals ? "" : cli_commands[k].name, &other.value[i], json, list);
        for (size_t i = 0; s == HUSE_OK && !k && i < other.n_keys; i++)
            print_value("keys", &other.key[i], json, list);
        cli_free(&other);
        if (s != HUSE_OK) {
            json_decref(list);
            return s;
        }
    }
    if (json) {
        json_t *j = json_object();
        json_object_set_new(j, "schema", json_string("huse-tui/config"));
        json_object_set_new(j, "version", json_integer(1));
        json_object_set_new(j, "settings", list);
        out_json(j, false);
    } else {
        json_decref(list);
    }
    return HUSE_OK;
}

static huse_status unknown_setting(const char *key, huse_err *err)
{
    const char *near = NULL;
    char       *names[256];
    size_t      n = 0;
    for (size_t k = 0; k <= cli_n_commands + 1; k++) {
        const cli_command *cmd = k == 0 ? NULL : k <= cli_n_commands ? &cli_commands[k - 1] : cli_keys_section();
        const cli_option  *o = cmd ? cmd->option : cli_globals;
        const size_t       count = cmd ? cmd->n_options : cli_n_globals;
        for (size_t i = 0; i < count && n < HUSE_COUNT(names); i++)
            if (o[i].setting)
                names[n++] = huse_format("%s%s%s", cmd ? cmd->name : "", cmd && *cmd->name ? "." : "", o[i].name);
    }
    near = huse_text_nearest(key, (const char *const *)names, n);
    huse_status s = near ? huse_fail(err, HUSE_USAGE, "no setting “%.60s”; did you mean “%s”?", key, near)
                         : huse_fail(err, HUSE_USAGE, "no setting “%.60s”; “huse-tui config” lists them", key);
    while (n)
        free(names[--n]);
    return s;
}

static huse_status get_setting(const cli *c, const char *key, huse_err *err)
{
    const cli_command *cmd;
    const cli_option  *o;
    cli                other;
    if (!cli_config_find(key, &cmd, &o))
        return unknown_setting(key, err);
    huse_status s = cli_config_values(c, cmd && cmd != cli_keys_section() ? cmd : &cli_commands[0], &other, err);
    if (s == HUSE_OK && cli_flag(c, "json")) {
        json_t *list = json_array();
        print_value(cmd ? cmd->name : "", cli_config_value(&other, cmd, o), true, list);
        out_json(json_incref(json_array_get(list, 0)), false);
        json_decref(list);
    } else if (s == HUSE_OK) {
        const char *text = cli_config_value(&other, cmd, o)->text;
        out_line("%s", text ? text : o->type == CLI_FLAG ? "no" : "");
    }
    cli_free(&other);
    return s;
}

static huse_status set_setting(const cli *c, const char *key, const char *text, huse_err *err)
{
    const cli_command *cmd;
    const cli_option  *o;
    if (!cli_config_find(key, &cmd, &o))
        return unknown_setting(key, err);
    cli_value trial = {.option = o};
    if (text) {
        HUSE_TRY(cli_value_set(&trial, text, CLI_ARG, key, err));
        free(trial.text);
        free(trial.where);
        /* what the file format cannot hold */
        size_t n = strlen(text);
        if (strpbrk(text, "\r\n") || strstr(text, " ;") || *text == ';' || n > 150 || (n && (text[0] == ' ' || text[n - 1] == ' ')))
            return huse_fail(err, HUSE_USAGE, "%s: a configuration file cannot hold “%.60s”", key, text);
    }
    char       *path = cli_config_path(c);
    huse_status s = cli_config_write(path, cmd ? cmd->name : "", o->name, text, err);
    if (s == HUSE_OK)
        out_note("%s %s in %s", key, text ? "set" : "unset", path);
    free(path);
    return s;
}

huse_status cmd_config(cli *c, huse_err *err)
{
    static const char *const verb[] = {"get", "set", "unset", "path"};
    static const size_t      operands[] = {2, 3, 2, 1};
    if (!c->n_args)
        return list_settings(c, err);
    for (size_t i = 0; i < HUSE_COUNT(verb); i++) {
        if (strcmp(c->arg[0], verb[i]) != 0)
            continue;
        if (c->n_args != operands[i])
            return huse_fail(err, HUSE_USAGE, "config %s takes %zu operand%s: huse-tui config %s", verb[i], operands[i] - 1,
                             operands[i] == 2 ? "" : "s", c->cmd->synopsis);
        if (i == 0)
            return get_setting(c, c->arg[1], err);
        if (i < 3)
            return set_setting(c, c->arg[1], i == 1 ? c->arg[2] : NULL, err);
        char *path = cli_config_path(c);
        out_line("%s", path);
        free(path);
        return HUSE_OK;
    }
    const char *near = huse_text_nearest(c->arg[0], verb, HUSE_COUNT(verb));
    return huse_fail(err, HUSE_USAGE, "config: “%.60s” is not get, set, unset or path%s%s%s", c->arg[0],
                     near ? "; did you mean “" : "", near ? near : "", near ? "”?" : "");
}
