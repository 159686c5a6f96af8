/* Whole words of texts, and which items hold them: what attribute search asks for (METHOD 8). */
#ifndef HUSE_WORDS_H
#define HUSE_WORDS_H

#include "base/base.h"

/** Words of one text in order of first appearance, no two equal after case folding. */
typedef struct huse_words {
    char **word; /* as written */
    char **fold; /* case-folded */
    bool *plain; /* letters only, three or more */
    size_t n;
} huse_words;

/** Splits at everything but letters, marks, digits and connecting punctuation. Invalid bytes
 * separate. */
void huse_words_split(huse_words *w, const char *text);
void huse_words_free(huse_words *w);

/** Word → items. Immutable. */
typedef struct huse_postings huse_postings;
/** Of n texts, NULL ones have no words; use (n) tells which items count. */
huse_postings *huse_postings_new(const char *const *text, const bool *use, size_t n);
void huse_postings_free(huse_postings *p);
/** Items (ascending) that hold all of @fold[0..k), into fresh *item; returns how many. */
size_t huse_postings_all(const huse_postings *p, const char *const *fold, size_t k,
                         uint32_t **item);

#endif
