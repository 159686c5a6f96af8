#include "data/remotes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/asked.h"

/* ---- the note ---- */

static bool take_text(char out[HUSE_REMOTE_NAME_MAX], const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (!s || strlen(s) >= HUSE_REMOTE_NAME_MAX)
        return false;
    memcpy(out, s, strlen(s) + 1);
    return true;
}

static bool take_identity(huse_remote_identity *id, const json_t *o)
{
    const json_t *probe = json_object_get(o, "probe");
    json_int_t    dim = json_integer_value(json_object_get(o, "dimension"));
    size_t        n = json_array_size(probe);
    *id = (huse_remote_identity){.n_probe = n};
    if (dim < 1 || dim > HUSE_REMOTE_DIM_MAX || n != HUSE_MIN((size_t)dim, (size_t)HUSE_REMOTE_PROBE_MAX))
        return false;
    id->dim = (size_t)dim;
    for (size_t i = 0; i < n; i++) {
        double x = json_number_value(json_array_get(probe, i));
        if (!(fabs(x) <= 1))
            return false;
        id->probe[i] = (float)x;
    }
    return take_text(id->model, o, "model") && take_text(id->answers, o, "answers");
}

static huse_status take_record(const json_t *o, const char *folder, huse_remote_place *place, huse_remote_identity *id, huse_err *err)
{
    huse_err    why;
    const char *address = json_string_value(json_object_get(o, "address"));
    if (!address || !take_identity(id, o))
        return huse_fail(err, HUSE_BAD_DATA, "features/encoders.json does not say who made “%s”: name it with embed --text-encoder", folder);
    if (huse_remote_place_parse(place, address, &why) != HUSE_OK)
        return huse_fail(err, HUSE_BAD_DATA, "features/encoders.json: %s", why.msg);
    if (strcmp(place->model, id->model) == 0)
        return HUSE_OK;
    huse_remote_place_free(place);
    return huse_fail(err, HUSE_BAD_DATA, "features/encoders.json: “%s” has two models", folder);
}

static huse_status read_record(const char *workspace, const char *folder, huse_remote_place *place, huse_remote_identity *id, huse_err *err)
{
    json_t *note = NULL;
    HUSE_TRY(huse_encoders_note_read(workspace, &note, err));
    huse_status s = take_record(json_object_get(json_object_get(note, "remote"), folder), folder, place, id, err);
    json_decref(note);
    return s;
}

static huse_status write_record(const char *workspace, const char *folder, const huse_remote_place *place, const huse_remote_identity *id,
                                huse_err *err)
{
    json_t *note = NULL, *probe = json_array();
    char   *address = huse_remote_place_text(place);
    if (huse_encoders_note_read(workspace, &note, NULL) != HUSE_OK)
        note = json_object();
    json_t *all = json_object_get(note, "remote");
    if (!json_is_object(all)) {
        all = json_object();
        json_object_set_new(note, "remote", all);
    }
    for (size_t i = 0; i < id->n_probe; i++)
        json_array_append_new(probe, json_real((double)id->probe[i]));
    json_object_set_new(all, folder,
                        json_pack("{s:s, s:s, s:s, s:I, s:o}", "address", address, "model", id->model, "answers", id->answers,
                                  "dimension", (json_int_t)id->dim, "probe", probe));
    huse_status s = huse_encoders_note_write(workspace, note, err);
    json_decref(note);
    free(address);
    return s;
}

char *huse_remotes_address(const char *workspace, const char *folder)
{
    huse_remote_place    place;
    huse_remote_identity id;
    if (read_record(workspace, folder, &place, &id, NULL) != HUSE_OK)
        return NULL;
    char *text = huse_remote_place_text(&place);
    huse_remote_place_free(&place);
    return text;
}

/* ---- who may be asked ---- */

static const huse_remote_grant *find_grant(const huse_host *host, const char *origin)
{
    const huse_network *n = &host->network;
    for (size_t i = 0; i < n->n_grants; i++)
        if (strcmp(n->grant[i].origin, origin) == 0)
            return &n->grant[i];
    return NULL;
}

