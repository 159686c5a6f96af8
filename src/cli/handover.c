#include "cli/handover.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/asking.h"
#include "cli/export.h"
#include "cli/out.h"
#include "cli/stop.h"
#include "model/model.h"
#include "train/dataset.h"

enum { JSONL, SQL, FAISS_NPY, PROJECTOR };
enum { EMBEDDINGS, FEATURES, NO_VECTORS };

huse_status cli_hand_over_step(const cli_handover *h, size_t i, huse_err *err)
{
    if (i % 256 == 0 && out_progress_due())
        out_progress("writing, items", i, h->items->n, "");
    return *h->stop ? huse_fail(err, HUSE_INTERRUPTED, "interrupted; nothing was written") : HUSE_OK;
}

char *cli_hand_over_picture(const cli_handover *h, const huse_picture *p)
{
    return strcmp(h->root, "/") == 0 ? cli_picture_path(p) : huse_xstrdup(p->path);
}

const char *cli_hand_over_class(const cli_handover *h, const huse_item *it)
{
    return it->cls >= 0 ? h->items->class_path[it->cls] : NULL;
}

static void vectors_new(cli_vectors *v, const char *name, size_t n, size_t d)
{
    *v = (cli_vectors){.name = name, .n = n, .d = d, .row = huse_xcalloc(n + 1, sizeof *v->row)};
}

static void add_vector(cli_vectors *v, size_t i, const float *row)
{
    v->present += row && !v->row[i];
    v->row[i] = row;
}

static void item_embeddings(cli_vectors *v, const char *name, const huse_model *m, const huse_items *items, bool text)
{
    size_t         n = text ? m->n_texts : m->n_images;
    const float   *row = text ? m->text_row : m->image_row;
    const int32_t *of = text ? m->text_item : m->image_item;
    vectors_new(v, name, items->n, m->D);
    for (size_t k = 0; k < n; k++) {
        ptrdiff_t i = huse_items_find(items, m->item_id[of[k]]);
        if (i >= 0) /* not an item that was removed since */
            add_vector(v, (size_t)i, row + k * m->D);
    }
}

static bool is_zero(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (x[i] != 0)
            return false;
    return true;
}

static void use_model(cli_handover *h, const huse_model *m)
{
    item_embeddings(&h->images, "images", m, h->items, false);
    item_embeddings(&h->texts, "texts", m, h->items, true);
    vectors_new(&h->classes, "classes", m->K, m->D);
    h->class_path = (const char *const *)m->class_path;
    for (size_t k = 0; k < m->K; k++) {
        const float *v = m->node_vector + (size_t)m->tree->node_of[k] * m->D;
        if (!is_zero(v, m->D)) /* classes without train items have no place in the space */
            add_vector(&h->classes, k, v);
    }
}

static void use_features(cli_handover *h, const huse_dataset *d)
{
    vectors_new(&h->images, "images", h->items->n, d->image_store ? d->image_dim : 0);
    vectors_new(&h->texts, "texts", h->items->n, d->text_store ? d->text_dim : 0);
    for (size_t i = 0; i < h->items->n; i++) {
        if (h->images.d)
            add_vector(&h->images, i, d->image[i]);
        if (h->texts.d)
            add_vector(&h->texts, i, d->text[i]);
    }
}

static huse_status write_to(cli *c, const cli_handover *h, const char *path, huse_err *err)
{
    switch (cli_choice(c, "to")) {
    case JSONL:
        return cli_hand_over_jsonl(h, path, err);
    case SQL:
        return cli_hand_over_sql(h, cli_str(c, "table"), cli_flag(c, "pgvector"), path, err);
    case FAISS_NPY:
        return cli_hand_over_npy(h, path, err);
    default:
        return cli_hand_over_projector(h, path, err);
    }
}

/* An address is a picture's whole name, and a root must not stand between. */
static huse_status check_root(const cli_handover *h, huse_err *err)
{
    if (!h->root || strcmp(h->root, "/") != 0)
        return HUSE_OK;
    for (size_t i = 0; i < h->items->n_pictures; i++) {
        const char *root = h->items->picture[i].root;
        if (huse_utf8_check(root, strlen(root)) != strlen(root))
            return huse_fail(err, HUSE_BAD_DATA, "the pictures lie in several folders, and the name of one is not UTF-8: %s", root);
    }
    return HUSE_OK;
}

static huse_status open_items(cli_handover *h, huse_workspace *ws, bool features, huse_items **items, huse_dataset **d, huse_err *err)
{
    if (features)
        HUSE_TRY(huse_dataset_open(d, ws, err));
    else
        HUSE_TRY(huse_items_load(items, ws, err));
    h->items = features ? (*d)->items : *items;
    h->root = cli_common_root(h->items);
    return check_root(h, err);
}

huse_status cli_hand_over(cli *c, huse_workspace *ws, const char *path, size_t *n, huse_err *err)
{
    int           vectors = cli_choice(c, "vectors");
    huse_items   *items = NULL;
    huse_dataset *d = NULL;
    huse_model   *m = NULL;
    char         *from = NULL;
    cli_handover  h = {.stop = cli_stop_catch()};
    if (vectors == NO_VECTORS && cli_choice(c, "to") >= FAISS_NPY)
        return huse_fail(err, HUSE_USAGE, "--to %s is nothing without vectors", cli_str(c, "to"));
    huse_status s = open_items(&h, ws, vectors == FEATURES, &items, &d, err);
    if (s == HUSE_OK && vectors == EMBEDDINGS)
        s = huse_model_open(&m, huse_workspace_dir(ws), cli_str(c, "model"), err);
    if (s == HUSE_NOT_FOUND)
        cli_hint(c, s, "“huse-tui train %.60s” makes a model; --vectors features or none goes without one.", c->arg[0]);
    if (s == HUSE_OK && m) {
        use_model(&h, m);
        from = huse_format("embeddings of model %s (%s)", m->id, m->method);
    } else if (s == HUSE_OK && d) {
        use_features(&h, d);
        from = huse_format("features of %s and %s", *d->image_encoder ? d->image_encoder : "-", *d->text_encoder ? d->text_encoder : "-");
    }
    char *clean = from ? huse_text_sanitise(from, strlen(from)) : NULL; /* it becomes a comment of one line */
    h.from = clean;
    if (s == HUSE_OK)
        s = write_to(c, &h, path, err);
    out_progress_end();
    if (s == HUSE_OK && h.root && cli_choice(c, "to") == JSONL)
        out_note("to import it again: huse-tui import %s --images %s -o WS", path, h.root);
    *n = s == HUSE_OK ? h.items->n : 0;
    free(h.images.row);
    free(h.texts.row);
    free(h.classes.row);
    free(from);
    free(clean);
    huse_model_close(m);
    huse_dataset_close(d);
    huse_items_free(items);
    return cli_stop_status(s);
}
