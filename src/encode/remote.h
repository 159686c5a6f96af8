/* A text encoder that a server runs: an OpenAI-compatible /v1/embeddings. */
#ifndef HUSE_REMOTE_H
#define HUSE_REMOTE_H

#include "encode/encoder.h"
#include "encode/remote_answer.h"

enum { HUSE_REMOTE_PROBE_MAX = 64 };

/** By what the vectors of a model are known again. */
typedef struct huse_remote_identity {
    size_t dim;
    char   model[HUSE_REMOTE_NAME_MAX];   /* as it is asked for */
    char   answers[HUSE_REMOTE_NAME_MAX]; /* as the server calls it; "": not said */
    float  probe[HUSE_REMOTE_PROBE_MAX];  /* the first numbers of the vector of one fixed text */
    size_t n_probe;
} huse_remote_identity;

/** Vectors that were paid for before, by SHA-256 of the text's bytes. Called by one thread at a time. */
typedef struct huse_remote_cache {
    bool (*find)(void *ctx, const huse_key *key, float *row); /* (dim) */
    void (*keep)(void *ctx, const huse_key *key, const float *row, size_t n);
    void (*free)(void *ctx);
    void *ctx;
} huse_remote_cache;

/** Strings are copied. */
typedef struct huse_remote_options {
    const char *refusal;       /* why the server is not asked at all; NULL: it may be. What the cache holds is answered anyhow */
    bool        allow_private; /* also servers of this machine and its networks; these, without a token, by http too */
    const char *ca_file, *token_file; /* NULL: the system's; none */
    bool        patient;       /* many texts, nobody looks on: waits and tries again as long as makes sense; else for seconds */
    bool        kept;          /* the caller keeps the rows that it gets: the cache gets those of calls that failed alone */
    huse_remote_cache cache;   /* taken over, also after a failure; find NULL: none */
    void (*warn)(void *ctx, const char *msg); /* NULL: silent */
    void *ctx;
} huse_remote_options;

/** Asks who answers: one request. NETWORK: nobody, or nonsense; BAD_DATA: a token file that is none. */
huse_status huse_remote_ask(huse_remote_identity *id, const huse_remote_place *place, const huse_remote_options *o,
                            volatile const int *stop, huse_err *err) HUSE_MUST_CHECK;
/** BAD_DATA says in what @now differs from what was @known. Another @place than before may call the model otherwise. */
huse_status huse_remote_same(const huse_remote_identity *known, const huse_remote_identity *now, bool same_place, huse_err *err) HUSE_MUST_CHECK;
/** Name of the folder of rows, by the model's name alone. */
void        huse_remote_name(char out[64], const char *model);
#define HUSE_REMOTE_PREFIX "remote-"
/** What the rows' hash is made of: model, width and probe. */
huse_key    huse_remote_hash(const huse_remote_identity *id);

/** An encoder whose rows are sentence vectors of length 1. Opening asks nobody. Its first request asks for the probe too: another model than
 *  @id is NETWORK, and no vector of it is used. Thread-safe; one call at a time is served. */
huse_text_encoder *huse_remote_new(const huse_remote_place *place, const huse_remote_identity *id, const huse_remote_options *o);
/** A call with so many texts goes on its way in several requests at once. */
#define HUSE_REMOTE_AT_ONCE ((size_t)1024)

#endif
