#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/asking.h"
#include "cli/commands.h"
#include "cli/out.h"
#include "cli/training.h"

extern char **environ;

/* The program that makes pictures and texts; it links against libraries that nothing else needs. */
static char *find_builder(void)
{
    static const char *const place[] = {"huse-demo-emoji", "../libexec/huse-tui/huse-demo-emoji"};
    char *dir = cli_program_dir(), *found = NULL;
    for (size_t i = 0; i < HUSE_COUNT(place) && !found; i++) {
        char *path = huse_fs_join(dir, place[i]);
        if (access(path, X_OK) == 0)
            found = path;
        else
            free(path);
    }
    free(dir);
    return found;
}

static huse_status build_source(cli *c, const char *dir, huse_err *err)
{
    char *builder = find_builder();
    if (!builder) {
        cli_hint(c, HUSE_FAILED, "“make demo” installs what it needs (FreeType, HarfBuzz, expat) and builds it.");
        return huse_fail(err, HUSE_FAILED, "the program that draws the emoji, huse-demo-emoji, is not here");
    }
    char       *part = huse_format("%s.part", dir); /* what was cut short is not taken for whole */
    char *const argv[] = {builder, part, NULL};
    pid_t pid;
    posix_spawn_file_actions_t quiet; /* standard output is for the answers */
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int state = 0, e = posix_spawn(&pid, builder, &quiet, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&quiet);
    huse_status s = HUSE_OK;
    if (e) {
        errno = e;
        s = huse_fail_errno(err, "cannot start %s", builder);
    }
    while (!e && waitpid(pid, &state, 0) < 0 && errno == EINTR)
        ;
    if (!e && (!WIFEXITED(state) || WEXITSTATUS(state))) {
        cli_hint(c, HUSE_FAILED, "It needs the packages fonts-noto-color-emoji, unicode-data and unicode-cldr-core; “make demo” installs them.");
        s = huse_fail(err, HUSE_FAILED, "%s did not finish", builder);
    }
    if (s == HUSE_OK && rename(part, dir) != 0)
        s = huse_fail_errno(err, "cannot rename %s", part);
    free(part);
    free(builder);
    return s;
}

static huse_status import_source(huse_workspace *ws, const char *source, huse_err *err)
{
    huse_import_options opt = {.prune = true};
    huse_import_report  r = {0};
    char               *csv = huse_fs_join(source, "emoji.csv");
    huse_status         s = huse_import(ws, csv, &opt, &r, err);
    if (s == HUSE_OK)
        out_note("%zu emoji, %zu new", r.rows, r.added);
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
    huse_train_params_fini(&params);
    if (s == HUSE_OK)
        out_note("trained %ld steps in %.0f s", report.steps, report.seconds);
    else if (s == HUSE_INTERRUPTED || s == HUSE_TERMINATED)
        cli_hint(c, s, "“huse-tui demo” goes on from the checkpoint.");
    return s;
}

static huse_status prepare(cli *c, const char *dir, huse_err *err)
{
    cli_host        host;
    huse_workspace *ws = NULL;
    char           *source = huse_fs_join(dir, "source"), *csv = huse_fs_join(source, "emoji.csv");
    cli_host_init(&host, c);
    out_note("preparing the emoji workspace in %s", dir);
    huse_status s = huse_workspace_open(&ws, dir, HUSE_OPEN_CREATE, err);
    if (s == HUSE_OK && !huse_fs_exists(csv))
        s = build_source(c, source, err);
    if (s == HUSE_OK)
        s = import_source(ws, source, err);
    if (s == HUSE_OK)
        s = train(c, ws, &host, err);
    huse_workspace_close(ws);
    cli_host_free(&host);
    free(source);
    free(csv);
    return s;
}

/* For whoever has no terminal: what the workspace can do. */
static huse_status answer(cli *c, const char *dir, huse_err *err)
{
    static const char *const ask[] = {"sad cat", "something to eat + red", "class:Travel & Places - building", "music"};
    cli_host         host;
    huse_workspace  *ws = NULL;
    huse_engine     *engine = NULL;
    cli_host_init(&host, c);
    huse_status s = huse_workspace_open(&ws, dir, HUSE_OPEN_READ_ONLY, err);
    if (s == HUSE_OK)
        s = huse_engine_open(&engine, ws, &host.host, NULL, err);
    for (size_t i = 0; i < HUSE_COUNT(ask) && s == HUSE_OK; i++) {
        huse_query  q = HUSE_QUERY_DEFAULT;
        huse_answer r = {0};
        q.text = ask[i];
        q.k = 6;
        s = huse_search(engine, &q, &r, err);
        if (s != HUSE_OK)
            break;
        out_add(OUT_BOLD, "%s", ask[i]);
        out_end();
        for (size_t k = 0; k < r.n; k++) {
            const char *text = huse_engine_items(engine)->item[r.hit[k].item].text;
            char        share[16];
            out_add(OUT_PLAIN, "  %s  %s", cli_share(share, (double)r.hit[k].score, 2), text ? text : "");
            out_end();
        }
        huse_answer_free(&r);
    }
    huse_engine_close(engine);
    huse_workspace_close(ws);
    cli_host_free(&host);
    if (s == HUSE_OK)
        out_note_line("Next: huse-tui search emoji \"QUERY\"   huse-tui neighbors emoji CLASS   huse-tui eval emoji   huse-tui emoji");
    return s;
}

huse_status cmd_demo(cli *c, huse_err *err)
{
    char       *dir = cli_demo_dir(c), *current = huse_fs_join(dir, "models/CURRENT");
    huse_status s = HUSE_OK;
    if (!huse_fs_exists(current))
        s = prepare(c, dir, err);
    if (s == HUSE_OK)
        s = isatty(STDOUT_FILENO) && isatty(STDIN_FILENO) ? cli_open_interface(c, dir, err) : answer(c, dir, err);
    free(current);
    free(dir);
    return s;
}
