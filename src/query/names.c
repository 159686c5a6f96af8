/* Items and classes by name, and the nearest name where there is none. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "query/engine.h"

/* Near misses are looked for among at most this many names: it is a kindness, not a search. */
#define MOST_NAMES ((size_t)200000)

huse_status huse_engine_find_item(huse_engine *e, const char *id, size_t *item, huse_err *err)
{
    ptrdiff_t found = huse_engine_item(e, id);
    if (found >= 0) {
        *item = (size_t)found;
        return HUSE_OK;
    }
    size_t n = HUSE_MIN(e->items->n, MOST_NAMES);
    const char **name = huse_xmalloc((n + 1) * sizeof *name);
    for (size_t i = 0; i < n; i++)
        name[i] = e->items->item[i].id;
    const char *near = huse_text_nearest(id, name, n);
    huse_fail(err, HUSE_NOT_FOUND, near != NULL ? "no item “%.100s”; the nearest id is “%.100s”" : "no item “%.100s”, nor one spelt like it", id,
              near);
    free(name);
    return HUSE_NOT_FOUND;
}

/* The node whose last component is @name, case ignored: -1 when none, -2 when several; those are listed in @list. */
static int32_t find_name(const huse_taxonomy *tree, const char *name, huse_buf *list)
{
    int32_t found = -1;
    char *folded = huse_text_fold(name);
    for (size_t i = 1; i < tree->n; i++) {
        char *other = huse_text_fold(tree->name[i]);
        if (strcmp(folded, other) == 0) {
            /* "Ties/Ties": the class itself rather than a node that holds nothing else */
            bool inside = found > 0 && huse_taxonomy_below(tree, (int32_t)i, found) && tree->cls[found] < 0 &&
                          tree->end[i] == tree->end[found];
            if (list->len < 200)
                huse_buf_fmt(list, "%s%.80s", list->len > 0 ? ", " : "", tree->path[i]);
            found = found == -1 || inside ? (int32_t)i : -2;
        }
        free(other);
    }
    free(folded);
    return found;
}

/* A path or a name that looks like it; or the first path that holds it. */
static const char *nearest_node(const huse_taxonomy *tree, const char *path)
{
    const char *near = huse_text_nearest(path, tree->path + 1, tree->n - 1);
    if (near == NULL)
        near = huse_text_nearest(path, tree->name + 1, tree->n - 1);
    char *folded = huse_text_fold(path);
    for (size_t i = 1; near == NULL && *folded != '\0' && i < tree->n; i++) {
        char *other = huse_text_fold(tree->path[i]);
        if (strstr(other, folded) != NULL)
            near = tree->path[i];
        free(other);
    }
    free(folded);
    return near;
}

huse_status huse_engine_find_node(const huse_taxonomy *tree, const char *path, int32_t *node, huse_err *err)
{
    int32_t found = *path != '\0' ? huse_taxonomy_find(tree, path) : -1;
    huse_buf list = { 0 };
    if (found < 0)
        found = find_name(tree, path, &list);
    huse_status s = HUSE_OK;
    if (found > 0) {
        *node = found;
    } else if (found == -2) {
        s = huse_fail(err, HUSE_NOT_FOUND, "several classes are called “%.80s”: %.300s", path, list.data);
    } else {
        const char *near = nearest_node(tree, path);
        s = huse_fail(err, HUSE_NOT_FOUND, near != NULL ? "no class “%.100s”; the nearest is “%.100s”" : "no class “%.100s”, nor one spelt like it",
                      path, near);
    }
    huse_buf_free(&list);
    return s;
}
