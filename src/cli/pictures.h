/* Pictures of results on standard output. */
#ifndef CLI_PICTURES_H
#define CLI_PICTURES_H

#include "cli/asking.h"

/** Whether --pictures is given and standard output takes them. */
bool cli_wants_pictures(const cli *c);
/** Draws the pictures of @r's items with text, class, score and id. */
huse_status cli_print_pictures(cli_asking *a, const huse_answer *r, huse_err *err) HUSE_MUST_CHECK;
/** Draws the picture of one item where standard output is a terminal; nothing otherwise. */
huse_status cli_print_picture(cli_asking *a, size_t item, huse_err *err) HUSE_MUST_CHECK;

#endif
