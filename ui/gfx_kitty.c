#include "gfx_kitty.h"

#include <openssl/evp.h>
#include <stdlib.h>

#define CHUNK      4096 /* base64 in one command, at most */
#define HELD_MAX   512
#define HELD_BYTES ((size_t)32 << 20)
#define NUMBERS    0xffffu

typedef struct held {
    uint64_t serial, used;
    uint32_t number;
    int      shown; /* how often it is on the screen */
    size_t   bytes;
} held;

struct ui_kitty {
    uint32_t base, last;
    uint64_t clock;
    held     held[HELD_MAX];
    size_t   n, bytes;
};

void ui_gfx_kitty(const uint8_t *rgb, int w, int h, huse_buf *out)
{
    const int n = w * h * 3;
    char     *text = huse_xmalloc((size_t)(n + 2) / 3 * 4 + 1);
    huse_buf_add(out, text, (size_t)EVP_EncodeBlock((unsigned char *)text, rgb, n));
    free(text);
}

/* One picture in commands of at most 4,096 bytes of pixels: @keys in the first alone. No answers are wanted (q=2). */
static void send(const char *keys, const char *pixels, size_t n, ui_gfx_fit fit, huse_buf *out)
{
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t len = HUSE_MIN(n - at, (size_t)CHUNK);
        huse_buf_str(out, "\x1b_G");
        if (at == 0)
            huse_buf_fmt(out, "%s,f=24,s=%d,v=%d,", keys, fit.px_w, fit.px_h);
        huse_buf_fmt(out, "q=2,m=%d;", at + len < n);
        huse_buf_add(out, pixels + at, len);
        huse_buf_str(out, "\x1b\\");
    }
}

void ui_kitty_print(const char *pixels, size_t n, ui_gfx_fit fit, huse_buf *out)
{
    char *keys = huse_format("a=T,c=%d,r=%d,C=1", fit.cols, fit.rows);
    send(keys, pixels, n, fit, out);
    free(keys);
}

ui_kitty *ui_kitty_new(uint32_t base)
{
    ui_kitty *k = huse_xcalloc(1, sizeof *k);
    k->base = base & ~NUMBERS;
    return k;
}

void ui_kitty_free(ui_kitty *k)
{
    free(k);
}

static held *find(ui_kitty *k, uint64_t serial)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->held[i].serial == serial)
            return &k->held[i];
    return NULL;
}

static bool is_number(const ui_kitty *k, uint32_t number)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->held[i].number == number)
            return true;
    return false;
}

static void drop(ui_kitty *k, held *h, huse_buf *out)
{
    huse_buf_fmt(out, "\x1b_Ga=d,d=I,i=%u,q=2\x1b\\", h->number);
    k->bytes -= h->bytes;
    *h = k->held[--k->n];
}

/* Of those that are not on the screen; NULL when all are. */
static held *oldest(ui_kitty *k)
{
    held *best = NULL;
    for (size_t i = 0; i < k->n; i++)
        if (k->held[i].shown <= 0 && (!best || k->held[i].used < best->used))
            best = &k->held[i];
    return best;
}

static held *take_in(ui_kitty *k, uint64_t serial, size_t bytes, huse_buf *out)
{
    for (held *h; (k->n == HELD_MAX || k->bytes + bytes > HELD_BYTES) && (h = oldest(k));)
        drop(k, h, out);
    if (k->n == HELD_MAX)
        return NULL;
    do
        k->last = k->last % NUMBERS + 1;
    while (is_number(k, k->base | k->last));
    held *h = &k->held[k->n++];
    *h = (held){.serial = serial, .number = k->base | k->last, .bytes = bytes};
    k->bytes += bytes;
    return h;
}

void ui_kitty_show(ui_kitty *k, uint64_t serial, const char *pixels, size_t n, ui_gfx_fit fit, uint32_t place, huse_buf *out)
{
    held *h = find(k, serial);
    if (!h) {
        h = take_in(k, serial, (size_t)fit.px_w * (size_t)fit.px_h * 3, out);
        if (!h)
            return;
        char *keys = huse_format("a=t,i=%u", h->number);
        send(keys, pixels, n, fit, out);
        free(keys);
    }
    h->used = ++k->clock;
    h->shown++;
    huse_buf_fmt(out, "\x1b_Ga=p,i=%u,p=%u,c=%d,r=%d,C=1,q=2\x1b\\", h->number, place, fit.cols, fit.rows);
}

void ui_kitty_hide(ui_kitty *k, uint64_t serial, uint32_t place, huse_buf *out)
{
    held *h = find(k, serial);
    if (!h)
        return;
    h->shown--;
    huse_buf_fmt(out, "\x1b_Ga=d,d=i,i=%u,p=%u,q=2\x1b\\", h->number, place);
}

void ui_kitty_clear(ui_kitty *k, huse_buf *out)
{
    while (k->n)
        drop(k, &k->held[k->n - 1], out);
}
