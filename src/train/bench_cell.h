/* One cell of a comparison: a run, and the file that keeps what came of it. */
#ifndef HUSE_BENCH_CELL_H
#define HUSE_BENCH_CELL_H

#include "base/sha256.h"
#include "eval/compare.h"
#include "huse/train.h"

/** What a cell is. Everything is borrowed. */
typedef struct huse_cell_job {
    huse_workspace           *ws;
    const huse_host          *host;
    const char               *dir;         /* workspace/bench/ID */
    huse_key                  fingerprint; /* of the data set with its test items */
    const huse_train_params  *params;
    bool                      trial;       /* validation figures alone */
    bool                      finished;    /* is only read: NOT_FOUND where it cannot be */
    bool                      keep;        /* embeddings of validation and test items stay in embeddings/NAME */
    volatile const int       *stop;
    void (*progress)(void *ctx, const huse_progress *p);
    void (*embedding)(void *ctx, const char *what, size_t done, size_t total);
    void (*message)(void *ctx, const char *text);
    void *ctx;
} huse_cell_job;

typedef struct huse_cell {
    double          score; /* best on validation data; NaN without */
    long            best_step;
    huse_eval_items items; /* n 0 for a trial */
} huse_cell;
void huse_cell_free(huse_cell *c);

/** Makes the folders below @dir that cells need, and puts away what a process left that died after a cell's end. */
huse_status huse_cells_prepare(const char *dir, huse_err *err) HUSE_MUST_CHECK;
/** Its name, fresh: "huse-p-seed-2-9f86d081884c", by the hash of its settings. */
char *huse_cell_name(const huse_cell_job *j);
/** Whether it is finished. */
bool huse_cell_done(const huse_cell_job *j);
/** Reads a finished one; else trains it, from where it was left if that was so, measures it, keeps the result and removes the run. */
huse_status huse_cell_get(const huse_cell_job *j, huse_cell *c, huse_err *err) HUSE_MUST_CHECK;

#endif
