#include "encode/picture_proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t huse_proc_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Its own process group: a Ctrl-C meant for the program must not cost a picture. All signals as at login. */
static int spawn(pid_t *pid, const char *path, int fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    char *argv[] = { (char *)"huse-decode", NULL }, *env[] = { NULL };
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int e = posix_spawn_file_actions_init(&files);
    if (e != 0)
        return e;
    e = posix_spawnattr_init(&attr);
    if (e != 0) {
        posix_spawn_file_actions_destroy(&files);
        return e;
    }
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    e = posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(&files, fd, STDOUT_FILENO);
    if (e == 0)
        e = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (e == 0)
        e = posix_spawn_file_actions_addclosefrom_np(&files, 3);
    if (e == 0)
        e = posix_spawn(pid, path, &files, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return e;
}

/* A descriptor above 2, so that the helper's dup2 onto 0 and 1 cannot collide with it. */
static int above_standard(int fd)
{
    if (fd > STDERR_FILENO)
        return fd;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return high;
}

huse_status huse_proc_start(huse_proc *p, const char *path, int64_t deadline, huse_err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return huse_fail_errno(err, "cannot start %s", path);
    pair[1] = above_standard(pair[1]);
    int size = 1 << 20;
    (void)setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    huse_proc started = { .fd = pair[0] };
    int e = pair[1] < 0 ? errno : spawn(&started.pid, path, pair[1]);
    if (pair[1] >= 0)
        close(pair[1]);
    if (e != 0) {
        close(pair[0]);
        return huse_fail(err, HUSE_FAILED, "cannot start %s: %s", path, strerrordesc_np(e));
    }
    huse_frame_hello hello;
    if (huse_proc_receive(&started, &hello, sizeof hello, deadline) != HUSE_TALK_DONE || hello.magic != HUSE_FRAME_HELLO ||
        hello.version != HUSE_FRAME_VERSION) {
        huse_proc_stop(&started);
        return huse_fail(err, HUSE_FAILED, "%s does not answer as the huse-decode of this version", path);
    }
    started.sandbox = hello.sandbox;
    *p = started;
    return HUSE_OK;
}

/* Waits until @fd can be read or written; false when the deadline has passed. */
static bool wait_for(int fd, short events, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - huse_proc_now();
        if (left <= 0)
            return false;
        struct pollfd f = { .fd = fd, .events = events };
        int n = poll(&f, 1, (int)HUSE_MIN(left, (int64_t)60000));
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

huse_talk huse_proc_send(const huse_proc *p, const void *data, size_t n, int64_t deadline)
{
    const char *at = data;
    while (n > 0) {
        ssize_t k = send(p->fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (k > 0) {
            at += k;
            n -= (size_t)k;
        } else if (k < 0 && errno == EAGAIN) {
            if (!wait_for(p->fd, POLLOUT, deadline))
                return HUSE_TALK_LATE;
        } else if (k < 0 && errno != EINTR) {
            return HUSE_TALK_CLOSED;
        }
    }
    return HUSE_TALK_DONE;
}

huse_talk huse_proc_receive(const huse_proc *p, void *to, size_t n, int64_t deadline)
{
    char *at = to;
    while (n > 0) {
        ssize_t k = recv(p->fd, at, n, MSG_DONTWAIT);
        if (k > 0) {
            at += k;
            n -= (size_t)k;
        } else if (k < 0 && errno == EAGAIN) {
            if (!wait_for(p->fd, POLLIN, deadline))
                return HUSE_TALK_LATE;
        } else if (k == 0 || errno != EINTR) {
            return HUSE_TALK_CLOSED;
        }
    }
    return HUSE_TALK_DONE;
}

int huse_proc_stop(huse_proc *p)
{
    if (p->pid == 0)
        return -1;
    close(p->fd);
    /* A process that has already ended keeps the status it ended with: the signal changes nothing. */
    siginfo_t info = { 0 };
    if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        kill(p->pid, SIGKILL);
    int status = -1;
    while (waitpid(p->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            status = -1;
            break;
        }
    }
    *p = (huse_proc){ .fd = -1 };
    return status;
}
