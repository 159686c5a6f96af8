#include "cli/known.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "cli/host.h"
#include "encode/remote_answer.h"

enum { KNOWN_MAX = 256 };
#define FILE_BYTES ((size_t)1 << 20)

static char *copy(const char *s)
{
    return s && *s ? huse_xstrdup(s) : NULL;
}

static huse_remote_grant *find(const cli_known *k, const char *origin)
{
    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->grant[i].origin, origin) == 0)
            return &k->grant[i];
    return NULL;
}

static huse_remote_grant *add(cli_known *k, const char *origin)
{
    k->grant = huse_xrealloc(k->grant, (k->n + 1) * sizeof *k->grant);
    k->grant[k->n] = (huse_remote_grant){.origin = huse_xstrdup(origin)};
    return &k->grant[k->n++];
}

void cli_known_read(cli_known *k, const cli *c)
{
    char       *dir = cli_data_dir(c), *text = NULL;
    json_t     *all = NULL, *one;
    const char *origin;
    size_t      n;
    huse_err    none;
    *k = (cli_known){.path = huse_fs_join(dir, "text-encoders.json")};
    if (huse_fs_exists(k->path) && huse_fs_read(k->path, FILE_BYTES, &text, &n, &none) == HUSE_OK &&
        huse_json_parse(&all, text, n, k->path, &none) == HUSE_OK)
        json_object_foreach(all, origin, one) {
            if (k->n == KNOWN_MAX)
                break;
            huse_remote_grant *g = add(k, origin);
            g->token_file = copy(json_string_value(json_object_get(one, "token_file")));
            g->allow_private = json_is_true(json_object_get(one, "allow_private"));
        }
    json_decref(all);
    free(text);
    free(dir);
}

void cli_known_free(cli_known *k)
{
    for (size_t i = 0; i < k->n; i++) {
        free((char *)(uintptr_t)k->grant[i].origin);
        free((char *)(uintptr_t)k->grant[i].token_file);
    }
    free(k->grant);
    free(k->path);
    *k = (cli_known){0};
}

huse_status cli_known_allow(cli_known *k, const char *address, const char *token_file, bool allow_private, huse_err *err)
{
    huse_remote_place place;
    char              full[PATH_MAX] = "";
    if (token_file && *token_file && !realpath(token_file, full))
        return huse_fail_errno(err, "the file of the token, %s", token_file);
    HUSE_TRY(huse_remote_place_parse(&place, address, err));
    if (*full && !place.https) {
        huse_remote_place_free(&place);
        return huse_fail(err, HUSE_USAGE, "a token goes over https alone");
    }
    huse_remote_grant *g = find(k, place.origin);
    if (!g)
        g = add(k, place.origin);
    if (token_file) {
        free((char *)(uintptr_t)g->token_file);
        g->token_file = copy(full);
    }
    g->allow_private |= allow_private;
    huse_remote_place_free(&place);
    return HUSE_OK;
}

huse_status cli_known_write(const cli_known *k, huse_err *err)
{
    json_t *all = json_object();
    char   *folder = huse_xstrdup(k->path), *slash = strrchr(folder, '/');
    *slash = 0;
    for (size_t i = 0; i < k->n; i++) {
        const huse_remote_grant *g = &k->grant[i];
        json_t                  *one = json_object();
        if (g->token_file)
            json_object_set_new(one, "token_file", json_string(g->token_file));
        if (g->allow_private)
            json_object_set_new(one, "allow_private", json_true());
        json_object_set_new(all, g->origin, one);
    }
    char       *text = json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS);
    huse_status s = huse_fs_mkdirs(folder, err);
    if (s == HUSE_OK)
        s = huse_fs_write_atomic(k->path, text, strlen(text), err);
    json_decref(all);
    free(text);
    free(folder);
    return s;
}
