#include "data/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "data/hub_file.h"
#include "encode/bert_config.h"
#include "encode/encoder.h"

#define LISTING_MAX ((uint64_t)8 << 20)
#define SOURCE      "source.json"
#define SUMS        "SHA256SUMS"

typedef struct pull {
    const huse_hub_options *o;
    const huse_hub_address *a;
    const char             *folder;
    char                   *host, *aside, *dir; /* aside/REVISION, where it is put together */
    huse_net_url            url;
    huse_client            *net;
    char                   *token;
    int                     lock;
    huse_hub_listing        l;
    huse_hub_report         r;
} pull;

/* ---- asking ---- */

static huse_status open_net(pull *p, huse_err *err)
{
    huse_client_options c = {.allow_private = p->o->allow_private, .ca_file = p->o->ca_file, .connections = 4, .per_host = 4};
    HUSE_TRY(huse_net_url_parse(&p->url, p->o->endpoint, err));
    if (!p->url.https)
        return huse_fail(err, HUSE_USAGE, "models are fetched by https alone, not from %s", p->o->endpoint);
    p->host = huse_xstrdup(p->url.host);
    if (p->o->token_file)
        HUSE_TRY(huse_client_token_read(&p->token, p->o->token_file, err));
    return huse_client_new(&p->net, &c, err);
}

/* "feature/x" as one part of a path. */
static char *escaped(const char *revision)
{
    huse_buf b = {0};
    for (; *revision; revision++)
        huse_buf_fmt(&b, *revision == '/' ? "%%2F" : "%c", *revision);
    return b.data;
}

static huse_status read_listing(pull *p, huse_err *err)
{
    char    *revision = escaped(p->a->revision), *base = p->url.text;
    size_t   n = strlen(base);
    huse_buf body = {0};
    char    *url = huse_format("%.*s/api/models/%s/revision/%s?blobs=true", (int)(n && base[n - 1] == '/' ? n - 1 : n), base,
                               p->a->repository, revision);
    huse_hub_get get = {.net = p->net, .url = url, .token = p->token, .most = LISTING_MAX, .stop = p->o->stop, .host = p->host,
                        .what = p->a->repository, .body = &body};
    huse_err     why;
    huse_status  s = huse_hub_get_bytes(&get, err);
    if (s == HUSE_OK && huse_hub_listing_parse(&p->l, body.data ? body.data : "", body.len, &why) != HUSE_OK)
        s = huse_fail(err, HUSE_BAD_DATA, "%s does not speak of %s as a hub does: %s", p->host, p->a->repository, why.msg);
    huse_buf_free(&body);
    free(url);
    free(revision);
    return s;
}

static char *file_url(const pull *p, enum huse_hub_part part)
{
    size_t n = strlen(p->url.text);
    return huse_format("%.*s/%s/resolve/%s/%s", (int)(n && p->url.text[n - 1] == '/' ? n - 1 : n), p->url.text, p->a->repository,
                       p->l.revision, huse_hub_path(part));
}

/* Fetches the parts of @set that the model has, side by side. */
static huse_status fetch(pull *p, unsigned set, huse_err *err)
{
    huse_hub_job   job = {.net = p->net, .host = p->host, .dir = p->dir, .token = p->token, .stop = p->o->stop,
                          .progress = p->o->progress, .ctx = p->o->ctx};
    char          *url[HUSE_HUB_PARTS] = {0};
    huse_status    s = HUSE_OK;
    for (size_t i = 0; i < HUSE_HUB_PARTS; i++) {
        if (!(set & 1u << i) || !p->l.file[i].there)
            continue;
        url[i] = file_url(p, (enum huse_hub_part)i);
        huse_hub_job_add(&job, url[i], huse_hub_name((enum huse_hub_part)i), &p->l.file[i]);
    }
    s = huse_hub_job_run(&job, err);
    p->r.fetched += job.fetched;
    for (size_t i = 0; i < HUSE_HUB_PARTS; i++)
        free(url[i]);
    return s;
}

/* ---- what it is ---- */

