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

static bool is_own(const char *encoder)
{
    return strcmp(encoder, "local") == 0 || strcmp(encoder, "sentence") == 0;
}

static huse_status check_options(const huse_embed_options *o, const huse_host *host, huse_err *err)
{
    const char *t = o->text_encoder, *i = o->image_encoder;
    char        name[64];
    if (t && given(o->text_features))
        return huse_fail(err, HUSE_USAGE, "rows of texts from elsewhere and an encoder for texts: take one of the two");
    if (i && given(o->image_features))
        return huse_fail(err, HUSE_USAGE, "rows of pictures from elsewhere and an encoder for pictures: take one of the two");
    if (i && strcmp(i, "local") != 0)
        HUSE_TRY(huse_encoders_find(host, true, i, name, err));
    if (t && !huse_remote_place_is(t) && !is_own(t))
        return huse_encoders_find(host, false, t, name, err);
    return HUSE_OK;
}

/* The weights that @asked for, or those that made the rows of @before. */
static huse_status weights(char name[64], const huse_embedder *e, bool image, const char *asked, const char *before, huse_err *err)
{
    *name = 0;
    if (asked && !is_own(asked))
        return huse_encoders_find(e->host, image, asked, name, err);
    if (!asked || strcmp(asked, "sentence") == 0)
        huse_encoders_weights_of(name, e->host, before);
    return HUSE_OK;
}

/* The one that is asked for, or the kind that the last embed had. */
static huse_status choose_text(huse_embedder *e, huse_err *err)
{
    const huse_embed_options *o = e->opt;
    const char               *dir = huse_workspace_dir(e->ws), *before = e->names.text;
    size_t                    n = strlen(before), suffix = strlen(HUSE_SENTENCE_SUFFIX);
    char                      name[64];
    bool sentences = n > suffix && strcmp(before + n - suffix, HUSE_SENTENCE_SUFFIX) == 0;
    if (o->text_encoder && huse_remote_place_is(o->text_encoder))
        return huse_remotes_choose(&e->text, dir, e->host, o->text_encoder, o->refresh, o->stop, err);
    if (!o->text_encoder && strncmp(before, HUSE_REMOTE_PREFIX, sizeof HUSE_REMOTE_PREFIX - 1) == 0)
        return huse_remotes_again(&e->text, dir, e->host, before, o->refresh, o->stop, err);
    HUSE_TRY(weights(name, e, false, o->text_encoder, before, err));
    HUSE_TRY(huse_encoders_open_text(e->host, name, &e->text, err));
    if (o->text_encoder ? strcmp(o->text_encoder, "sentence") == 0 : sentences)
        e->text = huse_text_sentences(e->text);
    return HUSE_OK;
}

static huse_status choose_image(huse_embedder *e, huse_err *err)
{
    char name[64];
    HUSE_TRY(weights(name, e, true, e->opt->image_encoder, e->names.image, err));
    return huse_encoders_open_image(e->host, name, &e->image, err);
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
    if (o->image_encoder || (o->image_features != NULL ? !given(o->image_features) : !huse_features_external(e->names.image))) {
        HUSE_TRY(choose_image(e, err));
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
