/* embed: what is new in the catalogue becomes feature rows and thumbnails. */
#include "data/embed.h"

#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "data/remotes.h"
#include "data/workspace.h"
#include "tensor/gemm.h"

huse_status huse_embed_check_stop(const huse_embedder *e, huse_err *err)
{
    if (huse_stopped(e->opt->stop))
        return huse_fail(err, HUSE_INTERRUPTED, "stopped; what was done is kept");
    return HUSE_OK;
}

void huse_embed_progress(const huse_embedder *e, const char *what, size_t done, size_t total)
{
    if (e->opt->progress != NULL)
        e->opt->progress(e->opt->ctx, what, done, total);
}

static void set_name(char to[64], const char *name, bool crop)
{
    char *full = huse_format("%s%s", name, crop ? HUSE_CROP_SUFFIX : "");
    HUSE_ASSERT(strlen(full) < 64);
    memcpy(to, full, strlen(full) + 1);
    free(full);
}

static bool given(const char *option)
{
    return option != NULL && option[0] != '\0';
}

static huse_status check_options(const huse_embed_options *o, const huse_host *host, huse_err *err)
{
    const char *t = o->text_encoder;
    char        name[64];
    if (t && given(o->text_features))
        return huse_fail(err, HUSE_USAGE, "rows of texts from elsewhere and an encoder for texts: take one of the two");
    if (t && !huse_remote_place_is(t) && strcmp(t, "local") != 0 && strcmp(t, "sentence") != 0)
        return huse_encoders_find_text(host, t, name, err);
    return HUSE_OK;
}

/* One of the encoders that run here: the one that is named, or that of the last embed. */
static huse_status choose_local(huse_embedder *e, huse_err *err)
{
    const char *t = e->opt->text_encoder, *before = e->names.text;
    size_t      n = strlen(before), suffix = strlen(HUSE_SENTENCE_SUFFIX);
    char        name[64] = "";
    bool        sentences = t ? strcmp(t, "sentence") == 0 : n > suffix && strcmp(before + n - suffix, HUSE_SENTENCE_SUFFIX) == 0;
    if (!t || sentences)
        huse_encoders_weights_of(name, before);
    else if (strcmp(t, "local") != 0)
        HUSE_TRY(huse_encoders_find_text(e->host, t, name, err));
    HUSE_TRY(huse_encoders_open_text(e->host, *name ? name : NULL, &e->text, err));
    if (sentences)
        e->text = huse_text_sentences(e->text);
    return HUSE_OK;
}

static huse_status choose_text(huse_embedder *e, huse_err *err)
{
    const huse_embed_options *o = e->opt;
    const char               *dir = huse_workspace_dir(e->ws), *before = e->names.text;
    if (o->text_encoder && huse_remote_place_is(o->text_encoder))
        return huse_remotes_choose(&e->text, dir, e->host, o->text_encoder, o->refresh, o->stop, err);
    if (!o->text_encoder && strncmp(before, HUSE_REMOTE_PREFIX, sizeof HUSE_REMOTE_PREFIX - 1) == 0)
        return huse_remotes_again(&e->text, dir, e->host, before, o->refresh, o->stop, err);
    return choose_local(e, err);
}

/* Rows from elsewhere stay in use until others are given or "" asks for our own. */
static huse_status choose_encoders(huse_embedder *e, huse_err *err)
{
    const huse_embed_options *o = e->opt;
    huse_status s = huse_encoders_current(huse_workspace_dir(e->ws), &e->names, err);
    if (s == HUSE_BAD_DATA)
        e->names = (huse_encoder_names){ "", "" };
    else if (s != HUSE_OK)
        return s;
    size_t n = strlen(e->names.image), suffix = strlen(HUSE_CROP_SUFFIX);
    bool cropped = n > suffix && strcmp(e->names.image + n - suffix, HUSE_CROP_SUFFIX) == 0;
    e->crop = o->fit_as_before && n > 0 ? cropped : o->crop;
    if (given(o->image_features)) {
        HUSE_TRY(huse_embed_external(e, HUSE_EXTERNAL_IMAGE, o->image_features, o->ids, err));
        set_name(e->names.image, HUSE_EXTERNAL_IMAGE, false);
    }
    if (given(o->text_features)) {
        HUSE_TRY(huse_embed_external(e, HUSE_EXTERNAL_TEXT, o->text_features, o->ids, err));
        set_name(e->names.text, HUSE_EXTERNAL_TEXT, false);
    }
    if (o->image_features != NULL ? !given(o->image_features) : !huse_features_external(e->names.image)) {
        HUSE_TRY(huse_encoders_open_image(e->host, &e->image, err));
        set_name(e->names.image, e->image->name, e->crop);
    }
    if (o->text_encoder || (o->text_features != NULL ? !given(o->text_features) : !huse_features_external(e->names.text))) {
        HUSE_TRY(choose_text(e, err));
        set_name(e->names.text, e->text->name, false);
    }
    return huse_encoders_set_current(huse_workspace_dir(e->ws), &e->names, err);
}

huse_status huse_embed(huse_workspace *ws, const huse_host *host, const huse_embed_options *opt, huse_embed_report *report,
                       huse_err *err)
{
    huse_embed_report done = { 0 };
    huse_embedder e = { .ws = ws, .host = host, .opt = opt, .report = &done };
    HUSE_TRY(check_options(opt, host, err));
    if (opt->dry_run)
        return huse_embed_cost(ws, host, opt, report, err);
    HUSE_TRY(huse_workspace_need_write(ws, err));
    huse_blas_init();
    huse_status s = huse_items_load(&e.items, ws, err);
    if (s != HUSE_OK)
        return s;
    e.pool = huse_pool_new(host->threads);
    s = choose_encoders(&e, err);
    if (s == HUSE_OK)
        s = huse_embed_pictures(&e, err);
    if (s == HUSE_OK)
        s = huse_embed_texts(&e, err);
    if (s == HUSE_OK && opt->prune)
        s = huse_embed_prune(&e, err);
    memcpy(done.image_encoder, e.names.image, sizeof done.image_encoder);
    memcpy(done.text_encoder, e.names.text, sizeof done.text_encoder);
    if (s == HUSE_OK)
        *report = done;
    if (e.image != NULL)
        e.image->free(e.image);
    if (e.text != NULL)
        e.text->free(e.text);
    huse_pool_free(e.pool);
    huse_items_free(e.items);
    return s;
}
