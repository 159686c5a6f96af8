/* UTF-8, and making outside text safe to show. */
#include "base/text.h"

#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT   0xfffd
#define DOTTED_CIRCLE 0x25cc
#define MARKS_MAX     4

size_t huse_utf8_decode(const char *s, size_t n, int32_t *cp)
{
    /* RFC 3629: the second byte's range alone decides overlong forms, surrogates and the upper end.
     */
    const uint8_t *p = (const uint8_t *)s;
    *cp = -1;
    if (n == 0)
        return 0;
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    uint8_t lo = 0x80, hi = 0xbf;
    size_t len;
    int32_t c;
    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        len = 2;
        c = p[0] & 0x1f;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        len = 3;
        c = p[0] & 0x0f;
        lo = p[0] == 0xe0 ? 0xa0 : lo;
        hi = p[0] == 0xed ? 0x9f : hi;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        len = 4;
        c = p[0] & 0x07;
        lo = p[0] == 0xf0 ? 0x90 : lo;
        hi = p[0] == 0xf4 ? 0x8f : hi;
    } else {
        return 1;
    }
    if (n < len || p[1] < lo || p[1] > hi)
        return 1;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (p[i] & 0x3f);
    }
    *cp = c;
    return len;
}

size_t huse_utf8_encode(char out[4], int32_t cp)
{
    HUSE_ASSERT(cp >= 0 && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
    const uint32_t c = (uint32_t)cp;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

size_t huse_utf8_check(const char *s, size_t n)
{
    int32_t cp;
    for (size_t i = 0; i < n;) {
        size_t len = huse_utf8_decode(s + i, n - i, &cp);
        if (cp < 0)
            return i;
        i += len;
    }
    return n;
}

/* Code points that are invisible, turn the direction of what follows, or mean nothing outside one
 * program: Unicode's Default_Ignorable_Code_Point without the variation selectors, bidi controls,
 * separators, private use. */
static const struct {
    int32_t first, last;
} hidden[] = {
    {0x0080, 0x009f},   {0x00ad, 0x00ad},    {0x034f, 0x034f},   {0x061c, 0x061c},
    {0x115f, 0x1160},   {0x17b4, 0x17b5},    {0x180b, 0x180f},   {0x200b, 0x200f},
    {0x2028, 0x202e},   {0x2060, 0x206f},    {0x3164, 0x3164},   {0xe000, 0xf8ff},
    {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},    {0xffa0, 0xffa0},   {0xfff0, 0xfffc},
    {0x13430, 0x1343f}, {0x1bca0, 0x1bca3},  {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff},
    {0xe01f0, 0xe0fff}, {0xf0000, 0x10ffff},
};

static int32_t substitute(int32_t cp)
{
    if (cp == '\t' || cp == '\n')
        return ' ';
    if (cp >= 0 && cp < 0x20)
        return 0x2400 + cp;
    if (cp == 0x7f)
        return 0x2421;
    if (cp < 0 || (cp & 0xfffe) == 0xfffe)
        return REPLACEMENT;
    for (size_t i = 0; i < HUSE_COUNT(hidden) && cp >= hidden[i].first; i++)
        if (cp <= hidden[i].last)
            return REPLACEMENT;
    return cp;
}

int huse_char_width(int32_t cp)
{
    /* as terminals and the C library have it: vowels and finals of Hangul join the initial before them, spacing marks stand for themselves */
    if ((cp >= 0x1160 && cp <= 0x11ff) || (cp >= 0xd7b0 && cp <= 0xd7fb))
        return 0;
    if (cp >= 0x300 && utf8proc_category(cp) == UTF8PROC_CATEGORY_MC)
        return 1;
    const int w = utf8proc_charwidth(cp);
    return w > 2 ? 2 : w < 0 ? 0 : w;
}

/* Takes no cell of its own, so any number of them would pile up on one. */
static bool is_mark(int32_t cp)
{
    if (cp < 0x300)
        return false;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return true;
    default:
        return huse_char_width(cp) == 0;
    }
}

static void add(huse_buf *b, int32_t cp)
{
    char out[4];
    huse_buf_add(b, out, huse_utf8_encode(out, cp));
}

void huse_text_sanitise_to(huse_buf *b, const char *s, size_t n)
{
    int marks = -1; /* on the present base; -1: no base yet */
    huse_buf_add(b, "", 0);
    for (size_t i = 0; i < n;) {
        int32_t cp;
        size_t run = i;
        while (run < n && s[run] >= 0x20 && s[run] < 0x7f)
            run++;
        if (run > i) {
            huse_buf_add(b, s + i, run - i);
            marks = 0;
            i = run;
            continue;
        }
        i += huse_utf8_decode(s + i, n - i, &cp);
        cp = substitute(cp);
        if (is_mark(cp)) {
            if (marks < 0) { /* else it would sit on whatever the screen shows before */
                add(b, DOTTED_CIRCLE);
                marks = 0;
            }
            if (marks++ >= MARKS_MAX)
                continue;
        } else {
            marks = 0;
        }
        add(b, cp);
    }
}

char *huse_text_sanitise(const char *s, size_t n)
{
    huse_buf b = {0};
    huse_text_sanitise_to(&b, s, n);
    return b.data;
}

bool huse_text_is_address(const char *s)
{
    return strncasecmp(s, "http://", 7) == 0 || strncasecmp(s, "https://", 8) == 0;
}

char *huse_base64(const void *data, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t    *s = data;
    huse_buf          b = {0};
    huse_buf_str(&b, "");
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++)
            v = v << 8 | (i + k < n ? s[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            huse_buf_add(&b, i + k > n ? "=" : &digit[v >> (18 - 6 * k) & 63], 1);
    }
    return b.data;
}
