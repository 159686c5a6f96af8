#include "keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

const ui_binding ui_bindings[UI_ACTIONS - 1] = {
#define ACTION(id, name, panes, keys, help) {UI_ACT_##id, name, panes, keys, help},
#include "actions.def"
#undef ACTION
};

const ui_typing_key ui_typing_keys[] = {
    {UI_ANYWHERE, "↓ Enter Esc", "To the results"},
    {UI_IN(UI_PANE_SEARCH), "↑", "Earlier queries"},
    {UI_IN(UI_PANE_SEARCH), "Tab", "Completes class: and @, else to the next part of the pane"},
    {UI_ANYWHERE, "Ctrl-A E B F", "To the start, the end, a character back, forward"},
    {UI_ANYWHERE, "Ctrl-U K W D", "Erase up to the cursor, from it, the word before it, the character under it"},
    {UI_IN(UI_PANE_SEARCH), "words", "a red dress, \"quoted\", @item, class:Path, ./picture.jpg"},
    {UI_IN(UI_PANE_SEARCH), "2:red + new - old", "Terms with weights, joined by + or -"},
};
const size_t ui_n_typing_keys = HUSE_COUNT(ui_typing_keys);

/* ---- names ---- */

/* The second name is what help shows, where it is another one; any counts when keys are read. */
static const struct {
    int32_t     key;
    const char *name, *shown;
} names[] = {
    {UI_KEY_LEFT, "Left", "←"},     {UI_KEY_DOWN, "Down", "↓"},   {UI_KEY_UP, "Up", "↑"},         {UI_KEY_RIGHT, "Right", "→"},
    {UI_KEY_PGUP, "PgUp", NULL},    {UI_KEY_PGDN, "PgDn", NULL},  {UI_KEY_HOME, "Home", NULL},    {UI_KEY_END, "End", NULL},
    {UI_KEY_ENTER, "Enter", NULL},  {UI_KEY_TAB, "Tab", NULL},    {UI_KEY_ESC, "Esc", NULL},      {UI_KEY_BACKSPACE, "Backspace", NULL},
    {UI_KEY_DELETE, "Delete", NULL}, {UI_KEY_INSERT, "Insert", NULL}, {UI_KEY_BACKTAB, "Shift-Tab", NULL}, {' ', "Space", NULL},
    {';', "Semicolon", ";"}, /* a configuration file takes it for a comment */
    {UI_KEY_F1, "F1", NULL},        {UI_KEY_F1 + 1, "F2", NULL},  {UI_KEY_F1 + 2, "F3", NULL},    {UI_KEY_F1 + 3, "F4", NULL},
    {UI_KEY_F1 + 4, "F5", NULL},    {UI_KEY_F1 + 5, "F6", NULL},  {UI_KEY_F1 + 6, "F7", NULL},    {UI_KEY_F1 + 7, "F8", NULL},
    {UI_KEY_F1 + 8, "F9", NULL},    {UI_KEY_F1 + 9, "F10", NULL}, {UI_KEY_F1 + 10, "F11", NULL},  {UI_KEY_F1 + 11, "F12", NULL},
};

void ui_key_name(char out[UI_KEY_NAME], int32_t key)
{
    for (size_t i = 0; i < HUSE_COUNT(names); i++)
        if (names[i].key == key) {
            snprintf(out, UI_KEY_NAME, "%s", names[i].shown ? names[i].shown : names[i].name);
            return;
        }
    if (key > 0 && key < 0x20)
        snprintf(out, UI_KEY_NAME, "Ctrl-%c", key + 0x40);
    else if (key >= 0x20 && key < UI_KEY_UP)
        out[huse_utf8_encode(out, key)] = 0;
    else
        *out = 0;
}

/* Ctrl-I, Ctrl-M and so on are what terminals send for Tab, Enter and so on. */
static int32_t control(char letter)
{
    const int32_t key = UI_CTRL(letter);
    return key == '\n' ? UI_KEY_ENTER : key == '\b' ? UI_KEY_BACKSPACE : key;
}

/* The key that a word means, or 0. */
static int32_t parse_one(const char *word)
{
    const size_t n = strlen(word);
    int32_t      cp;
    for (size_t i = 0; i < HUSE_COUNT(names); i++)
        if (strcasecmp(word, names[i].name) == 0 || (names[i].shown && strcmp(word, names[i].shown) == 0))
            return names[i].key;
    if (strncasecmp(word, "Ctrl-", 5) == 0 && n == 6 && ((word[5] >= 'a' && word[5] <= 'z') || (word[5] >= 'A' && word[5] <= 'Z')))
        return control(word[5]);
    /* what would not show in the help is no key */
    return n && huse_utf8_decode(word, n, &cp) == n && cp > 0x20 && cp != 0x7f && huse_text_width(word) > 0 ? cp : 0;
}

