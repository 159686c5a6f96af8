#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "huse/runs.h"

/* For those who only ask whether a trainer has it. */
static const char *short_state(const huse_run_info *r)
{
    return huse_run_is_live(r->state) ? "running" : "ended";
}

static void print_run(const huse_run_info *r, bool plain)
{
    char step[24], seed[24], score[16], thousands[32];
    snprintf(step, sizeof step, "%ld", r->step);
    snprintf(seed, sizeof seed, "%ld", r->seed);
    cli_share(score, r->best_score, 3);
    if (plain) {
        const char *field[] = {r->id, short_state(r), step, score, seed, r->current ? "current" : "", r->method};
        out_fields(field, HUSE_COUNT(field));
        return;
    }
    cli_thousands(thousands, (size_t)HUSE_MAX(r->step, 0));
    out_cell(OUT_BOLD, 10, r->id);
    out_cell(huse_run_is_live(r->state) ? OUT_ACCENT : OUT_PLAIN, 10, huse_run_state_name(r->state));
    out_add(OUT_PLAIN, "step ");
    out_cell(OUT_PLAIN, -9, thousands);
    out_add(OUT_PLAIN, "   best ");
    out_cell(OUT_PLAIN, 8, r->score_name);
    out_add(OUT_PLAIN, " ");
    out_cell(OUT_PLAIN, 6, score);
    out_cell(OUT_PLAIN, 9, r->method);
    out_add(OUT_DIM, "  seed %s", seed);
    if (r->current)
        out_add(OUT_ACCENT, "  in use");
    out_end();
}

/* ---- JSON ---- */

static json_t *numbers(const double *const *column, size_t n, size_t at)
{
    json_t *a = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(a, out_json_real(column[i][at]));
    return a;
}

/* The last validation, as the log has it; null: none. */
static json_t *validation(const char *dir, const char *run)
{
    huse_follow *f = huse_follow_new(dir, run);
    json_t      *o = json_null();
    huse_err     none;
    bool         more = true;
    while (more && huse_follow_poll(f, NULL, &more, &none) == HUSE_OK)
        ;
    const huse_follow_validations v = huse_follow_checks(f);
    if (v.n) {
        o = json_object();
        json_object_set_new(o, "step", json_integer(v.step[v.n - 1]));
        json_object_set_new(o, "val_R@1", numbers(v.r1, HUSE_COUNT(v.r1), v.n - 1));
        json_object_set_new(o, "val_HP@10", numbers(v.hp10, HUSE_COUNT(v.hp10), v.n - 1));
        json_object_set_new(o, "val_accuracy", numbers(v.accuracy, HUSE_COUNT(v.accuracy), v.n - 1));
        json_object_set_new(o, "val_score", out_json_real(v.score[v.n - 1]));
    }
    huse_follow_free(f);
    return o;
}

/* Its config.json; null where that is damaged. */
static json_t *settings(const char *dir, const char *run)
{
    char    *path = huse_format("%s/runs/%s/config.json", dir, run), *data = NULL;
    size_t   n;
    json_t  *o = NULL;
    huse_err none;
    if (huse_fs_read(path, (size_t)1 << 20, &data, &n, &none) != HUSE_OK || huse_json_parse(&o, data, n, path, &none) != HUSE_OK)
        o = json_null();
    free(data);
    free(path);
    return o;
}

static json_t *run_json(const char *dir, const huse_run_info *r)
{
    const bool validated = !isnan(r->best_score), known = strcmp(r->method, "?") != 0;
    json_t    *j = json_object();
    json_object_set_new(j, "id", out_json_str(r->id));
    json_object_set_new(j, "method", known ? json_string(r->method) : json_null());
    json_object_set_new(j, "state", json_string(short_state(r)));
    json_object_set_new(j, "detail", json_string(huse_run_state_name(r->state)));
    json_object_set_new(j, "step", r->step || r->seconds > 0 ? json_integer(r->step) : json_null());
    json_object_set_new(j, "best_score", out_json_real(r->best_score));
    json_object_set_new(j, "score", known ? json_string(r->score_name) : json_null());
    json_object_set_new(j, "best_step", validated ? json_integer(r->best_step) : json_null());
    json_object_set_new(j, "published", json_boolean(r->current));
    json_object_set_new(j, "validation", validation(dir, r->id));
    json_object_set_new(j, "config", settings(dir, r->id));
    return j;
}

static void print_json(const char *dir, const huse_run_info *run, size_t n)
{
    json_t *j = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, run_json(dir, &run[i]));
    json_object_set_new(j, "schema", json_string("huse-tui/runs"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "runs", list);
    out_json(j, false);
}

huse_status cmd_runs(cli *c, huse_err *err)
{
    huse_workspace *ws = NULL;
    size_t          n = 0;
    HUSE_TRY(cli_workspace_open(c, c->arg[0], HUSE_OPEN_READ_ONLY, &ws, err));
    const char          *dir = huse_workspace_dir(ws);
    huse_runs           *runs = huse_runs_new(dir);
    huse_status          s = huse_runs_refresh(runs, NULL, err);
    const huse_run_info *run = huse_runs_list(runs, &n);
    if (s == HUSE_OK && cli_flag(c, "json"))
        print_json(dir, run, n);
    for (size_t i = 0; i < n && s == HUSE_OK && !cli_flag(c, "json"); i++)
        print_run(&run[i], cli_flag(c, "plain"));
    if (s == HUSE_OK && !n && !cli_flag(c, "json"))
        out_note("no runs yet; “huse-tui train %.100s” starts one", c->arg[0]);
    huse_runs_free(runs);
    huse_workspace_close(ws);
    return s;
}
