#include "query/rerank.h"

#include <math.h>
#include <stdlib.h>

#include "index/topk.h"
#include "query/frozen.h"

void huse_attribute_words_add(huse_attribute_words *a, const huse_model *m, const float *sentence, const char *text, double weight)
{
    if (a->sentence == NULL && sentence != NULL)
        a->sentence = huse_xcalloc(m->sentence_dim + 1, sizeof *a->sentence);
    for (size_t c = 0; sentence != NULL && c < m->sentence_dim; c++)
        a->sentence[c] += (float)weight * sentence[c];
    if (m->tfidf == NULL)
        return;
    if (a->words == NULL)
        a->words = huse_xcalloc(huse_tfidf_terms(m->tfidf) + 1, sizeof *a->words);
    huse_sparse row = { 0 };
    huse_tfidf_sparse(m->tfidf, text, &row);
    for (size_t i = 0; i < row.n; i++)
        a->words[row.index[i]] += (float)weight * row.value[i];
    a->known = a->known || row.n > 0;
    huse_sparse_free(&row);
}

void huse_attribute_words_finish(huse_attribute_words *a, const huse_model *m)
{
    if (a->sentence != NULL)
        huse_unit(a->sentence, m->sentence_dim);
    if (a->words != NULL)
        huse_unit(a->words, huse_tfidf_terms(m->tfidf));
}

void huse_attribute_words_fini(huse_attribute_words *a)
{
    free(a->sentence);
    free(a->words);
    *a = (huse_attribute_words){ 0 };
}

float huse_attribute_of(const huse_attribute_words *a, const huse_model *m, size_t item)
{
    float sentence = 0;
    if (a->sentence != NULL)
        sentence = huse_index_dot(m->attribute + item * m->sentence_dim, a->sentence, m->sentence_dim);
    if (!m->has_text[item])
        return sentence;
    float words = 0;
    size_t terms = a->words != NULL ? huse_tfidf_terms(m->tfidf) : 0;
    for (int64_t i = m->word_start[item]; terms > 0 && i < m->word_start[item + 1]; i++)
        if (m->word_index[i] < terms)
            words += m->word_value[i] * a->words[m->word_index[i]];
    return a->sentence != NULL ? .5F * sentence + .5F * words : words;
}
