#include <stdlib.h>

#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/training.h"
#include "huse/runs.h"
#include "train/probes.h"

/* given[i]: row i stands on the command line, or belongs to a preset that does. */
static huse_status read_params(const cli *c, huse_train_params *p, unsigned char *given, huse_err *err)
{
    HUSE_TRY(huse_train_params_init_method(p, cli_str(c, "preset"), cli_str(c, "method"), err));
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < huse_hp_count() && s == HUSE_OK; i++) {
        const char *name = huse_hp_at(i)->option;
        given[i] = cli_value_of(c, name)->source == CLI_ARG || cli_value_of(c, "preset")->source == CLI_ARG;
        if (cli_given(c, name))
            s = huse_train_params_set(p, name, cli_str(c, name), err);
    }
    if (s != HUSE_OK)
        huse_train_params_fini(p);
    return s;
}

static void print_report(const huse_train_report *r, const char *name, bool json)
{
    if (json) {
        json_t *j = json_object();
        json_object_set_new(j, "schema", json_string("huse-tui/train"));
        json_object_set_new(j, "version", json_integer(1));
        json_object_set_new(j, "run", out_json_str(r->run));
        json_object_set_new(j, "model", r->model[0] ? out_json_str(r->model) : json_null());
        json_object_set_new(j, "steps", json_integer(r->steps));
        json_object_set_new(j, "best_step", json_integer(r->best_step));
        json_object_set_new(j, "best_score", out_json_real(r->best_score));
        json_object_set_new(j, "score", json_string(r->score_name));
        json_object_set_new(j, "seconds", out_json_real(r->seconds));
        out_json(j, false);
        return;
    }
    char time[32], steps[32], share[16];
    cli_duration(time, sizeof time, r->seconds);
    cli_thousands(steps, (size_t)r->steps);
    out_line("%s: %s step%s in %s, best validation %s %s at step %ld%s%s", r->run, steps, r->steps == 1 ? "" : "s", time, r->score_name, cli_share(share, r->best_score, 3),
             r->best_step, r->model[0] ? "; published as " : "; not published", r->model);
    if (r->model[0])
        out_note("“huse-tui eval %.100s” measures it, “huse-tui search %.100s QUERY” asks it", name, name);
}

/* The parts of --probe; free() each and the list. */
static char **read_probes(const cli *c, size_t *n)
{
    const char *next = cli_str(c, "probe"), *part;
    char      **list = NULL;
    for (*n = 0; next && *next;) {
        size_t bytes = cli_next_name(&next, &part);
        list = huse_xrealloc(list, (*n + 1) * sizeof *list);
        list[(*n)++] = huse_xstrndup(part, bytes);
    }
    return list;
}

static void free_probes(char **list, size_t n)
{
    while (n--)
        free(list[n]);
    free(list);
}

static huse_status publish_best(cli *c, huse_err *err)
{
    huse_workspace *ws = NULL;
    cli_host        host;
    char            model[64];
    cli_host_init(&host, c);
    huse_status s = cli_workspace_open(c, c->arg[0], 0, &ws, err);
    if (s == HUSE_OK)
        s = huse_run_publish(ws, &host.host, cli_str(c, "run"), model, err);
    if (s == HUSE_OK && cli_flag(c, "json")) {
        json_t *j = json_object();
        json_object_set_new(j, "schema", json_string("huse-tui/publish"));
        json_object_set_new(j, "version", json_integer(1));
        json_object_set_new(j, "model", out_json_str(model));
        out_json(j, false);
    } else if (s == HUSE_OK) {
        out_line("published as %s", model);
    }
    huse_workspace_close(ws);
    cli_host_free(&host);
    return s;
}

static huse_status train(cli *c, huse_err *err)
{
    huse_workspace   *ws = NULL;
    cli_host          host;
    huse_train_params params;
    huse_train_report report = {.best_step = 0};
    unsigned char    *given = huse_xcalloc(huse_hp_count(), sizeof *given);
    size_t            n_probes;
    char            **probe = read_probes(c, &n_probes);
    huse_status       s = huse_probes_check((const char *const *)probe, n_probes, err);
    if (s == HUSE_OK && cli_str(c, "run") && !cli_flag(c, "resume"))
        s = huse_fail(err, HUSE_USAGE, "--run names the run that --resume goes on with");
    if (s == HUSE_OK)
        s = read_params(c, &params, given, err);
    if (s != HUSE_OK) {
        free_probes(probe, n_probes);
        free(given);
        return s;
    }
    cli_host_init(&host, c);
    cli_training t = {
        .params = &params,
        .given = given,
        .resume = cli_flag(c, "resume"),
        .no_publish = !cli_flag(c, "publish"),
        .json = cli_flag(c, "json"),
        .run = cli_str(c, "run"),
        .probe = (const char *const *)probe,
        .n_probes = n_probes,
        .no_probes = !cli_flag(c, "probes"),
    };
    s = cli_workspace_open(c, c->arg[0], 0, &ws, err);
    if (s == HUSE_OK)
        s = cli_train(ws, &host.host, &t, &report, err);
    if (s == HUSE_OK)
        print_report(&report, c->arg[0], t.json);
    else if (s == HUSE_INTERRUPTED || s == HUSE_TERMINATED)
        cli_hint(c, s, "“huse-tui train %.100s --resume” goes on from the checkpoint.", c->arg[0]);
    huse_workspace_close(ws);
    cli_host_free(&host);
    huse_train_params_fini(&params);
    free_probes(probe, n_probes);
    free(given);
    return s;
}

huse_status cmd_train(cli *c, huse_err *err)
{
    if (!cli_flag(c, "publish-best"))
        return train(c, err);
    if (cli_flag(c, "resume"))
        return huse_fail(err, HUSE_USAGE, "--publish-best trains no further: leave out --resume");
    return publish_best(c, err);
}
