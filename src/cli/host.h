/* What runs on this machine and where things lie: weights, the decoder, workspaces. */
#ifndef CLI_HOST_H
#define CLI_HOST_H

#include "cli/known.h"
#include "cli/options.h"
#include "huse/encode.h"

typedef struct cli_host {
    huse_host host;
    char     *models, *decode;
    cli_known known;
} cli_host;

/** After a change of h->known. */
void cli_host_use_known(cli_host *h);

/** Finds weights, decoder and thread count. @h must stay where it is. Cannot fail: what is missing is NULL or found missing at use. */
void cli_host_init(cli_host *h, const cli *c);
void cli_host_free(cli_host *h);

/** --data, HUSE_TUI_DATA, $XDG_DATA_HOME/huse-tui or ~/.local/share/huse-tui. Fresh memory. */
char *cli_data_dir(const cli *c);
/** Folder of the bundled workspace. Fresh memory. */
char *cli_demo_dir(const cli *c);
/** Folder of this program, links resolved. Fresh memory. */
char *cli_program_dir(void);

/** The folder that @name means: itself where it exists or holds a slash, else a catalogue of that name under the data folder, else itself.
 *  Fresh memory. */
char *cli_workspace_dir(const cli *c, const char *name);
/** Opens the workspace of an operand. NOT_FOUND sets the hint. */
huse_status cli_workspace_open(cli *c, const char *name, unsigned flags, huse_workspace **ws, huse_err *err) HUSE_MUST_CHECK;

#endif
