#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "query/engine.h"

static const char *const flag_name[] = {NULL, "far_relative", "estranged_sibling"};
static const char *const flag_words[] = {"", "! near here, far in the tree", "! siblings, far apart here"};

static void emit(json_t *list, json_t *j, bool jsonl)
{
    if (jsonl)
        out_json(j, true);
    else
        json_array_append_new(list, j);
}

static json_t *neighbor_json(const huse_neighbor *n, size_t rank)
{
    json_t *j = json_object();
    json_object_set_new(j, "rank", out_json_count(rank));
    json_object_set_new(j, "id", out_json_str(n->path));
    json_object_set_new(j, "kind", json_string("class"));
    json_object_set_new(j, "score", out_json_real((double)n->cosine));
    json_object_set_new(j, "path", json_null());
    json_object_set_new(j, "class", out_json_str(cli_class_name(n->path)));
    json_object_set_new(j, "class_path", out_json_str(n->path));
    json_object_set_new(j, "psi_distance", out_json_real((double)n->psi_distance));
    json_object_set_new(j, "tree_distance", json_integer(n->tree_distance));
    json_object_set_new(j, "disagreement", out_json_str(flag_name[n->flag]));
    return j;
}

static json_t *disagreement_json(const huse_disagreement *d)
{
    json_t *j = json_object();
    json_object_set_new(j, "class_path", out_json_str(d->a));
    json_object_set_new(j, "other_class_path", out_json_str(d->b));
    json_object_set_new(j, "score", out_json_real((double)d->cosine));
    json_object_set_new(j, "psi_distance", out_json_real((double)d->psi_distance));
    json_object_set_new(j, "tree_distance", json_integer(d->tree_distance));
    json_object_set_new(j, "rank", json_integer(d->rank));
    json_object_set_new(j, "disagreement", out_json_str(flag_name[d->flag]));
    return j;
}

static void print_heading(const char *const *name, const int *width, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out_cell(OUT_DIM, width[i], name[i]);
        out_add(OUT_PLAIN, "  ");
    }
    out_end();
}

static void print_numbers(double cosine, double psi, int tree, bool plain, char out[3][16])
{
    if (plain) {
        snprintf(out[0], 16, "%.6f", cosine);
        out[1][0] = '\0';
        if (!isnan(psi))
            snprintf(out[1], 16, "%.6f", psi);
    } else {
        cli_share(out[0], cosine, 3);
        cli_share(out[1], psi, 3);
    }
    snprintf(out[2], 16, "%d", tree);
}

static huse_status class_neighbors(cli_asking *a, const char *path, huse_err *err)
{
    cli           *c = a->c;
    huse_neighbor *list = NULL;
    size_t         n = 0;
    int            level = (int)cli_int(c, "level");
    size_t         most = (size_t)cli_int(c, "count");
    huse_status    s = huse_class_neighbors(a->engine, path, level, most, &list, &n, err);
    if (s == HUSE_NOT_FOUND && strncmp(path, "class:", 6) == 0) {
        path += 6;
        s = huse_class_neighbors(a->engine, path, level, most, &list, &n, err);
    }
    HUSE_TRY(s);
    static const char *const head[] = {"rank", "cosine", "psi", "tree", "class", ""};
    static const int         width[] = {-4, -6, -6, -4, 44, 30};
    bool    json = cli_flag(c, "json"), jsonl = cli_flag(c, "jsonl"), plain = cli_flag(c, "plain");
    json_t *rows = json_array();
    if (!n)
        out_note("no other class%s is in the model", level ? " at this level" : "");
    else if (!json && !jsonl && !plain)
        print_heading(head, width, HUSE_COUNT(head));
    for (size_t i = 0; i < n; i++) {
        const huse_neighbor *x = &list[i];
        char                 number[3][16], rank[24];
        if (json || jsonl) {
            emit(rows, neighbor_json(x, i + 1), jsonl);
            continue;
        }
        snprintf(rank, sizeof rank, "%zu", i + 1);
        print_numbers((double)x->cosine, (double)x->psi_distance, x->tree_distance, plain, number);
        const char *field[] = {rank, number[0], number[1], number[2], x->path, plain && x->flag ? flag_name[x->flag] : flag_words[x->flag]};
        if (plain) {
            out_fields(field, HUSE_COUNT(field));
            continue;
        }
        for (size_t k = 0; k < HUSE_COUNT(field); k++) {
            out_cell(k == 4 ? OUT_BOLD : k == 5 ? OUT_WARN : OUT_PLAIN, width[k], field[k]);
            out_add(OUT_PLAIN, "  ");
        }
        out_end();
    }
    if (json) {
        json_t *j = cli_json_head(a, "neighbors");
        json_object_set_new(j, "query", out_json_str(path));
        json_object_set_new(j, "level", json_integer(cli_int(c, "level")));
        json_object_set_new(j, "metric", json_string("cosine"));
        json_object_set_new(j, "results", json_incref(rows));
        out_json(j, false);
    }
    json_decref(rows);
    free(list);
    return HUSE_OK;
}

