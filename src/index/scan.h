/* Scans over the 8-bit copy of an index: integer estimates with a rigorous bound, several instruction sets, one result.
 *
 * A row x is kept as s·(u − 128), u in 1..255, s = max|x| / 127, and r ≥ |x − s·(u − 128)|; a query q as t·b with integers b.
 * Then x·q lies within r·|q| + |x̂|·|q − t·b| of s·t·(u − 128)·b. Sixteen rows make a group: for each four dimensions
 * 64 bytes, four of each row, so that one 512-bit register holds the next four dimensions of sixteen rows. */
#ifndef HUSE_INDEX_SCAN_H
#define HUSE_INDEX_SCAN_H

#include "base/base.h"

enum {
    HUSE_SCAN_GROUP = 16,  /* rows of a group */
    HUSE_SCAN_CHUNK = 256, /* groups of a chunk: one task of a scan */
    HUSE_SCAN_BATCH = 64,  /* most queries of one scan */
    HUSE_SCAN_MAX_DIM = 4096,
};

/* Beyond these lengths products may overflow or underflow float32: such queries are not scanned, longer rows are always re-scored, and
 * the slack of a chunk never falls below that of rows of the shortest length. */
#define HUSE_SCAN_LONGEST 1e15F
#define HUSE_SCAN_SHORTEST 1e-15F

/** The 8-bit copy. */
typedef struct huse_scan_copy {
    size_t   groups, quads; /* quads: ceil(d / 4) */
    uint8_t *u;             /* (groups, quads, 16, 4) */
    float   *scale, *resid; /* (groups, 16); a row that is not finite has scale 0 and an infinite resid */
    float   *norm;          /* (chunks) largest |x| or |x̂| of the chunk's finite rows */
} huse_scan_copy;

/** One query in integers. */
typedef struct huse_scan_query {
    const int16_t *b;        /* (quads * 4), zero beyond d */
    const int8_t  *hi, *lo;  /* b = 128·hi + lo; only hi is used by the batched scan, whose b is hi */
    int32_t        offset;   /* 128·Σb */
    float          scale;    /* t */
    float          norm;     /* ≥ |q| */
    float          residual; /* ≥ |q − t·b| + what float arithmetic may add, both for rows of norm 1 */
} huse_scan_query;

/** Gathers the candidates of one query (collect.h). */
typedef struct huse_collector huse_collector;

typedef struct huse_scan {
    const huse_scan_copy  *copy;
    const huse_scan_query *query;     /* (m) */
    huse_collector        *collector; /* (m), of this worker */
    const float           *floor;     /* (m) what an upper bound must reach; collectors raise it while the scan runs */
    size_t                 m;
} huse_scan;

/** Receives the estimates of a group for query @j when some row may be among its best: the rows of @mask. @slack: what holds for all rows. */
void huse_scan_found(const huse_scan *s, size_t j, size_t group, unsigned mask, const float est[16], float slack);

/** Scans the groups [first, last) of one chunk for all queries. */
typedef void huse_scan_fn(const huse_scan *s, size_t first, size_t last);
huse_scan_fn huse_scan_ref, huse_scan_avx2, huse_scan_avx512;

/** out (n): inner products of rows (n,d) with q (d). */
typedef void huse_dots_fn(const float *rows, size_t n, size_t d, const float *q, float *out);
huse_dots_fn huse_dots_ref, huse_dots_avx2, huse_dots_avx512;

/** Fills the bytes (at @u, every 64th four), scale and resid of one row; returns the larger of |x| and |x̂|, rounded up, 0 for a row that is
 *  not finite or longer than HUSE_SCAN_LONGEST. */
typedef float huse_round_fn(const float *row, size_t d, uint8_t *u, float *scale, float *resid);
huse_round_fn huse_round_ref, huse_round_avx2, huse_round_avx512;

typedef struct huse_scan_kernel {
    const char    *name;
    huse_scan_fn  *scan;
    huse_dots_fn  *dots;
    huse_round_fn *round;
    bool           integer_batch; /* the integer scan beats sgemm for batches, too; its batches want 8-bit queries */
} huse_scan_kernel;
/** All kernels that this CPU runs, best first; *n of them. */
const huse_scan_kernel *huse_scan_kernels(size_t *n);

#endif
