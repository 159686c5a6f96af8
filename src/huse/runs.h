/* Runs, seen and steered through their files: lists them, follows their figures as they are written, changes what they do between two steps.
 * Everything works for a run that another process, or another program, started. No call waits for a trainer. Paths and texts are UTF-8 as
 * they were found: not yet sanitised for a terminal. */
#ifndef HUSE_RUNS_H
#define HUSE_RUNS_H

#include "huse/train.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HUSE_PROBES_MAX = 6,     /* queries of a run */
    HUSE_PROBE_TEXT = 200,   /* most bytes of one */
    HUSE_PROBE_HITS = 6,     /* answers kept of each */
    HUSE_DRIFT_NEAR = 8,     /* neighbours kept of each class */
    HUSE_DRIFT_CLASSES = 5000, /* with more, none are kept */
    HUSE_LIVE_MAX = 16       /* at least as many as there are live hyper-parameters */
};

/* ---- which runs there are ---- */

typedef enum huse_run_state {
    HUSE_RUN_STARTING,  /* a trainer has it; no step yet */
    HUSE_RUN_RUNNING,
    HUSE_RUN_PAUSED,    /* a trainer has it and waits */
    HUSE_RUN_STOPPED,   /* by the interface or by a signal: can be resumed */
    HUSE_RUN_DIED,      /* its trainer ended without a word (killed, power cut): can be resumed */
    HUSE_RUN_DIVERGED,  /* its best checkpoint stands: resume with a smaller learning rate, or publish that */
    HUSE_RUN_FINISHED,  /* took all its steps, or stopped early; not published */
    HUSE_RUN_PUBLISHED, /* and its model was published */
    HUSE_RUN_BROKEN     /* its settings cannot be read: @why says it */
} huse_run_state;
/** "running", "paused", "stopped", … One plain word; static. */
const char *huse_run_state_name(huse_run_state s);
/** Whether a trainer has it: starting, running or paused. */
bool huse_run_is_live(huse_run_state s);

typedef struct huse_run_info {
    char           id[64];
    huse_run_state state;
    const char    *method;      /* "HUSE", "?" when unknown; static */
    const char    *score_name;  /* "R@1" or "accuracy"; static */
    long           seed;
    long           step, steps; /* last logged step; of so many, 0: not known (a run of an older program) */
    long           best_step;   /* 0: not validated yet */
    double         best_score;  /* NaN: not validated yet */
    double         items_per_s; /* as last logged; NaN before */
    double         seconds_left; /* by the last lines; NaN when not live or not known */
    double         seconds;     /* trained so far */
    int64_t        started, changed; /* UNIX seconds: first start, last word in the log */
    bool           current;     /* the model in use is of this run */
    bool           can_resume;  /* `train --resume --run ID` would go on with it: no trainer has it, and steps are left */
    char           model[64];   /* id of the model last published of it; "" none */
    char           why[256];    /* diverged, broken, or log lines that are damaged: one sentence; else "" */
    uint64_t       version;     /* differs whenever anything above but seconds_left does */
} huse_run_info;

/** Runs of one workspace, in the order they were made. For one thread. */
typedef struct huse_runs huse_runs;
/** @workspace: its directory. Nothing is read yet. */
huse_runs *huse_runs_new(const char *workspace);
void       huse_runs_free(huse_runs *r); /* NULL is fine */
/** Looks again. A run whose files did not change costs a stat and a lock test; what was appended to its log is read, no more. *changed
 *  (NULL: not wanted): anything differs from before. A workspace without runs is OK and empty; FAILED: the folder cannot be listed, and the
 *  old list stands. */
huse_status huse_runs_refresh(huse_runs *r, bool *changed, huse_err *err) HUSE_MUST_CHECK;
/** The list; borrowed until the next refresh. */
const huse_run_info *huse_runs_list(const huse_runs *r, size_t *n);
/** The run with this id, or NULL. */
const huse_run_info *huse_runs_find(const huse_runs *r, const char *id);

/** A run's settings as it was started, into @p, which need not be initialised; free with huse_train_params_fini. NOT_FOUND: no such run;
 *  BAD_DATA: its config.json is damaged. */
huse_status huse_runs_params(const char *workspace, const char *run, huse_train_params *p, huse_err *err) HUSE_MUST_CHECK;

/* ---- following one run ---- */

