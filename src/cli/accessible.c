#include "cli/accessible.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/asking.h"
#include "cli/out.h"
#include "huse/map.h"
#include "ui/pane.h"
#include "ui/pane_browse_map.h"

enum { PAGE = 10, NEAR = 5 };

/* What a number stands for. */
typedef struct entry {
    int32_t item, node; /* -1: not one */
} entry;

typedef struct session {
    cli_asking       a;
    const char      *dir;
    const huse_node *node;
    size_t           n_nodes;
    char            *query; /* NULL: none yet */
    huse_target      target;
    size_t           shown; /* of its results */
    int32_t          at;    /* the node that was looked at */
    entry           *entry; /* (n) */
    size_t           n;
    bool             quit;
} session;

bool cli_accessible(const cli *c)
{
    const char *wish = getenv("ACCESSIBLE");
    for (size_t i = 0; i < c->n_values; i++)
        if (strcmp(c->value[i].option->name, "accessible") == 0 && cli_flag(c, "accessible"))
            return true;
    return wish && *wish && strcmp(wish, "0") != 0;
}

static size_t add_entry(session *s, int32_t item, int32_t node)
{
    s->entry = huse_xrealloc(s->entry, (s->n + 1) * sizeof *s->entry);
    s->entry[s->n] = (entry){item, node};
    return ++s->n;
}

static void fresh_list(session *s)
{
    s->n = 0;
}

static void complain(const huse_err *err)
{
    out_line("Not possible: %s", err->msg);
}

/* ---- search ---- */

static void say_hit(session *s, const huse_hit *h)
{
    const huse_items *items = s->a.items;
    char              score[16];
    const int32_t     node = h->item < 0 ? huse_node_find(s->a.engine, h->class_path) : -1;
    const size_t      number = add_entry(s, h->item, node);
    if (h->item < 0) {
        out_line("%zu. Class %s, score %s", number, h->class_path, cli_share(score, (double)h->score, 2));
        return;
    }
    const huse_item *it = &items->item[h->item];
    out_line("%zu. %s%s%s, score %s, %s", number, it->text && *it->text ? it->text : "no text", *h->class_path ? ", class " : "", h->class_path,
             cli_share(score, (double)h->score, 2), it->id);
}

static const char *plural(huse_target t)
{
    return t == HUSE_TARGET_IMAGE ? "images" : t == HUSE_TARGET_TEXT ? "texts" : "classes";
}

/* The next page of what was asked last. */
static void say_more(session *s)
{
    huse_query  q = HUSE_QUERY_DEFAULT;
    huse_answer r;
    huse_err    err = {0};
    char        all[32];
    if (!s->query) {
        out_line("Type words to search for first.");
        return;
    }
    q.text = s->query;
    q.target = s->target;
    q.k = PAGE;
    q.skip = s->shown;
    q.home = getenv("HOME");
    if (huse_search(s->a.engine, &q, &r, &err) != HUSE_OK) {
        complain(&err);
        return;
    }
    if (*r.note)
        out_line("%s", r.note);
    if (!s->shown)
        out_line("%zu best %s of %s for %s.", r.n, plural(s->target), ui_thousands(all, r.total), s->query);
    else if (!r.n)
        out_line("There are no more.");
    for (size_t i = 0; i < r.n; i++)
        say_hit(s, &r.hit[i]);
    s->shown += r.n;
    huse_answer_free(&r);
}

static void search(session *s, const char *query)
{
    char *copy = huse_xstrdup(query);
    free(s->query);
    s->query = copy;
    s->shown = 0;
    fresh_list(s);
    say_more(s);
}

static void turn_to(session *s, huse_target target)
{
    s->target = target;
    s->shown = 0;
    fresh_list(s);
    if (s->query)
        say_more(s);
    else
        out_line("Searches give %s now.", plural(target));
}

/* ---- one item ---- */

static void say_classes(const char *what, huse_class_score *p, size_t n)
{
    char share[16];
    if (p && n)
        out_line("By its %s it is taken for %s, probability %s.", what, p[0].class_path, cli_share(share, (double)p[0].p, 2));
    free(p);
}

