/* Text from outside: what comes out is valid UTF-8 without anything a terminal acts on, and stays
 * as it is. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_output(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n;) {
        int32_t cp;
        i += huse_utf8_decode(s + i, n - i, &cp);
        HUSE_ASSERT(cp >= 0x20 && !(cp >= 0x7f && cp <= 0x9f));
        HUSE_ASSERT(!(cp >= 0x202a && cp <= 0x202e) && !(cp >= 0x2066 && cp <= 0x2069));
        HUSE_ASSERT(cp != 0x200d && cp != 0xfeff && cp != 0x2028 && cp != 0x2029);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *once = huse_text_sanitise((const char *)data, size);
    check_output(once);
    char *twice = huse_text_sanitise(once, strlen(once));
    HUSE_ASSERT(strcmp(once, twice) == 0);
    size_t width = huse_text_width(once);
    for (size_t columns = 0; columns < 8; columns++) {
        char *cut = huse_xstrndup(once, huse_text_fit(once, columns));
        HUSE_ASSERT(huse_text_width(cut) <= HUSE_MIN(columns, width));
        HUSE_ASSERT(huse_utf8_check(cut, strlen(cut)) == strlen(cut));
        free(cut);
    }
    char *raw = huse_xstrndup((const char *)data, size), *low = huse_text_lower(raw);
    char *folded = huse_text_fold(raw), *again = huse_text_fold(folded);
    HUSE_ASSERT(huse_utf8_check(low, strlen(low)) == strlen(low));
    HUSE_ASSERT(strcmp(folded, again) == 0);
    free(once);
    free(twice);
    free(raw);
    free(low);
    free(folded);
    free(again);
    return 0;
}
