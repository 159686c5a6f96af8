/* Cells of human tables, free of the locale. */
#ifndef HUSE_COLUMNS_H
#define HUSE_COLUMNS_H

#include "base/base.h"

void huse_column_spaces(huse_buf *b, size_t n);
/** @s in a column of at least @width, to the right or to the left. */
void huse_column_cell(huse_buf *b, const char *s, size_t width, bool right);
/** A share without its leading zero, to the right: ".871", "1.00", "-.034"; unknown: "–". */
void huse_column_share(huse_buf *b, double v, size_t width);
/** 1852 as "1,852". */
void huse_column_count(huse_buf *b, size_t n);

#endif
