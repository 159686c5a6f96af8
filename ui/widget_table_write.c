/* Tables as files. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "widget_table.h"

/* "R@1 T2I": what a column is called where there is one line of headings. */
static void add_name(huse_buf *b, const ui_table *t, size_t k)
{
    const ui_column *c = &t->column[k];
    huse_buf_fmt(b, "%s%s%s", c->group ? c->group : "", c->group && c->head[0] ? " " : "", c->head[0] ? c->head : c->group ? "" : "count");
}

static char *name_of(const ui_table *t, size_t k)
{
    huse_buf b = {0};
    add_name(&b, t, k);
    return b.data;
}

/* As JSON writes it: nothing of the locale. */
static void add_number(huse_buf *b, double v)
{
    json_t *o = v == floor(v) && fabs(v) < 1e15 ? json_integer((json_int_t)v) : json_real(v);
    char   *s = json_dumps(o, JSON_ENCODE_ANY);
    huse_buf_str(b, s);
    free(s);
    json_decref(o);
}

static const ui_cell_text *cell_at(const ui_table *t, size_t place, size_t k)
{
    return &t->cell[t->order[place] * t->n_columns + k];
}

/* ---- CSV ---- */

static void add_field(huse_buf *b, const char *s)
{
    if (!s[strcspn(s, ",\"\r\n")]) {
        huse_buf_str(b, s);
        return;
    }
    huse_buf_str(b, "\"");
    for (; *s; s++)
        huse_buf_fmt(b, *s == '"' ? "\"\"" : "%c", *s);
    huse_buf_str(b, "\"");
}

static char *write_csv(const ui_table *t)
{
    huse_buf b = {0};
    for (size_t k = 0; k < t->n_columns; k++) {
        char *name = name_of(t, k);
        huse_buf_str(&b, k ? "," : "");
        add_field(&b, name);
        free(name);
    }
    huse_buf_str(&b, "\n");
    for (size_t i = 0; i < t->list.n; i++) {
        for (size_t k = 0; k < t->n_columns; k++) {
            const ui_cell_text *c = cell_at(t, i, k);
            huse_buf_str(&b, k ? "," : "");
            if (isfinite(c->value))
                add_number(&b, c->value);
            else if (c->text && !t->column[k].right)
                add_field(&b, c->text);
        }
        huse_buf_str(&b, "\n");
    }
    return b.data;
}

/* ---- Markdown ---- */

static void add_escaped(huse_buf *b, const char *s)
{
    for (; *s; s++)
        huse_buf_fmt(b, strchr("*_|\\<`", *s) ? "\\%c" : "%c", *s);
}

static char *write_markdown(const ui_table *t)
{
    huse_buf b = {0};
    for (size_t k = 0; k < t->n_columns; k++) {
        char *name = name_of(t, k);
        huse_buf_str(&b, "| ");
        add_escaped(&b, name);
        huse_buf_str(&b, " ");
        free(name);
    }
    huse_buf_str(&b, "|\n");
    for (size_t k = 0; k < t->n_columns; k++)
        huse_buf_str(&b, t->column[k].right ? "|---:" : "|---");
    huse_buf_str(&b, "|\n");
    for (size_t i = 0; i < t->list.n; i++) {
        for (size_t k = 0; k < t->n_columns; k++) {
            const ui_cell_text *c = cell_at(t, i, k);
            huse_buf_str(&b, "| ");
            add_escaped(&b, c->text ? c->text : "");
            huse_buf_str(&b, " ");
        }
        huse_buf_str(&b, "|\n");
    }
    return b.data;
}

/* ---- JSON ---- */

static char *write_json(const ui_table *t)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < t->list.n; i++) {
        json_t *row = json_object();
        for (size_t k = 0; k < t->n_columns; k++) {
            const ui_cell_text *c = cell_at(t, i, k);
            char               *name = name_of(t, k);
            json_t             *v = NULL;
            if (isfinite(c->value))
                v = c->value == floor(c->value) && fabs(c->value) < 1e15 ? json_integer((json_int_t)c->value) : json_real(c->value);
            else if (c->text && !t->column[k].right)
                v = json_string(c->text);
            json_object_set_new(row, name, v ? v : json_null());
            free(name);
        }
        json_array_append_new(rows, row);
    }
    char *text = json_dumps(rows, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(rows);
    return text;
}

char *ui_table_write(const ui_table *t, ui_table_format format)
{
    return format == UI_TABLE_CSV ? write_csv(t) : format == UI_TABLE_MARKDOWN ? write_markdown(t) : write_json(t);
}
