#include "data/hub.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "data/hub_file.h"
#include "encode/encoder.h"
#include "net/rules.h"

#define LISTING_MAX ((uint64_t)8 << 20)
#define CONFIG_MAX  ((size_t)1 << 20)
#define SUMS        "SHA256SUMS"
#define ROOM_LEFT   ((uint64_t)64 << 20) /* that a disk keeps */

typedef struct pull {
    const huse_hub_options *o;
    const huse_hub_address *a;
    char                   *base;              /* the endpoint without a slash behind */
    char                   *aside, *dir, *to; /* aside/REVISION, where it is put together; where it goes */
    huse_net_url            url;
    huse_hub_net            net;
    char                   *token;
    int                     lock;
    unsigned                wanted; /* parts, a bit each */
    huse_hub_listing        l;
    huse_hub_report         r;
} pull;

static const unsigned of_image = 1u << HUSE_HUB_CONFIG | 1u << HUSE_HUB_WEIGHTS;
static const unsigned of_known = 1u << HUSE_HUB_CONFIG | 1u << HUSE_HUB_VOCABULARY | 1u << HUSE_HUB_WEIGHTS;
static const unsigned of_text = (1u << HUSE_HUB_PARTS) - 1;

/* ---- asking ---- */

static huse_status open_net(pull *p, huse_err *err)
{
    huse_client_options c = {.allow_private = p->o->allow_private, .ca_file = p->o->ca_file, .connections = 4, .per_host = 4};
    HUSE_TRY(huse_net_url_parse(&p->url, p->o->endpoint, err));
    if (!p->url.https)
        return huse_fail(err, HUSE_USAGE, "models are fetched by https alone, not from %.200s", p->o->endpoint);
    if (strpbrk(p->url.text, "?#"))
        return huse_fail(err, HUSE_USAGE, "the address of a hub ends with its path: not %.200s", p->o->endpoint);
    size_t n = strlen(p->url.text);
    p->base = huse_xstrndup(p->url.text, n && p->url.text[n - 1] == '/' ? n - 1 : n);
    p->net = (huse_hub_net){.host = p->url.host, .repository = p->a->repository, .stop = p->o->stop};
    if (p->o->token_file)
        HUSE_TRY(huse_client_token_read(&p->token, p->o->token_file, err));
    p->net.token = p->token;
    return huse_client_new(&p->net.client, &c, err);
}

/* "refs/pr/1" as one part of a path. */
static char *escaped(const char *revision)
{
    huse_buf b = {0};
    for (; *revision; revision++)
        huse_buf_fmt(&b, *revision == '/' ? "%%2F" : "%c", *revision);
    return b.data;
}

static huse_status read_listing(pull *p, huse_err *err)
{
    char    *revision = escaped(p->a->revision);
    char    *url = huse_format("%s/api/models/%s/revision/%s?blobs=true", p->base, p->a->repository, revision);
    huse_buf body = {0};
    huse_err why;
    huse_status s = huse_hub_get(&p->net, url, LISTING_MAX, &body, err);
    if (s == HUSE_OK && huse_hub_listing_parse(&p->l, body.data ? body.data : "", body.len, &why) != HUSE_OK)
        s = huse_fail(err, HUSE_BAD_DATA, "%s does not speak of %s as a hub does: %s", p->net.host, p->a->repository, why.msg);
    if (s == HUSE_OK && strlen(p->a->revision) == 40 && strspn(p->a->revision, "0123456789abcdef") == 40 &&
        strcmp(p->a->revision, p->l.revision) != 0)
        s = huse_fail(err, HUSE_BAD_DATA, "%s answers with another revision of %s than the one that was asked for", p->net.host,
                      p->a->repository);
    huse_buf_free(&body);
    free(url);
    free(revision);
    return s;
}