static const char *taken(int32_t key)
{
    return key == UI_CTRL('c') ? "cancels, and twice quits" : key == UI_CTRL('z') ? "suspends" : NULL;
}

huse_status ui_keys_parse(int32_t key[UI_KEYS_EACH], const char *text, huse_err *err)
{
    int32_t found[UI_KEYS_EACH] = {0};
    size_t  n = 0;
    for (const char *s = text + strspn(text, " \t"); *s; s += strspn(s, " \t")) {
        char         word[32];
        const size_t len = strcspn(s, " \t");
        snprintf(word, sizeof word, "%.*s", (int)HUSE_MIN(len, sizeof word - 1), s);
        s += len;
        if (strcasecmp(word, "none") == 0)
            continue;
        const int32_t one = len < sizeof word ? parse_one(word) : 0;
        if (!one)
            return huse_fail(err, HUSE_USAGE, "“%.24s” is no key; keys are x, Ctrl-X, Space, Enter, Tab, PgUp, F1 and the like", word);
        if (taken(one))
            return huse_fail(err, HUSE_USAGE, "“%.24s” always %s", word, taken(one));
        if (n == UI_KEYS_EACH)
            return huse_fail(err, HUSE_USAGE, "“%.24s” is one key too many, %d at most", word, UI_KEYS_EACH);
        found[n++] = one;
    }
    if (!*text)
        return huse_fail(err, HUSE_USAGE, "no key; “none” leaves an action without one");
    memcpy(key, found, sizeof found);
    return HUSE_OK;
}

/* ---- what is bound ---- */

static ui_keys in_use;
static bool    chosen;

void ui_keys_usual(ui_keys *k)
{
    huse_err err;
    *k = (ui_keys){0};
    for (size_t i = 0; i < HUSE_COUNT(ui_bindings); i++)
        HUSE_ASSERT(ui_keys_parse(k->key[ui_bindings[i].action], ui_bindings[i].keys, &err) == HUSE_OK);
}

void ui_keys_use(const ui_keys *k)
{
    in_use = *k;
    chosen = true;
}

static const ui_keys *now(void)
{
    if (!chosen)
        ui_keys_usual(&in_use);
    chosen = true;
    return &in_use;
}

static bool has(const ui_keys *k, enum ui_action a, int32_t key)
{
    for (int i = 0; i < UI_KEYS_EACH && k->key[a][i]; i++)
        if (k->key[a][i] == key)
            return true;
    return false;
}

bool ui_action_moves(enum ui_action a)
{
    switch (a) {
    case UI_ACT_LEFT:
    case UI_ACT_RIGHT:
    case UI_ACT_UP:
    case UI_ACT_DOWN:
    case UI_ACT_PGUP:
    case UI_ACT_PGDN:
    case UI_ACT_FIRST:
    case UI_ACT_LAST:
        return true;
    default:
        return false;
    }
}

char ui_action_how(enum ui_action a)
{
    return a == UI_ACT_SIMILAR ? '=' : a == UI_ACT_ADD ? '+' : a == UI_ACT_SUBTRACT ? '-' : a == UI_ACT_CLASS ? 'c' : 0;
}

enum ui_action ui_action_of(int32_t key)
{
    const ui_keys *k = now();
    for (int a = 1; key && a < UI_ACTIONS; a++)
        if (has(k, (enum ui_action)a, key))
            return (enum ui_action)a;
    return UI_ACT_NONE;
}

bool ui_keys_clash(const ui_keys *k, enum ui_action *a, enum ui_action *b, int32_t *key)
{
    for (int i = 1; i < UI_ACTIONS; i++)
        for (int j = i + 1; j < UI_ACTIONS; j++)
            for (int n = 0; n < UI_KEYS_EACH && k->key[i][n]; n++)
                if (has(k, (enum ui_action)j, k->key[i][n])) {
                    *a = (enum ui_action)i;
                    *b = (enum ui_action)j;
                    *key = k->key[i][n];
                    return true;
                }
    return false;
}

void ui_key_of(char out[UI_KEY_NAME], enum ui_action a)
{
    ui_key_name(out, now()->key[a][0]);
}

void ui_keys_label(char out[128], enum ui_action a)
{
    const ui_keys *k = now();
    int            first = (int)a, at = 0;
    while (first > 1 && !ui_bindings[first - 2].help)
        first--;
    *out = 0;
    for (int n = 0; n < UI_KEYS_EACH; n++) /* ← ↓ ↑ → before h j k l */
        for (int i = first; i <= (int)a; i++) {
            char name[UI_KEY_NAME];
            ui_key_name(name, k->key[i][n]);
            if (*name && at < 128)
                at += snprintf(out + at, (size_t)(128 - at), "%s%s", at ? " " : "", name);
        }
}
