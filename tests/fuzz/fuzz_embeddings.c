/* Answers of /v1/embeddings: what is accepted is whole, of length 1 and in order; what a request says comes back from any JSON parser. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/text.h"
#include "encode/remote_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const char *json, size_t size, size_t n)
{
    huse_remote_answer a = {0};
    huse_err           err = {0};
    huse_status        s = huse_remote_answer_parse(&a, json, size, n, &err);
    HUSE_ASSERT(s == HUSE_OK ? a.row != NULL : s == HUSE_BAD_DATA && a.row == NULL && err.msg[0]);
    if (s != HUSE_OK)
        return;
    HUSE_ASSERT(a.dim > 0 && a.dim <= HUSE_REMOTE_DIM_MAX && memchr(a.model, 0, sizeof a.model));
    for (size_t i = 0; i < n; i++) {
        double square = 0;
        for (size_t c = 0; c < a.dim; c++)
            square += (double)a.row[i * a.dim + c] * (double)a.row[i * a.dim + c];
        HUSE_ASSERT(fabs(square - 1) < 1e-4);
    }
    free(a.row);
}

static void check_request(const char *text, size_t n)
{
    json_t     *root = NULL;
    huse_err    err;
    const char *list[2] = {text, text};
    size_t      bytes[2] = {n, n / 2};
    char       *body = huse_remote_request("a/model", list, bytes, 2);
    HUSE_ASSERT(huse_json_parse(&root, body, strlen(body), "request", &err) == HUSE_OK);
    const json_t *first = json_array_get(json_object_get(root, "input"), 0);
    if (n > 0 && huse_utf8_check(text, n) == n)
        HUSE_ASSERT(json_string_length(first) == n && memcmp(json_string_value(first), text, n) == 0);
    HUSE_ASSERT(json_string_length(first) > 0 && json_array_size(json_object_get(root, "input")) == 2);
    json_decref(root);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char              said[161], *text = huse_xstrndup((const char *)data, size);
    huse_remote_place place;
    huse_err          err;
    for (size_t n = 1; n <= 3; n++)
        check_answer((const char *)data, size, n);
    check_request(text, strlen(text));
    huse_remote_answer_fault(said, text, "sesame");
    HUSE_ASSERT(memchr(said, 0, sizeof said) && !strstr(said, "sesame"));
    if (huse_remote_place_parse(&place, text, &err) == HUSE_OK) {
        char *again = huse_remote_place_text(&place);
        huse_remote_place other;
        HUSE_ASSERT(huse_remote_place_parse(&other, again, &err) == HUSE_OK && strcmp(other.url, place.url) == 0);
        huse_remote_place_free(&other);
        huse_remote_place_free(&place);
        free(again);
    }
    free(text);
    return 0;
}
