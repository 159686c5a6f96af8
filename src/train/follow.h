/* What huse_follow holds: the parts that its files share. */
#ifndef HUSE_FOLLOW_H
#define HUSE_FOLLOW_H

#include "huse/runs.h"
#include "model/methods.h"
#include "train/tail.h"

enum {
    HUSE_LOG_LINE = 1 << 16,          /* most bytes of a line of metrics.jsonl and probes.jsonl */
    HUSE_NEAR_LINE = 1 << 23,         /* of neighbours.jsonl */
    HUSE_MOMENTS_BYTES = 1 << 26,     /* no more is written to, or kept of, probes.jsonl and neighbours.jsonl each */
    HUSE_SERIES_WIDTH = 13
};

/* Values by ascending step. */
typedef struct huse_series {
    long   *step;
    double *value[HUSE_SERIES_WIDTH];
    size_t  width, n, cap;
    bool    thinned;
} huse_series;
/** False: the step is not behind the last one. A series that gets too long loses every second entry. */
bool huse_series_add(huse_series *s, long step, const double *value);
void huse_series_clear(huse_series *s);


typedef struct huse_follow_moments {
    huse_tail          probe_tail, near_tail;
    huse_probe_moment *probe;
    json_t           **probe_line; /* of each, what its strings lie in */
    size_t             n_probes;
    char             **cls;
    size_t             n_cls;
    long              *near_step;
    uint16_t         **near; /* (n_near) each (n_cls,HUSE_DRIFT_NEAR), UINT16_MAX: none */
    size_t             n_near;
    size_t             bytes; /* of near */
} huse_follow_moments;
void        huse_follow_moments_init(huse_follow_moments *m, const char *dir);
void        huse_follow_moments_fini(huse_follow_moments *m);
huse_status huse_follow_moments_poll(huse_follow_moments *m, bool *changed, bool *more, huse_err *err) HUSE_MUST_CHECK;

struct huse_follow {
    char               *dir, *id;
    huse_tail           tail;
    huse_train_params   params;
    bool                has_params;
    const huse_method  *method;
    huse_series         figures, checks;
    size_t              best;
    long                steps;
    huse_run_event     *event;
    size_t              n_events, cap_events;
    huse_follow_moments moments;
    unsigned            lives;
};

/** The event that a line of the log tells of, its text borrowed from the line; false when it tells of none that is known. */
bool huse_run_event_read(const json_t *line, huse_run_event *e);
/** Name in the log, NULL for SET and PUBLISHED, which have lines of their own. */
const char *huse_run_event_name(huse_run_event_kind kind);

#endif
