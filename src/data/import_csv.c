/* CSV as RFC 4180 says, and no looser but for what parts fields, which the header shows: a quote
 * stands only around a field or doubled inside one, every row has as many fields as the header.
 * libcsv would give neither the place of a field nor that strictness. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "data/source.h"

enum {
    REWIND_BYTES = 64 << 20, /* how much may be read twice to find the rows behind broken quotes */
    MORE = -1                /* the window ends inside the record */
};

struct cell {
    size_t at;        /* offset of its first byte in the record, the quote's where quoted */
    size_t off, n;    /* its value: in the record, or in @unquoted */
    bool in_unquoted; /* it held doubled quotes */
};

struct csv {
    huse_window *w;
    const char *label;
    const huse_sink *sink;
    const huse_columns *columns;
    size_t line; /* of the window's first byte */
    char comma;  /* what parts fields: ',', ';' or a tab */
    struct cell *cell;
    size_t n_cells, cap_cells;
    huse_buf unquoted;
    size_t width;            /* cells of the header */
    int column[HUSE_FIELDS]; /* cell of a field, -1: none */
    huse_pictures picture;
    size_t reach;   /* how far the last fault's scan went */
    size_t rewound; /* bytes read twice so far */
};

/* A fault at byte @place of the record. */
static int fault(size_t *at, size_t place, huse_err *err, const char *what)
{
    *at = place;
    huse_fail(err, HUSE_BAD_DATA, "%s", what);
    return HUSE_BAD_DATA;
}

/* Scans a quoted field from its opening quote; *end is the byte after its closing quote. */
static int scan_quoted(struct csv *c, const char *p, size_t n, bool eof, struct cell *cell,
                       size_t *end, size_t *at, huse_err *err)
{
    size_t i = cell->at + 1, run = i;
    cell->off = c->unquoted.len;
    for (;;) {
        const char *quote = i < n ? memchr(p + i, '"', n - i) : NULL;
        size_t stop = quote ? (size_t)(quote - p) : n;
        c->reach = stop;
        if (stop - cell->at > HUSE_FIELD_BYTES)
            return fault(at, cell->at, err,
                         "a field of more than 1 MiB: is its closing quote missing?");
        if (!quote || stop + 1 == n) {
            if (!eof)
                return MORE;
            if (!quote)
                return fault(at, cell->at, err, "a quote that is never closed");
        }
        if (stop + 1 < n && p[stop + 1] == '"') { /* one quote stays of the two */
            huse_buf_add(&c->unquoted, p + run, stop + 1 - run);
            cell->in_unquoted = true;
            i = run = stop + 2;
            continue;
        }
        if (cell->in_unquoted)
            huse_buf_add(&c->unquoted, p + run, stop - run);
        else
            cell->off = cell->at + 1;
        cell->n = cell->in_unquoted ? c->unquoted.len - cell->off : stop - cell->off;
        *end = stop + 1;
        return HUSE_OK;
    }
}

static int scan_plain(const char *p, size_t n, bool eof, char comma, struct cell *cell, size_t *end,
                      size_t *at, huse_err *err)
{
    size_t i = cell->at;
    while (i < n && p[i] != comma && p[i] != '\n' && p[i] != '\r') {
        if (p[i] == '"')
            return fault(at, i, err, "a quote inside a field that does not begin with one");
        i++;
    }
    if (i - cell->at > HUSE_FIELD_BYTES)
        return fault(at, cell->at, err, "a field of more than 1 MiB");
    if (i == n && !eof)
        return MORE;
    cell->off = cell->at;
    cell->n = i - cell->at;
    *end = i;
    return HUSE_OK;
}

/* What ends a field at byte @i: @comma or '\n' (a line end or the end of the file), with the bytes
 * it takes in *take. */
