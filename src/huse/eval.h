/* Evaluation: the figures of a model, or of vectors made elsewhere, on one split of a workspace. */
#ifndef HUSE_EVAL_H
#define HUSE_EVAL_H

#include "huse/encode.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HUSE_EVAL_TASKS = 5,   /* I2I, I2T, T2I, T2T, and T2T without candidates of equal text */
    HUSE_EVAL_FIGURES = 7, /* R@1, R@5, R@10, HP@2, HP@5, HP@10, mAP */
};
/** "I2I" … "T2T_distinct" and "R@1" … "mAP". Static. */
const char *huse_eval_task_name(int task);
const char *huse_eval_figure_name(int figure);

/** Retrieval of one task. Figures are NaN where they are not defined. */
typedef struct huse_eval_task {
    int    present; /* 0: a modality is absent */
    double mean[HUSE_EVAL_FIGURES];
    double random[HUSE_EVAL_FIGURES];                      /* exact expectation under a uniform order */
    double lo[HUSE_EVAL_FIGURES], hi[HUSE_EVAL_FIGURES];   /* 95 % interval */
    size_t queries, left_out;                              /* left out: no relevant candidate */
} huse_eval_task;

/** Rank of the item's own pair, among all candidates. */
typedef struct huse_eval_pair {
    int    present;
    double median_rank, r1, r5, r10;
} huse_eval_pair;

/** Attribute search: 500 queries of three words of one item's text, looking for pictures. */
typedef struct huse_eval_attribute {
    int    present;
    double p10, class_share;
    double mix; /* share of the words in the score */
} huse_eval_attribute;

typedef struct huse_eval_options {
    huse_split  split;
    const char *model;            /* id, or NULL for the current one */
    const char *image_embeddings; /* .npy of vectors made elsewhere; then no model is read */
    const char *text_embeddings;
    const char *ids;              /* their item ids, one a line; NULL: X.ids.txt beside X.npy, or else catalogue order */
    unsigned    draws;            /* of the intervals; 0: none */
    uint64_t    seed;
    volatile const int *stop; /* NULL, or set by another thread: INTERRUPTED, within a second at most */
    volatile int       *permille; /* NULL, or where progress is kept, 0 to 1000: for another thread to look at */
} huse_eval_options;

typedef struct huse_eval_report {
    huse_split split;
    char       model[128];   /* "" for vectors made elsewhere */
    char       method[32];   /* that trained it, "HUSE-P"; "" likewise */
    size_t     items;        /* of the split, with a class and a vector */
    size_t     left_out;     /* of the split, without a class or without any vector */
    size_t     images, texts, classes;
    huse_eval_task     task[HUSE_EVAL_TASKS];
    huse_eval_pair     instance[2]; /* I2T, T2I */
    double true_pair_distance, other_pair_distance, spearman_tree;
    int    classified;              /* the accuracies below are there */
    double accuracy_image, accuracy_text, accuracy_fusion, fusion_weight;
    huse_eval_attribute shared, visible, hidden; /* shared space alone; re-ranked with the texts; by pictures only */
} huse_eval_report;

/** Evaluates. NOT_FOUND: no model; BAD_DATA: the split is empty, or the vectors do not fit the catalogue. */
huse_status huse_evaluate(huse_workspace *ws, const huse_host *host, const huse_eval_options *opt, huse_eval_report *report,
                          huse_err *err) HUSE_MUST_CHECK;

/** A figure by its path in `eval --json`: "T2I.R@1" (or "retrieval.T2I.R@1"), "I2I.random.mAP", "instance.I2T.median_rank",
 *  "accuracy.image", "true_pair_distance", "attribute_search.visible.P@10". USAGE when there is none of that name; NaN when it is not
 *  known here. */
huse_status huse_eval_figure(const huse_eval_report *report, const char *name, double *value, huse_err *err) HUSE_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
