#include "data/hub_listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"

enum { FILES_MAX = 100000, ORG_MAX = 96, NAME_MAX_BYTES = 96, REVISION_MAX = 128 };

static const struct {
    const char *path;
    uint64_t    most;
} parts[HUSE_HUB_PARTS] = {
    [HUSE_HUB_CONFIG] = {"config.json", 1 << 20},
    [HUSE_HUB_VOCABULARY] = {"vocab.txt", 32 << 20},
    [HUSE_HUB_TOKENIZER] = {"tokenizer_config.json", 1 << 20},
    [HUSE_HUB_MODULES] = {"modules.json", 1 << 20},
    [HUSE_HUB_POOLING] = {"1_Pooling/config.json", 1 << 20},
    [HUSE_HUB_WEIGHTS] = {"model.safetensors", UINT64_C(16) << 30},
};

const char *huse_hub_path(enum huse_hub_part part)
{
    return parts[part].path;
}

/* ---- the listing ---- */

static bool is_hex(const char *s, size_t n)
{
    return s && strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

static huse_status take_file(huse_hub_file *f, const json_t *o, size_t part, huse_err *err)
{
    const char   *path = parts[part].path, *blob = json_string_value(json_object_get(o, "blobId"));
    const json_t *size = json_object_get(o, "size"), *lfs = json_object_get(o, "lfs");
    const char   *sha = json_string_value(json_object_get(lfs, "sha256"));
    if (f->there)
        return huse_fail(err, HUSE_BAD_DATA, "it lists %s twice", path);
    if (!json_is_integer(size) || json_integer_value(size) < 0)
        return huse_fail(err, HUSE_BAD_DATA, "it does not tell the size of %s", path);
    *f = (huse_hub_file){.there = true, .size = (uint64_t)json_integer_value(size)};
    if (f->size > parts[part].most)
        return huse_fail(err, HUSE_BAD_DATA, "%s has %llu bytes; at most %llu can be used", path,
                         (unsigned long long)f->size, (unsigned long long)parts[part].most);
    f->hashed = is_hex(sha, 64) && huse_key_parse(&f->sha256, sha);
    if (is_hex(blob, 40))
        memcpy(f->blob, blob, sizeof f->blob);
    if (!f->hashed && (lfs || !f->blob[0]))
        return huse_fail(err, HUSE_BAD_DATA, "it does not tell the hash of %s", path);
    return HUSE_OK;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n >= k && strcmp(s + n - k, end) == 0;
}

static huse_status take_files(huse_hub_listing *l, const json_t *files, huse_err *err)
{
    size_t  i;
    json_t *o;
    if (!json_is_array(files) || json_array_size(files) > FILES_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "it does not list the model's files");
    json_array_foreach(files, i, o) {
        const char *name = json_string_value(json_object_get(o, "rfilename"));
        if (!name)
            return huse_fail(err, HUSE_BAD_DATA, "it lists a file without a name");
        for (size_t p = 0; p < HUSE_HUB_PARTS; p++)
            if (strcmp(name, parts[p].path) == 0)
                HUSE_TRY(take_file(&l->file[p], o, p, err));
        if (strcmp(name, "pytorch_model.bin") == 0 || ends_with(name, ".pth") || ends_with(name, ".pt"))
            l->pickle = true;
        if (strcmp(name, "model.safetensors.index.json") == 0)
            l->shards = true;
    }
    return HUSE_OK;
}

huse_status huse_hub_listing_parse(huse_hub_listing *l, const char *json, size_t n, huse_err *err)
{
    json_t *root = NULL;
    HUSE_TRY(huse_json_parse(&root, json, n, "its answer", err));
    huse_hub_listing read = {0};
    const char      *sha = json_string_value(json_object_get(root, "sha"));
    huse_status      s = HUSE_OK;
    if (!is_hex(sha, 40))
        s = huse_fail(err, HUSE_BAD_DATA, "it does not name the revision");
    else
        memcpy(read.revision, sha, sizeof read.revision);
    const json_t *gated = json_object_get(root, "gated");
    read.gated = json_is_string(gated) || json_is_true(gated);
    if (s == HUSE_OK)
        s = take_files(&read, json_object_get(root, "siblings"), err);
    json_decref(root);
    if (s == HUSE_OK)
        *l = read;
    return s;
}

/* ---- addresses ---- */

/* Letters, digits, and dots and dashes one at a time: no path leads anywhere by such a name, and "--" can
 * stand for the slash. */
static bool is_plain(const char *s, size_t n, const char *also)
{
    if (n == 0 || s[0] == '.' || s[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++) {
        const char c = s[i];
        bool       letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!c || (!letter && !strchr("._-", c) && !strchr(also, c)))
            return false;
        if (i > 0 && (c == '.' || c == '-') && s[i - 1] == c)
            return false;
    }
    return true;
}

/* Part of a repository's address: as is_plain, and no dot or dash at the end. */
static bool is_name(const char *s, size_t n)
{
    return is_plain(s, n, "") && s[n - 1] != '.' && s[n - 1] != '-';
}

bool huse_hub_address_is(const char *s)
{
    const char *slash = strchr(s, '/'), *at = strchr(s, '@');
    size_t      n = at ? (size_t)(at - s) : strlen(s);
    return slash && slash < s + n && is_name(s, (size_t)(slash - s)) && is_name(slash + 1, n - (size_t)(slash + 1 - s));
}

huse_status huse_hub_address_parse(huse_hub_address *a, const char *s, huse_err *err)
{
    const char *slash = strchr(s, '/'), *at = strchr(s, '@'), *revision = at ? at + 1 : "main";
    size_t      n = at ? (size_t)(at - s) : strlen(s);
    if (!huse_hub_address_is(s) || slash - s > ORG_MAX || n - (size_t)(slash + 1 - s) > NAME_MAX_BYTES)
        return huse_fail(err, HUSE_USAGE, "“%.100s” is not ORG/NAME or ORG/NAME@REVISION, as a hub names its models", s);
    if (strlen(revision) > REVISION_MAX || !is_plain(revision, strlen(revision), "/"))
        return huse_fail(err, HUSE_USAGE, "“%.60s” is no revision: a branch, a tag or a commit", revision);
    snprintf(a->repository, sizeof a->repository, "%.*s", (int)n, s);
    snprintf(a->revision, sizeof a->revision, "%s", revision);
    char *full = huse_format("%.*s--%s", (int)(slash - s), s, strchr(a->repository, '/') + 1);
    if (strlen(full) < sizeof a->folder) {
        memcpy(a->folder, full, strlen(full) + 1);
    } else {
        char     hex[65];
        huse_key key = huse_sha256(full, strlen(full));
        huse_key_hex(hex, &key);
        snprintf(a->folder, sizeof a->folder, "%.38s--%.8s--", full, hex);
    }
    free(full);
    return HUSE_OK;
}

bool huse_hub_address_of(char repository[194], const char *folder)
{
    huse_hub_address a;
    const char      *dashes = strstr(folder, "--");
    char             name[194];
    if (!dashes || strlen(folder) >= sizeof a.folder)
        return false;
    snprintf(name, sizeof name, "%.*s/%s", (int)(dashes - folder), folder, dashes + 2);
    if (huse_hub_address_parse(&a, name, NULL) != HUSE_OK || strcmp(a.folder, folder) != 0)
        return false;
    memcpy(repository, a.repository, sizeof a.repository);
    return true;
}
