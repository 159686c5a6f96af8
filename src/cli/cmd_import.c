#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/successor.h"
#include "cli/commands.h"
#include "cli/host.h"
#include "cli/out.h"
#include "huse/workspace.h"

static void on_progress(void *ctx, size_t rows, size_t bytes_done, size_t bytes_total)
{
    (void)ctx;
    if (!out_progress_due())
        return;
    char more[32] = "";
    if (bytes_total)
        snprintf(more, sizeof more, "%.0f %%", 100.0 * (double)bytes_done / (double)bytes_total);
    out_progress("reading, rows", rows, 0, more);
}

static void print_json(const huse_import_report *r, const char *dir, const char *skip_file)
{
    json_t *j = json_object();
    json_object_set_new(j, "schema", json_string("huse-tui/import"));
    json_object_set_new(j, "version", json_integer(1));
    out_json_path(j, "workspace", dir);
    json_object_set_new(j, "rows", out_json_count(r->rows));
    json_object_set_new(j, "added", out_json_count(r->added));
    json_object_set_new(j, "updated", out_json_count(r->updated));
    json_object_set_new(j, "unchanged", out_json_count(r->unchanged));
    json_object_set_new(j, "removed", out_json_count(r->removed));
    json_object_set_new(j, "skipped", out_json_count(r->skipped));
    json_object_set_new(j, "pictures", out_json_count(r->pictures));
    json_object_set_new(j, "without_image", out_json_count(r->without_image));
    json_object_set_new(j, "without_text", out_json_count(r->without_text));
    json_object_set_new(j, "without_class", out_json_count(r->without_class));
    json_object_set_new(j, "classes", out_json_count(r->classes));
    json_object_set_new(j, "columns", out_json_str(r->columns));
    if (r->skipped)
        out_json_path(j, "skip_file", skip_file);
    out_json(j, false);
}

static void add_part(huse_buf *b, size_t n, const char *what)
{
    if (n)
        huse_buf_fmt(b, ", %zu %s", n, what);
}

/* What to do with a catalogue that has just been made, and what it lacks. */
static void name_next(const huse_import_report *r, const char *source, const char *dir)
{
    bool pictures = r->pictures > 0, texts = r->without_text < r->rows;
    if (r->added == 0)
        return;
    if (r->classes >= 2 && pictures) {
        out_note("next: “huse-tui train %.100s” learns from its %zu classes; then “huse-tui search %.100s QUERY”, or “huse-tui %.100s” to look around",
                 dir, r->classes, dir, dir);
        return;
    }
    out_note("next: “huse-tui embed %.100s”; then “huse-tui %.100s” to look around: %s", dir, dir,
             pictures && texts ? "pictures find pictures, words find texts" : pictures ? "pictures find pictures" : "words find texts");
    if (pictures)
        out_note("words find pictures once it is trained, which takes two classes or more: %s",
                 huse_fs_is_dir(source) ? "folders such as Cats/tabby.jpg and Dogs/pug.jpg" : "a column “class”");
    else
        out_note("training takes pictures: a column “image” with their paths; --columns image=NAME if it has another name");
}

static void print_text(const huse_import_report *r, const char *source, const char *dir, const char *skip_file)
{
    huse_buf b = {0};
    huse_buf_fmt(&b, "%zu row%s: %zu item%s added", r->rows, r->rows == 1 ? "" : "s", r->added, r->added == 1 ? "" : "s");
    add_part(&b, r->updated, "updated");
    add_part(&b, r->unchanged, "unchanged");
    add_part(&b, r->removed, "removed");
    add_part(&b, r->skipped, "rows skipped");
    huse_buf_fmt(&b, "; %zu pictures", r->pictures);
    add_part(&b, r->without_image, "without a picture");
    add_part(&b, r->without_text, "without a text");
    add_part(&b, r->without_class, "without a class");
    out_line("%s: %s", dir, b.data);
    if (r->columns[0])
        out_note("columns taken by other names: %s; --columns says otherwise", r->columns);
    if (r->skipped)
        out_note("the skipped rows are listed in %s", skip_file);
    huse_buf_free(&b);
    name_next(r, source, dir);
}

huse_status cmd_import(cli *c, huse_err *err)
{
    const char *dir = cli_str(c, "output");
    if (!dir)
        return huse_fail(err, HUSE_USAGE, "import: name the workspace: huse-tui import %.80s -o WS", c->arg[0]);
    huse_workspace     *ws = NULL;
    huse_import_report  report = {0};
    char               *skipped = cli_str(c, "skip-file") ? huse_xstrdup(cli_str(c, "skip-file"))
                                                          : huse_format("%s/import-skipped.txt", dir);
    huse_import_options opt = {
        .images = cli_str(c, "images"),
        .columns = cli_str(c, "columns"),
        .prune = cli_flag(c, "prune"),
        .skip_bad = cli_flag(c, "skip-bad"),
        .skip_file = cli_str(c, "skip-file"),
        .progress = on_progress,
    };
    huse_status s = huse_workspace_open(&ws, dir, HUSE_OPEN_CREATE, err);
    if (s == HUSE_OK)
        s = huse_import(ws, c->arg[0], &opt, &report, err);
    out_progress_end();
    if (s == HUSE_BAD_DATA && err && strstr(err->msg, "not UTF-8"))
        cli_hint(c, s, "Nothing was changed. “iconv -f WINDOWS-1252 -t UTF-8 %.100s > utf8.csv” changes the usual other encoding.", c->arg[0]);
    else if (s == HUSE_BAD_DATA && !opt.skip_bad)
        cli_hint(c, s, "Nothing was changed. Mend it; where rows alone are bad, --skip-bad leaves them out.");
    if (s == HUSE_OK && cli_flag(c, "json"))
        print_json(&report, dir, skipped);
    else if (s == HUSE_OK)
        print_text(&report, c->arg[0], dir, skipped);
    if (s == HUSE_OK && report.removed) {
        cli_host host;
        cli_host_init(&host, c);
        s = cli_publish_successor(ws, &host.host, err);
        cli_host_free(&host);
    }
    if (s == HUSE_OK)
        huse_workspace_close(ws);
    else
        huse_workspace_discard(ws);
    free(skipped);
    return s;
}
