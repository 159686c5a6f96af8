/* The methods of the comparison (METHOD 6): one row each, over the same towers, optimiser and batches. */
#ifndef HUSE_METHODS_H
#define HUSE_METHODS_H

#include "model/losses.h"

/** What a loss needs beside the network and the batch. */
typedef struct huse_objective {
    const huse_graph *graph;
    double alpha, beta, gamma, zeta, instance, instance_tau, lambda, margin, logit_scale;
    double unit;                   /* 1: the weight of a term that has none */
    uint64_t seed;                 /* of what a method draws; a draw depends on (seed, step) alone */
    long   step;
    const int32_t *const *partner; /* AdaMine: [0] the text row that image row i is paired with, [1] the image row of text row i, −1:
                                      none; NULL: drawn */
} huse_objective;

/* A method has up to four terms, each in the place of what it resembles. */
enum { HUSE_TERM_CLASS, HUSE_TERM_SEMANTIC, HUSE_TERM_GAP, HUSE_TERM_INSTANCE, HUSE_TERMS };

typedef struct huse_method_term {
    const char *name;   /* as in metrics.jsonl; NULL: no such term */
    size_t      weight; /* offset in huse_objective of the double that it is multiplied by */
} huse_method_term;

/** A hyper-parameter that is this method's own: how it starts in the default preset, and between what it is tuned. */
typedef struct huse_own_weight {
    const char *option;    /* of huse/params.def; NULL ends the list */
    double      start;     /* NaN: what the preset says */
    double      low, high; /* low = high: part of the method's definition, not tuned */
    bool        linear;    /* tried evenly, not by ratios */
} huse_own_weight;

typedef enum huse_class_by { HUSE_CLASS_NONE, HUSE_CLASS_SOFTMAX, HUSE_CLASS_PSI } huse_class_by;

typedef struct huse_method {
    const char *name, *option; /* "HUSE-P", "huse-p" */
    size_t      heads;         /* class layers: 0, 1 shared, 2 one per modality */
    bool        psi_wide;      /* D is the width of ψ, else it is chosen */
    bool        joined;        /* both modalities share a space; else I2T, T2I and all that rests on them stays empty */
    bool        by_accuracy;   /* the best checkpoint is the one of best accuracy, else of best mean R@1 */
    huse_class_by    class_by; /* NONE: no accuracies; PSI: the largest cosine with ψ */
    huse_method_term term[HUSE_TERMS];
    huse_own_weight  own[5];
    /** Sets the values of its terms in @term, which is zero; adds their weighted gradients to net->dE and to the class layers'. */
    void (*loss)(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_objective *o, huse_loss_scratch *scratch,
                 double term[HUSE_TERMS]);
} huse_method;

/** In the order of METHOD 6; i < huse_method_count(). */
const huse_method *huse_method_at(size_t i);
size_t             huse_method_count(void);
/** By option or by name, in any case; NULL: there is none. */
const huse_method *huse_method_find(const char *name);

/** What its best checkpoint is chosen by: "R@1" (mean of the four), "accuracy" (mean of image, text and fusion). Static. */
const char *huse_method_score(const huse_method *m);

/** Σ weight · term. */
double huse_method_total(const huse_method *m, const huse_objective *o, const double term[HUSE_TERMS]);

/* The rows' losses: one file each, method_NAME.c. */
#define HUSE_METHOD_LOSS(name)                                                                                                \
    void huse_method_##name(huse_net *net, huse_pool *pool, const huse_batch *b, const huse_objective *o,                     \
                            huse_loss_scratch *scratch, double term[HUSE_TERMS])
HUSE_METHOD_LOSS(separate);
HUSE_METHOD_LOSS(triplet);
HUSE_METHOD_LOSS(cme);
HUSE_METHOD_LOSS(adamine);
HUSE_METHOD_LOSS(devise);
HUSE_METHOD_LOSS(hie);
HUSE_METHOD_LOSS(husep);
HUSE_METHOD_LOSS(huse);

#endif
