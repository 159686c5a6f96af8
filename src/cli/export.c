#include "cli/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/arrays.h"
#include "cli/asking.h"
#include "cli/out.h"
#include "cli/writer.h"

void cli_rows_free(cli_rows *r)
{
    free(r->row);
    free(r->id);
    free(r->item);
    *r = (cli_rows){0};
}

cli_format cli_format_of(const char *path)
{
    static const char *const ending[] = {".npy", ".safetensors", ".csv", ".jsonl", ".tsv"};
    const char              *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    for (int i = 0; dot && i < CLI_NO_FORMAT; i++)
        if (strcasecmp(dot, ending[i]) == 0)
            return (cli_format)i;
    return CLI_NO_FORMAT;
}

char *cli_format_beside(const char *path, const char *ending)
{
    const char *dot = strrchr(path, '.');
    return huse_format("%.*s%s", (int)(dot - path), path, ending);
}

/* RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe in front, which import takes away; so one
 * that looks like that already gets a second one. */
static void add_csv(huse_buf *b, const char *s)
{
    char first = s[strspn(s, "'")];
    bool formula = first && strchr("=+-@\t\r", first);
    if (!formula && !s[strcspn(s, ",\"\r\n")] && *s != ' ') {
        huse_buf_str(b, s);
        return;
    }
    huse_buf_str(b, formula ? "\"'" : "\"");
    for (; *s; s++)
        huse_buf_add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    huse_buf_str(b, "\"");
}

/* ---- rows ---- */

static const char *class_of(const cli_rows *r, const huse_items *items, size_t i)
{
    if (!r->item)
        return r->id[i];
    int32_t cls = items->item[r->item[i]].cls;
    return cls >= 0 ? items->class_path[cls] : "";
}

static const char *text_of(const cli_rows *r, const huse_items *items, size_t i)
{
    const char *text = r->item ? items->item[r->item[i]].text : NULL;
    return text ? text : "";
}

static huse_status write_ids(const cli_rows *r, const char *path, huse_err *err)
{
    cli_writer  w;
    char       *ids = cli_format_beside(path, ".ids.txt");
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < r->n && s == HUSE_OK; i++)
        if (strpbrk(r->id[i], "\r\n"))
            s = huse_fail(err, HUSE_BAD_DATA, "an id holds a line end, so %s cannot list it; export to .jsonl instead", ids);
    if (s == HUSE_OK)
        s = cli_writer_open(&w, ids, err);
    if (s == HUSE_OK) {
        for (size_t i = 0; i < r->n; i++) {
            huse_buf_str(&w.buf, r->id[i]);
            huse_buf_str(&w.buf, "\n");
            cli_writer_push(&w);
        }
        s = cli_writer_close(&w, HUSE_OK, err);
    }
    free(ids);
    return s;
}

static void add_json_row(huse_buf *b, const cli_rows *r, const huse_items *items, size_t i)
{
    json_t *j = json_object();
    json_object_set_new(j, "id", out_json_str(r->id[i]));
    if (r->item) {
        const char *cls = class_of(r, items, i), *text = text_of(r, items, i);
        json_object_set_new(j, "class", *cls ? out_json_str(cls) : json_null());
        json_object_set_new(j, "text", *text ? out_json_str(text) : json_null());
    }
    char *s = out_json_string(j, true);
    huse_buf_add(b, s, strlen(s) - 1); /* the vector goes in before the closing brace */
    huse_buf_str(b, ",\"vector\":[");
    cli_add_row(b, r->row + i * r->d, r->d, ",");
    huse_buf_str(b, "]}\n");
    free(s);
}

static void add_csv_row(huse_buf *b, const cli_rows *r, const huse_items *items, size_t i)
{
    add_csv(b, r->id[i]);
    huse_buf_str(b, ",");
    add_csv(b, class_of(r, items, i));
    huse_buf_str(b, ",");
    cli_add_row(b, r->row + i * r->d, r->d, ",");
    huse_buf_str(b, "\r\n");
}

static huse_status write_text_rows(const cli_rows *r, const huse_items *items, const char *path, cli_format f, huse_err *err)
{
    cli_writer w;
    HUSE_TRY(cli_writer_open(&w, path, err));
    if (f == CLI_CSV) {
        huse_buf_str(&w.buf, "id,class");
        for (size_t c = 0; c < r->d; c++)
            huse_buf_fmt(&w.buf, ",v%zu", c);
        huse_buf_str(&w.buf, "\r\n");
    }
    for (size_t i = 0; i < r->n; i++) {
        if (f == CLI_CSV) {
            add_csv_row(&w.buf, r, items, i);
        } else if (f == CLI_JSONL) {
            add_json_row(&w.buf, r, items, i);
        } else {
            cli_add_row(&w.buf, r->row + i * r->d, r->d, "\t");
            huse_buf_str(&w.buf, "\n");
        }
        cli_writer_push(&w);
    }
    return cli_writer_close(&w, HUSE_OK, err);
}