/** Its figures so far, read as they are appended: steps, validations, events, probes, neighbourhoods. For one thread. */
typedef struct huse_follow huse_follow;
/** Nothing is read yet, so this cannot fail; a run that is not there shows by the first poll. */
huse_follow *huse_follow_new(const char *workspace, const char *run);
void         huse_follow_free(huse_follow *f); /* NULL is fine */
/** Reads what is new; *changed (NULL: not wanted) says if anything is. A line that is not yet whole waits; a damaged one is counted and passed
 *  over; a log that a resumed run cut back or replaced is read again from its start (huse_follow_lives then differs). At most some megabytes
 *  are read in one call: *more (NULL: not wanted) asks for another. NOT_FOUND: no such run; FAILED: it cannot be read. What was read stays. */
huse_status huse_follow_poll(huse_follow *f, bool *changed, bool *more, huse_err *err) HUSE_MUST_CHECK;
/** How often the log was read from its start: indices into the columns hold as long as this does not change. */
unsigned huse_follow_lives(const huse_follow *f);
/** Lines of the log that could not be understood. */
size_t huse_follow_damaged(const huse_follow *f);
/** Its settings as it was started, or NULL when they cannot be read. Borrowed. */
const huse_train_params *huse_follow_params(const huse_follow *f);

/** One logged step per entry, by step ascending. All borrowed until the next poll. NaN: not logged, or not finite. */
typedef struct huse_follow_steps {
    size_t        n;
    const long   *step;
    const double *loss, *term[4], *lr, *items_per_s, *seconds;
    const char   *term_name[4]; /* of the method, in the places of huse_progress: class, graph, gap, instance; NULL: it has none; static */
    long          steps;        /* of so many; 0: not known */
} huse_follow_steps;
huse_follow_steps huse_follow_figures(const huse_follow *f);

/** One validation per entry, by step ascending. Borrowed likewise. */
typedef struct huse_follow_validations {
    size_t        n;
    const long   *step;
    const double *r1[4], *hp10[4], *accuracy[3]; /* I2I I2T T2I T2T; image, text, fusion */
    const double *score;
    size_t        best;       /* index of the one that the trainer holds for the best (where the log does not say: the last of the highest), n when none is finite */
    const char   *score_name; /* "R@1" or "accuracy"; static */
} huse_follow_validations;
huse_follow_validations huse_follow_checks(const huse_follow *f);

typedef enum huse_run_event_kind {
    HUSE_EVENT_START,     /* of the run */
    HUSE_EVENT_RESUME,    /* after @step */
    HUSE_EVENT_PAUSE,
    HUSE_EVENT_GO_ON,
    HUSE_EVENT_SET,       /* option := value, in force from @step on */
    HUSE_EVENT_STOP,      /* by control.json or a signal */
    HUSE_EVENT_END,       /* all steps taken */
    HUSE_EVENT_EARLY,     /* ended early: no better validation for too long */
    HUSE_EVENT_DIVERGED,  /* text says how */
    HUSE_EVENT_PUBLISHED  /* text: the model */
} huse_run_event_kind;

typedef struct huse_run_event {
    huse_run_event_kind kind;
    long        step;
    int64_t     time;   /* UNIX seconds, 0: not known */
    const char *option; /* SET: static name of the hyper-parameter; else NULL */
    double      value;  /* SET; else NaN */
    const char *text;   /* "" or as above; borrowed */
} huse_run_event;
/** Events in the order of the log. Borrowed until the next poll. */
const huse_run_event *huse_follow_events(const huse_follow *f, size_t *n);

/* ---- steering ---- */

/** What a run is asked for and what is in force. */
typedef struct huse_steering {
    bool pause, stop; /* asked for in control.json */
    struct {
        const char *option;      /* as in huse_hp; static */
        double      now, wanted; /* in force by the log; asked for (the same: nothing is pending) */
        double      low, high;
    } live[HUSE_LIVE_MAX];       /* hyper-parameters that may change while it goes on */
    size_t n;
} huse_steering;
/** By the log as last polled and control.json as it is. A damaged control.json asks for nothing. BAD_DATA: the run's settings cannot be
 *  read, so what is in force is not known. */
huse_status huse_follow_steering(const huse_follow *f, huse_steering *s, huse_err *err) HUSE_MUST_CHECK;

/* The four below change control.json: read, changed and replaced under a lock, so what two interfaces ask for at once is joined, the later
 * word counting where they ask for the same. A running trainer obeys between two steps, a paused one within a tenth of a second. NOT_FOUND:
 * no such run; FAILED: it cannot be written. */

/** Pause, or go on. */
huse_status huse_run_pause(const char *workspace, const char *run, bool pause, huse_err *err) HUSE_MUST_CHECK;
/** Ends it with a checkpoint, from which --resume goes on. Asked of a run that no trainer has, nothing happens: whoever resumes a run wants it
 *  to go on, so pause and stop from before count no more then. */
