/* Bytes from a terminal into keys, pastes and replies. Replies may come at any time, late and in pieces: they never become keys. */
#ifndef UI_INPUT_H
#define UI_INPUT_H

#include "base/base.h"

/* Keys are code points; control keys are 1..31; these have none. */
enum {
    UI_KEY_TAB = 9,
    UI_KEY_ENTER = 13,
    UI_KEY_ESC = 27,
    UI_KEY_BACKSPACE = 127,
    UI_KEY_UP = 0x110000,
    UI_KEY_DOWN,
    UI_KEY_LEFT,
    UI_KEY_RIGHT,
    UI_KEY_HOME,
    UI_KEY_END,
    UI_KEY_PGUP,
    UI_KEY_PGDN,
    UI_KEY_DELETE,
    UI_KEY_BACKTAB,
    UI_KEY_INSERT,
    UI_KEY_F1, /* to F12 */
};
#define UI_CTRL(c) ((c) & 31)

#define UI_REPLY_TEXT 64

/** A control sequence or a string that a terminal answered with: CSI ? 63;4 c has prefix '?', final 'c', two parameters. */
typedef struct ui_reply {
    char prefix, middle, final; /* 0: none */
    int  param[16], n;          /* missing ones are 0 */
    char text[UI_REPLY_TEXT];   /* of a string: OSC has prefix ']', APC '_', DCS 'P', and no final; "" when it was longer */
} ui_reply;

typedef enum ui_event_kind { UI_EVENT_KEY, UI_EVENT_PASTE, UI_EVENT_REPLY } ui_event_kind;

typedef struct ui_event {
    ui_event_kind kind;
    int32_t       key;
    const char   *text; /* UI_EVENT_PASTE: valid UTF-8 without control characters, valid during the call */
    ui_reply      reply;
} ui_event;

typedef struct ui_input ui_input;
typedef void (*ui_input_fn)(void *ctx, const ui_event *e);

/** @utf8: bytes above 0x7f are UTF-8; otherwise they are dropped. */
ui_input *ui_input_new(bool utf8);
void      ui_input_free(ui_input *in);
void      ui_input_feed(ui_input *in, const char *data, size_t n, ui_input_fn fn, void *ctx);

/** What has begun: nothing, an ESC that may be the key or more, or some other sequence. Call ui_input_flush when nothing more comes. */
typedef enum ui_input_part { UI_INPUT_NOTHING, UI_INPUT_ESC, UI_INPUT_SEQUENCE } ui_input_part;
ui_input_part ui_input_pending(const ui_input *in);
/** The pause was long: a lone ESC is the key, anything else that was begun is dropped. */
void ui_input_flush(ui_input *in, ui_input_fn fn, void *ctx);

#endif
