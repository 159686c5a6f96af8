#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "cli/commands.h"
#include "cli/export.h"
#include "cli/handover.h"
#include "cli/host.h"
#include "cli/out.h"
#include "model/model.h"
#include "train/dataset.h"

enum { IMAGE_FEATURES, TEXT_FEATURES, IMAGE_EMBEDDINGS, TEXT_EMBEDDINGS, CLASS_EMBEDDINGS, ITEMS, MODEL };

static huse_status rows_new(cli_rows *r, const char *what, size_t n, size_t d, huse_err *err)
{
    void *x;
    HUSE_TRY(huse_try_alloc(&x, n, d * sizeof(float), err));
    *r = (cli_rows){.d = d, .row = x, .what = what};
    r->id = huse_xcalloc(n + 1, sizeof *r->id);
    r->item = huse_xcalloc(n + 1, sizeof *r->item);
    return HUSE_OK;
}

static void add_row(cli_rows *r, const char *id, size_t item, const float *row)
{
    memcpy(r->row + r->n * r->d, row, r->d * sizeof *row);
    r->id[r->n] = id;
    r->item[r->n++] = (int32_t)item;
}

static huse_status export_features(huse_workspace *ws, bool text, const char *path, cli_format f, size_t *n, huse_err *err)
{
    huse_dataset *d = NULL;
    cli_rows      r = {0};
    HUSE_TRY(huse_dataset_open(&d, ws, err));
    const float **row = text ? d->text : d->image;
    size_t        dim = text ? d->text_dim : d->image_dim;
    huse_status   s = HUSE_OK;
    if (!(text ? d->text_store : d->image_store))
        s = huse_fail(err, HUSE_BAD_DATA, "%s has no %s features: run “huse-tui embed”", huse_workspace_dir(ws), text ? "text" : "image");
    if (s == HUSE_OK)
        s = rows_new(&r, text ? "text_features" : "image_features", d->items->n, dim, err);
    for (size_t i = 0; s == HUSE_OK && i < d->items->n; i++)
        if (row[i])
            add_row(&r, d->items->item[i].id, i, row[i]);
    if (s == HUSE_OK)
        s = cli_export_rows(&r, d->items, path, f, err);
    *n = r.n;
    cli_rows_free(&r);
    huse_dataset_close(d);
    return s;
}

static huse_status item_embeddings(cli_rows *r, const huse_model *m, const huse_items *items, bool text, huse_err *err)
{
    size_t         n = text ? m->n_texts : m->n_images;
    const float   *row = text ? m->text_row : m->image_row;
    const int32_t *of = text ? m->text_item : m->image_item;
    HUSE_TRY(rows_new(r, text ? "text_embeddings" : "image_embeddings", n, m->D, err));
    for (size_t k = 0; k < n; k++) {
        ptrdiff_t i = huse_items_find(items, m->item_id[of[k]]);
        if (i >= 0) /* not an item that was removed since */
            add_row(r, items->item[i].id, (size_t)i, row + k * m->D);
    }
    return HUSE_OK;
}

/* Of the classes that have train items; others have no place in the space. */
static huse_status class_embeddings(cli_rows *r, const huse_model *m, huse_err *err)
{
    HUSE_TRY(rows_new(r, "class_embeddings", m->K, m->D, err));
    for (size_t k = 0; k < m->K; k++) {
        const float *v = m->node_vector + (size_t)m->tree->node_of[k] * m->D;
        bool         any = false;
        for (size_t c = 0; c < m->D && !any; c++)
            any = v[c] != 0;
        if (any)
            add_row(r, m->class_path[k], 0, v);
    }
    free(r->item);
    r->item = NULL;
    return HUSE_OK;
}

/* All arrays of the weights in one file, and what they mean in X.json. */
static huse_status export_model(const huse_model *m, const char *ws, const char *path, cli_format f, huse_err *err)
{
    if (f != CLI_SAFETENSORS)
        return huse_fail(err, HUSE_USAGE, "a model is written as .safetensors, not as %s", path);
    char                   *dir = huse_format("%s/models/%s", ws, m->id), *tmp = huse_format("%s.tmp-%ld", path, (long)getpid());
    char                   *beside = cli_format_beside(path, ".json"), *text = NULL;
    huse_bundle            *b = NULL;
    const huse_safetensors *st;
    huse_array             *a = NULL;
    huse_status             s = huse_bundle_open(&b, dir, HUSE_MODEL_FORMAT, HUSE_MODEL_VERSION, HUSE_CHECK_HASHES, err);
    if (s == HUSE_OK)
        s = huse_bundle_arrays(b, "weights.safetensors", &st, err);
    if (s == HUSE_OK) {
        size_t n = huse_safetensors_count(st);
        a = huse_xcalloc(n, sizeof *a);
        for (size_t i = 0; i < n; i++)
            a[i] = *huse_safetensors_at(st, i);
        s = huse_safetensors_write(tmp, a, n, err);
    }
    if (s == HUSE_OK) {
        json_t *meta = json_copy(huse_bundle_meta(b));
        json_object_del(meta, "files");
        text = out_json_string(meta, false);
        s = huse_fs_write_atomic(beside, text, strlen(text), err);
    }
    if (s == HUSE_OK && rename(tmp, path) != 0)
        s = huse_fail_errno(err, "cannot write %s", path);
    if (s != HUSE_OK)
        unlink(tmp);
    free(text);
    free(a);
    huse_bundle_close(b);
    free(beside);
    free(dir);
    free(tmp);
    return s;
}

