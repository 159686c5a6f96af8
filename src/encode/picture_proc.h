/* One huse-decode process: started, spoken to under a deadline, ended. */
#ifndef HUSE_PICTURE_PROC_H
#define HUSE_PICTURE_PROC_H

#include <sys/types.h>

#include "base/base.h"
#include "encode/picture_frames.h"

typedef struct huse_proc {
    pid_t    pid; /* 0: not running */
    int      fd;  /* our end of the socket pair, used without blocking */
    uint32_t sandbox;
} huse_proc;

/** Milliseconds of a clock that only goes forward. */
int64_t huse_proc_now(void);

/** Starts @path with the socket as its standard input and output and nothing else of ours, and waits for its greeting.
 *  FAILED: it cannot be started, or is no huse-decode of this version. */
huse_status huse_proc_start(huse_proc *p, const char *path, int64_t deadline, huse_err *err) HUSE_MUST_CHECK;

typedef enum huse_talk { HUSE_TALK_DONE, HUSE_TALK_CLOSED, HUSE_TALK_LATE } huse_talk;

/** All of @data to the helper, or all @n bytes from it, before @deadline (huse_proc_now). Raises no signal. */
huse_talk huse_proc_send(const huse_proc *p, const void *data, size_t n, int64_t deadline);
huse_talk huse_proc_receive(const huse_proc *p, void *to, size_t n, int64_t deadline);

/** Kills it (unless it ended by itself) and returns its wait status, -1 when that is unknown. */
int huse_proc_stop(huse_proc *p);

#endif
