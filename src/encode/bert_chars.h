/* Classes of code points as BERT's reference tokenizer sees them (BertNormalizer,
 * BertPreTokenizer). */
#ifndef HUSE_BERT_CHARS_H
#define HUSE_BERT_CHARS_H

#include "base/base.h"

/** Unicode White_Space. */
bool huse_bert_is_space(int32_t cp);
/** ASCII punctuation and symbols, and categories P*: each such code point is a word of its own. */
bool huse_bert_is_punct(int32_t cp);
/** Removed from any text: NUL, U+FFFD, controls (but tab, newline, return), format characters,
 * private use. */
bool huse_bert_is_dropped(int32_t cp);
/** Non-spacing mark: removed when accents are stripped. */
bool huse_bert_is_accent(int32_t cp);
/** CJK ideograph: a word of its own. */
bool huse_bert_is_cjk(int32_t cp);

#endif
