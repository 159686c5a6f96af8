/* libFuzzer target: the query grammar. Values lie inside the query's length, weights are finite, errors point into the text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "query/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool sometimes(void *ctx, const char *path)
{
    (void)ctx;
    return strlen(path) % 3 == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *text = huse_xstrndup((const char *)data, n);
    huse_parse_host host = { .home = n % 2 ? "/home/a" : NULL, .exists = sometimes };
    huse_terms terms;
    huse_err err;
    size_t at;
    if (huse_query_parse(&terms, text, &host, &at, &err) == HUSE_OK) {
        HUSE_ASSERT(terms.n >= 1 && terms.n <= HUSE_QUERY_MAX_TERMS);
        for (size_t i = 0; i < terms.n; i++) {
            HUSE_ASSERT(terms.term[i].value[0] != '\0' && strlen(terms.term[i].value) <= strlen(text) + 8);
            HUSE_ASSERT(isfinite(terms.term[i].weight) && terms.term[i].weight != 0);
            HUSE_ASSERT(terms.term[i].at < strlen(text));
        }
        huse_terms_free(&terms);
    } else {
        HUSE_ASSERT(at <= strlen(text) && err.status == HUSE_USAGE && terms.n == 0);
    }
    free(text);
    return 0;
}
