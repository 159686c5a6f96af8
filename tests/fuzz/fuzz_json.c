/* JSON files: what is accepted, written again and read again, is the same. */
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *a = NULL, *b = NULL;
    huse_err err = {0};
    huse_status s = huse_json_parse(&a, (const char *)data, size, "fuzz", &err);
    HUSE_ASSERT(s == HUSE_OK ? a != NULL : a == NULL && s == HUSE_BAD_DATA && err.msg[0]);
    if (!a)
        return 0;
    char *text = json_dumps(a, JSON_SORT_KEYS);
    HUSE_ASSERT(text != NULL);
    s = huse_json_parse(&b, text, strlen(text), "again", &err);
    HUSE_ASSERT(s == HUSE_OK && json_equal(a, b));
    free(text);
    json_decref(a);
    json_decref(b);
    return 0;
}