/* Fetches the parts of @set that the model has, side by side. */
static huse_status fetch(pull *p, unsigned set, bool told, huse_err *err)
{
    huse_hub_job job = {.net = &p->net, .dir = p->dir, .progress = told ? p->o->progress : NULL, .ctx = p->o->ctx};
    for (unsigned i = 0; i < HUSE_HUB_PARTS; i++) {
        const char *path = huse_hub_path((enum huse_hub_part)i);
        char       *url = huse_format("%s/%s/resolve/%s/%s", p->base, p->a->repository, p->l.revision, path);
        if (set & p->wanted & 1u << i && p->l.file[i].there)
            huse_hub_job_add(&job, url, path, &p->l.file[i]);
        free(url);
    }
    huse_status s = huse_hub_job_run(&job, err);
    p->r.fetched += job.fetched;
    return s;
}

/* ---- what it is ---- */

static huse_status refuse(const pull *p, const char *is, huse_err *err)
{
    return huse_fail(err, HUSE_BAD_DATA,
                     "%s is %.200s. What is run: sentence encoders of the type “bert”, and EfficientNet-Lite0 for pictures "
                     "(tf_efficientnet_lite0)", p->a->repository, is);
}

static huse_status judge_json(pull *p, const json_t *config, huse_err *err)
{
    const char *type = json_string_value(json_object_get(config, "model_type"));
    const char *net = json_string_value(json_object_get(config, "architecture"));
    if (net && strcmp(net, "tf_efficientnet_lite0") == 0) {
        p->r.image = true;
        p->wanted = of_image;
        return HUSE_OK;
    }
    if (type && strcmp(type, "bert") == 0) {
        p->wanted = p->o->folder ? of_known : of_text;
        return HUSE_OK;
    }
    char       *is = type || net ? huse_format("of the type “%.80s”, which is not run here", type ? type : net)
                                 : huse_xstrdup("of a type that its config.json does not name");
    huse_status s = refuse(p, is, err);
    free(is);
    return s;
}

/* By config.json alone, before anything else is fetched. */
static huse_status judge_config(pull *p, huse_err *err)
{
    char       *path = huse_fs_join(p->dir, huse_hub_path(HUSE_HUB_CONFIG)), *text = NULL;
    size_t      n = 0;
    json_t     *config = NULL;
    huse_status s = huse_fs_read(path, CONFIG_MAX, &text, &n, err);
    if (s == HUSE_OK)
        s = huse_json_parse(&config, text, n, "config.json", err);
    if (s == HUSE_OK)
        s = judge_json(p, config, err);
    json_decref(config);
    free(text);
    free(path);
    return s;
}

static huse_status judge_listing(const pull *p, huse_err *err)
{
    const char *name = p->a->repository;
    if (!p->l.file[HUSE_HUB_CONFIG].there)
        return huse_fail(err, HUSE_BAD_DATA, "%s has no config.json: what it is cannot be told", name);
    return HUSE_OK;
}

static huse_status judge_weights(const pull *p, huse_err *err)
{
    const char          *name = p->a->repository;
    const huse_hub_file *w = &p->l.file[HUSE_HUB_WEIGHTS];
    if (!w->there && p->l.shards)
        return huse_fail(err, HUSE_BAD_DATA, "the weights of %s lie in several files, which is more than is run here", name);
    if (!w->there && p->l.pickle)
        return huse_fail(err, HUSE_BAD_DATA, "the weights of %s are a pickle, which can hold code and is never read. A revision with "
                                             "model.safetensors, where there is one, is taken with %s@REVISION", name, name);
    if (!w->there)
        return huse_fail(err, HUSE_BAD_DATA, "%s has no model.safetensors", name);
    if (p->o->pin && !(w->hashed && huse_key_equal(&w->sha256, p->o->pin)))
        return huse_fail(err, HUSE_BAD_DATA, "%s has other weights there than those that this program was made with", name);
    return HUSE_OK;
}

