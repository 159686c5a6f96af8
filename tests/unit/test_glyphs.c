/* What stands for characters where there is only ASCII. */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/text.h"
#include "ui/glyphs.h"

static void every_character_that_the_interface_draws_has_an_ascii_form(void **state)
{
    (void)state;
    glob_t g;
    size_t found = 0;
    if (glob("ui/*.[cd]*", 0, NULL, &g) != 0)
        skip();
    for (size_t f = 0; f < g.gl_pathc; f++) {
        char    *text;
        size_t   n;
        huse_err err;
        assert_int_equal(huse_fs_read(g.gl_pathv[f], 1 << 20, &text, &n, &err), HUSE_OK);
        bool comment = false, string = false;
        for (size_t i = 0; i < n;) {
            int32_t cp;
            size_t  len = huse_utf8_decode(text + i, n - i, &cp);
            if (!string && (strncmp(text + i, "/*", 2) == 0 || strncmp(text + i, "*/", 2) == 0))
                comment = text[i] == '/';
            else if (!comment && cp == '\\')
                len++;
            else if (!comment && cp == '"' && (string || text[i - 1] != '\''))
                string = !string;
            else if (string && cp >= 0x80) {
                found++;
                if (ui_ascii(cp) == '?')
                    fail_msg("%s: U+%04X", g.gl_pathv[f], (unsigned)cp);
            }
            i += len;
        }
        free(text);
    }
    globfree(&g);
    assert_true(found > 20);
}

static void letters_lose_their_marks_and_nothing_else_becomes_one(void **state)
{
    (void)state;
    static const struct {
        int32_t cp;
        char    want;
    } row[] = {{'a', 'a'}, {0xe9, 'e'}, {0xc5, 'A'}, {0xdf, '?'}, {0x2167, 'V'}, {0xff21, 'A'}, {0x4e16, '?'}, {0x1f600, '?'}, {0x2502, '|'}, {0x25b8, '>'}, {0x25be, 'v'},
               {0x2847, '.'}, {0xfdfa, '?'}, {0xfffd, '?'}, {0x10ffff, '?'}};
    for (size_t i = 0; i < HUSE_COUNT(row); i++)
        if (ui_ascii(row[i].cp) != row[i].want)
            fail_msg("U+%04X: %c", (unsigned)row[i].cp, ui_ascii(row[i].cp));
    for (int32_t cp = 0x80; cp < 0x110000; cp++) {
        const char c = ui_ascii(cp);
        assert_true(c >= 0x20 && c < 0x7f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_that_the_interface_draws_has_an_ascii_form),
        cmocka_unit_test(letters_lose_their_marks_and_nothing_else_becomes_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
