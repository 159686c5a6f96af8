/* Strings to dense numbers in order of arrival; the strings lie one behind the other, each followed
 * by a NUL. */
#ifndef HUSE_TERM_TABLE_H
#define HUSE_TERM_TABLE_H

#include "base/base.h"

typedef struct huse_term_table {
    huse_buf bytes;
    size_t *at; /* (n) where each string starts in bytes */
    uint32_t *len;
    size_t n, cap;
    uint32_t *slot; /* id + 1, 0 free; open addressing */
    size_t slots;
} huse_term_table; /* zero-initialise */

void huse_term_table_free(huse_term_table *t);
/** The id of s[0..n); a new string gets the next one and sets *fresh. */
uint32_t huse_term_table_add(huse_term_table *t, const char *s, size_t n, bool *fresh);
/** UINT32_MAX when there is none such. */
uint32_t huse_term_table_find(const huse_term_table *t, const char *s, size_t n);

#endif
