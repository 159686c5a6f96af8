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
    char              *name;                        /* "minilm-l6", "ORG/NAME" */
    const char        *title, *licence, *fallback;  /* borrowed from the manifest or static; @fallback NULL: none */
    char              *dir;                         /* NULL when missing */
    char               revision[41];                /* of a hub; "" for weights from elsewhere */
    cli_weights_state  state;
    char               why[512];
} cli_weights;

typedef struct cli_weights_list {
    struct json_t *manifest; /* NULL when it is not installed */
    cli_weights   *item;     /* the usual two, then what was pulled */
    size_t         n;
} cli_weights_list;

/** Looks at every encoder, or at the one called @only. @hashes: also reads the files and opens the encoders. */
void cli_weights_check(cli_weights_list *l, const cli_host *h, const char *only, bool hashes);
/** The folder that what is called @name lies in: a name of the manifest, "ORG/NAME", or the folder's own. Fresh memory. */
char *cli_weights_folder(const char *name);
/** "ORG/NAME" that the manifest has for one of the usual weights, and the folder they lie in, for either name. False: it has none. Fresh
 *  memory. */
bool cli_weights_usual(const char *name, char **repository, char **folder);
void cli_weights_free(cli_weights_list *l);

#endif
