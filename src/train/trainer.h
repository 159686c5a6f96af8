/* One training run in memory: the step, and what surrounds it. */
#ifndef HUSE_TRAINER_H
#define HUSE_TRAINER_H

#include "model/methods.h"
#include "model/optimiser.h"
#include "train/checkpoint.h"
#include "train/probes.h"
#include "train/sampler.h"
#include "train/validate.h"

typedef struct huse_trainer {
    huse_train_params   params; /* live: steering changes it */
    const huse_method  *method;
    huse_dataset       *data;
    huse_setup          setup;
    huse_taxonomy      *tree;
    huse_net           *net;
    huse_sampler        sampler;
    huse_loss_scratch   scratch;
    float              *m, *v;  /* moments */
    huse_pool          *pool;
    huse_run           *run;
    huse_probes        *probes; /* NULL: none are asked */
    huse_checkpoint     at;     /* step reached, best so far */
    long                steps, validate_every, checkpoint_every;
    huse_event         *event;  /* of an earlier life of this run, to be replayed */
    size_t              n_events;
    bool                resumed; /* this is not the first life of the run */
    double              loss, term[HUSE_TERMS]; /* of the last step: total, and the terms of the method */
    bool                unsaved;       /* the newest checkpoint could not be written */
    huse_err            unsaved_why;
} huse_trainer;

/** Allocates net, moments and batches for t->params, t->data and t->setup. No allocation happens in huse_trainer_step. */
huse_status huse_trainer_prepare(huse_trainer *t, huse_err *err) HUSE_MUST_CHECK;
void        huse_trainer_fini(huse_trainer *t);

/** How many steps a run of @p takes on @n_train items. */
long huse_trainer_steps(const huse_train_params *p, size_t n_train);
/** Learning rate of step @step (from 1) under the schedule. */
double huse_trainer_lr(const huse_trainer *t, long step);
/** Step number t->at.step + 1. */
void huse_trainer_step(huse_trainer *t);
/** What the method's loss is asked for at @step, by the settings of now. */
huse_objective huse_trainer_objective(const huse_trainer *t, long step);
/** The loss that the next step will start from, NaN when a weight is not finite; nothing of the run changes. */
double huse_trainer_loss_ahead(huse_trainer *t);
/** The weights under training as query-time weights; borrows, do not fini. */
huse_weights huse_trainer_weights(const huse_trainer *t);

/** The loop: from t->at.step to the end, a stop, or divergence; logs, validates, writes checkpoints. */
huse_status huse_trainer_run(huse_trainer *t, const huse_train_options *opt, huse_err *err) HUSE_MUST_CHECK;

#endif