/* By all that is small. */
static huse_status judge_rest(const pull *p, huse_err *err)
{
    huse_err why;
    if (p->r.image)
        return HUSE_OK;
    if (!p->l.file[HUSE_HUB_VOCABULARY].there)
        return refuse(p, "a BERT without vocab.txt, so with another tokenizer than BERT's own", err);
    if (huse_bert_check(p->dir, &why) == HUSE_OK)
        return HUSE_OK;
    const size_t n = strlen(p->dir); /* where it is put together says nothing to anybody */
    char        *is = huse_format("a BERT that is not run here (%.150s)", strncmp(why.msg, p->dir, n) == 0 && why.msg[n] == '/'
                                                                               ? why.msg + n + 1 : why.msg);
    huse_status  s = refuse(p, is, err);
    free(is);
    return s;
}

/* Room for what has not come yet, and a little for everybody else. */
static huse_status judge_disk(const pull *p, huse_err *err)
{
    struct statvfs disk;
    char          *part = huse_format("%s.part", huse_hub_path(HUSE_HUB_WEIGHTS));
    const int64_t  have = huse_hub_file_size(p->dir, part), whole = huse_hub_file_size(p->dir, huse_hub_path(HUSE_HUB_WEIGHTS));
    const uint64_t size = p->l.file[HUSE_HUB_WEIGHTS].size, got = (uint64_t)HUSE_MAX(HUSE_MAX(have, whole), 0);
    free(part);
    if (statvfs(p->dir, &disk) != 0 || got >= size)
        return HUSE_OK;
    const uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (room >= size - got + ROOM_LEFT)
        return HUSE_OK;
    return huse_fail(err, HUSE_FAILED, "%s takes %llu MB more, and the disk of %s has %llu MB left", p->a->repository,
                     (unsigned long long)((size - got) / 1000000), p->o->models_dir, (unsigned long long)(room / 1000000));
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

static huse_status note_file(pull *p, enum huse_hub_part part, huse_buf *sums, json_t *files, huse_err *err)
{
    const huse_hub_file *f = &p->l.file[part];
    huse_key             key = f->sha256;
    huse_status          s = HUSE_OK;
    char                 hex[65], *path = huse_fs_join(p->dir, huse_hub_path(part));
    if (!f->hashed)
        s = huse_sha256_file(&key, path, err);
    if (s == HUSE_OK) {
        huse_key_hex(hex, &key);
        huse_buf_fmt(sums, "%s  %s\n", hex, huse_hub_path(part));
        json_array_append_new(files, json_pack("{s:s, s:I, s:s}", "name", huse_hub_path(part), "size", (json_int_t)f->size, "sha256", hex));
        p->r.bytes += f->size;
        p->r.files++;
    }
    free(path);
    return s;
}

/* SHA256SUMS and source.json: what it is made of, and where that is from. */
static huse_status write_manifest(pull *p, huse_err *err)
{
    huse_buf    sums = {0};
    json_t     *files = json_array();
    huse_status s = HUSE_OK;
    for (unsigned i = 0; i < HUSE_HUB_PARTS && s == HUSE_OK; i++)
        if (p->wanted & 1u << i && p->l.file[i].there)
            s = note_file(p, (enum huse_hub_part)i, &sums, files, err);
    json_t *source = json_pack("{s:s, s:s, s:s, s:s, s:o}", "repository", p->a->repository, "revision", p->l.revision, "host", p->net.host,
                               "kind", p->r.image ? "image" : "text", "files", files);
    char   *text = json_dumps(source, JSON_INDENT(2));
    json_decref(source);
    if (s == HUSE_OK)
        s = write_beside(p, SUMS, sums.data, err);
    if (s == HUSE_OK)
        s = write_beside(p, HUSE_HUB_SOURCE, text, err);
    free(text);
    huse_buf_free(&sums);
    return s;
}

/* @from becomes @to in one step; what is there becomes @from, or goes. */
static huse_status put(const char *from, const char *to, huse_err *err)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0)
        return HUSE_OK;
    if (errno != ENOENT && huse_fs_exists(to)) /* a file system that cannot exchange */
        HUSE_TRY(huse_fs_remove_tree(to, err));
    return rename(from, to) == 0 ? HUSE_OK : huse_fail_errno(err, "cannot install %s", to);
}

