/* tests/net/server.py as a child: its ports, its folder. */
#ifndef TESTS_NET_SERVER_H
#define TESTS_NET_SERVER_H

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

typedef struct net_server {
    pid_t   pid;
    int     in;
    char    folder[64];
    json_t *ports;
} net_server;

/* @tls: certificates too. False when it cannot be started. */
static inline bool net_server_start(net_server *s, bool tls)
{
    int   in[2], out[2];
    char *line = NULL;
    size_t room = 0;
    snprintf(s->folder, sizeof s->folder, "/tmp/huse-net-XXXXXX");
    if (!mkdtemp(s->folder) || pipe(in) || pipe(out))
        return false;
    s->pid = fork();
    if (s->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        execl("/usr/bin/python3", "python3", "-B", "tests/net/server.py", s->folder, tls ? (char *)NULL : "plain", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    FILE *f = fdopen(out[0], "r");
    bool  ok = f && getline(&line, &room, f) > 0;
    s->ports = ok ? json_loads(line, 0, NULL) : NULL;
    free(line);
    if (f)
        fclose(f);
    return s->ports != NULL;
}

static inline void net_server_stop(net_server *s)
{
    char command[128];
    close(s->in);
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    json_decref(s->ports);
    snprintf(command, sizeof command, "rm -rf %s", s->folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", s->folder);
}

/* "http://127.0.0.1:PORT/PATH"; @which names the port. Fresh memory. */
static inline char *net_server_url(const net_server *s, const char *which, const char *path)
{
    bool plain = strcmp(which, "http") == 0 || strcmp(which, "closed") == 0;
    return huse_format("%s://127.0.0.1:%d/%s", plain ? "http" : "https", (int)json_integer_value(json_object_get(s->ports, which)), path);
}

#endif
