#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "huse/eval.h"

enum { R_TASKS = 4 }; /* the tasks of the main tables */

static json_t *task_json(const huse_eval_task *t, bool intervals)
{
    if (!t->present)
        return json_null();
    json_t *j = json_object(), *random = json_object(), *interval = json_object();
    for (int f = 0; f < HUSE_EVAL_FIGURES; f++) {
        const char *name = huse_eval_figure_name(f);
        json_object_set_new(j, name, out_json_real(t->mean[f]));
        json_object_set_new(random, name, out_json_real(t->random[f]));
        json_t *pair = json_array();
        json_array_append_new(pair, out_json_real(t->lo[f]));
        json_array_append_new(pair, out_json_real(t->hi[f]));
        json_object_set_new(interval, name, pair);
    }
    json_object_set_new(j, "queries", out_json_count(t->queries));
    json_object_set_new(j, "left_out", out_json_count(t->left_out));
    json_object_set_new(j, "random", random);
    if (intervals)
        json_object_set_new(j, "interval", interval);
    else
        json_decref(interval);
    return j;
}

static json_t *instance_json(const huse_eval_pair *p)
{
    if (!p->present)
        return json_null();
    json_t *j = json_object();
    json_object_set_new(j, "median_rank", out_json_real(p->median_rank));
    json_object_set_new(j, "R@1", out_json_real(p->r1));
    json_object_set_new(j, "R@5", out_json_real(p->r5));
    json_object_set_new(j, "R@10", out_json_real(p->r10));
    return j;
}

static json_t *attribute_json(const huse_eval_attribute *a, bool mixed)
{
    if (!a->present)
        return json_null();
    json_t *j = json_object();
    json_object_set_new(j, "P@10", out_json_real(a->p10));
    json_object_set_new(j, "class_share", out_json_real(a->class_share));
    if (mixed)
        json_object_set_new(j, "mix", out_json_real(a->mix));
    return j;
}

static void print_json(const huse_eval_report *r, bool intervals)
{
    json_t *j = json_object(), *retrieval = json_object(), *instance = json_object(), *accuracy = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/eval"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "model", r->model[0] ? out_json_str(r->model) : json_null());
    json_object_set_new(j, "split", json_string(huse_split_name(r->split)));
    json_object_set_new(j, "queries", out_json_count(r->items));
    json_object_set_new(j, "left_out", out_json_count(r->left_out));
    json_object_set_new(j, "classes", out_json_count(r->classes));
    for (int t = 0; t < HUSE_EVAL_TASKS; t++)
        json_object_set_new(retrieval, huse_eval_task_name(t), task_json(&r->task[t], intervals));
    json_object_set_new(instance, "I2T", instance_json(&r->instance[0]));
    json_object_set_new(instance, "T2I", instance_json(&r->instance[1]));
    if (r->classified) {
        json_object_set_new(accuracy, "image", out_json_real(r->accuracy_image));
        json_object_set_new(accuracy, "text", out_json_real(r->accuracy_text));
        json_object_set_new(accuracy, "fusion", out_json_real(r->accuracy_fusion));
        json_object_set_new(accuracy, "fusion_weight", out_json_real(r->fusion_weight));
    }
    json_object_set_new(j, "retrieval", retrieval);
    json_object_set_new(j, "instance", instance);
    json_object_set_new(j, "accuracy", r->classified ? json_incref(accuracy) : json_null());
    json_object_set_new(j, "true_pair_distance", out_json_real(r->true_pair_distance));
    json_object_set_new(j, "other_pair_distance", out_json_real(r->other_pair_distance));
    json_object_set_new(j, "spearman_tree", out_json_real(r->spearman_tree));
    if (r->shared.present) {
        json_t *a = json_object();
        json_object_set_new(a, "shared", attribute_json(&r->shared, false));
        json_object_set_new(a, "visible", attribute_json(&r->visible, true));
        json_object_set_new(a, "hidden", attribute_json(&r->hidden, true));
        json_object_set_new(j, "attribute_search", a);
    } else {
        json_object_set_new(j, "attribute_search", json_null());
    }
    json_decref(accuracy);
    out_json(j, false);
}

/* ---- tables ---- */

static void cell(double x, out_style style)
{
    char share[16];
    out_cell(style, -6, cli_share(share, x, 3));
}

