/* A fresh directory for a test, removed by the test itself. */
#ifndef TESTS_TMPDIR_H
#define TESTS_TMPDIR_H

#include <stdlib.h>

#include "base/fs.h"

/* Fresh memory. */
static inline char *tmpdir_make(void)
{
    char *dir = huse_xstrdup("/tmp/huse-test-XXXXXX");
    HUSE_ASSERT(mkdtemp(dir) != NULL);
    return dir;
}

/* Removes it with all that is in it, and frees the name. */
static inline void tmpdir_remove(char *dir)
{
    HUSE_ASSERT(huse_fs_remove_tree(dir, NULL) == HUSE_OK);
    free(dir);
}

#endif
