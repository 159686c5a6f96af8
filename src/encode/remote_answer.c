#include "encode/remote_answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/text.h"
#include "net/rules.h"

#define ENDPOINT "/embeddings"

/* ---- places ---- */

bool huse_remote_place_is(const char *s)
{
    return strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0;
}

static bool model_name(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] >= 0x7f)
            return false;
    return n > 0 && n < HUSE_REMOTE_NAME_MAX;
}

huse_status huse_remote_place_parse(huse_remote_place *p, const char *s, huse_err *err)
{
    huse_net_url u;
    huse_err     why;
    const char  *hash = strchr(s, '#');
    if (!hash || !model_name(hash + 1))
        return huse_fail(err, HUSE_USAGE, "%.200s: name the model behind a “#”, as in https://host/v1#MODEL", s);
    char *address = huse_format("%.*s", (int)HUSE_MIN(hash - s, 4096), s);
    bool  query = strchr(address, '?') != NULL;
    huse_status st = huse_net_url_parse(&u, address, &why);
    free(address);
    if (st != HUSE_OK)
        return huse_fail(err, HUSE_USAGE, "the address of the text encoder: %s", why.msg);
    if (query) {
        huse_net_url_free(&u);
        return huse_fail(err, HUSE_USAGE, "the address of a text encoder holds no “?”");
    }
    size_t n = strlen(u.text), tail = sizeof ENDPOINT - 1;
    while (n > 0 && u.text[n - 1] == '/')
        n--;
    if (n > tail && memcmp(u.text + n - tail, ENDPOINT, tail) == 0)
        n -= tail;
    *p = (huse_remote_place){.base = huse_format("%.*s", (int)n, u.text),
                             .model = huse_xstrdup(hash + 1),
                             .origin = huse_xstrdup(u.origin),
                             .host = huse_xstrdup(u.host),
                             .https = u.https};
    p->url = huse_format("%s" ENDPOINT, p->base);
    huse_net_url_free(&u);
    return HUSE_OK;
}

void huse_remote_place_free(huse_remote_place *p)
{
    free(p->base);
    free(p->url);
    free(p->model);
    free(p->origin);
    free(p->host);
    *p = (huse_remote_place){0};
}

char *huse_remote_place_text(const huse_remote_place *p)
{
    return huse_format("%s#%s", p->base, p->model);
}

/* ---- requests ---- */

static void add_string(huse_buf *b, const char *s, size_t n)
{
    huse_buf_str(b, "\"");
    for (size_t i = 0, good = huse_utf8_check(s, n); i < n;) {
        size_t from = i;
        while (i < good && (unsigned char)s[i] >= 0x20 && s[i] != '"' && s[i] != '\\')
            i++;
        huse_buf_add(b, s + from, i - from);
        if (i < good) {
            huse_buf_fmt(b, "\\u%04x", (unsigned)(unsigned char)s[i++]);
        } else if (i < n) {
            huse_buf_str(b, "\xef\xbf\xbd");
            i++;
            good = i + huse_utf8_check(s + i, n - i);
        }
    }
    huse_buf_str(b, n ? "\"" : " \"");
}

char *huse_remote_request(const char *model, const char *const *text, const size_t *bytes, size_t n)
{
    huse_buf b = {0};
    huse_buf_str(&b, "{\"model\":");
    add_string(&b, model, strlen(model));
    huse_buf_str(&b, ",\"input\":[");
    for (size_t i = 0; i < n; i++) {
        huse_buf_str(&b, i ? "," : "");
        add_string(&b, text[i], bytes[i]);
    }
    huse_buf_str(&b, "]}");
    return b.data;
}

/* ---- answers ---- */

/* As much of @s, which is UTF-8, as fits. */
static void cut(char *out, size_t room, const char *s)
{
    size_t n = huse_utf8_check(s, HUSE_MIN(strlen(s), room - 1));
    memcpy(out, s, n);
    out[n] = 0;
}

uint64_t huse_remote_answer_max(size_t n, size_t dim)
{
    return (64U << 10) + (uint64_t)n * (dim ? dim : HUSE_REMOTE_DIM_MAX) * 32;
}

