/* One query as a job for a worker. */
#ifndef UI_ASK_H
#define UI_ASK_H

#include "worker.h"

typedef struct ui_hits {
    char       *text;         /* "": no query, the catalogue itself in a mixed order */
    char       *class_filter; /* a class path, its subtree counts; NULL: all */
    huse_target target;
    double      rerank;       /* attribute mix 0..1; negative: the model's own */
    size_t      k, skip;
    bool        typed;        /* there may be more of it in a moment: no server is asked before UI_ASK_REST_MS without any */

    huse_status status;
    huse_err    err;
    huse_answer answer;
    bool        scored; /* false for the catalogue itself */
} ui_hits;
void ui_hits_free(ui_hits *h);
enum { UI_ASK_REST_MS = 120 };
/** Answers it at once, for use in a job; @stop: of the job. */
void ui_ask_now(huse_engine *e, ui_hits *h, volatile const int *stop);

typedef struct ui_ask {
    ui_job  job;
    ui_hits hits; /* done() may take it over, leaving zeros */
} ui_ask;

/** A job for what @q asks (its strings are taken over), in the lane of queries. */
ui_ask *ui_ask_new(ui_hits q, int topic, void (*done)(void *st, ui_job *job));

#endif
