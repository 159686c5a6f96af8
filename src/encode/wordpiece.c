#include "encode/wordpiece.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/text.h"
#include "encode/bert_chars.h"

enum { MAX_CHARS = 100 }; /* a longer word is [UNK] */

typedef struct piece {
    size_t at;
    uint32_t len;
} piece;

struct huse_wordpiece {
    huse_wordpiece_options opt;
    char *text; /* the file */
    piece *piece;
    size_t n, mask;
    uint32_t *slot; /* id + 1, 0 free; open addressing */
    int32_t unk;
};

/* FNV-1a: can be carried on byte by byte, so that all prefixes of a word are hashed in one pass. */
static const uint64_t HASH_START = 14695981039346656037u;

static uint64_t hash_more(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 1099511628211u;
    return h;
}

static size_t slot_of(uint64_t h, size_t mask)
{
    return (size_t)(h ^ h >> 29) & mask;
}

/* The id of the piece made of prefix (0 or "##") and s[0..len), or -1. */
static int32_t find(const huse_wordpiece *w, uint64_t h, bool inner, const char *s, size_t len)
{
    size_t skip = inner ? 2 : 0;
    for (size_t i = slot_of(h, w->mask); w->slot[i]; i = (i + 1) & w->mask) {
        const piece *p = &w->piece[w->slot[i] - 1];
        const char *t = w->text + p->at;
        if (p->len == len + skip && (!inner || (t[0] == '#' && t[1] == '#')) &&
            memcmp(t + skip, s, len) == 0)
            return (int32_t)w->slot[i] - 1;
    }
    return -1;
}

int32_t huse_wordpiece_id(const huse_wordpiece *w, const char *s)
{
    size_t n = strlen(s);
    return find(w, hash_more(HASH_START, s, n), false, s, n);
}

size_t huse_wordpiece_count(const huse_wordpiece *w)
{
    return w->n;
}

void huse_wordpiece_free(huse_wordpiece *w)
{
    if (!w)
        return;
    free(w->text);
    free(w->piece);
    free(w->slot);
    free(w);
}

static huse_status add_line(huse_wordpiece *w, size_t at, size_t len, const char *label,
                            huse_err *err)
{
    const char *s = w->text + at;
    if (len == 0)
        return huse_fail(err, HUSE_BAD_DATA, "%s: line %zu is empty", label, w->n + 1);
    uint64_t h = hash_more(HASH_START, s, len);
    int32_t old = find(w, h, false, s, len);
    if (old >= 0)
        return huse_fail(err, HUSE_BAD_DATA, "%s: line %zu repeats the piece of line %d", label,
                         w->n + 1, old + 1);
    size_t i = slot_of(h, w->mask);
    while (w->slot[i])
        i = (i + 1) & w->mask;
    w->piece[w->n++] = (piece){at, (uint32_t)len};
    w->slot[i] = (uint32_t)w->n;
    return HUSE_OK;
}

static huse_status read_lines(huse_wordpiece *w, size_t n, const char *label, huse_err *err)
{
    for (size_t at = 0; at < n;) {
        const char *end = memchr(w->text + at, '\n', n - at);
        size_t stop = end ? (size_t)(end - w->text) : n;
        size_t len = stop - at;
        if (len && w->text[stop - 1] == '\r')
            len--;
        HUSE_TRY(add_line(w, at, len, label, err));
        at = stop + 1;
    }
    static const char *const needed[] = {"[UNK]", "[CLS]", "[SEP]"};
    for (size_t i = 0; i < HUSE_COUNT(needed); i++)
        if (huse_wordpiece_id(w, needed[i]) < 0)
            return huse_fail(err, HUSE_BAD_DATA, "%s: has no %s; is this a BERT vocabulary?", label,
                             needed[i]);
    w->unk = huse_wordpiece_id(w, "[UNK]");
    return HUSE_OK;
}

huse_status huse_wordpiece_parse(huse_wordpiece **out, const char *data, size_t n,
                                 const char *label, const huse_wordpiece_options *opt,
                                 huse_err *err)
{
    if (n > HUSE_WORDPIECE_MAX_BYTES)
        return huse_fail(err, HUSE_BAD_DATA, "%s: is longer than %zu bytes", label,
                         HUSE_WORDPIECE_MAX_BYTES);
    size_t lines = 1, good = huse_utf8_check(data, n);
    for (size_t i = 0; i < good; i++)
        lines += data[i] == '\n';
    if (good < n)
        return huse_fail(err, HUSE_BAD_DATA, "%s: line %zu is not UTF-8", label, lines);
    if (lines > HUSE_WORDPIECE_MAX_PIECES)
        return huse_fail(err, HUSE_BAD_DATA, "%s: has more than %zu lines", label,
                         HUSE_WORDPIECE_MAX_PIECES);
    huse_wordpiece *w = huse_xcalloc(1, sizeof *w);
    size_t slots = 64;
    while (slots < 2 * lines)
        slots *= 2;
    w->opt = *opt;
    w->text = huse_xstrndup(data, n);
    w->piece = huse_xcalloc(lines, sizeof *w->piece);
    w->slot = huse_xcalloc(slots, sizeof *w->slot);
    w->mask = slots - 1;
    huse_status st = read_lines(w, n, label, err);
    if (st != HUSE_OK)
        huse_wordpiece_free(w);
    else
        *out = w;
    return st;
}

void huse_pieces_clear(huse_pieces *p)
{
    p->n = p->words = 0;
    p->norm.len = 0;
}

