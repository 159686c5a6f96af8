/* One object an item, with the members that import reads and those of vector stores. */
#include <stdlib.h>
#include <string.h>

#include "cli/handover.h"
#include "cli/out.h"
#include "cli/writer.h"
#include "data/strings.h"

/* Whether import takes a string for this one path: it cuts at bars and trims. */
static bool is_plain(const char *path)
{
    huse_str whole = {path, strlen(path)}, trimmed = huse_str_trim(whole);
    return !strchr(path, '|') && trimmed.n == whole.n;
}

static json_t *pictures_of(const cli_handover *h, const huse_item *it)
{
    json_t *list = json_array();
    bool    plain = it->n_pictures == 1;
    for (uint32_t p = 0; p < it->n_pictures; p++) {
        char *path = cli_hand_over_picture(h, &h->items->picture[it->picture + p]);
        plain = plain && is_plain(path);
        json_array_append_new(list, out_json_str(path));
        free(path);
    }
    if (!plain)
        return list;
    json_t *one = json_incref(json_array_get(list, 0));
    json_decref(list);
    return one;
}

static void add_vector(huse_buf *b, const char *name, const cli_vectors *v, size_t i)
{
    if (!v->d || !v->row[i])
        return;
    huse_buf_fmt(b, ",\"%s\":[", name);
    cli_add_row(b, v->row[i], v->d, ",");
    huse_buf_str(b, "]");
}

static void add_item(huse_buf *b, const cli_handover *h, size_t i)
{
    const huse_item *it = &h->items->item[i];
    const char      *cls = cli_hand_over_class(h, it);
    json_t          *j = json_object();
    json_object_set_new(j, "id", out_json_str(it->id));
    if (it->n_pictures)
        json_object_set_new(j, "image", pictures_of(h, it));
    if (it->text)
        json_object_set_new(j, "text", out_json_str(it->text));
    if (cls)
        json_object_set_new(j, "class", out_json_str(cls));
    if (it->split != HUSE_SPLIT_NONE)
        json_object_set_new(j, "split", out_json_str(huse_split_name(it->split)));
    char *s = out_json_string(j, true);
    huse_buf_add(b, s, strlen(s) - 1); /* the vectors go in before the closing brace */
    free(s);
    add_vector(b, "image_vector", &h->images, i);
    add_vector(b, "text_vector", &h->texts, i);
    huse_buf_str(b, "}\n");
}

huse_status cli_hand_over_jsonl(const cli_handover *h, const char *path, huse_err *err)
{
    cli_writer  w;
    huse_status s = HUSE_OK;
    HUSE_TRY(cli_writer_open(&w, path, err));
    for (size_t i = 0; s == HUSE_OK && i < h->items->n; i++) {
        s = cli_hand_over_step(h, i, err);
        add_item(&w.buf, h, i);
        cli_writer_push(&w);
    }
    return cli_writer_close(&w, s, err);
}