static huse_status read_part(const pull *p, enum huse_hub_part part, char **data, size_t *n, huse_err *err)
{
    char       *path = huse_fs_join(p->dir, huse_hub_name(part));
    huse_status s = huse_fs_read(path, (size_t)32 << 20, data, n, err);
    free(path);
    return s;
}

static huse_status refuse(const pull *p, const char *is, huse_err *err)
{
    return huse_fail(err, HUSE_BAD_DATA,
                     "%s is %.150s, which is not run here; BERT as sentence encoders have it, and EfficientNet-Lite0 for pictures are",
                     p->a->repository, is);
}

static huse_status judge_config(pull *p, const json_t *config, const char *text, size_t n, huse_err *err)
{
    const char      *type = json_string_value(json_object_get(config, "model_type"));
    const char      *net = json_string_value(json_object_get(config, "architecture"));
    huse_bert_config bert;
    huse_err         why;
    if (net && strcmp(net, "tf_efficientnet_lite0") == 0) {
        p->r.image = true;
        return HUSE_OK;
    }
    if (!type || strcmp(type, "bert") != 0) {
        char *is = huse_format("of the architecture “%.80s”", type ? type : net ? net : "that its config.json does not name");
        huse_status s = refuse(p, is, err);
        free(is);
        return s;
    }
    if (huse_bert_config_parse(&bert, text, n, "config.json", &why) != HUSE_OK) {
        char       *is = huse_format("a BERT of another make (%.140s)", why.msg);
        huse_status s = refuse(p, is, err);
        free(is);
        return s;
    }
    return HUSE_OK;
}

/* Before anything large is fetched. */
static huse_status judge(pull *p, huse_err *err)
{
    char  *text = NULL;
    size_t n = 0;
    json_t *config = NULL;
    HUSE_TRY(read_part(p, HUSE_HUB_CONFIG, &text, &n, err));
    huse_status s = huse_json_parse(&config, text, n, "config.json", err);
    if (s == HUSE_OK)
        s = judge_config(p, config, text, n, err);
    json_decref(config);
    free(text);
    if (s == HUSE_OK && !p->r.image && !p->l.file[HUSE_HUB_VOCABULARY].there)
        s = huse_fail(err, HUSE_BAD_DATA, "%s has no vocab.txt: only BERT's own tokenizer is run here", p->a->repository);
    return s;
}

static huse_status judge_listing(const pull *p, huse_err *err)
{
    const char *name = p->a->repository;
    if (!p->l.file[HUSE_HUB_CONFIG].there)
        return huse_fail(err, HUSE_BAD_DATA, "%s has no config.json: what it is cannot be told", name);
    if (p->l.file[HUSE_HUB_WEIGHTS].there)
        return HUSE_OK;
    if (p->l.shards)
        return huse_fail(err, HUSE_BAD_DATA, "the weights of %s lie in several files, which is more than is run here", name);
    if (p->l.pickle)
        return huse_fail(err, HUSE_BAD_DATA,
                         "the weights of %s are a pickle, which can hold code and is never read; another revision may have "
                         "model.safetensors (%s@REVISION)", name, name);
    return huse_fail(err, HUSE_BAD_DATA, "%s has no model.safetensors", name);
}

static void look_at_pooling(pull *p)
{
    char    *text = NULL;
    size_t   n = 0;
    json_t  *j = NULL;
    huse_err none;
    if (p->l.file[HUSE_HUB_POOLING].there && read_part(p, HUSE_HUB_POOLING, &text, &n, &none) == HUSE_OK &&
        huse_json_parse(&j, text, n, "pooling", &none) == HUSE_OK)
        p->r.reads_first = json_is_true(json_object_get(j, "pooling_mode_cls_token"));
    json_decref(j);
    free(text);
}

static huse_status opens(const pull *p, huse_err *err)
{
    huse_image_encoder *image = NULL;
    huse_text_encoder  *text = NULL;
    huse_status         s = p->r.image ? huse_effnet_open(&image, p->dir, err) : huse_bert_open(&text, p->dir, err);
    if (image)
        image->free(image);
    if (text)
        text->free(text);
    return s == HUSE_OK ? s : huse_fail_prefix(err, "%s came whole, but cannot be run here", p->a->repository);
}

