#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "model/methods.h"

#define MAX_LINE ((size_t)1 << 16)

typedef struct run_row {
    const char *id;
    json_t     *config, *last; /* the last validated line of metrics.jsonl; NULL: none */
    long        step, best_step;
    double      best_score; /* NaN: not validated yet */
    const huse_method *method;
    const char *state; /* running, ended */
    bool        current; /* the model in use is of this run */
} run_row;

/* The newest step, and the best of the validations. Newest line first; only those with a figure are parsed. */
static void read_metrics(run_row *r, const char *path)
{
    static const char figure[] = "\"val_score\"";
    huse_map          m;
    huse_err          err;
    if (!huse_fs_exists(path) || huse_map_open(&m, path, &err) != HUSE_OK)
        return;
    for (size_t end = m.n, from; end; end = from) {
        from = end - 1;
        while (from && m.data[from - 1] != '\n')
            from--;
        size_t      n = end - from;
        const char *line = (const char *)m.data + from;
        json_t     *j = NULL;
        bool        validation = memmem(line, n, figure, sizeof figure - 1) != NULL;
        if (n > MAX_LINE || (r->step >= 0 && !validation) || huse_json_parse(&j, line, n, path, &err) != HUSE_OK)
            continue;
        long step = (long)json_integer_value(json_object_get(j, "step"));
        r->step = HUSE_MAX(r->step, step);
        if (validation && !r->last)
            r->last = json_incref(j);
        double score = json_number_value(json_object_get(j, "val_score"));
        if (validation && !(score <= r->best_score)) { /* of equals the last, as the trainer has it */
            r->best_score = score;
            r->best_step = step;
        }
        json_decref(j);
    }
    huse_map_close(&m);
}

static void read_run(run_row *r, const char *dir)
{
    char    *path = huse_fs_join(dir, "config.json"), *data = NULL;
    size_t   n;
    huse_err err;
    r->step = -1;
    r->best_score = (double)NAN;
    if (huse_fs_read(path, (size_t)1 << 20, &data, &n, &err) == HUSE_OK && huse_json_parse(&r->config, data, n, path, &err) != HUSE_OK)
        r->config = NULL;
    free(data);
    free(path);
    const char *method = json_string_value(json_object_get(r->config, "method"));
    r->method = huse_method_find(method ? method : "huse");
    path = huse_fs_join(dir, "metrics.jsonl");
    read_metrics(r, path);
    free(path);
    path = huse_fs_join(dir, "lock");
    r->state = huse_fs_locked(path) ? "running" : "ended";
    free(path);
}

static char *current_model(const char *ws)
{
    char    *path = huse_fs_join(ws, "models/CURRENT"), *data = NULL;
    size_t   n;
    huse_err err;
    if (!huse_fs_exists(path) || huse_fs_read(path, 256, &data, &n, &err) != HUSE_OK)
        data = huse_xstrdup("");
    data[strcspn(data, "\n")] = 0;
    free(path);
    return data;
}

static const char *method_name(const run_row *r)
{
    return r->method ? r->method->name : "?";
}

static void print_run(const run_row *r, bool plain)
{
    char   step[24], seed[24], score[16], thousands[32];
    snprintf(step, sizeof step, "%ld", HUSE_MAX(r->step, 0));
    snprintf(seed, sizeof seed, "%lld", (long long)json_integer_value(json_object_get(r->config, "seed")));
    cli_share(score, r->best_score, 3);
    if (plain) {
        const char *field[] = {r->id, r->state, step, score, seed, r->current ? "current" : "", method_name(r)};
        out_fields(field, HUSE_COUNT(field));
        return;
    }
    cli_thousands(thousands, (size_t)HUSE_MAX(r->step, 0));
    out_cell(OUT_BOLD, 10, r->id);
    out_cell(strcmp(r->state, "running") == 0 ? OUT_ACCENT : OUT_PLAIN, 9, r->state);
    out_add(OUT_PLAIN, "step ");
    out_cell(OUT_PLAIN, -9, thousands);
    out_add(OUT_PLAIN, "   best ");
    out_cell(OUT_PLAIN, 8, r->method ? huse_method_score(r->method) : "score");
    out_add(OUT_PLAIN, " ");
    out_cell(OUT_PLAIN, 6, score);
    out_cell(OUT_PLAIN, 9, method_name(r));
    out_add(OUT_DIM, "  seed %s", seed);
    if (r->current)
        out_add(OUT_ACCENT, "  published");
    out_end();
}

static json_t *run_json(const run_row *r)
{
    json_t *j = json_object();
    json_object_set_new(j, "id", out_json_str(r->id));
    json_object_set_new(j, "method", r->method ? json_string(r->method->name) : json_null());
    json_object_set_new(j, "state", json_string(r->state));
    json_object_set_new(j, "step", r->step >= 0 ? json_integer(r->step) : json_null());
    json_object_set_new(j, "best_score", out_json_real(r->best_score));
    json_object_set_new(j, "score", r->method ? json_string(huse_method_score(r->method)) : json_null());
    json_object_set_new(j, "best_step", isnan(r->best_score) ? json_null() : json_integer(r->best_step));
    json_object_set_new(j, "published", json_boolean(r->current));
    json_object_set(j, "validation", r->last ? r->last : json_null());
    json_object_set(j, "config", r->config ? r->config : json_null());
    return j;
}

/* run-9 before run-10 */
static int by_number(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

huse_status cmd_runs(cli *c, huse_err *err)
{
    huse_workspace *ws = NULL;
    char          **names = NULL;
    size_t          n = 0, given = 0;
    HUSE_TRY(cli_workspace_open(c, c->arg[0], HUSE_OPEN_READ_ONLY, &ws, err));
    char       *runs = huse_fs_join(huse_workspace_dir(ws), "runs"), *model = current_model(huse_workspace_dir(ws));
    json_t     *list = json_array();
    huse_status s = huse_fs_is_dir(runs) ? huse_fs_list(runs, &names, &n, err) : HUSE_OK;
    if (n)
        qsort(names, n, sizeof *names, by_number);
    for (size_t i = 0; i < n && s == HUSE_OK; i++) {
        char   *dir = huse_fs_join(runs, names[i]);
        run_row r = {.id = names[i]};
        size_t  len = strlen(names[i]);
        if (names[i][0] != '.' && huse_fs_is_dir(dir)) {
            read_run(&r, dir);
            r.current = strncmp(model, names[i], len) == 0 && (model[len] == '-' || !model[len]);
            if (cli_flag(c, "json"))
                json_array_append_new(list, run_json(&r));
            else
                print_run(&r, cli_flag(c, "plain"));
            given++;
        }
        json_decref(r.config);
        json_decref(r.last);
        free(dir);
    }
    if (s == HUSE_OK && cli_flag(c, "json")) {
        json_t *j = json_object();
        json_object_set_new(j, "schema", json_string("huse-tui/runs"));
        json_object_set_new(j, "version", json_integer(1));
        json_object_set_new(j, "runs", json_incref(list));
        out_json(j, false);
    } else if (s == HUSE_OK && !given) {
        out_note("no runs yet; “huse-tui train %.100s” starts one", c->arg[0]);
    }
    json_decref(list);
    huse_fs_free_names(names, n);
    free(model);
    free(runs);
    huse_workspace_close(ws);
    return s;
}
