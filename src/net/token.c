#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/client.h"

enum { TOKEN_MAX = 4096 };

static huse_status read_line(char line[TOKEN_MAX + 2], int fd, const char *path, huse_err *err)
{
    struct stat st;
    ssize_t     n;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return huse_fail(err, HUSE_BAD_DATA, "%s is no regular file", path);
    if (st.st_mode & 077)
        return huse_fail(err, HUSE_FAILED, "%s holds a token, and others may read it: chmod 600 it", path);
    do
        n = read(fd, line, TOKEN_MAX + 1);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return huse_fail_errno(err, "cannot read %s", path);
    while (n > 0 && strchr(" \t\r\n", line[n - 1]))
        n--;
    line[n] = 0;
    for (ssize_t i = 0; i < n; i++)
        if (line[i] <= 0x20 || line[i] >= 0x7f)
            return huse_fail(err, HUSE_BAD_DATA, "%s does not hold one token on one line", path);
    if (n == 0 || n > TOKEN_MAX)
        return huse_fail(err, HUSE_BAD_DATA, "%s does not hold a token", path);
    return HUSE_OK;
}

huse_status huse_client_token_read(char **token, const char *path, huse_err *err)
{
    char line[TOKEN_MAX + 2];
    int  fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return huse_fail_errno(err, "cannot open %s", path);
    if (prctl(PR_SET_DUMPABLE, 0) != 0) {
        close(fd);
        return huse_fail_errno(err, "core dumps cannot be switched off");
    }
    huse_status s = read_line(line, fd, path, err);
    close(fd);
    if (s == HUSE_OK)
        *token = huse_xstrdup(line);
    explicit_bzero(line, sizeof line);
    return s;
}

void huse_client_token_free(char *token)
{
    if (!token)
        return;
    explicit_bzero(token, strlen(token));
    free(token);
}
