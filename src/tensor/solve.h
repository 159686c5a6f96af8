/* Linear systems with symmetric positive definite matrices (LAPACK dposv). */
#ifndef HUSE_SOLVE_H
#define HUSE_SOLVE_H

#include "base/base.h"

/** Solves A x = b for @m right-hand sides: A (n,n) symmetric positive definite, destroyed (its
 * lower triangle is read); row j of B (m,n) is one right-hand side and becomes its solution. FAILED
 * when A is not positive definite. */
huse_status huse_solve_spd(double *A, size_t n, double *B, size_t m, huse_err *err) HUSE_MUST_CHECK;

#endif
