/* Retrieval, instance, hierarchy and classification figures (METHOD 7–9). No I/O. */
#ifndef HUSE_METRICS_H
#define HUSE_METRICS_H

#include "base/pool.h"
#include "data/taxonomy.h"

/** One side of a retrieval task. Rows are unit vectors; rows may be absent for some items. */
typedef struct huse_eval_set {
    size_t       n, d;      /* items of the split, embedding width */
    const float *image;     /* (n,d); rows of items without an image are ignored */
    const float *text;      /* (n,d) */
    const bool  *has_image, *has_text; /* (n); NULL: all */
    const int32_t *cls;     /* (n), ≥ 0 */
    const char *const *str; /* (n) texts, for T2T_distinct; NULL: not computed */
    const huse_taxonomy *tree;
} huse_eval_set;

enum huse_task { HUSE_I2I, HUSE_I2T, HUSE_T2I, HUSE_T2T, HUSE_T2T_DISTINCT, HUSE_TASKS };
extern const char *const huse_task_name[HUSE_TASKS]; /* "I2I", … "T2T_distinct" */
enum huse_figure { HUSE_R1, HUSE_R5, HUSE_R10, HUSE_HP2, HUSE_HP5, HUSE_HP10, HUSE_MAP, HUSE_FIGURES };
extern const char *const huse_figure_name[HUSE_FIGURES]; /* "R@1" … "HP@10", "mAP" */

typedef struct huse_retrieval {
    bool   present;                    /* false: the modality is absent */
    double mean[HUSE_FIGURES];
    double random[HUSE_FIGURES];       /* exact expectation under a uniform order */
    double lo[HUSE_FIGURES], hi[HUSE_FIGURES]; /* 95 % intervals; NaN unless asked for */
    size_t queries, left_out;
    float *per_query;                  /* (n, HUSE_FIGURES) or NULL; NaN rows for items left out; owned by the struct */
} huse_retrieval;
void huse_retrieval_free(huse_retrieval *r);

typedef struct huse_retrieval_options {
    bool     only_r1;    /* for validation during training: no mAP, no T2T_distinct; only the top is sorted */
    bool     keep_per_query;
    unsigned draws;      /* 0: no intervals, else e.g. 2000 (class-clustered bootstrap) */
    uint64_t seed;
    volatile const int *stop;     /* NULL, or, once set: leaves off, and the figures are of no use */
    volatile int       *permille; /* NULL, or share of the blocks that are done */
} huse_retrieval_options;

/** All five tasks into out[HUSE_TASKS]; free each with huse_retrieval_free. The same bits for any order of items and any pool. Memory grows
 *  with n, not n²: blocks of 64 queries are scored against all candidates at a time. */
void huse_eval_retrieval(huse_pool *pool, const huse_eval_set *s, const huse_retrieval_options *opt, huse_retrieval out[HUSE_TASKS]);

typedef struct huse_instance {
    bool   present;
    double median_rank, r1, r5, r10;
} huse_instance;
/** I2T into out[0], T2I into out[1], over items that have both. */
void huse_eval_instance(huse_pool *pool, const huse_eval_set *s, huse_instance out[2]);

/** Mean d of true pairs and of all other pairs; NaN when there are none. */
void huse_eval_gap(huse_pool *pool, const huse_eval_set *s, double *true_pair, double *other_pair);
/** Spearman correlation of tree distance with 1 − cosine between class centroids, over class pairs. NaN when undefined. */
double huse_eval_spearman_tree(const huse_eval_set *s);

/** Top-1 accuracy of probabilities (n,K) given rows that are present; NaN when none. */
double huse_eval_accuracy(const float *p, const bool *has, const int32_t *cls, size_t n, size_t K);
/** The same item by item into right[i · stride]: 1, 0, or NaN where the row is not there. */
void huse_eval_right(const float *p, const bool *has, const int32_t *cls, size_t n, size_t K, float *right, size_t stride);
/** w from {0, .05, …, 1} with the best top-1 of w·p_image + (1−w)·p_text on these rows (both present), ties to the w nearest .5. */
double huse_eval_fusion_weight(const float *p_image, const float *p_text, const bool *has_image, const bool *has_text,
                               const int32_t *cls, size_t n, size_t K);
/** p_image, p_text → out (n,K): w·p_I + (1−w)·p_T, or the one that is present. */
void huse_eval_fuse(const float *p_image, const float *p_text, const bool *has_image, const bool *has_text, double w, size_t n,
                    size_t K, float *out);

#endif
