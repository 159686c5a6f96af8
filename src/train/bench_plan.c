#include "train/bench_plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/rng.h"
#include "train/config.h"
#include "train/setup.h"

static const uint64_t TRIALS_SEED = 0x74726961;

/* What the default preset adds to eq. 5, and what switches it off. */
static const struct {
    huse_bench_set off;
    const char    *label;
} added[] = {{{"instance", "0"}, "no instance"}};

static const struct {
    const char     *label;
    huse_bench_sets change;
} ablation[] = {
    {"no L_graph", {{{"beta", "0"}}, 1}},
    {"no L_gap", {{{"gamma", "0"}}, 1}},
    {"no L_graph/L_gap", {{{"beta", "0"}, {"gamma", "0"}}, 2}},
    {"ψ by name", {{{"psi", "name"}}, 1}},
    {"ψ by tree", {{{"psi", "tree"}}, 1}},
    {"ψ by blend", {{{"psi", "blend"}}, 1}},
    {"σ always 1", {{{"zeta", "2"}}, 1}},
    {"σ with ζ .7", {{{"zeta", ".7"}}, 1}},
    {"2 class layers", {{{"class-layers", "2"}}, 1}},
    {"classes as they come", {{{"balance", "0"}}, 1}},
};

static void add_set(huse_bench_sets *s, const huse_bench_set *one)
{
    HUSE_ASSERT(s->n < HUSE_BENCH_SETS);
    s->set[s->n++] = *one;
}

static bool is_fixed(const huse_plan_row *row, const char *option)
{
    for (size_t i = 0; i < row->fixed.n; i++)
        if (strcmp(row->fixed.set[i].option, option) == 0)
            return true;
    return false;
}

static char *param_text(const huse_train_params *p, const char *option)
{
    for (size_t i = 0; i < huse_hp_count(); i++)
        if (strcmp(huse_hp_at(i)->option, option) == 0)
            return huse_train_params_text(p, i);
    return huse_xstrdup("");
}

/* ---- rows ---- */

huse_plan_row huse_plan_full_huse(void)
{
    huse_train_params p;
    huse_plan_row     row = {.label = "HUSE", .method = huse_method_find("huse")};
    HUSE_ASSERT(huse_train_params_init_method(&p, "default", "huse", NULL) == HUSE_OK);
    for (size_t i = 0; i < HUSE_COUNT(added); i++) {
        char *text = param_text(&p, added[i].off.option);
        if (strcmp(text, added[i].off.value) != 0)
            row.label = "HUSE+";
        free(text);
    }
    huse_train_params_fini(&p);
    return row;
}

/* Every row there is. */
static huse_plan_row *all_rows(size_t *n)
{
    huse_plan_row *rows = huse_xcalloc(huse_method_count() + 1, sizeof *rows), full = huse_plan_full_huse();
    *n = 0;
    for (size_t i = 0; i < huse_method_count(); i++) {
        huse_plan_row row = {.label = huse_method_at(i)->name, .method = huse_method_at(i)};
        for (size_t k = 0; row.method == full.method && k < HUSE_COUNT(added); k++)
            add_set(&row.fixed, &added[k].off);
        rows[(*n)++] = row;
    }
    if (strcmp(full.label, "HUSE") != 0)
        rows[(*n)++] = full;
    return rows;
}

static bool names(const char *name, const huse_plan_row *row)
{
    const huse_method *m = huse_method_find(name);
    return strcasecmp(name, row->label) == 0 || (m == row->method && strcmp(row->label, m->name) == 0);
}

static huse_status unknown(const char *name, const huse_plan_row *rows, size_t n, huse_err *err)
{
    huse_buf b = {0};
    for (size_t i = 0; i < n; i++)
        huse_buf_fmt(&b, "%s%s", i ? ", " : "", rows[i].label);
    huse_status s = huse_fail(err, HUSE_USAGE, "no method “%.60s”; there are %s", name, b.data);
    huse_buf_free(&b);
    return s;
}

huse_status huse_plan_rows(const char *methods, huse_plan_row **out, size_t *n, huse_err *err)
{
    size_t         count;
    huse_plan_row *rows = all_rows(&count);
    bool          *wanted = huse_xcalloc(count, sizeof *wanted);
    huse_status    s = HUSE_OK;
    char          *list = huse_xstrdup(methods ? methods : ""), *rest = list;
    for (char *name; methods && s == HUSE_OK && (name = strsep(&rest, ","));) {
        bool found = false;
        for (size_t i = 0; i < count; i++) {
            bool same = names(name, &rows[i]);
            wanted[i] |= same;
            found |= same;
        }
        if (!found)
            s = unknown(name, rows, count, err);
    }
    *n = 0;
    for (size_t i = 0; i < count; i++)
        if (!methods || wanted[i])
            rows[(*n)++] = rows[i];
    free(list);
    free(wanted);
    if (s == HUSE_OK)
        *out = rows;
    else
        free(rows);
    return s;
}

