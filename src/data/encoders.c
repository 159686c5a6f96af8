#include "data/encoders.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/hub_listing.h"
#include "data/remotes.h"

#define NOTE_MAX ((size_t)256 << 10)

/* The folder of a model, NULL when it is not there. */
static char *model_dir(const huse_host *host, const char *name)
{
    if (host->models_dir == NULL || *name == '.' || strchr(name, '/') != NULL)
        return NULL;
    char *dir = huse_fs_join(host->models_dir, name);
    if (huse_fs_is_dir(dir))
        return dir;
    free(dir);
    return NULL;
}

static void warn(const huse_host *host, const char *msg)
{
    if (host->warn != NULL)
        host->warn(host->ctx, msg);
}

static huse_status not_here(const char *name, huse_err *err)
{
    char repository[194];
    if (huse_hub_address_of(repository, name))
        return huse_fail(err, HUSE_NOT_FOUND, "the encoder %s is not on this machine: “huse-tui models pull %s” fetches it", repository,
                         repository);
    return huse_fail(err, HUSE_NOT_FOUND, "the encoder %s is not on this machine (see: huse-tui models)", name);
}

huse_status huse_encoders_open_image(const huse_host *host, const char *name, huse_image_encoder **e, huse_err *err)
{
    char *dir = model_dir(host, *name ? name : HUSE_IMAGE_MODEL);
    if (dir == NULL && *name)
        return not_here(name, err);
    if (dir == NULL) {
        warn(host, "no weights of EfficientNet-Lite0 here: pictures are described by colour and gradient histograms, "
                   "which is much weaker (see: huse-tui models)");
        *e = huse_image_fallback();
        return HUSE_OK;
    }
    huse_status s = huse_effnet_open(e, dir, err);
    free(dir);
    return s;
}

huse_status huse_encoders_open_text(const huse_host *host, const char *name, huse_text_encoder **e, huse_err *err)
{
    char *dir = model_dir(host, *name ? name : HUSE_TEXT_MODEL);
    if (dir == NULL && *name)
        return not_here(name, err);
    if (dir == NULL) {
        warn(host, "no weights of MiniLM-L6 here: texts are described by their words alone, not by what they mean "
                   "(see: huse-tui models)");
        *e = huse_text_fallback();
        return HUSE_OK;
    }
    huse_status s = huse_bert_open(e, dir, err);
    free(dir);
    return s;
}

huse_status huse_encoders_find(const huse_host *host, bool image, const char *who, char name[64], huse_err *err)
{
    huse_hub_address a;
    const bool       address = huse_hub_address_is(who) && !strchr(who, '@') && huse_hub_address_parse(&a, who, NULL) == HUSE_OK;
    const char      *folder = address ? a.folder : who;
    if (!address && (*who == '\0' || *who == '.' || strchr(who, '/') || strlen(who) >= sizeof a.folder))
        return huse_fail(err, HUSE_USAGE, "the encoder is local%s or a model that “huse-tui models” lists, not “%.100s”",
                         image ? "" : ", sentence, an address like https://host/v1#MODEL", who);
    char *dir = model_dir(host, folder), *vocabulary = dir ? huse_fs_join(dir, "vocab.txt") : NULL;
    bool  here = dir && huse_fs_exists(vocabulary) != image;
    free(vocabulary);
    free(dir);
    if (address && !here)
        return huse_fail(err, HUSE_NOT_FOUND, "there is no %s encoder %s on this machine: “huse-tui models pull %s” fetches it",
                         image ? "image" : "text", who, who);
    if (!here)
        return huse_fail(err, HUSE_NOT_FOUND, "there is no %s encoder %s on this machine (see: huse-tui models)", image ? "image" : "text", who);
    memcpy(name, folder, strlen(folder) + 1);
    return HUSE_OK;
}

static bool has_suffix(const char *s, const char *suffix)
{
    size_t n = strlen(s), k = strlen(suffix);
    return n > k && strcmp(s + n - k, suffix) == 0;
}

void huse_encoders_weights_of(char name[64], const huse_host *host, const char *folder)
{
    static const char *const behind[] = {HUSE_CROP_SUFFIX, HUSE_SENTENCE_SUFFIX};
    size_t n = strlen(folder);
    for (size_t i = 0; i < HUSE_COUNT(behind); i++)
        if (has_suffix(folder, behind[i])) {
            n -= strlen(behind[i]);
            break;
        }
    char *base = huse_xstrndup(folder, HUSE_MIN(n, (size_t)63)), *dir = n > 0 ? model_dir(host, base) : NULL;
    bool  other = (dir != NULL || strstr(base, "--") != NULL) && strcmp(base, HUSE_IMAGE_MODEL) != 0 && strcmp(base, HUSE_TEXT_MODEL) != 0;
    memcpy(name, other ? base : "", other ? strlen(base) + 1 : 1);
    free(dir);
    free(base);
}

huse_status huse_encoders_open_image_for(const huse_host *host, const char *folder, huse_image_encoder **e, huse_err *err)
{
    char                name[64];
    huse_image_encoder *fallback = huse_image_fallback();
    const size_t        n = strlen(fallback->name);
    if (strncmp(folder, fallback->name, n) == 0 && (!folder[n] || strcmp(folder + n, HUSE_CROP_SUFFIX) == 0)) {
        *e = fallback;
        return HUSE_OK;
    }
    fallback->free(fallback);
    huse_encoders_weights_of(name, host, folder);
    return huse_encoders_open_image(host, name, e, err);
}

