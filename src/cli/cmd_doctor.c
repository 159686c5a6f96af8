#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/commands.h"
#include "cli/doctor.h"
#include "cli/out.h"
#include "cli/weights.h"

static const char *text_of(const json_t *v)
{
    static char number[32];
    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_integer(v)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
        return number;
    }
    return json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "–";
}

static void print_failed(const json_t *list)
{
    enum { MOST = 20 };
    size_t n = json_array_size(list);
    for (size_t i = 0; i < n && i < MOST; i++) {
        const json_t *f = json_array_get(list, i);
        out_add(OUT_WARN, "    ! ");
        out_add(OUT_PLAIN, "%s  %s: %s", text_of(json_object_get(f, "id")), text_of(json_object_get(f, "path")),
                text_of(json_object_get(f, "why")));
        out_end();
    }
    if (n > MOST)
        out_line("    … and %zu more; --json lists all", n - MOST);
}

static void print_section(const char *name, const json_t *section)
{
    const char *key;
    json_t     *v;
    out_add(OUT_BOLD, "%s", name);
    out_end();
    json_object_foreach((json_t *)section, key, v) {
        char *label = huse_xstrdup(key);
        for (char *p = label; *p; p++)
            *p = *p == '_' ? ' ' : *p;
        out_add(OUT_PLAIN, "  ");
        out_cell(OUT_DIM, 25, label);
        free(label);
        if (json_is_array(v)) {
            out_add(OUT_PLAIN, "%zu", json_array_size(v));
            out_end();
            size_t  i;
            json_t *s;
            if (strcmp(key, "damage") != 0)
                print_failed(v);
            else
                json_array_foreach(v, i, s) {
                    out_add(OUT_WARN, "    ! %s", json_string_value(s));
                    out_end();
                }
        } else if (json_is_object(v)) {
            const char *k, *gap = "";
            json_t     *x;
            json_object_foreach(v, k, x) {
                out_add(OUT_PLAIN, "%s%s%s%s", gap, strcmp(key, "libraries") == 0 ? "" : k, strcmp(key, "libraries") == 0 ? "" : "=",
                        text_of(x));
                gap = " ";
            }
            out_end();
        } else {
            out_add(OUT_PLAIN, "%s", text_of(v));
            out_end();
        }
    }
}

static size_t report_weights(json_t *j, const cli_host *h)
{
    cli_weights_list l;
    size_t           damaged = 0;
    json_t          *w = json_object();
    cli_weights_check(&l, h, NULL, true);
    out_json_path(w, "folder", h->models);
    for (size_t i = 0; i < l.n; i++) {
        const cli_weights *x = &l.item[i];
        char *s = x->dir ? huse_format("%s%s%s", cli_weights_state_name[x->state], x->why[0] ? ": " : "", x->why)
                         : huse_format("missing; instead: %s", x->fallback);
        json_object_set_new(w, x->name, out_json_str(s));
        damaged += x->state == CLI_WEIGHTS_DAMAGED;
        free(s);
    }
    json_object_set_new(j, "models", w);
    cli_weights_free(&l);
    return damaged;
}

static void print_report(const json_t *j)
{
    static const char *const section[] = {"program", "terminal", "models", "workspace"};
    for (size_t i = 0; i < HUSE_COUNT(section); i++)
        if (json_object_get(j, section[i]))
            print_section(section[i], json_object_get(j, section[i]));
    out_add(OUT_BOLD, "demo workspace");
    out_add(OUT_PLAIN, "  %s%s", text_of(json_object_get(j, "demo_workspace")),
            json_is_true(json_object_get(j, "demo_workspace_there")) ? "" : " (not made yet: “make demo”)");
    out_end();
}

huse_status cmd_doctor(cli *c, huse_err *err)
{
    cli_host        h;
    json_t         *j = json_object();
    size_t          damaged = 0;
    huse_workspace *ws = NULL;
    huse_status     s = HUSE_OK;
    cli_host_init(&h, c);
    json_object_set_new(j, "schema", json_string("huse-tui/doctor"));
    json_object_set_new(j, "version", json_integer(1));
    cli_doctor_program(j, &h);
    cli_doctor_terminal(j);
    damaged += report_weights(j, &h);
    char *demo = cli_demo_dir(c), *current = huse_fs_join(demo, "models/CURRENT");
    out_json_path(j, "demo_workspace", demo);
    json_object_set_new(j, "demo_workspace_there", json_boolean(huse_fs_exists(current)));
    free(current);
    free(demo);
    if (c->n_args) {
        s = cli_workspace_open(c, c->arg[0], HUSE_OPEN_READ_ONLY, &ws, err);
        if (s == HUSE_OK)
            s = cli_doctor_workspace(j, ws, &damaged, err);
    }
    json_object_set_new(j, "damaged", out_json_count(damaged));
    if (cli_flag(c, "json"))
        out_json(json_incref(j), false);
    else
        print_report(j);
    if (s == HUSE_OK && damaged)
        s = huse_fail(err, HUSE_FAILED, "%zu part%s damaged; the report says which", damaged, damaged == 1 ? " is" : "s are");
    if (damaged)
        cli_hint(c, s, "Weights: “make models”. Features: remove the folder and run “huse-tui embed”. Models: train again.");
    json_decref(j);
    huse_workspace_close(ws);
    cli_host_free(&h);
    return s;
}
