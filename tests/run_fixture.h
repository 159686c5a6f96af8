/* What tests of runs share beside the catalogue of tests/train_fixture.h: what the trainer says, and the plain shape of it. */
#ifndef RUN_FIXTURE_H
#define RUN_FIXTURE_H

#include "data_fixture.h"
#include "train_fixture.h"

typedef struct heard {
    char text[4096];
} heard;

static inline void hear(void *ctx, const char *text)
{
    heard *h = ctx;
    strncat(h->text, text, sizeof h->text - strlen(h->text) - 1);
}

/* @n items; every @val-th is of the val split, the others of train. */
static inline void fill(fixture *f, size_t n, size_t val, bool texts)
{
    fill_shape(f, &(shape){ .n = n, .val = val, .texts = texts });
}

#endif
