#include "data/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "data/classes.h"
#include "data/db.h"
#include "data/source.h"
#include "data/split.h"

enum { SKIPPED_SHOWN = 100000, LABEL_BYTES = 200 };

struct import {
    huse_source src;
    const huse_import_options *opt;
    huse_import_report report;
    huse_buf skipped; /* lines of the skip file */
    huse_buf guess;   /* columns taken by other names, as --columns would */
    huse_buf class;   /* the class path at hand, its parts trimmed */
    char first_bad[512];
    size_t total; /* bytes of the source */
};

void huse_source_free(huse_source *s)
{
    huse_strpool_free(&s->pool);
    huse_strmap_free(&s->ids);
    huse_strmap_free(&s->classes);
    free(s->item);
    free(s->picture);
    free((void *)s->class_path);
    *s = (huse_source){0};
}

static huse_status bad_field(huse_field f, huse_field *at, huse_err *err, const char *what)
{
    *at = f;
    return huse_fail(err, HUSE_BAD_DATA, "%s", what);
}

/* Bytes of what parts a class path at s[i]: "/", or the " > " of shops' exports; else 0. */
static size_t class_separator(huse_str s, size_t i)
{
    if (s.s[i] == '/')
        return 1;
    return i + 3 <= s.n && memcmp(s.s + i, " > ", 3) == 0 ? 3 : 0;
}

/* The class path with its parts trimmed, as an index; -1 when the field is empty. */
static huse_status take_class(struct import *im, huse_str s, int32_t *cls, huse_field *at,
                              huse_err *err)
{
    huse_source *src = &im->src;
    *cls = -1;
    if (huse_str_trim(s).n == 0)
        return HUSE_OK;
    im->class.len = 0;
    for (size_t start = 0, i = 0, gap; i <= s.n; i++) {
        gap = i < s.n ? class_separator(s, i) : 1;
        if (gap == 0)
            continue;
        huse_str part = huse_str_trim((huse_str){s.s + start, i - start});
        if (start > 0)
            huse_buf_add(&im->class, "/", 1);
        huse_buf_add(&im->class, part.s, part.n);
        start = i + gap;
        i = start - 1;
    }
    const char *what = huse_class_path_fault(im->class.data, im->class.len);
    if (what)
        return bad_field(HUSE_FIELD_CLASS, at, err, what);
    int64_t known = huse_strmap_find(&src->classes, im->class.data, im->class.len);
    if (known != HUSE_STRMAP_NONE) {
        *cls = (int32_t)known;
        return HUSE_OK;
    }
    if (src->n_classes == src->cap_classes) {
        src->cap_classes = src->cap_classes ? src->cap_classes * 2 : 64;
        src->class_path =
            huse_xrealloc((void *)src->class_path, src->cap_classes * sizeof *src->class_path);
    }
    const char *path = huse_strpool_add(&src->pool, im->class.data, im->class.len);
    *cls = (int32_t)src->n_classes;
    huse_strmap_add(&src->classes, path, im->class.len, (uint32_t)src->n_classes);
    src->class_path[src->n_classes++] = path;
    return HUSE_OK;
}

static huse_status check_id(huse_str id, huse_field *at, huse_err *err)
{
    if (id.n == 0)
        return bad_field(HUSE_FIELD_ID, at, err, "a row without an id");
    if (id.n > HUSE_ID_BYTES)
        return bad_field(HUSE_FIELD_ID, at, err, "an id of more than 1,024 bytes");
    if (memchr(id.s, '\n', id.n) || memchr(id.s, '\r', id.n))
        return bad_field(HUSE_FIELD_ID, at, err, "an id with a line break");
    return HUSE_OK;
}

/* Everything of a row but its id, checked, in *x. */
static huse_status check_row(struct import *im, const huse_record *r, huse_source_item *x,
                             huse_field *at, huse_err *err)
{
    huse_str text = r->field[HUSE_FIELD_TEXT], split = huse_str_trim(r->field[HUSE_FIELD_SPLIT]);
    HUSE_TRY(take_class(im, r->field[HUSE_FIELD_CLASS], &x->cls, at, err));
    if (!huse_split_parse(split.s, split.n, &x->split)) {
        *at = HUSE_FIELD_SPLIT;
        return huse_fail(err, HUSE_BAD_DATA,
                         "unknown split \"%.*s\" (train, val and test are known)",
                         huse_str_clip(split, 40), split.s);
    }
    for (size_t i = 0; i < r->n_pictures; i++) {
        if (r->picture[i].n > HUSE_PICTURE_BYTES)
            return bad_field(HUSE_FIELD_IMAGE, at, err,
                             "a picture's path of more than 8,192 bytes");
    }
    if (huse_str_trim(text).n > 0) {
        x->text = text.s; /* the row's own until the item is kept */
        x->text_n = (uint32_t)text.n;
    }
    return HUSE_OK;
}

