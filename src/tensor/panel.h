/* Products with a matrix that is used again and again (the weights of a layer): packed once, the
 * bias and the activation in the same sweep, left rows read where they are. Pays over BLAS where K
 * or the number of rows is small. Every element is one chain of multiply-adds over k = 0 … K−1 that
 * starts at its bias, so its bits do not depend on how rows and columns are cut. */
#ifndef HUSE_PANEL_H
#define HUSE_PANEL_H

#include "base/base.h"

/* Columns are packed by this many; a job starts at a multiple of it. */
#define HUSE_PANEL_UNIT 16

/** The packed right matrix (K,N) and its bias (N). Immutable once packed. */
typedef struct huse_panel {
    size_t K, N;
    float *w;    /* [N / unit][K][unit], zero-filled */
    float *bias; /* N rounded up to the unit */
} huse_panel;

/** Packs B (K,N), row stride @ldb; @tb: stored (N,K). @bias NULL: zeros. */
void huse_panel_pack(huse_panel *p, bool tb, size_t K, size_t N, const float *B, size_t ldb,
                     const float *bias);
void huse_panel_free(huse_panel *p);

/** Where a product reads and writes. */
typedef struct huse_panel_job {
    const float *A; /* (M,K), row stride lda */
    size_t lda;
    float *C; /* (M, columns of the job), row stride ldc */
    size_t ldc;
    size_t group, skip; /* group > 0: @skip more floats between each @group rows of C */
    const float *add; /* added after the activation, rows as C without groups; NULL: nothing */
    size_t ldadd;
    bool relu6; /* clamp to [0, 6] */
} huse_panel_job;

/** C = act(A · B[:, from…to) + bias[from…to)) + add, in the calling thread, by the best kernel of
 *  this machine. @from is a multiple of HUSE_PANEL_UNIT. Thread-safe. */
void huse_panel_run(const huse_panel *p, const huse_panel_job *job, size_t M, size_t from,
                    size_t to);

/* For tests: the kernels one by one. */
typedef struct huse_panel_tile {
    const float *A, *w, *bias, *add; /* @add may be NULL */
    size_t lda, ldadd, K, rows, columns;
    float **C; /* one pointer a row */
    bool relu6;
} huse_panel_tile;

#define HUSE_PANEL_MAX_ROWS 14

typedef struct huse_panel_kernel {
    size_t rows, columns; /* largest tile */
    void (*tile)(const huse_panel_tile *t);
} huse_panel_kernel;

extern const huse_panel_kernel huse_panel_portable;
/** NULL where the processor lacks it. */
const huse_panel_kernel *huse_panel_avx2(void);
const huse_panel_kernel *huse_panel_avx512(void);
void huse_panel_run_with(const huse_panel_kernel *kernel, const huse_panel *p,
                         const huse_panel_job *job, size_t M, size_t from, size_t to);

#endif
