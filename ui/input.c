#include "input.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SEQUENCE_MAX 64
#define STRING_MAX   4096
#define PASTE_MAX    ((size_t)64 << 10)
#define PASTE_END    "\x1b[201~"

typedef enum state { GROUND, ESCAPE, CSI, SS3, STRING, STRING_ESCAPE, PASTE, LINUX_KEY } state;

struct ui_input {
    bool     utf8;
    state    state;
    char     seq[SEQUENCE_MAX]; /* after CSI; of a string its start */
    char     kind;              /* of the string: the character after ESC */
    size_t   n;                 /* bytes of seq, or of the string so far */
    char     part[4];           /* of a character */
    size_t   n_part;
    huse_buf paste;
    char     tail[sizeof PASTE_END - 1]; /* the last bytes while pasting */
};

ui_input *ui_input_new(bool utf8)
{
    ui_input *in = huse_xcalloc(1, sizeof *in);
    in->utf8 = utf8;
    return in;
}

void ui_input_free(ui_input *in)
{
    if (!in)
        return;
    huse_buf_free(&in->paste);
    free(in);
}

ui_input_part ui_input_pending(const ui_input *in)
{
    return in->state == ESCAPE ? UI_INPUT_ESC : in->state == GROUND || in->state == PASTE ? UI_INPUT_NOTHING : UI_INPUT_SEQUENCE;
}

static void emit_key(int32_t key, ui_input_fn fn, void *ctx)
{
    ui_event e = {.kind = UI_EVENT_KEY, .key = key};
    fn(ctx, &e);
}

void ui_input_flush(ui_input *in, ui_input_fn fn, void *ctx)
{
    state was = in->state;
    if (was == PASTE)
        return;
    in->state = GROUND;
    if (was == ESCAPE)
        emit_key(UI_KEY_ESC, fn, ctx);
}

/* Line ends and tabs become spaces, other control characters vanish. */
static void emit_paste(ui_input *in, ui_input_fn fn, void *ctx)
{
    huse_buf clean = {0};
    huse_buf_str(&clean, "");
    for (size_t i = 0; i < in->paste.len;) {
        int32_t cp;
        size_t  len = huse_utf8_decode(in->paste.data + i, in->paste.len - i, &cp);
        if (cp == '\n' || cp == '\r' || cp == '\t')
            huse_buf_str(&clean, " ");
        else if (cp >= 0x20 && cp != 0x7f && !(cp >= 0x80 && cp < 0xa0) && (in->utf8 || cp < 0x80))
            huse_buf_add(&clean, in->paste.data + i, len);
        i += len;
    }
    ui_event e = {.kind = UI_EVENT_PASTE, .text = clean.data ? clean.data : ""};
    fn(ctx, &e);
    huse_buf_free(&clean);
    huse_buf_free(&in->paste);
}

static void paste_byte(ui_input *in, char c, ui_input_fn fn, void *ctx)
{
    const size_t mark = sizeof in->tail;
    memmove(in->tail, in->tail + 1, mark - 1);
    in->tail[mark - 1] = c;
    if (in->paste.len < PASTE_MAX)
        huse_buf_add(&in->paste, &c, 1);
    if (memcmp(in->tail, PASTE_END, mark) != 0)
        return;
    if (in->paste.len < PASTE_MAX)
        in->paste.len -= mark;
    in->state = GROUND;
    emit_paste(in, fn, ctx);
}

static void parse_reply(const char *s, size_t n, ui_reply *r)
{
    *r = (ui_reply){.final = s[n - 1]};
    size_t i = 0;
    if (s[0] >= '<' && s[0] <= '?')
        r->prefix = s[i++];
    for (; i + 1 < n; i++) {
        if (s[i] >= '0' && s[i] <= '9') {
            r->n = HUSE_MAX(r->n, 1);
            int *p = &r->param[r->n - 1];
            *p = *p > 1000000 ? *p : *p * 10 + (s[i] - '0');
        } else if (s[i] == ';') {
            r->n = HUSE_MIN(HUSE_MAX(r->n, 1) + 1, (int)HUSE_COUNT(r->param));
            r->param[r->n - 1] = 0;
        } else if (s[i] >= 0x20 && s[i] < 0x30) {
            r->middle = s[i];
        }
    }
}

static int32_t tilde_key(int n)
{
    static const int f[] = {11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24};
    for (size_t i = 0; i < HUSE_COUNT(f); i++)
        if (f[i] == n)
            return UI_KEY_F1 + (int32_t)i;
    switch (n) {
    case 1:
    case 7:
        return UI_KEY_HOME;
    case 4:
    case 8:
        return UI_KEY_END;
    case 2:
        return UI_KEY_INSERT;
    case 3:
        return UI_KEY_DELETE;
    case 5:
        return UI_KEY_PGUP;
    case 6:
        return UI_KEY_PGDN;
    default:
        return 0;
    }
}

static int32_t letter_key(char c)
{
    static const struct {
        char    letter;
        int32_t key;
    } keys[] = {{'A', UI_KEY_UP},   {'B', UI_KEY_DOWN}, {'C', UI_KEY_RIGHT},   {'D', UI_KEY_LEFT},
                {'H', UI_KEY_HOME}, {'F', UI_KEY_END},  {'Z', UI_KEY_BACKTAB}, {'M', UI_KEY_ENTER}};
    for (size_t i = 0; i < HUSE_COUNT(keys); i++)
        if (keys[i].letter == c)
            return keys[i].key;
    return 0;
}