/* The folder aside goes under another name first: whoever pulls the same model next makes its own. */
static void drop_aside(const pull *p)
{
    huse_err none;
    char    *gone = huse_format("%s/.tmp-%ld-pull-%s", p->o->models_dir, (long)getpid(), p->r.folder);
    if (rename(p->aside, gone) == 0 && huse_fs_remove_tree(gone, &none) != HUSE_OK)
        none.msg[0] = 0; /* the next pull removes what is left */
    free(gone);
}

static huse_status install(pull *p, huse_err *err)
{
    HUSE_TRY(huse_fs_sync_dir(p->dir, err));
    HUSE_TRY(put(p->dir, p->to, err));
    HUSE_TRY(huse_fs_sync_dir(p->o->models_dir, err));
    drop_aside(p);
    return HUSE_OK;
}

/* The source.json of @dir, NULL: it does not say where it is from. */
static json_t *read_source(const char *dir)
{
    char    *path = huse_fs_join(dir, HUSE_HUB_SOURCE), *text = NULL;
    size_t   n = 0;
    json_t  *j = NULL;
    huse_err none;
    if (huse_fs_exists(path) && huse_fs_read(path, 65536, &text, &n, &none) == HUSE_OK &&
        huse_json_parse(&j, text, n, path, &none) != HUSE_OK)
        j = NULL;
    free(text);
    free(path);
    return j;
}

static bool says(const json_t *source, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(source, key));
    return s && strcmp(s, value) == 0;
}

/* Whether this revision lies in p->to, its files as large as they should be. */
static bool installed(pull *p)
{
    json_t *source = read_source(p->to);
    bool    same = says(source, "repository", p->a->repository) && says(source, "revision", p->l.revision);
    p->r.bytes = p->r.files = 0;
    p->r.image = says(source, "kind", "image");
    p->wanted = p->r.image ? of_image : p->o->folder ? of_known : of_text;
    json_decref(source);
    for (unsigned i = 0; i < HUSE_HUB_PARTS && same; i++)
        if (p->wanted & 1u << i && p->l.file[i].there) {
            same = huse_hub_file_size(p->to, huse_hub_path((enum huse_hub_part)i)) == (int64_t)p->l.file[i].size;
            p->r.bytes += p->l.file[i].size;
            p->r.files++;
        }
    return same;
}

/* ---- the whole of it ---- */

/* The lock is of the file that lies there now, not of one that a finished pull took away with it. */
static huse_status take_lock(pull *p, huse_err *err)
{
    char       *path = huse_fs_join(p->aside, "lock");
    struct stat held, there;
    huse_status s = huse_fs_lock(&p->lock, path, err);
    if (s != HUSE_OK || fstat(p->lock, &held) != 0 || stat(path, &there) != 0 || held.st_ino != there.st_ino)
        s = huse_fail(err, HUSE_FAILED, "another process is fetching %s", p->a->repository);
    free(path);
    return s;
}

/* Takes the folder that the model is put together in; parts of other revisions are of no use any more. */
static huse_status take_aside(pull *p, huse_err *err)
{
    char **names = NULL;
    size_t n = 0;
    HUSE_TRY(huse_fs_mkdirs(p->aside, err));
    HUSE_TRY(take_lock(p, err));
    huse_fs_remove_stale(p->o->models_dir);
    huse_status s = huse_fs_list(p->aside, &names, &n, err);
    for (size_t i = 0; i < n && s == HUSE_OK; i++) {
        char *path = huse_fs_join(p->aside, names[i]);
        if (strcmp(names[i], "lock") != 0 && strcmp(names[i], p->l.revision) != 0)
            s = huse_fs_remove_tree(path, err);
        free(path);
    }
    huse_fs_free_names(names, n);
    p->dir = huse_fs_join(p->aside, p->l.revision);
    if (s == HUSE_OK)
        s = huse_fs_mkdirs(p->dir, err);
    if (s == HUSE_OK)
        huse_fs_remove_stale(p->dir);
    return s;
}

