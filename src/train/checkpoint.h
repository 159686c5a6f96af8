/* Checkpoints: runs/ID/step-N/ bundles that hold all that an exact resume needs. */
#ifndef HUSE_CHECKPOINT_H
#define HUSE_CHECKPOINT_H

#include "model/params.h"
#include "train/run.h"

typedef struct huse_checkpoint {
    long   step, best_step, validations_since_best;
    double best_score; /* NaN: none yet */
    double seconds;    /* trained so far */
    double first[4];   /* loss terms of the first step: what divergence is measured against */
    bool   other_core; /* read: written where the BLAS library computes in another order */
} huse_checkpoint;

/** Writes step-N with weights and moments (blocks by the table) and the live hyper-parameters; then removes all but the newest three and the best. */
huse_status huse_checkpoint_write(huse_run *run, const huse_checkpoint *c, const huse_train_params *p,
                                  const huse_params *table, const float *w, const float *m, const float *v,
                                  huse_err *err) HUSE_MUST_CHECK;
/** Reads one; m and v may be NULL (weights only). The live values of @p are set from it (NULL: not wanted). */
huse_status huse_checkpoint_read(const huse_run *run, long step, huse_checkpoint *c, huse_train_params *p,
                                 const huse_params *table, float *w, float *m, float *v, huse_err *err) HUSE_MUST_CHECK;
/** The newest checkpoint that verifies; NOT_FOUND when none does. @skipped says why newer ones were passed over ("" if none were). */
huse_status huse_checkpoint_read_newest(const huse_run *run, huse_checkpoint *c, huse_train_params *p,
                                        const huse_params *table, float *w, float *m, float *v, char skipped[256],
                                        huse_err *err) HUSE_MUST_CHECK;

#endif
