/* What a hub answers, and the names of models: what is accepted can be asked for and kept, whatever it says. Two texts, split at a NUL:
 * an answer or modules.json, and a name or 1_Pooling/config.json. */
#include <stdlib.h>
#include <string.h>

#include "data/hub_listing.h"
#include "encode/bert_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_hex(const char *s, size_t n)
{
    return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

static void check_listing(const char *json, size_t n)
{
    static const huse_hub_listing untouched;
    huse_hub_listing              l = {0};
    huse_err                      err = {0};
    huse_status                   s = huse_hub_listing_parse(&l, json, n, &err);
    if (s != HUSE_OK) {
        HUSE_ASSERT(s == HUSE_BAD_DATA && err.msg[0] && memcmp(&l, &untouched, sizeof l) == 0);
        return;
    }
    HUSE_ASSERT(is_hex(l.revision, 40));
    for (size_t i = 0; i < HUSE_HUB_PARTS; i++)
        if (l.file[i].there)
            HUSE_ASSERT(l.file[i].size <= UINT64_C(16) << 30 && (l.file[i].hashed || is_hex(l.file[i].blob, 40)));
}

static void check_address(const char *s)
{
    huse_hub_address a, again;
    huse_err         err;
    char             repository[194];
    if (huse_hub_address_parse(&a, s, &err) != HUSE_OK)
        return;
    const char *slash = strchr(a.repository, '/');
    HUSE_ASSERT(slash && slash != a.repository && slash[1] && !strchr(slash + 1, '/'));
    HUSE_ASSERT(*a.folder && *a.folder != '.' && strlen(a.folder) < sizeof a.folder && !strpbrk(a.folder, "/@ \n"));
    HUSE_ASSERT(!strstr(a.repository, "..") && !strstr(a.revision, "..") && *a.revision);
    HUSE_ASSERT(huse_hub_address_parse(&again, a.repository, &err) == HUSE_OK && strcmp(again.folder, a.folder) == 0);
    if (huse_hub_address_of(repository, a.folder))
        HUSE_ASSERT(strcmp(repository, a.repository) == 0);
    else
        HUSE_ASSERT(strlen(a.folder) == sizeof a.folder - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *end = memchr(data, 0, size);
    size_t      n[2] = {end ? (size_t)(end - (const char *)data) : size, 0};
    n[1] = end ? size - n[0] - 1 : 0;
    char       *text[2] = {huse_xstrndup((const char *)data, n[0]), huse_xstrndup(end ? end + 1 : "", n[1])}, repository[194];
    const char *label[2] = {"modules.json", "pooling.json"}, *both[2] = {text[0], text[1]}, *second[2] = {NULL, text[1]};
    bool        first = true;
    huse_err    err;
    n[1] = strlen(text[1]);
    check_listing(text[0], n[0]);
    check_address(text[1]);
    if (huse_hub_address_of(repository, text[1]))
        HUSE_ASSERT(huse_hub_address_is(repository));
    if (huse_bert_pooling_parse(&first, both, n, label, &err) != HUSE_OK)
        HUSE_ASSERT(first);
    if (huse_bert_pooling_parse(&first, second, n, label, &err) != HUSE_OK)
        HUSE_ASSERT(err.msg[0]);
    free(text[0]);
    free(text[1]);
    return 0;
}