huse_status huse_encoders_open_text_for(const huse_host *host, const char *workspace, const char *folder, bool patient,
                                        huse_text_encoder **e, huse_err *err)
{
    char               name[64];
    huse_text_encoder *fallback = huse_text_fallback();
    const size_t       n = strlen(fallback->name);
    if (strncmp(folder, HUSE_REMOTE_PREFIX, sizeof HUSE_REMOTE_PREFIX - 1) == 0) {
        fallback->free(fallback);
        return huse_remotes_open(e, workspace, host, folder, patient, err);
    }
    if (strncmp(folder, fallback->name, n) == 0 && (!folder[n] || strcmp(folder + n, HUSE_SENTENCE_SUFFIX) == 0)) {
        *e = fallback;
    } else {
        fallback->free(fallback);
        huse_encoders_weights_of(name, host, folder);
        HUSE_TRY(huse_encoders_open_text(host, name, e, err));
    }
    if (has_suffix(folder, HUSE_SENTENCE_SUFFIX))
        *e = huse_text_sentences(*e);
    return HUSE_OK;
}

bool huse_features_external(const char *encoder)
{
    return strcmp(encoder, HUSE_EXTERNAL_IMAGE) == 0 || strcmp(encoder, HUSE_EXTERNAL_TEXT) == 0;
}

huse_key huse_features_item_key(const char *id)
{
    char *named = huse_format("item:%s", id);
    huse_key k = huse_sha256(named, strlen(named));
    free(named);
    return k;
}

huse_key huse_features_text_key(const char *text)
{
    return huse_sha256(text, strlen(text));
}

static char *note_path(const char *workspace)
{
    char *dir = huse_fs_join(workspace, "features"), *path = huse_fs_join(dir, "encoders.json");
    free(dir);
    return path;
}

/* A name that may stand as a folder's. */
static bool take_name(const json_t *note, const char *key, char out[64])
{
    const char *name = json_string_value(json_object_get(note, key));
    if (name == NULL || strlen(name) >= 64 || name[0] == '.' || strchr(name, '/') != NULL)
        return false;
    memcpy(out, name, strlen(name) + 1);
    return true;
}

huse_status huse_encoders_note_read(const char *workspace, json_t **out, huse_err *err)
{
    char       *path = note_path(workspace), *data = NULL;
    size_t      n = 0;
    json_t     *note = NULL;
    huse_status s = HUSE_OK;
    if (huse_fs_exists(path)) {
        s = huse_fs_read(path, NOTE_MAX, &data, &n, err);
        if (s == HUSE_OK)
            s = huse_json_parse(&note, data, n, path, err);
        if (s == HUSE_OK && !json_is_object(note))
            s = huse_fail(err, HUSE_BAD_DATA, "%s is damaged; huse-tui embed writes it again", path);
    } else {
        note = json_object();
    }
    free(data);
    free(path);
    if (s == HUSE_OK)
        *out = note;
    else
        json_decref(note);
    return s;
}

huse_status huse_encoders_note_write(const char *workspace, const json_t *note, huse_err *err)
{
    char       *dir = huse_fs_join(workspace, "features"), *path = note_path(workspace), *text = json_dumps(note, JSON_INDENT(2));
    huse_status s = huse_fs_mkdirs(dir, err);
    if (s == HUSE_OK)
        huse_fs_remove_stale(dir); /* what a kill within this very call left */
    if (s == HUSE_OK)
        s = huse_fs_write_atomic(path, text, strlen(text), err);
    free(text);
    free(path);
    free(dir);
    return s;
}

huse_status huse_encoders_current(const char *workspace, huse_encoder_names *names, huse_err *err)
{
    json_t            *note = NULL;
    huse_encoder_names read = {"", ""};
    HUSE_TRY(huse_encoders_note_read(workspace, &note, err));
    huse_status s = HUSE_OK;
    if (json_object_size(note) > 0 && (!take_name(note, "image", read.image) || !take_name(note, "text", read.text))) {
        char *path = note_path(workspace);
        s = huse_fail(err, HUSE_BAD_DATA, "%s is damaged; huse-tui embed writes it again", path);
        free(path);
    }
    json_decref(note);
    if (s == HUSE_OK)
        *names = read;
    return s;
}

huse_status huse_encoders_set_current(const char *workspace, const huse_encoder_names *names, huse_err *err)
{
    huse_encoder_names old;
    json_t            *note = NULL;
    if (huse_encoders_current(workspace, &old, NULL) == HUSE_OK && strcmp(old.image, names->image) == 0 &&
        strcmp(old.text, names->text) == 0)
        return HUSE_OK;
    if (huse_encoders_note_read(workspace, &note, NULL) != HUSE_OK)
        note = json_object();
    json_object_set_new(note, "image", json_string(names->image));
    json_object_set_new(note, "text", json_string(names->text));
    huse_status s = huse_encoders_note_write(workspace, note, err);
    json_decref(note);
    return s;
}
