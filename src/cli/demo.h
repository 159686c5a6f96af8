/* The demo's catalogue: pictures, names, keywords and groups of emoji, made from Debian packages. */
#ifndef CLI_DEMO_H
#define CLI_DEMO_H

#include "cli/options.h"

/** Makes folder @dir with emoji.csv and images/, whole or not at all; one that is there is left alone. FAILED, with a hint that names the
 *  packages, when something is missing that they hold. */
huse_status cli_demo_draw(cli *c, const char *dir, huse_err *err) HUSE_MUST_CHECK;

#endif