/* One vector, brought to length 1. */
static huse_status take_vector(float *row, const json_t *v, size_t dim, huse_err *err)
{
    double square = 0;
    for (size_t c = 0; c < dim; c++) {
        const json_t *x = json_array_get(v, c);
        double        value = json_number_value(x);
        if (!json_is_number(x) || !isfinite(value) || fabs(value) > 1e30)
            return huse_fail(err, HUSE_BAD_DATA, "a vector holds something that is not a finite number");
        square += value * value;
    }
    if (!(square > 1e-30))
        return huse_fail(err, HUSE_BAD_DATA, "a vector of zeros");
    for (size_t c = 0; c < dim; c++)
        row[c] = (float)(json_number_value(json_array_get(v, c)) / sqrt(square));
    return HUSE_OK;
}

static huse_status take_vectors(huse_remote_answer *a, const json_t *data, size_t n, bool *seen, huse_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const json_t *entry = json_array_get(data, i), *index = json_object_get(entry, "index"), *v = json_object_get(entry, "embedding");
        json_int_t    at = json_is_integer(index) ? json_integer_value(index) : -1;
        if (at < 0 || (size_t)at >= n || seen[at])
            return huse_fail(err, HUSE_BAD_DATA, "the vectors are not numbered from 0 to %zu, each once", n - 1);
        if (!json_is_array(v) || json_array_size(v) != a->dim)
            return huse_fail(err, HUSE_BAD_DATA, "the vectors are not all of %zu numbers", a->dim);
        seen[at] = true;
        HUSE_TRY(take_vector(a->row + (size_t)at * a->dim, v, a->dim, err));
    }
    return HUSE_OK;
}

static huse_status take_answer(huse_remote_answer *a, const json_t *root, size_t n, huse_err *err)
{
    char          said[161];
    const json_t *data = json_object_get(root, "data");
    const char   *message = json_string_value(json_object_get(json_object_get(root, "error"), "message"));
    const char   *model = json_string_value(json_object_get(root, "model"));
    if (message) {
        cut(said, sizeof said, message);
        return huse_fail(err, HUSE_BAD_DATA, "an error in place of vectors: %s", said);
    }
    if (!json_is_array(data))
        return huse_fail(err, HUSE_BAD_DATA, "JSON, but no vectors: is this the address of an OpenAI-compatible /v1?");
    if (json_array_size(data) != n)
        return huse_fail(err, HUSE_BAD_DATA, "%zu vectors for %zu texts", json_array_size(data), n);
    a->dim = json_array_size(json_object_get(json_array_get(data, 0), "embedding"));
    if (a->dim == 0 || a->dim > HUSE_REMOTE_DIM_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "vectors of %zu numbers: from 1 to %d are taken", a->dim, HUSE_REMOTE_DIM_MAX);
    if (model && strlen(model) < sizeof a->model)
        memcpy(a->model, model, strlen(model) + 1);
    bool *seen = huse_xcalloc(n, sizeof *seen);
    a->row = huse_xaligned(n * a->dim * sizeof *a->row);
    huse_status s = take_vectors(a, data, n, seen, err);
    free(seen);
    return s;
}

huse_status huse_remote_answer_parse(huse_remote_answer *out, const char *json, size_t bytes, size_t n, huse_err *err)
{
    huse_remote_answer a = {0};
    json_t            *root = NULL;
    size_t             at = 0;
    HUSE_ASSERT(n > 0);
    while (at < bytes && strchr(" \t\r\n", json[at]) && json[at])
        at++;
    if (at < bytes && json[at] == '<')
        return huse_fail(err, HUSE_BAD_DATA, "a page in place of vectors: is this the address of an OpenAI-compatible /v1?");
    HUSE_TRY(huse_json_parse(&root, json, bytes, "no sound JSON", err));
    huse_status s = take_answer(&a, root, n, err);
    json_decref(root);
    if (s == HUSE_OK)
        *out = a;
    else
        free(a.row);
    return s;
}

void huse_remote_answer_fault(char out[161], const char *body, const char *token)
{
    json_t  *root = NULL;
    huse_err err;
    out[0] = 0;
    if (huse_json_parse(&root, body, strlen(body), "fault", &err) != HUSE_OK)
        return;
    const json_t *e = json_object_get(root, "error");
    const char   *message = json_string_value(json_is_object(e) ? json_object_get(e, "message") : e);
    if (!message)
        message = json_string_value(json_object_get(root, "message"));
    if (message && (!token || !strstr(message, token)))
        cut(out, 161, message);
    json_decref(root);
}
