#include "data/workspace.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fs.h"
#include "data/db.h"
#include "data/thumbs.h"

static const char *const folders[] = {"features", "thumbs", "runs", "models"};

struct huse_workspace {
    char *dir; /* absolute, links resolved */
    sqlite3 *db;
    struct huse_thumbs *thumbs; /* opened when first asked for */
    pthread_mutex_t lock;       /* guards @thumbs */
    bool read_only;
    bool made_dir, made; /* what this handle created: the directory, the workspace in it */
};

const char *huse_workspace_dir(const huse_workspace *ws)
{
    return ws->dir;
}

sqlite3 *huse_workspace_db(huse_workspace *ws)
{
    return ws->db;
}

bool huse_workspace_read_only(const huse_workspace *ws)
{
    return ws->read_only;
}

huse_status huse_workspace_thumbs(huse_workspace *ws, struct huse_thumbs **thumbs, huse_err *err)
{
    huse_status s = HUSE_OK;
    pthread_mutex_lock(&ws->lock);
    if (!ws->thumbs)
        s = huse_thumbs_open(&ws->thumbs, ws->dir, err);
    if (s == HUSE_OK)
        *thumbs = ws->thumbs;
    pthread_mutex_unlock(&ws->lock);
    return s;
}

huse_status huse_thumbnail(huse_workspace *ws, const uint8_t key[32], uint8_t **rgb, int *width,
                           int *height, huse_err *err)
{
    struct huse_thumbs *thumbs;
    huse_key k;
    memcpy(k.byte, key, sizeof k.byte);
    HUSE_TRY(huse_workspace_thumbs(ws, &thumbs, err));
    return huse_thumbs_find(thumbs, &k, rgb, width, height, err);
}

huse_status huse_workspace_need_write(const huse_workspace *ws, huse_err *err)
{
    if (ws->read_only)
        return huse_fail(err, HUSE_FAILED, "the workspace %s is read-only", ws->dir);
    return HUSE_OK;
}

/* WAL needs shared memory between all who have the file open, which these do not give across
 * machines. */
static bool on_network(const char *dir)
{
    static const uint32_t magic[] = {
        0x00006969, /* NFS */ 0x0000517B,  /* SMB */ 0xFE534D42,    /* SMB2 */
        0xFF534D42, /* CIFS */ 0x5346414F, /* AFS */ 0x6B414653,    /* kAFS */
        0x73757245, /* Coda */ 0x01021997, /* 9p */ 0x65735546,     /* FUSE, sshfs among them */
        0x00C36400, /* Ceph */ 0x0BD00BD0, /* Lustre */ 0x19830326, /* BeeGFS */
        0x01161970, /* GFS2 */ 0x7461636F, /* OCFS2 */ 0x47504653,  /* GPFS */
    };
    struct statfs fs;
    if (statfs(dir, &fs) != 0)
        return true;
    for (size_t i = 0; i < HUSE_COUNT(magic); i++)
        if ((uint32_t)fs.f_type == magic[i])
            return true;
    return false;
}

