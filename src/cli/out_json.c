#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/out.h"

/* Whether a terminal could act on this character; such characters are escaped, so that nothing is lost. */
static bool must_escape(int32_t cp, const char *s, size_t n)
{
    if (cp < 0x80)
        return cp < 0x20 || cp == 0x7f;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_MC:
        return false; /* their number is limited by the caller */
    default:
        break;
    }
    char *clean = huse_text_sanitise(s, n);
    bool  same = strlen(clean) == n && memcmp(clean, s, n) == 0;
    free(clean);
    return !same;
}

static bool is_mark(int32_t cp)
{
    utf8proc_category_t c = utf8proc_category(cp);
    return c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_ME;
}

static void add_escape(huse_buf *b, uint32_t cp)
{
    if (cp < 0x10000) {
        huse_buf_fmt(b, "\\u%04x", (unsigned)cp);
        return;
    }
    cp -= 0x10000;
    huse_buf_fmt(b, "\\u%04x\\u%04x", (unsigned)(0xD800 + (cp >> 10)), (unsigned)(0xDC00 + (cp & 0x3FF)));
}

char *out_json_string(json_t *j, bool one_line)
{
    size_t flags = JSON_REAL_PRECISION(9) | JSON_ENCODE_ANY;
    char  *s = json_dumps(j, one_line ? flags | JSON_COMPACT : flags | JSON_INDENT(1));
    HUSE_ASSERT(s);
    json_decref(j);
    huse_buf b = {0};
    size_t   n = strlen(s), marks = 0, plain = 0, i = 0;
    while (i < n) {
        int32_t cp;
        size_t  len = huse_utf8_decode(s + i, n - i, &cp);
        marks = cp >= 0x80 && is_mark(cp) ? marks + 1 : 0;
        /* newlines outside strings are the indentation; inside, jansson has escaped them */
        if (cp != '\n' && (marks > 4 || must_escape(cp, s + i, len))) {
            huse_buf_add(&b, s + plain, i - plain);
            add_escape(&b, (uint32_t)cp);
            plain = i + len;
        }
        i += len;
    }
    huse_buf_add(&b, s + plain, n - plain);
    free(s);
    return b.data;
}

json_t *out_json_str(const char *s)
{
    if (!s)
        return json_null();
    size_t n = strlen(s);
    if (huse_utf8_check(s, n) == n)
        return json_stringn_nocheck(s, n);
    char   *clean = huse_text_sanitise(s, n);
    json_t *j = json_string(clean);
    free(clean);
    return j;
}

json_t *out_json_real(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *out_json_count(size_t n)
{
    return json_integer((json_int_t)n);
}

char *out_absolute(const char *path)
{
    if (*path == '/' || huse_text_is_address(path))
        return huse_xstrdup(path);
    char *cwd = getcwd(NULL, 0), *absolute = huse_fs_join(cwd ? cwd : "/", path);
    free(cwd);
    return absolute;
}

void out_json_path(json_t *object, const char *key, const char *path)
{
    char *whole = path ? out_absolute(path) : NULL;
    json_object_set_new(object, key, out_json_str(whole));
    if (whole && huse_utf8_check(whole, strlen(whole)) != strlen(whole)) {
        char *name = huse_format("%s_bytes", key), *bytes = huse_base64(whole, strlen(whole));
        json_object_set_new(object, name, json_string(bytes));
        free(name);
        free(bytes);
    }
    free(whole);
}
