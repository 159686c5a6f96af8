/* NumPy's .npy: magic, version, header length, a Python dict literal, the data. (numpy.lib.format;
 * versions 1.0 to 3.0.) The literal is read by a grammar of its own that knows the three keys and
 * nothing else. */
#include "base/arrays.h"
#include "base/fs.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_MAX  65536
#define COLUMNS_MAX 65536

struct header {
    char descr[8];
    bool fortran, has_descr, has_order, has_shape;
    int ndim;
    size_t dim[2];
};

/* What is left of the literal. */
struct cursor {
    const char *p, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r'))
        c->p++;
}

static bool take(struct cursor *c, char what)
{
    skip_space(c);
    if (c->p == c->end || *c->p != what)
        return false;
    c->p++;
    return true;
}

static bool take_word(struct cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_space(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
        return false;
    c->p += n;
    return true;
}

/* A quoted string without escapes, shorter than @cap. */
static bool take_string(struct cursor *c, char *out, size_t cap)
{
    skip_space(c);
    if (c->p == c->end || (*c->p != '\'' && *c->p != '"'))
        return false;
    char quote = *c->p++;
    size_t n = 0;
    for (; c->p < c->end && *c->p != quote; c->p++) {
        if (n + 1 >= cap || *c->p == '\\' || *c->p == '\0')
            return false;
        out[n++] = *c->p;
    }
    out[n] = '\0';
    return take(c, quote);
}

static bool take_number(struct cursor *c, size_t *out)
{
    size_t v = 0;
    skip_space(c);
    const char *start = c->p;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++)
        if (__builtin_mul_overflow(v, (size_t)10, &v) ||
            __builtin_add_overflow(v, (size_t)(*c->p - '0'), &v))
            return false;
    *out = v;
    return c->p > start;
}

/* "()", "(3,)", "(3, 4)", "(3, 4,)"; ndim 3 stands for more than two. */
static bool take_shape(struct cursor *c, struct header *h)
{
    if (!take(c, '('))
        return false;
    for (h->ndim = 0; !take(c, ')');) {
        size_t d;
        if (!take_number(c, &d))
            return false;
        if (h->ndim < 2)
            h->dim[h->ndim] = d;
        h->ndim = HUSE_MIN(h->ndim + 1, 3);
        if (!take(c, ','))
            return h->ndim > 1 && take(c, ')');
    }
    return true;
}

static bool take_value(struct cursor *c, struct header *h, const char *key)
{
    bool *seen;
    bool ok;
    if (strcmp(key, "descr") == 0) {
        seen = &h->has_descr;
        ok = take_string(c, h->descr, sizeof h->descr);
    } else if (strcmp(key, "fortran_order") == 0) {
        seen = &h->has_order;
        h->fortran = take_word(c, "True");
        ok = h->fortran || take_word(c, "False");
    } else if (strcmp(key, "shape") == 0) {
        seen = &h->has_shape;
        ok = take_shape(c, h);
    } else {
        return false;
    }
    ok = ok && !*seen;
    *seen = true;
    return ok;
}

static bool parse_literal(struct header *h, const char *text, size_t n)
{
    struct cursor c = {text, text + n};
    char key[16];
    *h = (struct header){0};
    if (!take(&c, '{'))
        return false;
    while (!take(&c, '}')) {
        if (!take_string(&c, key, sizeof key) || !take(&c, ':') || !take_value(&c, h, key))
            return false;
        if (!take(&c, ',')) {
            if (!take(&c, '}'))
                return false;
            break;
        }
    }
    skip_space(&c);
    return c.p == c.end && h->has_descr && h->has_order && h->has_shape;
}

/* Finds the literal in the file; the data follow it. */
static const char *find_literal(const uint8_t *p, size_t n, const char **text, size_t *len)
{
    if (n < 10 || memcmp(p, "\x93NUMPY", 6) != 0)
        return "not a .npy file";
    if (p[6] < 1 || p[6] > 3 || p[7] != 0)
        return "a .npy version that is not supported";
    const size_t start = p[6] == 1 ? 10 : 12;
    size_t size = (size_t)p[8] | (size_t)p[9] << 8;
    if (n < start)
        return "cut short";
    if (p[6] > 1)
        size |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (size > HEADER_MAX)
        return "a header of more than 64 KiB";
    if (size > n - start)
        return "cut short";
    *text = (const char *)p + start;
    *len = size;
    return NULL;
}

/* What to tell of an element type we do not read, NULL for those we do. */
static const char *check_descr(const char *descr, size_t *bytes)
{
    if (strchr(descr, 'O'))
        return "it holds Python objects, which are never read";
    if (strcmp(descr, "<f4") == 0 || strcmp(descr, "<i4") == 0)
        *bytes = 4;
    else if (strcmp(descr, "<f8") == 0 || strcmp(descr, "<i8") == 0)
        *bytes = 8;
    else if (strcmp(descr, "<f2") == 0)
        *bytes = 2;
    else
        return "its element type is none of <f2, <f4, <f8, <i4, <i8";
    return NULL;
}

