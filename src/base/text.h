/* UTF-8, sanitising, case, and near misses. */
#ifndef HUSE_TEXT_H
#define HUSE_TEXT_H

#include "base/base.h"

/** Strictly decodes one code point of s[0..n): returns the bytes taken (≥ 1 when n > 0) and sets *cp, or -1 in *cp for an
 *  invalid byte (one byte taken). Overlong forms, surrogates and > U+10FFFF are invalid. */
size_t huse_utf8_decode(const char *s, size_t n, int32_t *cp);
size_t huse_utf8_encode(char out[4], int32_t cp);
/** Byte offset of the first invalid sequence, or n. */
size_t huse_utf8_check(const char *s, size_t n);

/** Makes outside text safe for any terminal, stdout, stderr and logs: C0, DEL, C1, bidi controls, line and paragraph separators, BOM and zero width
 *  characters, tag characters, non-characters, private use and invalid bytes become visible substitutes (U+FFFD, control pictures U+2400…; tab and newline a space); at
 *  most four combining marks per base. Fresh memory. */
char *huse_text_sanitise(const char *s, size_t n);
/** The same appended to a buffer. */
void huse_text_sanitise_to(huse_buf *b, const char *s, size_t n);

/** Lower-cased (utf8proc's full case folding for comparison is huse_text_fold). Fresh memory; invalid bytes are kept as U+FFFD. */
char *huse_text_lower(const char *s);
char *huse_text_fold(const char *s);

/** Whether it is an address of the web rather than a path. */
bool huse_text_is_address(const char *s);

/** Columns a character takes in a terminal: 0 for what joins the one before, 1, 2. */
int huse_char_width(int32_t cp);
/** Columns a string takes in a terminal, and the bytes of the longest prefix that fits @columns. */
size_t huse_text_width(const char *s);
size_t huse_text_fit(const char *s, size_t columns);

/** The entry of names[0..n) nearest to @s by Damerau–Levenshtein distance, or NULL if none is near (≤ 1 + strlen/3). */
const char *huse_text_nearest(const char *s, const char *const *names, size_t n);

/** Base64 with padding (RFC 4648). Fresh memory. */
char *huse_base64(const void *data, size_t n);

#endif
