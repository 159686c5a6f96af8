#include "cli/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "cli/config.h"
#include "cli/host.h"
#include "cli/keys.h"
#include "cli/recent.h"
#include "cli/weights.h"
#include "data/catalogue.h"
#include "model/methods.h"

enum { MOST = 200 }; /* lines: no one reads more */

typedef struct asked {
    cli         c;
    const char *prefix;
} asked;

/* @lead comes before every name, and is taken off the prefix for the lookup. A name with a line break could not be typed. */
static void offer(const asked *a, const char *lead, const char *name)
{
    char *whole = huse_format("%s%s", lead, name);
    if (strncmp(whole, a->prefix, strlen(a->prefix)) == 0 && !strpbrk(whole, "\n\r\033"))
        puts(whole);
    free(whole);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folders in @dir that hold @mark ("": any), in order. */
static void folders(const asked *a, const char *dir, const char *mark)
{
    DIR   *d = opendir(dir);
    char **name = NULL;
    size_t n = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        char *path = huse_format("%s/%s/%s", dir, e->d_name, mark);
        if (e->d_name[0] != '.' && huse_fs_exists(path)) {
            name = huse_xrealloc(name, (n + 1) * sizeof *name);
            name[n++] = huse_xstrdup(e->d_name);
        }
        free(path);
    }
    if (d)
        closedir(d);
    if (n)
        qsort(name, n, sizeof *name, by_name);
    for (size_t i = 0; i < n; i++) {
        offer(a, "", name[i]);
        free(name[i]);
    }
    free(name);
}

static char *workspace_of(const asked *a)
{
    return a->c.n_args ? cli_workspace_dir(&a->c, a->c.arg[0]) : huse_xstrdup(".");
}

static void below_workspace(const asked *a, const char *part)
{
    char *ws = workspace_of(a), *dir = huse_fs_join(ws, part);
    folders(a, dir, "");
    free(dir);
    free(ws);
}

typedef struct leading {
    const asked *a;
    const char  *lead;
} leading;

static void named(void *ctx, const char *name)
{
    const leading *l = ctx;
    offer(l->a, l->lead, name);
}

static void catalogue_names(const asked *a, bool items, const char *lead)
{
    char           *dir = workspace_of(a);
    huse_workspace *ws = NULL;
    huse_err        err;
    size_t          n = strlen(lead);
    leading         l = {a, lead};
    if (strncmp(a->prefix, lead, n) == 0 && huse_workspace_open(&ws, dir, HUSE_OPEN_READ_ONLY, &err) == HUSE_OK &&
        huse_catalogue_names(ws, items, a->prefix + n, MOST, named, &l, &err) != HUSE_OK)
        err.msg[0] = 0; /* what came before the fault is offered */
    huse_workspace_close(ws);
    free(dir);
}

static void workspaces(const asked *a)
{
    char *data = cli_data_dir(&a->c), *catalogues = huse_fs_join(data, "catalogues");
    folders(a, catalogues, "catalogue.db");
    free(catalogues);
    free(data);
    const char *slash = strrchr(a->prefix, '/');
    if (!slash)
        folders(a, ".", "catalogue.db");
}

static void runs(const asked *a)
{
    below_workspace(a, "runs");
}

static void models(const asked *a)
{
    below_workspace(a, "models");
}

static void classes(const asked *a)
{
    catalogue_names(a, false, "");
}

static void items(const asked *a)
{
    catalogue_names(a, true, "");
}

static void places(const asked *a)
{
    catalogue_names(a, *a->prefix == '@', *a->prefix == '@' ? "@" : "");
}

static void terms(const asked *a)
{
    if (*a->prefix == '@')
        catalogue_names(a, true, "@");
    else if (strncmp(a->prefix, "class:", 6) == 0)
        catalogue_names(a, false, "class:");
    else
        offer(a, "", "class:");
}

/* Models of encoders: those that are here, and those that the program would take. */
static void weights_of(const asked *a, bool texts, bool images)
{
    cli_host         h;
    cli_weights_list l;
    cli_host_init(&h, &a->c);
    cli_weights_check(&l, &h, "", false);
    for (size_t i = 0; i < l.n; i++)
        if (l.item[i].image ? images : texts)
            offer(a, "", l.item[i].name);
    cli_weights_free(&l);
    cli_host_free(&h);
}

static void weights(const asked *a)
{
    weights_of(a, true, true);
}

static void text_weights(const asked *a)
{
    offer(a, "", "local");
    offer(a, "", "sentence");
    weights_of(a, true, false);
}

static void image_weights(const asked *a)
{
    offer(a, "", "local");
    weights_of(a, false, true);
}

static void methods(const asked *a)
{
    const char *comma = strrchr(a->prefix, ',');
    char       *before = huse_xstrndup(a->prefix, comma ? (size_t)(comma - a->prefix) + 1 : 0);
    for (size_t i = 0; i < huse_method_count(); i++)
        offer(a, before, huse_method_at(i)->option);
    free(before);
}

static void settings_of(const asked *a, const char *section, const cli_option *o, size_t n)
{
    char *lead = huse_format("%s%s", section, *section ? "." : "");
    for (size_t i = 0; i < n; i++)
        if (o[i].setting)
            offer(a, lead, o[i].name);
    free(lead);
}

static void settings(const asked *a)
{
    const cli_command *keys = cli_keys_section();
    settings_of(a, "", cli_globals, cli_n_globals);
    for (size_t i = 0; i < cli_n_commands; i++)
        settings_of(a, cli_commands[i].name, cli_commands[i].option, cli_commands[i].n_options);
    settings_of(a, keys->name, keys->option, keys->n_options);
}

static void commands(const asked *a)
{
    for (size_t i = 1; i < cli_n_commands; i++)
        offer(a, "", cli_commands[i].name);
}

int cli_complete(int argc, char **argv)
{
    static const struct {
        const char *kind;
        void (*answer)(const asked *a);
    } kinds[] = {{"workspaces", workspaces}, {"runs", runs},       {"models", models},     {"classes", classes},   {"items", items},
                 {"places", places},         {"terms", terms},     {"methods", methods},   {"settings", settings}, {"commands", commands},
                 {"weights", weights},
                 {"text-weights", text_weights}, {"image-weights", image_weights}};
    asked    a = {.prefix = argc > 1 ? argv[1] : ""};
    huse_err err;
    if (argc < 1)
        return 2;
    /* The words begin with the program's own name, as parsing wants it; a line that is not whole yet parses as far as it goes. */
    char **words = huse_xcalloc((size_t)argc + 1, sizeof *words);
    int    n = 1;
    words[0] = argv[0];
    for (int i = 2; i < argc; i++)
        words[n++] = argv[i];
    if (cli_parse(&a.c, n, words, &err) != HUSE_OK || cli_config_apply(&a.c, &err) != HUSE_OK)
        err.msg[0] = 0; /* half a line is no fault */
    for (size_t i = 0; i < HUSE_COUNT(kinds); i++)
        if (strcmp(kinds[i].kind, argv[0]) == 0)
            kinds[i].answer(&a);
    cli_free(&a.c);
    free(words);
    return 0;
}
