/* The query grammar (DESIGN 5).
 *
 *   query  = [sign] term { sign term }        sign: "+" or "-" with white space (or an end of the query) on both sides
 *   term   = [weight ":"] ( quoted | "@" id | "class:" path | picture | words )
 *   weight = a positive decimal number, "2" or "0.5"
 *
 * Ids and class paths may be quoted, too: @"a - b", class:"Kids - Girls". In quotes \" and \\ stand for " and \. */
#ifndef HUSE_PARSE_H
#define HUSE_PARSE_H

#include "base/base.h"

enum { HUSE_QUERY_MAX_BYTES = 8192, HUSE_QUERY_MAX_TERMS = 64 };

typedef enum huse_term_kind { HUSE_TERM_TEXT, HUSE_TERM_ITEM, HUSE_TERM_CLASS, HUSE_TERM_PICTURE } huse_term_kind;

typedef struct huse_term {
    huse_term_kind kind;
    double         weight; /* signed */
    char          *value;  /* words, id, class path, or path of a picture (~ expanded) */
    size_t         at;     /* byte offset in the query, behind sign and weight */
} huse_term;

typedef struct huse_terms {
    huse_term term[HUSE_QUERY_MAX_TERMS];
    size_t    n;
} huse_terms;

/** What the grammar needs to know of the world. */
typedef struct huse_parse_host {
    const char *home; /* what ~ stands for; NULL: nothing */
    bool (*exists)(void *ctx, const char *path); /* a regular file that can be opened */
    void *ctx;
} huse_parse_host;

/** Parses @text. USAGE with the byte offset in *error_at (≤ strlen(text)) when it is no query; then @terms is empty.
 *  Free with huse_terms_free. Pure but for host->exists. */
huse_status huse_query_parse(huse_terms *terms, const char *text, const huse_parse_host *host, size_t *error_at,
                             huse_err *err) HUSE_MUST_CHECK;
void        huse_terms_free(huse_terms *terms);

#endif
