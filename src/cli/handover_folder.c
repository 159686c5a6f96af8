/* Folders of vectors: .npy files for faiss and numpy, and what the TensorBoard projector reads. */
#include <stdlib.h>
#include <string.h>

#include "base/arrays.h"
#include "cli/handover.h"
#include "cli/writer.h"

static const char *id_of(const cli_handover *h, const cli_vectors *v, size_t i)
{
    return v == &h->classes ? h->class_path[i] : h->items->item[i].id;
}

static huse_status begin_file(cli_writer *w, const cli_folder *f, const cli_vectors *v, const char *ending, huse_err *err)
{
    char       *path = huse_format("%s/%s%s", f->tmp, v->name, ending);
    huse_status s = cli_writer_open(w, path, err);
    free(path);
    return s;
}

/* Adds what @add says of each row that is there. */
static huse_status each_row(const cli_handover *h, const cli_vectors *v, cli_writer *w,
                            huse_status (*add)(huse_buf *b, const cli_handover *h, const cli_vectors *v, size_t i, huse_err *err),
                            huse_err *err)
{
    huse_status s = HUSE_OK;
    for (size_t i = 0; s == HUSE_OK && i < v->n; i++) {
        s = cli_hand_over_step(h, i, err);
        if (s == HUSE_OK && v->row[i])
            s = add(&w->buf, h, v, i, err);
        cli_writer_push(w);
    }
    return cli_writer_close(w, s, err);
}

static huse_status add_numbers(huse_buf *b, const cli_handover *h, const cli_vectors *v, size_t i, huse_err *err)
{
    (void)h;
    (void)err;
    huse_buf_add(b, v->row[i], v->d * sizeof **v->row);
    return HUSE_OK;
}

static huse_status add_id(huse_buf *b, const cli_handover *h, const cli_vectors *v, size_t i, huse_err *err)
{
    const char *id = id_of(h, v, i);
    if (strpbrk(id, "\r\n"))
        return huse_fail(err, HUSE_BAD_DATA, "a name holds a line end, so %s.ids.txt cannot list it; --to jsonl and sql can", v->name);
    huse_buf_str(b, id);
    huse_buf_str(b, "\n");
    return HUSE_OK;
}

static huse_status write_npy(const cli_handover *h, const cli_vectors *v, const cli_folder *f, huse_err *err)
{
    cli_writer w;
    if (!v->d || !v->present)
        return HUSE_OK;
    HUSE_TRY(begin_file(&w, f, v, ".npy", err));
    huse_npy_head(&w.buf, v->present, v->d);
    HUSE_TRY(each_row(h, v, &w, add_numbers, err));
    HUSE_TRY(begin_file(&w, f, v, ".ids.txt", err));
    return each_row(h, v, &w, add_id, err);
}

static huse_status add_tsv_row(huse_buf *b, const cli_handover *h, const cli_vectors *v, size_t i, huse_err *err)
{
    (void)h;
    (void)err;
    cli_add_row(b, v->row[i], v->d, "\t");
    huse_buf_str(b, "\n");
    return HUSE_OK;
}

/* The first part of the path is what the projector can colour by: it has few values. */
static huse_status add_metadata(huse_buf *b, const cli_handover *h, const cli_vectors *v, size_t i, huse_err *err)
{
    const huse_item *it = v == &h->classes ? NULL : &h->items->item[i];
    const char      *cls = it ? cli_hand_over_class(h, it) : h->class_path[i];
    char            *top = huse_xstrndup(cls ? cls : "", cls ? strcspn(cls, "/") : 0);
    const char      *field[] = {id_of(h, v, i), top, cls, it ? huse_split_name(it->split) : NULL, it ? it->text : NULL};
    (void)err;
    for (size_t k = 0; k < HUSE_COUNT(field); k++) {
        huse_buf_str(b, k ? "\t" : "");
        cli_add_tsv(b, field[k] ? field[k] : "");
    }
    huse_buf_str(b, "\n");
    free(top);
    return HUSE_OK;
}

static huse_status write_tsv(const cli_handover *h, const cli_vectors *v, const cli_folder *f, huse_err *err)
{
    cli_writer w;
    if (!v->d || !v->present)
        return HUSE_OK;
    HUSE_TRY(begin_file(&w, f, v, ".tsv", err));
    HUSE_TRY(each_row(h, v, &w, add_tsv_row, err));
    HUSE_TRY(begin_file(&w, f, v, ".metadata.tsv", err));
    huse_buf_str(&w.buf, "id\ttop_class\tclass\tsplit\ttext\n");
    return each_row(h, v, &w, add_metadata, err);
}

static huse_status write_whole(const cli_folder *f, const char *name, const huse_buf *b, huse_err *err)
{
    char       *path = huse_format("%s/%s", f->tmp, name);
    huse_status s = huse_fs_write_atomic(path, b->data, b->len, err);
    free(path);
    return s;
}

/* One for TensorBoard, one for the page that works without it. */
static huse_status write_configs(const cli_vectors *const *v, size_t n, const cli_folder *f, huse_err *err)
{
    huse_buf pbtxt = {0}, json = {0};
    huse_buf_str(&json, "{\"embeddings\":[");
    for (size_t k = 0; k < n; k++) {
        if (!v[k]->d || !v[k]->present)
            continue;
        huse_buf_fmt(&json, "%s\n{\"tensorName\":\"%s\",\"tensorShape\":[%zu,%zu],\"tensorPath\":\"%s.tsv\",\"metadataPath\":\"%s.metadata.tsv\"}",
                     pbtxt.len ? "," : "", v[k]->name, v[k]->present, v[k]->d, v[k]->name, v[k]->name);
        huse_buf_fmt(&pbtxt, "embeddings {\n  tensor_name: \"%s\"\n  tensor_path: \"%s.tsv\"\n  metadata_path: \"%s.metadata.tsv\"\n}\n",
                     v[k]->name, v[k]->name, v[k]->name);
    }
    huse_buf_str(&json, "\n]}\n");
    huse_status s = write_whole(f, "projector_config.pbtxt", &pbtxt, err);
    if (s == HUSE_OK)
        s = write_whole(f, "projector_config.json", &json, err);
    huse_buf_free(&pbtxt);
    huse_buf_free(&json);
    return s;
}

static huse_status write_folder(const cli_handover *h, const char *dir, bool projector, huse_err *err)
{
    const cli_vectors *v[] = {&h->images, &h->texts, &h->classes};
    cli_folder         f;
    huse_status        s = HUSE_OK;
    if (h->images.present + h->texts.present == 0)
        return huse_fail(err, HUSE_BAD_DATA, "no item has a vector");
    HUSE_TRY(cli_folder_open(&f, dir, err));
    for (size_t k = 0; s == HUSE_OK && k < HUSE_COUNT(v); k++)
        s = projector ? write_tsv(h, v[k], &f, err) : write_npy(h, v[k], &f, err);
    if (s == HUSE_OK && projector)
        s = write_configs(v, HUSE_COUNT(v), &f, err);
    return cli_folder_close(&f, s, err);
}

huse_status cli_hand_over_npy(const cli_handover *h, const char *dir, huse_err *err)
{
    return write_folder(h, dir, false, err);
}

huse_status cli_hand_over_projector(const cli_handover *h, const char *dir, huse_err *err)
{
    return write_folder(h, dir, true, err);
}