void huse_pieces_free(huse_pieces *p)
{
    free(p->id);
    free(p->word);
    huse_buf_free(&p->norm);
    *p = (huse_pieces){0};
}

static void add_id(huse_pieces *out, int32_t id)
{
    if (out->n == out->cap) {
        out->cap = out->cap ? 2 * out->cap : 64;
        out->id = huse_xrealloc(out->id, out->cap * sizeof *out->id);
    }
    out->id[out->n++] = id;
}

/* The word being read: its first MAX_CHARS code points in canonical order. */
typedef struct reader {
    const huse_wordpiece *w;
    huse_pieces *out;
    int32_t cp[MAX_CHARS];
    uint8_t order[MAX_CHARS]; /* canonical combining class */
    size_t n;                 /* characters, those past MAX_CHARS too */
    size_t fixed;             /* code points before this one stay where they are */
} reader;

/* Longest piece first, from each place where the last one ended (Wu et al. 2016). */
static void cut_word(reader *r, const char *s, const size_t *end, size_t chars)
{
    huse_pieces *out = r->out;
    size_t start = 0, first = out->n;
    uint64_t hash[MAX_CHARS];
    while (start < chars) {
        size_t at = start ? end[start - 1] : 0;
        uint64_t h = start ? hash_more(HASH_START, "##", 2) : HASH_START;
        for (size_t i = start; i < chars; i++) {
            size_t from = i == start ? at : end[i - 1];
            hash[i] = h = hash_more(h, s + from, end[i] - from);
        }
        size_t stop = chars;
        int32_t id = -1;
        while (stop > start &&
               (id = find(r->w, hash[stop - 1], start > 0, s + at, end[stop - 1] - at)) < 0)
            stop--;
        if (id < 0) {
            out->n = first;
            add_id(out, r->w->unk);
            return;
        }
        add_id(out, id);
        start = stop;
    }
}

static void end_word(reader *r, bool punct)
{
    if (!r->n)
        return;
    huse_pieces *out = r->out;
    if (out->words == out->words_cap) {
        out->words_cap = out->words_cap ? 2 * out->words_cap : 32;
        out->word = huse_xrealloc(out->word, out->words_cap * sizeof *out->word);
    }
    huse_word *word = &out->word[out->words++];
    *word = (huse_word){.first = out->n, .at = out->norm.len, .punct = punct};
    size_t end[MAX_CHARS], chars = HUSE_MIN(r->n, (size_t)MAX_CHARS);
    for (size_t i = 0; i < chars; i++) {
        char bytes[4];
        huse_buf_add(&out->norm, bytes, huse_utf8_encode(bytes, r->cp[i]));
        end[i] = out->norm.len - word->at;
    }
    word->len = out->norm.len - word->at;
    if (r->n > MAX_CHARS)
        add_id(out, r->w->unk);
    else
        cut_word(r, out->norm.data + word->at, end, chars);
    word->pieces = out->n - word->first;
    r->n = r->fixed = 0;
}

/* One normalised character. @order above 0 sorts it into the run of combining characters before it.
 */
static void add_char(reader *r, int32_t cp, uint8_t order)
{
    if (huse_bert_is_space(cp)) {
        end_word(r, false);
        return;
    }
    bool punct = huse_bert_is_punct(cp);
    if (punct)
        end_word(r, false);
    size_t i = r->n++;
    if (i >= MAX_CHARS)
        return;
    if (order == 0)
        r->fixed = i;
    for (; order && i > r->fixed && r->order[i - 1] > order; i--) {
        r->cp[i] = r->cp[i - 1];
        r->order[i] = r->order[i - 1];
    }
    r->cp[i] = cp;
    r->order[i] = order;
    if (punct)
        end_word(r, true);
}

static void add_lower(reader *r, int32_t cp, uint8_t order)
{
    if (r->w->opt.lower_case &&
        cp == 0x130) { /* İ: the one letter whose lower case is two code points */
        add_char(r, 'i', 0);
        add_char(r, 0x307, 230);
    } else {
        add_char(r, r->w->opt.lower_case ? utf8proc_tolower(cp) : cp, order);
    }
}

/* NFD of one code point without its non-spacing marks, lower-cased. Marks go before they are
 * ordered, so a text made of marks costs nothing. */
static void add_stripped(reader *r, int32_t cp)
{
    int32_t part[32];
    int last_class = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(cp, part, 32, UTF8PROC_DECOMPOSE, &last_class);
    HUSE_ASSERT(n >= 0 && n <= 32);
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        utf8proc_propval_t order = utf8proc_get_property(part[i])->combining_class;
        if (!huse_bert_is_accent(part[i]))
            add_lower(r, part[i], (uint8_t)order);
        else if (order == 0)
            r->fixed = HUSE_MIN(r->n, (size_t)MAX_CHARS);
    }
}

void huse_wordpiece_encode(const huse_wordpiece *w, const char *text, size_t n, huse_pieces *out)
{
    reader r = {.w = w, .out = out};
    for (size_t at = 0; at < n;) {
        int32_t cp;
        at += huse_utf8_decode(text + at, n - at, &cp);
        if (cp < 0 || huse_bert_is_dropped(cp))
            continue;
        bool alone = w->opt.split_cjk && huse_bert_is_cjk(cp);
        if (alone)
            end_word(&r, false);
        if (cp < 0x80 || !w->opt.strip_accents)
            add_lower(&r, cp, 0);
        else
            add_stripped(&r, cp);
        if (alone)
            end_word(&r, false);
    }
    end_word(&r, false);
}