/* ---- installing ---- */

static huse_status write_beside(const pull *p, const char *name, const char *text, huse_err *err)
{
    char       *path = huse_fs_join(p->dir, name);
    huse_status s = huse_fs_write_atomic(path, text, strlen(text), err);
    free(path);
    return s;
}

/* SHA256SUMS and source.json: what it is made of, and where that is from. */
static huse_status write_manifest(pull *p, huse_err *err)
{
    huse_buf    sums = {0};
    json_t     *files = json_array();
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < HUSE_HUB_PARTS && s == HUSE_OK; i++) {
        const huse_hub_file *f = &p->l.file[i];
        const char          *name = huse_hub_name((enum huse_hub_part)i);
        huse_key             key;
        char                 hex[65], *path = huse_fs_join(p->dir, name);
        if (f->there && huse_fs_exists(path) && (s = huse_sha256_file(&key, path, err)) == HUSE_OK) {
            huse_key_hex(hex, &key);
            huse_buf_fmt(&sums, "%s  %s\n", hex, name);
            json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)f->size, "sha256", hex));
            p->r.bytes += f->size;
            p->r.files++;
        }
        free(path);
    }
    json_t *source = json_pack("{s:s, s:s, s:s, s:o}", "repository", p->a->repository, "revision", p->l.revision, "host", p->host, "files",
                               files);
    char   *text = json_dumps(source, JSON_INDENT(2));
    json_decref(source);
    if (s == HUSE_OK)
        s = write_beside(p, SUMS, sums.data, err);
    if (s == HUSE_OK)
        s = write_beside(p, SOURCE, text, err);
    free(text);
    huse_buf_free(&sums);
    return s;
}

static huse_status install(pull *p, huse_err *err)
{
    char       *to = huse_fs_join(p->o->models_dir, p->folder), *old = huse_fs_join(p->aside, "old");
    huse_status s = huse_fs_remove_tree(old, err);
    if (s == HUSE_OK && huse_fs_exists(to) && rename(to, old) != 0)
        s = huse_fail_errno(err, "cannot put %s aside", to);
    if (s == HUSE_OK && rename(p->dir, to) != 0) {
        s = huse_fail_errno(err, "cannot install %s", to);
        (void)rename(old, to);
    }
    if (s == HUSE_OK)
        s = huse_fs_sync_dir(p->o->models_dir, err);
    if (s == HUSE_OK) {
        huse_err none;
        if (huse_fs_remove_tree(p->aside, &none) != HUSE_OK)
            p->r.there = false; /* what is left of it there does no harm */
    }
    free(old);
    free(to);
    return s;
}

/* Whether this revision is installed, its files as large as they should be. */
static bool installed(pull *p)
{
    char repository[194], revision[41], *dir = huse_fs_join(p->o->models_dir, p->folder);
    bool same = huse_hub_source(dir, repository, revision) && strcmp(repository, p->a->repository) == 0 &&
                strcmp(revision, p->l.revision) == 0;
    for (size_t i = 0; i < HUSE_HUB_PARTS && same; i++) {
        const char *name = huse_hub_name((enum huse_hub_part)i);
        if (i == HUSE_HUB_CONFIG || i == HUSE_HUB_WEIGHTS)
            same = huse_hub_file_size(dir, name) == (int64_t)p->l.file[i].size;
    }
    free(dir);
    return same;
}

/* ---- the whole of it ---- */

/* Takes the folder that the model is put together in; parts of other revisions are of no use any more. */
static huse_status take_aside(pull *p, huse_err *err)
{
    char *lock = huse_fs_join(p->aside, "lock"), **names = NULL;
    size_t n = 0;
    HUSE_TRY(huse_fs_mkdirs(p->aside, err));
    huse_status s = huse_fs_lock(&p->lock, lock, err);
    free(lock);
    if (s != HUSE_OK)
        return huse_fail(err, s, "another process is fetching %s", p->a->repository);
    s = huse_fs_list(p->aside, &names, &n, err);
    for (size_t i = 0; i < n && s == HUSE_OK; i++) {
        char *path = huse_fs_join(p->aside, names[i]);
        if (strcmp(names[i], "lock") != 0 && strcmp(names[i], p->l.revision) != 0)
            s = huse_fs_remove_tree(path, err);
        free(path);
    }
    huse_fs_free_names(names, n);
    p->dir = huse_fs_join(p->aside, p->l.revision);
    return s == HUSE_OK ? huse_fs_mkdirs(p->dir, err) : s;
}

