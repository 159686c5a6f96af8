/* What a comparison looks like. */
#ifndef HUSE_COMPARE_TABLE_H
#define HUSE_COMPARE_TABLE_H

#include "eval/compare.h"

typedef enum huse_table_format { HUSE_TABLE_TEXT, HUSE_TABLE_MARKDOWN, HUSE_TABLE_CSV } huse_table_format;
typedef struct huse_compare_style {
    const char *name;   /* first field of CSV lines */
    const char *title;  /* behind the name of each table, or "" */
    bool        sparse; /* leave out rows of which a table knows nothing */
    bool        paper;  /* Tables 1 to 3 alone */
    size_t      classes; /* to guess from; 0: not known */
} huse_compare_style;
#define HUSE_COMPARE_CSV_HEADER "table,method,task,figure,mean,low,high,mark\n"

/** Tables 1 to 3, and mean average precision and T2T without equal texts, those that have figures, with the random
 *  expectation where rows carry it. TEXT: at most 80 columns where labels have at most 16; a figure that is the best is
 *  followed by *, one that is level with it by =. CSV: lines without a header, of table, method, task, figure, mean, low,
 *  high and mark. Labels hold no quotes. free() it. */
char *huse_compare_tables(const huse_compare_row *row, size_t n, huse_table_format format, const huse_compare_style *style);

/** The same as CSV with its header, or as Markdown (for JSON too: that is the caller's). free() it. */
char *huse_compare_text(const huse_compare_row *row, size_t n, huse_report_format format, const huse_compare_style *style);

/** The paper's own tables, of another data set: means alone. */
enum { HUSE_PAPER_ROWS = HUSE_PAPER_METHODS };
size_t huse_paper_rows(huse_compare_row row[HUSE_PAPER_ROWS]);

#endif
