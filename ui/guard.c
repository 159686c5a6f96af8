#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"

#define STACK_BYTES ((size_t)64 << 10)

static const int told[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* One process has one terminal; handlers can only reach what is static. */
static struct {
    bool                  open;
    int                   fd, pipe[2];
    struct termios        found, own;
    char                  bytes[UI_WAY_OUT];
    volatile sig_atomic_t n; /* of bytes */
    volatile sig_atomic_t left;
    struct sigaction      old_told[HUSE_COUNT(told)], old_fatal[HUSE_COUNT(fatal)];
    void                 *stack;
} guard = {.fd = -1, .pipe = {-1, -1}};

static void on_told(int sig)
{
    int  e = errno;
    char byte = (char)sig;
    if (write(guard.pipe[1], &byte, 1) < 0)
        errno = e; /* full: there is enough to do already */
    errno = e;
}

/* Only calls that a signal handler may make. */
static void restore(void)
{
    if (!guard.open || guard.left)
        return;
    guard.left = 1;
    size_t done = 0, n = (size_t)guard.n;
    while (done < n) {
        ssize_t w = write(guard.fd, guard.bytes + done, n - done);
        if (w <= 0)
            break;
        done += (size_t)w;
    }
    tcsetattr(guard.fd, TCSANOW, &guard.found);
}

static void on_fatal(int sig)
{
    restore();
    signal(sig, SIG_DFL);
    raise(sig);
}

static void on_huse_fatal(const char *msg)
{
    restore();
    char *clean = huse_text_sanitise(msg, strlen(msg));
    bool  said = huse_fs_write_all(STDERR_FILENO, "huse-tui: ", 10) && huse_fs_write_all(STDERR_FILENO, clean, strlen(clean)) &&
                huse_fs_write_all(STDERR_FILENO, "\n", 1);
    (void)said; /* abort follows either way */
    free(clean);
}

static void take(const int *sig, size_t n, void (*handler)(int), int flags, struct sigaction *old)
{
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = handler;
    a.sa_flags = flags;
    sigemptyset(&a.sa_mask);
    for (size_t i = 0; i < n; i++)
        sigaction(sig[i], &a, &old[i]);
}

void ui_guard_thread(void **memory)
{
    *memory = huse_xmalloc(STACK_BYTES);
    stack_t s = {.ss_sp = *memory, .ss_size = STACK_BYTES};
    sigaltstack(&s, NULL);
}

huse_status ui_guard_open(int fd, huse_err *err)
{
    HUSE_ASSERT(!guard.open);
    if (tcgetattr(fd, &guard.found) != 0 || pipe2(guard.pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return huse_fail_errno(err, "terminal");
    guard.own = guard.found;
    guard.fd = fd;
    guard.n = 0;
    guard.left = 0;
    guard.open = true;
    ui_guard_thread(&guard.stack);
    take(told, HUSE_COUNT(told), on_told, SA_RESTART, guard.old_told);
    take(fatal, HUSE_COUNT(fatal), on_fatal, SA_ONSTACK | (int)SA_RESETHAND | SA_NODEFER, guard.old_fatal);
    huse_fatal_hook(on_huse_fatal);
    return HUSE_OK;
}

int ui_guard_pipe(void)
{
    return guard.pipe[0];
}

void ui_guard_on_exit(const char *bytes)
{
    size_t n = strlen(bytes);
    while (n > sizeof guard.bytes) /* half a sequence would do harm */
        for (n--; n && bytes[n] != '\x1b';)
            n--;
    memcpy(guard.bytes, bytes, n);
    guard.n = (sig_atomic_t)n;
}

void ui_guard_leave(void)
{
    tcgetattr(guard.fd, &guard.own);
    restore();
}

void ui_guard_return(void)
{
    guard.left = 0;
    tcsetattr(guard.fd, TCSANOW, &guard.own);
}

void ui_guard_close(void)
{
    if (!guard.open)
        return;
    restore();
    huse_fatal_hook(NULL);
    for (size_t i = 0; i < HUSE_COUNT(told); i++)
        sigaction(told[i], &guard.old_told[i], NULL);
    for (size_t i = 0; i < HUSE_COUNT(fatal); i++)
        sigaction(fatal[i], &guard.old_fatal[i], NULL);
    close(guard.pipe[0]);
    close(guard.pipe[1]);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    free(guard.stack);
    guard.stack = NULL;
    guard.open = false;
}
