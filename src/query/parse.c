#include "query/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

typedef struct parser {
    const char            *text;
    size_t                 n, at;
    const huse_parse_host *host;
    size_t                *error_at;
    huse_err              *err;
} parser;

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(parser *p)
{
    while (p->at < p->n && blank(p->text[p->at]))
        p->at++;
}

/* A + or - at @i that stands alone. */
static bool sign_at(const parser *p, size_t i)
{
    return i < p->n && (p->text[i] == '+' || p->text[i] == '-') && (i == 0 || blank(p->text[i - 1])) &&
           (i + 1 == p->n || blank(p->text[i + 1]));
}

/* End of the words from @from on: the next sign or the end. */
static size_t words_end(const parser *p, size_t from)
{
    while (from < p->n && !sign_at(p, from))
        from++;
    return from;
}

static size_t trim_end(const parser *p, size_t from, size_t to)
{
    while (to > from && blank(p->text[to - 1]))
        to--;
    return to;
}

#define PARSE_FAIL(p, offset, ...) (*(p)->error_at = (offset), huse_fail((p)->err, HUSE_USAGE, __VA_ARGS__))

/* "2:" or "0.5:"; leaves the place as it was when there is none. */
static huse_status parse_weight(parser *p, double *weight)
{
    size_t i = p->at, digits = 0;
    double value = 0, place = 1;
    bool point = false;
    for (; i < p->n && ((p->text[i] >= '0' && p->text[i] <= '9') || (p->text[i] == '.' && !point)); i++) {
        if (p->text[i] == '.') {
            point = true;
            continue;
        }
        digits++;
        if (point)
            value += (p->text[i] - '0') * (place /= 10);
        else
            value = value * 10 + (p->text[i] - '0');
    }
    *weight = 1;
    if (digits == 0 || i >= p->n || p->text[i] != ':')
        return HUSE_OK;
    if (!(value >= 1e-6 && value <= 1e6))
        return PARSE_FAIL(p, p->at, "a weight must lie between 0.000001 and 1000000; put the words in quotes if this is none");
    *weight = value;
    p->at = i + 1;
    skip_blanks(p);
    return HUSE_OK;
}

/* "..." from the quote at p->at on. */
static huse_status parse_quoted(parser *p, char **value)
{
    size_t open = p->at;
    huse_buf b = { 0 };
    huse_buf_add(&b, "", 0);
    for (p->at++; p->at < p->n && p->text[p->at] != '"'; p->at++) {
        if (p->text[p->at] == '\\' && p->at + 1 < p->n && (p->text[p->at + 1] == '"' || p->text[p->at + 1] == '\\'))
            p->at++;
        huse_buf_add(&b, p->text + p->at, 1);
    }
    if (p->at >= p->n) {
        huse_buf_free(&b);
        return PARSE_FAIL(p, open, "this quotation mark has no partner");
    }
    size_t close = p->at++;
    skip_blanks(p);
    if (p->at < p->n && !sign_at(p, p->at)) {
        huse_buf_free(&b);
        return PARSE_FAIL(p, p->at, "after the closing quotation mark comes “ + ”, “ - ” or nothing");
    }
    if (b.len == 0) {
        huse_buf_free(&b);
        return PARSE_FAIL(p, close, "there is nothing between the quotation marks");
    }
    *value = b.data;
    return HUSE_OK;
}

/* What follows "@" or "class:": quoted, or everything up to the next sign. */
static huse_status parse_name(parser *p, const char *what, char **value)
{
    if (p->at < p->n && p->text[p->at] == '"')
        return parse_quoted(p, value);
    size_t end = words_end(p, p->at), last = trim_end(p, p->at, end);
    if (last == p->at)
        return PARSE_FAIL(p, p->at, "%s is missing here", what);
    *value = huse_xstrndup(p->text + p->at, last - p->at);
    p->at = end;
    return HUSE_OK;
}

static bool starts(const char *s, size_t n, const char *prefix)
{
    size_t len = strlen(prefix);
    return n >= len && memcmp(s, prefix, len) == 0;
}

/* True for what can only be a path: its absence is an error, not words. */
static bool plain_path(const char *s, size_t n)
{
    return starts(s, n, "./") || starts(s, n, "../") || starts(s, n, "/") || starts(s, n, "~/");
}

static bool picture_like(const char *s, size_t n)
{
    static const char *const ending[] = { ".jpg", ".jpeg", ".png", ".webp" };
    if (memchr(s, '/', n) != NULL)
        return true;
    for (size_t i = 0; i < HUSE_COUNT(ending); i++) {
        size_t len = strlen(ending[i]);
        if (n > len && strncasecmp(s + n - len, ending[i], len) == 0)
            return true;
    }
    return false;
}

