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
 * embeddings that are not absolute, an unknown activation, a missing or absurd size, and fewer than
 * four layers. */
huse_status huse_bert_config_parse(huse_bert_config *c, const char *data, size_t n,
                                   const char *label, huse_err *err) HUSE_MUST_CHECK;
/** Reads tokenizer_config.json: do_lower_case, strip_accents (null: as do_lower_case),
 * tokenize_chinese_chars. @data NULL (there is no such file) and absent keys give BERT's defaults,
 * all true. */
huse_status huse_bert_config_tokenizer(huse_wordpiece_options *o, const char *data, size_t n,
                                       const char *label, huse_err *err) HUSE_MUST_CHECK;

#endif
