/* Files: whole or not at all, and never outside the root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "tmpdir.h"

static char *dir;
static huse_err err;

static int setup(void **state)
{
    (void)state;
    dir = tmpdir_make();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    return 0;
}

/* dir/name, in one of a few static buffers. */
static const char *at(const char *name)
{
    static char buf[4][512];
    static unsigned i;
    char *b = buf[i++ % 4];
    snprintf(b, sizeof buf[0], "%s/%s", dir, name);
    return b;
}

static void put(const char *name, const char *text)
{
    assert_int_equal(huse_fs_write_atomic(at(name), text, strlen(text), &err), HUSE_OK);
}

static size_t count_names(const char *path)
{
    char **names;
    size_t n;
    assert_int_equal(huse_fs_list(path, &names, &n, &err), HUSE_OK);
    huse_fs_free_names(names, n);
    return n;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    char *data;
    size_t n;
    put("a", "one");
    put("a", "two words");
    assert_int_equal(huse_fs_read(at("a"), 9, &data, &n, &err), HUSE_OK);
    assert_int_equal(n, 9);
    assert_string_equal(data, "two words");
    free(data);
    assert_int_equal(count_names(dir), 1);
}

static void a_file_over_the_limit_is_refused(void **state)
{
    (void)state;
    char *data;
    size_t n;
    put("a", "two words");
    assert_int_equal(huse_fs_read(at("a"), 8, &data, &n, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "too big"));
}

static void missing_files_and_odd_ones_are_told_apart(void **state)
{
    (void)state;
    char *data;
    size_t n;
    assert_int_equal(huse_fs_read(at("none"), 8, &data, &n, &err), HUSE_NOT_FOUND);
    assert_int_equal(huse_fs_read(dir, 8, &data, &n, &err), HUSE_BAD_DATA);
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    assert_int_equal(huse_fs_read(at("fifo"), 8, &data, &n, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_fs_write_atomic(at("fifo"), "x", 1, &err), HUSE_BAD_DATA);
    assert_int_equal(huse_fs_write_atomic(at("no/such/folder"), "x", 1, &err), HUSE_NOT_FOUND);
}

static void a_failed_write_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    put("a", "old");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* A file size limit fails write(2) as a full disk does, half-way through. */
        static char big[100000];
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){50000, 50000});
        huse_status s = huse_fs_write_atomic(at("a"), big, sizeof big, &err);
        _exit(s == HUSE_FAILED && strstr(err.msg, "/a") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    char *data;
    size_t n;
    assert_int_equal(huse_fs_read(at("a"), 100, &data, &n, &err), HUSE_OK);
    assert_string_equal(data, "old");
    free(data);
    assert_int_equal(count_names(dir), 1);
}

