/* embed --dry-run: what there would be to do, without doing any of it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/embed.h"
#include "data/remotes.h"

static bool is_remote(const char *folder)
{
    return strncmp(folder, HUSE_REMOTE_PREFIX, sizeof HUSE_REMOTE_PREFIX - 1) == 0;
}

/* Where the texts' rows would go, and who would make them. */
static huse_status choose(huse_encoder_names *names, const huse_host *host, const huse_embed_options *opt, const char *dir,
                          huse_embed_report *r, huse_err *err)
{
    huse_remote_place place;
    const char       *asked = opt->text_encoder;
    char             *address = NULL;
    if (asked && (strcmp(asked, "local") == 0 || strcmp(asked, "sentence") == 0))
        *names->text = 0; /* which weights would be used is not known before they are opened */
    else if (asked && !huse_remote_place_is(asked))
        return huse_encoders_find(host, false, asked, names->text, err);
    if (!asked && is_remote(names->text))
        asked = address = huse_remotes_address(dir, names->text);
    if (!asked || !huse_remote_place_is(asked))
        return HUSE_OK;
    huse_status s = huse_remote_place_parse(&place, asked, err);
    free(address);
    if (s != HUSE_OK)
        return s;
    huse_remote_name(names->text, place.model);
    memcpy(r->text_host, place.host, HUSE_MIN(strlen(place.host), sizeof r->text_host - 1));
    huse_remote_place_free(&place);
    return HUSE_OK;
}

/* Whether pictures are to be encoded by other weights than before. */
static huse_status changes_image(bool *changes, const huse_host *host, const huse_embed_options *opt, const char *before, huse_err *err)
{
    char was[64], is[64] = "";
    *changes = false;
    if (!opt->image_encoder)
        return HUSE_OK;
    huse_encoders_weights_of(was, host, before);
    if (strcmp(opt->image_encoder, "local") != 0)
        HUSE_TRY(huse_encoders_find(host, true, opt->image_encoder, is, err));
    *changes = strcmp(was, is) != 0;
    return HUSE_OK;
}

static void count_pictures(huse_embed_report *r, const huse_items *items, bool retry, bool anew)
{
    for (size_t i = 0; i < items->n_pictures; i++) {
        const huse_picture *p = &items->picture[i];
        bool                again = p->state == HUSE_PICTURE_NEW || (anew && p->state == HUSE_PICTURE_OK) || (retry && p->state == HUSE_PICTURE_FAILED);
        r->pictures_new += again;
        r->pictures_waiting += again && p->state != HUSE_PICTURE_OK && huse_text_is_address(p->path);
        r->pictures_kept += p->state == HUSE_PICTURE_OK && !again;
    }
}

huse_status huse_embed_cost(huse_workspace *ws, const huse_host *host, const huse_embed_options *opt, huse_embed_report *report, huse_err *err)
{
    huse_embed_report  r = {0};
    huse_encoder_names names = {"", ""};
    huse_items        *items = NULL;
    huse_features     *f = NULL;
    const char        *dir = huse_workspace_dir(ws);
    bool               anew;
    HUSE_TRY(huse_encoders_current(dir, &names, err));
    HUSE_TRY(changes_image(&anew, host, opt, names.image, err));
    HUSE_TRY(choose(&names, host, opt, dir, &r, err));
    HUSE_TRY(huse_items_load(&items, ws, err));
    count_pictures(&r, items, opt->retry, anew);
    if (*names.text && huse_features_open(&f, dir, names.text, 0, NULL, NULL) != HUSE_OK)
        f = NULL;
    if (!huse_features_external(names.text) || opt->text_encoder) {
        huse_missing *list = huse_embed_missing(items, f, &r.texts_asked, &r.texts_new, &r.texts_kept);
        for (size_t i = 0; i < r.texts_asked; i++)
            r.tokens += huse_embed_tokens(items->item[list[i].item].text);
        free(list);
    }
    if (f)
        huse_features_close(f);
    memcpy(r.image_encoder, names.image, sizeof r.image_encoder);
    memcpy(r.text_encoder, names.text, sizeof r.text_encoder);
    huse_items_free(items);
    *report = r;
    return HUSE_OK;
}
