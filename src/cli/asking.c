#include "cli/asking.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/out.h"
#include "cli/pictures.h"
#include "cli/progress.h"

huse_status cli_asking_open(cli_asking *a, cli *c, const char *name, huse_err *err)
{
    return cli_asking_open_model(a, c, name, cli_str(c, "model"), err);
}

huse_status cli_asking_open_model(cli_asking *a, cli *c, const char *name, const char *model, huse_err *err)
{
    *a = (cli_asking){.c = c};
    cli_host_init(&a->host, c);
    huse_status s = cli_workspace_open(c, name, HUSE_OPEN_READ_ONLY, &a->ws, err);
    if (s == HUSE_OK)
        s = huse_engine_open(&a->engine, a->ws, &a->host.host, model, err);
    if (s != HUSE_OK) {
        cli_asking_close(a);
        return s;
    }
    a->items = huse_engine_items(a->engine);
    return HUSE_OK;
}

void cli_asking_close(cli_asking *a)
{
    huse_engine_close(a->engine);
    huse_workspace_close(a->ws);
    cli_host_free(&a->host);
}

const char *cli_class_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *cli_class_label(const cli_asking *a, const char *path)
{
    const char *name = cli_class_name(path);
    for (size_t k = 0; path && k < a->items->n_classes; k++)
        if (strcmp(cli_class_name(a->items->class_path[k]), name) == 0 && strcmp(a->items->class_path[k], path) != 0)
            return path;
    return name;
}

char *cli_picture_path(const huse_picture *p)
{
    if (huse_text_is_address(p->path))
        return huse_xstrdup(p->path);
    char *path = huse_fs_join(p->root ? p->root : "", p->path), *absolute = out_absolute(path);
    free(path);
    return absolute;
}

char *cli_item_path(const huse_items *items, const huse_item *item)
{
    return item->n_pictures ? cli_picture_path(&items->picture[item->picture]) : NULL;
}

huse_status cli_find_item(cli_asking *a, const char *id, size_t *item, huse_err *err)
{
    ptrdiff_t i = huse_items_find(a->items, id);
    if (i < 0 && *id == '@')
        i = huse_items_find(a->items, id + 1);
    if (i >= 0) {
        *item = (size_t)i;
        return HUSE_OK;
    }
    const char **ids = huse_xcalloc(a->items->n + 1, sizeof *ids);
    for (size_t k = 0; k < a->items->n; k++)
        ids[k] = a->items->item[k].id;
    const char *near = huse_text_nearest(id, ids, a->items->n);
    free(ids);
    if (near)
        cli_hint(a->c, HUSE_NOT_FOUND, "The nearest id is “%.100s”.", near);
    return huse_fail(err, HUSE_NOT_FOUND, "no item “%.100s” in %.200s", id, huse_workspace_dir(a->ws));
}

json_t *cli_json_head(const cli_asking *a, const char *schema)
{
    json_t *j = json_object();
    char   *name = huse_format("huse-tui/%s", schema);
    json_object_set_new(j, "schema", json_string(name));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, "model", out_json_str(huse_engine_model(a->engine)));
    free(name);
    return j;
}

void cli_json_item(json_t *j, const huse_items *items, size_t i)
{
    const huse_item *it = &items->item[i];
    const char      *path = it->cls >= 0 ? items->class_path[it->cls] : NULL;
    char            *picture = cli_item_path(items, it);
    json_object_set_new(j, "id", out_json_str(it->id));
    json_object_set_new(j, "text", out_json_str(it->text));
    out_json_path(j, "path", picture);
    json_object_set_new(j, "class", out_json_str(path ? cli_class_name(path) : NULL));
    json_object_set_new(j, "class_path", out_json_str(path));
    free(picture);
}

json_t *cli_json_scores(const huse_class_score *s, size_t n)
{
    if (!s)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *j = json_object();
        json_object_set_new(j, "class", out_json_str(cli_class_name(s[i].class_path)));
        json_object_set_new(j, "class_path", out_json_str(s[i].class_path));
        json_object_set_new(j, "p", out_json_real((double)s[i].p));
        json_array_append_new(list, j);
    }
    return list;
}

const char *cli_share(char out[16], double x, int digits)
{
    if (isnan(x)) {
        snprintf(out, 16, "–");
        return out;
    }
    snprintf(out, 16, "%.*f", digits, x);
    char *zero = *out == '-' ? out + 1 : out;
    if (*zero == '0')
        memmove(zero, zero + 1, strlen(zero));
    return out;
}

/* ---- printing hits ---- */

static json_t *hit_json(const cli_asking *a, const huse_query *q, const huse_hit *h, size_t rank)
{
    json_t *j = json_object();
    json_object_set_new(j, "rank", out_json_count(rank));
    if (h->item >= 0) {
        cli_json_item(j, a->items, (size_t)h->item);
    } else {
        json_object_set_new(j, "id", out_json_str(h->class_path));
        json_object_set_new(j, "path", json_null());
        json_object_set_new(j, "class", out_json_str(cli_class_name(h->class_path)));
        json_object_set_new(j, "class_path", out_json_str(h->class_path));
    }
    json_object_set_new(j, "kind", json_string(huse_target_name(q->target)));
    json_object_set_new(j, "score", out_json_real((double)h->score));
    json_object_set_new(j, "cosine", out_json_real((double)h->cosine));
    return j;
}

