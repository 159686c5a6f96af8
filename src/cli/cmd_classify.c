#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "data/embed.h"
#include "data/fetch.h"

enum { BATCH = 64 };

/* Where the answers go. */
typedef struct sink {
    const cli        *c;
    const cli_asking *a;
    bool       json, jsonl, plain;
    json_t    *list;
    size_t     given;
    double     min_p;
} sink;

static sink sink_new(const cli *c, const cli_asking *a)
{
    return (sink){.c = c, .a = a, .json = cli_flag(c, "json"), .jsonl = cli_flag(c, "jsonl"), .plain = cli_flag(c, "plain"), .list = json_array(),
                  .min_p = cli_real(c, "min-p")};
}

static void sink_json(sink *s, json_t *j)
{
    if (s->jsonl)
        out_json(j, true);
    else
        json_array_append_new(s->list, j);
}

/* The answer on one item. @fused: best first; NULL when nothing of the item could be used. */
static void give(sink *s, const char *id, const char *text, const char *path, const huse_class_score *image, const huse_class_score *words,
                 const huse_class_score *fused, size_t n, const char *why)
{
    if (fused && n && (double)fused[0].p < s->min_p)
        return;
    s->given++;
    const char *best = fused && n ? fused[0].class_path : NULL;
    if (s->json || s->jsonl) {
        json_t *j = json_object();
        json_object_set_new(j, "id", out_json_str(id));
        json_object_set_new(j, "text", out_json_str(text));
        out_json_path(j, "path", path);
        json_object_set_new(j, "class", out_json_str(best ? cli_class_name(best) : NULL));
        json_object_set_new(j, "class_path", out_json_str(best));
        json_object_set_new(j, "p", best ? out_json_real((double)fused[0].p) : json_null());
        json_object_set_new(j, "classes", cli_json_scores(fused, n));
        json_object_set_new(j, "image_says", cli_json_scores(image, n));
        json_object_set_new(j, "text_says", cli_json_scores(words, n));
        json_object_set_new(j, "why", out_json_str(why));
        sink_json(s, j);
        return;
    }
    char p[24] = "", share[16];
    if (s->plain) {
        if (best)
            snprintf(p, sizeof p, "%.6f", (double)fused[0].p);
        const char *field[] = {id, best ? best : "", p, why ? why : ""};
        out_fields(field, HUSE_COUNT(field));
        return;
    }
    out_cell(OUT_PLAIN, 18, id);
    out_add(OUT_PLAIN, "  ");
    for (size_t k = 0; fused && k < n; k++)
        out_add(k ? OUT_DIM : OUT_BOLD, "%s%s %s", k ? ", " : "", k ? cli_class_label(s->a, fused[k].class_path) : fused[k].class_path,
                cli_share(share, (double)fused[k].p, 2));
    if (why)
        out_add(OUT_WARN, "  ! %s", why);
    out_end();
}

static huse_status finish(sink *s, const cli_asking *a, const char *schema, size_t total)
{
    if (s->json) {
        json_t *j = cli_json_head(a, schema);
        json_object_set_new(j, "total", out_json_count(total));
        json_object_set_new(j, "results", json_incref(s->list));
        out_json(j, false);
    }
    json_decref(s->list);
    return HUSE_OK;
}

/* ---- items of the workspace ---- */

static huse_status classify_own(cli_asking *a, sink *s, size_t k, size_t *total, huse_err *err)
{
    size_t unknown = 0, n = HUSE_MIN(k, huse_engine_classes(a->engine));
    for (size_t i = 0; i < a->items->n; i++) {
        const huse_item  *it = &a->items->item[i];
        huse_class_score *image = NULL, *text = NULL, *fused = NULL;
        if (it->cls >= 0)
            continue;
        huse_status status = huse_classify_item(a->engine, i, n, &image, &text, &fused, err);
        if (status == HUSE_OK) {
            char *path = cli_item_path(a->items, it);
            give(s, it->id, it->text, path, image, text, fused, n, NULL);
            free(path);
        }
        free(image);
        free(text);
        free(fused);
        ++*total;
        unknown += status == HUSE_NOT_FOUND;
        if (status != HUSE_OK && status != HUSE_NOT_FOUND)
            return status;
    }
    if (unknown)
        out_note("%zu items without a class are not in the model: they came later, or have neither text nor picture; “huse-tui embed %.100s” "
                 "brings the model up to date", unknown, a->c->arg[0]);
    return HUSE_OK;
}

/* ---- items of a file ---- */

/* One batch of a file: of each item its text, what is said of its first picture, and where that is read. */
typedef struct batch {
    const char *text[BATCH];
    char       *path[BATCH], *read[BATCH]; /* NULL: none */
    int         fd[BATCH];
    char        why[BATCH][512];
} batch;

/* Path of a picture; refused like an import's pictures when it leaves its root or is no regular file. */
static char *safe_picture(const huse_picture *p, char why[512])
{
    const char *below;
    huse_err    err;
    int         fd, root = open(p->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 || huse_picture_open(root, p, &below, &fd, &err) != HUSE_OK) {
        snprintf(why, 512, "%s", root < 0 ? "the folder of the pictures is missing" : err.msg);
        fd = -1;
    }
    if (root >= 0)
        close(root);
    if (fd < 0)
        return NULL;
    close(fd);
    return cli_picture_path(p);
}

