/* Training: a run learns a space from a workspace's features and publishes its best checkpoint as a model. */
#ifndef HUSE_TRAIN_H
#define HUSE_TRAIN_H

#include "huse/encode.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Every hyper-parameter, in the order of huse/params.def. Strings are owned by the struct. */
typedef struct huse_train_params {
#define HP(field, type, option, kind, def, paper, low, high, live, help) type field;
#include "huse/params.def"
#undef HP
} huse_train_params;

/** What a hyper-parameter is, for option parsers, forms and manuals. */
typedef enum huse_hp_kind { HUSE_HP_INT, HUSE_HP_REAL, HUSE_HP_TEXT } huse_hp_kind;
typedef struct huse_hp {
    const char  *option, *help;
    huse_hp_kind kind;
    double       low, high;
    int          live; /* may be changed in control.json while a run goes on */
} huse_hp;
size_t         huse_hp_count(void);
const huse_hp *huse_hp_at(size_t i);

/** Fills @p with a preset, "default" or "paper". NOT_FOUND for another name. Free with huse_train_params_fini. */
huse_status huse_train_params_init(huse_train_params *p, const char *preset, huse_err *err) HUSE_MUST_CHECK;
/** The same for a method of the comparison, by its option or its name ("huse-p", "HUSE-P"): in the default preset its own weights start
 *  where that method starts. */
huse_status huse_train_params_init_method(huse_train_params *p, const char *preset, const char *method, huse_err *err) HUSE_MUST_CHECK;
void        huse_train_params_fini(huse_train_params *p);
/** Sets one by its option name from text; USAGE when the name is unknown, no number, or out of range. */
huse_status huse_train_params_set(huse_train_params *p, const char *option, const char *value, huse_err *err) HUSE_MUST_CHECK;
/** Value of row @i as text, in fresh memory. */
char *huse_train_params_text(const huse_train_params *p, size_t i);

/** One line of progress; also what metrics.jsonl holds. NaN: not known at this step. */
typedef struct huse_progress {
    const char *run;
    long        step, steps;
    double      loss, l_class, l_graph, l_gap, l_instance, lr; /* other methods: their terms in the places of what they resemble */
    const char *term_name[4];                              /* of these four; NULL: the method has no such term, and it is NaN */
    double      items_per_s, seconds, seconds_left;
    double      val_r1[4], val_hp10[4], val_acc[3]; /* I2I I2T T2I T2T; image, text, fusion */
    double      val_score, best_score; /* mean of val_r1, or where score_name is "accuracy" of val_acc */
    const char *score_name;            /* "R@1" or "accuracy" */
    long        best_step;
    int         validated; /* the val_ figures are of this step */
} huse_progress;

typedef struct huse_train_options {
    const huse_train_params *params;
    const unsigned char     *given; /* by row of huse/params.def: what a run to resume must agree in; NULL: all. The rest it keeps. */
    int  resume;      /* go on with the newest run; start one when there is none */
    int  no_publish;
    const char *run;  /* id of the run to resume, or NULL */
    const char *const *probe; /* queries asked of every validation checkpoint (huse/runs.h); NULL: those the run had, or some from the catalogue */
    size_t n_probes;
    int no_probes;    /* nothing is asked, and no neighbourhoods are kept */
    volatile const int *stop; /* SIGINT or SIGTERM number when set: checkpoint and return INTERRUPTED or TERMINATED */
    void (*progress)(void *ctx, const huse_progress *p);
    void (*embedding)(void *ctx, const char *what, size_t done, size_t total); /* features come first */
    void (*started)(void *ctx, const char *run, int resumed);
    void (*message)(void *ctx, const char *text); /* one plain sentence */
    void *ctx;
} huse_train_options;

typedef struct huse_train_report {
    char   run[64], model[64]; /* model "" when not published */
    long   steps, best_step;
    double best_score, seconds;
    const char *score_name; /* "R@1" or "accuracy"; static */
} huse_train_report;

/** Embeds what is new, trains, publishes. BAD_DATA: fewer than two classes or no picture; DIVERGED: the best checkpoint is kept. */
huse_status huse_train(huse_workspace *ws, const huse_host *host, const huse_train_options *opt, huse_train_report *report,
                       huse_err *err) HUSE_MUST_CHECK;

/** Publishes a successor of the current model: same weights, index rows that match the catalogue. A workspace without a model: OK, nothing done. */
huse_status huse_publish_successor(huse_workspace *ws, const huse_host *host, huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
