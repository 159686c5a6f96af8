#include "data/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { CHUNK = 1 << 18 };

static const char *const field_name[HUSE_FIELDS] = {"id", "image", "text", "class", "split"};

const char *huse_field_name(huse_field f)
{
    return f >= 0 && f < HUSE_FIELDS ? field_name[f] : "row";
}

/* One "key=name" of s[0..n). */
static huse_status parse_column(huse_columns *c, huse_str s, huse_err *err)
{
    const char *equals = memchr(s.s, '=', s.n);
    if (!equals)
        return huse_fail(err, HUSE_USAGE, "columns: \"%.*s\" is no key=name, such as id=sku",
                         huse_str_clip(s, 60), s.s);
    huse_str key = huse_str_trim((huse_str){s.s, (size_t)(equals - s.s)});
    huse_str name = huse_str_trim((huse_str){equals + 1, s.n - (size_t)(equals + 1 - s.s)});
    for (int f = 0; f < HUSE_FIELDS; f++) {
        if (!huse_str_equal(key, (huse_str){field_name[f], strlen(field_name[f])}))
            continue;
        if (c->given[f])
            return huse_fail(err, HUSE_USAGE, "columns: %s is given twice", field_name[f]);
        if (name.n == 0)
            return huse_fail(err, HUSE_USAGE, "columns: %s has no column name", field_name[f]);
        free(c->name[f]);
        c->name[f] = huse_xstrndup(name.s, name.n);
        c->given[f] = true;
        return HUSE_OK;
    }
    char *word = huse_xstrndup(key.s, (size_t)huse_str_clip(key, 60));
    const char *near = huse_text_nearest(word, field_name, HUSE_FIELDS);
    huse_fail(
        err, HUSE_USAGE,
        "columns: there is no field \"%s\"%s%s; the fields are id, image, text, class and split",
        word, near ? ", did you mean " : "", near ? near : "");
    free(word);
    return HUSE_USAGE;
}

huse_status huse_columns_parse(huse_columns *c, const char *spec, huse_err *err)
{
    huse_columns x = {0};
    for (int f = 0; f < HUSE_FIELDS; f++)
        x.name[f] = huse_xstrdup(field_name[f]);
    for (const char *p = spec; p;) {
        const char *comma = strchr(p, ',');
        huse_str part = {p, comma ? (size_t)(comma - p) : strlen(p)};
        huse_status s = parse_column(&x, part, err);
        if (s != HUSE_OK) {
            huse_columns_free(&x);
            return s;
        }
        p = comma ? comma + 1 : NULL;
    }
    *c = x;
    return HUSE_OK;
}

void huse_columns_free(huse_columns *c)
{
    for (int f = 0; f < HUSE_FIELDS; f++)
        free(c->name[f]);
    *c = (huse_columns){0};
}

void huse_window_file(huse_window *w, int fd)
{
    *w = (huse_window){.fd = fd, .chunk = CHUNK};
}

void huse_window_memory(huse_window *w, const void *data, size_t n)
{
    *w = (huse_window){.fd = -1, .data = (char *)(uintptr_t)data, .n = n, .eof = true};
}

/* The window at least doubles, so that what is scanned again from its start costs no more than what
 * is new. */
huse_status huse_window_fill(huse_window *w, huse_err *err)
{
    size_t want = HUSE_MAX(w->n, w->chunk), got = 0;
    if (w->eof)
        return HUSE_OK;
    if (w->start > 0)
        memmove(w->data, w->data + w->start, w->n);
    w->start = 0;
    if (w->cap < w->n + want) {
        w->cap = w->n + want;
        w->data = huse_xrealloc(w->data, w->cap);
    }
    while (got < want) {
        ssize_t r = read(w->fd, w->data + w->n, want - got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return huse_fail_errno(err, "cannot read");
        if (r == 0) {
            w->eof = true;
            break;
        }
        w->n += (size_t)r;
        got += (size_t)r;
    }
    return HUSE_OK;
}

const char *huse_window_at(const huse_window *w)
{
    return w->data ? w->data + w->start : "";
}

void huse_window_drop(huse_window *w, size_t bytes)
{
    HUSE_ASSERT(bytes <= w->n);
    w->start += bytes;
    w->n -= bytes;
    w->done += bytes;
}

huse_status huse_window_skip_line(huse_window *w, huse_err *err)
{
    for (;;) {
        const char *p = huse_window_at(w), *end = w->n ? memchr(p, '\n', w->n) : NULL;
        huse_window_drop(w, end ? (size_t)(end - p) + 1 : w->n);
        if (end || w->eof)
            return HUSE_OK;
        HUSE_TRY(huse_window_fill(w, err));
    }
}

huse_status huse_window_begin(huse_window *w, const char *label, huse_err *err)
{
    while (w->n < 3 && !w->eof)
        if (huse_window_fill(w, err) != HUSE_OK)
            return huse_fail_prefix(err, "%s", label);
    const char *p = huse_window_at(w);
    if (w->n >= 2 && (memcmp(p, "\xFF\xFE", 2) == 0 || memcmp(p, "\xFE\xFF", 2) == 0))
        return huse_fail(err, HUSE_BAD_DATA, "%s:1:1: the file is UTF-16; save it as UTF-8", label);
    if (w->n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        huse_window_drop(w, 3);
    return HUSE_OK;
}

void huse_window_free(huse_window *w)
{
    if (w->fd >= 0)
        free(w->data);
    *w = (huse_window){.fd = -1, .eof = true};
}

void huse_pictures_add(huse_pictures *p, huse_str s)
{
    if (p->n == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 8;
        p->str = huse_xrealloc(p->str, p->cap * sizeof *p->str);
    }
    p->str[p->n++] = s;
}

void huse_pictures_split(huse_pictures *p, huse_str cell)
{
    while (cell.n > 0) {
        const char *bar = memchr(cell.s, '|', cell.n);
        size_t len = bar ? (size_t)(bar - cell.s) : cell.n;
        huse_str part = huse_str_trim((huse_str){cell.s, len});
        if (part.n > 0)
            huse_pictures_add(p, part);
        cell.s += bar ? len + 1 : len;
        cell.n -= bar ? len + 1 : len;
    }
}

void huse_source_position(const char *text, size_t at, size_t *line, size_t *column)
{
    size_t start = 0;
    for (const char *p; (p = memchr(text + start, '\n', at - start)) != NULL;
         start = (size_t)(p - text) + 1)
        (*line)++;
    *column = 1;
    while (start < at) {
        int32_t cp;
        start += huse_utf8_decode(text + start, at - start, &cp);
        (*column)++;
    }
}

bool huse_source_clean(const char *text, size_t n, size_t *at, huse_err *err)
{
    const char *nul = n ? memchr(text, 0, n) : NULL;
    size_t good = huse_utf8_check(text, n), nul_at = nul ? (size_t)(nul - text) : n;
    if (good == n && !nul)
        return true;
    *at = HUSE_MIN(good, nul_at);
    if (nul_at < good)
        huse_fail(err, HUSE_BAD_DATA, "a NUL byte");
    else
        huse_fail(err, HUSE_BAD_DATA, "byte 0x%02X is not UTF-8",
                  (unsigned)(unsigned char)text[good]);
    return false;
}
