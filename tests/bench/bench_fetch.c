/* Fetching alone: N pictures from HOSTS hosts, the address of picture i being http://127.0.0.(1 + i % HOSTS):PORT/i, into an empty
 * workspace folder. Prints seconds, CPU seconds of the whole process, and how many came. Usage: bench_fetch N HOSTS PORT FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "data/fetch.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    size_t        n = strtoul(argv[1], NULL, 10), hosts = strtoul(argv[2], NULL, 10), came = 0;
    huse_picture *picture = huse_xcalloc(n, sizeof *picture);
    bool         *wanted = huse_xcalloc(n, sizeof *wanted);
    for (size_t i = 0; i < n; i++) {
        picture[i].path = huse_format("http://127.0.0.%zu:%s/%zu", 1 + i % hosts, argv[3], i);
        picture[i].root = "/";
        wanted[i] = true;
    }
    const huse_items   items = {.picture = picture, .n_pictures = n};
    const huse_network network = {.allow_private = true};
    huse_fetch        *f;
    huse_err           err;
    double             wall = now(), used = cpu();
    huse_status        s = huse_fetch_begin(&f, argv[4], &items, wanted, false, &network, &err);
    for (size_t i = 0; s == HUSE_OK && i < n; i += 64) { /* as embed takes them */
        bool settled = false;
        while (s == HUSE_OK && !settled)
            s = huse_fetch_wait(f, i, HUSE_MIN(n - i, (size_t)64), 1000, &settled, &err);
        for (size_t k = i; s == HUSE_OK && k < HUSE_MIN(i + 64, n); k++)
            came += huse_fetch_outcome_of(f, k).state == HUSE_FETCH_THERE;
        if (s == HUSE_OK)
            huse_fetch_release(f, HUSE_MIN(i + 64, n));
    }
    wall = now() - wall;
    used = cpu() - used;
    if (s != HUSE_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    huse_fetch_end(f);
    printf("%.3f %.3f %zu\n", wall, used, came);
    for (size_t i = 0; i < n; i++)
        free((char *)picture[i].path);
    free(picture);
    free(wanted);
    return 0;
}