static huse_status bring(pull *p, huse_err *err)
{
    const unsigned config = 1u << HUSE_HUB_CONFIG, weights = 1u << HUSE_HUB_WEIGHTS;
    p->r.image = false;
    p->r.bytes = p->r.files = 0;
    p->wanted = of_text;
    HUSE_TRY(take_aside(p, err));
    HUSE_TRY(fetch(p, config, false, err));
    HUSE_TRY(judge_config(p, err));
    HUSE_TRY(judge_weights(p, err));
    HUSE_TRY(fetch(p, ~(config | weights), false, err));
    HUSE_TRY(judge_rest(p, err));
    HUSE_TRY(judge_disk(p, err));
    HUSE_TRY(fetch(p, weights, true, err));
    HUSE_TRY(write_manifest(p, err));
    HUSE_TRY(opens(p, err));
    return install(p, err);
}

/* What can never be run, and what is nothing yet, is not kept for a later call. */
static huse_status bring_or_drop(pull *p, huse_err *err)
{
    huse_status s = bring(p, err);
    if (s == HUSE_OK || p->lock < 0 || !p->dir)
        return s;
    char *part = huse_format("%s.part", huse_hub_path(HUSE_HUB_WEIGHTS));
    bool  begun = huse_hub_file_size(p->dir, part) > 0 || huse_hub_file_size(p->dir, huse_hub_path(HUSE_HUB_WEIGHTS)) >= 0;
    free(part);
    if (!begun || s == HUSE_BAD_DATA || s == HUSE_NOT_FOUND)
        drop_aside(p);
    return s;
}

huse_status huse_hub_pull(const huse_hub_options *o, const huse_hub_address *a, huse_hub_report *report, huse_err *err)
{
    pull p = {.o = o, .a = a, .lock = -1};
    snprintf(p.r.folder, sizeof p.r.folder, "%s", o->folder ? o->folder : a->folder);
    p.to = huse_fs_join(o->models_dir, p.r.folder);
    p.aside = huse_format("%s/" HUSE_HUB_ASIDE "%s", o->models_dir, p.r.folder);
    huse_status s = open_net(&p, err);
    if (s == HUSE_OK)
        s = read_listing(&p, err);
    if (s == HUSE_OK)
        s = judge_listing(&p, err);
    if (s == HUSE_OK) {
        p.net.gated = p.l.gated;
        memcpy(p.r.repository, a->repository, sizeof p.r.repository);
        memcpy(p.r.revision, p.l.revision, sizeof p.r.revision);
        p.r.there = installed(&p);
        if (!p.r.there)
            s = bring_or_drop(&p, err);
    }
    huse_client_free(p.net.client);
    if (p.lock >= 0)
        close(p.lock);
    huse_client_token_free(p.token);
    huse_net_url_free(&p.url);
    free(p.base);
    free(p.aside);
    free(p.dir);
    free(p.to);
    if (s == HUSE_OK)
        *report = p.r;
    return s;
}

huse_status huse_hub_remove(const char *models_dir, const char *folder, huse_err *err)
{
    char       *dir = huse_fs_join(models_dir, folder), *aside = huse_format("%s/" HUSE_HUB_ASIDE "%s", models_dir, folder);
    char       *lock = huse_fs_join(aside, "lock"), *gone = huse_format("%s/.tmp-%ld-rm-%s", models_dir, (long)getpid(), folder);
    huse_status s = HUSE_OK;
    if (!huse_fs_exists(dir) && !huse_fs_exists(aside))
        s = huse_fail(err, HUSE_NOT_FOUND, "there is no model %s in %s", folder, models_dir);
    else if (huse_fs_exists(lock) && huse_fs_locked(lock))
        s = huse_fail(err, HUSE_FAILED, "%s is being fetched by another process", folder);
    if (s == HUSE_OK && huse_fs_exists(dir) && rename(dir, gone) != 0)
        s = huse_fail_errno(err, "cannot remove %s", dir);
    if (s == HUSE_OK)
        s = huse_fs_remove_tree(gone, err);
    if (s == HUSE_OK)
        s = huse_fs_remove_tree(aside, err);
    free(gone);
    free(lock);
    free(aside);
    free(dir);
    return s;
}
