/* Long documents: which words stay when a text has more pieces than the model takes. */
#ifndef HUSE_SALIENT_H
#define HUSE_SALIENT_H

#include "encode/wordpiece.h"

/** Replaces what @p holds by the pieces of the most salient words of text[0..n), at most @limit
 * pieces, in their order in the text. A word's score is (1 + ln tf) · ln(S / df): tf its count in
 * the document, df the number of the document's S sentences that hold it. Words are taken by
 * falling score, ties in their order in the text; one whose pieces do not fit any more is passed
 * over. Punctuation comes after all words. A text of one sentence keeps its beginning. */
void huse_salient_encode(const huse_wordpiece *w, const char *text, size_t n, size_t limit,
                         huse_pieces *p);

/** Bytes of the first sentence of s[0..n), with the space behind it: it ends at a line break, after
 * 。！？｡, and after . ! ? … (closing quotes and brackets included) before white space. */
size_t huse_salient_sentence(const char *s, size_t n);

#endif
