#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/demo.h"
#include "cli/out.h"
#include "cli/training.h"

static huse_status import_source(huse_workspace *ws, const char *source, huse_err *err)
{
    huse_import_options opt = {.prune = true};
    huse_import_report  r = {0};
    char               *csv = huse_fs_join(source, "emoji.csv");
    huse_status         s = huse_import(ws, csv, &opt, &r, err);
    if (s == HUSE_OK)
        out_note("%zu emoji", r.rows);
    free(csv);
    return s;
}

static huse_status train(cli *c, huse_workspace *ws, const cli_host *host, huse_err *err)
{
    huse_train_params params;
    huse_train_report report = {.best_step = 0};
    HUSE_TRY(huse_train_params_init(&params, "default", err));
    cli_training t = {.params = &params, .resume = true, .json = true};
    huse_status  s = cli_train(ws, &host->host, &t, &report, err);
    if (s == HUSE_USAGE) { /* a run with other settings lies there */
        t.resume = false;
        s = cli_train(ws, &host->host, &t, &report, err);
    }
    huse_train_params_fini(&params);
    char share[16];
    if (s == HUSE_OK)
        out_note("trained %ld steps in %.0f s, best validation R@1 %s", report.steps, report.seconds,
                 cli_share(share, report.best_score, 3));
    else if (s == HUSE_INTERRUPTED || s == HUSE_TERMINATED)
        cli_hint(c, s, "“huse-tui demo” goes on from there.");
    return s;
}

/* Every step leaves what it made, so the next call goes on after the last one that was finished. */
static huse_status prepare_in(cli *c, huse_workspace *ws, huse_err *err)
{
    cli_host    host;
    char       *source = huse_fs_join(huse_workspace_dir(ws), "source");
    huse_status s = cli_demo_draw(c, source, err);
    if (s == HUSE_OK)
        s = import_source(ws, source, err);
    if (s == HUSE_OK) {
        cli_host_init(&host, c);
        s = train(c, ws, &host, err);
        cli_host_free(&host);
    }
    free(source);
    return s;
}

static huse_status prepare(cli *c, const char *dir, huse_err *err)
{
    huse_workspace *ws = NULL;
    int             lock = -1;
    out_note("preparing the emoji workspace in %s", dir);
    HUSE_TRY(huse_workspace_open(&ws, dir, HUSE_OPEN_CREATE, err));
    char       *path = huse_fs_join(dir, "demo.lock");
    huse_status s = huse_fs_lock(&lock, path, err);
    if (s == HUSE_OK) {
        s = prepare_in(c, ws, err);
        unlink(path);
        close(lock);
    }
    free(path);
    if (s == HUSE_OK)
        huse_workspace_close(ws);
    else
        huse_workspace_discard(ws);
    return s;
}

static void name_next_commands(void)
{
    const char *me = program_invocation_name;
    out_note_line("Next:");
    out_note_line("  %s emoji                               look around in it", me);
    out_note_line("  %s search emoji \"2:cat + sad\"          ask it", me);
    out_note_line("  %s neighbors emoji --disagree          where the space and the tree of classes disagree", me);
    out_note_line("  %s import CATALOGUE.csv -o NAME        your own pictures and texts", me);
}

static huse_status ask(cli_asking *a, const char *text, json_t *list, huse_err *err)
{
    huse_query  q = HUSE_QUERY_DEFAULT;
    huse_answer r = {0};
    q.text = text;
    q.k = 5;
    HUSE_TRY(huse_search(a->engine, &q, &r, err));
    if (list) {
        json_array_append_new(list, cli_json_answer(a, &q, "search", &r));
    } else {
        out_add(OUT_ACCENT, "%s", text);
        out_end();
        cli_print_hits(a, &q, &r);
    }
    huse_answer_free(&r);
    return HUSE_OK;
}

/* For whoever has no terminal: what the workspace can do. */
static huse_status answer(cli *c, const char *dir, huse_err *err)
{
    static const char *const text[] = {"sad cat", "fruit + green", "class:Travel & Places/transport-air"};
    cli_asking a;
    HUSE_TRY(cli_asking_open_model(&a, c, dir, NULL, err));
    json_t     *list = cli_flag(c, "json") ? json_array() : NULL;
    huse_status s = HUSE_OK;
    for (size_t i = 0; i < HUSE_COUNT(text) && s == HUSE_OK; i++)
        s = ask(&a, text[i], list, err);
    if (list && s == HUSE_OK) {
        json_t *j = cli_json_head(&a, "demo");
        out_json_path(j, "workspace", dir);
        json_object_set(j, "answers", list);
        out_json(j, false);
    } else if (s == HUSE_OK) {
        out_flush();
        name_next_commands();
    }
    json_decref(list);
    cli_asking_close(&a);
    return s;
}

huse_status cmd_demo(cli *c, huse_err *err)
{
    char       *dir = cli_demo_dir(c), *current = huse_fs_join(dir, "models/CURRENT");
    huse_status s = HUSE_OK;
    if (!huse_fs_exists(current))
        s = prepare(c, dir, err);
    if (s == HUSE_OK && !cli_flag(c, "json") && isatty(STDOUT_FILENO) && isatty(STDIN_FILENO))
        s = cli_open_interface(c, dir, err);
    else if (s == HUSE_OK)
        s = answer(c, dir, err);
    if (s == HUSE_BAD_DATA && !*c->hint)
        cli_hint(c, s, "Remove the folder %.180s, and “huse-tui demo” makes it anew.", dir);
    free(current);
    free(dir);
    return s;
}
