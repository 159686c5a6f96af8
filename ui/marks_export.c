#include "marks_export.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

#define FLUSH_BYTES (1u << 20)

typedef enum form { FORM_CSV, FORM_JSONL, FORM_PATHS } form;

enum { FIELDS = 5 };
static const char *const field_name[FIELDS] = {"id", "image", "text", "class", "split"};

char *ui_picture_path(const huse_picture *p)
{
    if (huse_text_is_address(p->path))
        return huse_xstrdup(p->path);
    char *path = huse_fs_join(p->root ? p->root : "", p->path), *here = NULL;
    if (*path != '/' && (here = getcwd(NULL, 0))) {
        char *whole = huse_fs_join(here, path);
        free(path);
        path = whole;
    }
    free(here);
    return path;
}

static void add_csv(huse_buf *b, const char *s)
{
    const char first = s[strspn(s, "'")];
    huse_buf_str(b, first && strchr("=+-@\t\r", first) ? "\"'" : "\"");
    for (; *s; s++)
        huse_buf_add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    huse_buf_str(b, "\"");
}

static void add_json(huse_buf *b, const char *const field[FIELDS])
{
    json_t *row = json_object();
    for (size_t k = 0; k < FIELDS; k++) {
        if (!field[k] || !*field[k])
            continue;
        const size_t n = strlen(field[k]);
        char        *clean = huse_utf8_check(field[k], n) == n ? NULL : huse_text_sanitise(field[k], n);
        json_object_set_new(row, field_name[k], json_string(clean ? clean : field[k]));
        free(clean);
    }
    char *line = json_dumps(row, JSON_COMPACT);
    HUSE_ASSERT(line);
    huse_buf_fmt(b, "%s\n", line);
    free(line);
    json_decref(row);
}

static void add_row(huse_buf *b, form f, const huse_items *items, const huse_item *it, const char *picture)
{
    const char *const field[FIELDS] = {it->id, picture, it->text, it->cls >= 0 ? items->class_path[it->cls] : NULL, huse_split_name(it->split)};
    if (f == FORM_PATHS) {
        huse_buf_fmt(b, "%s\n", picture);
    } else if (f == FORM_JSONL) {
        add_json(b, field);
    } else {
        for (size_t k = 0; k < FIELDS; k++) {
            huse_buf_str(b, k ? "," : "");
            add_csv(b, field[k] ? field[k] : "");
        }
        huse_buf_str(b, "\r\n");
    }
}

/* One item, a row for each of its pictures. */
static huse_status add_item(huse_buf *b, form f, const huse_items *items, const huse_item *it, size_t *rows, huse_err *err)
{
    for (uint32_t i = 0; i < it->n_pictures; i++) {
        char *path = ui_picture_path(&items->picture[it->picture + i]);
        if (f == FORM_PATHS && strpbrk(path, "\r\n")) {
            free(path);
            return huse_fail(err, HUSE_BAD_DATA, "the path of a picture holds a line end, so a list cannot hold it; export to .csv or .jsonl");
        }
        add_row(b, f, items, it, path);
        free(path);
        ++*rows;
    }
    if (!it->n_pictures && f != FORM_PATHS) {
        add_row(b, f, items, it, NULL);
        ++*rows;
    }
    return HUSE_OK;
}

static form form_of(const char *file)
{
    const char *slash = strrchr(file, '/'), *dot = strrchr(slash ? slash : file, '.');
    return dot && strcasecmp(dot, ".csv") == 0 ? FORM_CSV : dot && strcasecmp(dot, ".jsonl") == 0 ? FORM_JSONL : FORM_PATHS;
}

huse_status ui_marks_export(const huse_items *items, const size_t *at, size_t n, const char *file, size_t *rows, huse_err *err)
{
    const form  f = form_of(file);
    huse_fs_new out;
    huse_buf    b = {0};
    size_t      written = 0;
    HUSE_TRY(huse_fs_new_begin(&out, file, err));
    huse_status s = HUSE_OK;
    huse_buf_str(&b, f == FORM_CSV ? "\"id\",\"image\",\"text\",\"class\",\"split\"\r\n" : "");
    for (size_t i = 0; i < n && s == HUSE_OK; i++) {
        s = add_item(&b, f, items, &items->item[at[i]], &written, err);
        if (s == HUSE_OK && (b.len >= FLUSH_BYTES || i + 1 == n)) {
            if (!huse_fs_write_all(out.fd, b.data, b.len))
                s = huse_fail_errno(err, "cannot write %s", file);
            b.len = 0;
        }
    }
    huse_buf_free(&b);
    if (s != HUSE_OK)
        huse_fs_new_abort(&out);
    else
        s = huse_fs_new_commit(&out, err);
    if (s == HUSE_OK)
        *rows = written;
    return s;
}
