#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "huse/train.h"

typedef struct watch {
    bool json;
    cli_progress embedding;
    char validation[96]; /* of the last one */
} watch;

static void on_started(void *ctx, const char *run, int resumed)
{
    const watch *w = ctx;
    if (!w->json) {
        out_line("%s", run);
        out_flush();
    }
    if (resumed)
        out_note("going on with %s", run);
}

static void on_embedding(void *ctx, const char *what, size_t done, size_t total)
{
    watch *w = ctx;
    cli_progress_step(&w->embedding, what, done, total);
}

static void on_message(void *ctx, const char *text)
{
    (void)ctx;
    out_note("%s", text);
}

static void on_progress(void *ctx, const huse_progress *p)
{
    watch *w = ctx;
    char   s[6][16], rate[32], left[32], more[256];
    if (p->validated)
        snprintf(w->validation, sizeof w->validation, "  R@1 %s %s %s %s, best %s at %ld", cli_share(s[0], p->val_r1[0], 3),
                 cli_share(s[1], p->val_r1[1], 3), cli_share(s[2], p->val_r1[2], 3), cli_share(s[3], p->val_r1[3], 3),
                 cli_share(s[4], p->best_score, 3), p->best_step);
    if (!out_progress_due())
        return;
    cli_thousands(rate, p->items_per_s > 0 ? (size_t)p->items_per_s : 0);
    cli_duration(left, sizeof left, p->seconds_left);
    snprintf(more, sizeof more, "loss %s (class %s graph %s gap %s)%s  %s items/s  %s left", cli_share(s[0], p->loss, 3),
             cli_share(s[1], p->l_class, 3), cli_share(s[2], p->l_graph, 3), cli_share(s[3], p->l_gap, 3), w->validation, rate, left);
    out_progress("step", (size_t)p->step, (size_t)p->steps, more);
}

static huse_status read_params(const cli *c, huse_train_params *p, huse_err *err)
{
    HUSE_TRY(huse_train_params_init(p, cli_str(c, "preset"), err));
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < huse_hp_count() && s == HUSE_OK; i++) {
        const char *name = huse_hp_at(i)->option;
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
        json_object_set_new(j, "seconds", out_json_real(r->seconds));
        out_json(j, false);
        return;
    }
    char time[32], steps[32], share[16];
    cli_duration(time, sizeof time, r->seconds);
    cli_thousands(steps, (size_t)r->steps);
    out_line("%s: %s steps in %s, best validation R@1 %s at step %ld%s%s", r->run, steps, time, cli_share(share, r->best_score, 3),
             r->best_step, r->model[0] ? "; published as " : "; not published", r->model);
    if (r->model[0])
        out_note("“huse-tui eval %.100s” measures it, “huse-tui search %.100s QUERY” asks it", name, name);
}

huse_status cmd_train(cli *c, huse_err *err)
{
    huse_workspace    *ws = NULL;
    cli_host           host;
    huse_train_params  params;
    huse_train_report  report = {.best_step = 0};
    watch              w = {.json = cli_flag(c, "json")};
    HUSE_TRY(read_params(c, &params, err));
    huse_status s = cli_workspace_open(c, c->arg[0], 0, &ws, err);
    if (s != HUSE_OK) {
        huse_train_params_fini(&params);
        return s;
    }
    cli_host_init(&host, c);
    huse_train_options opt = {
        .params = &params,
        .resume = cli_flag(c, "resume"),
        .no_publish = !cli_flag(c, "publish"),
        .run = cli_str(c, "run"),
        .stop = cli_stop_catch(),
        .progress = on_progress,
        .embedding = on_embedding,
        .started = on_started,
        .message = on_message,
        .ctx = &w,
    };
    s = huse_train(ws, &host.host, &opt, &report, err);
    out_progress_end();
    if (s == HUSE_OK)
        print_report(&report, c->arg[0], w.json);
    else if (s == HUSE_INTERRUPTED || s == HUSE_TERMINATED)
        cli_hint(c, s, "“huse-tui train %.100s --resume” goes on from the checkpoint.", c->arg[0]);
    cli_host_free(&host);
    huse_workspace_close(ws);
    huse_train_params_fini(&params);
    return cli_stop_status(s);
}
