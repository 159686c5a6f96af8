#include "cli/host.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/config.h"
#include "cli/out.h"

char *cli_program_dir(void)
{
    char    path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0)
        return huse_xstrdup(".");
    path[n] = 0;
    char *slash = strrchr(path, '/');
    *(slash == path ? slash + 1 : slash) = 0;
    return huse_xstrdup(path);
}

/* Where data lie that no option moves. */
static char *usual_data_dir(void)
{
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return huse_fs_join(xdg, "huse-tui");
    return huse_fs_join(home && *home ? home : "/", ".local/share/huse-tui");
}

char *cli_data_dir(const cli *c)
{
    const char *data = cli_str(c, "data");
    return data ? huse_xstrdup(data) : usual_data_dir();
}

char *cli_demo_dir(const cli *c)
{
    char *data = cli_data_dir(c), *dir = huse_fs_join(data, "catalogues/emoji");
    free(data);
    return dir;
}

/* The first of these below @base that exists; @base is freed. */
static char *below(char *base, const char *const *tail, size_t n)
{
    char *found = NULL;
    for (size_t i = 0; i < n && !found; i++) {
        char *path = huse_fs_join(base, tail[i]);
        if (huse_fs_exists(path))
            found = path;
        else
            free(path);
    }
    free(base);
    return found;
}

static char *find_models(const cli *c)
{
    /* beside the build, then PREFIX/bin/../share */
    static const char *const data[] = {"models"}, *const program[] = {"../models", "../share/huse-tui/models"};
    if (cli_str(c, "models"))
        return huse_xstrdup(cli_str(c, "models"));
    char *dir = below(cli_data_dir(c), data, HUSE_COUNT(data));
    if (!dir)
        dir = below(usual_data_dir(), data, HUSE_COUNT(data));
    return dir ? dir : below(cli_program_dir(), program, HUSE_COUNT(program));
}

/* The same warning comes from every part that it concerns; a process says it once. */
static void on_warning(void *ctx, const char *msg)
{
    static char  *said[8];
    static size_t n;
    (void)ctx;
    for (size_t i = 0; i < n; i++)
        if (strcmp(said[i], msg) == 0)
            return;
    if (n < HUSE_COUNT(said))
        said[n++] = huse_xstrdup(msg);
    out_note("%s", msg);
}

/* Fetching is a matter of embed, whichever command embeds. */
static void set_network(huse_network *n, const cli *c)
{
    cli        other = {0};
    huse_err   err;
    const cli *embed = c;
    if (strcmp(c->cmd->name, "embed") != 0)
        embed = cli_config_values(c, cli_find_command("embed"), &other, &err) == HUSE_OK ? &other : NULL;
    *n = (huse_network){.offline = cli_flag(c, "offline"), .allow_private = cli_flag(c, "allow-private"), .ca_file = cli_str(c, "ca-file")};
    if (embed) {
        n->per_host = (int)cli_int(embed, "per-host");
        n->pause_ms = (int)cli_int(embed, "pause");
        n->cache_bytes = HUSE_MAX((uint64_t)cli_int(embed, "cache") << 20, 1);
    }
    cli_free(&other);
}

void cli_host_init(cli_host *h, const cli *c)
{
    static const char *const decode[] = {"huse-decode", "../libexec/huse-tui/huse-decode"};
    h->models = find_models(c);
    h->decode = below(cli_program_dir(), decode, HUSE_COUNT(decode));
    h->host = (huse_host){
        .models_dir = h->models,
        .decode_path = h->decode,
        .threads = (int)cli_int(c, "threads"),
        .warn = on_warning,
    };
    set_network(&h->host.network, c);
    cli_known_read(&h->known, c);
    cli_host_use_known(h);
}

void cli_host_use_known(cli_host *h)
{
    h->host.network.grant = h->known.grant;
    h->host.network.n_grants = h->known.n;
}

void cli_host_free(cli_host *h)
{
    free(h->models);
    free(h->decode);
    cli_known_free(&h->known);
}

char *cli_workspace_dir(const cli *c, const char *name)
{
    if (strchr(name, '/') || huse_fs_exists(name))
        return huse_xstrdup(name);
    char *data = cli_data_dir(c), *catalogues = huse_fs_join(data, "catalogues"), *dir = huse_fs_join(catalogues, name);
    if (!huse_fs_is_dir(dir)) {
        free(dir);
        dir = huse_xstrdup(name);
    }
    free(catalogues);
    free(data);
    return dir;
}

huse_status cli_workspace_open(cli *c, const char *name, unsigned flags, huse_workspace **ws, huse_err *err)
{
    char       *dir = cli_workspace_dir(c, name);
    huse_status s = huse_workspace_open(ws, dir, flags, err);
    if (s == HUSE_NOT_FOUND)
        cli_hint(c, s, "“huse-tui import CATALOGUE.csv -o %.80s” makes a workspace.", name);
    free(dir);
    return s;
}