static huse_status export_from_model(cli *c, huse_workspace *ws, int what, const char *path, cli_format f, size_t *n, huse_err *err)
{
    huse_model *m = NULL;
    huse_items *items = NULL;
    cli_rows    r = {0};
    huse_status s = huse_items_load(&items, ws, err);
    if (s == HUSE_OK)
        s = huse_model_open(&m, huse_workspace_dir(ws), cli_str(c, "model"), err);
    if (s == HUSE_NOT_FOUND)
        cli_hint(c, s, "“huse-tui train %.100s” makes a model.", c->arg[0]);
    if (s == HUSE_OK && what == MODEL) {
        s = export_model(m, huse_workspace_dir(ws), path, f, err);
        *n = 1;
    } else if (s == HUSE_OK) {
        s = what == CLASS_EMBEDDINGS ? class_embeddings(&r, m, err) : item_embeddings(&r, m, items, what == TEXT_EMBEDDINGS, err);
        if (s == HUSE_OK)
            s = cli_export_rows(&r, items, path, f, err);
        *n = r.n;
    }
    cli_rows_free(&r);
    huse_model_close(m);
    huse_items_free(items);
    return s;
}

static huse_status export_items(huse_workspace *ws, const char *path, cli_format f, size_t *n, huse_err *err)
{
    huse_items *items;
    const char *root;
    HUSE_TRY(huse_items_load(&items, ws, err));
    huse_status s = cli_export_items(items, path, f, &root, err);
    if (s == HUSE_OK && root)
        out_note("to import it again: huse-tui import %s --images %s -o WS", path, root);
    *n = items->n;
    huse_items_free(items);
    return s;
}

static huse_status export_what(cli *c, huse_workspace *ws, const char *path, size_t *n, huse_err *err)
{
    int        what = cli_choice(c, "what");
    cli_format f = cli_format_of(path);
    if (what <= TEXT_FEATURES)
        return export_features(ws, what == TEXT_FEATURES, path, f, n, err);
    if (what == ITEMS)
        return export_items(ws, path, f, n, err);
    return export_from_model(c, ws, what, path, f, n, err);
}

static huse_status check_options(const cli *c, huse_err *err)
{
    const char *path = cli_str(c, "output");
    bool        to = cli_str(c, "to");
    if (to == (cli_choice(c, "what") >= 0))
        return huse_fail(err, HUSE_USAGE, "export: say %s: --what %s, or --to %s", to ? "only one" : "what",
                         cli_value_of(c, "what")->option->values, cli_value_of(c, "to")->option->values);
    if (!to && (cli_given(c, "vectors") || cli_given(c, "table") || cli_flag(c, "pgvector")))
        return huse_fail(err, HUSE_USAGE, "export: --vectors, --table and --pgvector go with --to");
    if ((cli_given(c, "table") || cli_flag(c, "pgvector")) && strcmp(cli_str(c, "to"), "sql") != 0)
        return huse_fail(err, HUSE_USAGE, "export: --table and --pgvector go with --to sql");
    if (!path && to)
        return huse_fail(err, HUSE_USAGE, "export: say where to: -o PATH");
    if (!path)
        return huse_fail(err, HUSE_USAGE, "export: say where to: -o FILE, with the ending .npy .safetensors .csv .jsonl or .tsv");
    if (!to && cli_format_of(path) == CLI_NO_FORMAT)
        return huse_fail(err, HUSE_USAGE, "-o %.200s: the ending is not .npy .safetensors .csv .jsonl or .tsv", path);
    return HUSE_OK;
}

static void print_json(const cli *c, const char *path, size_t n)
{
    json_t *j = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/export"));
    json_object_set_new(j, "version", json_integer(1));
    json_object_set_new(j, cli_str(c, "to") ? "to" : "what", json_string(cli_str(c, "to") ? cli_str(c, "to") : cli_str(c, "what")));
    out_json_path(j, "path", path);
    json_object_set_new(j, "rows", out_json_count(n));
    out_json(j, false);
}

huse_status cmd_export(cli *c, huse_err *err)
{
    const char     *path = cli_str(c, "output");
    huse_workspace *ws = NULL;
    size_t          n = 0;
    HUSE_TRY(check_options(c, err));
    HUSE_TRY(cli_workspace_open(c, c->arg[0], HUSE_OPEN_READ_ONLY, &ws, err));
    huse_status s = cli_str(c, "to") ? cli_hand_over(c, ws, path, &n, err) : export_what(c, ws, path, &n, err);
    int         what = cli_choice(c, "what");
    if (s == HUSE_OK && cli_flag(c, "json"))
        print_json(c, path, n);
    else if (s == HUSE_OK)
        out_note("%zu %s written to %s", n, what == MODEL ? "model" : what == ITEMS || what < 0 ? "items" : "rows", path);
    huse_workspace_close(ws);
    return s;
}
