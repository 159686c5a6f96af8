/* The files of a run: runs/ID/ with config.json, metrics.jsonl, control.json, setup/ and checkpoints step-N/ (DESIGN 3, 6). */
#ifndef HUSE_RUN_H
#define HUSE_RUN_H

#include <jansson.h>

#include "base/base.h"
#include "huse/train.h"

/** Which version of a file was seen; zero: there was none. */
typedef struct huse_stamp {
    uint64_t ino;
    int64_t  mtime_ns, size;
} huse_stamp;

typedef struct huse_run {
    char *id, *dir;
    int   lock;     /* flock of runs/ID/lock while the trainer lives */
    int   log;      /* metrics.jsonl, appended to */
    huse_stamp control, control_was; /* control.json as last read; as it was when the run was opened */
} huse_run;

/** 7 of "run-7"; -1: it is no run's name. */
long huse_run_number(const char *id);

/** Makes runs/run-N with the next free N, locks it, writes config.json. */
huse_status huse_run_create(huse_run **run, const char *workspace, const huse_train_params *p, huse_err *err) HUSE_MUST_CHECK;
/** Opens and locks an existing run (@id, or the newest when NULL); NOT_FOUND when there is none; FAILED when another trainer has it. */
huse_status huse_run_open(huse_run **run, const char *workspace, const char *id, huse_err *err) HUSE_MUST_CHECK;
/** Reads its config.json into an initialised @p. */
huse_status huse_run_params(const huse_run *run, huse_train_params *p, huse_err *err) HUSE_MUST_CHECK;
/** The same for the run in folder @dir, into a @p that is not initialised. */
huse_status huse_run_params_at(const char *dir, huse_train_params *p, huse_err *err) HUSE_MUST_CHECK;
void        huse_run_close(huse_run *run); /* NULL is fine */

/** Appends one object as a line of metrics.jsonl; steals the reference. What fails leaves no torn line. */
huse_status huse_run_log(huse_run *run, json_t *line, huse_err *err) HUSE_MUST_CHECK;
/** The same for another file of the run, which is made when it is missing. Nothing is written, and *full set, where the file would get longer
 *  than @most. */
huse_status huse_run_append(const huse_run *run, const char *name, json_t *line, int64_t most, bool *full, huse_err *err) HUSE_MUST_CHECK;
/** Cuts such a file back to whole lines of steps ≤ @step. A missing one is fine. */
huse_status huse_run_cut(const huse_run *run, const char *name, long step, huse_err *err) HUSE_MUST_CHECK;

/** A steering event: option := value before step number @step. */
typedef struct huse_event {
    long   step;
    char   option[24];
    double value;
} huse_event;
/** Steering events of the log by step (free(*events)), and cuts the log back to lines of steps ≤ @step, keeping those events.
 *  A setting made in a later life takes the place of those that an earlier one made of it at the same step or after. */
huse_status huse_run_rewind(huse_run *run, long step, huse_event **events, size_t *n, huse_err *err) HUSE_MUST_CHECK;

/** control.json when it changed since the last call: new reference or NULL (unchanged, absent or damaged). One that was written just now is
 *  given again, since clocks of files are coarse. @old: it was there when the run was opened, so an earlier life may have obeyed it. */
json_t *huse_run_control(huse_run *run, bool *old);
/** Has the next huse_run_control read the same file again. */
void    huse_run_control_again(huse_run *run);
/** When a run is opened: whoever resumes it wants it to go on, so pause and stop of before are taken out of control.json. */
void    huse_run_control_settle(huse_run *run);
/** control.json of the run in folder @dir as it is: new reference, NULL when absent or damaged. */
json_t *huse_run_control_read(const char *dir);

/** Whether the log says that the run reached its end at @step and was published. */
bool huse_run_published(const huse_run *run, long step);

/** Checkpoint directories of a run as steps, ascending. free(*steps). */
huse_status huse_run_checkpoints(const huse_run *run, long **steps, size_t *n, huse_err *err) HUSE_MUST_CHECK;

#endif
