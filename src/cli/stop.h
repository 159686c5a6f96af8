/* SIGINT and SIGTERM as a flag that long work looks at between steps. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include "huse/status.h"

/** Installs the handlers; a second signal ends the program at once. Returns the flag. */
volatile const int *cli_stop_catch(void);
/** INTERRUPTED or TERMINATED by the signal that came; @s itself for every other status. */
huse_status cli_stop_status(huse_status s);

#endif
