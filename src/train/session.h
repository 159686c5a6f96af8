/* A run whose weights are not published but handed on. */
#ifndef HUSE_SESSION_H
#define HUSE_SESSION_H

#include "train/trainer.h"

typedef struct huse_session {
    const char *folder; /* holds runs/ in place of the workspace */
    /** Called once at the end with the weights of the best step in the trainer's network. */
    huse_status (*finish)(void *ctx, const huse_trainer *t, huse_err *err);
    void *ctx;
} huse_session;

/** huse_train with that; @session NULL: huse_train itself. With a session opt->no_publish must be set. */
huse_status huse_train_session(huse_workspace *ws, const huse_host *host, const huse_train_options *opt, const huse_session *session,
                               huse_train_report *report, huse_err *err) HUSE_MUST_CHECK;

/** Opens t->data with stand-ins for texts, on t->pool, and the text encoder; BAD_DATA: there is nothing to train on. */
huse_status huse_train_open_data(huse_trainer *t, huse_workspace *ws, const huse_host *host, huse_text_encoder **enc,
                                 huse_err *err) HUSE_MUST_CHECK;
/** Settings into a @to that is not initialised. */
huse_status huse_train_copy_params(huse_train_params *to, const huse_train_params *from, huse_err *err) HUSE_MUST_CHECK;

#endif
