#include "cli/keys.h"

static const cli_option key_options[] = {
#define ACTION(id, name, panes, keys, help) {name, 0, CLI_KEYS, true, "KEYS", NULL, keys, 0, 0, help},
#include "ui/actions.def"
#undef ACTION
};
static const cli_command section = {.name = "keys", .option = key_options, .n_options = HUSE_COUNT(key_options)};

const cli_command *cli_keys_section(void)
{
    return &section;
}

bool cli_keys_matter(const cli_command *cmd)
{
    return cmd == &cli_commands[0];
}

/* Where the key of an action comes from: "config.ini:3: keys.similar", or its name. */
static const char *where(const cli_value *v)
{
    return v->where ? v->where : v->option->name;
}

huse_status cli_keys_take(const cli *c, ui_keys *keys, huse_err *err)
{
    enum ui_action a, b;
    int32_t        key;
    char           name[UI_KEY_NAME];
    *keys = (ui_keys){0};
    for (size_t i = 0; i < c->n_keys; i++)
        HUSE_TRY(ui_keys_parse(keys->key[ui_bindings[i].action], c->key[i].text, err));
    if (!ui_keys_clash(keys, &a, &b, &key))
        return HUSE_OK;
    const cli_value *first = &c->key[a - 1], *second = &c->key[b - 1];
    ui_key_name(name, key);
    if (!second->where) { /* one of the table's own keys was given to another action */
        const cli_value *swap = first;
        first = second;
        second = swap;
    }
    return huse_fail(err, HUSE_USAGE, "%s: %s is the key of “%s” already; give that another one, or none", where(second), name, first->option->name);
}