/* Why the server is left alone, in fresh memory; NULL: it is not. */
static char *refusal(const huse_host *host, const huse_remote_place *place)
{
    if (host->network.offline)
        return huse_format("offline: %s is not asked", place->host);
    if (find_grant(host, place->origin))
        return NULL;
    return huse_format("the texts were encoded by %s, which was not named on this machine: “huse-tui embed WS --text-encoder %s#%s” allows "
                       "to ask it", place->host, place->base, place->model);
}

static huse_remote_options options(const huse_host *host, const huse_remote_place *place, const char *refused)
{
    const huse_remote_grant *g = find_grant(host, place->origin);
    return (huse_remote_options){
        .refusal = refused,
        .allow_private = host->network.allow_private || (g && g->allow_private),
        .ca_file = host->network.ca_file,
        .token_file = g ? g->token_file : NULL,
        .warn = host->warn,
        .ctx = host->ctx,
    };
}

static huse_text_encoder *make(const char *workspace, const huse_host *host, const huse_remote_place *place, const huse_remote_identity *id,
                               bool patient, bool kept)
{
    char               *refused = refusal(host, place);
    huse_key            hash = huse_remote_hash(id);
    huse_remote_options o = options(host, place, refused);
    o.patient = patient;
    o.kept = kept;
    o.cache = huse_asked_cache(workspace, &hash, id->dim);
    huse_text_encoder *e = huse_remote_new(place, id, &o);
    free(refused);
    return e;
}

huse_status huse_remotes_open(huse_text_encoder **e, const char *workspace, const huse_host *host, const char *folder, bool patient,
                              huse_err *err)
{
    huse_remote_place    place;
    huse_remote_identity id;
    HUSE_TRY(read_record(workspace, folder, &place, &id, err));
    *e = make(workspace, host, &place, &id, patient, false);
    huse_remote_place_free(&place);
    return HUSE_OK;
}

/* ---- embedding ---- */

/* Asks who is at @place, and whether that is who made the rows of @known (NULL: none are known). */
static huse_status meet(huse_remote_identity *id, const char *workspace, const huse_host *host, const huse_remote_place *place,
                        const huse_remote_identity *known, bool same_place, bool refresh, volatile const int *stop, huse_err *err)
{
    huse_err    why;
    char        name[64], *refused = refusal(host, place);
    huse_remote_options o = options(host, place, refused);
    o.patient = true;
    huse_status s = huse_remote_ask(id, place, &o, stop, err);
    free(refused);
    if (s != HUSE_OK)
        return s;
    if (known && huse_remote_same(known, id, same_place, &why) == HUSE_OK)
        memcpy(id->probe, known->probe, sizeof id->probe); /* the rows there are go on to fit */
    else if (known && !refresh)
        return huse_fail(err, HUSE_BAD_DATA, "%s is not the %.80s that this workspace knows: %s; with --refresh all texts are encoded anew",
                         place->host, place->model, why.msg);
    huse_remote_name(name, place->model);
    return write_record(workspace, name, place, id, err);
}

huse_status huse_remotes_choose(huse_text_encoder **e, const char *workspace, const huse_host *host, const char *text, bool refresh,
                                volatile const int *stop, huse_err *err)
{
    char                 name[64];
    huse_remote_place    place, old = {0};
    huse_remote_identity id, known;
    HUSE_TRY(huse_remote_place_parse(&place, text, err));
    huse_remote_name(name, place.model);
    bool        is_known = read_record(workspace, name, &old, &known, NULL) == HUSE_OK;
    bool        same_place = is_known && strcmp(old.base, place.base) == 0;
    huse_status s = HUSE_OK;
    if (same_place && !refresh)
        id = known;
    else
        s = meet(&id, workspace, host, &place, is_known ? &known : NULL, same_place, refresh, stop, err);
    if (s == HUSE_OK)
        *e = make(workspace, host, &place, &id, true, true);
    huse_remote_place_free(&old);
    huse_remote_place_free(&place);
    return s;
}

huse_status huse_remotes_again(huse_text_encoder **e, const char *workspace, const huse_host *host, const char *folder, bool refresh,
                               volatile const int *stop, huse_err *err)
{
    char *address = huse_remotes_address(workspace, folder);
    if (!address)
        return huse_fail(err, HUSE_BAD_DATA, "features/encoders.json does not say who made “%s”: name it with embed --text-encoder", folder);
    huse_status s = huse_remotes_choose(e, workspace, host, address, refresh, stop, err);
    free(address);
    return s;
}
