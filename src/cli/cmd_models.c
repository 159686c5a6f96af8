#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/weights.h"

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
        json_object_set_new(m, "why", w->why[0] ? out_json_str(w->why) : json_null());
        out_json_path(m, "path", w->dir);
        json_array_append_new(list, m);
    }
    json_object_set_new(j, "models", list);
    out_json(j, false);
}

static void print_text(const cli_weights_list *l, bool plain)
{
    for (size_t i = 0; i < l->n; i++) {
        const cli_weights *w = &l->item[i];
        const char        *state = cli_weights_state_name[w->state];
        const char        *field[] = {w->name, state, w->title, w->licence, w->dir ? w->dir : ""};
        if (plain) {
            out_fields(field, HUSE_COUNT(field));
            continue;
        }
        out_cell(OUT_BOLD, 14, w->name);
        out_cell(w->state == CLI_WEIGHTS_DAMAGED ? OUT_WARN : OUT_PLAIN, 9, state);
        if (w->dir)
            out_add(OUT_PLAIN, "%s%s%s", w->dir, w->why[0] ? ": " : "", w->why);
        else
            out_add(OUT_DIM, "instead: %s", w->fallback);
        out_end();
    }
}

huse_status cmd_models(cli *c, huse_err *err)
{
    static const char *const verb[] = {"list", "path", "verify"};
    const char              *what = c->n_args ? c->arg[0] : "list";
    size_t                   v = 0;
    while (v < HUSE_COUNT(verb) && strcmp(what, verb[v]) != 0)
        v++;
    if (v == HUSE_COUNT(verb)) {
        const char *near = huse_text_nearest(what, verb, HUSE_COUNT(verb));
        return huse_fail(err, HUSE_USAGE, "models: “%.60s” is not list, path or verify%s%s%s", what, near ? "; did you mean “" : "",
                         near ? near : "", near ? "”?" : "");
    }
    cli_host         h;
    cli_weights_list l;
    huse_status      s = HUSE_OK;
    cli_host_init(&h, c);
    if (v == 1 && !h.models) {
        cli_host_free(&h);
        cli_hint(c, HUSE_NOT_FOUND, "“make models” fetches the weights; without them the fallback encoders are used.");
        return huse_fail(err, HUSE_NOT_FOUND, "no folder of weights");
    }
    cli_weights_check(&l, &h, v == 2);
    if (v == 1 && !cli_flag(c, "json"))
        out_line("%s", h.models);
    else if (cli_flag(c, "json"))
        print_json(&l, &h);
    else
        print_text(&l, cli_flag(c, "plain"));
    for (size_t i = 0; i < l.n && v == 2 && s == HUSE_OK; i++)
        if (l.item[i].state == CLI_WEIGHTS_DAMAGED) {
            cli_hint(c, HUSE_BAD_DATA, "“make models” fetches it anew.");
            s = huse_fail(err, HUSE_BAD_DATA, "%s: %s", l.item[i].dir, l.item[i].why);
        }
    cli_weights_free(&l);
    cli_host_free(&h);
    return s;
}
