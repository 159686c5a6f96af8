/* A scratch folder, files in it, and imports from them: shared by the tests of the catalogue. */
#ifndef DATA_FIXTURE_H
#define DATA_FIXTURE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "data/catalogue.h"

#define OK(expr) assert_int_equal((expr), HUSE_OK)

typedef struct fixture {
    char dir[64];
    huse_workspace *ws;
    huse_import_report report;
    huse_err err;
} fixture;

static char *fx_path(const fixture *f, const char *name)
{
    static char path[8][512];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", f->dir, name);
    return path[turn];
}

static void fx_write(const fixture *f, const char *name, const void *data, size_t n)
{
    char *path = fx_path(f, name), *slash = strrchr(path, '/');
    *slash = '\0';
    OK(huse_fs_mkdirs(path, NULL));
    *slash = '/';
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(data, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
}

static void fx_text(const fixture *f, const char *name, const char *text)
{
    fx_write(f, name, text, strlen(text));
}

static int fx_setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/huse-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    OK(huse_workspace_open(&f->ws, fx_path(f, "ws"), HUSE_OPEN_CREATE, &f->err));
    *state = f;
    return 0;
}

static int fx_teardown(void **state)
{
    fixture *f = *state;
    huse_workspace_close(f->ws);
    OK(huse_fs_remove_tree(f->dir, NULL));
    free(f);
    return 0;
}

static inline huse_status fx_import_with(fixture *f, const char *name,
                                         const huse_import_options *opt)
{
    memset(&f->err, 0, sizeof f->err);
    memset(&f->report, 0, sizeof f->report);
    return huse_import(f->ws, fx_path(f, name), opt, &f->report, &f->err);
}

/* Writes a file and imports it. */
static inline huse_status fx_import(fixture *f, const char *name, const char *text,
                                    const huse_import_options *opt)
{
    fx_text(f, name, text);
    return fx_import_with(f, name, opt);
}

static inline huse_items *fx_load(fixture *f)
{
    huse_items *items = NULL;
    OK(huse_items_load(&items, f->ws, &f->err));
    return items;
}

static inline size_t fx_count(fixture *f)
{
    huse_items *items = fx_load(f);
    size_t n = items->n;
    huse_items_free(items);
    return n;
}

/* The error message of a failed call holds a text. */
#define FX_SAYS(f, text)                                                                           \
    do {                                                                                           \
        if (!strstr((f)->err.msg, text))                                                           \
            fail_msg("expected \"%s\" in \"%s\"", text, (f)->err.msg);                             \
    } while (0)

#endif