static void print_disagreement(const huse_disagreement *d, bool plain)
{
    char number[3][16], rank[24];
    snprintf(rank, sizeof rank, "%d", d->rank);
    print_numbers((double)d->cosine, (double)d->psi_distance, d->tree_distance, plain, number);
    if (plain) {
        const char *field[] = {number[0], number[1], number[2], rank, d->a, d->b, flag_name[d->flag]};
        out_fields(field, HUSE_COUNT(field));
        return;
    }
    for (size_t k = 0; k < 3; k++)
        out_cell(OUT_PLAIN, k < 2 ? -6 : -5, number[k]);
    out_add(OUT_PLAIN, "  ");
    out_cell(OUT_WARN, 28, flag_words[d->flag]);
    out_add(OUT_PLAIN, "  ");
    out_add(OUT_BOLD, "%s", d->a);
    out_add(OUT_PLAIN, " – ");
    out_add(OUT_BOLD, "%s", d->b);
    out_end();
}

/* Of all classes, or of those at or below @path. */
static huse_status disagreements(cli_asking *a, const char *path, huse_err *err)
{
    cli               *c = a->c;
    huse_disagreement *list = NULL;
    size_t             n = 0, total = 0, most = cli_given(c, "count") ? (size_t)cli_int(c, "count") : SIZE_MAX;
    if (path && huse_engine_trained(a->engine)) {
        int32_t node;
        HUSE_TRY(huse_engine_find_node(a->engine->model->tree, path, &node, err));
        path = a->engine->model->tree->path[node];
    }
    HUSE_TRY(huse_disagreements(a->engine, path, most, NULL, &list, &n, &total, err));
    bool    json = cli_flag(c, "json"), jsonl = cli_flag(c, "jsonl"), plain = cli_flag(c, "plain");
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        const huse_disagreement *d = &list[i];
        if (json || jsonl)
            emit(rows, disagreement_json(d), jsonl);
        else
            print_disagreement(d, plain);
    }
    if (json) {
        json_t *j = cli_json_head(a, "disagreements");
        json_object_set_new(j, "query", out_json_str(path));
        json_object_set_new(j, "metric", json_string("cosine"));
        json_object_set_new(j, "results", json_incref(rows));
        out_json(j, false);
    } else if (!n) {
        out_note("no disagreements%s%.100s", path ? " of " : "", path ? path : "");
    }
    if (n < total && n == HUSE_DISAGREEMENTS_MAX)
        out_note("the strongest %zu of %zu", n, total);
    json_decref(rows);
    free(list);
    return HUSE_OK;
}

/* Quoted, so that any id passes the grammar. */
static char *item_term(const char *id)
{
    huse_buf b = {0};
    huse_buf_str(&b, "@\"");
    for (; *id; id++)
        huse_buf_fmt(&b, *id == '"' || *id == '\\' ? "\\%c" : "%c", *id);
    huse_buf_str(&b, "\"");
    return b.data;
}

static huse_status item_neighbors(cli_asking *a, const char *id, huse_err *err)
{
    size_t item;
    HUSE_TRY(cli_find_item(a, id, &item, err));
    huse_query q = HUSE_QUERY_DEFAULT;
    char      *text = item_term(a->items->item[item].id);
    q.text = text;
    q.k = (size_t)cli_int(a->c, "count");
    q.rerank = 0; /* of an item, the space's own neighbours */
    q.target = (huse_target)cli_choice(a->c, "target");
    huse_status s = cli_print_search(a, &q, "neighbors", err);
    free(text);
    return s;
}

huse_status cmd_neighbors(cli *c, huse_err *err)
{
    cli_asking  a;
    const char *of = c->n_args > 1 ? c->arg[1] : NULL;
    bool        disagree = cli_flag(c, "disagree");
    if (!of && !disagree)
        return huse_fail(err, HUSE_USAGE, "neighbors needs a class or an item: huse-tui neighbors %s", c->cmd->synopsis);
    HUSE_TRY(cli_asking_open(&a, c, c->arg[0], err));
    huse_status s;
    if (disagree)
        s = disagreements(&a, of, err);
    else if (*of == '@')
        s = item_neighbors(&a, of, err);
    else
        s = class_neighbors(&a, of, err);
    cli_asking_close(&a);
    return s;
}
