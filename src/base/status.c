#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int         code;
    const char *sentence;
} status_row[] = {
#define STATUS_ROW(name, code, text) {#name, code, text},
    HUSE_STATUS_MAP(STATUS_ROW)
#undef STATUS_ROW
};

int huse_status_exit_code(huse_status s)
{
    HUSE_ASSERT((size_t)s < HUSE_COUNT(status_row));
    return status_row[s].code;
}

const char *huse_status_name(huse_status s)
{
    HUSE_ASSERT((size_t)s < HUSE_COUNT(status_row));
    return status_row[s].name;
}

const char *huse_status_sentence(huse_status s)
{
    HUSE_ASSERT((size_t)s < HUSE_COUNT(status_row));
    return status_row[s].sentence;
}

huse_status huse_fail(huse_err *err, huse_status status, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        err->status = status;
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
    }
    return status;
}

huse_status huse_fail_errno(huse_err *err, const char *fmt, ...)
{
    int e = errno;
    if (err) {
        va_list ap;
        char    why[128];
        va_start(ap, fmt);
        err->status = e == ENOENT ? HUSE_NOT_FOUND : HUSE_FAILED;
        int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        const char *text = e == ENOSPC || e == EDQUOT ? "the disk is full" : strerror_r(e, why, sizeof why);
        if (n >= 0 && (size_t)n < sizeof err->msg)
            snprintf(err->msg + n, sizeof err->msg - (size_t)n, ": %s", text);
    }
    return e == ENOENT ? HUSE_NOT_FOUND : HUSE_FAILED;
}

huse_status huse_fail_prefix(huse_err *err, const char *fmt, ...)
{
    if (!err)
        return HUSE_FAILED;
    char    old[sizeof err->msg];
    va_list ap;
    memcpy(old, err->msg, sizeof old);
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n < sizeof err->msg) {
        int room = (int)(sizeof err->msg - (size_t)n);
        snprintf(err->msg + n, (size_t)room, ": %.*s", room, old);
    }
    return err->status;
}
