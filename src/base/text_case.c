/* Case, terminal columns and near misses. */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define NEAREST_MAX 128 /* bytes; nobody mistypes longer words one letter at a time */

static void add(huse_buf *b, int32_t cp)
{
    char out[4];
    huse_buf_add(b, out, huse_utf8_encode(out, cp < 0 ? 0xfffd : cp));
}

char *huse_text_lower(const char *s)
{
    huse_buf b = {0};
    size_t n = strlen(s);
    huse_buf_add(&b, "", 0);
    for (size_t i = 0; i < n;) {
        int32_t cp;
        i += huse_utf8_decode(s + i, n - i, &cp);
        add(&b, cp < 0 ? cp : utf8proc_tolower(cp));
    }
    return b.data;
}

/* The same text with every invalid byte as U+FFFD: utf8proc_map refuses the whole string otherwise.
 */
static char *mend(const char *s, size_t n)
{
    huse_buf b = {0};
    huse_buf_add(&b, "", 0);
    for (size_t i = 0; i < n;) {
        int32_t cp;
        i += huse_utf8_decode(s + i, n - i, &cp);
        add(&b, cp);
    }
    return b.data;
}

char *huse_text_fold(const char *s)
{
    size_t n = strlen(s);
    char *valid = huse_utf8_check(s, n) < n ? mend(s, n) : NULL;
    utf8proc_uint8_t *out = NULL;
    const utf8proc_option_t how =
        UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)(valid ? valid : s), 0, &out, how);
    free(valid);
    HUSE_ASSERT(len >= 0); /* valid UTF-8 can only fail for want of memory */
    return (char *)out;
}

static size_t columns_of(int32_t cp)
{
    return cp < 0 ? 1 : (size_t)huse_char_width(cp);
}

size_t huse_text_width(const char *s)
{
    size_t n = strlen(s), w = 0;
    for (size_t i = 0; i < n;) {
        int32_t cp;
        i += huse_utf8_decode(s + i, n - i, &cp);
        w += columns_of(cp);
    }
    return w;
}

size_t huse_text_fit(const char *s, size_t columns)
{
    size_t n = strlen(s), i = 0;
    while (i < n) {
        int32_t cp;
        size_t len = huse_utf8_decode(s + i, n - i, &cp), w = columns_of(cp);
        if (w > columns)
            break;
        columns -= w;
        i += len;
    }
    return i;
}

/* Damerau–Levenshtein distance in its optimal-string-alignment form, on bytes; both at most
 * NEAREST_MAX long. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[3][NEAREST_MAX + 1];
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *cur = row[i % 3], *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];
        cur[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t best = HUSE_MIN(up[j], cur[j - 1]) + 1;
            best = HUSE_MIN(best, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = HUSE_MIN(best, up2[j - 2] + 1);
            cur[j] = best;
        }
    }
    return row[na % 3][nb];
}

const char *huse_text_nearest(const char *s, const char *const *names, size_t n)
{
    size_t len = strlen(s), limit = 1 + len / 3, best = SIZE_MAX;
    const char *found = NULL;
    if (len > NEAREST_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t m = strlen(names[i]);
        if (m > NEAREST_MAX)
            continue;
        size_t d = distance(s, len, names[i], m);
        /* at the longer one's length nothing of it is the same */
        if (d <= limit && d < best && (d == 0 || d < HUSE_MAX(len, m))) {
            best = d;
            found = names[i];
        }
    }
    return found;
}
