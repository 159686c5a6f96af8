/* Words and word pairs of a text, for TF-IDF and the fallback encoder. */
#ifndef HUSE_TERMS_H
#define HUSE_TERMS_H

#include "base/base.h"

/** Called for each term, in the order of the text; @s[0..n) holds no NUL and is only valid during
 * the call. */
typedef void huse_term_fn(void *ctx, const char *s, size_t n, bool pair);

/** Words are runs of letters, digits and the marks on them, lower-cased, each CJK ideograph alone;
 * a pair is two neighbours with a space between. Terms of more than HUSE_TERM_MAX bytes are left
 * out. Any bytes may be given; they end at the NUL. */
#define HUSE_TERM_MAX 256
void huse_terms_each(const char *text, huse_term_fn *fn, void *ctx);

#endif
