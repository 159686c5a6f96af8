/* UTF-8, sanitising, case, columns, near misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "base/rng.h"
#include "base/text.h"

static void every_code_point_survives_encoding_and_decoding(void **state)
{
    (void)state;
    for (int32_t cp = 0; cp <= 0x10ffff; cp++) {
        char s[4];
        int32_t back;
        if (cp >= 0xd800 && cp <= 0xdfff)
            continue;
        size_t n = huse_utf8_encode(s, cp);
        if (huse_utf8_decode(s, n, &back) != n || back != cp)
            fail_msg("U+%04X comes back as %d", (unsigned)cp, back);
        for (size_t cut = 1; cut < n; cut++) {
            if (huse_utf8_decode(s, cut, &back) != 1 || back != -1)
                fail_msg("U+%04X cut to %zu bytes is taken for valid", (unsigned)cp, cut);
        }
    }
}

/* utf8proc has a strict decoder of its own. */
static void all_short_byte_sequences_decode_as_an_independent_decoder_says(void **state)
{
    (void)state;
    for (uint32_t w = 0; w < 1u << 24; w += w < 1u << 16 ? 1 : 37) {
        const uint8_t b[4] = {(uint8_t)(w >> 16 | 0x80), (uint8_t)w, (uint8_t)(w >> 8), 0x85};
        for (size_t n = 1; n <= 4; n++) {
            int32_t cp;
            utf8proc_int32_t want;
            size_t len = huse_utf8_decode((const char *)b, n, &cp);
            utf8proc_ssize_t r = utf8proc_iterate(b, (utf8proc_ssize_t)n, &want);
            if (r < 0 ? cp != -1 || len != 1 : cp != want || len != (size_t)r)
                fail_msg("%02x %02x %02x %02x (%zu)", b[0], b[1], b[2], b[3], n);
        }
    }
}

static void forbidden_forms_of_utf8_are_found(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\xc0\x9b",         /* overlong ESC */
        "\xe0\x80\x9b",     /* the same in three */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80", "\x80", "\xff", "\xe2\x82",
    };
    for (size_t i = 0; i < HUSE_COUNT(bad); i++) {
        huse_buf b = {0};
        huse_buf_fmt(&b, "ok%s", bad[i]);
        assert_int_equal(huse_utf8_check(b.data, b.len), 2);
        huse_buf_free(&b);
    }
    assert_int_equal(huse_utf8_check("gr\xc3\xbc\xc3\x9f", 6), 6);
    assert_int_equal(huse_utf8_check("", 0), 0);
}

static void assert_sanitised(const char *s, size_t n, const char *want)
{
    char *got = huse_text_sanitise(s, n);
    assert_string_equal(got, want);
    free(got);
}
#define SANITISED(s, want) assert_sanitised(s, sizeof(s) - 1, want)

static void sanitising_shows_what_would_act(void **state)
{
    (void)state;
    SANITISED("plain text", "plain text");
    SANITISED("", "");
    SANITISED("\x1b[2J", "␛[2J");
    SANITISED("a\tb\nc", "a b c");
    SANITISED("\r\b\x7f\a", "␍␈␡␇");
    SANITISED("a\0b", "a␀b");
    SANITISED("\x9b"
              "2J",
              "�2J");
    SANITISED("\xc2\x9b"
              "2J",
              "�2J");
    SANITISED("\xc0\x9b", "��");
    SANITISED("user\u202etxt.exe", "user�txt.exe");
    SANITISED("a\u2066b\u061cc", "a�b�c");
    SANITISED("a\u2028b\u2029c", "a�b�c");
    SANITISED("\ufeffx\u200b\u200dy", "�x��y");
    SANITISED("\U000e0041", "�");
    SANITISED("\ue000\U0010fffd\ufffe\ufdd0", "����");
    SANITISED("Grüße 漢字 😀", "Grüße 漢字 😀");
    SANITISED("%n%s%99999d", "%n%s%99999d");
}

static void marks_never_pile_up(void **state)
{
    (void)state;
    SANITISED("e\u0301", "e\u0301");
    SANITISED("e\u0301\u0302\u0303\u0304\u0305\u0306", "e\u0301\u0302\u0303\u0304");
    SANITISED("\u0301x", "\u25cc\u0301x");
    SANITISED("\u2764\ufe0f", "\u2764\ufe0f");
    huse_buf b = {0};
    huse_buf_str(&b, "o");
    for (int i = 0; i < 10000; i++)
        huse_buf_str(&b, "\u0489");
    char *got = huse_text_sanitise(b.data, b.len);
    assert_int_equal(strlen(got), 1 + 4 * 2);
    free(got);
    huse_buf_free(&b);
}

