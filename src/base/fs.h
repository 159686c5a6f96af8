/* Files: whole reads, atomic writes, directories, and opening below a root without leaving it. */
#ifndef HUSE_FS_H
#define HUSE_FS_H

#include "base/base.h"

/** Reads a whole regular file of at most @max_bytes; a NUL follows the data. The caller frees *data. */
huse_status huse_fs_read(const char *path, size_t max_bytes, char **data, size_t *n, huse_err *err) HUSE_MUST_CHECK;

/** Writes a temporary beside @path, fsyncs, renames over it, fsyncs the directory. On failure the old file stands. */
huse_status huse_fs_write_atomic(const char *path, const void *data, size_t n, huse_err *err) HUSE_MUST_CHECK;

/** A file that replaces @path only when it is whole: write to fd, then commit or abort. */
typedef struct huse_fs_new {
    int   fd;
    char *tmp, *path;
} huse_fs_new;
/** Creates a temporary beside @path. A @path that exists and is a directory, device, FIFO or socket is refused. */
huse_status huse_fs_new_begin(huse_fs_new *f, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** fsync, close, rename over the path, fsync the directory. Frees @f whatever happens; on failure the old file stands. */
huse_status huse_fs_new_commit(huse_fs_new *f, huse_err *err) HUSE_MUST_CHECK;
void        huse_fs_new_abort(huse_fs_new *f); /* removes the temporary; keeps errno */

/** Removes what crashed writers left in directory @path: .tmp-PID-… entries whose process is gone and that nobody holds
 *  a lock on. Entries that cannot be removed are left. */
void huse_fs_remove_stale(const char *path);

/** write(2) until done; short writes and EINTR handled. False with errno set. */
bool huse_fs_write_all(int fd, const void *data, size_t n);

/** mkdir -p, mode 0777 & ~umask. */
huse_status huse_fs_mkdirs(const char *path, huse_err *err) HUSE_MUST_CHECK;
/** rm -r, never following links; missing is fine. */
huse_status huse_fs_remove_tree(const char *path, huse_err *err) HUSE_MUST_CHECK;
huse_status huse_fs_sync_dir(const char *path, huse_err *err) HUSE_MUST_CHECK;

bool  huse_fs_exists(const char *path);
bool  huse_fs_is_dir(const char *path);
/** "a/b"; an absolute @b wins. Fresh memory. */
char *huse_fs_join(const char *a, const char *b);

/** Names in a directory without . and .., sorted bytewise. Free with huse_fs_free_names. */
huse_status huse_fs_list(const char *path, char ***names, size_t *n, huse_err *err) HUSE_MUST_CHECK;
void        huse_fs_free_names(char **names, size_t n);

/** Opens regular file @rel for reading below directory @root_fd: openat2(RESOLVE_BENEATH|NO_MAGICLINKS), with a
 *  component-wise fallback; FIFOs, devices, sockets, directories, `..` out of the root and links out of it are refused
 *  without being opened for reading (O_PATH + fstat first). *fd is close-on-exec. BAD_DATA says why, NOT_FOUND if missing. */
huse_status huse_fs_open_beneath(int root_fd, const char *rel, int *fd, huse_err *err) HUSE_MUST_CHECK;
/** The component-wise form alone, which huse_fs_open_beneath takes where openat2 is missing or forbidden. */
huse_status huse_fs_open_beneath_walk(int root_fd, const char *rel, int *fd, huse_err *err) HUSE_MUST_CHECK;

/** A whole regular file, mapped read-only. An empty file maps to data NULL, n 0. */
typedef struct huse_map {
    const uint8_t *data;
    size_t         n;
} huse_map;
huse_status huse_map_open(huse_map *m, const char *path, huse_err *err) HUSE_MUST_CHECK;
void        huse_map_close(huse_map *m);

/** Holds an exclusive lock on a file (created when missing) while the descriptor is open.
 *  HUSE_FAILED "… is in use by another process" when taken. */
huse_status huse_fs_lock(int *fd, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** The same, but waits up to @max_ms for another holder. */
huse_status huse_fs_lock_wait(int *fd, const char *path, int max_ms, huse_err *err) HUSE_MUST_CHECK;
/** Whether another process holds the lock of a file; never creates it, and asks on read-only media too. */
bool huse_fs_locked(const char *path);

#endif
