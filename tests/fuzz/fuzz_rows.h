/* Shared by the targets of the row readers: whatever the bytes, rows hold only clean text within
 * the limits, faults have a place inside the file, and reading in tiny pieces finds the same rows
 * and faults as reading at once. */
#ifndef FUZZ_ROWS_H
#define FUZZ_ROWS_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/sha256.h"
#include "base/text.h"
#include "data/source.h"

typedef huse_status fuzz_reader(huse_window *w, const char *label, const huse_columns *c,
                                const huse_sink *sink, huse_err *err);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

typedef struct fuzz_log {
    huse_sha256_ctx *sha;
    size_t lines, rows;
} fuzz_log;

static void fuzz_note(fuzz_log *log, const void *p, size_t n)
{
    huse_sha256_add(log->sha, &n, sizeof n);
    if (n > 0)
        huse_sha256_add(log->sha, p, n);
}

static void fuzz_clean(huse_str s, size_t max)
{
    HUSE_ASSERT(s.n <= max);
    HUSE_ASSERT(s.n == 0 || (!memchr(s.s, 0, s.n) && huse_utf8_check(s.s, s.n) == s.n));
}

static huse_status fuzz_row(void *ctx, const huse_record *r, huse_field *at, huse_err *err)
{
    fuzz_log *log = ctx;
    HUSE_ASSERT(r->line >= 1 && r->line <= log->lines);
    for (int f = 0; f < HUSE_FIELDS; f++) {
        fuzz_clean(r->field[f], f == HUSE_FIELD_CLASS ? HUSE_RECORD_BYTES : HUSE_FIELD_BYTES);
        fuzz_note(log, r->field[f].s, r->field[f].n);
    }
    for (size_t i = 0; i < r->n_pictures; i++) {
        fuzz_clean(r->picture[i], HUSE_RECORD_BYTES);
        HUSE_ASSERT(r->picture[i].n > 0);
        fuzz_note(log, r->picture[i].s, r->picture[i].n);
    }
    if (++log->rows % 5 == 0) { /* the catalogue refuses rows too, in any field */
        *at = (huse_field)((int)(log->rows / 5 % (HUSE_FIELDS + 1)) - 1);
        return huse_fail(err, HUSE_BAD_DATA, "refused");
    }
    return HUSE_OK;
}

static huse_status fuzz_bad(void *ctx, const char *file, size_t line, size_t column, huse_err *err)
{
    fuzz_log *log = ctx;
    (void)file;
    HUSE_ASSERT(err->status == HUSE_BAD_DATA && err->msg[0] && column >= 1);
    HUSE_ASSERT(line >= 1 && line <= log->lines);
    fuzz_note(log, &line, sizeof line);
    fuzz_note(log, &column, sizeof column);
    fuzz_note(log, err->msg, strlen(err->msg));
    return HUSE_OK;
}

static huse_key fuzz_read(fuzz_reader *reader, huse_window *w, size_t lines, const char *columns)
{
    fuzz_log log = {.sha = huse_sha256_begin(), .lines = lines};
    huse_sink sink = {fuzz_row, fuzz_bad, NULL, &log};
    huse_columns c;
    huse_err err = {0};
    HUSE_ASSERT(huse_columns_parse(&c, columns, NULL) == HUSE_OK);
    huse_status s = reader(w, "fuzz", &c, &sink, &err);
    HUSE_ASSERT(s == HUSE_OK || (s == HUSE_BAD_DATA && err.status == s));
    fuzz_note(&log, err.msg, strlen(err.msg));
    huse_columns_free(&c);
    huse_window_free(w);
    return huse_sha256_end(log.sha);
}

static int fuzz_rows(fuzz_reader *reader, const uint8_t *data, size_t n, const char *columns)
{
    static int fd = -1;
    size_t lines = 1;
    huse_window w;
    for (size_t i = 0; i < n; i++)
        lines += data[i] == '\n';
    huse_window_memory(&w, data, n);
    huse_key whole = fuzz_read(reader, &w, lines, columns);
    if (fd < 0)
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    HUSE_ASSERT(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, n, 0) == (ssize_t)n &&
                lseek(fd, 0, SEEK_SET) == 0);
    huse_window_file(&w, fd);
    w.chunk = 1 + n % 7;
    huse_key pieces = fuzz_read(reader, &w, lines, columns);
    HUSE_ASSERT(huse_key_equal(&whole, &pieces));
    return 0;
}

#endif