static int scan_end(const char *p, size_t n, bool eof, char comma, size_t i, char *what,
                    size_t *take, size_t *at, huse_err *err)
{
    if (i == n && !eof)
        return MORE;
    *what = '\n';
    *take = i < n;
    if (i == n || p[i] == '\n')
        return HUSE_OK;
    if (p[i] == comma) {
        *what = comma;
        return HUSE_OK;
    }
    if (p[i] != '\r')
        return fault(at, i, err, "a closing quote that is not followed by a comma or a line end");
    if (i + 1 == n) /* a last line end that was cut in half is none the worse */
        return eof ? HUSE_OK : MORE;
    *take = 2;
    return p[i + 1] == '\n'
               ? HUSE_OK
               : fault(at, i, err, "a carriage return outside quotes without a line feed after it");
}

/* A quoted field that ends amid a later line was most likely meant to end on its own: that is where
 * the fault is. */
static void blame_opening(const char *p, const struct cell *cell, size_t end, size_t *at,
                          huse_err *err)
{
    size_t line = 0, column;
    if (p[cell->at] != '"' || *at != end)
        return;
    huse_source_position(p + cell->at, end - cell->at, &line, &column);
    if (line == 0)
        return;
    *at = cell->at;
    huse_fail(err, HUSE_BAD_DATA,
              "a quote whose closing one, %zu line%s on, is not followed by a comma or a line end",
              line, line == 1 ? "" : "s");
}

/* Scans one record at the window's start into cells; *used: its bytes with the line end. */
static int scan_record(struct csv *c, size_t *used, size_t *at, huse_err *err)
{
    const char *p = huse_window_at(c->w);
    size_t n = c->w->n, i = 0, take = 0;
    char what = c->comma;
    c->n_cells = 0;
    c->unquoted.len = 0;
    c->reach = 0;
    while (what == c->comma) {
        struct cell cell = {.at = i};
        int s = i < n && p[i] == '"' ? scan_quoted(c, p, n, c->w->eof, &cell, &i, at, err)
                                     : scan_plain(p, n, c->w->eof, c->comma, &cell, &i, at, err);
        if (s == HUSE_OK &&
            (s = scan_end(p, n, c->w->eof, c->comma, i, &what, &take, at, err)) == HUSE_BAD_DATA) {
            c->reach = i;
            blame_opening(p, &cell, i, at, err);
        }
        if (s == MORE && n > HUSE_RECORD_BYTES)
            return fault(at, 0, err, "a row of more than 8 MiB");
        if (s != HUSE_OK)
            return s;
        if (c->n_cells == HUSE_COLUMNS_MAX)
            return fault(at, cell.at, err, "a row of more than 4,096 fields");
        if (c->n_cells == c->cap_cells) {
            c->cap_cells = c->cap_cells ? c->cap_cells * 2 : 16;
            c->cell = huse_xrealloc(c->cell, c->cap_cells * sizeof *c->cell);
        }
        c->cell[c->n_cells++] = cell;
        i += take;
    }
    *used = i;
    if (i > HUSE_RECORD_BYTES)
        return fault(at, 0, err, "a row of more than 8 MiB");
    return huse_source_clean(p, i, at, err) ? HUSE_OK : HUSE_BAD_DATA;
}

static huse_str value(const struct csv *c, size_t i)
{
    const struct cell *x = &c->cell[i];
    return (huse_str){(x->in_unquoted ? c->unquoted.data : huse_window_at(c->w)) + x->off, x->n};
}

/* The value as it was before an export put an apostrophe in front, to keep spreadsheets from running it: see export.c. */
static huse_str unguarded(huse_str s)
{
    size_t i = 0;
    while (i < s.n && s.s[i] == '\'')
        i++;
    return i > 0 && i < s.n && strchr("=+-@\t\r", s.s[i]) ? (huse_str){s.s + 1, s.n - 1} : s;
}

/* Gives back @bytes of the window and counts their lines. */
static void advance(struct csv *c, size_t bytes)
{
    const char *p = huse_window_at(c->w), *end = p + bytes;
    while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        c->line++;
        p++;
    }
    huse_window_drop(c->w, bytes);
}

