/* Rate and time left of work with a known total. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/base.h"

/** Zero-initialise. */
typedef struct cli_progress {
    char   what[32];
    double start;
    size_t first;
} cli_progress;

/** A progress callback of the library; @ctx is a cli_progress. */
void cli_progress_step(void *ctx, const char *what, size_t done, size_t total);

/** The same of a transfer: they are bytes. */
void cli_progress_bytes(void *ctx, const char *what, size_t done, size_t total);

/** "1 h 02 m", "3 m 20 s", "12 s". */
void cli_duration(char *out, size_t size, double seconds);
/** 9,324 */
void cli_thousands(char out[32], size_t n);

#endif