/* Unaligned little-endian elements to float32. */
static void convert(float *out, const uint8_t *p, size_t count, const char *descr)
{
    if (strcmp(descr, "<f4") == 0) {
        memcpy(out, p, count * sizeof *out);
    } else if (strcmp(descr, "<f8") == 0) {
        double v;
        for (size_t i = 0; i < count; i++, p += sizeof v) {
            memcpy(&v, p, sizeof v);
            out[i] = (float)v;
        }
    } else if (strcmp(descr, "<f2") == 0) {
        uint16_t v;
        for (size_t i = 0; i < count; i++, p += sizeof v) {
            memcpy(&v, p, sizeof v);
            out[i] = huse_from_f16(v);
        }
    } else if (strcmp(descr, "<i4") == 0) {
        int32_t v;
        for (size_t i = 0; i < count; i++, p += sizeof v) {
            memcpy(&v, p, sizeof v);
            out[i] = (float)v;
        }
    } else {
        int64_t v;
        for (size_t i = 0; i < count; i++, p += sizeof v) {
            memcpy(&v, p, sizeof v);
            out[i] = (float)v;
        }
    }
}

static const char *check_header(const struct header *h, size_t data_bytes, size_t *count)
{
    size_t size, bytes;
    const char *fault = check_descr(h->descr, &size);
    if (fault)
        return fault;
    if (h->ndim < 1 || h->ndim > 2)
        return "it has neither one nor two dimensions";
    if (h->fortran)
        return "it is in Fortran order; save it with numpy.ascontiguousarray";
    if (h->ndim == 2 && (h->dim[1] == 0 || h->dim[1] > COLUMNS_MAX))
        return "its rows have no or too many columns";
    if (__builtin_mul_overflow(h->dim[0], h->ndim == 2 ? h->dim[1] : 1, count) ||
        __builtin_mul_overflow(*count, size, &bytes))
        return "its shape is too big";
    if (bytes != data_bytes)
        return bytes > data_bytes ? "it is cut short" : "there is more data than its shape says";
    return NULL;
}

huse_status huse_npy_parse(const void *data, size_t bytes, const char *label, float **x, size_t *n,
                           size_t *d, huse_err *err)
{
    const char *text;
    size_t len, count;
    struct header h;
    const char *fault = find_literal(data, bytes, &text, &len);
    if (fault)
        return huse_fail(err, HUSE_BAD_DATA, "%s: %s", label, fault);
    if (!parse_literal(&h, text, len))
        return huse_fail(err, HUSE_BAD_DATA, "%s: the .npy header cannot be read", label);
    const uint8_t *start = (const uint8_t *)text + len;
    fault = check_header(&h, bytes - (size_t)(start - (const uint8_t *)data), &count);
    if (fault)
        return huse_fail(err, HUSE_BAD_DATA, "%s: %s", label, fault);
    void *out = NULL;
    HUSE_TRY(huse_try_alloc(&out, HUSE_MAX(count, 1), sizeof **x, err));
    if (count > 0)
        convert(out, start, count, h.descr);
    *x = out;
    *n = h.dim[0];
    *d = h.ndim == 2 ? h.dim[1] : 1;
    return HUSE_OK;
}

huse_status huse_npy_read(const char *path, float **x, size_t *n, size_t *d, huse_err *err)
{
    huse_map m;
    HUSE_TRY(huse_map_open(&m, path, err));
    huse_status s = huse_npy_parse(m.data ? m.data : (const uint8_t *)"", m.n, path, x, n, d, err);
    huse_map_close(&m);
    return s;
}

void huse_npy_head(huse_buf *b, size_t n, size_t d)
{
    HUSE_ASSERT(b->len == 0);
    huse_buf_add(b, "\x93NUMPY\x01\x00\x00\x00", 10);
    huse_buf_fmt(b, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", n, d);
    while (b->len % 64 != 63)
        huse_buf_str(b, " ");
    huse_buf_str(b, "\n");
    b->data[8] = (char)((b->len - 10) & 255);
    b->data[9] = (char)((b->len - 10) >> 8);
}

huse_status huse_npy_write(const char *path, const float *x, size_t n, size_t d, huse_err *err)
{
    huse_fs_new f;
    huse_buf head = {0};
    size_t bytes;
    HUSE_ASSERT(!__builtin_mul_overflow(n, d, &bytes));
    HUSE_ASSERT(!__builtin_mul_overflow(bytes, sizeof *x, &bytes));
    HUSE_TRY(huse_fs_new_begin(&f, path, err));
    huse_npy_head(&head, n, d);
    bool ok = huse_fs_write_all(f.fd, head.data, head.len) && huse_fs_write_all(f.fd, x, bytes);
    huse_buf_free(&head);
    if (!ok) {
        huse_status s = huse_fail_errno(err, "cannot write %s", path);
        huse_fs_new_abort(&f);
        return s;
    }
    return huse_fs_new_commit(&f, err);
}

char *huse_npy_ids(const char *path)
{
    const char *dot = strrchr(path, '.');
    int stem = (int)(dot && !strchr(dot, '/') ? (size_t)(dot - path) : strlen(path));
    char *ids = huse_format("%.*s.ids.txt", stem, path);
    if (huse_fs_exists(ids))
        return ids;
    free(ids);
    return NULL;
}
