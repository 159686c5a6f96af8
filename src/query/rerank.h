/* Attribute scores (DESIGN 5, METHOD 8): what the words of a query ask for, against what an item's text says or its picture shows. */
#ifndef HUSE_RERANK_H
#define HUSE_RERANK_H

#include "model/model.h"

/** The words of a query. */
typedef struct huse_attribute_words {
    float *sentence; /* (sentence_dim) normalised weighted sum of the terms' sentence vectors; NULL: no words, or nobody knows what they mean */
    float *words;    /* (TF-IDF terms) normalised weighted sum of the terms' TF-IDF rows; NULL: no TF-IDF */
    bool   known;    /* some word is among those of the TF-IDF */
} huse_attribute_words;

/** Adds a term: its unit sentence vector (of all terms or, NULL, of none) and its words. The first call allocates. */
void huse_attribute_words_add(huse_attribute_words *a, const huse_model *m, const float *sentence, const char *text, double weight);
/** Normalises the sums after the last term. */
void huse_attribute_words_finish(huse_attribute_words *a, const huse_model *m);
void huse_attribute_words_fini(huse_attribute_words *a);

/** Attribute score of an item of the model: half sentence cosine, half TF-IDF cosine; for an item without text the cosine with its picture
 *  mapped into sentence space, 0 without one. Thread-safe. */
float huse_attribute_of(const huse_attribute_words *a, const huse_model *m, size_t item);

#endif