/* Goes on behind the line that byte @from lies in. */
static huse_status skip_line(struct csv *c, size_t from, huse_err *err)
{
    advance(c, from);
    c->line++;
    return huse_window_skip_line(c->w, err);
}

static huse_status report(struct csv *c, size_t at, huse_err *err)
{
    size_t line = c->line, column;
    huse_source_position(huse_window_at(c->w), at, &line, &column);
    return c->sink->bad(c->sink->ctx, c->label, line, column, err);
}

/* After a fault in the quoting nobody knows where rows begin: most likely on the next line. Only
 * when that was tried very often does the search go on behind all that was scanned, so that no file
 * can make it slow. */
static huse_status resume(struct csv *c, size_t at, huse_err *err)
{
    const char *end = memchr(huse_window_at(c->w), '\n', c->w->n);
    size_t reach = HUSE_MAX(at, c->reach);
    size_t from = end ? HUSE_MIN((size_t)(end - huse_window_at(c->w)), reach) : reach;
    c->rewound += reach - from;
    return skip_line(c, c->rewound > REWIND_BYTES ? reach : from, err);
}

static huse_status take_row(struct csv *c, huse_err *err)
{
    huse_record r = {.line = c->line};
    huse_field at = HUSE_FIELD_ROW;
    for (int f = 0; f < HUSE_FIELDS; f++)
        if (c->column[f] >= 0 && f != HUSE_FIELD_IMAGE)
            r.field[f] = unguarded(f == HUSE_FIELD_ID ? huse_str_trim(value(c, (size_t)c->column[f]))
                                                      : value(c, (size_t)c->column[f]));
    c->picture.n = 0;
    if (c->column[HUSE_FIELD_IMAGE] >= 0)
        huse_pictures_split(&c->picture, unguarded(value(c, (size_t)c->column[HUSE_FIELD_IMAGE])));
    r.picture = c->picture.str;
    r.n_pictures = c->picture.n;
    if (c->column[HUSE_FIELD_ID] < 0 && r.n_pictures > 0)
        r.field[HUSE_FIELD_ID] = r.picture[0];
    huse_status s = c->sink->row(c->sink->ctx, &r, &at, err);
    if (s != HUSE_BAD_DATA)
        return s;
    if (at == HUSE_FIELD_ID && c->column[at] < 0)
        at = HUSE_FIELD_IMAGE;
    return report(c, at >= 0 && c->column[at] >= 0 ? c->cell[c->column[at]].at : 0, err);
}

static huse_status ragged(struct csv *c, huse_err *err)
{
    size_t at = c->n_cells > c->width ? c->cell[c->width].at : c->cell[c->n_cells - 1].at;
    huse_fail(err, HUSE_BAD_DATA, "%zu field%s where the header has %zu", c->n_cells,
              c->n_cells == 1 ? "" : "s", c->width);
    return report(c, at, err);
}

/* "file:line:column: " before a fault that ends the reading. */
static huse_status fatal_at(struct csv *c, size_t at, huse_err *err)
{
    size_t line = c->line, column;
    huse_source_position(huse_window_at(c->w), at, &line, &column);
    return huse_fail_prefix(err, "%s:%zu:%zu", c->label, line, column);
}

static huse_status check_duplicates(struct csv *c, huse_err *err)
{
    huse_strmap seen = {0};
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < c->n_cells && s == HUSE_OK; i++) {
        huse_str name = huse_str_trim(value(c, i));
        if (name.n > 0 && huse_strmap_find(&seen, name.s, name.n) != HUSE_STRMAP_NONE) {
            huse_fail(err, HUSE_BAD_DATA, "the header names the column \"%.*s\" twice",
                      huse_str_clip(name, 60), name.s);
            s = fatal_at(c, c->cell[i].at, err);
        } else if (name.n > 0) {
            huse_strmap_add(&seen, name.s, name.n, (uint32_t)i);
        }
    }
    huse_strmap_free(&seen);
    return s;
}

