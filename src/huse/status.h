/* Status codes and error messages: every fallible call of the library returns one. */
#ifndef HUSE_STATUS_H
#define HUSE_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, exit code of the command line, one sentence for the manual) */
#define HUSE_STATUS_MAP(X)                                                        \
    X(OK, 0, "Success.")                                                          \
    X(FAILED, 1, "The operation failed; the message says why.")                   \
    X(USAGE, 2, "The command line or a query is wrong.")                          \
    X(BAD_DATA, 3, "The input data are bad or insufficient.")                     \
    X(NOT_FOUND, 4, "A class, item, model, run or file does not exist.")          \
    X(NETWORK, 5, "A network transfer failed.")                                   \
    X(DIVERGED, 6, "Training diverged; the last good checkpoint is kept.")        \
    X(THRESHOLD, 7, "A figure is below the threshold of --fail-under.")           \
    X(INTERRUPTED, 130, "Interrupted; a checkpoint was written.")                 \
    X(TERMINATED, 143, "Terminated; a checkpoint was written.")

typedef enum huse_status {
#define HUSE_STATUS_ENUM(name, code, text) HUSE_##name,
    HUSE_STATUS_MAP(HUSE_STATUS_ENUM)
#undef HUSE_STATUS_ENUM
} huse_status;

/** What went wrong. The callee writes it; the caller owns the storage. */
typedef struct huse_err {
    huse_status status;
    char        msg[512]; /* UTF-8, one line, not yet sanitised for a terminal */
} huse_err;

#if defined(__GNUC__)
#define HUSE_MUST_CHECK __attribute__((warn_unused_result))
#define HUSE_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define HUSE_MUST_CHECK
#define HUSE_PRINTF(f, a)
#endif

/** Fills @err (NULL allowed) and returns @status, so that `return huse_fail(...)` reads well. */
huse_status huse_fail(huse_err *err, huse_status status, const char *fmt, ...) HUSE_PRINTF(3, 4);

/** As huse_fail, with ": strerror(errno)" appended; ENOSPC and EDQUOT say that the disk is full. */
huse_status huse_fail_errno(huse_err *err, const char *fmt, ...) HUSE_PRINTF(2, 3);

/** Puts "prefix: " before the message that @err already holds; keeps its status. */
huse_status huse_fail_prefix(huse_err *err, const char *fmt, ...) HUSE_PRINTF(2, 3);

/** Exit code, name ("BAD_DATA") and sentence of a status. Static strings. */
int         huse_status_exit_code(huse_status s);
const char *huse_status_name(huse_status s);
const char *huse_status_sentence(huse_status s);

#ifdef __cplusplus
}
#endif
#endif