static huse_status write_metadata(const cli_rows *r, const huse_items *items, const char *path, huse_err *err)
{
    cli_writer  w;
    char       *name = cli_format_beside(path, ".metadata.tsv");
    huse_status s = cli_writer_open(&w, name, err);
    if (s == HUSE_OK) {
        huse_buf_str(&w.buf, "id\tclass\ttext\n");
        for (size_t i = 0; i < r->n; i++) {
            cli_add_tsv(&w.buf, r->id[i]);
            huse_buf_str(&w.buf, "\t");
            cli_add_tsv(&w.buf, class_of(r, items, i));
            huse_buf_str(&w.buf, "\t");
            cli_add_tsv(&w.buf, text_of(r, items, i));
            huse_buf_str(&w.buf, "\n");
            cli_writer_push(&w);
        }
        s = cli_writer_close(&w, HUSE_OK, err);
    }
    free(name);
    return s;
}

static huse_status write_safetensors(const cli_rows *r, const char *path, huse_err *err)
{
    huse_buf ids = {0};
    for (size_t i = 0; i < r->n; i++)
        huse_buf_add(&ids, r->id[i], strlen(r->id[i]) + 1);
    const huse_array a[] = {
        huse_array_2d(r->what, HUSE_F32, r->row, r->n, r->d),
        huse_array_1d("ids", HUSE_U8, ids.data, ids.len),
    };
    char       *tmp = huse_format("%s.tmp-%ld", path, (long)getpid());
    huse_status s = huse_safetensors_write(tmp, a, HUSE_COUNT(a), err);
    if (s == HUSE_OK && rename(tmp, path) != 0)
        s = huse_fail_errno(err, "cannot write %s", path);
    if (s != HUSE_OK)
        unlink(tmp);
    free(tmp);
    huse_buf_free(&ids);
    return s;
}

huse_status cli_export_rows(const cli_rows *r, const huse_items *items, const char *path, cli_format f, huse_err *err)
{
    switch (f) {
    case CLI_NPY:
        HUSE_TRY(write_ids(r, path, err));
        return huse_npy_write(path, r->row, r->n, r->d, err);
    case CLI_SAFETENSORS:
        return write_safetensors(r, path, err);
    case CLI_TSV:
        HUSE_TRY(write_metadata(r, items, path, err));
        return write_text_rows(r, items, path, f, err);
    default:
        return write_text_rows(r, items, path, f, err);
    }
}

/* ---- items ---- */

static void add_item(huse_buf *b, const huse_items *items, const huse_item *it, const char *picture, cli_format f)
{
    const char *cls = it->cls >= 0 ? items->class_path[it->cls] : NULL;
    const char *field[] = {it->id, picture, it->text, cls, huse_split_name(it->split)};
    if (f == CLI_JSONL) {
        static const char *const name[] = {"id", "image", "text", "class", "split"};
        json_t                  *j = json_object();
        for (size_t k = 0; k < HUSE_COUNT(field); k++)
            if (field[k] && *field[k])
                json_object_set_new(j, name[k], out_json_str(field[k]));
        char *s = out_json_string(j, true);
        huse_buf_str(b, s);
        huse_buf_str(b, "\n");
        free(s);
        return;
    }
    for (size_t k = 0; k < HUSE_COUNT(field); k++) {
        huse_buf_str(b, k ? "," : "");
        add_csv(b, field[k] ? field[k] : "");
    }
    huse_buf_str(b, "\r\n");
}

const char *cli_common_root(const huse_items *items)
{
    const char *root = NULL;
    for (size_t i = 0; i < items->n_pictures; i++) {
        const huse_picture *p = &items->picture[i];
        if (!root)
            root = p->root;
        if (strcmp(root, p->root) != 0)
            return "/";
    }
    return root;
}

huse_status cli_export_items(const huse_items *items, const char *path, cli_format f, const char **root, huse_err *err)
{
    cli_writer w;
    *root = cli_common_root(items);
    bool absolute = *root && strcmp(*root, "/") == 0;
    if (f != CLI_CSV && f != CLI_JSONL)
        return huse_fail(err, HUSE_USAGE, "items are written as .csv or .jsonl, not as %s", path);
    HUSE_TRY(cli_writer_open(&w, path, err));
    if (f == CLI_CSV)
        huse_buf_str(&w.buf, "id,image,text,class,split\r\n");
    for (size_t i = 0; i < items->n; i++) {
        const huse_item *it = &items->item[i];
        for (uint32_t p = 0; p < it->n_pictures; p++) {
            const huse_picture *picture = &items->picture[it->picture + p];
            char               *whole = absolute ? cli_picture_path(picture) : NULL;
            add_item(&w.buf, items, it, whole ? whole : picture->path, f);
            free(whole);
        }
        if (!it->n_pictures)
            add_item(&w.buf, items, it, NULL, f);
        cli_writer_push(&w);
    }
    return cli_writer_close(&w, HUSE_OK, err);
}
