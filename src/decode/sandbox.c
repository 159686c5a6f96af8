/* What a decoder may do once it has started: read and write its socket, use memory, end. */
#include <errno.h>
#include <malloc.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "decode/decode.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Sanitizers slow decoding down several times. */
#define CPU_SECONDS (SANITIZED ? 10 * HUSE_FRAME_CPU_SECONDS : HUSE_FRAME_CPU_SECONDS)

static bool limit(__rlimit_resource_t what, rlim_t value)
{
    return setrlimit(what, &(struct rlimit){ value, value }) == 0;
}

static bool limits(void)
{
    bool ok = limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NOFILE, 0) && limit(RLIMIT_CORE, 0);
    if (!SANITIZED)
        ok = limit(RLIMIT_AS, (rlim_t)HUSE_FRAME_MEMORY_MIB << 20) && ok;
    return ok;
}

/* Executable memory, files, sockets, processes and signals to others are not on the list: using them is death. */
static bool system_calls(void)
{
    static const int allowed[] = {
        SCMP_SYS(read),       SCMP_SYS(write),         SCMP_SYS(munmap),       SCMP_SYS(brk),          SCMP_SYS(mremap),
        SCMP_SYS(madvise),    SCMP_SYS(exit),          SCMP_SYS(exit_group),   SCMP_SYS(rt_sigreturn), SCMP_SYS(futex),
        SCMP_SYS(setitimer),  SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(restart_syscall),
    };
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (ctx == NULL)
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof allowed / sizeof allowed[0]; i++)
        ok = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
    ok = ok && seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
    ok = ok && seccomp_load(ctx) == 0;
    seccomp_release(ctx);
    return ok;
}

unsigned huse_sandbox_enter(void)
{
    unsigned layers = 0;
    /* A fixed threshold keeps freed pictures from staying in the heap and eating the next one's allowance. */
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    if (limits())
        layers |= HUSE_SANDBOX_LIMITS;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        layers |= HUSE_SANDBOX_PRIVS;
    if (!SANITIZED && system_calls())
        layers |= HUSE_SANDBOX_SECCOMP;
    return layers;
}

void huse_sandbox_clock(bool on)
{
    struct itimerval t = { .it_value.tv_sec = on ? CPU_SECONDS : 0 };
    (void)setitimer(ITIMER_PROF, &t, NULL);
}