/* What must never come out, by Unicode's own properties rather than by our table. */
static bool is_safe(int32_t cp)
{
    utf8proc_category_t c = utf8proc_category(cp);
    bool visible_format = (cp >= 0x600 && cp <= 0x605) || cp == 0x6dd || cp == 0x70f ||
                          cp == 0x890 || cp == 0x891 || cp == 0x8e2 || cp == 0x110bd ||
                          cp == 0x110cd;
    if (c == UTF8PROC_CATEGORY_CF)
        return visible_format;
    bool selector = (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
    if (cp >= 0 && utf8proc_get_property(cp)->ignorable)
        return selector;
    return c != UTF8PROC_CATEGORY_CC && c != UTF8PROC_CATEGORY_CO && c != UTF8PROC_CATEGORY_CS &&
           c != UTF8PROC_CATEGORY_ZL && c != UTF8PROC_CATEGORY_ZP && (cp & 0xfffe) != 0xfffe &&
           !(cp >= 0xfdd0 && cp <= 0xfdef);
}

static void check_output(const char *s, size_t n)
{
    char *once = huse_text_sanitise(s, n);
    size_t m = strlen(once);
    for (size_t i = 0; i < m;) {
        int32_t cp;
        i += huse_utf8_decode(once + i, m - i, &cp);
        if (cp < 0 || !is_safe(cp))
            fail_msg("U+%04X comes through", (unsigned)cp);
    }
    assert_sanitised(once, m, once);
    free(once);
}

static void no_code_point_that_acts_comes_through(void **state)
{
    (void)state;
    for (int32_t cp = 0; cp <= 0x10ffff; cp++) {
        char s[4];
        if (cp < 0xd800 || cp > 0xdfff)
            check_output(s, huse_utf8_encode(s, cp));
    }
}

static void sanitising_random_bytes_is_safe_and_settles(void **state)
{
    (void)state;
    huse_rng r;
    huse_rng_init(&r, 7, 0);
    for (int i = 0; i < 20000; i++) {
        char s[32];
        size_t n = huse_rng_below(&r, sizeof s + 1);
        for (size_t j = 0; j < n; j++)
            s[j] = (char)(huse_rng_below(&r, 2) ? huse_rng_u32(&r) & 255 : 0xc0 + (j & 3) * 0x10);
        check_output(s, n);
    }
}

static void case_is_lowered_and_folded(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"Summer DRESS", "summer dress", "summer dress"},
        {"STRASSE Straße", "strasse straße", "strasse strasse"},
        {"ÄÖÜ Ω", "äöü ω", "äöü ω"},
        {"a\xff"
         "B",
         "a\ufffdb", "a\ufffdb"},
        {"", "", ""},
    };
    for (size_t i = 0; i < HUSE_COUNT(cases); i++) {
        char *l = huse_text_lower(cases[i][0]), *f = huse_text_fold(cases[i][0]);
        assert_string_equal(l, cases[i][1]);
        assert_string_equal(f, cases[i][2]);
        free(l);
        free(f);
    }
    char *a = huse_text_fold("CAFÉ"), *b = huse_text_fold("cafe\u0301");
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void columns_count_wide_and_combining_characters(void **state)
{
    (void)state;
    assert_int_equal(huse_text_width("abc"), 3);
    assert_int_equal(huse_text_width("漢字"), 4);
    assert_int_equal(huse_text_width("e\u0301"), 1);
    assert_int_equal(huse_text_width(""), 0);
    assert_int_equal(huse_text_fit("漢字", 3), 3);
    assert_int_equal(huse_text_fit("漢字", 4), 6);
    assert_int_equal(huse_text_fit("e\u0301x", 1), 3);
    assert_int_equal(huse_text_fit("abc", 9), 3);
    assert_int_equal(huse_text_fit("abc", 0), 0);
}

static void the_nearest_name_is_found_or_none(void **state)
{
    (void)state;
    static const char *const names[] = {"trains", "train", "search", "show", "eval", "embed", "a"};
    static const char *const cases[][2] = {
        {"trian", "train"}, {"trans", "trains"}, {"serch", "search"},
        {"hsow", "show"},   {"evla", "eval"},    {"train", "train"},
        {"xyzzy", NULL},    {"", NULL},          {"b", NULL},
    };
    for (size_t i = 0; i < HUSE_COUNT(cases); i++) {
        const char *got = huse_text_nearest(cases[i][0], names, HUSE_COUNT(names));
        if (cases[i][1])
            assert_string_equal(got, cases[i][1]);
        else
            assert_null(got);
    }
    char longest[5000];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *const one[] = {longest};
    assert_null(huse_text_nearest(longest, names, HUSE_COUNT(names)));
    assert_null(huse_text_nearest("a", one, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_survives_encoding_and_decoding),
        cmocka_unit_test(all_short_byte_sequences_decode_as_an_independent_decoder_says),
        cmocka_unit_test(forbidden_forms_of_utf8_are_found),
        cmocka_unit_test(sanitising_shows_what_would_act),
        cmocka_unit_test(marks_never_pile_up),
        cmocka_unit_test(no_code_point_that_acts_comes_through),
        cmocka_unit_test(sanitising_random_bytes_is_safe_and_settles),
        cmocka_unit_test(case_is_lowered_and_folded),
        cmocka_unit_test(columns_count_wide_and_combining_characters),
        cmocka_unit_test(the_nearest_name_is_found_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
