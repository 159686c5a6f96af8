#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "eval/report.h"

/* The tables, line by line: whatever names they hold passes the one way out. */
static void print_tables(const huse_eval_report *r)
{
    const huse_eval_row row = {r->model[0] ? r->method : "vectors", r};
    char               *text = huse_eval_report_table(&row, 1), *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) && rest;)
        out_line("%s", line);
    free(text);
    if (r->left_out)
        out_note("%zu items of the split have no class or no vector and are left out", r->left_out);
}

/* FIGURE=X,… of --fail-under; the limits are read before the work and tested after it. */
static huse_status check_limits(const char *spec, const huse_eval_report *r, bool test, huse_err *err)
{
    const char *part;
    huse_status result = HUSE_OK;
    for (const char *next = spec ? spec : ""; *next;) {
        size_t      n = cli_next_name(&next, &part);
        char       *s = huse_xstrndup(part, n), *eq = strchr(s, '='), *end = NULL;
        double      limit = eq ? strtod(eq + 1, &end) : 0, value = 0;
        huse_status status = HUSE_OK;
        if (!eq || end == eq + 1 || *end || !isfinite(limit)) {
            status = huse_fail(err, HUSE_USAGE, "--fail-under: “%.80s” is not FIGURE=NUMBER, as in T2I.R@1=.9", s);
        } else {
            *eq = 0;
            status = huse_eval_figure(r, s, &value, err);
            if (status != HUSE_OK)
                huse_fail_prefix(err, "--fail-under");
            else if (test && !(value >= limit) && result == HUSE_OK)
                result = huse_fail(err, HUSE_THRESHOLD, "%s is %.4g, below %.4g", s, value, limit);
        }
        free(s);
        HUSE_TRY(status);
    }
    return result;
}

huse_status cmd_eval(cli *c, huse_err *err)
{
    static const huse_split split[] = {HUSE_SPLIT_TRAIN, HUSE_SPLIT_VAL, HUSE_SPLIT_TEST};
    const char             *limits = cli_str(c, "fail-under");
    huse_eval_options       opt = {
        .split = split[cli_choice(c, "split")],
        .model = cli_str(c, "model"),
        .image_embeddings = cli_str(c, "image-embeddings"),
        .text_embeddings = cli_str(c, "text-embeddings"),
        .ids = cli_str(c, "ids"),
        .draws = (unsigned)cli_int(c, "draws"),
        .seed = (uint64_t)cli_int(c, "seed"),
    };
    huse_eval_report r = {.items = 0};
    huse_workspace  *ws = NULL;
    cli_host         host;
    if (opt.ids && !opt.image_embeddings && !opt.text_embeddings)
        return huse_fail(err, HUSE_USAGE, "--ids goes with --image-embeddings or --text-embeddings");
    HUSE_TRY(check_limits(limits, &r, false, err));
    HUSE_TRY(cli_workspace_open(c, c->arg[0], HUSE_OPEN_READ_ONLY, &ws, err));
    cli_host_init(&host, c);
    huse_status s = huse_evaluate(ws, &host.host, &opt, &r, err);
    if (s == HUSE_NOT_FOUND && !opt.model)
        cli_hint(c, s, "“huse-tui train %.100s” makes a model; --image-embeddings and --text-embeddings take vectors made elsewhere.",
                 c->arg[0]);
    if (s == HUSE_OK) {
        if (cli_flag(c, "json"))
            out_json(huse_eval_report_json(&r), false);
        else
            print_tables(&r);
        s = check_limits(limits, &r, true, err);
    }
    cli_host_free(&host);
    huse_workspace_close(ws);
    return s;
}
