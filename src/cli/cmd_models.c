#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "cli/out.h"

static const char *kind(const cli_weights *w)
{
    return w->image ? "image" : "text";
}

static json_t *known(const char *s)
{
    return *s ? out_json_str(s) : json_null();
}

static json_t *describe(const cli_weights *w)
{
    json_t *m = json_object();
    json_object_set_new(m, "name", out_json_str(w->name));
    json_object_set_new(m, "kind", json_string(kind(w)));
    json_object_set_new(m, "title", known(w->title));
    json_object_set_new(m, "licence", known(w->licence));
    json_object_set_new(m, "state", json_string(cli_weights_state_name[w->state]));
    json_object_set_new(m, "why", known(w->why));
    json_object_set_new(m, "bytes", w->dir ? out_json_count((size_t)w->bytes) : json_null());
    json_object_set_new(m, "repository", known(w->repository));
    json_object_set_new(m, "revision", known(w->revision));
    out_json_path(m, "path", w->dir);
    return m;
}

static void print_json(const cli_models *m)
{
    json_t *j = json_object(), *list = json_array();
    json_object_set_new(j, "schema", json_string("huse-tui/models"));
    json_object_set_new(j, "version", json_integer(1));
    out_json_path(j, "folder", m->host.models);
    for (size_t i = 0; i < m->list.n; i++)
        if (!m->name || cli_weights_find(&m->list, m->name) == &m->list.item[i])
            json_array_append_new(list, describe(&m->list.item[i]));
    json_object_set_new(j, "models", list);
    out_json(j, false);
}

void cli_megabytes(char out[24], uint64_t bytes)
{
    snprintf(out, 24, "%.1f MB", (double)bytes / 1e6);
}

static void print_one(const cli_weights *w, int width, bool plain)
{
    const char *state = cli_weights_state_name[w->state];
    char        size[24] = "", bytes[24] = "";
    if (w->dir && w->state != CLI_WEIGHTS_PARTIAL) {
        cli_megabytes(size, w->bytes);
        snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)w->bytes);
    }
    if (plain) {
        const char *field[] = {w->name, state, w->title, w->licence, w->dir ? w->dir : "", kind(w), bytes, w->repository, w->revision};
        out_fields(field, HUSE_COUNT(field));
        return;
    }
    out_cell(OUT_BOLD, width, w->name);
    out_cell(OUT_PLAIN, 7, kind(w));
    out_cell(OUT_PLAIN, -9, size);
    out_add(OUT_PLAIN, "  ");
    out_cell(w->state == CLI_WEIGHTS_DAMAGED ? OUT_WARN : OUT_PLAIN, 9, state);
    if (w->dir)
        out_add(OUT_PLAIN, "%s%s%s", w->dir, w->why[0] ? ": " : "", w->why);
    else
        out_add(OUT_DIM, "instead: %s", w->fallback);
    out_end();
}

static void print_text(const cli_models *m, bool plain)
{
    size_t width = 14;
    for (size_t i = 0; i < m->list.n; i++)
        width = HUSE_MAX(width, strlen(m->list.item[i].name) + 2);
    for (size_t i = 0; i < m->list.n; i++)
        if (!m->name || cli_weights_find(&m->list, m->name) == &m->list.item[i])
            print_one(&m->list.item[i], (int)HUSE_MIN(width, (size_t)60), plain);
}

static void print(const cli_models *m)
{
    if (cli_flag(m->c, "json"))
        print_json(m);
    else
        print_text(m, cli_flag(m->c, "plain"));
}

const cli_weights *cli_models_there(const cli_models *m, huse_err *err)
{
    const cli_weights *w = cli_weights_find(&m->list, m->name);
    if (w && w->dir)
        return w;
    huse_fail(err, HUSE_NOT_FOUND, "there is no model %.200s here", m->name);
    cli_hint(m->c, HUSE_NOT_FOUND, "“huse-tui models” lists them; “huse-tui models pull %.100s” fetches it.", m->name);
    return NULL;
}

static huse_status list(cli_models *m, huse_err *err)
{
    (void)err;
    cli_weights_check(&m->list, &m->host, NULL, false);
    print(m);
    return HUSE_OK;
}

static huse_status path(cli_models *m, huse_err *err)
{
    if (!m->host.models) {
        cli_hint(m->c, HUSE_NOT_FOUND, "“make models” or “huse-tui models pull minilm-l6” fetches weights; without them the fallback encoders "
                                       "are used.");
        return huse_fail(err, HUSE_NOT_FOUND, "no folder of weights");
    }
    cli_weights_check(&m->list, &m->host, NULL, false);
    const cli_weights *w = m->name ? cli_models_there(m, err) : NULL;
    if (m->name && !w)
        return HUSE_NOT_FOUND;
    if (cli_flag(m->c, "json"))
        print_json(m);
    else
        out_line("%s", w ? w->dir : m->host.models);
    return HUSE_OK;
}

static huse_status verify(cli_models *m, huse_err *err)
{
    cli_weights_check(&m->list, &m->host, m->name, true);
    if (m->name && !cli_models_there(m, err))
        return HUSE_NOT_FOUND;
    print(m);
    for (size_t i = 0; i < m->list.n; i++) {
        const cli_weights *w = &m->list.item[i];
        if (w->state != CLI_WEIGHTS_DAMAGED || (m->name && w != cli_weights_find(&m->list, m->name)))
            continue;
        if (*w->repository)
            cli_hint(m->c, HUSE_BAD_DATA, "“huse-tui models rm %.80s” and “pull” fetch it anew.", w->name);
        else
            cli_hint(m->c, HUSE_BAD_DATA, "“make models” fetches it anew.");
        return huse_fail(err, HUSE_BAD_DATA, "%s: %s", w->dir, w->why);
    }
    return HUSE_OK;
}

huse_status cmd_models(cli *c, huse_err *err)
{
    static const struct {
        const char *name;
        size_t      least, most;
        huse_status (*run)(cli_models *m, huse_err *err);
    } verb[] = {{"list", 0, 0, list},          {"pull", 1, 1, cli_models_pull}, {"verify", 0, 1, verify},
                {"rm", 1, 1, cli_models_rm}, {"path", 0, 1, path}};
    const char *name[HUSE_COUNT(verb)], *what = c->n_args ? c->arg[0] : "list";
    size_t      v = 0;
    for (size_t i = 0; i < HUSE_COUNT(verb); i++)
        name[i] = verb[i].name;
    while (v < HUSE_COUNT(verb) && strcmp(what, name[v]) != 0)
        v++;
    if (v == HUSE_COUNT(verb)) {
        const char *near = huse_text_nearest(what, name, HUSE_COUNT(verb));
        return huse_fail(err, HUSE_USAGE, "models: “%.60s” is not list, pull, verify, rm or path%s%s%s", what, near ? "; did you mean “" : "",
                         near ? near : "", near ? "”?" : "");
    }
    const size_t n = c->n_args ? c->n_args - 1 : 0;
    if (n < verb[v].least)
        return huse_fail(err, HUSE_USAGE, "models %s: which one?", what);
    if (n > verb[v].most)
        return huse_fail(err, HUSE_USAGE, "models %s: “%.60s” is one operand too many", what, c->arg[1 + verb[v].most]);
    cli_models m = {.c = c, .name = n ? c->arg[1] : NULL};
    cli_host_init(&m.host, c);
    huse_status s = verb[v].run(&m, err);
    cli_weights_free(&m.list);
    cli_host_free(&m.host);
    return s;
}
