/* Files that the text tests need: golden values and the MiniLM weights. Either may be missing; then
 * the test is skipped. */
#ifndef HUSE_TESTS_TEXT_FILES_H
#define HUSE_TESTS_TEXT_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/fs.h"

/** $GOLDEN/name; skips the test when there is none. */
static inline char *golden_path(const char *name)
{
    const char *dir = getenv("GOLDEN");
    char *path = huse_fs_join(dir ? dir : "tests/golden", name);
    if (!huse_fs_exists(path)) {
        free(path);
        skip();
    }
    return path;
}

static inline json_t *golden_json(const char *name)
{
    char *path = golden_path(name);
    json_error_t e;
    json_t *j = json_load_file(path, JSON_ALLOW_NUL, &e);
    free(path);
    assert_non_null(j);
    return j;
}

/** The folder of a model under $HUSE_TEST_MODELS or where `make models` puts it; skips when it is
 * not there. */
static inline char *model_dir(const char *name)
{
    const char *set = getenv("HUSE_TEST_MODELS"), *ours = getenv("HUSE_TUI_MODELS"),
               *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    char *dir;
    if (set || ours)
        dir = huse_fs_join(set ? set : ours, name);
    else if (data)
        dir = huse_format("%s/huse-tui/models/%s", data, name);
    else
        dir = huse_format("%s/.local/share/huse-tui/models/%s", home ? home : "", name);
    char *file = huse_fs_join(dir, "model.safetensors");
    bool there = huse_fs_exists(file);
    free(file);
    if (!there) {
        free(dir);
        skip();
    }
    return dir;
}

static inline char *read_whole(const char *dir, const char *name, size_t *n)
{
    huse_err err;
    char *path = huse_fs_join(dir, name), *data = NULL;
    if (huse_fs_read(path, (size_t)1 << 30, &data, n, &err) != HUSE_OK)
        fail_msg("%s", err.msg);
    free(path);
    return data;
}

#endif
