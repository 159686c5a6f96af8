/* Evaluation: the figures of a model, or of vectors made elsewhere, on one split of a workspace. */
#ifndef HUSE_EVAL_H
#define HUSE_EVAL_H

#include "huse/encode.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct huse_eval_options {
    huse_split  split;
    const char *model;            /* id, or NULL for the current one */
    const char *image_embeddings; /* .npy of vectors made elsewhere; then no model is read */
    const char *text_embeddings;
    const char *ids;              /* their item ids, one a line; NULL: catalogue order */
    unsigned    draws;            /* of the 95 % intervals; 0: none */
    uint64_t    seed;             /* of the draws and of the attribute queries */
} huse_eval_options;

/** Figures of METHOD 7 to 9. Immutable. */
typedef struct huse_evaluation huse_evaluation;

/** Evaluates; some seconds for thousands of items. Attribute search is left out, with one warning, where the text encoder that made the
 *  features is not here. Free with huse_evaluation_free.
 *  NOT_FOUND: no model; BAD_DATA: nothing to evaluate in the split, or the vectors do not fit the catalogue. */
huse_status huse_evaluate(huse_evaluation **e, huse_workspace *ws, const huse_host *host, const huse_eval_options *opt,
                          huse_err *err) HUSE_MUST_CHECK;
void        huse_evaluation_free(huse_evaluation *e); /* NULL is fine */

const char *huse_evaluation_model(const huse_evaluation *e); /* "run-3-step-1200", or "" for vectors made elsewhere */
huse_split  huse_evaluation_split(const huse_evaluation *e);
size_t      huse_evaluation_items(const huse_evaluation *e);    /* that took part */
size_t      huse_evaluation_left_out(const huse_evaluation *e); /* of the split, without a class or any vector */
size_t      huse_evaluation_classes(const huse_evaluation *e);  /* among the items */

/** A figure by its path in the JSON: "T2I.R@1", "I2I.random.HP@10", "instance.I2T.median_rank", "accuracy.image", "spearman_tree",
 *  "attribute_search.hidden.P@10". False when there is no such number. */
bool huse_evaluation_figure(const huse_evaluation *e, const char *path, double *value);
/** Judges "T2I.R@1=.9": OK; THRESHOLD when below or unknown; USAGE when it is no figure or no number. */
huse_status huse_evaluation_check(const huse_evaluation *e, const char *spec, huse_err *err) HUSE_MUST_CHECK;
/** The tables as UTF-8 text of several lines. free() it. */
char *huse_evaluation_table(const huse_evaluation *e);

#ifdef __cplusplus
}
#endif
#endif
