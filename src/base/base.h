/* Fatal errors, checked allocation and small macros that every module uses. */
#ifndef HUSE_BASE_H
#define HUSE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huse/status.h"

#define HUSE_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HUSE_MIN(a, b) ((a) < (b) ? (a) : (b))
#define HUSE_MAX(a, b) ((a) > (b) ? (a) : (b))

/** `if (!OK(call(..., err))) goto out;` */
#define HUSE_TRY(expr)                     \
    do {                                   \
        huse_status huse_try_ = (expr);    \
        if (huse_try_ != HUSE_OK)          \
            return huse_try_;              \
    } while (0)

/** Whether another thread or a signal handler has set what @stop points to. NULL: never. */
static inline bool huse_stopped(volatile const int *stop)
{
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

/** Program errors: calls the fatal hook (which restores a terminal), then abort(). */
_Noreturn void huse_fatal(const char *file, int line, const char *what);
#define HUSE_ASSERT(cond) ((cond) ? (void)0 : huse_fatal(__FILE__, __LINE__, #cond))

/** The hook runs before abort(); it gets the message. NULL removes it. Not thread-safe: set it at start. */
void huse_fatal_hook(void (*hook)(const char *msg));

/** malloc, calloc, realloc, strdup that never return NULL: out of memory is fatal.
 *  For small blocks; big ones whose size comes from outside go through huse_try_alloc. */
void *huse_xmalloc(size_t bytes);
void *huse_xcalloc(size_t n, size_t bytes);
void *huse_xrealloc(void *p, size_t bytes);
char *huse_xstrdup(const char *s);
char *huse_xstrndup(const char *s, size_t n);

/** n * bytes, 64-byte aligned, zeroed; HUSE_FAILED with a message when it overflows or does not fit. free() it. */
huse_status huse_try_alloc(void **p, size_t n, size_t bytes, huse_err *err) HUSE_MUST_CHECK;

/** 64-byte aligned, zeroed, fatal when out of memory. free() it. */
void *huse_xaligned(size_t bytes);

/** Formats into fresh memory; the caller frees. */
char *huse_format(const char *fmt, ...) HUSE_PRINTF(1, 2);

/** Growable byte string. Zero-initialise; data is NUL-terminated once anything was added. */
typedef struct huse_buf {
    char  *data;
    size_t len, cap;
} huse_buf;
void huse_buf_add(huse_buf *b, const void *data, size_t n);
void huse_buf_str(huse_buf *b, const char *s);
void huse_buf_fmt(huse_buf *b, const char *fmt, ...) HUSE_PRINTF(2, 3);
void huse_buf_free(huse_buf *b);

#endif