static huse_status differs(huse_field f, const huse_source_item *first, bool here, bool there,
                           huse_field *at, huse_err *err)
{
    char place[48] = "its first row";
    *at = f;
    if (first->line)
        snprintf(place, sizeof place, "its row in line %zu", first->line);
    return huse_fail(err, HUSE_BAD_DATA, "one id with two %s: id \"%.*s\" has %s in %s",
                     f == HUSE_FIELD_CLASS  ? "classes"
                     : f == HUSE_FIELD_TEXT ? "texts"
                                            : "splits",
                     huse_str_clip((huse_str){first->id, strlen(first->id)}, 60), first->id,
                     !there ? "none"
                     : here ? "another"
                            : "one",
                     place);
}

/* A further row of an id must say what the first said. */
static huse_status check_same(const huse_source_item *first, const huse_source_item *x,
                              huse_field *at, huse_err *err)
{
    if (first->text_n != x->text_n || !first->text != !x->text ||
        (x->text && memcmp(first->text, x->text, x->text_n) != 0))
        return differs(HUSE_FIELD_TEXT, first, x->text, first->text, at, err);
    if (first->cls != x->cls)
        return differs(HUSE_FIELD_CLASS, first, x->cls >= 0, first->cls >= 0, at, err);
    if (first->split != x->split)
        return differs(HUSE_FIELD_SPLIT, first, x->split, first->split, at, err);
    return HUSE_OK;
}

static bool has_picture(const huse_source *src, const huse_source_item *x, huse_str path)
{
    for (uint32_t p = x->first; p != HUSE_NO_PICTURE; p = src->picture[p].next)
        if (strlen(src->picture[p].path) == path.n &&
            memcmp(src->picture[p].path, path.s, path.n) == 0)
            return true;
    return false;
}

static void add_pictures(struct import *im, huse_source_item *x, const huse_record *r)
{
    huse_source *src = &im->src;
    for (size_t i = 0; i < r->n_pictures; i++) {
        if (has_picture(src, x, r->picture[i]))
            continue;
        if (src->n_pictures == src->cap_pictures) {
            src->cap_pictures = src->cap_pictures ? src->cap_pictures * 2 : 1024;
            src->picture = huse_xrealloc(src->picture, src->cap_pictures * sizeof *src->picture);
        }
        HUSE_ASSERT(src->n_pictures < HUSE_NO_PICTURE);
        uint32_t p = (uint32_t)src->n_pictures++;
        src->picture[p] = (huse_source_picture){
            huse_strpool_add(&src->pool, r->picture[i].s, r->picture[i].n), HUSE_NO_PICTURE};
        if (x->n_pictures++ == 0)
            x->first = p;
        else
            src->picture[x->last].next = p;
        x->last = p;
    }
}

static huse_source_item *new_item(huse_source *src, huse_str id)
{
    if (src->n == src->cap) {
        src->cap = src->cap ? src->cap * 2 : 1024;
        src->item = huse_xrealloc(src->item, src->cap * sizeof *src->item);
    }
    HUSE_ASSERT(src->n < INT32_MAX);
    huse_source_item *x = &src->item[src->n];
    *x = (huse_source_item){.id = huse_strpool_add(&src->pool, id.s, id.n),
                            .cls = -1,
                            .first = HUSE_NO_PICTURE,
                            .last = HUSE_NO_PICTURE,
                            .only_bad = true};
    huse_strmap_add(&src->ids, x->id, id.n, (uint32_t)src->n++);
    return x;
}

static huse_status take_row(void *ctx, const huse_record *r, huse_field *at, huse_err *err)
{
    struct import *im = ctx;
    huse_source_item row = {.cls = -1};
    HUSE_TRY(check_id(r->field[HUSE_FIELD_ID], at, err));
    int64_t i =
        huse_strmap_find(&im->src.ids, r->field[HUSE_FIELD_ID].s, r->field[HUSE_FIELD_ID].n);
    huse_source_item *x =
        i == HUSE_STRMAP_NONE ? new_item(&im->src, r->field[HUSE_FIELD_ID]) : &im->src.item[i];
    HUSE_TRY(check_row(im, r, &row, at, err));
    if (x->n_pictures + r->n_pictures > HUSE_ITEM_PICTURES)
        return bad_field(HUSE_FIELD_IMAGE, at, err, "more than 256 pictures of one item");
    if (!x->only_bad)
        HUSE_TRY(check_same(x, &row, at, err));
    else if (row.text)
        x->text = huse_strpool_add(&im->src.pool, row.text, row.text_n);
    if (x->only_bad) {
        x->text_n = row.text_n;
        x->cls = row.cls;
        x->split = row.split;
        x->line = r->line;
        x->only_bad = false;
    }
    add_pictures(im, x, r);
    im->report.rows++;
    return HUSE_OK;
}

