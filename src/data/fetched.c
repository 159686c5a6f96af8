#include "data/fetched.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bundle.h"
#include "base/fs.h"
#include "data/strings.h"

enum { LINE_MAX_BYTES = 64 << 10, SLACK_LINES = 1024 };

typedef struct content {
    const char *key; /* 32 bytes */
    int64_t     size; /* -1: gone */
    int64_t     age;  /* order of arrival */
    int         pins;
} content;

struct huse_fetched {
    char               *dir, *journal;
    int                 lock, log;
    huse_strpool        pool;
    huse_strmap         by_address, by_key;
    huse_fetched_answer *answer;
    const char         **address;
    size_t              n_answers, cap_answers, n_lines;
    content            *content;
    size_t              n_contents, cap_contents;
    int64_t             bytes, arrivals;
    unsigned            temporaries;
};

static char *content_path(const huse_fetched *f, const huse_key *key)
{
    char hex[65];
    huse_key_hex(hex, key);
    return huse_format("%s/%.2s/%s", f->dir, hex, hex);
}

static content *find_content(const huse_fetched *f, const huse_key *key)
{
    int64_t i = huse_strmap_find(&f->by_key, (const char *)key->byte, sizeof key->byte);
    return i == HUSE_STRMAP_NONE ? NULL : &f->content[i];
}

static void add_content(huse_fetched *f, const huse_key *key, int64_t size, int64_t age)
{
    content *c = find_content(f, key);
    if (!c) {
        if (f->n_contents == f->cap_contents) {
            f->cap_contents = f->cap_contents ? f->cap_contents * 2 : 256;
            f->content = huse_xrealloc(f->content, f->cap_contents * sizeof *f->content);
        }
        c = &f->content[f->n_contents];
        *c = (content){.key = huse_strpool_add(&f->pool, (const char *)key->byte, sizeof key->byte), .size = -1};
        huse_strmap_add(&f->by_key, c->key, sizeof key->byte, (uint32_t)f->n_contents++);
    }
    f->bytes += size - HUSE_MAX(c->size, 0);
    c->size = size;
    c->age = age;
}

static void set_answer(huse_fetched *f, const char *address, const huse_fetched_answer *a)
{
    size_t              n = strlen(address);
    int64_t             i = huse_strmap_find(&f->by_address, address, n);
    huse_fetched_answer own = {a->key, huse_strpool_add(&f->pool, a->etag, strlen(a->etag)),
                               huse_strpool_add(&f->pool, a->modified, strlen(a->modified))};
    if (i == HUSE_STRMAP_NONE) {
        if (f->n_answers == f->cap_answers) {
            f->cap_answers = f->cap_answers ? f->cap_answers * 2 : 256;
            f->answer = huse_xrealloc(f->answer, f->cap_answers * sizeof *f->answer);
            f->address = huse_xrealloc(f->address, f->cap_answers * sizeof *f->address);
        }
        i = (int64_t)f->n_answers++;
        f->address[i] = huse_strpool_add(&f->pool, address, n);
        huse_strmap_add(&f->by_address, f->address[i], n, (uint32_t)i);
    }
    f->answer[i] = own;
}

/* ---- the journal ---- */

static char *make_line(const char *address, const huse_fetched_answer *a)
{
    char hex[65];
    huse_key_hex(hex, &a->key);
    json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "address", address, "sha256", hex, "etag", a->etag, "modified", a->modified);
    char   *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    json_decref(o);
    if (!text) /* a server's header that is not UTF-8 */
        return NULL;
    char *line = huse_format("%s\n", text);
    free(text);
    return line;
}

/* A line that was cut, or is none of ours, is worth nothing and harms nothing. */
static void take_line(huse_fetched *f, const char *line, size_t n)
{
    json_t  *o = NULL;
    huse_err err;
    huse_key key;
    f->n_lines++;
    if (n > LINE_MAX_BYTES || huse_json_parse(&o, line, n, "journal", &err) != HUSE_OK)
        return;
    const char *address = json_string_value(json_object_get(o, "address")), *hex = json_string_value(json_object_get(o, "sha256"));
    const char *etag = json_string_value(json_object_get(o, "etag")), *modified = json_string_value(json_object_get(o, "modified"));
    if (address && hex && strlen(hex) == 64 && huse_key_parse(&key, hex))
        set_answer(f, address, &(huse_fetched_answer){key, etag ? etag : "", modified ? modified : ""});
    json_decref(o);
}