static void say_item(session *s, size_t at)
{
    const huse_items *items = s->a.items;
    const huse_item  *it = &items->item[at];
    huse_class_score *image = NULL, *text = NULL, *both = NULL;
    huse_err          err;
    char             *path = cli_item_path(items, it);
    out_line("Item %s.", it->id);
    out_line("Text: %s", it->text && *it->text ? it->text : "none");
    out_line("Class: %s", it->cls >= 0 ? items->class_path[it->cls] : "none");
    out_line("Picture: %s", path ? path : "none");
    if (huse_engine_classifies(s->a.engine) && huse_classify_item(s->a.engine, at, 1, &image, &text, &both, &err) == HUSE_OK) {
        say_classes("picture", image, 1);
        say_classes("text", text, 1);
        say_classes("picture and text together", both, 1);
    }
    char *similar = huse_format("@%s", it->id);
    out_line("%s as a query finds what is most like it.", similar);
    free(similar);
    free(path);
}

/* ---- browse ---- */

static void say_map(session *s, int32_t node, const huse_neighbor *near, size_t n)
{
    huse_class_map m;
    huse_err       err;
    size_t         at[NEAR], known = 0, own = 0;
    if (huse_class_map_open(s->a.engine, &m, &err) != HUSE_OK)
        return;
    while (own < m.n && m.point[own].node != node)
        own++;
    for (size_t i = 0; i < n && known < NEAR; i++)
        for (size_t k = 0; k < m.n; k++)
            if (near[i].cls >= 0 && m.point[k].node == huse_node_of_class(s->a.engine, near[i].cls)) {
                at[known++] = k;
                break;
            }
    char *words = own < m.n ? ui_map_words(s->node, &m, own, at, known) : huse_xstrdup("");
    if (*words)
        out_line("On the map %s.", words);
    free(words);
    huse_class_map_free(&m);
}

static void say_near(session *s, int32_t node)
{
    huse_neighbor *near = NULL;
    huse_err       err;
    size_t         n = 0;
    char           share[16];
    if (node <= 0 || !huse_engine_trained(s->a.engine) ||
        huse_class_neighbors(s->a.engine, s->node[node].path, s->node[node].cls >= 0 ? 0 : s->node[node].depth, NEAR, &near, &n, &err) != HUSE_OK)
        return;
    out_line("Nearest in the learned space:");
    for (size_t i = 0; i < n; i++)
        out_line("%zu. %s, cosine %s", add_entry(s, -1, huse_node_find(s->a.engine, near[i].path)), near[i].path,
                 cli_share(share, (double)near[i].cosine, 2));
    say_map(s, node, near, n);
    free(near);
}

static void browse(session *s, int32_t node)
{
    char items[32];
    fresh_list(s);
    s->at = node;
    out_line("%s, %s items.", node ? s->node[node].path : "All classes", ui_thousands(items, s->node[node].items));
    for (int32_t i = node + 1; i < s->node[node].end; i = s->node[i].end)
        out_line("%zu. %s, %s items", add_entry(s, -1, i), s->node[i].name, ui_thousands(items, s->node[i].items));
    say_near(s, node);
}

static void browse_named(session *s, const char *name)
{
    const char **found = NULL;
    size_t       n = 0;
    int32_t      node = *name ? huse_node_find(s->a.engine, name) : 0;
    if (node < 0) {
        huse_complete(s->a.engine, HUSE_COMPLETE_CLASS, name, 1, &found, &n);
        node = n ? huse_node_find(s->a.engine, found[0]) : -1;
        free(found);
    }
    if (node < 0)
        out_line("There is no class called %s.", name);
    else
        browse(s, node);
}

/* ---- commands ---- */

extern char **environ;

/* A command of the command line in a process of its own, on the same standard input and output. */
static void run_command(const session *s, const ui_command *c, char *const *word, size_t n)
{
    char  **argv = huse_xcalloc(n + 8, sizeof *argv);
    size_t  at = 0;
    pid_t   pid;
    int     status = 0;
    sigset_t own;
    posix_spawnattr_t a;
    char *const head[] = {"huse-tui", word[0], "--progress", "plain", "--color", "never", c->workspace ? (char *)(uintptr_t)s->dir : NULL};
    for (size_t i = 0; i < HUSE_COUNT(head) && head[i]; i++)
        argv[at++] = head[i];
    for (size_t i = 1; i < n; i++)
        argv[at++] = word[i];
    out_flush();
    posix_spawnattr_init(&a);
    sigemptyset(&own);
    sigaddset(&own, SIGINT);
    sigaddset(&own, SIGPIPE);
    posix_spawnattr_setsigdefault(&a, &own);
    posix_spawnattr_setflags(&a, POSIX_SPAWN_SETSIGDEF);
    void (*before)(int) = signal(SIGINT, SIG_IGN); /* Ctrl-C is the command's */
    if (posix_spawn(&pid, "/proc/self/exe", NULL, &a, argv, environ) != 0)
        out_line("%s cannot be started.", word[0]);
    else
        while (waitpid(pid, &status, 0) < 0)
            ;
    signal(SIGINT, before);
    posix_spawnattr_destroy(&a);
    free(argv);
    out_line(status ? "%s has failed." : "%s has ended.", word[0]);
}

