/* What an evaluation says, as JSON and as tables. */
#ifndef HUSE_REPORT_H
#define HUSE_REPORT_H

#include <jansson.h>

#include "huse/eval.h"

/** The object of `eval --json`. Every key is there; figures that are not known are null. The caller
 * owns the reference. */
json_t *huse_eval_report_json(const huse_eval_report *r);

/** Reads it back, numbers bit for bit; the method, and how many images and texts there are, are not in it. False: it is not that. */
bool huse_eval_report_from_json(huse_eval_report *r, const json_t *o);

/** One row of the tables. */
typedef struct huse_eval_row {
    const char *label; /* "HUSE"; printed as it is */
    const huse_eval_report *report;
} huse_eval_row;
/** Tables 1 to 3 and what else there is: UTF-8, at most 80 columns, lines end in a newline; labels
 * and the model's name as they are. The random expectation closes the tables that have one. n ≥ 1;
 * what stands beside the tables is of the first row. free() it. */
char *huse_eval_report_table(const huse_eval_row *row, size_t n);

#endif
