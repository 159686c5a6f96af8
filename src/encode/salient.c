#include "encode/salient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "encode/bert_chars.h"

static bool is_closing(int32_t cp)
{
    return cp == '"' || cp == '\'' || cp == ')' || cp == ']' || cp == 0xBB || cp == 0x2019 ||
           cp == 0x201D || cp == 0x300D || cp == 0x300F;
}

size_t huse_salient_sentence(const char *s, size_t n)
{
    bool stop = false, wide = false; /* a full stop was read; one that needs no space after it */
    for (size_t at = 0; at < n;) {
        int32_t cp;
        size_t len = huse_utf8_decode(s + at, n - at, &cp);
        if (cp == '\n' || cp == '\r' || cp == 0x2028 || cp == 0x2029 ||
            (stop && huse_bert_is_space(cp)))
            return at + len;
        if (cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F || cp == 0xFF61)
            stop = wide = true;
        else if (cp == '.' || cp == '!' || cp == '?' || cp == 0x2026)
            stop = true;
        else if (wide && !is_closing(cp))
            return at;
        else if (!is_closing(cp))
            stop = false;
        at += len;
    }
    return n;
}

/* A word in its place, and what is counted over all places of the same word. */
typedef struct place {
    size_t word, sentence; /* index in the text */
    const char *s;
    size_t len;
    bool punct;
    double score;
} place;

static int by_word(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int c = memcmp(x->s, y->s, HUSE_MIN(x->len, y->len));
    if (c)
        return c;
    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

static int by_score(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->word < y->word ? -1 : x->word > y->word;
}

static void score_places(place *p, size_t n, size_t sentences)
{
    qsort(p, n, sizeof *p, by_word);
    for (size_t i = 0, j; i < n; i = j) {
        size_t df = 1;
        for (j = i + 1; j < n && p[j].len == p[i].len && memcmp(p[j].s, p[i].s, p[i].len) == 0; j++)
            df += p[j].sentence != p[j - 1].sentence;
        double score = (1 + log((double)(j - i))) * log((double)sentences / (double)df);
        for (size_t k = i; k < j; k++)
            p[k].score = p[k].punct ? -1 : score;
    }
    qsort(p, n, sizeof *p, by_score);
}

/* Marks words to keep; those of one score are kept from the beginning of the text on. */
static void keep_best(const huse_pieces *p, const place *best, size_t n, size_t limit, bool *keep)
{
    for (size_t i = 0; i < n && limit; i++) {
        size_t need = p->word[best[i].word].pieces;
        if (need > limit)
            continue;
        keep[best[i].word] = true;
        limit -= need;
    }
}

static void drop_others(huse_pieces *p, const bool *keep)
{
    size_t n = 0, words = 0;
    for (size_t i = 0; i < p->words; i++) {
        if (!keep[i])
            continue;
        huse_word word = p->word[i];
        memmove(p->id + n, p->id + word.first, word.pieces * sizeof *p->id);
        word.first = n;
        n += word.pieces;
        p->word[words++] = word;
    }
    p->n = n;
    p->words = words;
}

void huse_salient_encode(const huse_wordpiece *w, const char *text, size_t n, size_t limit,
                         huse_pieces *p)
{
    huse_pieces_clear(p);
    place *at = NULL;
    size_t places = 0, cap = 0, sentences = 0;
    for (size_t done = 0; done < n;) {
        size_t len = huse_salient_sentence(text + done, n - done), first = p->words, had = places;
        huse_wordpiece_encode(w, text + done, len, p);
        done += len;
        for (size_t i = first; i < p->words; i++) {
            if (places == cap) {
                cap = cap ? 2 * cap : 1024;
                at = huse_xrealloc(at, cap * sizeof *at);
            }
            at[places++] = (place){
                .word = i, .sentence = sentences, .len = p->word[i].len, .punct = p->word[i].punct};
        }
        sentences += places > had;
    }
    for (size_t i = 0; i < places; i++)
        at[i].s = p->norm.data + p->word[at[i].word].at;
    bool *keep = huse_xcalloc(p->words + 1, sizeof *keep);
    if (places) {
        score_places(at, places, sentences);
        keep_best(p, at, places, limit, keep);
    }
    drop_others(p, keep);
    free(keep);
    free(at);
}
