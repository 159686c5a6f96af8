/* PostgreSQL's SQL, and that of its extension pgvector. */
#include <stdlib.h>
#include <string.h>

#include "cli/handover.h"
#include "cli/writer.h"

enum {
    ROWS_EACH = 64,          /* of one INSERT */
    NAME_BYTES = 63 - 8,     /* PostgreSQL cuts longer names; _classes is added */
    PGVECTOR_DIMS = 16000, PGVECTOR_INDEX_DIMS = 2000 /* more it does not take */
};

typedef struct sql {
    cli_writer          w;
    const cli_handover *h;
    char               *items, *classes; /* quoted names */
    bool                pgvector;
    size_t              in_statement;
} sql;

/* With standard_conforming_strings only the quote itself is special; a NUL is in no string of ours. */
static void add_quoted(huse_buf *b, const char *s, char quote)
{
    huse_buf_add(b, &quote, 1);
    for (const char *q; (q = strchr(s, quote)); s = q + 1) {
        huse_buf_add(b, s, (size_t)(q - s) + 1);
        huse_buf_add(b, &quote, 1);
    }
    huse_buf_str(b, s);
    huse_buf_add(b, &quote, 1);
}

static void add_text(huse_buf *b, const char *s)
{
    if (s && *s)
        add_quoted(b, s, '\'');
    else
        huse_buf_str(b, "NULL");
}

static char *quoted_name(const char *table, const char *more)
{
    huse_buf b = {0};
    char    *name = huse_format("%s%s", table, more);
    add_quoted(&b, name, '"');
    free(name);
    return b.data;
}

static void add_vector(sql *q, const cli_vectors *v, size_t i)
{
    huse_buf *b = &q->w.buf;
    if (!v->d || !v->row[i]) {
        huse_buf_str(b, "NULL");
        return;
    }
    huse_buf_str(b, q->pgvector ? "'[" : "'{");
    cli_add_row(b, v->row[i], v->d, ",");
    huse_buf_str(b, q->pgvector ? "]'" : "}'");
}

static void add_type(sql *q, const char *column, const cli_vectors *v)
{
    if (v->d && q->pgvector)
        huse_buf_fmt(&q->w.buf, ",\n    %s vector(%zu)", column, v->d);
    else if (v->d)
        huse_buf_fmt(&q->w.buf, ",\n    %s real[]", column);
}

static void add_head(sql *q)
{
    const cli_handover *h = q->h;
    huse_buf           *b = &q->w.buf;
    huse_buf_fmt(b, "-- %zu items%s%s\n", h->items->n, h->from ? ", vectors: " : "", h->from ? h->from : "");
    huse_buf_str(b, "BEGIN;\nSET LOCAL client_encoding = 'UTF8';\nSET LOCAL standard_conforming_strings = on;\n");
    if (q->pgvector)
        huse_buf_str(b, "CREATE EXTENSION IF NOT EXISTS vector;\n");
    huse_buf_fmt(b, "CREATE TABLE %s (\n    id text PRIMARY KEY,\n    place bigint NOT NULL,\n    images text[] NOT NULL,\n"
                    "    \"text\" text,\n    class text,\n    split text", q->items);
    add_type(q, "image_vector", &h->images);
    add_type(q, "text_vector", &h->texts);
    huse_buf_str(b, "\n);\n");
    if (h->classes.d) {
        huse_buf_fmt(b, "CREATE TABLE %s (\n    place integer PRIMARY KEY,\n    class text NOT NULL", q->classes);
        add_type(q, "vector", &h->classes);
        huse_buf_str(b, "\n);\n");
    }
}

/* Begins a row, and a statement where one is due. */
static void begin_row(sql *q, const char *table)
{
    if (q->in_statement == ROWS_EACH) {
        huse_buf_str(&q->w.buf, ";\n");
        q->in_statement = 0;
    }
    if (q->in_statement++)
        huse_buf_str(&q->w.buf, ",\n");
    else
        huse_buf_fmt(&q->w.buf, "INSERT INTO %s VALUES\n", table);
}

