#include "history.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"

#define FILE_BYTES (4u << 20)

typedef struct lines {
    char **line;
    size_t n, cap;
} lines;

struct ui_history {
    lines  all, unsaved;
    size_t at; /* all.n: at what is being typed */
    char  *typed;
};

/* ---- lists of lines ---- */

static void lines_free(lines *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->line[i]);
    free(l->line);
    *l = (lines){0};
}

static void lines_remove(lines *l, size_t i)
{
    free(l->line[i]);
    memmove(l->line + i, l->line + i + 1, (--l->n - i) * sizeof *l->line);
}

/* As the last; where it stood before it is taken away. */
static void lines_add(lines *l, const char *line, size_t n)
{
    for (size_t i = 0; i < l->n; i++)
        if (strncmp(l->line[i], line, n) == 0 && !l->line[i][n]) {
            lines_remove(l, i);
            break;
        }
    if (l->n == UI_HISTORY_MAX)
        lines_remove(l, 0);
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 64;
        l->line = huse_xrealloc(l->line, l->cap * sizeof *l->line);
    }
    l->line[l->n++] = huse_xstrndup(line, n);
}

static bool worth(const char *s, size_t n)
{
    bool blank = true;
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
            return false;
        blank = blank && s[i] == ' ';
    }
    return !blank;
}

static void lines_read(lines *l, const char *file)
{
    char    *data;
    size_t   n;
    huse_err none; /* a history that cannot be read is an empty one */
    if (huse_fs_read(file, FILE_BYTES, &data, &n, &none) != HUSE_OK)
        return;
    const char *from = data + n;
    for (size_t seen = 0; from > data && seen <= 2 * UI_HISTORY_MAX; from--) /* of a file that is too long, its end */
        seen += from[-1] == '\n';
    for (const char *s = from; s < data + n;) {
        const char *end = memchr(s, '\n', (size_t)(data + n - s));
        size_t      len = (size_t)((end ? end : data + n) - s);
        if (worth(s, len) && !memchr(s, 0, len))
            lines_add(l, s, len);
        s += len + 1;
    }
    free(data);
}

/* ---- as the pane sees it ---- */

ui_history *ui_history_new(const char *file)
{
    ui_history *h = huse_xcalloc(1, sizeof *h);
    if (file)
        lines_read(&h->all, file);
    h->at = h->all.n;
    return h;
}

void ui_history_free(ui_history *h)
{
    if (!h)
        return;
    lines_free(&h->all);
    lines_free(&h->unsaved);
    free(h->typed);
    free(h);
}

void ui_history_rest(ui_history *h)
{
    h->at = h->all.n;
}

bool ui_history_add(ui_history *h, const char *line)
{
    const size_t n = strlen(line);
    const bool   is_newest = h->all.n && strcmp(h->all.line[h->all.n - 1], line) == 0;
    if (worth(line, n) && !is_newest) {
        lines_add(&h->all, line, n);
        lines_add(&h->unsaved, line, n);
    }
    ui_history_rest(h);
    return worth(line, n) && !is_newest;
}

const char *ui_history_older(ui_history *h, const char *typed)
{
    if (h->at == h->all.n) {
        free(h->typed);
        h->typed = huse_xstrdup(typed);
        if (h->at && strcmp(h->all.line[h->at - 1], typed) == 0) /* nobody presses a key to see the same again */
            h->at -= h->at > 1;
    }
    return h->at ? h->all.line[--h->at] : NULL;
}

const char *ui_history_newer(ui_history *h)
{
    if (h->at >= h->all.n)
        return NULL;
    return ++h->at < h->all.n ? h->all.line[h->at] : h->typed;
}

/* ---- the file ---- */

char **ui_history_unsaved(const ui_history *h, size_t *n)
{
    char **line = huse_xcalloc(HUSE_MAX(h->unsaved.n, 1), sizeof *line);
    for (size_t i = 0; i < h->unsaved.n; i++)
        line[i] = huse_xstrdup(h->unsaved.line[i]);
    *n = h->unsaved.n;
    return line;
}

void ui_history_saved(ui_history *h, size_t n)
{
    for (size_t i = 0; i < n && h->unsaved.n; i++)
        lines_remove(&h->unsaved, 0);
}

static huse_status replace(const char *file, const huse_buf *text, huse_err *err)
{
    huse_fs_new f;
    HUSE_TRY(huse_fs_new_begin(&f, file, err));
    if (fchmod(f.fd, 0600) != 0 || !huse_fs_write_all(f.fd, text->data, text->len)) {
        huse_status s = huse_fail_errno(err, "cannot write %s", file);
        huse_fs_new_abort(&f);
        return s;
    }
    return huse_fs_new_commit(&f, err);
}

huse_status ui_history_write(const char *file, char *const *line, size_t n, huse_err *err)
{
    lines       l = {0};
    huse_buf    text = {0};
    char       *folder = huse_xstrdup(file), *slash = strrchr(folder, '/');
    huse_status s = HUSE_OK;
    if (slash && slash > folder) {
        *slash = 0;
        s = huse_fs_mkdirs(folder, err);
    }
    if (s == HUSE_OK) {
        lines_read(&l, file);
        for (size_t i = 0; i < n; i++)
            lines_add(&l, line[i], strlen(line[i]));
        huse_buf_str(&text, "");
        for (size_t i = 0; i < l.n; i++)
            huse_buf_fmt(&text, "%s\n", l.line[i]);
        s = replace(file, &text, err);
    }
    lines_free(&l);
    huse_buf_free(&text);
    free(folder);
    return s;
}
