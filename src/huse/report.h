/* Evaluations that are kept: what a model achieves item by item and class by class, two models side by side, and the comparison of methods
 * as far as it is trained. Paths, ids and texts are UTF-8 as they were found: not yet sanitised for a terminal. */
#ifndef HUSE_REPORT_PUBLIC_H
#define HUSE_REPORT_PUBLIC_H

#include "huse/eval.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HUSE_EVAL_ACCURACIES = 3, /* image, text, fusion */
    HUSE_EVAL_DRAWS = 2000,   /* of the intervals, as eval has them where nothing else is asked for */
    HUSE_EVAL_SEED = 1,
    HUSE_PAIR_ITEMS = 4,      /* examples kept of each confusion */
    HUSE_MODEL_ID = 128,
};
const char *huse_eval_accuracy_name(int k); /* "image", "text", "fusion" */

typedef enum huse_report_format { HUSE_REPORT_JSON, HUSE_REPORT_MARKDOWN, HUSE_REPORT_CSV } huse_report_format;

/* ---- one model ---- */

/** A class of the split. Shares are NaN where nothing was asked. */
typedef struct huse_class_figure {
    const char *path;
    size_t      items;                          /* of the split */
    double      r1[HUSE_EVAL_TASKS];            /* mean R@1 of its items as queries */
    double      accuracy[HUSE_EVAL_ACCURACIES];
    size_t      missed;                         /* taken for another class by picture and text together */
    const char *most;                           /* the class that most of these are taken for; NULL: none */
    size_t      most_count;
} huse_class_figure;

/** Items of one class that are taken for another. */
typedef struct huse_class_pair {
    const char *from, *to;
    size_t      count, of; /* of so many items of @from */
    const char *wrong[HUSE_PAIR_ITEMS]; /* ids of items of @from that are taken for @to; NULL after the last */
    const char *right[HUSE_PAIR_ITEMS]; /* ids of items of @to that are taken for what they are */
} huse_class_pair;

/** What an evaluation found. Immutable. */
typedef struct huse_evaluation {
    huse_eval_report   report;
    char               model[HUSE_MODEL_ID]; /* id */
    int64_t            when;  /* UNIX seconds */
    bool               fresh; /* of this model, and of the catalogue as it is now */
    huse_class_figure *cls;   /* (n_classes) those with items in the split, in byte order of their paths */
    size_t             n_classes;
    huse_class_pair   *pair;  /* (n_pairs) the most frequent first */
    size_t             n_pairs;
    struct huse_evaluation_items *items;
} huse_evaluation;

/** Evaluates a model (opt->model NULL: the current one) as huse_evaluate does, and keeps the result in evaluations/ of the workspace where that
 *  can be written. Errors are huse_evaluate's; INTERRUPTED: opt->stop. Free with huse_evaluation_free. */
huse_status huse_evaluation_run(huse_workspace *ws, const huse_host *host, const huse_eval_options *opt, huse_evaluation **out,
                                huse_err *err) HUSE_MUST_CHECK;
/** The result kept last for a model and split. NOT_FOUND: there is none, or no such model; BAD_DATA: it is damaged. */
huse_status huse_evaluation_load(huse_workspace *ws, const char *model, huse_split split, huse_evaluation **out,
                                 huse_err *err) HUSE_MUST_CHECK;
void        huse_evaluation_free(huse_evaluation *e); /* NULL is fine */
/** Its tables; JSON is that of `eval --json`. Fresh memory. */
char *huse_evaluation_text(const huse_evaluation *e, huse_report_format format);

/** Ids of the models that are published, in byte order; free each, and the array. @current: that of the one in use, "" without. A workspace
 *  without any: OK, none. */
huse_status huse_models_published(const char *workspace, char ***id, size_t *n, char current[HUSE_MODEL_ID], huse_err *err) HUSE_MUST_CHECK;

/* ---- two models beside each other ---- */

enum { HUSE_VERSUS_NEAR = 5 }; /* nearest classes that are compared */

/** A figure of both, over the items that both were evaluated on. */
typedef struct huse_versus_figure {
    const char *task, *figure; /* "T2I", "R@1"; "accuracy", "fusion" */
    double      a, b;
    double      lo, hi; /* 95 % interval of b − a, the same draws for both */
} huse_versus_figure;

