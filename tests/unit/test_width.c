/* The columns that the canvas counts are those by which a terminal advances: strings from many scripts, emoji of all sorts, hostile ones,
 * whole and cut, written into tmux, which says where its cursor is. */
#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/base.h"
#include "base/text.h"
#include "ui/canvas.h"

static const char *const strings[] = {
    "plain words",
    "naïve café ñandú Ångström",
    "e\u0301 a\u0308 n\u0303 x\u0301\u0302\u0303\u0304",
    "Привет мир",
    "Ελληνικά ψ τ",
    "שלום עולם",
    "مرحبا بالعالم",
    "فارسی می\u200cخواهم",
    "हिन्दी में कपड़े",
    "ক\u09cdষ বাংলা",
    "தமிழ் புடவை",
    "తెలుగు చీర",
    "ಕನ್ನಡ",
    "മലയാളം",
    "ไทย เสื้อผ้า",
    "ພາສາລາວ",
    "မြန်မာ",
    "ខ្មែរ",
    "中文连衣裙",
    "日本語のドレス",
    "한국어 원피스",
    "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "ｆｕｌｌ ｗｉｄｔｈ",
    "ｶﾀｶﾅ",
    "tiếng Việt",
    "\u2460\u2461\u2776",
    "─│┌┐└┘━╸▌▾▸░▒▓█●○◆",
    "← ↑ → ↓ ⇒ ∞ ≈ ≤",
    "⠁⠿⣿",
    "😀 😃 🎉",
    "❤ ❤\ufe0f ☀ ☀\ufe0f ☎\ufe0f",
    "1\ufe0f\u20e3 #\ufe0f\u20e3",
    "👨\u200d👩\u200d👧\u200d👦",
    "👩🏽\u200d💻 👋🏿 ☝🏻",
    "🏳\ufe0f\u200d🌈",
    "🇩🇪🇫🇷🇯🇵 🇩",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "👁\ufe0f\u200d🗨\ufe0f",
    "🧑🏻\u200d❤\ufe0f\u200d💋\u200d🧑🏼",
    "soft\u00adhyphen",
    "no\u00a0break",
    "\u3000wide space",
    "a\u200bb\u200cc\u200dd\u2060e\ufefff",
    "\u202eright to left\u202c",
    "\u2066isolate\u2069 \u061c",
    "tab\tnew\nline\rreturn",
    "\x1b[2J\x1b]0;t\x07\x9b",
    "\xff\xfe\xc0\x9b\xed\xa0\x80\xf4\x90\x80\x80",
    "\u0301 begins with a mark",
    "\ufe0f begins with a selector",
    "\u200d begins with a joiner",
    "\U0001f3fb begins with a tone",
    "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    "\u1100\u1161\u1161\u1161\u1161\u1161\u1161\u1161",
    "\u0e33\u0e33 \u0eb3",
    "\ue000\uf8ff\U000f0000",
    "\ufdd0\uffff",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛",
    "𓀀𓂀 𒀀",
    "ﷺ",
    "ǅ ﬁ ﬃ",
    "\u180e\u2028\u2029\xc2\x85",
};

static char  tmux[96];
static FILE *out;

/* The first line that a tmux command says. */
static bool ask(const char *what, char *line, int size)
{
    char command[256];
    snprintf(command, sizeof command, "%s %s 2>/dev/null", tmux, what);
    FILE *p = popen(command, "r");
    *line = 0;
    const bool said = p && fgets(line, size, p);
    if (p)
        pclose(p);
    line[strcspn(line, "\n")] = 0;
    return said;
}

static int open_terminal(void **state)
{
    (void)state;
    char line[256];
    setenv("LC_ALL", "C.UTF-8", 1);
    unsetenv("TMUX");
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 0;
    snprintf(tmux, sizeof tmux, "tmux -u -L width%d -f /dev/null", (int)getpid());
    ask("new-session -d -x 200 -y 10 'stty raw -echo; exec sleep 300'", line, sizeof line);
    if (ask("display -p '#{pane_tty}'", line, sizeof line) && *line == '/')
        out = fopen(line, "w");
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL); /* until it is raw */
    return 0;
}

static int close_terminal(void **state)
{
    (void)state;
    char line[64];
    if (out)
        fclose(out);
    if (*tmux)
        ask("kill-server", line, sizeof line);
    return 0;
}

/* Columns that the terminal advances by. The title says when it has read all. */
static int advance(const char *clean)
{
    static int turn;
    char       want[32], line[256];
    snprintf(want, sizeof want, "t%d ", ++turn);
    fprintf(out, "\x1b[2J\x1b[H%s\x1b]2;t%d\x07", clean, turn);
    fflush(out);
    for (int i = 0; i < 200; i++) {
        if (ask("display -p '#{pane_title} #{cursor_x}'", line, sizeof line) && strncmp(line, want, strlen(want)) == 0)
            return atoi(line + strlen(want));
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return -1;
}

static void columns_are_those_of_a_terminal(void **state)
{
    (void)state;
    if (!out)
        skip();
    for (size_t i = 0; i < HUSE_COUNT(strings); i++) {
        char     *clean = ui_canvas_clean(strings[i], strlen(strings[i]));
        const int counted = ui_canvas_width(clean), went = advance(clean);
        if (counted != went)
            fail_msg("“%s”: %d columns counted, %d in the terminal", clean, counted, went);
        free(clean);
    }
}

static void what_is_cut_takes_no_more_and_no_less_either(void **state)
{
    (void)state;
    ui_canvas c = {0};
    if (!out)
        skip();
    for (size_t i = 0; i < HUSE_COUNT(strings); i++) {
        const int room = (int)(i % 9) + 1;
        ui_canvas_reset(&c, room, 1);
        const int drawn = ui_canvas_text(&c, 0, 0, room, UI_PLAIN, strings[i]);
        assert_in_range(drawn, 0, room);
        ui_canvas_text(&c, drawn, 0, room - drawn, UI_PLAIN, "..........");
        char *line = ui_canvas_dump(&c);
        line[strcspn(line, "\n")] = 0;
        size_t n = strlen(line); /* blanks at the end are not in it */
        if (drawn == room && n && advance(line) > room)
            fail_msg("“%s” in %d columns: “%s” takes %d", strings[i], room, line, advance(line));
        if (drawn < room && advance(line) != room)
            fail_msg("“%s” in %d columns: “%s” takes %d", strings[i], room, line, advance(line));
        free(line);
    }
    ui_canvas_free(&c);
}

/* Where the C library counts otherwise, curses is given a substitute; that must not happen to what people write. */
static void the_c_library_counts_the_same(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    for (size_t i = 0; i < HUSE_COUNT(strings); i++) {
        char *clean = ui_canvas_clean(strings[i], strlen(strings[i]));
        for (size_t at = 0, n = strlen(clean); at < n;) {
            int32_t cp;
            at += huse_utf8_decode(clean + at, n - at, &cp);
            if (wcwidth((wchar_t)cp) != huse_char_width(cp))
                fail_msg("“%s”: U+%04X is %d, in the C library %d", clean, (unsigned)cp, huse_char_width(cp), wcwidth((wchar_t)cp));
        }
        free(clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_those_of_a_terminal),
        cmocka_unit_test(what_is_cut_takes_no_more_and_no_less_either),
        cmocka_unit_test(the_c_library_counts_the_same),
    };
    return cmocka_run_group_tests(tests, open_terminal, close_terminal);
}
