/* What a comparison trains: rows of the tables, and each row's settings. */
#ifndef HUSE_BENCH_PLAN_H
#define HUSE_BENCH_PLAN_H

#include "huse/train.h"
#include "model/methods.h"

enum { HUSE_BENCH_SETS = 6 };

/** A hyper-parameter and its value as text. */
typedef struct huse_bench_set {
    char option[24], value[24];
} huse_bench_set;

typedef struct huse_bench_sets {
    huse_bench_set set[HUSE_BENCH_SETS];
    size_t         n;
} huse_bench_sets;

typedef struct huse_plan_row {
    const char        *label;
    const huse_method *method;
    huse_bench_sets    fixed;    /* what makes this row another one than its method's default */
    bool               ablation; /* of the row of HUSE that it is planned from */
} huse_plan_row;

/** Rows by @methods (names with commas between them; NULL: all), in the order of METHOD 6. Where the default preset adds terms to eq. 5 there
 *  are two of HUSE: "HUSE" without them, "HUSE+" with them. USAGE names what is unknown. free(*rows). */
huse_status huse_plan_rows(const char *methods, huse_plan_row **rows, size_t *n, huse_err *err) HUSE_MUST_CHECK;
/** HUSE as the default preset has it. */
huse_plan_row huse_plan_full_huse(void);
/** Its ablations for @classes classes; those that change nothing of @base are left out. free(*rows). */
void huse_plan_ablations(const huse_train_params *base, size_t classes, huse_plan_row **rows, size_t *n);

/** The settings of trial @k: none for k = 0, where the row's own weights start; else drawn from their ranges by a stream of (row, k).
 *  False: the row has nothing of its own to tune. */
bool huse_plan_trial(const huse_plan_row *row, long k, huse_bench_sets *out);

/** Settings of a row with tuned weights (NULL: none): the default preset, all steps taken. Free with huse_train_params_fini. */
huse_status huse_plan_params(const huse_plan_row *row, const huse_bench_sets *tuned, long steps, long seed, huse_train_params *p,
                             huse_err *err) HUSE_MUST_CHECK;

/** "beta .3, gamma 1.2" in fresh memory: the weights that are the row's own, as @p has them, and what makes it another row. */
char *huse_plan_settings(const huse_plan_row *row, const huse_train_params *p);

#endif