/* Without skip_bad the first bad row ends the import; with it, it becomes a line of the skip file.
 */
static huse_status take_bad(void *ctx, const char *file, size_t line, size_t column, huse_err *err)
{
    struct import *im = ctx;
    if (line && column)
        huse_fail_prefix(err, "%s:%zu:%zu", file, line, column);
    else
        huse_fail_prefix(err, "%s", file);
    if (!im->opt->skip_bad)
        return err->status;
    if (im->report.skipped++ == 0)
        snprintf(im->first_bad, sizeof im->first_bad, "%s", err->msg);
    if (im->report.skipped <= SKIPPED_SHOWN) {
        huse_text_sanitise_to(&im->skipped, err->msg, strlen(err->msg));
        huse_buf_add(&im->skipped, "\n", 1);
    }
    return HUSE_OK;
}

static void tell(void *ctx, size_t bytes)
{
    struct import *im = ctx;
    if (im->opt->progress)
        im->opt->progress(im->opt->ctx, im->report.rows, bytes, im->total);
}

static bool ends_with(const char *s, const char *ending)
{
    size_t n = strlen(s), e = strlen(ending);
    return n >= e && strcasecmp(s + n - e, ending) == 0;
}

/* The first character of a text that is not white space, 0 when there is none nearby. */
static char first_character(const huse_window *w)
{
    const char *p = huse_window_at(w);
    size_t i = w->n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < w->n && strchr(" \t\r\n", p[i]))
        i++;
    return i < w->n ? p[i] : '\0';
}

static huse_status read_text_source(struct import *im, int fd, const char *source,
                                    const char *label, huse_err *err)
{
    huse_sink sink = {take_row, take_bad, tell, im};
    huse_columns columns = {0};
    huse_window w;
    HUSE_TRY(huse_columns_parse(&columns, im->opt->columns, err));
    columns.guess = &im->guess;
    huse_window_file(&w, fd);
    huse_status s = huse_window_fill(&w, err);
    char first = s == HUSE_OK ? first_character(&w) : '\0';
    bool csv = ends_with(source, ".csv"),
         jsonl = ends_with(source, ".jsonl") || ends_with(source, ".ndjson");
    if (s != HUSE_OK)
        huse_fail_prefix(err, "%s", label);
    else if (jsonl || (!csv && first == '{'))
        s = huse_jsonl_read(&w, label, &columns, &sink, err);
    else if (!csv && first == '[')
        s = huse_fail(err, HUSE_BAD_DATA, "%s:1:1: a JSON list; JSONL holds one object a line",
                      label);
    else
        s = huse_csv_read(&w, label, &columns, &sink, err);
    huse_window_free(&w);
    huse_columns_free(&columns);
    return s;
}

static huse_status read_file(struct import *im, const char *source, const char *label,
                             huse_err *err)
{
    struct stat st;
    int fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return huse_fail_errno(err, "cannot open %s", label);
    huse_status s = HUSE_OK;
    if (fstat(fd, &st) != 0)
        s = huse_fail_errno(err, "cannot read %s", label);
    else if (!S_ISREG(st.st_mode))
        s = huse_fail(err, HUSE_BAD_DATA, "%s is neither a file nor a folder", label);
    if (s == HUSE_OK) {
        im->total = (size_t)st.st_size;
        s = read_text_source(im, fd, source, label, err);
    }
    close(fd);
    return s;
}

static huse_status read_tree(struct import *im, const char *source, const char *workspace,
                             huse_err *err)
{
    huse_sink sink = {take_row, take_bad, NULL, im};
    struct stat st = {0};
    if (im->opt->images || im->opt->columns)
        return huse_fail(err, HUSE_USAGE,
                         "a folder tree has no columns, and its pictures are its own");
    if (stat(workspace, &st) != 0)
        return huse_fail_errno(err, "cannot read %s", workspace);
    return huse_tree_read(source, st.st_dev, st.st_ino, &sink, err);
}

/* The folder that picture paths are relative to: absolute, or relative to the workspace when inside
 * it. Fresh memory. */
static huse_status find_root(const char *source, bool tree, const char *images,
                             const char *workspace, char **root, huse_err *err)
{
    const char *slash = strrchr(source, '/');
    char *folder = images || tree    ? huse_xstrdup(images ? images : source)
                   : !slash          ? huse_xstrdup(".")
                   : slash == source ? huse_xstrdup("/")
                                     : huse_xstrndup(source, (size_t)(slash - source));
    char *full = realpath(folder, NULL);
    huse_status s = HUSE_OK;
    size_t n = strlen(workspace);
    if (!full)
        s = huse_fail_errno(err, "cannot find the pictures' folder %s", folder);
    else if (!huse_fs_is_dir(full))
        s = huse_fail(err, HUSE_BAD_DATA, "%s is no folder of pictures", folder);
    else if (strcmp(full, workspace) == 0)
        *root = huse_xstrdup(".");
    else if (strncmp(full, workspace, n) == 0 && full[n] == '/')
        *root = huse_xstrdup(full + n + 1);
    else
        *root = huse_xstrdup(full);
    free(folder);
    free(full);
    return s;
}

