/* Everything `eval` says about a model, as JSON, as tables and by name. */
#ifndef HUSE_REPORT_H
#define HUSE_REPORT_H

#include <jansson.h>

#include "eval/attribute.h"
#include "eval/metrics.h"

/** Figures that are not known are NaN. Plain data but for what huse_retrieval owns. */
typedef struct huse_eval_report {
    const char    *split;   /* "test"; borrowed */
    size_t         queries; /* items evaluated */
    huse_retrieval retrieval[HUSE_TASKS];
    huse_instance  instance[2]; /* I2T, T2I */
    double accuracy_image, accuracy_text, accuracy_fusion, fusion_weight;
    double true_pair, other_pair, spearman_tree;
    huse_attribute_figure shared, visible, hidden; /* attribute search */
    double mix_visible, mix_hidden;
} huse_eval_report;

/** All unknown. */
void huse_eval_report_init(huse_eval_report *r, const char *split);
void huse_eval_report_free(huse_eval_report *r);
/** Fills what follows from embeddings alone: retrieval, instance, distances, tree correlation, queries. */
void huse_eval_report_space(huse_eval_report *r, huse_pool *pool, const huse_eval_set *s, const huse_retrieval_options *opt);

/** The object of `eval --json`; unknown figures are null. The caller owns the reference. */
json_t *huse_eval_report_json(const huse_eval_report *r);

/** One row of the tables. */
typedef struct huse_eval_row {
    const char             *label; /* "HUSE"; printed as it is */
    const huse_eval_report *report;
} huse_eval_row;
/** Tables 1 to 3 and what else there is, UTF-8 text with newlines; @title ("run-3 step 1,200") stands on the first line. A row of the
 *  random expectation closes the tables that have one. free() it. n ≥ 1; what is said beside the tables is of the first row. */
char *huse_eval_report_table(const huse_eval_row *row, size_t n, const char *title);

/** A figure by its path in the JSON: "T2I.R@1", "retrieval.T2I.R@1", "I2I.random.R@1", "instance.I2T.median_rank",
 *  "accuracy.image", "spearman_tree", "attribute_search.hidden.P@10". False when there is no such number. */
bool huse_eval_report_figure(const huse_eval_report *r, const char *path, double *value);
/** Judges "T2I.R@1=.9" (--fail-under): OK; THRESHOLD when below or unknown; USAGE when it is no figure or no number. */
huse_status huse_eval_report_check(const huse_eval_report *r, const char *spec, huse_err *err) HUSE_MUST_CHECK;

#endif
