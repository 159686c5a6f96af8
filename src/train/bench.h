/* The comparison: every method trained on one catalogue with several seeds, cell by cell, each finished cell kept (METHOD 6). */
#ifndef HUSE_BENCH_H
#define HUSE_BENCH_H

#include "eval/compare.h"
#include "huse/train.h"

typedef struct huse_bench_progress {
    const char *label;       /* row that is trained: "HUSE-P" */
    long        seed, seeds; /* of 1 to seeds */
    long        trial, trials; /* of 1 to trials; 0: not a trial */
    size_t      cell, cells; /* this one, from 1; how many there are with those that were finished before */
    long        step, steps; /* steps 0: still being prepared */
    double      seconds_left; /* of everything; NaN: not known yet */
} huse_bench_progress;

typedef struct huse_bench_options {
    const char *methods; /* names with commas between them, as methods.h knows them, and "huse+"; NULL: all */
    long seeds, tune;    /* tune: trials for each row of the weights that are its own; 0: as they start */
    long steps;          /* 0: from the catalogue's size */
    int  quick;          /* fewer steps where steps is 0 */
    int  ablate;         /* rows of HUSE with one thing changed */
    int  keep;           /* keep the embeddings of every cell that is evaluated */
    int  finished;       /* train nothing, write nothing, hold no lock: the rows of what is finished so far */
    volatile const int *stop; /* SIGINT or SIGTERM number when set: INTERRUPTED or TERMINATED, to be gone on with */
    void (*progress)(void *ctx, const huse_bench_progress *p);
    void (*embedding)(void *ctx, const char *what, size_t done, size_t total);
    void (*message)(void *ctx, const char *text);
    void *ctx;
} huse_bench_options;

/** Settings of a row's own weights and what they gave on validation data. */
typedef struct huse_bench_trial {
    char  *settings;    /* "beta .3, gamma 1.2"; "" for none */
    double score;
    long   best_step;
} huse_bench_trial;

typedef struct huse_bench_row {
    char             *label;
    char             *settings;  /* where the row differs from the default preset, and its chosen weights; "" for nothing */
    const char       *score_name;
    bool              ablation;
    huse_bench_trial *trial;     /* (n_trials) */
    size_t            n_trials, chosen;
    size_t            n_seeds;   /* finished, of as many as there are seeds */
    huse_eval_items  *seed;      /* (n_seeds) and so are the others */
    double           *val_score; /* (seeds) */
    long             *best_step; /* (seeds) */
    char            **cell;      /* (seeds) names below cells/, and below embeddings/ where they are kept */
} huse_bench_row;

typedef struct huse_bench_result {
    char           *dir;   /* workspace/bench/ID */
    long            seeds, steps;
    size_t          classes, cells, finished; /* cells: all that are needed; those that are finished */
    huse_bench_row *row;   /* the methods, then, with ablate, HUSE as it stands above and its ablations */
    size_t          n_rows, n_methods;
} huse_bench_result;

/** Embeds what is new, then trains and measures what is not finished. Nothing is published. USAGE: an unknown method; BAD_DATA: nothing
 *  to train on, or no test items; FAILED: another process is at it; DIVERGED: training of a row that is no trial. */
huse_status huse_bench(huse_workspace *ws, const huse_host *host, const huse_bench_options *opt, huse_bench_result **out,
                       huse_err *err) HUSE_MUST_CHECK;
/** What the bench that was started last on this catalogue, as it is now, has finished. NOT_FOUND: none was started. */
huse_status huse_bench_finished(huse_workspace *ws, const huse_host *host, volatile const int *stop, huse_bench_result **out,
                                huse_err *err) HUSE_MUST_CHECK;
void        huse_bench_free(huse_bench_result *r); /* NULL is fine */

#endif
