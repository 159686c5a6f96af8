#include <stdlib.h>

#include "cli/asking.h"
#include "cli/commands.h"

huse_status cmd_search(cli *c, huse_err *err)
{
    cli_asking a;
    HUSE_TRY(cli_asking_open(&a, c, c->arg[0], err));
    huse_query q = HUSE_QUERY_DEFAULT;
    q.home = getenv("HOME");
    q.text = c->arg[1];
    q.k = (size_t)cli_int(c, "count");
    q.target = (huse_target)cli_choice(c, "target");
    q.class_filter = cli_str(c, "class");
    q.min_score = cli_real(c, "min-score");
    q.rerank = cli_real(c, "rerank");
    huse_status s = cli_print_search(&a, &q, "search", err);
    cli_asking_close(&a);
    return s;
}
