/* JSONL: one JSON object a line. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/source.h"

struct jsonl {
    huse_window *w;
    const char *label;
    const huse_sink *sink;
    const huse_columns *columns;
    size_t line;
    bool seen[HUSE_FIELDS]; /* some object had it */
    char **name;            /* the members of the first object, for messages */
    size_t n_names;
    huse_pictures picture;
    huse_buf class; /* a class given as a list */
    char id[32];    /* an id given as a number */
};

/* Byte offset of the value of a top-level member in a line that is known to be an object, 0 when it
 * is spelt with escapes. */
static size_t member_at(const char *s, size_t n, const char *name)
{
    size_t depth = 0, len = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '{' || s[i] == '[')
            depth++;
        else if (s[i] == '}' || s[i] == ']')
            depth--;
        if (s[i] != '"')
            continue;
        size_t start = ++i;
        while (i < n && s[i] != '"')
            i += s[i] == '\\' ? 2 : 1;
        size_t after = i + 1;
        while (after < n && (s[after] == ' ' || s[after] == '\t'))
            after++;
        if (depth == 1 && after < n && s[after] == ':' && i - start == len &&
            memcmp(s + start, name, len) == 0) {
            for (after++; after < n && (s[after] == ' ' || s[after] == '\t');)
                after++;
            return after;
        }
    }
    return 0;
}

static huse_status report(struct jsonl *j, const char *s, size_t at, huse_err *err)
{
    size_t line = j->line, column;
    huse_source_position(s, at, &line, &column);
    return j->sink->bad(j->sink->ctx, j->label, line, column, err);
}

/* False when brackets nest deeper than is allowed: jansson's own limit is far higher. */
static bool shallow(const char *s, size_t n, size_t *at)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        if (quoted && s[i] == '\\')
            i++;
        else if (s[i] == '"')
            quoted = !quoted;
        else if (!quoted && (s[i] == '{' || s[i] == '[') && ++depth > HUSE_JSON_DEPTH) {
            *at = i;
            return false;
        } else if (!quoted && (s[i] == '}' || s[i] == ']') && depth > 0)
            depth--;
    }
    return true;
}

static huse_str string_of(const json_t *v)
{
    return (huse_str){json_string_value(v), json_string_length(v)};
}

static huse_status wrong_type(huse_field f, const char *what, huse_field *at, huse_err *err)
{
    *at = f;
    return huse_fail(err, HUSE_BAD_DATA, "%s must be %s", huse_field_name(f), what);
}

static huse_status take_pictures(struct jsonl *j, const json_t *v, huse_field *at, huse_err *err)
{
    size_t n = json_array_size(v);
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(v, i);
        if (!json_is_string(x) || json_string_length(x) == 0)
            return wrong_type(HUSE_FIELD_IMAGE, "a string or a list of strings", at, err);
        huse_pictures_add(&j->picture, string_of(x));
    }
    return HUSE_OK;
}

static huse_status take_class(struct jsonl *j, const json_t *v, huse_record *r, huse_field *at,
                              huse_err *err)
{
    j->class.len = 0;
    for (size_t i = 0; i < json_array_size(v); i++) {
        const json_t *x = json_array_get(v, i);
        if (!json_is_string(x) || memchr(json_string_value(x), '/', json_string_length(x)))
            return wrong_type(HUSE_FIELD_CLASS, "a path or a list of names without \"/\"", at, err);
        if (i)
            huse_buf_add(&j->class, "/", 1);
        huse_buf_add(&j->class, json_string_value(x), json_string_length(x));
    }
    r->field[HUSE_FIELD_CLASS] = (huse_str){j->class.data, j->class.len};
    return HUSE_OK;
}

static huse_status take_member(struct jsonl *j, huse_field f, const json_t *v, huse_record *r,
                               huse_field *at, huse_err *err)
{
    if (json_is_null(v))
        return HUSE_OK;
    if (json_is_string(v)) {
        r->field[f] = f == HUSE_FIELD_ID ? huse_str_trim(string_of(v)) : string_of(v);
        if (r->field[f].n > HUSE_FIELD_BYTES) {
            *at = f;
            return huse_fail(err, HUSE_BAD_DATA, "%s of more than 1 MiB", huse_field_name(f));
        }
        if (f == HUSE_FIELD_IMAGE)
            huse_pictures_split(
                &j->picture,
                r->field[f]); /* as in CSV; the members of a list are taken as they are */
        return HUSE_OK;
    }
    if (f == HUSE_FIELD_ID && json_is_integer(v)) {
        int n = snprintf(j->id, sizeof j->id, "%lld", (long long)json_integer_value(v));
        r->field[f] = (huse_str){j->id, (size_t)n};
        return HUSE_OK;
    }
    if (f == HUSE_FIELD_IMAGE && json_is_array(v))
        return take_pictures(j, v, at, err);
    if (f == HUSE_FIELD_CLASS && json_is_array(v))
        return take_class(j, v, r, at, err);
    return wrong_type(f,
                      f == HUSE_FIELD_ID      ? "a string or a whole number"
                      : f == HUSE_FIELD_IMAGE ? "a string or a list of strings"
                      : f == HUSE_FIELD_CLASS ? "a path or a list of names"
                                              : "a string",
                      at, err);
}

