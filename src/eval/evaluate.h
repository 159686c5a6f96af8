/* Gathering of what is evaluated: vectors of a split's items, from a model's index rows or from files. */
#ifndef HUSE_EVALUATE_H
#define HUSE_EVALUATE_H

#include "eval/compare.h"
#include "huse/eval.h"
#include "model/model.h"

/** The items of a split that take part, with their vectors. */
typedef struct huse_eval_rows {
    size_t         n, d, left_out;
    uint32_t      *item;  /* (n) index into the catalogue's items */
    float         *image, *text; /* (n,d) unit rows, NULL when the modality is absent altogether */
    bool          *has_image, *has_text;
    int32_t       *cls;
    const char   **str;
    const char   **class_path; /* of @tree; borrowed */
    huse_taxonomy *tree;  /* of the catalogue's classes */
} huse_eval_rows;

/** From the index rows of @m. BAD_DATA when nothing is left. */
huse_status huse_eval_rows_model(huse_eval_rows *r, const huse_items *items, huse_split split, const huse_model *m,
                                 huse_err *err) HUSE_MUST_CHECK;
/** From .npy files with an optional id file; either may be NULL. BAD_DATA names the file and what does not fit. */
huse_status huse_eval_rows_files(huse_eval_rows *r, const huse_items *items, huse_split split, const char *image,
                                 const char *text, const char *ids, huse_err *err) HUSE_MUST_CHECK;
void        huse_eval_rows_free(huse_eval_rows *r);
/** A view for the figures. Borrows from @r. */
huse_eval_set huse_eval_rows_set(const huse_eval_rows *r);

/** Retrieval, instance and space figures of a set into @r. Not @joined: what rests on comparing pictures with texts stays empty.
 *  @per_query[t] (n, HUSE_FIGURES) of each task, to be freed by the caller; NULL: not wanted; of a task
 *  that is not there it stays as it was. Where opt->stop is found set the figures are of no use. */
void huse_eval_measure(huse_eval_report *r, huse_pool *pool, const huse_eval_set *set, const huse_eval_options *opt, bool joined,
                       float *per_query[HUSE_TASKS]);

/** Class probabilities (n,K) of items by picture and by text, and their classes. Borrowed. */
typedef struct huse_eval_answers {
    size_t         n, K;
    const float   *image, *text;
    const bool    *has_image, *has_text;
    const int32_t *cls; /* of these K; -1: another, so that every answer is wrong */
} huse_eval_answers;
/** Accuracies of @r, whose fusion weight is set, with room for the fused probabilities (n,K); item by item into @right (n, HUSE_ACCURACIES), and
 *  the class that each is taken for by the fused ones into @best (n), -1: not classified; NULL: not wanted. */
void huse_eval_accuracies(huse_eval_report *r, const huse_eval_answers *a, float *fused, float *right, int32_t *best);

/** What an evaluation found, item by item. */
typedef struct huse_eval_found {
    huse_eval_items items; /* with the whole report */
    uint32_t       *item;  /* (n) of the catalogue */
    int32_t        *taken; /* (n) class of the model that it is taken for, -1: none; NULL: it tells no classes */
} huse_eval_found;
void huse_eval_found_free(huse_eval_found *f);
/** Evaluates a model as huse_evaluate does, and keeps what each item gave. */
huse_status huse_evaluate_items(const huse_items *items, const huse_model *m, const char *workspace, const huse_host *host,
                                const huse_eval_options *opt, huse_eval_found *found, huse_err *err) HUSE_MUST_CHECK;

/** Attribute search of @m on these rows: fills shared, visible and hidden of @r; leaves them absent where the model's text encoder, its
 *  ridge map or its picture features are not here. */
huse_status huse_eval_attributes(huse_eval_report *r, huse_pool *pool, const huse_eval_rows *rows, const huse_items *items,
                                 const huse_model *m, const char *workspace, const huse_host *host, uint64_t seed,
                                 huse_err *err) HUSE_MUST_CHECK;

#endif
