/* The encoder weights on this machine: those of the manifest of assets/models, those pulled from a hub, and others. */
#ifndef CLI_WEIGHTS_H
#define CLI_WEIGHTS_H

#include "cli/host.h"

typedef enum cli_weights_state {
    CLI_WEIGHTS_MISSING, /* the fallback encoder is used */
    CLI_WEIGHTS_THERE,   /* sizes are right; hashes were not looked at */
    CLI_WEIGHTS_OK,      /* every hash is the manifest's */
    CLI_WEIGHTS_OTHER,   /* other weights than the manifest's, whole as far as can be told */
    CLI_WEIGHTS_DAMAGED, /* cut, altered or incomplete */
    CLI_WEIGHTS_PARTIAL, /* a pull was stopped; the next one goes on */
} cli_weights_state;
extern const char *const cli_weights_state_name[];

typedef struct cli_weights {
    char              *name;   /* "minilm-l6", "ORG/NAME", or the folder's */
    char              *folder; /* below the folder of all weights */
    const char        *title, *licence, *fallback; /* borrowed from the manifest or static; "" */
    bool               image;  /* encodes pictures; else texts */
    char              *dir;    /* NULL when missing */
    uint64_t           bytes;  /* of its files */
    char               repository[194], revision[41]; /* of the hub that it is from; "" */
    cli_weights_state  state;
    char               why[512];
} cli_weights;

typedef struct cli_weights_list {
    struct json_t *manifest; /* NULL when it is not installed */
    cli_weights   *item;
    size_t         n;
} cli_weights_list;

/** Looks at every encoder, or at the one called @only. @hashes: also reads the files and opens the encoders. */
void cli_weights_check(cli_weights_list *l, const cli_host *h, const char *only, bool hashes);
/** By name or folder; NULL: none is called so. */
const cli_weights *cli_weights_find(const cli_weights_list *l, const char *name);
void cli_weights_free(cli_weights_list *l);

/** The entry of the manifest of a model that the program takes by itself; NULL: there is none. Borrowed from @l. */
const struct json_t *cli_weights_listed(const cli_weights_list *l, const char *name);

#endif
