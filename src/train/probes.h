/* What a run shows of the space as it forms: the same queries asked at every validation, and the neighbours of each class. Nothing here
 * touches the weights or anything that is drawn, and nothing that fails here ends a run. */
#ifndef HUSE_PROBES_H
#define HUSE_PROBES_H

#include "train/run.h"
#include "model/methods.h"
#include "train/setup.h"

typedef struct huse_probes huse_probes;

typedef struct huse_probes_options {
    const huse_dataset      *data;
    const huse_setup        *setup;
    const huse_method       *method;
    const huse_text_encoder *enc;
    huse_pool               *pool;
    const huse_run          *run;
    long                     step;      /* that the run goes on from: later lines are cut away */
    double                   items_between; /* items trained on from one validation to the next: what the cost is measured by */
    const char *const       *text;      /* queries; NULL: those the run had, or some chosen from the catalogue */
    size_t                   n;
    void (*message)(void *ctx, const char *text);
    void *ctx;
} huse_probes_options;

/** Everything is borrowed but the queries. */
huse_probes *huse_probes_new(const huse_probes_options *o);
void         huse_probes_free(huse_probes *p); /* NULL is fine */
/** Other queries from now on, by the member "probes" of control.json (NULL: it has none). */
void         huse_probes_ask(huse_probes *p, const json_t *list);
/** Asks the space of weights @w after step @step, and appends to probes.jsonl and neighbours.jsonl. NULL is fine. */
void         huse_probes_take(huse_probes *p, long step, const huse_weights *w);

/** USAGE: too many, one that is empty, too long or no UTF-8 text. */
huse_status huse_probes_check(const char *const *text, size_t n, huse_err *err) HUSE_MUST_CHECK;

/** Chooses @m of @n things evenly within their groups, small groups whole: group[i] < @groups, or -1 for what is in none and counts only
 *  where everything is taken. Ascending into out[m]; returns how many. */
size_t huse_probes_sample(const int32_t *group, size_t n, size_t groups, size_t m, uint32_t *out);

#endif