/* Fails on a source without one good row: with --prune it would empty the workspace. */
static huse_status check_rows(const struct import *im, const char *label, huse_err *err)
{
    if (im->report.rows > 0)
        return HUSE_OK;
    if (im->report.skipped > 0)
        return huse_fail(err, HUSE_BAD_DATA, "all %zu rows are bad, the first: %s",
                         im->report.skipped, im->first_bad);
    return huse_fail(err, HUSE_BAD_DATA, "%s holds no items", label);
}

static void count_items(struct import *im)
{
    huse_import_report *r = &im->report;
    for (size_t i = 0; i < im->src.n; i++) {
        const huse_source_item *x = &im->src.item[i];
        if (x->only_bad)
            continue;
        r->pictures += x->n_pictures;
        r->without_image += x->n_pictures == 0;
        r->without_text += !x->text;
        r->without_class += x->cls < 0;
    }
}

static huse_status write_skipped(struct import *im, const char *workspace, huse_err *err)
{
    if (!im->opt->skip_bad)
        return HUSE_OK;
    char *own = huse_fs_join(workspace, "import-skipped.txt");
    huse_status s = HUSE_OK;
    if (im->report.skipped > SKIPPED_SHOWN)
        huse_buf_fmt(&im->skipped, "and %zu more\n", im->report.skipped - SKIPPED_SHOWN);
    if (im->report.skipped > 0 || im->opt->skip_file)
        s = huse_fs_write_atomic(im->opt->skip_file ? im->opt->skip_file : own,
                                 im->skipped.data ? im->skipped.data : "", im->skipped.len, err);
    else
        unlink(own); /* an older import's list would mislead */
    free(own);
    return s;
}

static huse_status apply(struct import *im, huse_workspace *ws, const char *root, huse_err *err)
{
    sqlite3 *db = huse_workspace_db(ws);
    int64_t classes = 0;
    HUSE_TRY(huse_db_exec(db, "PRAGMA cache_size=-65536", err));
    HUSE_TRY(huse_db_begin(db, err));
    huse_status s = huse_source_apply(db, &im->src, root, im->opt->prune, &im->report, err);
    if (s == HUSE_OK)
        s = write_skipped(im, huse_workspace_dir(ws), err);
    if (s == HUSE_OK)
        s = huse_db_number(db, "SELECT count(DISTINCT class) FROM items", &classes, err);
    im->report.classes = (size_t)classes;
    if (s == HUSE_OK)
        s = huse_db_commit(db, err);
    huse_db_rollback(db);
    sqlite3_exec(db, "PRAGMA cache_size=-2000; PRAGMA shrink_memory", NULL, NULL, NULL);
    return s;
}

huse_status huse_import(huse_workspace *ws, const char *source, const huse_import_options *opt,
                        huse_import_report *report, huse_err *caller_err)
{
    static const huse_import_options none = {0};
    struct import im = {.opt = opt ? opt : &none};
    const char *slash = strrchr(source, '/');
    const char *label = strlen(source) > LABEL_BYTES && slash && slash[1] ? slash + 1 : source;
    bool tree = huse_fs_is_dir(source);
    char *root = NULL;
    huse_err err = {0};

    huse_status s = huse_workspace_need_write(ws, &err);
    if (s == HUSE_OK)
        s = find_root(source, tree, im.opt->images, huse_workspace_dir(ws), &root, &err);
    if (s == HUSE_OK)
        s = tree ? read_tree(&im, source, huse_workspace_dir(ws), &err)
                 : read_file(&im, source, label, &err);
    if (s == HUSE_OK)
        s = check_rows(&im, label, &err);
    if (s == HUSE_OK) {
        count_items(&im);
        s = apply(&im, ws, root, &err);
    }
    if (s == HUSE_OK) {
        tell(&im, im.total);
        if (report) {
            *report = im.report;
            huse_str guess = {im.guess.data, im.guess.len};
            snprintf(report->columns, sizeof report->columns, "%.*s",
                     huse_str_clip(guess, sizeof report->columns - 1), guess.n ? guess.s : "");
        }
    } else if (caller_err) {
        *caller_err = err;
    }
    free(root);
    huse_buf_free(&im.skipped);
    huse_buf_free(&im.guess);
    huse_buf_free(&im.class);
    huse_source_free(&im.src);
    return s;
}
