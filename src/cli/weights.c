#include "cli/weights.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "base/sha256.h"
#include "data/hub.h"
#include "encode/encoder.h"

const char *const cli_weights_state_name[] = {"missing", "there", "ok", "other", "damaged"};

static json_t *load_manifest(void)
{
    static const char *const place[] = {"../../assets/models/models.json", "../share/huse-tui/models.json"};
    char   *program = cli_program_dir();
    json_t *j = NULL;
    for (size_t i = 0; i < HUSE_COUNT(place) && !j; i++) {
        char    *path = huse_fs_join(program, place[i]), *data = NULL;
        size_t   n = 0;
        huse_err err;
        if (huse_fs_exists(path) && huse_fs_read(path, (size_t)1 << 20, &data, &n, &err) == HUSE_OK &&
            huse_json_parse(&j, data, n, path, &err) != HUSE_OK)
            j = NULL;
        free(data);
        free(path);
    }
    free(program);
    return j;
}

/* The manifest's entry of a file, or NULL. */
static const json_t *listed(const json_t *model, const char *file)
{
    size_t  i;
    json_t *f;
    json_array_foreach(json_object_get(model, "files"), i, f) {
        const char *name = json_string_value(json_object_get(f, "name"));
        if (name && strcmp(name, file) == 0)
            return f;
    }
    return NULL;
}

/* "HASH  NAME" of the sums that were written when the files were installed; "" when there is none. */
static void installed_sum(const char *dir, const char *file, char hex[65])
{
    char    *path = huse_fs_join(dir, "SHA256SUMS"), *data = NULL;
    size_t   n, len = strlen(file);
    huse_err err;
    *hex = 0;
    if (huse_fs_exists(path) && huse_fs_read(path, 65536, &data, &n, &err) == HUSE_OK)
        for (const char *p = data, *end; *p; p = end + (*end == '\n')) {
            end = strchrnul(p, '\n');
            if ((size_t)(end - p) == 66 + len && memcmp(p + 66, file, len) == 0)
                snprintf(hex, 65, "%.64s", p);
        }
    free(data);
    free(path);
}

static void check_file(cli_weights *w, const json_t *model, const char *file, bool hashes)
{
    char         *path = huse_fs_join(w->dir, file), hex[65], sum[65];
    const json_t *entry = listed(model, file);
    struct stat   st;
    huse_key      key;
    huse_err      err;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
        w->state = CLI_WEIGHTS_DAMAGED;
        snprintf(w->why, sizeof w->why, "%s is missing", file);
    } else if (hashes && w->state != CLI_WEIGHTS_DAMAGED) {
        const char *want = json_string_value(json_object_get(entry, "sha256"));
        installed_sum(w->dir, file, sum);
        if (huse_sha256_file(&key, path, &err) != HUSE_OK) {
            w->state = CLI_WEIGHTS_DAMAGED;
            snprintf(w->why, sizeof w->why, "%s", err.msg);
            free(path);
            return;
        }
        huse_key_hex(hex, &key);
        if (*sum && strcmp(sum, hex) != 0) {
            w->state = CLI_WEIGHTS_DAMAGED;
            snprintf(w->why, sizeof w->why, "%s was altered since it was installed: SHA-256 %.16s…, not %.16s…", file, hex, sum);
        } else if (*w->revision && *sum) {
            ; /* what the hub announced when it was pulled */
        } else if (!want || strcmp(want, hex) != 0) {
            w->state = CLI_WEIGHTS_OTHER;
            snprintf(w->why, sizeof w->why, "%s is not the listed file", file);
        }
    } else if (!hashes && entry && st.st_size != json_integer_value(json_object_get(entry, "size"))) {
        char note[256];
        installed_sum(w->dir, file, sum);
        snprintf(note, sizeof note, "%s has %lld bytes, not the listed %lld", file, (long long)st.st_size,
                 (long long)json_integer_value(json_object_get(entry, "size")));
        w->state = *sum ? CLI_WEIGHTS_DAMAGED : CLI_WEIGHTS_OTHER;
        snprintf(w->why, sizeof w->why, "%s", note);
    }
    free(path);
}

/* Weights that are not the listed ones are good when the encoder takes them. */
static void check_opens(cli_weights *w, bool image)
{
    huse_err            err = {0};
    huse_image_encoder *ie = NULL;
    huse_text_encoder  *te = NULL;
    huse_status         s = image ? huse_effnet_open(&ie, w->dir, &err) : huse_bert_open(&te, w->dir, &err);
    if (ie)
        ie->free(ie);
    if (te)
        te->free(te);
    if (s != HUSE_OK) {
        w->state = CLI_WEIGHTS_DAMAGED;
        snprintf(w->why, sizeof w->why, "%s", err.msg);
    }
}

