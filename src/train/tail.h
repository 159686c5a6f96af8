/* Reading a file of lines while another process appends to it. */
#ifndef HUSE_TAIL_H
#define HUSE_TAIL_H

#include <jansson.h>

#include "base/base.h"

/** Zero-initialise but for path and most. */
typedef struct huse_tail {
    char    *path;      /* owned */
    size_t   line_max;  /* a longer line counts as damaged */
    uint64_t dev, ino;
    int64_t  size, mtime_ns; /* when looked at last */
    int64_t  at;        /* bytes taken, whole lines and the part in @line */
    huse_buf line;      /* the part of a line that has no end yet */
    bool     skipping;  /* it is already too long */
    char     last[64];  /* the bytes before @at: what tells a file that was rewritten in place */
    size_t   n_last;
    unsigned lives;     /* how often it was read from its start */
    size_t   damaged;   /* lines of this life that are no JSON object, or that @take refused */
} huse_tail;

typedef struct huse_tail_reader {
    void (*begin)(void *ctx);                   /* forget everything: the file starts anew */
    bool (*take)(void *ctx, const json_t *line); /* one object; false: it makes no sense */
    void *ctx;
} huse_tail_reader;

/** Gives what was appended since the last call, whole lines only, at most about a megabyte (*more then). Costs a stat when nothing changed.
 *  *changed: begin or take was called, or a line is damaged. A file that is missing is as one that is empty. FAILED: it is there but cannot
 *  be read. */
huse_status huse_tail_poll(huse_tail *t, const huse_tail_reader *r, bool *changed, bool *more, huse_err *err) HUSE_MUST_CHECK;
void        huse_tail_fini(huse_tail *t);

#endif
