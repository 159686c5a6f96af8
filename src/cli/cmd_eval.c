#include <stdlib.h>

#include "cli/commands.h"
#include "cli/host.h"
#include "cli/out.h"
#include "eval/evaluate.h"

static void print_json(const huse_evaluation *e)
{
    json_t *j = huse_eval_report_json(huse_evaluation_report(e));
    json_object_set_new(j, "model", *huse_evaluation_model(e) ? out_json_str(huse_evaluation_model(e)) : json_null());
    json_object_set_new(j, "left_out", out_json_count(huse_evaluation_left_out(e)));
    json_object_set_new(j, "classes", out_json_count(huse_evaluation_classes(e)));
    out_json(j, false);
}

static void print_text(const huse_evaluation *e)
{
    char *table = huse_evaluation_table(e);
    out_text(table);
    if (huse_evaluation_left_out(e))
        out_note("%zu items of the split have no class or no vector and are left out", huse_evaluation_left_out(e));
    free(table);
}

/* FIGURE=X,… of --fail-under: USAGE for one that is none, else the first that is not met. */
static huse_status check_limits(const char *spec, const huse_eval_report *r, huse_err *err)
{
    huse_status first = HUSE_OK;
    for (const char *next = spec ? spec : "", *part; *next;) {
        size_t      n = cli_next_name(&next, &part);
        char       *one = huse_xstrndup(part, n);
        huse_err    own = {0};
        huse_status s = huse_eval_report_check(r, one, &own);
        free(one);
        if (s != HUSE_OK && first != HUSE_USAGE && (first == HUSE_OK || s == HUSE_USAGE)) {
            *err = own;
            first = s;
        }
    }
    return first;
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
    huse_evaluation *e = NULL;
    huse_workspace  *ws = NULL;
    cli_host         host;
    if (opt.ids && !opt.image_embeddings && !opt.text_embeddings)
        return huse_fail(err, HUSE_USAGE, "--ids goes with --image-embeddings or --text-embeddings");
    huse_eval_report empty; /* a mistyped limit shall not cost an evaluation */
    huse_eval_report_init(&empty, "");
    if (check_limits(limits, &empty, err) == HUSE_USAGE)
        return HUSE_USAGE;
    HUSE_TRY(cli_workspace_open(c, c->arg[0], HUSE_OPEN_READ_ONLY, &ws, err));
    cli_host_init(&host, c);
    huse_status s = huse_evaluate(&e, ws, &host.host, &opt, err);
    if (s == HUSE_NOT_FOUND && !opt.model)
        cli_hint(c, s, "“huse-tui train %.100s” makes a model; --image-embeddings and --text-embeddings take vectors made elsewhere.",
                 c->arg[0]);
    if (s == HUSE_OK) {
        if (cli_flag(c, "json"))
            print_json(e);
        else
            print_text(e);
        s = check_limits(limits, huse_evaluation_report(e), err);
    }
    huse_evaluation_free(e);
    cli_host_free(&host);
    huse_workspace_close(ws);
    return s;
}