static huse_status bring(pull *p, huse_err *err)
{
    const unsigned config = 1u << HUSE_HUB_CONFIG, all = (1u << HUSE_HUB_PARTS) - 1;
    HUSE_TRY(take_aside(p, err));
    HUSE_TRY(fetch(p, config, err));
    HUSE_TRY(judge(p, err));
    HUSE_TRY(fetch(p, p->r.image ? 1u << HUSE_HUB_WEIGHTS : all & ~config, err));
    look_at_pooling(p);
    HUSE_TRY(write_manifest(p, err));
    huse_status s = opens(p, err);
    if (s == HUSE_OK)
        return install(p, err);
    huse_err none;
    if (huse_fs_remove_tree(p->dir, &none) != HUSE_OK)
        huse_fail_prefix(err, "%s", none.msg);
    return s;
}

huse_status huse_hub_pull(const huse_hub_options *o, const huse_hub_address *a, huse_hub_report *report, huse_err *err)
{
    pull p = {.o = o, .a = a, .folder = o->folder ? o->folder : a->folder, .lock = -1};
    char *name = huse_format(".pull-%s", p.folder), *to = huse_fs_join(o->models_dir, p.folder);
    p.aside = huse_fs_join(o->models_dir, name);
    snprintf(p.r.dir, sizeof p.r.dir, "%s", to);
    huse_status s = open_net(&p, err);
    if (s == HUSE_OK)
        s = read_listing(&p, err);
    if (s == HUSE_OK)
        s = judge_listing(&p, err);
    if (s == HUSE_OK) {
        memcpy(p.r.revision, p.l.revision, sizeof p.r.revision);
        p.r.there = installed(&p);
        if (!p.r.there)
            s = bring(&p, err);
    }
    if (p.lock >= 0)
        close(p.lock);
    huse_client_free(p.net);
    huse_client_token_free(p.token);
    huse_net_url_free(&p.url);
    free(p.host);
    free(p.aside);
    free(p.dir);
    free(name);
    free(to);
    if (s == HUSE_OK)
        *report = p.r;
    return s;
}

bool huse_hub_source(const char *dir, char repository[194], char revision[41])
{
    char    *path = huse_fs_join(dir, SOURCE), *text = NULL;
    size_t   n = 0;
    json_t  *j = NULL;
    huse_err none;
    bool     good = false;
    if (huse_fs_exists(path) && huse_fs_read(path, 65536, &text, &n, &none) == HUSE_OK &&
        huse_json_parse(&j, text, n, path, &none) == HUSE_OK) {
        const char *from = json_string_value(json_object_get(j, "repository")), *sha = json_string_value(json_object_get(j, "revision"));
        good = from && huse_hub_address_is(from) && strlen(from) < 194 && sha && strlen(sha) == 40;
        if (good) {
            snprintf(repository, 194, "%s", from);
            snprintf(revision, 41, "%s", sha);
        }
    }
    json_decref(j);
    free(text);
    free(path);
    return good;
}

huse_hub_kind huse_hub_kind_of(const char *models_dir, const char *folder)
{
    if (!models_dir || !*folder || *folder == '.' || strchr(folder, '/'))
        return HUSE_HUB_NONE;
    char         *dir = huse_fs_join(models_dir, folder);
    huse_hub_kind kind = HUSE_HUB_NONE;
    if (huse_hub_file_size(dir, "model.safetensors") >= 0)
        kind = huse_hub_file_size(dir, "vocab.txt") >= 0 ? HUSE_HUB_TEXT : HUSE_HUB_IMAGE;
    free(dir);
    return kind;
}
