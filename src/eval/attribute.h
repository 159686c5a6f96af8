/* Attribute search (METHOD 8): three words of an item's text ask for pictures of items whose texts
 * hold all three. */
#ifndef HUSE_ATTRIBUTE_H
#define HUSE_ATTRIBUTE_H

#include "encode/tfidf.h"

#define HUSE_ATTRIBUTE_QUERIES 500
#define HUSE_ATTRIBUTE_MIXES   11 /* m = 0, .1, … 1 */

/** Items of one split. Everything is borrowed. */
typedef struct huse_attribute_set {
    size_t n, D, S;         /* items, width of the shared space, of sentence space */
    const char *const *str; /* (n) texts; NULL or "": none */
    const int32_t *cls;     /* (n) */
    const bool *has_image;  /* (n); NULL: all. Items with an image are the candidates */
    const float
        *image; /* (n,D) unit image embeddings; rows of items without an image are ignored */
    const float *sentence; /* (n,S) unit sentence vectors of the texts; rows of items without a text
                              are ignored */
    const huse_sparse *words; /* (n) TF-IDF rows of the texts; likewise */
} huse_attribute_set;

/** Embeds n query texts: shared (n,D) unit rows, sentence (n,S) unit rows, words (n) to be freed
 * with huse_sparse_free. */
typedef void (*huse_attribute_embed)(void *ctx, const char *const *text, size_t n, float *shared,
                                     float *sentence, huse_sparse *words);

/** Drawn and embedded queries. Immutable; borrows the set. */
typedef struct huse_attribute huse_attribute;

/** Draws @count queries by @seed (none when no item with an image has three fitting words) and
 * embeds them. The draw does not depend on the order of the items. */
huse_attribute *huse_attribute_new(const huse_attribute_set *s, size_t count, uint64_t seed,
                                   huse_attribute_embed embed, void *ctx);
void huse_attribute_free(huse_attribute *a); /* NULL is fine */
size_t huse_attribute_count(const huse_attribute *a);
/** Words of query i joined by spaces, and the item they came from. Borrowed from @a. */
const char *huse_attribute_text(const huse_attribute *a, size_t i);
uint32_t huse_attribute_item(const huse_attribute *a, size_t i);

typedef struct huse_attribute_figure {
    double p10; /* relevant in the first ten / min(10, relevant), averaged; ties by expectation */
    double class_share; /* share of the first ten that are of the drawn item's class */
} huse_attribute_figure;

/** Figures for scores (1−m)·shared + m·attribute at each of @n values of m. @visible: the attribute
 * score of an item with a text is half sentence cosine, half TF-IDF cosine; otherwise, and for
 * items without text, the query's sentence vector against
 *  @picture (n_items,S), unit pictures in sentence space (huse_ridge_apply); NULL: those score 0.
 * NaN without queries. */
void huse_attribute_measure(const huse_attribute *a, huse_pool *pool, const float *picture,
                            bool visible, const double *m, size_t n, huse_attribute_figure *out);

/** What validation data choose: the m of best P@10 whose class share is not below the shared
 * space's (m 0), ties to the smaller. */
typedef struct huse_attribute_choice {
    size_t picture;                 /* index of the chosen map, 0 when there is none */
    double mix_visible, mix_hidden; /* 0 without queries; mix_hidden 0 without a map */
    huse_attribute_figure shared, visible, hidden; /* on these items */
} huse_attribute_choice;
/** @picture: maps to choose from (one per λ), by the P@10 with texts hidden. */
huse_attribute_choice huse_attribute_choose(const huse_attribute *a, huse_pool *pool,
                                            const float *const *picture, size_t n_pictures);

#endif