/* The cell that a field is mapped to: its very name, else the only one that differs in case alone.
 */
static int find_column(const struct csv *c, const char *name)
{
    int loose = -1, n = 0;
    for (size_t i = 0; i < c->n_cells; i++) {
        huse_str cell = huse_str_trim(value(c, i));
        if (cell.n != strlen(name) || strncasecmp(cell.s, name, cell.n) != 0)
            continue;
        if (memcmp(cell.s, name, cell.n) == 0)
            return (int)i;
        loose = (int)i;
        n++;
    }
    return n == 1 ? loose : -1;
}

/* Says that a column is not there, with the nearest name, or all names. */
static huse_status no_column(struct csv *c, const char *wanted, bool given, huse_err *err)
{
    char **names = huse_xcalloc(c->n_cells, sizeof *names);
    huse_buf all = {0};
    for (size_t i = 0; i < c->n_cells; i++) {
        huse_str name = huse_str_trim(value(c, i));
        names[i] = huse_xstrndup(name.s, (size_t)huse_str_clip(name, 60));
        huse_buf_fmt(&all, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = huse_text_nearest(wanted, (const char *const *)names, c->n_cells);
    int shown = huse_str_clip((huse_str){all.data, all.len}, 200);
    if (given)
        huse_fail(err, HUSE_BAD_DATA, "there is no column \"%s\"%s%s%s; the columns are %.*s",
                  wanted, near ? ", did you mean \"" : "", near ? near : "", near ? "\"" : "",
                  shown, all.data);
    else
        huse_fail(err, HUSE_BAD_DATA,
                  "the header names no id and no image column; the columns are %.*s; name them with "
                  "--columns id=…,image=…",
                  shown, all.data);
    for (size_t i = 0; i < c->n_cells; i++)
        free(names[i]);
    free(names);
    huse_buf_free(&all);
    return fatal_at(c, 0, err);
}

/* What shops and museums call the columns in their exports, the likeliest first. */
static const char *const other_name[HUSE_FIELDS][12] = {
    [HUSE_FIELD_ID] = {"handle", "sku", "product id", "item id", "accession number", "object id"},
    [HUSE_FIELD_IMAGE] = {"image src", "image link", "image url", "images", "photo", "picture",
                          "image path", "file name", "filename", "file"},
    [HUSE_FIELD_TEXT] = {"title", "name", "product name", "caption", "description"},
    [HUSE_FIELD_CLASS] = {"product category", "google product category", "category", "categories",
                          "product type", "class path", "label"},
};

/* The column that has one of a field's other names, '_' and '-' counting as spaces; -1: none. */
static int find_other_name(const struct csv *c, int field)
{
    char folded[64];
    for (int k = 0; k < 12 && other_name[field][k]; k++)
        for (size_t i = 0; i < c->n_cells; i++) {
            huse_str cell = huse_str_trim(value(c, i));
            if (cell.n >= sizeof folded)
                continue;
            for (size_t b = 0; b <= cell.n; b++)
                folded[b] = b == cell.n ? '\0' : strchr("_-", cell.s[b]) ? ' ' : cell.s[b];
            if (strcasecmp(folded, other_name[field][k]) == 0)
                return (int)i;
        }
    return -1;
}

/* Fields that have no column of their name take one of another, unless --columns says what is what. */
static void guess_columns(struct csv *c)
{
    huse_buf *guess = c->columns->guess;
    for (int f = 0; f < HUSE_FIELDS; f++)
        if (c->columns->given[f])
            return;
    for (int f = 0; f < HUSE_FIELDS; f++) {
        if (c->column[f] < 0 && (c->column[f] = find_other_name(c, f)) >= 0 && guess) {
            huse_str name = huse_str_trim(value(c, (size_t)c->column[f]));
            huse_buf_fmt(guess, "%s%s=%.*s", guess->len ? "," : "", huse_field_name(f), (int)name.n, name.s);
        }
    }
}

static huse_status take_header(struct csv *c, huse_err *err)
{
    HUSE_TRY(check_duplicates(c, err));
    c->width = c->n_cells;
    for (int f = 0; f < HUSE_FIELDS; f++) {
        c->column[f] = find_column(c, c->columns->name[f]);
        if (c->column[f] < 0 && c->columns->given[f])
            return no_column(c, c->columns->name[f], true, err);
    }
    guess_columns(c);
    if (c->column[HUSE_FIELD_ID] < 0 && c->column[HUSE_FIELD_IMAGE] < 0)
        return no_column(c, "id", false, err);
    return HUSE_OK;
}

/* Scans the next record, reading more of the file as needed. */
static int next_record(struct csv *c, size_t *used, size_t *at, huse_err *err)
{
    for (;;) {
        int s = c->w->n > 0 || c->w->eof ? scan_record(c, used, at, err) : MORE;
        if (s != MORE)
            return s;
        huse_status fill = huse_window_fill(c->w, err);
        if (fill != HUSE_OK)
            return (int)huse_fail_prefix(err, "%s", c->label);
    }
}

/* Spreadsheets that write decimal commas part fields by semicolons, some by tabs: a header of one
 * field that holds such a sign is read again. */
static bool part_otherwise(struct csv *c)
{
    huse_str only = value(c, 0);
    const char *sign = only.n ? memchr(only.s, ';', only.n) : NULL;
    if (!sign && only.n)
        sign = memchr(only.s, '\t', only.n);
    if (sign)
        c->comma = *sign;
    return sign != NULL;
}

static huse_status read_header(struct csv *c, huse_err *err)
{
    size_t used, at = 0;
    HUSE_TRY(huse_window_begin(c->w, c->label, err));
    while (c->w->n > 0 || !c->w->eof) {
        int s = next_record(c, &used, &at, err);
        if (s == HUSE_BAD_DATA)
            return fatal_at(c, at, err);
        if (s != HUSE_OK)
            return (huse_status)s;
        if (c->n_cells == 1 && c->comma == ',' && part_otherwise(c))
            continue;
        bool blank = c->n_cells == 1 && huse_str_trim(value(c, 0)).n == 0;
        if (!blank)
            HUSE_TRY(take_header(c, err));
        advance(c, used);
        if (!blank)
            return HUSE_OK;
    }
    return huse_fail(err, HUSE_BAD_DATA, "%s is empty", c->label);
}

static huse_status read_rows(struct csv *c, huse_err *err)
{
    size_t used = 0, at = 0, told = 0;
    while (c->w->n > 0 || !c->w->eof) {
        int s = next_record(c, &used, &at, err);
        if (s == HUSE_BAD_DATA) {
            HUSE_TRY(report(c, at, err));
            HUSE_TRY(resume(c, at, err));
            continue;
        }
        if (s != HUSE_OK)
            return (huse_status)s;
        bool blank = c->n_cells == 1 && c->cell[0].n == 0 && c->cell[0].off == c->cell[0].at;
        if (!blank)
            HUSE_TRY(c->n_cells == c->width ? take_row(c, err) : ragged(c, err));
        advance(c, used);
        if (c->sink->progress && c->w->done - told >= HUSE_FIELD_BYTES) {
            told = c->w->done;
            c->sink->progress(c->sink->ctx, told);
        }
    }
    return HUSE_OK;
}

huse_status huse_csv_read(huse_window *w, const char *label, const huse_columns *columns,
                          const huse_sink *sink, huse_err *err)
{
    struct csv c = {.w = w, .label = label, .sink = sink, .columns = columns, .line = 1, .comma = ','};
    huse_status s = read_header(&c, err);
    if (s == HUSE_OK)
        s = read_rows(&c, err);
    free(c.cell);
    free(c.picture.str);
    huse_buf_free(&c.unquoted);
    return s;
}
