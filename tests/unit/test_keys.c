/* Keys: how they are written, what the table binds, what a rebinding changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "ui/keys.h"

static void no_key_means_two_things(void **state)
{
    (void)state;
    ui_keys        k;
    enum ui_action a, b;
    int32_t        key;
    ui_keys_usual(&k);
    assert_false(ui_keys_clash(&k, &a, &b, &key));
    k.key[UI_ACT_MIX][1] = k.key[UI_ACT_DISAGREE][0]; /* of two panes */
    assert_true(ui_keys_clash(&k, &a, &b, &key));
    assert_int_equal(a, UI_ACT_MIX);
    assert_int_equal(b, UI_ACT_DISAGREE);
    assert_int_equal(key, 'D');
}

static void every_action_has_a_key_a_name_and_help(void **state)
{
    (void)state;
    ui_keys k;
    ui_keys_usual(&k);
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++) {
        const ui_binding *b = &ui_bindings[i];
        assert_int_equal(b->action, i + 1);
        assert_true(k.key[b->action][0] != 0);
        assert_true(*b->name && b->name[strspn(b->name, "abcdefghijklmnopqrstuvwxyz-")] == 0);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(b->name, ui_bindings[j].name);
        size_t spoken = i; /* the row whose help speaks of this one */
        while (spoken < HUSE_COUNT(ui_bindings) && !ui_bindings[spoken].help)
            spoken++;
        assert_true(spoken < HUSE_COUNT(ui_bindings));
        assert_int_equal(ui_bindings[spoken].panes, b->panes);
        char label[128], name[UI_KEY_NAME];
        ui_keys_label(label, ui_bindings[spoken].action);
        ui_key_of(name, b->action);
        assert_non_null(strstr(label, name));
        assert_true(huse_text_width(label) <= 18); /* the column of the help */
    }
}

static void keys_are_written_as_people_do(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t     key[UI_KEYS_EACH];
    } row[] = {
        {"x", {'x'}},
        {"X", {'X'}},
        {" x\ty ", {'x', 'y'}},
        {"Ctrl-a ctrl-B CTRL-l", {1, 2, 12}},
        {"Ctrl-i Ctrl-m Ctrl-j Ctrl-h Ctrl-[", {0}}, /* Ctrl-[ is written Esc */
        {"Ctrl-i Ctrl-m Ctrl-j Ctrl-h", {UI_KEY_TAB, UI_KEY_ENTER, UI_KEY_ENTER, UI_KEY_BACKSPACE}},
        {"tab Shift-Tab enter space esc", {UI_KEY_TAB, UI_KEY_BACKTAB, UI_KEY_ENTER, ' ', UI_KEY_ESC}},
        {"PgUp pgdn Home End", {UI_KEY_PGUP, UI_KEY_PGDN, UI_KEY_HOME, UI_KEY_END}},
        {"Left Down Up Right", {UI_KEY_LEFT, UI_KEY_DOWN, UI_KEY_UP, UI_KEY_RIGHT}},
        {"← ↓ ↑ →", {UI_KEY_LEFT, UI_KEY_DOWN, UI_KEY_UP, UI_KEY_RIGHT}},
        {"F1 F5 f12 Insert Delete", {UI_KEY_F1, UI_KEY_F1 + 4, UI_KEY_F1 + 11, UI_KEY_INSERT, UI_KEY_DELETE}},
        {"ö 世 ; semicolon # =", {0xf6, 0x4e16, ';', ';', '#', '='}},
        {"none", {0}},
        {"", {0}},
        {"Ctrl-", {0}},
        {"Ctrl-1", {0}},
        {"Ctrl-ab", {0}},
        {"xy", {0}},
        {"F13", {0}},
        {"Ctrl-C", {0}},
        {"ctrl-z", {0}},
        {"\xff", {0}},
        {"\xcc\x81", {0}},     /* a combining mark */
        {"\xe2\x80\xae", {0}}, /* turns text around */
        {"\x7f", {0}},
        {"a b c d e f g", {0}},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", {0}},
    };
    for (size_t i = 0; i < HUSE_COUNT(row); i++) {
        int32_t     key[UI_KEYS_EACH] = {7};
        huse_err    err = {0};
        huse_status s = ui_keys_parse(key, row[i].text, &err);
        const bool  good = row[i].key[0] || strcmp(row[i].text, "none") == 0;
        if ((s == HUSE_OK) != good || (good && memcmp(key, row[i].key, sizeof key) != 0))
            fail_msg("row %zu: “%s”: %d %s", i, row[i].text, key[0], err.msg);
        if (!good)
            assert_true(key[0] == 7 && s == HUSE_USAGE && *err.msg);
    }
}

static void names_are_read_back(void **state)
{
    (void)state;
    for (int32_t key = 1; key <= UI_KEY_F1 + 11; key++) {
        char     name[UI_KEY_NAME];
        int32_t  back[UI_KEYS_EACH];
        huse_err err;
        if (key == 0x300)
            key = UI_KEY_UP;
        ui_key_name(name, key);
        if (!*name || ui_keys_parse(back, name, &err) != HUSE_OK)
            continue;
        assert_int_equal(back[0], key == '\n' ? UI_KEY_ENTER : key == '\b' ? UI_KEY_BACKSPACE : key);
    }
}

static void a_rebinding_counts_everywhere(void **state)
{
    (void)state;
    ui_keys  k;
    huse_err err;
    char     label[128];
    ui_keys_usual(&k);
    assert_int_equal(ui_action_of('s'), UI_ACT_SIMILAR);
    assert_int_equal(ui_keys_parse(k.key[UI_ACT_SIMILAR], "x Ctrl-S", &err), HUSE_OK);
    assert_int_equal(ui_keys_parse(k.key[UI_ACT_ADD], "none", &err), HUSE_OK);
    ui_keys_use(&k);
    assert_int_equal(ui_action_of('s'), UI_ACT_NONE);
    assert_int_equal(ui_action_of('x'), UI_ACT_SIMILAR);
    assert_int_equal(ui_action_of(UI_CTRL('s')), UI_ACT_SIMILAR);
    assert_int_equal(ui_action_of('+'), UI_ACT_NONE);
    assert_int_equal(ui_action_of(0), UI_ACT_NONE);
    ui_keys_label(label, UI_ACT_SIMILAR);
    assert_string_equal(label, "x Ctrl-S");
    ui_keys_label(label, UI_ACT_SUBTRACT); /* which speaks of adding, too */
    assert_string_equal(label, "-");
    ui_keys_label(label, UI_ACT_RIGHT);
    assert_string_equal(label, "← ↓ ↑ → h j k l");
    ui_keys_usual(&k);
    ui_keys_use(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_means_two_things),       cmocka_unit_test(every_action_has_a_key_a_name_and_help),
        cmocka_unit_test(keys_are_written_as_people_do), cmocka_unit_test(names_are_read_back),
        cmocka_unit_test(a_rebinding_counts_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