/* What came from a picture's address, as an open file; NULL with the reason when nothing did. */
static char *fetched_picture(huse_fetch *f, size_t picture, int *fd, char why[512])
{
    huse_fetch_outcome o = huse_fetch_outcome_of(f, picture);
    huse_err           err;
    if (o.state != HUSE_FETCH_THERE)
        snprintf(why, 512, "%s", o.why ? o.why : "not fetched");
    else if (huse_fetch_read(f, &o.key, fd, &err) != HUSE_OK)
        snprintf(why, 512, "%s", err.msg);
    else
        return huse_format("/proc/self/fd/%d", *fd);
    return NULL;
}

static void find_picture(batch *b, size_t i, const huse_items *items, const huse_item *it, huse_fetch *f)
{
    const huse_picture *p = it->n_pictures ? &items->picture[it->picture] : NULL;
    if (p && huse_text_is_address(p->path)) {
        b->path[i] = huse_xstrdup(p->path);
        b->read[i] = fetched_picture(f, it->picture, &b->fd[i], b->why[i]);
    } else if (p) {
        b->read[i] = safe_picture(p, b->why[i]);
        b->path[i] = b->read[i] ? huse_xstrdup(b->read[i]) : NULL;
    }
}

/* What is wrong with a picture, by the name that the file gives it. */
static void name_fault(batch *b, size_t i, const char *why)
{
    size_t n = b->read[i] ? strlen(b->read[i]) : 0;
    if (why && n && strncmp(why, b->read[i], n) == 0)
        snprintf(b->why[i], sizeof b->why[i], "%.200s%s", b->path[i], why + n);
    else if (why)
        snprintf(b->why[i], sizeof b->why[i], "%s", why);
}

static huse_status classify_batch(cli_asking *a, sink *s, const huse_items *items, huse_fetch *f, size_t first, size_t n, size_t k,
                                  huse_err *err)
{
    batch       *b = huse_xcalloc(1, sizeof *b);
    huse_opinion o[BATCH];
    memset(o, 0, sizeof o);
    for (size_t i = 0; i < n; i++) {
        b->fd[i] = -1;
        b->text[i] = items->item[first + i].text;
        find_picture(b, i, items, &items->item[first + i], f);
    }
    huse_status status = huse_classify_new(a->engine, b->text, (const char *const *)b->read, n, k, o, err);
    for (size_t i = 0; i < n; i++) {
        name_fault(b, i, o[i].why);
        if (status == HUSE_OK)
            give(s, items->item[first + i].id, b->text[i], b->path[i], o[i].image, o[i].text, o[i].fusion, o[i].n,
                 b->why[i][0] ? b->why[i] : NULL);
        huse_opinion_free(&o[i]);
        free(b->path[i]);
        free(b->read[i]);
        if (b->fd[i] >= 0)
            close(b->fd[i]);
    }
    free(b);
    return status;
}

/* Waits for the pictures before @end that have addresses. */
static huse_status await_pictures(huse_fetch *f, size_t first, size_t end, volatile const int *stop, huse_err *err)
{
    for (bool settled = false; !settled;) {
        if (*stop)
            return huse_fail(err, HUSE_INTERRUPTED, "interrupted");
        HUSE_TRY(huse_fetch_wait(f, first, end - first, 200, &settled, err));
    }
    huse_fetch_release(f, first);
    return HUSE_OK;
}

static huse_status begin_fetch(huse_fetch **f, const char *dir, const huse_items *items, const huse_network *network, huse_err *err)
{
    bool *wanted = huse_xcalloc(items->n_pictures + 1, sizeof *wanted);
    for (size_t i = 0; i < items->n; i++) {
        const huse_item *it = &items->item[i];
        if (it->n_pictures)
            wanted[it->picture] = huse_text_is_address(items->picture[it->picture].path);
    }
    huse_status s = huse_fetch_begin(f, dir, items, wanted, false, network, err);
    free(wanted);
    return s;
}

static huse_status classify_items(cli_asking *a, sink *s, const char *dir, const huse_items *items, size_t k, huse_err *err)
{
    volatile const int *stop = cli_stop_catch();
    cli_progress        progress = {0};
    huse_fetch         *f = NULL;
    huse_status         status = begin_fetch(&f, dir, items, &a->host.host.network, err);
    for (size_t i = 0, picture = 0; status == HUSE_OK && i < items->n; i += BATCH) {
        size_t n = HUSE_MIN((size_t)BATCH, items->n - i), end = picture;
        for (size_t j = i; j < i + n; j++)
            end += items->item[j].n_pictures;
        status = await_pictures(f, picture, end, stop, err);
        if (status == HUSE_OK)
            status = classify_batch(a, s, items, f, i, n, k, err);
        picture = end;
        cli_progress_step(&progress, "classifying", i + n, items->n);
    }
    huse_fetch_end(f);
    return cli_stop_status(status);
}

