#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/out.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void cli_duration(char *out, size_t size, double seconds)
{
    long s = seconds < 0 ? 0 : seconds > 3.6e8 ? 360000000 : (long)(seconds + .5);
    if (s >= 3600)
        snprintf(out, size, "%ld h %02ld m", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(out, size, "%ld m %02ld s", s / 60, s % 60);
    else
        snprintf(out, size, "%ld s", s);
}

void cli_thousands(char out[32], size_t n)
{
    char   digits[24];
    size_t len = (size_t)snprintf(digits, sizeof digits, "%zu", n), at = 0;
    for (size_t i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
}

/* How fast it goes; false where nothing is to be printed, or too little is known. */
static bool rate_of(cli_progress *p, const char *what, size_t done, size_t total, double *rate, char left[32])
{
    if (strncmp(p->what, what, sizeof p->what - 1) != 0) {
        snprintf(p->what, sizeof p->what, "%s", what);
        p->start = now();
        p->first = done;
    }
    double t = now() - p->start;
    if (!out_progress_due() || t <= .5 || done <= p->first)
        return false;
    *rate = (double)(done - p->first) / t;
    cli_duration(left, 32, total > done ? (double)(total - done) / *rate : 0);
    return true;
}

void cli_progress_step(void *ctx, const char *what, size_t done, size_t total)
{
    char   more[96] = "", left[32];
    double rate;
    if (rate_of(ctx, what, done, total, &rate, left))
        snprintf(more, sizeof more, "%.0f/s  %s left", rate, left);
    out_progress(what, done, total, more);
}

void cli_progress_bytes(void *ctx, const char *what, size_t done, size_t total)
{
    char   more[96] = "", left[32];
    double rate;
    if (rate_of(ctx, what, done, total, &rate, left))
        snprintf(more, sizeof more, "%.1f MB/s  %s left", rate / 1e6, left);
    out_progress_bytes(what, done, total, more);
}
