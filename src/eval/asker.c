#include "eval/asker.h"

#include <stdlib.h>
#include <string.h>

void huse_asker_embed(void *ctx, const char *const *text, size_t n, float *shared, float *sentence, huse_sparse *words)
{
    huse_asker *a = ctx;
    float      *rows = huse_xaligned(n * a->enc->dim * sizeof *rows);
    a->status = huse_text_encode(a->enc, a->pool, text, n, rows, NULL, &a->err);
    if (a->status != HUSE_OK)
        memset(rows, 0, n * a->enc->dim * sizeof *rows);
    huse_model_embed_texts(a->m, a->pool, rows, text, n, shared);
    huse_text_encoder_sentences(a->enc, rows, n, sentence);
    for (size_t i = 0; i < n; i++) {
        words[i] = (huse_sparse){0};
        if (a->m->tfidf)
            huse_tfidf_sparse(a->m->tfidf, text[i], &words[i]);
    }
    free(rows);
}
