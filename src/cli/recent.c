#include "cli/recent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"

#define FILE_BYTES ((size_t)128 << 10)
#define NAME_BYTES 256

char *cli_state_file(const char *name)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const bool  own = xdg && *xdg == '/';
    char       *folder = huse_fs_join(own ? xdg : home && *home ? home : "/", own ? "huse-tui" : ".local/state/huse-tui");
    char       *path = huse_fs_join(folder, name);
    free(folder);
    return path;
}

bool cli_is_workspace(const char *dir)
{
    char *db = huse_fs_join(dir, "catalogue.db");
    bool  is = huse_fs_exists(db);
    free(db);
    return is;
}

/* A line is the number of items, a space, and the folder. */
static void read_line(cli_recent *r, char *line)
{
    char *dir;
    errno = 0;
    const unsigned long long items = strtoull(line, &dir, 10);
    if (r->n == CLI_RECENT_MAX || errno || dir == line || dir[0] != ' ' || dir[1] != '/')
        return;
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->entry[i].dir, dir + 1) == 0)
            return;
    r->entry[r->n++] = (ui_recent){.dir = huse_xstrdup(dir + 1), .items = (size_t)items};
}

void cli_recent_read(cli_recent *r, const char *path)
{
    char    *text, *next;
    size_t   n;
    huse_err none;
    *r = (cli_recent){.n = 0};
    if (huse_fs_read(path, FILE_BYTES, &text, &n, &none) != HUSE_OK)
        return;
    for (char *line = strtok_r(text, "\n", &next); line; line = strtok_r(NULL, "\n", &next))
        read_line(r, line);
    free(text);
}

/* "run-3-step-1200" is a model of run-3. */
static void look(ui_recent *e)
{
    char       *current = huse_fs_join(e->dir, "models/CURRENT"), *name;
    struct stat st;
    size_t      n;
    huse_err    none;
    e->gone = !cli_is_workspace(e->dir);
    if (!e->gone && stat(current, &st) == 0 && huse_fs_read(current, NAME_BYTES, &name, &n, &none) == HUSE_OK) {
        char *step = strstr(name, "-step-");
        *(step ? step : name + strcspn(name, "\n")) = 0;
        e->model = name;
        e->trained_at = st.st_mtime;
    }
    free(current);
}

void cli_recent_look(cli_recent *r)
{
    for (size_t i = 0; i < r->n; i++)
        look(&r->entry[i]);
}

void cli_recent_add(const char *path, const char *dir, size_t items)
{
    cli_recent old;
    huse_err   none;
    huse_buf   b = {0};
    char      *folder = huse_xstrdup(path), *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    cli_recent_read(&old, path);
    huse_buf_fmt(&b, "%zu %s\n", items, dir);
    for (size_t i = 0, kept = 1; i < old.n && kept < CLI_RECENT_MAX; i++)
        if (strcmp(old.entry[i].dir, dir) != 0) {
            huse_buf_fmt(&b, "%zu %s\n", old.entry[i].items, old.entry[i].dir);
            kept++;
        }
    if (*dir == '/' && !strchr(dir, '\n') && huse_fs_mkdirs(folder, &none) == HUSE_OK)
        (void)!huse_fs_write_atomic(path, b.data, b.len, &none);
    cli_recent_free(&old);
    huse_buf_free(&b);
    free(folder);
}

void cli_recent_free(cli_recent *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->entry[i].dir);
        free(r->entry[i].model);
    }
    r->n = 0;
}
