/* What goes to an OpenAI-compatible /v1/embeddings and what comes back. Pure. */
#ifndef HUSE_REMOTE_ANSWER_H
#define HUSE_REMOTE_ANSWER_H

#include "base/base.h"

enum { HUSE_REMOTE_DIM_MAX = 16384, HUSE_REMOTE_NAME_MAX = 256 };

/** Where an encoder is: "https://host/v1#MODEL". Free with huse_remote_place_free. */
typedef struct huse_remote_place {
    char *base;   /* "https://host:443/v1", normalised, no slash behind it */
    char *url;    /* base and /embeddings */
    char *model;  /* printable ASCII */
    char *origin; /* "https://host:443" */
    char *host;
    bool  https;
} huse_remote_place;

/** Takes @s apart. USAGE says what is wrong with it: no http or https address, a "?" in it, no model behind "#". */
huse_status huse_remote_place_parse(huse_remote_place *p, const char *s, huse_err *err) HUSE_MUST_CHECK;
void        huse_remote_place_free(huse_remote_place *p);
/** Whether @s is meant to be one. */
bool        huse_remote_place_is(const char *s);
/** "https://host/v1#MODEL" as a person writes it. Fresh memory. */
char       *huse_remote_place_text(const huse_remote_place *p);

/** The body of a request for @n texts: any bytes, those that are no UTF-8 become U+FFFD; a text without anything is sent as one space.
 *  Fresh memory. */
char *huse_remote_request(const char *model, const char *const *text, const size_t *bytes, size_t n);

/** Vectors of a request's texts, in their order, each of length 1. free(row). */
typedef struct huse_remote_answer {
    size_t dim;
    float *row;  /* (n,dim) */
    char   model[HUSE_REMOTE_NAME_MAX]; /* as the server calls it; "" when it does not say */
} huse_remote_answer;

/** The longest answer that is read: @dim 0: not known yet. */
uint64_t huse_remote_answer_max(size_t n, size_t dim);

/** BAD_DATA: no JSON, an error in place of an answer, another number of vectors than @n, an index that is missing, twice or too large,
 *  vectors of different lengths, of none or of more than HUSE_REMOTE_DIM_MAX numbers, a number that is not finite, a vector of zeros. */
huse_status huse_remote_answer_parse(huse_remote_answer *a, const char *json, size_t bytes, size_t n, huse_err *err) HUSE_MUST_CHECK;

/** What a body that is no success says of itself, in at most 160 bytes: the "message" of its "error", or nothing. Whatever holds @token
 *  (NULL: none) is not said. */
void huse_remote_answer_fault(char out[161], const char *body, const char *token);

#endif
