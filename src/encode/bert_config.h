/* config.json and tokenizer_config.json of a BERT. */
#ifndef HUSE_BERT_CONFIG_H
#define HUSE_BERT_CONFIG_H

#include "encode/bert_kernels.h"
#include "encode/wordpiece.h"

typedef struct huse_bert_config {
    size_t hidden, layers, heads, inner, vocab, positions, types;
    float eps;
    huse_bert_act act;
} huse_bert_config;

/** Reads config.json. BAD_DATA, with @label and the key, for another model_type, position
 * embeddings that are not absolute, an unknown activation, a missing or absurd size, fewer than
 * four layers, a decoder, and a network that is code of its own (auto_map). */
huse_status huse_bert_config_parse(huse_bert_config *c, const char *data, size_t n,
                                   const char *label, huse_err *err) HUSE_MUST_CHECK;
/** Reads tokenizer_config.json: do_lower_case, strip_accents (null: as do_lower_case),
 * tokenize_chinese_chars. @data NULL (there is no such file) and absent keys give BERT's defaults,
 * all true. BAD_DATA also for a tokenizer that is not BERT's. */
huse_status huse_bert_config_tokenizer(huse_wordpiece_options *o, const char *data, size_t n,
                                       const char *label, huse_err *err) HUSE_MUST_CHECK;

/** Reads modules.json and 1_Pooling/config.json as sentence-transformers writes them; NULL texts:
 * there are none. *first: a sentence vector is the first token's, not the mean over all. BAD_DATA:
 * other poolings, and steps behind them that change the vector. */
huse_status huse_bert_pooling_parse(bool *first, const char *const text[2], const size_t n[2],
                                    const char *const label[2], huse_err *err) HUSE_MUST_CHECK;

#endif
