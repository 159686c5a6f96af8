#include "cli/successor.h"

#include "cli/out.h"

huse_status cli_publish_successor(huse_workspace *ws, const huse_host *host, huse_err *err)
{
    huse_status s = huse_publish_successor(ws, host, err);
    if (s == HUSE_BAD_DATA) {
        out_note("the model stays as it was: %s", err->msg);
        return HUSE_OK;
    }
    return s;
}
