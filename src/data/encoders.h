/* Which encoders run here, and whose rows a workspace uses. */
#ifndef HUSE_ENCODERS_H
#define HUSE_ENCODERS_H

#include "base/bundle.h"
#include "base/sha256.h"
#include "encode/encoder.h"
#include "huse/encode.h"

/** The weights in host->models_dir/@name, "" for effnet-lite0, which falls back to histograms with one warning where it is not there.
 *  NOT_FOUND: no weights of that name; BAD_DATA: weights that are cut, altered or another architecture's. Free with (*e)->free(*e). */
huse_status huse_encoders_open_image(const huse_host *host, const char *name, huse_image_encoder **e, huse_err *err) HUSE_MUST_CHECK;
/** The same with texts; "" for minilm-l6. */
huse_status huse_encoders_open_text(const huse_host *host, const char *name, huse_text_encoder **e, huse_err *err) HUSE_MUST_CHECK;
/** The name for these that "ORG/NAME" means, or that of a folder. USAGE: it is neither; NOT_FOUND: no such weights of an image (or else a
 *  text) encoder are here. */
huse_status huse_encoders_find(const huse_host *host, bool image, const char *who, char name[64], huse_err *err) HUSE_MUST_CHECK;
/** The same of the weights that made features/@folder; "" also where nothing tells which they were. */
void huse_encoders_weights_of(char name[64], const huse_host *host, const char *folder);

/** The encoder to ask with where features/@folder holds the rows: the fallback when that made them, whatever weights are here now, else as
 *  above. Another encoder than the one that made the rows may come back: compare name and hash. */
huse_status huse_encoders_open_image_for(const huse_host *host, const char *folder, huse_image_encoder **e,
                                         huse_err *err) HUSE_MUST_CHECK;
/** The same for texts, and with a folder of sentence vectors or of a remote encoder that @workspace knows (data/remotes.h). @patient: many
 *  texts are to come, and nobody looks on. */
huse_status huse_encoders_open_text_for(const huse_host *host, const char *workspace, const char *folder, bool patient,
                                        huse_text_encoder **e, huse_err *err) HUSE_MUST_CHECK;

#define HUSE_EXTERNAL_IMAGE "external-image"
#define HUSE_EXTERNAL_TEXT  "external-text"
#define HUSE_CROP_SUFFIX    "-crop"

/** Folders under features/ that train and query read; "" where there is none yet. */
typedef struct huse_encoder_names {
    char image[64], text[64];
} huse_encoder_names;

/** From features/encoders.json; a workspace without it has two empty names. */
huse_status huse_encoders_current(const char *workspace, huse_encoder_names *names, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_encoders_set_current(const char *workspace, const huse_encoder_names *names, huse_err *err) HUSE_MUST_CHECK;

/** The whole note, an empty object where there is none; and in its place another. BAD_DATA: no JSON object. */
huse_status huse_encoders_note_read(const char *workspace, json_t **note, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_encoders_note_write(const char *workspace, const json_t *note, huse_err *err) HUSE_MUST_CHECK;

/** Whether an encoder's rows came from elsewhere: they are keyed by huse_features_item_key, not by content. */
bool     huse_features_external(const char *encoder);
huse_key huse_features_item_key(const char *id);
/** Key of an item's text: SHA-256 of its bytes. */
huse_key huse_features_text_key(const char *text);

#endif