static char *expand_home(const parser *p, const char *s, size_t n)
{
    if (!starts(s, n, "~/") || p->host->home == NULL)
        return huse_xstrndup(s, n);
    return huse_format("%s%.*s", p->host->home, (int)(n - 1), s + 1);
}

/* The file named by s[0..n), or NULL when there is none. */
static char *existing(const parser *p, const char *s, size_t n)
{
    char *path = expand_home(p, s, n);
    if (p->host->exists != NULL && p->host->exists(p->host->ctx, path))
        return path;
    free(path);
    return NULL;
}

/* Words, or the path of a picture. A path may hold " - ": of the ends a plain path can have, the first that names a file counts. */
static huse_status parse_words(parser *p, huse_term *t)
{
    const char *s = p->text + p->at;
    size_t end = words_end(p, p->at), n = trim_end(p, p->at, end) - p->at;
    bool plain = plain_path(s, n);
    if (plain || picture_like(s, n)) {
        for (size_t to = end; t->value == NULL; to = words_end(p, to + 1)) {
            t->value = existing(p, s, trim_end(p, p->at, to) - p->at);
            if (t->value != NULL)
                end = to;
            if (to >= p->n || !plain)
                break;
        }
        if (t->value != NULL)
            t->kind = HUSE_TERM_PICTURE;
        else if (plain)
            return PARSE_FAIL(p, p->at, "there is no picture %.*s; put it in quotes if these are words", (int)HUSE_MIN(n, 200), s);
    }
    if (t->value == NULL)
        t->value = huse_xstrndup(s, n);
    p->at = end;
    return HUSE_OK;
}

static huse_status parse_term(parser *p, huse_term *t)
{
    double weight;
    HUSE_TRY(parse_weight(p, &weight));
    t->weight *= weight;
    t->at = p->at;
    if (p->at >= p->n || sign_at(p, p->at))
        return PARSE_FAIL(p, p->at, "words, @item, class:Path or a picture are missing here");
    size_t left = p->n - p->at;
    if (p->text[p->at] == '"') {
        return parse_quoted(p, &t->value);
    } else if (p->text[p->at] == '@') {
        t->kind = HUSE_TERM_ITEM;
        p->at++;
        return parse_name(p, "the id of an item", &t->value);
    } else if (starts(p->text + p->at, left, "class:")) {
        t->kind = HUSE_TERM_CLASS;
        p->at += strlen("class:");
        return parse_name(p, "the path of a class", &t->value);
    }
    return parse_words(p, t);
}

static huse_status parse_all(parser *p, huse_terms *terms)
{
    skip_blanks(p);
    if (p->at == p->n)
        return PARSE_FAIL(p, p->n, "the query is empty");
    while (p->at < p->n) {
        double sign = 1;
        if (sign_at(p, p->at)) {
            sign = p->text[p->at] == '-' ? -1 : 1;
            p->at++;
            skip_blanks(p);
        }
        if (terms->n == HUSE_QUERY_MAX_TERMS)
            return PARSE_FAIL(p, p->at, "a query has at most %d terms", HUSE_QUERY_MAX_TERMS);
        huse_term *t = &terms->term[terms->n++];
        *t = (huse_term){ .kind = HUSE_TERM_TEXT, .weight = sign };
        HUSE_TRY(parse_term(p, t));
        skip_blanks(p);
    }
    return HUSE_OK;
}

huse_status huse_query_parse(huse_terms *terms, const char *text, const huse_parse_host *host, size_t *error_at, huse_err *err)
{
    parser p = { .text = text, .n = strlen(text), .host = host, .error_at = error_at, .err = err };
    terms->n = 0;
    *error_at = 0;
    if (p.n > HUSE_QUERY_MAX_BYTES)
        return PARSE_FAIL(&p, HUSE_QUERY_MAX_BYTES, "a query has at most %d bytes", HUSE_QUERY_MAX_BYTES);
    size_t bad = huse_utf8_check(text, p.n);
    if (bad < p.n)
        return PARSE_FAIL(&p, bad, "the query is not valid UTF-8");
    huse_status s = parse_all(&p, terms);
    if (s != HUSE_OK)
        huse_terms_free(terms);
    return s;
}

void huse_terms_free(huse_terms *terms)
{
    for (size_t i = 0; i < terms->n; i++)
        free(terms->term[i].value);
    terms->n = 0;
}