static void heading(const char *title, const int *figure, size_t n)
{
    out_end();
    out_cell(OUT_BOLD, 14, title);
    for (size_t i = 0; i < n; i++)
        out_cell(OUT_DIM, -7, huse_eval_figure_name(figure[i]));
    out_end();
}

static void print_group(const huse_eval_report *r, const char *title, const int *figure, size_t n)
{
    heading(title, figure, n);
    for (int t = 0; t < HUSE_EVAL_TASKS; t++) {
        const huse_eval_task *x = &r->task[t];
        if (!x->present)
            continue;
        out_cell(OUT_PLAIN, 14, t < R_TASKS ? huse_eval_task_name(t) : "T2T distinct");
        for (size_t i = 0; i < n; i++) {
            out_add(OUT_PLAIN, " ");
            cell(x->mean[figure[i]], i ? OUT_PLAIN : OUT_BOLD);
        }
        char lo[16], hi[16];
        if (!isnan(x->lo[figure[0]]))
            out_add(OUT_DIM, "   %s %s–%s", huse_eval_figure_name(figure[0]), cli_share(lo, x->lo[figure[0]], 3),
                    cli_share(hi, x->hi[figure[0]], 3));
        out_end();
    }
    for (int t = 0; t < R_TASKS; t++) {
        if (!r->task[t].present)
            continue;
        out_cell(OUT_DIM, 14, "random");
        for (size_t i = 0; i < n; i++) {
            out_add(OUT_PLAIN, " ");
            cell(r->task[t].random[figure[i]], OUT_DIM);
        }
        out_add(OUT_DIM, "   of %s", huse_eval_task_name(t));
        out_end();
        break;
    }
}

static void print_attribute(const char *name, const huse_eval_attribute *a, bool mixed)
{
    char share[16];
    if (!a->present)
        return;
    out_cell(OUT_PLAIN, 14, name);
    out_add(OUT_PLAIN, " ");
    cell(a->p10, OUT_BOLD);
    out_cell(OUT_PLAIN, -13, cli_share(share, a->class_share, 3));
    if (mixed)
        out_add(OUT_DIM, "   mix %s", cli_share(share, a->mix, 2));
    out_end();
}

static void print_text(const huse_eval_report *r)
{
    static const int recall[] = {0, 1, 2, 6}, precision[] = {3, 4, 5};
    char             a[16], b[16], c[16], n[32];
    cli_thousands(n, r->items);
    out_line("%s split, %s items of %zu classes, %s", huse_split_name(r->split), n, r->classes,
             r->model[0] ? r->model : "vectors made elsewhere");
    if (r->left_out)
        out_note("%zu items of the split have no class or no vector and are left out", r->left_out);
    print_group(r, "retrieval", recall, HUSE_COUNT(recall));
    print_group(r, "hierarchy", precision, HUSE_COUNT(precision));
    for (int t = 0; t < 2; t++)
        if (r->instance[t].present) {
            if (!t)
                out_end();
            out_line("%-14sown pair %s: median rank %.1f, R@1 %s, R@5 %s, R@10 %s", t ? "" : "instance", t ? "T2I" : "I2T",
                     r->instance[t].median_rank, cli_share(a, r->instance[t].r1, 3), cli_share(b, r->instance[t].r5, 3),
                     cli_share(c, r->instance[t].r10, 3));
        }
    if (r->classified)
        out_line("%-14simage %s, text %s, fusion %s (image share %.2f)", "accuracy", cli_share(a, r->accuracy_image, 3),
                 cli_share(b, r->accuracy_text, 3), cli_share(c, r->accuracy_fusion, 3), r->fusion_weight);
    out_line("%-14strue pairs %s, other pairs %s; class centroids against the tree: rank correlation %s", "distance",
             cli_share(a, r->true_pair_distance, 3), cli_share(b, r->other_pair_distance, 3), cli_share(c, r->spearman_tree, 3));
    if (r->shared.present) {
        out_end();
        out_cell(OUT_BOLD, 14, "attributes");
        out_add(OUT_DIM, "   P@10  class share");
        out_end();
        print_attribute("shared space", &r->shared, false);
        print_attribute("with texts", &r->visible, true);
        print_attribute("pictures only", &r->hidden, true);
    }
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
            print_json(&r, opt.draws > 0);
        else
            print_text(&r);
        s = check_limits(limits, &r, true, err);
    }
    cli_host_free(&host);
    huse_workspace_close(ws);
    return s;
}
