/* A parsed query in vectors. */
#ifndef HUSE_ASK_H
#define HUSE_ASK_H

#include "query/engine.h"
#include "query/rerank.h"

/** Trained: vector[0] (D) is the query in the shared space. Untrained: vector[0] lies in sentence space, vector[1] among the centred rows
 *  of pictures; together they are of length 1, and one that no term concerns is NULL. */
typedef struct huse_asked {
    float               *vector[2];
    size_t               dim[2];
    huse_attribute_words words; /* trained, with words in the query; else empty */
    double               share; /* of the weight that lies on words: it scales the mix m */
    int32_t              named[HUSE_QUERY_MAX_TERMS]; /* items that the query names: no answers to it */
    size_t               n_named;
    huse_err             unanswered; /* why the words' meaning does not count (status not OK): their remote encoder does not answer */
} huse_asked;

/** Encodes the terms. NOT_FOUND: no such item or class, or none that the model knows; BAD_DATA: encoders or pictures; USAGE: terms that
 *  cancel each other out; NETWORK: a remote encoder does not answer, and the words alone say nothing to this model; INTERRUPTED: @stop
 *  (NULL: none) was set meanwhile. *error_at: offset of the term at fault. Free with huse_asked_fini, after a failure, too. */
huse_status huse_ask(huse_asked *a, huse_engine *e, huse_pool *pool, const huse_terms *terms, huse_target target, volatile const int *stop,
                     size_t *error_at, huse_err *err) HUSE_MUST_CHECK;
void        huse_asked_fini(huse_asked *a);

#endif