static void end_rows(sql *q)
{
    if (q->in_statement)
        huse_buf_str(&q->w.buf, ";\n");
    q->in_statement = 0;
}

static void add_item(sql *q, size_t i)
{
    const cli_handover *h = q->h;
    const huse_item    *it = &h->items->item[i];
    huse_buf           *b = &q->w.buf;
    begin_row(q, q->items);
    huse_buf_str(b, "(");
    add_text(b, it->id);
    huse_buf_fmt(b, ",%zu,", i);
    for (uint32_t p = 0; p < it->n_pictures; p++) {
        char *path = cli_hand_over_picture(h, &h->items->picture[it->picture + p]);
        huse_buf_str(b, p ? "," : "ARRAY[");
        add_text(b, path);
        free(path);
    }
    huse_buf_str(b, it->n_pictures ? "]," : "'{}',");
    add_text(b, it->text);
    huse_buf_str(b, ",");
    add_text(b, cli_hand_over_class(h, it));
    huse_buf_str(b, ",");
    add_text(b, huse_split_name(it->split));
    for (int k = 0; k < 2; k++) {
        const cli_vectors *v = k ? &h->texts : &h->images;
        if (v->d)
            huse_buf_str(b, ",");
        if (v->d)
            add_vector(q, v, i);
    }
    huse_buf_str(b, ")");
}

static void add_classes(sql *q)
{
    const cli_handover *h = q->h;
    for (size_t k = 0; k < h->classes.n; k++) {
        if (!h->classes.row[k])
            continue;
        begin_row(q, q->classes);
        huse_buf_fmt(&q->w.buf, "(%zu,", k);
        add_text(&q->w.buf, h->class_path[k]);
        huse_buf_str(&q->w.buf, ",");
        add_vector(q, &h->classes, k);
        huse_buf_str(&q->w.buf, ")");
        cli_writer_push(&q->w);
    }
    end_rows(q);
}

static void add_indexes(sql *q)
{
    const cli_handover *h = q->h;
    if (q->pgvector && h->images.d && h->images.d <= PGVECTOR_INDEX_DIMS)
        huse_buf_fmt(&q->w.buf, "CREATE INDEX ON %s USING hnsw (image_vector vector_cosine_ops);\n", q->items);
    if (q->pgvector && h->texts.d && h->texts.d <= PGVECTOR_INDEX_DIMS)
        huse_buf_fmt(&q->w.buf, "CREATE INDEX ON %s USING hnsw (text_vector vector_cosine_ops);\n", q->items);
}

static huse_status check(const cli_handover *h, const char *table, bool pgvector, huse_err *err)
{
    size_t d = HUSE_MAX(h->images.d, h->texts.d);
    if (!*table || strlen(table) > NAME_BYTES)
        return huse_fail(err, HUSE_USAGE, "--table: a name of 1 to %d bytes, not “%.80s”", NAME_BYTES, table);
    if (pgvector && d > PGVECTOR_DIMS)
        return huse_fail(err, HUSE_USAGE, "--pgvector: a vector of pgvector has at most %d numbers, these have %zu", PGVECTOR_DIMS, d);
    return HUSE_OK;
}

huse_status cli_hand_over_sql(const cli_handover *h, const char *table, bool pgvector, const char *path, huse_err *err)
{
    sql         q = {.h = h, .pgvector = pgvector};
    huse_status s = HUSE_OK;
    HUSE_TRY(check(h, table, pgvector, err));
    HUSE_TRY(cli_writer_open(&q.w, path, err));
    q.items = quoted_name(table, "");
    q.classes = quoted_name(table, "_classes");
    add_head(&q);
    for (size_t i = 0; s == HUSE_OK && i < h->items->n; i++) {
        s = cli_hand_over_step(h, i, err);
        add_item(&q, i);
        cli_writer_push(&q.w);
    }
    end_rows(&q);
    add_classes(&q);
    add_indexes(&q);
    huse_buf_str(&q.w.buf, "COMMIT;\n");
    free(q.items);
    free(q.classes);
    return cli_writer_close(&q.w, s, err);
}
