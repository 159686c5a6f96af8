/* One small trained space for all tests of a file. */
#ifndef TRAINED_SPACE_H
#define TRAINED_SPACE_H

#include "small_space.h"

static small_space *space;
static huse_err err;

static int setup(void **state)
{
    (void)state;
    space = small_space_new(NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    small_space_free(space);
    return 0;
}

#endif