static bool on_read_only_media(const char *dir)
{
    struct statvfs fs;
    return statvfs(dir, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

/* "file:…?immutable=1" with the characters quoted that mean something in a URI. */
static char *immutable_uri(const char *path)
{
    huse_buf b = {0};
    huse_buf_str(&b, "file:");
    for (const char *p = path; *p; p++) {
        if (strchr("?#%", *p))
            huse_buf_fmt(&b, "%%%02X", (unsigned)(unsigned char)*p);
        else
            huse_buf_add(&b, p, 1);
    }
    huse_buf_str(&b, "?immutable=1");
    return b.data;
}

/* A workspace may come from anyone: no code in its schema runs, no page of it is trusted unseen. */
static huse_status open_db(sqlite3 **out, const char *path, int flags, bool immutable,
                           huse_err *err)
{
    sqlite3 *db = NULL;
    char *name = immutable ? immutable_uri(path) : huse_xstrdup(path);
    int code = sqlite3_open_v2(
        name, &db, flags | (immutable ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_FULLMUTEX, NULL);
    free(name);
    HUSE_ASSERT(db);
    if (code != SQLITE_OK) {
        huse_status s = huse_db_fail(db, err);
        sqlite3_close(db);
        return s;
    }
    huse_db_harden(db);
    *out = db;
    return HUSE_OK;
}

/* A log that lies beside a database which nobody may write cannot be used, only ignored: the second
 * try does. */
static huse_status open_read_only(huse_workspace *ws, const char *path, huse_err *err)
{
    int64_t version;
    bool immutable = on_read_only_media(ws->dir);
    HUSE_TRY(open_db(&ws->db, path, SQLITE_OPEN_READONLY, immutable, err));
    huse_status s = huse_db_number(ws->db, "PRAGMA schema_version", &version, err);
    if (s == HUSE_OK || immutable || access(ws->dir, W_OK) == 0)
        return s;
    sqlite3_close(ws->db);
    ws->db = NULL;
    return open_db(&ws->db, path, SQLITE_OPEN_READONLY, true, err);
}

/* Which journal is a preference: where another process keeps it from being changed, the present one
 * will do. */
static huse_status set_journal(huse_workspace *ws, huse_err *err)
{
    bool network = on_network(ws->dir);
    HUSE_TRY(huse_db_exec(ws->db, "PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON", err));
    if (sqlite3_exec(ws->db, network ? "PRAGMA journal_mode=DELETE" : "PRAGMA journal_mode=WAL",
                     NULL, NULL, NULL) == SQLITE_OK ||
        (sqlite3_errcode(ws->db) & 0xff) == SQLITE_BUSY)
        return HUSE_OK;
    return huse_db_fail(ws->db, err);
}

static bool is_ours(const char *name)
{
    if (strncmp(name, "catalogue.db", 12) == 0)
        return true;
    for (size_t i = 0; i < HUSE_COUNT(folders); i++)
        if (strcmp(name, folders[i]) == 0)
            return true;
    return false;
}

/* A new workspace goes into an empty place (or one where making it was cut short), never among
 * someone's files. */
static huse_status check_empty(const char *dir, huse_err *err)
{
    char **names = NULL;
    size_t n = 0;
    huse_status status = HUSE_OK;
    HUSE_TRY(huse_fs_list(dir, &names, &n, err));
    for (size_t i = 0; i < n && status == HUSE_OK; i++)
        if (!is_ours(names[i]))
            status = huse_fail(err, HUSE_FAILED,
                               "%s is no workspace and holds other files (%s); name a new folder",
                               dir, names[i]);
    huse_fs_free_names(names, n);
    return status;
}

static huse_status make_folders(const char *dir, huse_err *err)
{
    for (size_t i = 0; i < HUSE_COUNT(folders); i++) {
        char *path = huse_fs_join(dir, folders[i]);
        huse_status s = huse_fs_mkdirs(path, err);
        free(path);
        HUSE_TRY(s);
    }
    return HUSE_OK;
}

/* What catalogue.db is: 1 a file, 0 missing, -1 something else, which is not opened. */
static int look_at(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
    return S_ISREG(st.st_mode) ? 1 : -1;
}

static huse_status open_catalogue(huse_workspace *ws, const char *path, unsigned flags,
                                  huse_err *err)
{
    bool create = (flags & HUSE_OPEN_CREATE) && !(flags & HUSE_OPEN_READ_ONLY);
    int found = look_at(path);
    if (found < 0)
        return huse_fail(err, HUSE_BAD_DATA, "%s is not a readable regular file", path);
    if (!found && !create)
        return huse_fail(err, HUSE_NOT_FOUND, "%s is no workspace: it holds no catalogue.db",
                         ws->dir);
    ws->read_only = (flags & HUSE_OPEN_READ_ONLY) || on_read_only_media(ws->dir) ||
                    access(ws->dir, W_OK) != 0 || (found && access(path, W_OK) != 0);
    if (!found && ws->read_only)
        return huse_fail(err, HUSE_FAILED, "cannot make a workspace in %s: it is read-only",
                         ws->dir);
    if (ws->read_only) {
        HUSE_TRY(open_read_only(ws, path, err));
        return huse_catalogue_setup(ws->db, false, ws->dir, err);
    }
    if (!found) {
        HUSE_TRY(check_empty(ws->dir, err));
        HUSE_TRY(make_folders(ws->dir, err));
        ws->made = true;
    }
    HUSE_TRY(open_db(&ws->db, path, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0),
                     false, err));
    HUSE_TRY(huse_catalogue_setup(ws->db, create, ws->dir, err));
    return set_journal(ws, err);
}

huse_status huse_workspace_open(huse_workspace **out, const char *dir, unsigned flags,
                                huse_err *err)
{
    huse_workspace *ws = huse_xcalloc(1, sizeof *ws);
    huse_status status = HUSE_OK;
    char *path = NULL;

    pthread_mutex_init(&ws->lock, NULL);
    if ((flags & HUSE_OPEN_CREATE) && !huse_fs_exists(dir)) {
        if ((status = huse_fs_mkdirs(dir, err)) != HUSE_OK)
            goto out;
        ws->made_dir = true;
    }
    ws->dir = realpath(dir, NULL);
    if (!ws->dir) {
        status = errno == ENOENT ? huse_fail(err, HUSE_NOT_FOUND, "there is no workspace %s", dir)
                                 : huse_fail_errno(err, "cannot open %s", dir);
        goto out;
    }
    if (!huse_fs_is_dir(ws->dir)) {
        status = huse_fail(err, HUSE_NOT_FOUND, "%s is no workspace: it is a file", dir);
        goto out;
    }
    path = huse_fs_join(ws->dir, "catalogue.db");
    status = open_catalogue(ws, path, flags, err);
out:
    free(path);
    if (status != HUSE_OK)
        huse_workspace_discard(ws);
    else
        *out = ws;
    return status;
}

void huse_workspace_close(huse_workspace *ws)
{
    if (!ws)
        return;
    huse_thumbs_close(ws->thumbs);
    sqlite3_close(ws->db);
    pthread_mutex_destroy(&ws->lock);
    free(ws->dir);
    free(ws);
}

void huse_workspace_discard(huse_workspace *ws)
{
    static const char *const files[] = {"catalogue.db", "catalogue.db-wal", "catalogue.db-shm",
                                        "catalogue.db-journal"};
    int64_t items = 0;
    if (!ws)
        return;
    bool empty = ws->made && (!ws->db || (huse_db_number(ws->db, "SELECT count(*) FROM items",
                                                         &items, NULL) == HUSE_OK &&
                                          items == 0));
    bool made_dir = ws->made_dir && (empty || !ws->made);
    char *dir = ws->dir ? huse_xstrdup(ws->dir) : NULL;
    huse_workspace_close(ws);
    for (size_t i = 0; dir && empty && i < HUSE_COUNT(files); i++) {
        char *path = huse_fs_join(dir, files[i]);
        unlink(path);
        free(path);
    }
    for (size_t i = 0; dir && empty && i < HUSE_COUNT(folders); i++) {
        char *path = huse_fs_join(dir, folders[i]);
        rmdir(path); /* refuses a folder that holds something */
        free(path);
    }
    if (dir && made_dir)
        rmdir(dir);
    free(dir);
}