static huse_status read_journal(huse_fetched *f, huse_err *err)
{
    huse_map m;
    if (!huse_fs_exists(f->journal))
        return HUSE_OK;
    HUSE_TRY(huse_map_open(&m, f->journal, err));
    const char *p = (const char *)m.data, *end = p + m.n;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t      n = (size_t)((nl ? nl : end) - p);
        take_line(f, p, n);
        p += n + 1;
    }
    huse_map_close(&m);
    return HUSE_OK;
}

/* Rewrites a journal that is mostly past, when nobody else has it open. */
static huse_status compact_journal(huse_fetched *f, huse_err *err)
{
    if (f->n_lines < f->n_answers * 2 + SLACK_LINES || flock(f->lock, LOCK_EX | LOCK_NB) != 0)
        return HUSE_OK;
    huse_buf b = {0};
    for (size_t i = 0; i < f->n_answers; i++) {
        char *line = make_line(f->address[i], &f->answer[i]);
        if (line)
            huse_buf_str(&b, line);
        free(line);
    }
    huse_status s = huse_fs_write_atomic(f->journal, b.data ? b.data : "", b.len, err);
    huse_buf_free(&b);
    return s;
}

/* A line that a crash cut must not swallow the next one. */
static void end_line(int log)
{
    struct stat st;
    char        last = '\n';
    int         fd = fstat(log, &st) == 0 && st.st_size > 0 ? log : -1;
    if (fd >= 0 && pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n')
        huse_fs_write_all(log, "\n", 1);
}

/* ---- open and close ---- */

static void scan_folder(huse_fetched *f, const char *name)
{
    char  **names, *dir = huse_fs_join(f->dir, name);
    size_t  n;
    huse_err err;
    if (strlen(name) == 2 && huse_fs_is_dir(dir) && huse_fs_list(dir, &names, &n, &err) == HUSE_OK) {
        for (size_t i = 0; i < n; i++) {
            struct stat st;
            huse_key    key;
            char       *path = huse_fs_join(dir, names[i]);
            if (strlen(names[i]) == 64 && huse_key_parse(&key, names[i]) && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
                add_content(f, &key, st.st_size, (int64_t)st.st_mtim.tv_sec);
            free(path);
        }
        huse_fs_free_names(names, n);
    }
    free(dir);
}

static huse_status scan(huse_fetched *f, huse_err *err)
{
    char **names;
    size_t n;
    huse_fs_remove_stale(f->dir);
    HUSE_TRY(huse_fs_list(f->dir, &names, &n, err));
    for (size_t i = 0; i < n; i++)
        scan_folder(f, names[i]);
    huse_fs_free_names(names, n);
    for (size_t i = 0; i < f->n_contents; i++)
        f->arrivals = HUSE_MAX(f->arrivals, f->content[i].age);
    return HUSE_OK;
}

static huse_status open_files(huse_fetched *f, huse_err *err)
{
    char *lock = huse_fs_join(f->dir, "lock");
    f->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    free(lock);
    if (f->lock < 0)
        return huse_fail_errno(err, "cannot open the lock of %s", f->dir);
    while (flock(f->lock, LOCK_SH) != 0)
        if (errno != EINTR)
            return huse_fail_errno(err, "cannot lock %s", f->dir);
    HUSE_TRY(read_journal(f, err));
    HUSE_TRY(compact_journal(f, err));
    f->log = open(f->journal, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (f->log < 0)
        return huse_fail_errno(err, "cannot open %s", f->journal);
    if (flock(f->lock, LOCK_SH) != 0)
        return huse_fail_errno(err, "cannot lock %s", f->dir);
    end_line(f->log);
    return scan(f, err);
}

huse_status huse_fetched_open(huse_fetched **out, const char *workspace, huse_err *err)
{
    huse_fetched *f = huse_xcalloc(1, sizeof *f);
    f->lock = f->log = -1;
    f->dir = huse_fs_join(workspace, "fetched");
    f->journal = huse_fs_join(f->dir, "journal.jsonl");
    huse_status s = huse_fs_mkdirs(f->dir, err);
    if (s == HUSE_OK)
        s = open_files(f, err);
    if (s == HUSE_OK)
        *out = f;
    else
        huse_fetched_close(f);
    return s;
}

void huse_fetched_close(huse_fetched *f)
{
    if (!f)
        return;
    if (f->log >= 0)
        close(f->log);
    if (f->lock >= 0)
        close(f->lock);
    huse_strmap_free(&f->by_address);
    huse_strmap_free(&f->by_key);
    huse_strpool_free(&f->pool);
    free(f->answer);
    free(f->address);
    free(f->content);
    free(f->dir);
    free(f->journal);
    free(f);
}

/* ---- what is there ---- */

bool huse_fetched_find(const huse_fetched *f, const char *address, huse_fetched_answer *a)
{
    int64_t i = huse_strmap_find(&f->by_address, address, strlen(address));
    if (i == HUSE_STRMAP_NONE)
        return false;
    *a = f->answer[i];
    return true;
}

bool huse_fetched_has(const huse_fetched *f, const huse_key *key)
{
    const content *c = find_content(f, key);
    return c && c->size >= 0;
}

huse_status huse_fetched_temporary(huse_fetched *f, int *fd, char **path, huse_err *err)
{
    char *p = huse_format("%s/.tmp-%ld-%u-fetch", f->dir, (long)getpid(), f->temporaries++);
    int   x = open(p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (x < 0) {
        huse_status s = huse_fail_errno(err, "cannot create %s", p);
        free(p);
        return s;
    }
    *fd = x;
    *path = p;
    return HUSE_OK;
}

huse_status huse_fetched_put(huse_fetched *f, const char *address, const huse_fetched_answer *a, const char *temporary, int64_t size,
                             huse_err *err)
{
    char       *path = content_path(f, &a->key), *dir = huse_xstrndup(path, (size_t)(strrchr(path, '/') - path));
    char       *line = make_line(address, a);
    huse_status s = HUSE_OK;
    if (!line)
        line = make_line(address, &(huse_fetched_answer){a->key, "", ""});
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        s = huse_fail_errno(err, "cannot create %s", dir);
    else if (rename(temporary, path) != 0)
        s = huse_fail_errno(err, "cannot save %s", path);
    else if (!line || !huse_fs_write_all(f->log, line, strlen(line)))
        s = huse_fail_errno(err, "cannot write %s", f->journal);
    if (s == HUSE_OK) {
        set_answer(f, address, a);
        add_content(f, &a->key, size, ++f->arrivals);
    }
    free(line);
    free(dir);
    free(path);
    return s;
}

huse_status huse_fetched_read(const huse_fetched *f, const huse_key *key, int *fd, huse_err *err)
{
    char       *path = content_path(f, key);
    int         x = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    huse_status s = HUSE_OK;
    if (x < 0)
        s = errno == ENOENT ? huse_fail(err, HUSE_NOT_FOUND, "the fetched picture is gone") : huse_fail_errno(err, "cannot open %s", path);
    else
        *fd = x;
    free(path);
    return s;
}

void huse_fetched_hold(huse_fetched *f, const huse_key *key)
{
    content *c = find_content(f, key);
    if (c)
        c->pins++;
}

void huse_fetched_release(huse_fetched *f, const huse_key *key)
{
    content *c = find_content(f, key);
    if (c && c->pins > 0)
        c->pins--;
}

static void drop(huse_fetched *f, content *c)
{
    huse_key key;
    memcpy(key.byte, c->key, sizeof key.byte);
    char *path = content_path(f, &key);
    unlink(path);
    free(path);
    f->bytes -= HUSE_MAX(c->size, 0);
    c->size = -1;
}

void huse_fetched_remove(huse_fetched *f, const huse_key *key)
{
    content *c = find_content(f, key);
    if (c)
        drop(f, c);
}

static int by_age(const void *a, const void *b)
{
    const content *x = *(content *const *)a, *y = *(content *const *)b;
    return x->age < y->age ? -1 : x->age > y->age;
}

void huse_fetched_trim(huse_fetched *f, uint64_t bytes)
{
    if ((uint64_t)f->bytes <= bytes)
        return;
    content **list = huse_xcalloc(f->n_contents + 1, sizeof(content *));
    size_t    n = 0;
    for (size_t i = 0; i < f->n_contents; i++)
        if (f->content[i].size >= 0 && f->content[i].pins == 0)
            list[n++] = &f->content[i];
    qsort(list, n, sizeof(content *), by_age);
    /* a little more than must be, so that not every picture sorts them all */
    for (size_t i = 0; i < n && (uint64_t)f->bytes > bytes - bytes / 8; i++)
        drop(f, list[i]);
    free(list);
}
