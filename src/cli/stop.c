#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile int stop_signal;

static void on_signal(int sig)
{
    stop_signal = sig;
}

volatile const int *cli_stop_catch(void)
{
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = on_signal;
    a.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    sigemptyset(&a.sa_mask);
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    return &stop_signal;
}

huse_status cli_stop_status(huse_status s)
{
    if (s != HUSE_INTERRUPTED)
        return s;
    return stop_signal == SIGTERM ? HUSE_TERMINATED : HUSE_INTERRUPTED;
}