/** A class that both models have seen items of. */
typedef struct huse_versus_class {
    char  *path;
    char  *gained[HUSE_VERSUS_NEAR], *lost[HUSE_VERSUS_NEAR]; /* classes among its nearest in b and not in a; in a and not in b; nearest first */
    size_t n_gained, n_lost;
} huse_versus_class;

typedef struct huse_versus {
    char                a[HUSE_MODEL_ID], b[HUSE_MODEL_ID]; /* model ids */
    size_t              items; /* that both were evaluated on */
    huse_versus_figure *figure;
    size_t              n_figures;
    huse_versus_class  *cls; /* the most changed first */
    size_t              n_classes;
    bool                too_many; /* classes: their neighbourhoods are not compared */
} huse_versus;

/** Compares two evaluations and their models. NOT_FOUND: a model is gone; INTERRUPTED: @stop. Free with huse_versus_free. */
huse_status huse_versus_make(const char *workspace, const huse_host *host, const huse_evaluation *a, const huse_evaluation *b,
                             volatile const int *stop, huse_versus **out, huse_err *err) HUSE_MUST_CHECK;
void        huse_versus_free(huse_versus *v); /* NULL is fine */

/* ---- methods beside each other ---- */

/** LEVEL: the interval of its paired difference from the best includes zero. */
typedef enum huse_standing { HUSE_STANDING_NONE, HUSE_STANDING_BEST, HUSE_STANDING_LEVEL } huse_standing;

/** A row of the tables. */
typedef struct huse_method_row {
    const char      *label;
    size_t           seeds; /* that the figures are means of */
    huse_eval_report mean;  /* intervals of queries averaged over seeds */
    double           accuracy_lo[HUSE_EVAL_ACCURACIES], accuracy_hi[HUSE_EVAL_ACCURACIES];
    huse_standing    mark[HUSE_EVAL_TASKS][HUSE_EVAL_FIGURES], accuracy_mark[HUSE_EVAL_ACCURACIES];
} huse_method_row;

enum { HUSE_PAPER_METHODS = 10 };
/** The paper's own figures (UPMC Food-101), of another data set: means alone. */
void huse_paper_methods(huse_method_row row[HUSE_PAPER_METHODS]);
/** Their tables. Fresh memory. */
char *huse_paper_text(huse_report_format format);

/** The comparison of methods as far as it is finished. */
typedef struct huse_methods {
    huse_method_row *row;        /* (n) those with a finished training: the methods, then HUSE and its ablations */
    size_t           n, n_methods;
    long             seeds, steps; /* asked for */
    size_t           classes;
    size_t           cells, finished; /* trainings: all, and those that are finished */
    struct huse_methods_source *source;
} huse_methods;

/** What a comparison is at that goes on. Texts are as they were found. */
typedef struct huse_bench_now {
    char   folder[32]; /* below bench/ of the workspace; "": none was ever started */
    char   row[64];    /* that is trained: "HUSE-P"; "": it is still being prepared */
    size_t seed, seeds, trial, trials; /* of 1 to seeds; of 1 to trials, trials 0: not a trial */
    size_t cell, cells; /* this training, from 1; all of them */
    size_t step, steps; /* steps 0: still being prepared */
    double seconds_left; /* of everything; NaN: not known yet */
} huse_bench_now;
/** Whether a program is at the comparison that was started last on a workspace, and what it is at: three small files are read. @out is set
 *  in any case. */
bool huse_bench_look(const char *workspace, huse_bench_now *out);

/** What the bench that was started last on this catalogue, as it is now, has finished; nothing is trained or written. NOT_FOUND: none was
 *  started, or nothing of it is finished; INTERRUPTED: @stop. Free with huse_methods_free. */
huse_status huse_methods_load(huse_workspace *ws, const huse_host *host, volatile const int *stop, huse_methods **out,
                              huse_err *err) HUSE_MUST_CHECK;
void        huse_methods_free(huse_methods *m); /* NULL is fine */
/** Its tables; JSON: an object of what `bench --json` has for each method. Fresh memory. */
char *huse_methods_text(const huse_methods *m, huse_report_format format);

#ifdef __cplusplus
}
#endif
#endif
