#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*fatal_hook)(const char *msg);

void huse_fatal_hook(void (*hook)(const char *msg))
{
    fatal_hook = hook;
}

_Noreturn void huse_fatal(const char *file, int line, const char *what)
{
    if (fatal_hook) {
        char msg[256];
        snprintf(msg, sizeof msg, "%s:%d: %s", file, line, what);
        fatal_hook(msg);
    }
    abort();
}

static void *checked(void *p)
{
    if (!p)
        huse_fatal(__FILE__, __LINE__, "out of memory");
    return p;
}

void *huse_xmalloc(size_t bytes)
{
    return checked(malloc(bytes ? bytes : 1));
}

void *huse_xcalloc(size_t n, size_t bytes)
{
    return checked(calloc(n ? n : 1, bytes ? bytes : 1));
}

void *huse_xrealloc(void *p, size_t bytes)
{
    return checked(realloc(p, bytes ? bytes : 1));
}

char *huse_xstrdup(const char *s)
{
    return checked(strdup(s));
}

char *huse_xstrndup(const char *s, size_t n)
{
    return checked(strndup(s, n));
}

/* 64-byte aligned and zeroed, or NULL. */
static void *aligned(size_t bytes)
{
    size_t rounded = bytes <= SIZE_MAX - 63 ? (bytes + 63) & ~(size_t)63 : 0;
    void  *p = bytes && !rounded ? NULL : aligned_alloc(64, rounded ? rounded : 64);
    if (p)
        memset(p, 0, rounded ? rounded : 64);
    return p;
}

huse_status huse_try_alloc(void **p, size_t n, size_t bytes, huse_err *err)
{
    size_t total;
    void  *got = NULL;
    if (!__builtin_mul_overflow(n, bytes, &total))
        got = aligned(total);
    if (!got)
        return huse_fail(err, HUSE_FAILED, "not enough memory for %zu × %zu bytes", n, bytes);
    *p = got;
    return HUSE_OK;
}

void *huse_xaligned(size_t bytes)
{
    return checked(aligned(bytes));
}

char *huse_format(const char *fmt, ...)
{
    char   *s;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return checked(n < 0 ? NULL : s);
}

static void buf_reserve(huse_buf *b, size_t more)
{
    size_t need = b->len + more + 1;
    HUSE_ASSERT(need > more);
    if (need > b->cap) {
        b->cap = HUSE_MAX(need, b->cap * 2);
        b->data = huse_xrealloc(b->data, b->cap);
    }
}

void huse_buf_add(huse_buf *b, const void *data, size_t n)
{
    buf_reserve(b, n);
    if (n)
        memcpy(b->data + b->len, data, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void huse_buf_str(huse_buf *b, const char *s)
{
    huse_buf_add(b, s, strlen(s));
}

void huse_buf_fmt(huse_buf *b, const char *fmt, ...)
{
    char   *s;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    checked(n < 0 ? NULL : s);
    huse_buf_add(b, s, (size_t)n);
    free(s);
}

void huse_buf_free(huse_buf *b)
{
    free(b->data);
    *b = (huse_buf){0};
}
