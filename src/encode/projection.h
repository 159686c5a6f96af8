/* Sparse random projection: every coordinate of a huge sparse vector adds to a few of @dim outputs
 * with a random sign (Kane and Nelson, "Sparser Johnson–Lindenstrauss transforms", 2014: one place
 * in each of a few blocks). */
#ifndef HUSE_PROJECTION_H
#define HUSE_PROJECTION_H

#include "base/base.h"

#define HUSE_PROJECTION_PLACES 8 /* outputs a coordinate adds to; fewer where dim is smaller */

/** out (dim) += value · column @coordinate of the projection that @seed names. Columns have
 * length 1. Deterministic. */
void huse_projection_add(uint64_t seed, uint64_t coordinate, float value, size_t dim, float *out);

#endif