static huse_status apply(huse_train_params *p, const huse_bench_sets *sets, huse_err *err)
{
    for (size_t i = 0; sets && i < sets->n; i++)
        HUSE_TRY(huse_train_params_set(p, sets->set[i].option, sets->set[i].value, err));
    return HUSE_OK;
}

static bool changes(const huse_train_params *base, const huse_bench_sets *change)
{
    huse_train_params p;
    json_t           *was = huse_train_params_json(base);
    HUSE_ASSERT(huse_train_params_init(&p, "default", NULL) == HUSE_OK && huse_train_params_from_json(&p, was, NULL) == HUSE_OK);
    HUSE_ASSERT(apply(&p, change, NULL) == HUSE_OK);
    json_t *is = huse_train_params_json(&p);
    bool    differs = !json_equal(was, is);
    json_decref(is);
    json_decref(was);
    huse_train_params_fini(&p);
    return differs;
}

void huse_plan_ablations(const huse_train_params *base, size_t classes, huse_plan_row **out, size_t *n)
{
    huse_plan_row *rows = huse_xcalloc(HUSE_COUNT(ablation) + HUSE_COUNT(added), sizeof *rows);
    *n = 0;
    for (size_t i = 0; i < HUSE_COUNT(ablation) + HUSE_COUNT(added); i++) {
        bool          term = i >= HUSE_COUNT(ablation);
        huse_plan_row row = {.method = huse_method_find("huse"), .ablation = true};
        row.label = term ? added[i - HUSE_COUNT(ablation)].label : ablation[i].label;
        if (term)
            add_set(&row.fixed, &added[i - HUSE_COUNT(ablation)].off);
        else
            row.fixed = ablation[i].change;
        bool matrix = strcmp(row.fixed.set[0].value, "tree") == 0 || strcmp(row.fixed.set[0].value, "blend") == 0;
        if (changes(base, &row.fixed) && !(matrix && classes > HUSE_MATRIX_CLASSES))
            rows[(*n)++] = row;
    }
    *out = rows;
}

/* ---- settings ---- */

static void draw(const huse_plan_row *row, const huse_own_weight *w, size_t at, long k, huse_bench_set *out)
{
    huse_rng rng;
    uint64_t stream = 0;
    for (const char *c = row->label; *c; c++)
        stream = stream * 257 + (uint8_t)*c;
    huse_rng_init(&rng, TRIALS_SEED + (uint64_t)k, stream * 16 + at);
    double u = huse_rng_uniform(&rng), x = w->linear ? w->low + u * (w->high - w->low) : w->low * pow(w->high / w->low, u);
    /* Three digits, written free of the locale */
    int        digits = x > 0 ? 2 - (int)floor(log10(x)) : 0;
    double     scale = pow(10, digits);
    long long  milli = llrint(fmin(fmax(round(x * scale) / scale, w->low), w->high) * 1e6);
    snprintf(out->option, sizeof out->option, "%s", w->option);
    snprintf(out->value, sizeof out->value, "%lld.%06lld", milli / 1000000, milli % 1000000);
    for (size_t n = strlen(out->value); out->value[n - 1] == '0' && out->value[n - 2] != '.'; n--)
        out->value[n - 1] = 0;
}

bool huse_plan_trial(const huse_plan_row *row, long k, huse_bench_sets *out)
{
    bool any = false;
    *out = (huse_bench_sets){.n = 0};
    for (const huse_own_weight *w = row->method->own; w->option; w++) {
        if (!(w->low < w->high) || is_fixed(row, w->option))
            continue;
        any = true;
        if (k) {
            huse_bench_set one = {"", ""};
            draw(row, w, (size_t)(w - row->method->own), k, &one);
            add_set(out, &one);
        }
    }
    return any;
}

huse_status huse_plan_params(const huse_plan_row *row, const huse_bench_sets *tuned, long steps, long seed,
                             huse_train_params *p, huse_err *err)
{
    HUSE_TRY(huse_train_params_init_method(p, "default", row->method->option, err));
    p->steps = steps;
    p->seed = seed;
    p->patience = 0;
    huse_status s = apply(p, tuned, err);
    if (s == HUSE_OK)
        s = apply(p, &row->fixed, err);
    if (s != HUSE_OK)
        huse_train_params_fini(p);
    return s;
}

char *huse_plan_settings(const huse_plan_row *row, const huse_train_params *p)
{
    huse_buf b = {0};
    huse_buf_str(&b, "");
    for (size_t i = 0; i < huse_hp_count(); i++) {
        const char *option = huse_hp_at(i)->option;
        bool        own = is_fixed(row, option);
        for (const huse_own_weight *w = row->method->own; w->option; w++)
            own |= !row->ablation && strcmp(w->option, option) == 0;
        if (!own)
            continue;
        char *text = huse_train_params_text(p, i);
        huse_buf_fmt(&b, "%s%s %s", b.len ? ", " : "", option, text);
        free(text);
    }
    return b.data;
}
