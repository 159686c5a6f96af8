#include <langinfo.h>
#include <link.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/doctor.h"
#include "cli/out.h"
#include "tensor/gemm.h"

static bool set(const char *name)
{
    const char *v = getenv(name);
    return v && *v;
}

/* What the environment lets one expect; the interface asks the terminal itself. */
static const char *probable_graphics(const char *term)
{
    const char *program = getenv("TERM_PROGRAM");
    if (!term || strcmp(term, "dumb") == 0 || strcmp(term, "linux") == 0)
        return "none";
    if (set("TMUX") || strncmp(term, "tmux", 4) == 0 || strncmp(term, "screen", 6) == 0)
        return "cells (inside tmux or screen; tmux 3.4 and later may take sixel)";
    if (set("KITTY_WINDOW_ID") || strstr(term, "kitty") || strstr(term, "ghostty"))
        return "kitty";
    if (strncmp(term, "foot", 4) == 0 || strstr(term, "mlterm") || strstr(term, "sixel") || strstr(term, "vt340") || set("WT_SESSION"))
        return "sixel";
    if (program && (strcmp(program, "WezTerm") == 0 || strcmp(program, "iTerm.app") == 0))
        return "sixel";
    if (set("XTERM_VERSION"))
        return "sixel if started as “xterm -ti vt340”, else cells";
    return "cells, unless the terminal announces more";
}

void cli_doctor_terminal(json_t *j)
{
    static const char *const variable[] = {"TERM",  "COLORTERM", "TERM_PROGRAM", "NO_COLOR", "CLICOLOR_FORCE",
                                           "TMUX",  "STY",       "SSH_CONNECTION", "LANG",   "LC_ALL"};
    json_t        *t = json_object(), *env = json_object();
    struct winsize ws = {0};
    const char    *locale = setlocale(LC_CTYPE, NULL);
    bool           tty = isatty(STDOUT_FILENO);
    for (size_t i = 0; i < HUSE_COUNT(variable); i++)
        if (getenv(variable[i]))
            json_object_set_new(env, variable[i], strcmp(variable[i], "SSH_CONNECTION") == 0 ? json_string("set")
                                                                                             : out_json_str(getenv(variable[i])));
    json_object_set_new(t, "stdout_is_terminal", json_boolean(tty));
    if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0) {
        json_object_set_new(t, "columns", json_integer(ws.ws_col));
        json_object_set_new(t, "rows", json_integer(ws.ws_row));
        json_object_set_new(t, "pixels_x", json_integer(ws.ws_xpixel));
        json_object_set_new(t, "pixels_y", json_integer(ws.ws_ypixel));
    }
    json_object_set_new(t, "locale", out_json_str(locale));
    json_object_set_new(t, "charset", out_json_str(nl_langinfo(CODESET)));
    json_object_set_new(t, "probable_graphics", out_json_str(probable_graphics(getenv("TERM"))));
    json_object_set_new(t, "environment", env);
    json_object_set_new(j, "terminal", t);
}

static int on_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    char *path = info->dlpi_name && *info->dlpi_name ? realpath(info->dlpi_name, NULL) : NULL;
    if (path) {
        /* the soname's target carries the version: libsqlite3.so.0.8.6 */
        const char *as = strrchr(info->dlpi_name, '/'), *is = strrchr(path, '/');
        json_object_set_new(data, as ? as + 1 : info->dlpi_name, out_json_str(is ? is + 1 : path));
    }
    free(path);
    return 0;
}

void cli_doctor_program(json_t *j, const cli_host *h)
{
    json_t        *p = json_object(), *libraries = json_object();
    struct utsname u;
    json_object_set_new(p, "version", json_string(HUSE_VERSION));
    char *dir = cli_program_dir();
    out_json_path(p, "folder", dir);
    free(dir);
    out_json_path(p, "decoder", h->decode);
    json_object_set_new(p, "compiler", json_string(__VERSION__));
    if (uname(&u) == 0) {
        char *s = huse_format("%s %s %s", u.sysname, u.release, u.machine);
        json_object_set_new(p, "system", out_json_str(s));
        free(s);
    }
    json_object_set_new(p, "cores", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(p, "blas_core", out_json_str(huse_blas_core()));
    dl_iterate_phdr(on_object, libraries);
    json_object_set_new(p, "libraries", libraries);
    json_object_set_new(j, "program", p);
}
