/* Opens a workspace and answers one query: search WORKSPACE QUERY [MODELS-FOLDER]. Valid C and C++. */
#include <stdio.h>
#include <string.h>

#include "huse.h"

static int complain(const huse_err *err)
{
    fprintf(stderr, "search: %s\n", err->msg);
    return huse_status_exit_code(err->status);
}

int main(int argc, char **argv)
{
    huse_workspace *ws = NULL;
    huse_engine    *engine = NULL;
    huse_answer     answer;
    huse_query      query = HUSE_QUERY_DEFAULT;
    huse_host       host;
    huse_err        err;
    int             code = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: search WORKSPACE QUERY [MODELS-FOLDER]\n");
        return 2;
    }
    memset(&host, 0, sizeof host);
    host.models_dir = argc > 3 ? argv[3] : NULL;
    query.text = argv[2];
    query.target = HUSE_TARGET_TEXT;
    query.k = 5;
    if (huse_workspace_open(&ws, argv[1], HUSE_OPEN_READ_ONLY, &err) != HUSE_OK)
        return complain(&err);
    if (huse_engine_open(&engine, ws, &host, NULL, &err) != HUSE_OK ||
        huse_search(engine, &query, &answer, &err) != HUSE_OK) {
        code = complain(&err);
    } else {
        const huse_items *items = huse_engine_items(engine);
        for (size_t i = 0; i < answer.n; i++)
            printf("%.3f %s\n", (double)answer.hit[i].score, items->item[answer.hit[i].item].id);
        huse_answer_free(&answer);
    }
    huse_engine_close(engine);
    huse_workspace_close(ws);
    return code;
}