static void control_sequence(ui_input *in, ui_input_fn fn, void *ctx)
{
    ui_event e = {.kind = UI_EVENT_REPLY};
    in->state = GROUND;
    parse_reply(in->seq, in->n, &e.reply);
    const ui_reply *r = &e.reply;
    if (r->final == '~' && !r->prefix && r->param[0] == 200) {
        in->state = PASTE;
        memset(in->tail, 0, sizeof in->tail);
    } else if (r->prefix || r->middle || r->final == 't' || r->final == 'c') {
        fn(ctx, &e);
    } else {
        int32_t key = r->final == '~' ? tilde_key(r->param[0]) : r->final == 'M' ? 0 : letter_key(r->final);
        if (key)
            emit_key(key, fn, ctx);
    }
}

static void ground_byte(ui_input *in, char c, ui_input_fn fn, void *ctx)
{
    const unsigned char u = (unsigned char)c;
    if (u < 0x80) {
        in->n_part = 0;
        if (u == 0x1b)
            in->state = ESCAPE;
        else if (u)
            emit_key(u == '\n' ? UI_KEY_ENTER : u == '\b' ? UI_KEY_BACKSPACE : u, fn, ctx);
        return;
    }
    if (!in->utf8)
        return;
    if ((u & 0xc0) == 0xc0)
        in->n_part = 0;
    if (in->n_part == sizeof in->part)
        return;
    in->part[in->n_part++] = c;
    int32_t cp;
    if (huse_utf8_decode(in->part, in->n_part, &cp) == in->n_part && cp >= 0xa0) {
        in->n_part = 0;
        emit_key(cp, fn, ctx);
    }
}

static void escape_byte(ui_input *in, char c, ui_input_fn fn, void *ctx)
{
    in->n = 0;
    if (c == '[') {
        in->state = CSI;
    } else if (c == 'O') {
        in->state = SS3;
    } else if (strchr("P]_^X", c) && c) {
        in->state = STRING;
        in->kind = c;
    } else { /* ESC quickly followed by a key, as fast typing and scripts do */
        in->state = GROUND;
        emit_key(UI_KEY_ESC, fn, ctx);
        ground_byte(in, c, fn, ctx);
    }
}

static void csi_byte(ui_input *in, char c, ui_input_fn fn, void *ctx)
{
    const unsigned char u = (unsigned char)c;
    if (u == 0x1b) {
        in->state = ESCAPE;
    } else if (in->n == 0 && c == '[') {
        in->state = LINUX_KEY;
    } else if (u < 0x20 || u > 0x7e || in->n == SEQUENCE_MAX) {
        in->state = GROUND;
        if (u < 0x20)
            ground_byte(in, c, fn, ctx);
    } else {
        in->seq[in->n++] = c;
        if (u >= 0x40)
            control_sequence(in, fn, ctx);
    }
}

static void end_string(ui_input *in, ui_input_fn fn, void *ctx)
{
    ui_event e = {.kind = UI_EVENT_REPLY, .reply.prefix = in->kind};
    in->state = GROUND;
    if (in->n < UI_REPLY_TEXT)
        memcpy(e.reply.text, in->seq, in->n);
    fn(ctx, &e);
}

/* No reply holds control characters: they are keys, and what began was none (ESC and ] typed quickly). */
static void string_byte(ui_input *in, char c, ui_input_fn fn, void *ctx)
{
    const unsigned char u = (unsigned char)c;
    in->state = c == 0x1b ? STRING_ESCAPE : STRING;
    if (c == 7) {
        end_string(in, fn, ctx);
    } else if (in->n > STRING_MAX) {
        in->state = GROUND;
    } else if (u < 0x20 && c != 0x1b) {
        in->state = GROUND;
        ground_byte(in, c, fn, ctx);
    } else if (c != 0x1b) {
        if (in->n < sizeof in->seq)
            in->seq[in->n] = c;
        in->n++;
    }
}

void ui_input_feed(ui_input *in, const char *data, size_t n, ui_input_fn fn, void *ctx)
{
    for (size_t i = 0; i < n; i++) {
        const char c = data[i];
        switch (in->state) {
        case GROUND:
            ground_byte(in, c, fn, ctx);
            break;
        case ESCAPE:
            escape_byte(in, c, fn, ctx);
            break;
        case CSI:
            csi_byte(in, c, fn, ctx);
            break;
        case SS3:
            in->state = GROUND;
            if (c >= 'P' && c <= 'S')
                emit_key(UI_KEY_F1 + (c - 'P'), fn, ctx);
            else if (letter_key(c))
                emit_key(letter_key(c), fn, ctx);
            break;
        case LINUX_KEY:
            in->state = GROUND;
            if (c >= 'A' && c <= 'E')
                emit_key(UI_KEY_F1 + (c - 'A'), fn, ctx);
            break;
        case STRING:
            string_byte(in, c, fn, ctx);
            break;
        case STRING_ESCAPE:
            in->state = STRING;
            if (c == '\\')
                end_string(in, fn, ctx);
            break;
        case PASTE:
            paste_byte(in, c, fn, ctx);
            break;
        }
    }
}
