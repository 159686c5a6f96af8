/* Inside of a kept evaluation. */
#ifndef HUSE_EVALUATION_H
#define HUSE_EVALUATION_H

#include "eval/evaluate.h"
#include "huse/report.h"

/** Item by item. Items of two evaluations are the same ones when their ids are. */
typedef struct huse_evaluation_items {
    huse_eval_items items; /* cls: index into class_path */
    char          **id;    /* (n) */
    int32_t        *taken; /* (n) class it is taken for, -1: not classified */
    char          **class_path; /* (n_classes) of the catalogue, then those that only the model knows */
    size_t          n_classes;
} huse_evaluation_items;

/** Fills classes and pairs of @e from its items. */
void huse_evaluation_count(huse_evaluation *e);

#endif
