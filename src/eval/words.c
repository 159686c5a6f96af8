/* Whole words and their items. */
#include "eval/words.h"

#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/text.h"

enum kind { SEPARATOR, LETTER, MARK, OTHER };

static enum kind kind_of(int32_t cp)
{
    if (cp < 0)
        return SEPARATOR;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return MARK;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_PC:
        return OTHER;
    default:
        return SEPARATOR;
    }
}

static void add_word(huse_words *w, const char *start, size_t len, bool plain)
{
    char *word = huse_xstrndup(start, len), *fold = huse_text_fold(word);
    for (size_t i = 0; i < w->n; i++) {
        if (!strcmp(w->fold[i], fold)) {
            free(word);
            free(fold);
            return;
        }
    }
    if ((w->n & (w->n - 1)) == 0) { /* full at every power of two */
        size_t room = w->n ? 2 * w->n : 1;
        w->word = huse_xrealloc(w->word, room * sizeof *w->word);
        w->fold = huse_xrealloc(w->fold, room * sizeof *w->fold);
        w->plain = huse_xrealloc(w->plain, room * sizeof *w->plain);
    }
    w->word[w->n] = word;
    w->fold[w->n] = fold;
    w->plain[w->n++] = plain;
}

void huse_words_split(huse_words *w, const char *text)
{
    enum {
        MOST = 4096
    }; /* words of one text that are looked at: finding repeats takes time by its square */
    size_t n = strlen(text), at = 0;
    *w = (huse_words){0};
    while (at < n && w->n < MOST) {
        size_t start = at, letters = 0;
        bool plain = true;
        while (at < n) {
            int32_t cp;
            size_t len = huse_utf8_decode(text + at, n - at, &cp);
            enum kind kind = kind_of(cp);
            if (kind == SEPARATOR) {
                if (at == start)
                    at = start += len;
                break;
            }
            letters += kind == LETTER;
            plain &= kind != OTHER;
            at += len;
        }
        if (at > start)
            add_word(w, text + start, at - start, plain && letters >= 3);
    }
}

void huse_words_free(huse_words *w)
{
    for (size_t i = 0; i < w->n; i++) {
        free(w->word[i]);
        free(w->fold[i]);
    }
    free(w->word);
    free(w->fold);
    free(w->plain);
    *w = (huse_words){0};
}

struct posting {
    char *fold;
    uint32_t item;
};

struct huse_postings {
    struct posting *x;
    size_t n;
};

static int compare_postings(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    int c = strcmp(x->fold, y->fold);
    return c ? c : (x->item > y->item) - (x->item < y->item);
}

huse_postings *huse_postings_new(const char *const *text, const bool *use, size_t n)
{
    huse_postings *p = huse_xcalloc(1, sizeof *p);
    size_t room = 0;
    for (size_t i = 0; i < n; i++) {
        if (!text[i] || !use[i])
            continue;
        huse_words w;
        huse_words_split(&w, text[i]);
        if (p->n + w.n > room) {
            room = 2 * (p->n + w.n);
            p->x = huse_xrealloc(p->x, room * sizeof *p->x);
        }
        for (size_t k = 0; k < w.n; k++) {
            p->x[p->n++] = (struct posting){w.fold[k], (uint32_t)i};
            w.fold[k] = NULL;
        }
        huse_words_free(&w);
    }
    if (p->n)
        qsort(p->x, p->n, sizeof *p->x, compare_postings);
    return p;
}

void huse_postings_free(huse_postings *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        free(p->x[i].fold);
    free(p->x);
    free(p);
}

/* Index of the first posting not before (fold, item). */
static size_t lower_bound(const huse_postings *p, const char *fold, uint32_t item)
{
    size_t lo = 0, hi = p->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = strcmp(p->x[mid].fold, fold);
        if (c < 0 || (c == 0 && p->x[mid].item < item))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool holds(const huse_postings *p, const char *fold, uint32_t item)
{
    size_t at = lower_bound(p, fold, item);
    return at < p->n && p->x[at].item == item && !strcmp(p->x[at].fold, fold);
}

size_t huse_postings_all(const huse_postings *p, const char *const *fold, size_t k, uint32_t **item)
{
    size_t n = 0, room = 0;
    *item = NULL;
    if (k == 0)
        return 0;
    for (size_t at = lower_bound(p, fold[0], 0); at < p->n && !strcmp(p->x[at].fold, fold[0]);
         at++) {
        bool all = true;
        for (size_t i = 1; i < k && all; i++)
            all = holds(p, fold[i], p->x[at].item);
        if (!all)
            continue;
        if (n == room) {
            room = room ? 2 * room : 16;
            *item = huse_xrealloc(*item, room * sizeof **item);
        }
        (*item)[n++] = p->x[at].item;
    }
    return n;
}
