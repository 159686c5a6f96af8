/* What bench says: tables, their settings and trials, in every format. */
#ifndef CLI_BENCH_REPORT_H
#define CLI_BENCH_REPORT_H

#include "eval/compare_table.h"
#include "train/bench.h"

typedef struct cli_bench_rows {
    huse_compare_row *row; /* of the methods, then of the ablations; borrow from the result */
    size_t            n, n_methods;
} cli_bench_rows;

/** Compares the methods with each other, and the ablations with each other. free(row). Once @stop (NULL: none) is set it is of no use. */
cli_bench_rows cli_bench_compare(const huse_bench_result *r, int threads, volatile const int *stop);
/** The whole report as text. free() it. */
char   *cli_bench_text(const huse_bench_result *r, const cli_bench_rows *rows, huse_table_format format);
/** huse-tui/bench. New reference. */
json_t *cli_bench_json(const huse_bench_result *r, const cli_bench_rows *rows);

#endif
