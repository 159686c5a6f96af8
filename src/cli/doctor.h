/* Parts of the report of “huse-tui doctor”. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <jansson.h>

#include "cli/host.h"

/** Each adds members to @j. */
void cli_doctor_terminal(json_t *j);
void cli_doctor_program(json_t *j, const cli_host *h);
/** The workspace's integrity: counts the faults that are damage. */
huse_status cli_doctor_workspace(json_t *j, huse_workspace *ws, size_t *damaged, huse_err *err) HUSE_MUST_CHECK;

#endif
