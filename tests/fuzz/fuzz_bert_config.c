/* config.json, tokenizer_config.json, vocab.txt and a text, split at NULs. */
#include <stdlib.h>
#include <string.h>

#include "encode/bert_config.h"
#include "encode/salient.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *part[4] = {"", "", "", ""}, *at = (const char *)data;
    size_t len[4] = {0}, left = size;
    for (size_t i = 0; i < 4 && left; i++) {
        const char *end = i < 3 ? memchr(at, 0, left) : NULL;
        part[i] = at;
        len[i] = end ? (size_t)(end - at) : left;
        size_t used = len[i] + (end ? 1 : 0);
        at += used;
        left -= used;
    }
    huse_err err;
    huse_bert_config config;
    if (huse_bert_config_parse(&config, part[0], len[0], "config", &err) == HUSE_OK)
        HUSE_ASSERT(config.layers >= 4 && config.hidden % config.heads == 0 &&
                    config.positions >= 8);
    huse_wordpiece_options opt = {true, true, true};
    if (huse_bert_config_tokenizer(&opt, part[1], len[1], "tokenizer", &err) != HUSE_OK)
        HUSE_ASSERT(opt.lower_case && opt.strip_accents && opt.split_cjk);
    huse_wordpiece *w = NULL;
    if (huse_wordpiece_parse(&w, part[2], len[2], "vocabulary", &opt, &err) != HUSE_OK)
        return 0;
    huse_pieces p = {0};
    huse_wordpiece_encode(w, part[3], len[3], &p);
    for (size_t i = 0; i < p.n; i++)
        HUSE_ASSERT(p.id[i] >= 0 && (size_t)p.id[i] < huse_wordpiece_count(w));
    huse_salient_encode(w, part[3], len[3], 7, &p);
    HUSE_ASSERT(p.n <= 7);
    huse_pieces_free(&p);
    huse_wordpiece_free(w);
    return 0;
}
