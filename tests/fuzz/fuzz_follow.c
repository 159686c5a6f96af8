/* libFuzzer target: the readers of a run's files. Whatever the bytes, columns ascend, what is counted holds, and a file that comes in two
 * pieces gives what it gives at once. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sha256.h"
#include "huse/runs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char top[] = "/tmp/huse-fuzz-XXXXXX";

static void remove_top(void)
{
    (void)!huse_fs_remove_tree(top, NULL);
}

static void write_file(const char *name, const uint8_t *data, size_t n)
{
    char path[128];
    snprintf(path, sizeof path, "%s/runs/run-1/%s", top, name);
    FILE *out = fopen(path, "wb");
    HUSE_ASSERT(out && fwrite(data, 1, n, out) == n && fclose(out) == 0);
}

static void write_all(const uint8_t *data, size_t n)
{
    write_file("metrics.jsonl", data, n);
    write_file("probes.jsonl", data, n);
    write_file("neighbours.jsonl", data, n);
}

static void poll_all(huse_follow *f)
{
    bool more = true;
    while (more)
        HUSE_ASSERT(huse_follow_poll(f, NULL, &more, NULL) == HUSE_OK);
}

static void add_strings(huse_sha256_ctx *sha, const char *s)
{
    huse_sha256_add(sha, s, strlen(s) + 1);
}

static void add_moments(huse_sha256_ctx *sha, const huse_follow *f)
{
    size_t n, n_cls;
    const huse_probe_moment *m = huse_follow_probes(f, &n);
    for (size_t i = 0; i < n; i++) {
        HUSE_ASSERT(m[i].n <= HUSE_PROBES_MAX && (i == 0 || m[i].step > m[i - 1].step));
        for (size_t a = 0; a < m[i].n; a++)
            for (size_t h = 0; h < m[i].answer[a].n; h++)
                add_strings(sha, m[i].answer[a].hit[h].item);
    }
    const long *step = huse_follow_drift_steps(f, &n);
    for (size_t i = 1; i < n; i++)
        HUSE_ASSERT(step[i] > step[i - 1]);
    const char *const *cls = huse_follow_drift_classes(f, &n_cls);
    for (size_t k = 0; k < n_cls; k++) {
        huse_drift d;
        huse_err err;
        if (huse_follow_drift(f, cls[k], 3, &d, &err) != HUSE_OK)
            continue;
        for (size_t i = 0; i < d.n_gained; i++)
            add_strings(sha, d.gained[i]);
        for (size_t i = 0; i < d.n_lost; i++)
            add_strings(sha, d.lost[i]);
    }
}

static huse_key digest(const huse_follow *f)
{
    huse_sha256_ctx *sha = huse_sha256_begin();
    huse_follow_steps s = huse_follow_figures(f);
    huse_follow_validations c = huse_follow_checks(f);
    size_t n, damaged = huse_follow_damaged(f);
    const huse_run_event *e = huse_follow_events(f, &n);
    for (size_t i = 0; i < s.n; i++)
        HUSE_ASSERT(s.step[i] >= 0 && (i == 0 || s.step[i] > s.step[i - 1]));
    HUSE_ASSERT(c.best <= c.n && (c.best == c.n || isfinite(c.score[c.best])));
    if (s.n) {
        huse_sha256_add(sha, s.step, s.n * sizeof *s.step);
        huse_sha256_add(sha, s.loss, s.n * sizeof *s.loss);
    }
    if (c.n)
        huse_sha256_add(sha, c.score, c.n * sizeof *c.score);
    huse_sha256_add(sha, &damaged, sizeof damaged);
    for (size_t i = 0; i < n; i++) {
        HUSE_ASSERT((e[i].kind == HUSE_EVENT_SET) == (e[i].option != NULL));
        add_strings(sha, e[i].text);
    }
    add_moments(sha, f);
    return huse_sha256_end(sha);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static bool begun;
    char runs[64];
    if (!begun) {
        HUSE_ASSERT(mkdtemp(top));
        snprintf(runs, sizeof runs, "%s/runs/run-1", top);
        HUSE_ASSERT(huse_fs_mkdirs(runs, NULL) == HUSE_OK);
        atexit(remove_top);
        begun = true;
    }
    write_all(data, n);
    huse_follow *whole = huse_follow_new(top, "run-1"), *pieces = huse_follow_new(top, "run-1");
    poll_all(whole);
    write_all(data, n / 2);
    poll_all(pieces);
    write_all(data, n);
    poll_all(pieces);
    huse_key a = digest(whole), b = digest(pieces);
    HUSE_ASSERT(huse_key_equal(&a, &b));
    huse_follow_free(whole);
    huse_follow_free(pieces);
    huse_runs *list = huse_runs_new(top);
    HUSE_ASSERT(huse_runs_refresh(list, NULL, NULL) == HUSE_OK && huse_runs_find(list, "run-1"));
    huse_runs_free(list);
    return 0;
}
