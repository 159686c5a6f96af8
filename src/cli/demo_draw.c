#include "cli/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "cli/host.h"
#include "cli/out.h"

extern char **environ;

/* The program that draws; it links against libraries that nothing else needs. */
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

/* Runs the builder into @dir; what it says on standard output is not ours to print. */
static huse_status run_builder(char *builder, char *dir, huse_err *err)
{
    char *const argv[] = {builder, dir, NULL};
    pid_t       pid;
    int         state = 0;
    posix_spawn_file_actions_t act;
    posix_spawn_file_actions_init(&act);
    posix_spawn_file_actions_addopen(&act, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int e = posix_spawn(&pid, builder, &act, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&act);
    if (e) {
        errno = e;
        return huse_fail_errno(err, "cannot start %s", builder);
    }
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(state) || WEXITSTATUS(state))
        return huse_fail(err, HUSE_FAILED, "%s could not draw the emoji", builder);
    return HUSE_OK;
}

huse_status cli_demo_draw(cli *c, const char *dir, huse_err *err)
{
    if (huse_fs_is_dir(dir))
        return HUSE_OK;
    char *builder = find_builder();
    if (!builder) {
        cli_hint(c, HUSE_FAILED, "It is built where libfreetype-dev, libharfbuzz-dev and libexpat1-dev are; “make demo” installs them.");
        return huse_fail(err, HUSE_FAILED, "the program that draws the emoji, huse-demo-emoji, is not here");
    }
    char       *part = huse_format("%s.part", dir); /* what was cut short is not taken for whole */
    huse_status s = run_builder(builder, part, err);
    if (s != HUSE_OK)
        cli_hint(c, s, "It needs the packages fonts-noto-color-emoji, unicode-data and unicode-cldr-core; “make demo” installs them.");
    else if (rename(part, dir) != 0)
        s = huse_fail_errno(err, "cannot rename %s", part);
    if (s != HUSE_OK && huse_fs_exists(part) && huse_fs_remove_tree(part, NULL) != HUSE_OK)
        out_note("%s could not be removed", part);
    free(part);
    free(builder);
    return s;
}