static const json_t *manifest_model(const json_t *manifest, const char *name)
{
    size_t  i;
    json_t *m;
    json_array_foreach(json_object_get(manifest, "models"), i, m) {
        const char *n = json_string_value(json_object_get(m, "name"));
        if (n && strcmp(n, name) == 0)
            return m;
    }
    return NULL;
}

static cli_weights *add(cli_weights_list *l, const char *name)
{
    l->item = huse_xrealloc(l->item, (l->n + 1) * sizeof *l->item);
    l->item[l->n] = (cli_weights){.name = huse_xstrdup(name), .title = "", .licence = ""};
    return &l->item[l->n++];
}

static void look(cli_weights *w, const json_t *model, char *dir, bool image, bool hashes)
{
    static const char *const file[] = {"model.safetensors", "vocab.txt", "config.json"};
    char                     repository[194];
    if (!huse_hub_source(dir, repository, w->revision))
        *w->revision = 0;
    else if (model)
        model = NULL; /* other bytes may stand for the same network */
    w->dir = dir;
    w->state = hashes ? CLI_WEIGHTS_OK : CLI_WEIGHTS_THERE;
    for (size_t f = 0; f < (image ? 1 : HUSE_COUNT(file)); f++)
        check_file(w, model, file[f], hashes);
    if (hashes && w->state != CLI_WEIGHTS_DAMAGED)
        check_opens(w, image);
}

static const struct {
    const char *name, *fallback;
    bool        image;
} usual[] = {
    {"effnet-lite0", "colour and gradient histograms", true},
    {"minilm-l6", "hashed words", false},
};

static bool is_usual(const char *folder)
{
    for (size_t i = 0; i < HUSE_COUNT(usual); i++)
        if (strcmp(usual[i].name, folder) == 0)
            return true;
    return false;
}

static void look_at_usual(cli_weights_list *l, const cli_host *h, const char *only, bool hashes)
{
    for (size_t i = 0; i < HUSE_COUNT(usual); i++) {
        if (only && strcmp(only, usual[i].name) != 0)
            continue;
        cli_weights  *w = add(l, usual[i].name);
        const json_t *model = manifest_model(l->manifest, w->name);
        const char   *title = json_string_value(json_object_get(model, "title"));
        const char   *licence = json_string_value(json_object_get(model, "licence"));
        w->title = title ? title : "";
        w->licence = licence ? licence : "";
        w->fallback = usual[i].fallback;
        char *dir = h->models ? huse_fs_join(h->models, w->name) : NULL;
        if (dir && huse_fs_is_dir(dir))
            look(w, model, dir, usual[i].image, hashes);
        else
            free(dir);
    }
}

static void look_at_others(cli_weights_list *l, const cli_host *h, const char *only, bool hashes)
{
    char   **names = NULL;
    size_t   n = 0;
    huse_err none;
    if (!h->models || huse_fs_list(h->models, &names, &n, &none) != HUSE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        huse_hub_kind kind = is_usual(names[i]) ? HUSE_HUB_NONE : huse_hub_kind_of(h->models, names[i]);
        if (kind == HUSE_HUB_NONE || (only && strcmp(only, names[i]) != 0))
            continue;
        char  repository[194], revision[41], *dir = huse_fs_join(h->models, names[i]);
        bool  pulled = huse_hub_source(dir, repository, revision);
        cli_weights *w = add(l, pulled ? repository : names[i]);
        look(w, NULL, dir, kind == HUSE_HUB_IMAGE, hashes);
    }
    huse_fs_free_names(names, n);
}

void cli_weights_check(cli_weights_list *l, const cli_host *h, const char *only, bool hashes)
{
    *l = (cli_weights_list){.manifest = load_manifest()};
    look_at_usual(l, h, only, hashes);
    look_at_others(l, h, only, hashes);
}

bool cli_weights_usual(const char *name, char **repository, char **folder)
{
    json_t *manifest = load_manifest(), *m;
    size_t  i;
    *repository = *folder = NULL;
    json_array_foreach(json_object_get(manifest, "models"), i, m) {
        const char *own = json_string_value(json_object_get(m, "name"));
        const char *hub = json_string_value(json_object_get(json_object_get(m, "hugging_face"), "repository"));
        if (!*repository && own && hub && (strcmp(name, own) == 0 || strcmp(name, hub) == 0)) {
            *repository = huse_xstrdup(hub);
            *folder = huse_xstrdup(own);
        }
    }
    json_decref(manifest);
    return *repository != NULL;
}

char *cli_weights_folder(const char *name)
{
    char            *repository, *folder;
    huse_hub_address a;
    if (cli_weights_usual(name, &repository, &folder)) {
        free(repository);
        return folder;
    }
    return huse_xstrdup(huse_hub_address_parse(&a, name, NULL) == HUSE_OK ? a.folder : name);
}

void cli_weights_free(cli_weights_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->item[i].name);
        free(l->item[i].dir);
    }
    free(l->item);
    json_decref(l->manifest);
}
