/* Class semantics: ψ and A (METHOD 3, paper eq. 4). */
#ifndef HUSE_SEMANTICS_H
#define HUSE_SEMANTICS_H

#include "data/taxonomy.h"

/** What names ψ: the last path component of each class, or the whole path's words where two classes share it
 *  (components joined by spaces). Strings to be encoded by the sentence encoder. Free each and the array. */
char **huse_semantics_names(const char *const *class_path, size_t k);

/** A (K,K) by tree: height of the lowest common ancestor / height of the root; 0 on the diagonal. */
void huse_semantics_tree(const huse_taxonomy *t, float *A);
/** A (K,K) = 1 − ψ ψᵀ of unit rows ψ (K,P); exactly 0 on the diagonal, symmetric, clamped to [0, 2]. */
void huse_semantics_from_psi(const float *psi, size_t k, size_t p, float *A);
/** ψ from A alone: S = 1 − A = U Λ Uᵀ, rows of U√Λ over eigenvalues > 1e-6 of the largest, L2-normalised (signs fixed so that the
 *  largest entry of each eigenvector is positive). *psi is (k,*p), free it. BAD_DATA for K > 2,048. Then call huse_semantics_from_psi. */
huse_status huse_semantics_psi(const float *A, size_t k, float **psi, size_t *p, huse_err *err) HUSE_MUST_CHECK;
/** out = (1−w)·A_name + w·A_tree. */
void huse_semantics_blend(const float *A_name, const float *A_tree, size_t k, float w, float *out);

#endif
