#include "encode/terms.h"

#include <string.h>
#include <utf8proc.h>

#include "base/text.h"
#include "encode/bert_chars.h"

typedef struct reader {
    huse_term_fn *fn;
    void *ctx;
    char buf[2 * HUSE_TERM_MAX + 2]; /* the word before, a space, the word under way */
    size_t before, word;             /* their lengths; before 0: none */
    bool too_long;
} reader;

static void end_word(reader *r)
{
    char *start = r->buf + (r->before ? r->before + 1 : 0);
    if (r->word == 0 && !r->too_long)
        return;
    if (r->too_long) {
        r->before = 0;
    } else {
        r->fn(r->ctx, start, r->word, false);
        if (r->before && r->before + 1 + r->word <= HUSE_TERM_MAX)
            r->fn(r->ctx, r->buf, r->before + 1 + r->word, true);
        memmove(r->buf, start, r->word);
        r->before = r->word;
        r->buf[r->before] = ' ';
    }
    r->word = 0;
    r->too_long = false;
}

static void add(reader *r, int32_t cp)
{
    char bytes[4];
    size_t n = huse_utf8_encode(bytes, cp);
    if (r->word + n > HUSE_TERM_MAX)
        r->too_long = true;
    if (r->too_long)
        return;
    memcpy(r->buf + (r->before ? r->before + 1 : 0) + r->word, bytes, n);
    r->word += n;
}

static bool is_word(int32_t cp, bool inside)
{
    if (cp < 0x80)
        return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') || (cp >= '0' && cp <= '9');
    utf8proc_category_t c = utf8proc_category(cp);
    if (c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME)
        return inside;
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
           (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

void huse_terms_each(const char *text, huse_term_fn *fn, void *ctx)
{
    reader r = {.fn = fn, .ctx = ctx};
    size_t n = strlen(text);
    for (size_t at = 0; at < n;) {
        int32_t cp;
        at += huse_utf8_decode(text + at, n - at, &cp);
        if (cp < 0 || !is_word(cp, r.word > 0)) {
            end_word(&r);
            continue;
        }
        bool alone = huse_bert_is_cjk(cp);
        if (alone)
            end_word(&r);
        add(&r, utf8proc_tolower(cp));
        if (alone)
            end_word(&r);
    }
    end_word(&r);
}
