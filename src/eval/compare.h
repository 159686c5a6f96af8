/* Several methods side by side (METHOD 6, 7): figures item by item, their means over seeds, and who is best. */
#ifndef HUSE_COMPARE_H
#define HUSE_COMPARE_H

#include <jansson.h>

#include "eval/metrics.h"
#include "huse/report.h"

enum { HUSE_ACCURACIES = HUSE_EVAL_ACCURACIES };
extern const char *const huse_accuracy_name[HUSE_ACCURACIES]; /* "image", "text", "fusion" */

/** What one set of weights answers, item by item. */
typedef struct huse_eval_items {
    huse_eval_report report;      /* from a comparison: without intervals and attribute search */
    size_t   n;
    int32_t *cls;                /* (n) */
    float   *figure[HUSE_TASKS]; /* (n, HUSE_FIGURES), NaN rows for items left out; NULL: the method has no such task */
    float   *right;              /* (n, HUSE_ACCURACIES) 1, 0 or NaN; NULL: it tells no classes */
} huse_eval_items;
void huse_eval_items_free(huse_eval_items *x);

/** As JSON, figures of single items in units of 1e-7. New reference. */
json_t     *huse_eval_items_json(const huse_eval_items *x);
/** Reads it back; BAD_DATA when it is not that. Free with huse_eval_items_free. */
huse_status huse_eval_items_from_json(huse_eval_items *x, const json_t *o, huse_err *err) HUSE_MUST_CHECK;

/** A row of the tables. */
typedef struct huse_compare_row {
    const char      *label;
    huse_eval_items *seed; /* one for each seed, all of the same items */
    size_t           n_seeds;
    huse_eval_report mean; /* means over seeds; intervals of queries averaged over seeds */
    double           accuracy_lo[HUSE_ACCURACIES], accuracy_hi[HUSE_ACCURACIES];
    huse_standing        mark[HUSE_TASKS][HUSE_FIGURES], accuracy_mark[HUSE_ACCURACIES];
} huse_compare_row;

/** Fills what follows n_seeds of every row. Rows may be 0. Once @stop (NULL: none) is set intervals and marks are of no use. */
void huse_compare(huse_pool *pool, huse_compare_row *row, size_t n, unsigned draws, uint64_t seed, volatile const int *stop);

/** What the interface shows of a row. Labels are borrowed. */
huse_method_row huse_compare_public(const huse_compare_row *row);

/** A row as `eval --json`, with intervals of the accuracies. New reference. */
json_t *huse_compare_json(const huse_compare_row *row);

#endif
