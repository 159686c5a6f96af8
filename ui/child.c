#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NICER = 5, KEPT = 1 << 16, CORES_SHARED = 2 };

struct ui_child {
    pid_t pid;
    int   out, err; /* files in memory, which live as long as either process */
    bool  ended;
    int   code;
};

extern char **environ;

/* The child must not get what this program does with signals: ignored and blocked ones would stay so. */
static void plain_signals(posix_spawnattr_t *a)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(a, &none);
    posix_spawnattr_setsigdefault(a, &all);
    posix_spawnattr_setflags(a, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(ui_child *c, const char *const *argv)
{
    posix_spawn_file_actions_t f;
    posix_spawnattr_t          a;
    posix_spawn_file_actions_init(&f);
    posix_spawnattr_init(&a);
    posix_spawn_file_actions_addopen(&f, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&f, c->out, 1);
    posix_spawn_file_actions_adddup2(&f, c->err, 2);
    plain_signals(&a);
    int failed = posix_spawn(&c->pid, "/proc/self/exe", &f, &a, (char *const *)(uintptr_t)argv, environ);
    posix_spawnattr_destroy(&a);
    posix_spawn_file_actions_destroy(&f);
    return failed;
}

huse_status ui_child_start(ui_child **out, const char *const *argv, huse_err *err)
{
    ui_child *c = huse_xcalloc(1, sizeof *c);
    c->out = memfd_create("stdout", MFD_CLOEXEC);
    c->err = memfd_create("stderr", MFD_CLOEXEC);
    int failed = c->out < 0 || c->err < 0 ? errno : spawn(c, argv);
    if (failed) {
        errno = failed;
        c->pid = 0;
        ui_child_free(c);
        return huse_fail_errno(err, "%s cannot be started", argv[0]);
    }
    setpriority(PRIO_PROCESS, (id_t)c->pid, getpriority(PRIO_PROCESS, 0) + NICER);
    *out = c;
    return HUSE_OK;
}

bool ui_child_ended(ui_child *c, int *code)
{
    int status;
    if (!c->ended && waitpid(c->pid, &status, WNOHANG) == c->pid) {
        c->ended = true;
        c->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (c->ended && code)
        *code = c->code;
    return c->ended;
}

static char *tail_of(int fd)
{
    struct stat st;
    char       *text = huse_xcalloc(1, KEPT + 1);
    if (fstat(fd, &st) != 0 || pread(fd, text, KEPT, st.st_size > KEPT ? st.st_size - KEPT : 0) < 0)
        text[0] = '\0';
    return text;
}

char *ui_child_output(const ui_child *c)
{
    return tail_of(c->out);
}

static const char told[] = "{\"progress\":";

static bool tells_progress(const char *line)
{
    return strncmp(line, told, sizeof told - 1) == 0;
}

char *ui_child_errors(const ui_child *c)
{
    char  *text = tail_of(c->err);
    size_t kept = 0;
    for (size_t at = 0, n; text[at]; at += n) {
        n = strcspn(text + at, "\n");
        n += text[at + n] == '\n';
        if (tells_progress(text + at))
            continue;
        memmove(text + kept, text + at, n);
        kept += n;
    }
    text[kept] = '\0';
    return text;
}

bool ui_child_progress(const ui_child *c, ui_progress *p)
{
    char       *text = tail_of(c->err);
    const char *line = NULL;
    *p = (ui_progress){.what = ""};
    for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = '\0';
        line = tells_progress(at) ? at : line;
    }
    json_t     *j = line ? json_loads(line, 0, NULL) : NULL, *o = json_object_get(j, "progress");
    const char *what = json_string_value(json_object_get(o, "what")), *more = json_string_value(json_object_get(o, "more"));
    if (what) {
        snprintf(p->what, sizeof p->what, "%s", what);
        snprintf(p->more, sizeof p->more, "%s", more ? more : "");
        p->done = (size_t)HUSE_MAX(json_integer_value(json_object_get(o, "done")), 0);
        p->total = (size_t)HUSE_MAX(json_integer_value(json_object_get(o, "total")), 0);
    }
    json_decref(j);
    free(text);
    return what != NULL;
}

char *ui_child_last_line(const ui_child *c)
{
    char  *text = ui_child_errors(c);
    size_t end = strlen(text);
    while (end && strchr("\r\n ", text[end - 1]))
        end--;
    size_t from = end;
    while (from && text[from - 1] != '\n' && text[from - 1] != '\r')
        from--;
    char *line = huse_xstrndup(text + from, end - from);
    free(text);
    return line;
}

void ui_child_stop(ui_child *c)
{
    if (!ui_child_ended(c, NULL))
        kill(c->pid, SIGTERM);
}

void ui_child_free(ui_child *c)
{
    if (!c)
        return;
    if (c->pid)
        ui_child_ended(c, NULL);
    if (c->out >= 0)
        close(c->out);
    if (c->err >= 0)
        close(c->err);
    free(c);
}

/* ---- argument lists ---- */

/* Words behind each other, each with its NUL, become pointers and words in one block. */
static char **list_of(huse_buf *words)
{
    size_t n = 0;
    for (size_t i = 0; i < words->len; i++)
        n += words->data[i] == '\0';
    char **argv = huse_xcalloc(1, (n + 1) * sizeof *argv + words->len);
    char  *at = (char *)(argv + n + 1);
    memcpy(at, words->data, words->len);
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        argv[i] = at;
    huse_buf_free(words);
    return argv;
}

static void add(huse_buf *words, const char *word)
{
    huse_buf_add(words, word, strlen(word) + 1);
}

static void add_option(huse_buf *words, const char *name, const char *value)
{
    huse_buf_fmt(words, "--%s=%s", name, value);
    huse_buf_add(words, "", 1);
}

static huse_buf begin_train(void)
{
    huse_buf  words = {0};
    cpu_set_t cpus;
    char      n[16];
    add(&words, "huse-tui");
    add(&words, "train");
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0 && CPU_COUNT(&cpus) > CORES_SHARED) {
        snprintf(n, sizeof n, "%d", CPU_COUNT(&cpus) - 1);
        add_option(&words, "threads", n);
    }
    return words;
}

static char **end_train(huse_buf *words, const char *workspace)
{
    add(words, "--");
    add(words, workspace);
    return list_of(words);
}

char **ui_child_train(const char *workspace, const ui_child_set *set, size_t n_set, const char *const *probe, size_t n_probe)
{
    huse_buf words = begin_train();
    for (size_t i = 0; i < n_set; i++)
        add_option(&words, set[i].option, set[i].value);
    for (size_t i = 0; i < n_probe; i++) {
        char *text = huse_xstrdup(probe[i]);
        for (char *c = text; *c; c++) /* the option's list has commas between its parts */
            if (*c == ',')
                *c = ' ';
        add_option(&words, "probe", text);
        free(text);
    }
    return end_train(&words, workspace);
}

char **ui_child_resume(const char *workspace, const char *run, bool publish)
{
    huse_buf words = begin_train();
    add(&words, publish ? "--publish-best" : "--resume");
    add_option(&words, "run", run);
    return end_train(&words, workspace);
}
