/* The encoder weights on this machine against the manifest of assets/models. */
#ifndef CLI_WEIGHTS_H
#define CLI_WEIGHTS_H

#include "cli/host.h"

typedef enum cli_weights_state {
    CLI_WEIGHTS_MISSING, /* the fallback encoder is used */
    CLI_WEIGHTS_THERE,   /* sizes are right; hashes were not looked at */
    CLI_WEIGHTS_OK,      /* every hash is the manifest's */
    CLI_WEIGHTS_OTHER,   /* other weights than the manifest's, whole as far as can be told */
    CLI_WEIGHTS_DAMAGED, /* cut, altered or incomplete */
} cli_weights_state;
extern const char *const cli_weights_state_name[];

typedef struct cli_weights {
    const char        *name, *title, *licence, *fallback; /* borrowed from the manifest or static */
    char              *dir;   /* NULL when missing */
    cli_weights_state  state;
    char               why[512];
} cli_weights;

typedef struct cli_weights_list {
    struct json_t *manifest; /* NULL when it is not installed */
    cli_weights    item[8];
    size_t         n;
} cli_weights_list;

/** Looks at every encoder. @hashes: also reads the files and opens the encoders. */
void cli_weights_check(cli_weights_list *l, const cli_host *h, bool hashes);
void cli_weights_free(cli_weights_list *l);

#endif