static huse_status take_object(struct jsonl *j, const json_t *o, huse_record *r, huse_field *at,
                               huse_err *err)
{
    j->picture.n = 0;
    for (int f = 0; f < HUSE_FIELDS; f++) {
        const json_t *v = json_object_get(o, j->columns->name[f]);
        if (!v)
            continue;
        j->seen[f] = true;
        HUSE_TRY(take_member(j, (huse_field)f, v, r, at, err));
    }
    r->picture = j->picture.str;
    r->n_pictures = j->picture.n;
    if (!json_object_get(o, j->columns->name[HUSE_FIELD_ID]) && r->n_pictures > 0)
        r->field[HUSE_FIELD_ID] = r->picture[0];
    return j->sink->row(j->sink->ctx, r, at, err);
}

static void remember_names(struct jsonl *j, json_t *o)
{
    const char *key;
    json_t *v;
    if (j->name)
        return;
    j->name = huse_xcalloc(json_object_size(o) + 1, sizeof *j->name);
    json_object_foreach(o, key, v) j->name[j->n_names++] = huse_xstrdup(key);
}

static huse_status take_line(struct jsonl *j, const char *s, size_t n, huse_err *err)
{
    json_error_t je;
    size_t at = 0;
    if (!huse_source_clean(s, n, &at, err))
        return report(j, s, at, err);
    if (!shallow(s, n, &at)) {
        huse_fail(err, HUSE_BAD_DATA, "brackets nested deeper than 32");
        return report(j, s, at, err);
    }
    json_t *o = json_loadb(s, n, JSON_REJECT_DUPLICATES, &je);
    if (!o) {
        bool nul = json_error_code(&je) == json_error_null_character ||
                   json_error_code(&je) == json_error_null_byte_in_key;
        huse_fail(err, HUSE_BAD_DATA, "%s", nul ? "a NUL in a string" : je.text);
        return report(j, s, HUSE_MIN((size_t)HUSE_MAX(je.position, 1) - 1, n), err);
    }
    huse_record r = {.line = j->line};
    huse_field field = HUSE_FIELD_ROW;
    huse_status status;
    if (json_is_object(o)) {
        remember_names(j, o);
        status = take_object(j, o, &r, &field, err);
    } else {
        status = huse_fail(err, HUSE_BAD_DATA, "a line must hold one JSON object");
    }
    if (status == HUSE_BAD_DATA)
        status = report(j, s, field >= 0 ? member_at(s, n, j->columns->name[field]) : 0, err);
    json_decref(o);
    return status;
}

static huse_status read_lines(struct jsonl *j, huse_err *err)
{
    size_t told = 0;
    while (j->w->n > 0 || !j->w->eof) {
        const char *p = huse_window_at(j->w), *end = j->w->n ? memchr(p, '\n', j->w->n) : NULL;
        size_t n = end ? (size_t)(end - p) : j->w->n;
        if (n > HUSE_RECORD_BYTES) {
            huse_fail(err, HUSE_BAD_DATA, "a line of more than 8 MiB");
            HUSE_TRY(report(j, p, 0, err));
            HUSE_TRY(huse_window_skip_line(j->w, err));
            j->line++;
            continue;
        }
        if (!end && !j->w->eof) {
            HUSE_TRY(huse_window_fill(j->w, err));
            continue;
        }
        if (huse_str_trim((huse_str){p, n}).n > 0)
            HUSE_TRY(take_line(j, p, n, err));
        huse_window_drop(j->w, end ? n + 1 : n);
        j->line++;
        if (j->sink->progress && j->w->done - told >= HUSE_FIELD_BYTES) {
            told = j->w->done;
            j->sink->progress(j->sink->ctx, told);
        }
    }
    return HUSE_OK;
}

/* A name given on purpose that no object has is a slip, not a catalogue without that field. */
static huse_status check_seen(const struct jsonl *j, huse_err *err)
{
    for (int f = 0; f < HUSE_FIELDS; f++) {
        if (!j->columns->given[f] || j->seen[f] || !j->name)
            continue;
        const char *near =
            huse_text_nearest(j->columns->name[f], (const char *const *)j->name, j->n_names);
        return huse_fail(err, HUSE_BAD_DATA, "%s: no object has a member \"%s\"%s%s%s", j->label,
                         j->columns->name[f], near ? ", did you mean \"" : "", near ? near : "",
                         near ? "\"" : "");
    }
    return HUSE_OK;
}

huse_status huse_jsonl_read(huse_window *w, const char *label, const huse_columns *columns,
                            const huse_sink *sink, huse_err *err)
{
    struct jsonl j = {.w = w, .label = label, .sink = sink, .columns = columns, .line = 1};
    huse_status s = huse_window_begin(w, label, err);
    if (s == HUSE_OK)
        s = read_lines(&j, err);
    if (s == HUSE_OK)
        s = check_seen(&j, err);
    for (size_t i = 0; i < j.n_names; i++)
        free(j.name[i]);
    free(j.name);
    free(j.picture.str);
    huse_buf_free(&j.class);
    return s;
}