huse_status huse_run_stop(const char *workspace, const char *run, huse_err *err) HUSE_MUST_CHECK;
/** A live hyper-parameter := value, as text. USAGE: it is unknown, not live, no number, or out of range; nothing is written then. */
huse_status huse_run_set(const char *workspace, const char *run, const char *option, const char *value, huse_err *err) HUSE_MUST_CHECK;
/** Other probes from the next validation on; n 0: none. At most HUSE_PROBES_MAX of at most HUSE_PROBE_TEXT bytes of UTF-8: USAGE. */
huse_status huse_run_probe(const char *workspace, const char *run, const char *const *text, size_t n, huse_err *err) HUSE_MUST_CHECK;
/** Checks a value as it is typed, for any hyper-parameter: what huse_train_params_set would say, with nothing changed. */
huse_status huse_hp_check(const char *option, const char *value, huse_err *err) HUSE_MUST_CHECK;

/* ---- probes: the same queries asked of every validation checkpoint ---- */

typedef struct huse_probe_hit {
    const char *item;  /* id; huse_items_find gives the index (it may have left the catalogue since) */
    double      score; /* cosine in the shared space */
} huse_probe_hit;

typedef struct huse_probe_answer {
    const char    *text; /* the query */
    huse_probe_hit hit[HUSE_PROBE_HITS];
    size_t         n;
} huse_probe_answer;

/** What the space answered after @step steps (0: before training). */
typedef struct huse_probe_moment {
    long               step;
    size_t             of; /* pictures asked: all, or an even share of each class where asking all would slow the training */
    huse_probe_answer *answer;
    size_t             n;
} huse_probe_moment;
/** By step ascending; borrowed until the next poll. None: the run has no probes, or no text encoder to ask with. */
const huse_probe_moment *huse_follow_probes(const huse_follow *f, size_t *n);

/* ---- neighbourhoods ---- */

/** Steps at which neighbourhoods were kept, ascending; borrowed until the next poll. */
const long *huse_follow_drift_steps(const huse_follow *f, size_t *n);
/** Classes as they were when the run started, in byte order of their paths; borrowed until the next poll. */
const char *const *huse_follow_drift_classes(const huse_follow *f, size_t *n);

typedef struct huse_drift {
    const char *now[HUSE_DRIFT_NEAR], *gained[HUSE_DRIFT_NEAR], *lost[HUSE_DRIFT_NEAR]; /* class paths, nearest first; borrowed until the next poll */
    size_t      n_now, n_gained, n_lost;
    long        since, step; /* the steps that were compared */
} huse_drift;
/** Neighbours that a class gained and lost from the last step kept at or before @since (the first kept when there is none) to the newest kept
 *  one. NOT_FOUND: no such class, or nothing kept (yet). */
huse_status huse_follow_drift(const huse_follow *f, const char *class_path, long since, huse_drift *d, huse_err *err) HUSE_MUST_CHECK;
/** Classes whose neighbourhood changed most between the same steps, most changed first, as indices into the classes above; at most @k. */
huse_status huse_follow_drift_most(const huse_follow *f, long since, size_t k, uint32_t *cls, size_t *n, huse_err *err) HUSE_MUST_CHECK;

/* ---- what a run would cost ---- */

typedef struct huse_train_cost {
    long   steps;                /* it would take */
    size_t items, classes;       /* it would learn from */
    size_t pictures_new;         /* pictures that must be embedded first; their time is not in @seconds */
    double steps_per_s, items_per_s, seconds_per_validation, seconds; /* measured on this machine as it is now; to all the steps */
    double bytes;                /* of memory, at its peak while it trains */
} huse_train_cost;
/** Trains in memory for some two seconds on this workspace as it is embedded; nothing is written. @stop (NULL: none) set: INTERRUPTED. BAD_DATA:
 *  nothing to train on yet; cost->pictures_new is set also then. */
huse_status huse_train_estimate(huse_workspace *ws, const huse_host *host, const huse_train_params *p, volatile const int *stop,
                                huse_train_cost *cost, huse_err *err) HUSE_MUST_CHECK;

/** Publishes the best checkpoint of a run that no trainer has, and trains no further; `train --publish-best` of the command line. @run: NULL for the newest.
 *  Writes the model's id. FAILED: a trainer has it; NOT_FOUND: no such run, or no checkpoint; BAD_DATA: the catalogue is no longer the run's. */
huse_status huse_run_publish(huse_workspace *ws, const huse_host *host, const char *run, char model[64], huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
