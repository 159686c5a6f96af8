/* Feature rows made elsewhere, in the objects of a JSONL file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "data/embed.h"
#include "data/source.h"

/* JSON's id as import takes it; NULL: none. @number holds one that is a number. */
static const char *id_of(const json_t *o, char number[32])
{
    const json_t *id = json_object_get(o, "id");
    if (json_is_integer(id)) {
        snprintf(number, 32, "%lld", (long long)json_integer_value(id));
        return number;
    }
    return json_string_value(id);
}

static huse_status take_row(huse_given_rows *g, const json_t *v, const char *label, huse_err *err)
{
    size_t dim = json_array_size(v);
    if (!json_is_array(v) || dim == 0 || dim > HUSE_GIVEN_DIM_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s: a vector is a list of 1 to %d numbers", label, HUSE_GIVEN_DIM_MAX);
    if (g->n && dim != g->dim)
        return huse_fail(err, HUSE_BAD_DATA, "%s: a vector of %zu numbers after vectors of %zu", label, dim, g->dim);
    g->dim = dim;
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 256;
        HUSE_ASSERT(g->cap <= SIZE_MAX / sizeof *g->x / dim);
        g->x = huse_xrealloc(g->x, g->cap * dim * sizeof *g->x);
        g->id = huse_xrealloc(g->id, g->cap * sizeof *g->id);
        g->line = huse_xrealloc(g->line, g->cap * sizeof *g->line);
    }
    for (size_t c = 0; c < dim; c++) {
        const json_t *x = json_array_get(v, c);
        if (!json_is_number(x))
            return huse_fail(err, HUSE_BAD_DATA, "%s: number %zu of a vector is none", label, c + 1);
        g->x[g->n * dim + c] = (float)json_number_value(x);
    }
    return HUSE_OK;
}

static huse_status take_line(huse_given_rows *g, huse_str s, size_t line, const char *file, const char *member, huse_err *err)
{
    char    number[32];
    json_t *o = NULL;
    if (huse_str_trim(s).n == 0)
        return HUSE_OK;
    char       *label = huse_format("%s, line %zu", file, line);
    huse_status status = huse_json_parse(&o, s.s, s.n, label, err);
    const json_t *v = json_object_get(o, member);
    if (!v)
        v = json_object_get(o, "vector");
    const char *id = id_of(o, number);
    if (status == HUSE_OK && v && !json_is_null(v)) {
        status = id ? take_row(g, v, label, err) : huse_fail(err, HUSE_BAD_DATA, "%s: a vector without an id", label);
        if (status == HUSE_OK) {
            huse_str trimmed = huse_str_trim((huse_str){id, strlen(id)});
            g->id[g->n] = huse_xstrndup(trimmed.s, trimmed.n);
            g->line[g->n++] = line;
        }
    }
    json_decref(o);
    free(label);
    return status;
}

static huse_status read_lines(huse_given_rows *g, huse_window *w, const char *file, const char *member, huse_err *err)
{
    huse_status s = huse_window_begin(w, file, err);
    for (size_t line = 1; s == HUSE_OK && (w->n > 0 || !w->eof);) {
        const char *p = huse_window_at(w), *end = w->n ? memchr(p, '\n', w->n) : NULL;
        size_t      n = end ? (size_t)(end - p) : w->n;
        if (n > HUSE_RECORD_BYTES) {
            s = huse_fail(err, HUSE_BAD_DATA, "%s, line %zu: a line of more than 8 MiB", file, line);
        } else if (!end && !w->eof) {
            s = huse_window_fill(w, err);
        } else {
            s = take_line(g, (huse_str){p, n}, line++, file, member, err);
            huse_window_drop(w, end ? n + 1 : n);
        }
    }
    return s;
}

huse_status huse_given_rows_jsonl(huse_given_rows *g, const char *file, const char *member, huse_err *err)
{
    huse_window w;
    int         fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    *g = (huse_given_rows){0};
    if (fd < 0)
        return huse_fail_errno(err, "cannot open %s", file);
    huse_window_file(&w, fd);
    huse_status s = read_lines(g, &w, file, member, err);
    if (s == HUSE_OK && g->n == 0)
        s = huse_fail(err, HUSE_BAD_DATA, "%s: no object has a member %s or vector", file, member);
    huse_window_free(&w);
    close(fd);
    if (s != HUSE_OK)
        huse_given_rows_free(g);
    return s;
}

void huse_given_rows_free(huse_given_rows *g)
{
    for (size_t i = 0; g->id && i < g->n; i++)
        free(g->id[i]);
    free(g->id);
    free(g->line);
    free(g->x);
    *g = (huse_given_rows){0};
}
