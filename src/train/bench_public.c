/* The finished part of a comparison, for the interface. */
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "eval/compare_table.h"
#include "huse/report.h"
#include "train/bench.h"

struct huse_methods_source {
    huse_bench_result *result;
    huse_compare_row  *row; /* (n) in the order of huse_methods.row */
};

/* Rows first .. end of the result that have something. Returns how many. */
static size_t add_rows(struct huse_methods_source *s, size_t first, size_t end, size_t n)
{
    for (size_t i = first; i < end; i++) {
        const huse_bench_row *r = &s->result->row[i];
        if (r->n_seeds)
            s->row[n++] = (huse_compare_row){.label = r->label, .seed = r->seed, .n_seeds = r->n_seeds};
    }
    return n;
}

static void compare(huse_methods *m, const huse_host *host, volatile const int *stop)
{
    struct huse_methods_source *s = m->source;
    huse_pool                  *pool = huse_pool_new(host->threads);
    huse_compare(pool, s->row, m->n_methods, HUSE_EVAL_DRAWS, HUSE_EVAL_SEED, stop);
    huse_compare(pool, s->row + m->n_methods, m->n - m->n_methods, HUSE_EVAL_DRAWS, HUSE_EVAL_SEED, stop);
    huse_pool_free(pool);
    m->row = huse_xcalloc(m->n + 1, sizeof *m->row);
    for (size_t i = 0; i < m->n; i++)
        m->row[i] = huse_compare_public(&s->row[i]);
}

huse_status huse_methods_load(huse_workspace *ws, const huse_host *host, volatile const int *stop, huse_methods **out, huse_err *err)
{
    huse_bench_result *r = NULL;
    HUSE_TRY(huse_bench_finished(ws, host, stop, &r, err));
    huse_methods *m = huse_xcalloc(1, sizeof *m);
    m->source = huse_xcalloc(1, sizeof *m->source);
    m->source->result = r;
    m->source->row = huse_xcalloc(r->n_rows + 1, sizeof *m->source->row);
    m->seeds = r->seeds;
    m->steps = r->steps;
    m->classes = r->classes;
    m->cells = r->cells;
    m->finished = r->finished;
    m->n_methods = add_rows(m->source, 0, r->n_methods, 0);
    m->n = add_rows(m->source, r->n_methods, r->n_rows, m->n_methods);
    huse_status s = m->n ? HUSE_OK : huse_fail(err, HUSE_NOT_FOUND, "nothing of the comparison is finished yet");
    if (s == HUSE_OK)
        compare(m, host, stop);
    if (s == HUSE_OK && huse_stopped(stop))
        s = huse_fail(err, HUSE_INTERRUPTED, "stopped");
    if (s == HUSE_OK)
        *out = m;
    else
        huse_methods_free(m);
    return s;
}

void huse_methods_free(huse_methods *m)
{
    if (!m)
        return;
    huse_bench_free(m->source->result);
    free(m->source->row);
    free(m->source);
    free(m->row);
    free(m);
}

static char *rows_json(const huse_methods *m)
{
    json_t *o = json_object(), *methods = json_object(), *ablations = json_object();
    json_object_set_new(o, "schema", json_string("huse-tui/bench"));
    json_object_set_new(o, "version", json_integer(1));
    json_object_set_new(o, "seeds", json_integer(m->seeds));
    json_object_set_new(o, "steps", json_integer(m->steps));
    for (size_t i = 0; i < m->n; i++)
        json_object_set_new(i < m->n_methods ? methods : ablations, m->row[i].label, huse_compare_json(&m->source->row[i]));
    json_object_set_new(o, "methods", methods);
    if (m->n > m->n_methods)
        json_object_set(o, "ablations", ablations);
    json_decref(ablations);
    char *text = json_dumps(o, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(o);
    return text;
}

char *huse_methods_text(const huse_methods *m, huse_report_format format)
{
    huse_compare_style style = {.name = "methods", .title = "test split", .classes = m->classes};
    const size_t       more = m->n - m->n_methods;
    if (format == HUSE_REPORT_JSON)
        return rows_json(m);
    char *text = huse_compare_text(m->source->row, m->n_methods, format, &style);
    if (!more)
        return text;
    style.name = "ablation";
    style.title = "ablations";
    char *ablations = huse_compare_tables(m->source->row + m->n_methods, more, format == HUSE_REPORT_CSV ? HUSE_TABLE_CSV : HUSE_TABLE_MARKDOWN, &style);
    char *whole = huse_format("%s%s%s", text, format == HUSE_REPORT_CSV ? "" : "\n", ablations);
    free(ablations);
    free(text);
    return whole;
}
