/* BERT's tokenizer: clean-up, accents, words, and WordPiece by greedy longest match
 * (Devlin et al. 2019; Wu et al. 2016, section 4.1). */
#ifndef HUSE_WORDPIECE_H
#define HUSE_WORDPIECE_H

#include "base/base.h"

typedef struct huse_wordpiece huse_wordpiece;

typedef struct huse_wordpiece_options {
    bool lower_case, strip_accents, split_cjk;
} huse_wordpiece_options;

#define HUSE_WORDPIECE_MAX_BYTES  ((size_t)32 << 20) /* of vocab.txt */
#define HUSE_WORDPIECE_MAX_PIECES ((size_t)1 << 20)

/** A vocabulary from the bytes of vocab.txt: one piece a line, its number is its id. BAD_DATA (with
 * @label and the line) for bytes that are not UTF-8, an empty or repeated piece, none of [UNK],
 * [CLS] or [SEP], and a vocabulary past the caps. Copies @data. Free with huse_wordpiece_free.
 * Immutable, so threads may share it. */
huse_status huse_wordpiece_parse(huse_wordpiece **w, const char *data, size_t n, const char *label,
                                 const huse_wordpiece_options *opt, huse_err *err) HUSE_MUST_CHECK;
void huse_wordpiece_free(huse_wordpiece *w); /* NULL is fine */
size_t huse_wordpiece_count(const huse_wordpiece *w);
/** Id of a piece, -1 when the vocabulary has none such. */
int32_t huse_wordpiece_id(const huse_wordpiece *w, const char *piece);

/** A word of a text: its pieces, and where its normalised characters (the first 100 of them) lie.
 */
typedef struct huse_word {
    size_t first, pieces; /* in id */
    size_t at, len;       /* in norm */
    bool punct;
} huse_word;

/** What texts were cut into. Zero-initialise; free with huse_pieces_free. */
typedef struct huse_pieces {
    int32_t *id;
    huse_word *word;
    size_t n, cap, words, words_cap;
    huse_buf norm;
} huse_pieces;
void huse_pieces_free(huse_pieces *p);
void huse_pieces_clear(huse_pieces *p); /* keeps the memory */

/** Appends the pieces of text[0..n), without [CLS] and [SEP]. Any bytes: invalid UTF-8 counts as
 * U+FFFD, which is dropped. Special tokens typed in the text are ordinary text. Linear in @n. */
void huse_wordpiece_encode(const huse_wordpiece *w, const char *text, size_t n, huse_pieces *out);

#endif
