/* What a comparison is at, for other programs: a small file in its folder, rewritten in place about twice a second. */
#ifndef HUSE_BENCH_NOW_H
#define HUSE_BENCH_NOW_H

#include "train/bench.h"

typedef struct huse_bench_teller huse_bench_teller;

/** For the comparison in @dir, whose lock is held. Where the file cannot be written nothing is told. */
huse_bench_teller *huse_bench_teller_new(const char *dir);
/** @at_once: even where something was told a moment ago. */
void               huse_bench_tell(huse_bench_teller *t, const huse_bench_progress *p, bool at_once);
void               huse_bench_teller_free(huse_bench_teller *t); /* NULL is fine */

#endif
