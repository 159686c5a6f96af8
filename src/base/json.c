/* Strict JSON for files from outside. */
#include "base/bundle.h"

#define DEPTH_MAX 32

/* Offset of the bracket that goes deeper than DEPTH_MAX, or n. The parser behind would recurse that
 * far. */
static size_t find_too_deep(const char *s, size_t n)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < n; i++) {
        if (in_string) {
            if (s[i] == '\\')
                i++;
            else if (s[i] == '"')
                in_string = false;
        } else if (s[i] == '"') {
            in_string = true;
        } else if (s[i] == '[' || s[i] == '{') {
            if (++depth > DEPTH_MAX)
                return i;
        } else if (s[i] == ']' || s[i] == '}') {
            depth--;
        }
    }
    return n;
}

huse_status huse_json_parse(json_t **out, const char *data, size_t n, const char *label,
                            huse_err *err)
{
    size_t deep = find_too_deep(data, n);
    if (deep < n)
        return huse_fail(err, HUSE_BAD_DATA, "%s: JSON nested deeper than %d, at byte %zu", label,
                         DEPTH_MAX, deep);
    json_error_t e;
    json_t *root = json_loadb(data, n, JSON_REJECT_DUPLICATES, &e);
    if (!root)
        return huse_fail(err, HUSE_BAD_DATA, "%s: line %d, column %d: %s", label, e.line, e.column,
                         e.text);
    *out = root;
    return HUSE_OK;
}
