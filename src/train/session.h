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

#endif
