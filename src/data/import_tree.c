/* Folder trees: Class/Sub/picture.jpg, with picture.txt beside it if there is one. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/text.h"
#include "data/source.h"

struct tree {
    const char *dir;
    int root_fd;
    uint64_t skip_dev, skip_ino;
    const huse_sink *sink;
};

/* The names of one folder, in byte order. */
struct names {
    struct dirent **entry;
    size_t n;
};

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Length of a picture's name without its ending, 0 when it has no picture's ending. */
static size_t stem(const char *name)
{
    static const char *const ending[] = {".jpg", ".jpeg", ".png", ".webp"};
    size_t n = strlen(name);
    for (size_t i = 0; i < HUSE_COUNT(ending); i++) {
        size_t e = strlen(ending[i]);
        if (n > e && strcasecmp(name + n - e, ending[i]) == 0)
            return n - e;
    }
    return 0;
}

static size_t first_with_prefix(const struct names *x, const char *prefix, size_t n)
{
    size_t lo = 0, hi = x->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strncmp(x->entry[mid]->d_name, prefix, n) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Whether an id without the ending would be another picture's id too: a.jpg beside a.png, or
 * a.png.jpg beside a.png. */
static bool shared_stem(const struct names *x, size_t self, size_t n)
{
    const char *name = x->entry[self]->d_name;
    for (size_t i = first_with_prefix(x, name, n);
         i < x->n && strncmp(x->entry[i]->d_name, name, n) == 0; i++) {
        const char *other = x->entry[i]->d_name;
        size_t s = stem(other);
        if (i != self && s > 0 && (s == n || strlen(other) == n))
            return true;
    }
    return false;
}

static huse_status bad(struct tree *t, const char *rel, size_t line, size_t column, huse_err *err)
{
    char *path = huse_fs_join(t->dir, rel);
    huse_status s = t->sink->bad(t->sink->ctx, path, line, column, err);
    free(path);
    return s;
}

/* Reads an opened text of at most one field's size. */
static huse_status read_text(int fd, huse_buf *text, huse_err *err)
{
    huse_window w;
    huse_status s = HUSE_OK;
    huse_window_file(&w, fd);
    while (s == HUSE_OK && !w.eof && w.n <= HUSE_FIELD_BYTES)
        s = huse_window_fill(&w, err);
    if (s == HUSE_OK)
        huse_buf_add(text, huse_window_at(&w), w.n);
    huse_window_free(&w);
    return s;
}

/* The text beside a picture. A missing file is no text; one that cannot be read is a bad row. */
static huse_status text_beside(struct tree *t, const char *rel, size_t n, huse_buf *text,
                               bool *taken, huse_err *err)
{
    char *name = huse_format("%.*s.txt", (int)n, rel);
    size_t line = 1, column = 1, at = 0;
    int fd = -1;
    huse_status s = huse_fs_open_beneath(t->root_fd, name, &fd, err);
    if (s == HUSE_NOT_FOUND) {
        free(name);
        return HUSE_OK;
    }
    if (s == HUSE_OK) {
        s = read_text(fd, text, err);
        close(fd);
    }
    if (s == HUSE_OK && text->len > HUSE_FIELD_BYTES) {
        huse_fail(err, HUSE_BAD_DATA, "a text of more than 1 MiB");
        *taken = false;
    } else if (s == HUSE_OK && text->len > 0 &&
               !huse_source_clean(text->data, text->len, &at, err)) {
        huse_source_position(text->data, at, &line, &column);
        *taken = false;
    } else if (s != HUSE_OK) {
        line = column = 0;
        *taken = false;
    }
    s = *taken ? HUSE_OK : bad(t, name, line, column, err);
    free(name);
    return s;
}

static huse_str without_bom(const huse_buf *text)
{
    huse_str s = {text->data, text->len};
    if (s.n >= 3 && memcmp(s.s, "\xEF\xBB\xBF", 3) == 0)
        s = (huse_str){s.s + 3, s.n - 3};
    return huse_str_trim(s);
}

/* One picture: @rel below the root, @folder bytes of it the folders, @id bytes of it the id. */
static huse_status take_picture(struct tree *t, const char *rel, size_t folder, size_t id,
                                huse_err *err)
{
    huse_str picture = {rel, strlen(rel)};
    huse_record r = {.picture = &picture, .n_pictures = 1};
    huse_field at = HUSE_FIELD_ROW;
    huse_buf text = {0};
    bool taken = true;
    size_t place;

    if (!huse_source_clean(rel, picture.n, &place, err)) {
        huse_fail(err, HUSE_BAD_DATA, "the file's name is not UTF-8");
        return bad(t, rel, 0, 0, err);
    }
    size_t base = folder ? folder + 1 : 0;
    huse_status s = text_beside(t, rel, base + stem(rel + base), &text, &taken, err);
    if (s == HUSE_OK && taken) {
        r.field[HUSE_FIELD_ID] = (huse_str){rel, id};
        r.field[HUSE_FIELD_CLASS] = (huse_str){rel, folder};
        r.field[HUSE_FIELD_TEXT] = without_bom(&text);
        s = t->sink->row(t->sink->ctx, &r, &at, err);
        if (s == HUSE_BAD_DATA)
            s = bad(t, rel, 0, 0, err);
    }
    huse_buf_free(&text);
    return s;
}

static huse_status walk(struct tree *t, int fd, huse_buf *rel, int depth, huse_err *err);

static huse_status enter(struct tree *t, int fd, const char *name, huse_buf *rel, int depth,
                         huse_err *err)
{
    struct stat st;
    if (depth == HUSE_TREE_DEPTH) {
        huse_fail(err, HUSE_BAD_DATA, "folders nested deeper than %d", HUSE_TREE_DEPTH);
        return bad(t, rel->data, 0, 0, err);
    }
    int sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (sub < 0 || fstat(sub, &st) != 0) {
        huse_fail_errno(err, "cannot open the folder");
        if (sub >= 0)
            close(sub);
        return bad(t, rel->data, 0, 0, err);
    }
    huse_status s = HUSE_OK;
    if ((uint64_t)st.st_dev != t->skip_dev || (uint64_t)st.st_ino != t->skip_ino)
        s = walk(t, sub, rel, depth + 1, err);
    close(sub);
    return s;
}

/* 1 folder, 0 a file of any kind (what is no picture, embed finds out), -1 a link to a folder or
 * gone. */
static int kind(int fd, const struct dirent *e)
{
    struct stat st;
    if (e->d_type == DT_DIR)
        return 1;
    if (e->d_type != DT_UNKNOWN && e->d_type != DT_LNK)
        return 0;
    if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (S_ISDIR(st.st_mode))
        return 1;
    return S_ISLNK(st.st_mode) && fstatat(fd, e->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode) ? -1
                                                                                             : 0;
}

static huse_status take_entry(struct tree *t, int fd, const struct names *x, size_t i,
                              huse_buf *rel, int depth, huse_err *err)
{
    const char *name = x->entry[i]->d_name;
    size_t folder = rel->len, s = stem(name);
    int k = kind(fd, x->entry[i]);
    huse_status status = HUSE_OK;
    if (k < 0 || (k == 0 && s == 0))
        return HUSE_OK;
    if (folder > 0)
        huse_buf_add(rel, "/", 1);
    size_t base = rel->len;
    huse_buf_str(rel, name);
    if (k == 1)
        status = enter(t, fd, name, rel, depth, err);
    else
        status =
            take_picture(t, rel->data, folder, shared_stem(x, i, s) ? rel->len : base + s, err);
    rel->len = folder;
    rel->data[folder] = '\0';
    return status;
}

static huse_status walk(struct tree *t, int fd, huse_buf *rel, int depth, huse_err *err)
{
    struct names x = {0};
    int n = scandirat(fd, ".", &x.entry, visible, by_name);
    huse_status s = HUSE_OK;
    if (n < 0) {
        huse_fail_errno(err, "cannot read the folder");
        return bad(t, rel->len ? rel->data : "", 0, 0, err);
    }
    x.n = (size_t)n;
    for (size_t i = 0; i < x.n && s == HUSE_OK; i++)
        s = take_entry(t, fd, &x, i, rel, depth, err);
    for (size_t i = 0; i < x.n; i++)
        free(x.entry[i]);
    free(x.entry);
    return s;
}

huse_status huse_tree_read(const char *dir, uint64_t skip_dev, uint64_t skip_ino,
                           const huse_sink *sink, huse_err *err)
{
    struct tree t = {.dir = dir, .skip_dev = skip_dev, .skip_ino = skip_ino, .sink = sink};
    huse_buf rel = {0};
    t.root_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (t.root_fd < 0)
        return huse_fail_errno(err, "cannot open %s", dir);
    huse_status s = walk(&t, t.root_fd, &rel, 0, err);
    huse_buf_free(&rel);
    close(t.root_fd);
    return s;
}
