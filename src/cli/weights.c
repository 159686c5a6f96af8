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

const char *const cli_weights_state_name[] = {"missing", "there", "ok", "other", "damaged", "partial"};

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
    struct stat   st = {0};
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
    w->bytes += S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
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

const json_t *cli_weights_listed(const cli_weights_list *l, const char *name)
{
    size_t  i;
    json_t *m;
    json_array_foreach(json_object_get(l->manifest, "models"), i, m) {
        const char *n = json_string_value(json_object_get(m, "name"));
        if (n && strcmp(n, name) == 0)
            return m;
    }
    return NULL;
}

static cli_weights *add(cli_weights_list *l, const char *name, const char *folder)
{
    l->item = huse_xrealloc(l->item, (l->n + 1) * sizeof *l->item);
    l->item[l->n] = (cli_weights){.name = huse_xstrdup(name), .folder = huse_xstrdup(folder), .title = "", .licence = "", .fallback = ""};
    return &l->item[l->n++];
}

/* What a pull wrote of where the folder is from; NULL: nothing that can be read. */
static json_t *read_source(cli_weights *w, const char *dir)
{
    char       *path = huse_fs_join(dir, HUSE_HUB_SOURCE), *data = NULL;
    size_t      n = 0;
    json_t     *j = NULL;
    huse_err    err;
    if (huse_fs_exists(path) && huse_fs_read(path, 65536, &data, &n, &err) == HUSE_OK && huse_json_parse(&j, data, n, path, &err) != HUSE_OK)
        j = NULL;
    const char *from = json_string_value(json_object_get(j, "repository")), *at = json_string_value(json_object_get(j, "revision"));
    if (from && huse_hub_address_is(from))
        snprintf(w->repository, sizeof w->repository, "%s", from);
    if (at)
        snprintf(w->revision, sizeof w->revision, "%s", at);
    free(data);
    free(path);
    return j;
}

/* The files that a folder must have, and of those that it may have the ones that its source names. */
static void check_files(cli_weights *w, const json_t *manifest, const json_t *source, bool hashes)
{
    const json_t *model = source ? source : manifest;
    w->state = hashes ? CLI_WEIGHTS_OK : CLI_WEIGHTS_THERE;
    for (int i = 0; i < HUSE_HUB_PARTS; i++) {
        const char *file = huse_hub_path((enum huse_hub_part)i);
        const bool  text = i == HUSE_HUB_CONFIG || i == HUSE_HUB_VOCABULARY;
        if (i == HUSE_HUB_WEIGHTS || (text && !w->image) || (source && listed(source, file)))
            check_file(w, model, file, hashes);
    }
    if (!model && w->state == CLI_WEIGHTS_OK)
        w->state = CLI_WEIGHTS_OTHER;
    if (hashes && w->state != CLI_WEIGHTS_DAMAGED)
        check_opens(w, w->image);
}

static void check(cli_weights *w, const cli_host *h, const json_t *model, bool hashes)
{
    char *dir = h->models ? huse_fs_join(h->models, w->folder) : NULL;
    if (!dir || !huse_fs_is_dir(dir)) {
        free(dir);
        return;
    }
    w->dir = dir;
    json_t *source = read_source(w, dir);
    const char *kind = json_string_value(json_object_get(source, "kind"));
    w->image = kind ? strcmp(kind, "image") == 0 : w->image;
    if (*w->repository && !model) {
        free(w->name);
        w->name = huse_xstrdup(w->repository);
    }
    check_files(w, model, source, hashes);
    json_decref(source);
}

static void check_known(cli_weights_list *l, const cli_host *h, const char *only, bool hashes)
{
    static const struct {
        const char *name, *fallback;
        bool        image;
    } known[] = {{HUSE_IMAGE_MODEL, "colour and gradient histograms", true}, {HUSE_TEXT_MODEL, "hashed words", false}};
    for (size_t i = 0; i < HUSE_COUNT(known); i++) {
        cli_weights  *w = add(l, known[i].name, known[i].name);
        const json_t *model = cli_weights_listed(l, known[i].name);
        const char   *title = json_string_value(json_object_get(model, "title"));
        const char   *licence = json_string_value(json_object_get(model, "licence"));
        w->title = title ? title : "";
        w->licence = licence ? licence : "";
        w->fallback = known[i].fallback;
        w->image = known[i].image;
        check(w, h, model, hashes && (!only || strcmp(only, w->name) == 0));
    }
}

/* A stopped pull of a model that is not there otherwise. */
static void add_partial(cli_weights_list *l, const cli_host *h, const char *entry)
{
    const char *folder = entry + sizeof HUSE_HUB_ASIDE - 1;
    char        repository[194];
    cli_weights *w = NULL;
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->item[i].folder, folder) == 0)
            w = &l->item[i];
    if (w && w->dir)
        return;
    if (!w)
        w = add(l, huse_hub_address_of(repository, folder) ? repository : folder, folder);
    w->dir = huse_fs_join(h->models, entry);
    w->state = CLI_WEIGHTS_PARTIAL;
    snprintf(w->why, sizeof w->why, "“huse-tui models pull %.200s” goes on with it", w->name);
}

/* Whether texts are encoded with it. */
static bool has_vocabulary(const char *dir)
{
    char *vocabulary = huse_fs_join(dir, huse_hub_path(HUSE_HUB_VOCABULARY));
    bool  has = huse_fs_exists(vocabulary);
    free(vocabulary);
    return has;
}

static bool is_model(const char *dir)
{
    char *weights = huse_fs_join(dir, "model.safetensors"), *config = huse_fs_join(dir, "config.json");
    char *source = huse_fs_join(dir, HUSE_HUB_SOURCE);
    bool  is = huse_fs_exists(source) || (huse_fs_exists(weights) && huse_fs_exists(config));
    free(weights);
    free(config);
    free(source);
    return is;
}

static void check_others(cli_weights_list *l, const cli_host *h, const char *only, bool hashes)
{
    char   **entry = NULL, repository[194];
    size_t   n = 0;
    huse_err err;
    if (!h->models || huse_fs_list(h->models, &entry, &n, &err) != HUSE_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        char      *dir = huse_fs_join(h->models, entry[i]);
        const bool known = strcmp(entry[i], HUSE_IMAGE_MODEL) == 0 || strcmp(entry[i], HUSE_TEXT_MODEL) == 0;
        if (*entry[i] != '.' && !known && is_model(dir)) {
            cli_weights *w = add(l, huse_hub_address_of(repository, entry[i]) ? repository : entry[i], entry[i]);
            w->image = !has_vocabulary(dir);
            check(w, h, NULL, hashes && (!only || strcmp(only, w->name) == 0 || strcmp(only, w->folder) == 0));
        }
        free(dir);
    }
    for (size_t i = 0; i < n; i++)
        if (strncmp(entry[i], HUSE_HUB_ASIDE, sizeof HUSE_HUB_ASIDE - 1) == 0)
            add_partial(l, h, entry[i]);
    huse_fs_free_names(entry, n);
}

void cli_weights_check(cli_weights_list *l, const cli_host *h, const char *only, bool hashes)
{
    *l = (cli_weights_list){.manifest = load_manifest()};
    check_known(l, h, only, hashes);
    check_others(l, h, only, hashes);
}

const cli_weights *cli_weights_find(const cli_weights_list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->item[i].name, name) == 0 || strcmp(l->item[i].folder, name) == 0)
            return &l->item[i];
    return NULL;
}

void cli_weights_free(cli_weights_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->item[i].dir);
        free(l->item[i].name);
        free(l->item[i].folder);
    }
    free(l->item);
    json_decref(l->manifest);
}
