#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/pull.h"
#include "cli/weights.h"
#include "data/hub.h"

static void print_json(const cli_weights_list *l, const cli_host *h)
{
    json_t *j = json_object(), *list = json_array();
    json_object_set_new(j, "schema", json_string("huse-tui/models"));
    json_object_set_new(j, "version", json_integer(1));
    out_json_path(j, "folder", h->models);
    for (size_t i = 0; i < l->n; i++) {
        const cli_weights *w = &l->item[i];
        json_t            *m = json_object();
        json_object_set_new(m, "name", out_json_str(w->name));
        json_object_set_new(m, "title", *w->title ? out_json_str(w->title) : json_null());
        json_object_set_new(m, "licence", *w->licence ? out_json_str(w->licence) : json_null());
        json_object_set_new(m, "state", json_string(cli_weights_state_name[w->state]));
        json_object_set_new(m, "revision", *w->revision ? json_string(w->revision) : json_null());
        json_object_set_new(m, "why", w->why[0] ? out_json_str(w->why) : json_null());
        out_json_path(m, "path", w->dir);
        json_array_append_new(list, m);
    }
    json_object_set_new(j, "models", list);
    out_json(j, false);
}

static void print_text(const cli_weights_list *l, bool plain)
{
    int wide = 14;
    for (size_t i = 0; i < l->n; i++)
        wide = HUSE_MAX(wide, (int)strlen(l->item[i].name) + 2);
    for (size_t i = 0; i < l->n; i++) {
        const cli_weights *w = &l->item[i];
        const char        *state = cli_weights_state_name[w->state];
        const char        *field[] = {w->name, state, w->title, w->licence, w->dir ? w->dir : ""};
        if (plain) {
            out_fields(field, HUSE_COUNT(field));
            continue;
        }
        out_cell(OUT_BOLD, wide, w->name);
        out_cell(w->state == CLI_WEIGHTS_DAMAGED ? OUT_WARN : OUT_PLAIN, 9, state);
        if (w->dir)
            out_add(OUT_PLAIN, "%s%s%s", w->dir, w->why[0] ? ": " : "", w->why);
        else
            out_add(OUT_DIM, "instead: %s", w->fallback);
        out_end();
    }
}

static huse_status show(const cli *c, const cli_host *h, const char *folder, bool hashes, cli_weights_list *l, huse_err *err)
{
    cli_weights_check(l, h, folder, hashes);
    if (l->n == 0)
        return huse_fail(err, HUSE_NOT_FOUND, "no weights “%.100s” here", c->arg[1]);
    if (cli_flag(c, "json"))
        print_json(l, h);
    else
        print_text(l, cli_flag(c, "plain"));
    return HUSE_OK;
}

static huse_status list(cli *c, const cli_host *h, const char *folder, huse_err *err)
{
    cli_weights_list l;
    huse_status      s = show(c, h, folder, false, &l, err);
    cli_weights_free(&l);
    return s;
}

static huse_status verify(cli *c, const cli_host *h, const char *folder, huse_err *err)
{
    cli_weights_list l;
    huse_status      s = show(c, h, folder, true, &l, err);
    for (size_t i = 0; i < l.n && s == HUSE_OK; i++)
        if (l.item[i].state == CLI_WEIGHTS_DAMAGED) {
            cli_hint(c, HUSE_BAD_DATA, *l.item[i].revision ? "“huse-tui models rm” and “models pull” fetch it anew." : "“make models” fetches it anew.");
            s = huse_fail(err, HUSE_BAD_DATA, "%s: %s", l.item[i].dir, l.item[i].why);
        }
    cli_weights_free(&l);
    return s;
}

/* The folder of the weights that are meant, NULL when there are none. */
static char *there(const cli_host *h, const char *folder)
{
    char *dir = h->models && huse_hub_kind_of(h->models, folder) != HUSE_HUB_NONE ? huse_fs_join(h->models, folder) : NULL;
    return dir;
}

static huse_status path(cli *c, const cli_host *h, const char *folder, huse_err *err)
{
    if (!h->models) {
        cli_hint(c, HUSE_NOT_FOUND, "“make models” or “huse-tui models pull” fetches the weights; without them the fallback encoders are used.");
        return huse_fail(err, HUSE_NOT_FOUND, "no folder of weights");
    }
    char *dir = folder ? there(h, folder) : huse_xstrdup(h->models);
    if (!dir)
        return huse_fail(err, HUSE_NOT_FOUND, "no weights “%.100s” here", c->arg[1]);
    huse_status s = HUSE_OK;
    if (cli_flag(c, "json"))
        s = list(c, h, folder, err);
    else
        out_line("%s", dir);
    free(dir);
    return s;
}

static huse_status pull(cli *c, const cli_host *h, const char *folder, huse_err *err)
{
    return folder ? cli_pull(c, h, err) : huse_fail(err, HUSE_USAGE, "models pull takes a name: ORG/NAME, as the hub has it");
}

static huse_status rm(cli *c, const cli_host *h, const char *folder, huse_err *err)
{
    if (!folder)
        return huse_fail(err, HUSE_USAGE, "models rm takes a name, as “huse-tui models” prints it");
    char *dir = there(h, folder);
    if (!dir)
        return huse_fail(err, HUSE_NOT_FOUND, "no weights “%.100s” here", c->arg[1]);
    huse_status s = huse_fs_remove_tree(dir, err);
    if (s == HUSE_OK)
        out_note("removed %s; a workspace that was embedded with it needs it again for words and new pictures", dir);
    free(dir);
    return s;
}

huse_status cmd_models(cli *c, huse_err *err)
{
    static const struct {
        const char *name;
        huse_status (*run)(cli *c, const cli_host *h, const char *folder, huse_err *err);
    } verb[] = {{"list", list}, {"pull", pull}, {"path", path}, {"verify", verify}, {"rm", rm}};
    const char *name[HUSE_COUNT(verb)], *what = c->n_args ? c->arg[0] : "list";
    size_t      v = 0;
    for (size_t i = 0; i < HUSE_COUNT(verb); i++)
        name[i] = verb[i].name;
    while (v < HUSE_COUNT(verb) && strcmp(what, name[v]) != 0)
        v++;
    if (v == HUSE_COUNT(verb)) {
        const char *near = huse_text_nearest(what, name, HUSE_COUNT(verb));
        return huse_fail(err, HUSE_USAGE, "models: “%.60s” is not list, pull, path, verify or rm%s%s%s", what, near ? "; did you mean “" : "",
                         near ? near : "", near ? "”?" : "");
    }
    cli_host h;
    cli_host_init(&h, c);
    char       *folder = c->n_args > 1 ? cli_weights_folder(c->arg[1]) : NULL;
    huse_status s = verb[v].run(c, &h, folder, err);
    free(folder);
    cli_host_free(&h);
    return s;
}
