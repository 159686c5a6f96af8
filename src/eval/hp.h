/* Counts of classes by distance in the tree, for hierarchical precision (METHOD 7, DeViSE). */
#ifndef HUSE_HP_H
#define HUSE_HP_H

#include "data/taxonomy.h"

typedef struct huse_rings huse_rings;

/** Weights of classes by their distance from any class; @weight (n_classes), NULL: 1 each. @tree is
 * borrowed. Immutable. */
huse_rings *huse_rings_new(const huse_taxonomy *tree, const int64_t *weight);
void huse_rings_free(huse_rings *r);
/** Weight of all classes within @radius edges of class @cls. */
int64_t huse_rings_within(const huse_rings *r, int32_t cls, int radius);
/** Smallest radius with at least @k (of weight) within; that of all classes when there are fewer.
 */
int huse_rings_radius(const huse_rings *r, int32_t cls, int64_t k);

#endif