json_t *cli_json_answer(const cli_asking *a, const huse_query *q, const char *schema, const huse_answer *r)
{
    json_t *j = cli_json_head(a, schema), *list = json_array();
    json_object_set_new(j, "trained", json_boolean(huse_engine_trained(a->engine)));
    json_object_set_new(j, "query", out_json_str(q->text));
    json_object_set_new(j, "target", json_string(huse_target_name(q->target)));
    json_object_set_new(j, "class_filter", out_json_str(q->class_filter));
    json_object_set_new(j, "metric", json_string("cosine"));
    json_object_set_new(j, "candidates", out_json_count(r->total));
    json_object_set_new(j, "ms", out_json_real(r->ms));
    json_object_set_new(j, "note", r->note[0] ? out_json_str(r->note) : json_null());
    for (size_t i = 0; i < r->n; i++)
        json_array_append_new(list, hit_json(a, q, &r->hit[i], q->skip + i + 1));
    json_object_set_new(j, "results", list);
    return j;
}

static const char *hit_id(const cli_asking *a, const huse_hit *h)
{
    return h->item >= 0 ? a->items->item[h->item].id : "";
}

static const char *hit_text(const cli_asking *a, const huse_hit *h)
{
    const char *text = h->item >= 0 ? a->items->item[h->item].text : NULL;
    return text ? text : "";
}

static void print_plain(const cli_asking *a, const huse_query *q, const huse_answer *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const huse_hit *h = &r->hit[i];
        char rank[24], score[24];
        snprintf(rank, sizeof rank, "%zu", q->skip + i + 1);
        snprintf(score, sizeof score, "%.6f", (double)h->score);
        char *path = h->item >= 0 ? cli_item_path(a->items, &a->items->item[h->item]) : NULL;
        const char *field[] = {rank, score, hit_id(a, h), h->class_path, hit_text(a, h), path ? path : ""};
        out_fields(field, HUSE_COUNT(field));
        free(path);
    }
}

static int widest(size_t have, size_t text, size_t most)
{
    return (int)HUSE_MIN(HUSE_MAX(have, text), most);
}

void cli_print_hits(const cli_asking *a, const huse_query *q, const huse_answer *r)
{
    int  id = 0, cls = 0, rank = r->n + q->skip > 999 ? 6 : 3, score = 6;
    bool cut = isatty(STDOUT_FILENO);
    for (size_t i = 0; i < r->n; i++) {
        const char *path = r->hit[i].class_path;
        id = widest((size_t)id, huse_text_width(hit_id(a, &r->hit[i])), 24);
        cls = widest((size_t)cls, huse_text_width(r->hit[i].item >= 0 ? cli_class_label(a, path) : path), r->hit[i].item >= 0 ? 24 : 70);
    }
    for (size_t i = 0; i < r->n; i++) {
        const huse_hit *h = &r->hit[i];
        char number[24], share[16];
        snprintf(number, sizeof number, "%zu", q->skip + i + 1);
        out_cell(OUT_DIM, -rank, number);
        out_cell(OUT_PLAIN, -score, cli_share(share, (double)h->score, 3));
        out_add(OUT_PLAIN, "  ");
        if (id) {
            out_cell(OUT_PLAIN, id, hit_id(a, h));
            out_add(OUT_PLAIN, "  ");
        }
        if (h->item < 0) {
            out_cell(OUT_BOLD, cls, h->class_path);
            out_end();
            continue;
        }
        out_cell(OUT_BOLD, cls, cli_class_label(a, h->class_path));
        out_add(OUT_PLAIN, "  ");
        int room = out_columns() - rank - score - 2 - (id ? id + 2 : 0) - cls - 2;
        if (cut)
            out_cell(OUT_PLAIN, HUSE_MAX(room, 10), hit_text(a, h));
        else
            out_add(OUT_PLAIN, "%s", hit_text(a, h));
        out_end();
    }
}

static void print_notes(const cli_asking *a, const huse_query *q, const huse_answer *r)
{
    char total[32];
    bool untrained = !huse_engine_trained(a->engine), can_train = a->items->n_classes > 1 && a->items->n_pictures > 0;
    bool about_that = strncmp(r->note, "untrained: ", 11) == 0;
    if (r->note[0] && !about_that)
        out_note("%s", r->note);
    if (!r->n && !r->note[0])
        out_note("nothing found for “%.100s”", q->text);
    if (untrained)
        out_note("not trained yet%s%s%s%.100s%s", about_that ? ": " : "", about_that ? r->note + 11 : "",
                 can_train ? " (“huse-tui train " : "", can_train ? a->c->arg[0] : "", can_train ? "”)" : "");
    cli_thousands(total, r->total);
    if (isatty(STDOUT_FILENO) && r->n)
        out_note_line("%s candidates, %.0f ms, model %s", total, r->ms, huse_engine_model(a->engine));
}

huse_status cli_print_search(cli_asking *a, const huse_query *q, const char *schema, huse_err *err)
{
    huse_answer r = {0};
    huse_status s = huse_search(a->engine, q, &r, err);
    if (s == HUSE_USAGE)
        cli_hint(a->c, s, "In “%.120s” at character %zu. “huse-tui search --help” shows the grammar.", q->text, r.error_at + 1);
    if (s != HUSE_OK)
        return s;
    if (cli_flag(a->c, "json")) {
        out_json(cli_json_answer(a, q, schema, &r), false);
    } else if (cli_flag(a->c, "jsonl")) {
        for (size_t i = 0; i < r.n; i++)
            out_json(hit_json(a, q, &r.hit[i], q->skip + i + 1), true);
    } else {
        if (cli_flag(a->c, "plain"))
            print_plain(a, q, &r);
        else if (q->target != HUSE_TARGET_CLASS && cli_wants_pictures(a->c))
            s = cli_print_pictures(a, &r, err);
        else
            cli_print_hits(a, q, &r);
        print_notes(a, q, &r);
    }
    huse_answer_free(&r);
    return s;
}