static void writing_over_a_link_replaces_the_link(void **state)
{
    (void)state;
    struct stat st;
    put("victim", "untouched");
    assert_int_equal(symlink("victim", at("a")), 0);
    put("a", "new");
    assert_int_equal(lstat(at("a"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    char *data;
    size_t n;
    assert_int_equal(huse_fs_read(at("victim"), 100, &data, &n, &err), HUSE_OK);
    assert_string_equal(data, "untouched");
    free(data);
}

static void directories_are_made_with_their_parents(void **state)
{
    (void)state;
    assert_int_equal(huse_fs_mkdirs(at("a/b//c/"), &err), HUSE_OK);
    assert_true(huse_fs_is_dir(at("a/b/c")));
    assert_int_equal(huse_fs_mkdirs(at("a/b/c"), &err), HUSE_OK);
    put("a/f", "x");
    assert_int_equal(huse_fs_mkdirs(at("a/f/c"), &err), HUSE_FAILED);
}

static void removing_a_tree_does_not_follow_links(void **state)
{
    (void)state;
    assert_int_equal(huse_fs_mkdirs(at("keep"), &err), HUSE_OK);
    put("keep/f", "x");
    assert_int_equal(huse_fs_mkdirs(at("t/a/b"), &err), HUSE_OK);
    put("t/a/b/f", "x");
    assert_int_equal(symlink("../keep", at("t/link")), 0);
    assert_int_equal(huse_fs_remove_tree(at("t"), &err), HUSE_OK);
    assert_false(huse_fs_exists(at("t")));
    assert_true(huse_fs_exists(at("keep/f")));
    assert_int_equal(huse_fs_remove_tree(at("t"), &err), HUSE_OK);
}

static void names_are_listed_in_byte_order(void **state)
{
    (void)state;
    char **names;
    size_t n;
    put("b", "");
    put("a", "");
    put("\xff", "");
    put("B", "");
    assert_int_equal(huse_fs_list(dir, &names, &n, &err), HUSE_OK);
    assert_int_equal(n, 4);
    assert_string_equal(names[0], "B");
    assert_string_equal(names[1], "a");
    assert_string_equal(names[2], "b");
    assert_string_equal(names[3], "\xff");
    huse_fs_free_names(names, n);
}

static void join_puts_one_slash_and_lets_an_absolute_path_win(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "/b", "/b"}, {"", "b", "b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < HUSE_COUNT(cases); i++) {
        char *p = huse_fs_join(cases[i][0], cases[i][1]);
        assert_string_equal(p, cases[i][2]);
        free(p);
    }
}

static void a_map_shows_the_file_and_an_empty_one_is_empty(void **state)
{
    (void)state;
    huse_map m;
    put("a", "text");
    put("empty", "");
    assert_int_equal(huse_map_open(&m, at("a"), &err), HUSE_OK);
    assert_int_equal(m.n, 4);
    assert_memory_equal(m.data, "text", 4);
    huse_map_close(&m);
    assert_int_equal(huse_map_open(&m, at("empty"), &err), HUSE_OK);
    assert_null(m.data);
    assert_int_equal(m.n, 0);
    huse_map_close(&m);
    assert_int_equal(huse_map_open(&m, at("none"), &err), HUSE_NOT_FOUND);
}

static void a_lock_keeps_others_out_until_it_is_closed(void **state)
{
    (void)state;
    int a, b;
    assert_int_equal(huse_fs_lock(&a, at("lock"), &err), HUSE_OK);
    assert_int_equal(huse_fs_lock(&b, at("lock"), &err), HUSE_FAILED);
    assert_non_null(strstr(err.msg, "in use by another process"));
    assert_int_equal(huse_fs_lock_wait(&b, at("lock"), 50, &err), HUSE_FAILED);
    close(a);
    assert_int_equal(huse_fs_lock(&b, at("lock"), &err), HUSE_OK);
    close(b);
}

/* A process number that is certainly free: that of a child already waited for. */
static long dead_pid(void)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return (long)child;
}

static void only_leftovers_of_dead_processes_are_removed(void **state)
{
    (void)state;
    char dead[64], alive[64];
    snprintf(dead, sizeof dead, ".tmp-%ld-x", dead_pid());
    snprintf(alive, sizeof alive, ".tmp-%ld-x", (long)getppid());
    assert_int_equal(huse_fs_mkdirs(at(dead), &err), HUSE_OK);
    assert_int_equal(huse_fs_mkdirs(at(alive), &err), HUSE_OK);
    put(".tmp-x", "");
    put("tmp-1-x", "");
    huse_fs_remove_stale(dir);
    assert_false(huse_fs_exists(at(dead)));
    assert_true(huse_fs_exists(at(alive)));
    assert_int_equal(count_names(dir), 3);
}

typedef huse_status opener(int root_fd, const char *rel, int *fd, huse_err *e);

/* A root with everything in it that a catalogue could name, and a file outside. */
static int make_root(void)
{
    assert_int_equal(huse_fs_mkdirs(at("root/sub/deep"), &err), HUSE_OK);
    assert_int_equal(huse_fs_mkdirs(at("rootless"), &err), HUSE_OK);
    put("secret", "secret");
    put("rootless/f", "secret");
    put("root/a", "a");
    put("root/sub/b", "b");
    put("root/sub/deep/c", "c");
    assert_int_equal(symlink("sub/b", at("root/in")), 0);
    assert_int_equal(symlink("../a", at("root/sub/up")), 0);
    assert_int_equal(symlink("sub/deep", at("root/dirlink")), 0);
    assert_int_equal(symlink("../secret", at("root/out")), 0);
    assert_int_equal(symlink("..", at("root/outdir")), 0);
    assert_int_equal(symlink(at("secret"), at("root/abs")), 0);
    assert_int_equal(symlink("loop2", at("root/loop1")), 0);
    assert_int_equal(symlink("loop1", at("root/loop2")), 0);
    assert_int_equal(symlink("nothing", at("root/dangling")), 0);
    assert_int_equal(symlink("/dev/zero", at("root/zero")), 0);
    assert_int_equal(symlink("/proc/self/fd/0", at("root/magic")), 0);
    assert_int_equal(mkfifo(at("root/fifo"), 0600), 0);
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", at("root/socket"));
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(sock, (struct sockaddr *)&sa, sizeof sa), 0);
    close(sock);
    int root = open(at("root"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(root >= 0);
    return root;
}

static const struct {
    const char *rel;
    huse_status want;
    char content; /* of files that open */
} beneath[] = {
    {"a", HUSE_OK, 'a'},
    {"./a", HUSE_OK, 'a'},
    {"sub//b", HUSE_OK, 'b'},
    {"sub/../a", HUSE_OK, 'a'},
    {"sub/deep/../../sub/b", HUSE_OK, 'b'},
    {"in", HUSE_OK, 'b'},
    {"sub/up", HUSE_OK, 'a'},
    {"dirlink/c", HUSE_OK, 'c'},
    {"dirlink/../b", HUSE_OK, 'b'},
    {"", HUSE_NOT_FOUND, 0},
    {"none", HUSE_NOT_FOUND, 0},
    {"a/b", HUSE_NOT_FOUND, 0},
    {"dangling", HUSE_NOT_FOUND, 0},
    {"sub", HUSE_BAD_DATA, 0},
    {".", HUSE_BAD_DATA, 0},
    {"..", HUSE_BAD_DATA, 0},
    {"../secret", HUSE_BAD_DATA, 0},
    {"../root/a", HUSE_BAD_DATA, 0},
    {"../rootless/f", HUSE_BAD_DATA, 0},
    {"sub/../../secret", HUSE_BAD_DATA, 0},
    {"out", HUSE_BAD_DATA, 0},
    {"outdir/secret", HUSE_BAD_DATA, 0},
    {"outdir/root/a", HUSE_BAD_DATA, 0},
    {"abs", HUSE_BAD_DATA, 0},
    {"/etc/passwd", HUSE_BAD_DATA, 0},
    {"loop1", HUSE_BAD_DATA, 0},
    {"zero", HUSE_BAD_DATA, 0},
    {"magic", HUSE_BAD_DATA, 0},
    {"fifo", HUSE_BAD_DATA, 0},
    {"socket", HUSE_BAD_DATA, 0},
};

static size_t count_fds(void)
{
    return count_names("/proc/self/fd");
}

static void check_opener(opener *open_beneath)
{
    int root = make_root();
    size_t before = count_fds();
    for (size_t i = 0; i < HUSE_COUNT(beneath); i++) {
        int fd = -1;
        char c = 0;
        huse_status s = open_beneath(root, beneath[i].rel, &fd, &err);
        if (s != beneath[i].want)
            fail_msg("\"%s\": %s instead of %s", beneath[i].rel, huse_status_name(s),
                     huse_status_name(beneath[i].want));
        if (s != HUSE_OK) {
            assert_int_equal(fd, -1);
            continue;
        }
        assert_int_equal(read(fd, &c, 1), 1);
        assert_int_equal(c, beneath[i].content);
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        close(fd);
    }
    char longest[6000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    int fd;
    assert_int_equal(open_beneath(root, longest, &fd, &err), HUSE_BAD_DATA);
    assert_int_equal(open_beneath(root, longest + 5600, &fd, &err), HUSE_BAD_DATA);
    assert_int_equal(count_fds(), before);
    close(root);
}

static void opening_beneath_a_root_never_leaves_it(void **state)
{
    (void)state;
    check_opener(huse_fs_open_beneath);
}

static void the_walk_without_openat2_decides_the_same(void **state)
{
    (void)state;
    check_opener(huse_fs_open_beneath_walk);
}

static void nothing_but_regular_files_is_ever_opened(void **state)
{
    (void)state;
    int root = make_root(), fd;
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    char event[512];
    assert_true(inotify_add_watch(watch, at("root/fifo"), IN_OPEN) >= 0);
    assert_int_equal(huse_fs_open_beneath(root, "fifo", &fd, &err), HUSE_BAD_DATA);
    assert_non_null(strstr(err.msg, "FIFO"));
    assert_int_equal(huse_fs_open_beneath_walk(root, "fifo", &fd, &err), HUSE_BAD_DATA);
    assert_int_equal(read(watch, event, sizeof event), -1);
    assert_int_equal(errno, EAGAIN);
    /* and the watch does see a real open */
    fd = open(at("root/fifo"), O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0 && read(watch, event, sizeof event) > 0);
    close(fd);
    close(watch);
    close(root);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_written_is_read_back),
        T(a_file_over_the_limit_is_refused),
        T(missing_files_and_odd_ones_are_told_apart),
        T(a_failed_write_leaves_the_old_file_and_nothing_else),
        T(writing_over_a_link_replaces_the_link),
        T(directories_are_made_with_their_parents),
        T(removing_a_tree_does_not_follow_links),
        T(names_are_listed_in_byte_order),
        T(join_puts_one_slash_and_lets_an_absolute_path_win),
        T(a_map_shows_the_file_and_an_empty_one_is_empty),
        T(a_lock_keeps_others_out_until_it_is_closed),
        T(only_leftovers_of_dead_processes_are_removed),
        T(opening_beneath_a_root_never_leaves_it),
        T(the_walk_without_openat2_decides_the_same),
        T(nothing_but_regular_files_is_ever_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