static void help(void)
{
    out_line("Words search. A number opens that entry of the last list.");
    out_line(":more gives the next results. :images, :texts and :classes say what is searched for.");
    out_line(":browse lists classes, :browse NAME looks at one, :up goes to what it belongs to.");
    out_line(":eval, :train, :doctor and all other commands run on this workspace; :help NAME explains one.");
    out_line(":quit ends.");
}

static void typed_command(session *s, const char *line)
{
    ui_command list[64];
    char     **word = NULL;
    size_t     n = 0, commands = cli_typed_commands(list, HUSE_COUNT(list));
    huse_err   err = {0};
    if (ui_shell_words(line, s->dir, &word, &n, &err) != HUSE_OK) {
        complain(&err);
        return;
    }
    const char *rest = line + strspn(line, " \t");
    rest += strcspn(rest, " \t");
    rest += strspn(rest, " \t");
    size_t i = 0;
    if (strcmp(word[0], "quit") == 0 || strcmp(word[0], "q") == 0)
        s->quit = true;
    else if (strcmp(word[0], "more") == 0)
        say_more(s);
    else if (strcmp(word[0], "images") == 0 || strcmp(word[0], "texts") == 0 || strcmp(word[0], "classes") == 0)
        turn_to(s, word[0][0] == 'i' ? HUSE_TARGET_IMAGE : word[0][0] == 't' ? HUSE_TARGET_TEXT : HUSE_TARGET_CLASS);
    else if (strcmp(word[0], "browse") == 0)
        browse_named(s, rest);
    else if (strcmp(word[0], "up") == 0)
        browse(s, s->at > 0 ? s->node[s->at].parent : 0);
    else if (strcmp(word[0], "help") == 0 && n == 1)
        help();
    else {
        while (i < commands && strcmp(list[i].name, word[0]) != 0)
            i++;
        if (i < commands)
            run_command(s, &list[i], word, n);
        else
            out_line("There is no command %s; :help lists them.", word[0]);
    }
    free(word);
}

static void take_line(session *s, const char *line)
{
    char  *end;
    size_t number;
    line += strspn(line, " \t");
    number = strtoul(line, &end, 10);
    if (*line == ':')
        typed_command(s, line + 1);
    else if (*line >= '0' && *line <= '9' && !end[strspn(end, " \t.")])
        if (number < 1 || number > s->n)
            out_line("The last list has %zu entries.", s->n);
        else if (s->entry[number - 1].item >= 0)
            say_item(s, (size_t)s->entry[number - 1].item);
        else if (s->entry[number - 1].node >= 0)
            browse(s, s->entry[number - 1].node);
        else
            out_line("The catalogue no longer has this class.");
    else if (*line)
        search(s, line);
}

huse_status cli_line_mode(cli *c, const char *dir, huse_err *err)
{
    session s = {.dir = dir};
    char   *line = NULL, items[32];
    size_t  cap = 0;
    HUSE_TRY(cli_asking_open_model(&s.a, c, dir, NULL, err));
    s.node = huse_engine_tree(s.a.engine, &s.n_nodes);
    out_line("huse-tui, workspace %s, %s items, model %s. Type words to search, :help for help.", dir, ui_thousands(items, s.a.items->n),
             huse_engine_model(s.a.engine));
    const char *first = cli_str(c, "query");
    if (first)
        search(&s, first);
    while (!s.quit) {
        out_add(OUT_PLAIN, "> ");
        if (!out_flush())
            break;
        const ssize_t n = getline(&line, &cap, stdin);
        if (n <= 0)
            break;
        line[strcspn(line, "\r\n")] = '\0';
        take_line(&s, line);
    }
    out_end();
    free(line);
    free(s.query);
    free(s.entry);
    cli_asking_close(&s.a);
    return HUSE_OK;
}