/* The importer reads the file into a workspace of its own, which lives as long as this call. */
static huse_status classify_file(cli_asking *a, sink *s, const char *file, size_t k, size_t *total, huse_err *err)
{
    const char *tmp = getenv("TMPDIR");
    char       *dir = huse_format("%s/huse-tui-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) {
        huse_status status = huse_fail_errno(err, "cannot make a folder like %s", dir);
        free(dir);
        return status;
    }
    char               *inside = huse_fs_join(dir, "items");
    huse_workspace     *ws = NULL;
    huse_items         *items = NULL;
    huse_import_report  report = {0};
    huse_import_options opt = {.images = cli_str(s->c, "images"), .columns = cli_str(s->c, "columns")};
    huse_status         status = huse_workspace_open(&ws, inside, HUSE_OPEN_CREATE, err);
    if (status == HUSE_OK)
        status = huse_import(ws, file, &opt, &report, err);
    if (status == HUSE_OK)
        status = huse_items_load(&items, ws, err);
    if (status == HUSE_OK)
        status = classify_items(a, s, huse_workspace_dir(ws), items, k, err);
    *total = items ? items->n : 0;
    huse_items_free(items);
    huse_workspace_close(ws);
    huse_err ignored;
    if (huse_fs_remove_tree(dir, &ignored) != HUSE_OK)
        out_note("%s", ignored.msg);
    free(inside);
    free(dir);
    return status;
}

/* ---- suspects ---- */

static void print_suspect(sink *s, const huse_items *items, const huse_suspect *x, size_t rank)
{
    const huse_item *it = &items->item[x->item];
    if (s->json || s->jsonl) {
        json_t *j = json_object();
        json_object_set_new(j, "rank", out_json_count(rank));
        cli_json_item(j, items, (size_t)x->item);
        json_object_set_new(j, "p", out_json_real((double)x->p));
        json_object_set_new(j, "best_class_path", out_json_str(x->best_path));
        json_object_set_new(j, "best_p", out_json_real((double)x->p_best));
        sink_json(s, j);
        return;
    }
    char a[24], b[24];
    if (s->plain) {
        snprintf(a, sizeof a, "%.6f", (double)x->p);
        snprintf(b, sizeof b, "%.6f", (double)x->p_best);
        const char *field[] = {it->id, x->class_path, a, x->best_path, b, it->text ? it->text : ""};
        out_fields(field, HUSE_COUNT(field));
        return;
    }
    out_cell(OUT_PLAIN, 18, it->id);
    out_add(OUT_PLAIN, "  %s %s → ", cli_class_label(s->a, x->class_path), cli_share(a, (double)x->p, 2));
    out_add(OUT_BOLD, "%s", cli_class_label(s->a, x->best_path));
    out_add(OUT_PLAIN, " %s", cli_share(b, (double)x->p_best, 2));
    out_add(OUT_DIM, "   %s", it->text ? it->text : "");
    out_end();
}

static huse_status suspects(cli_asking *a, sink *s, size_t *total, huse_err *err)
{
    static const huse_split split[] = {HUSE_SPLIT_NONE, HUSE_SPLIT_TRAIN, HUSE_SPLIT_VAL, HUSE_SPLIT_TEST};
    huse_suspect *list = NULL;
    size_t        n = 0, k = cli_given(s->c, "count") ? (size_t)cli_int(s->c, "count") : 50;
    HUSE_TRY(huse_suspects(a->engine, split[cli_choice(s->c, "split")], k, &list, &n, total, err));
    for (size_t i = 0; i < n; i++)
        if ((double)list[i].p_best >= s->min_p)
            print_suspect(s, a->items, &list[i], i + 1);
    if (!s->json && !s->jsonl && !s->plain)
        out_note("%zu of %zu items for which another class is more probable", n, *total);
    free(list);
    return HUSE_OK;
}

huse_status cmd_classify(cli *c, huse_err *err)
{
    cli_asking  a;
    bool        doubt = cli_flag(c, "suspects");
    const char *file = c->n_args > 1 ? c->arg[1] : NULL;
    size_t      total = 0, k = (size_t)cli_int(c, "count");
    if (doubt && file)
        return huse_fail(err, HUSE_USAGE, "--suspects looks at the workspace's own items, not at %.80s", file);
    HUSE_TRY(cli_asking_open(&a, c, c->arg[0], err));
    sink        s = sink_new(c, &a);
    huse_status status;
    if (!huse_engine_trained(a.engine))
        status = huse_fail(err, HUSE_NOT_FOUND, "there is no trained model yet: run huse-tui train");
    else if (doubt)
        status = suspects(&a, &s, &total, err);
    else if (file)
        status = classify_file(&a, &s, file, k, &total, err);
    else
        status = classify_own(&a, &s, k, &total, err);
    out_progress_end();
    if (status == HUSE_OK)
        status = finish(&s, &a, doubt ? "suspects" : "classify", total);
    else
        json_decref(s.list);
    if (status == HUSE_OK && !total && !doubt)
        out_note(file ? "%s holds no items" : "every item of %s has a class", file ? file : c->arg[0]);
    cli_asking_close(&a);
    return status;
}
