/* huse-decode: reads encoded pictures on standard input, writes RGB on standard output, until the input ends. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "decode/decode.h"

enum { EXIT_PROTOCOL = 2 };

/* True when all of it came; a clean end before the first byte ends the program. */
static bool read_all(void *to, size_t n)
{
    uint8_t *p = to;
    for (size_t got = 0; got < n;) {
        ssize_t k = read(STDIN_FILENO, p + got, n - got);
        if (k == 0 && got == 0)
            _exit(0);
        if (k == 0 || (k < 0 && errno != EINTR))
            return false;
        got += k > 0 ? (size_t)k : 0;
    }
    return true;
}

static void write_all(const void *from, size_t n)
{
    const uint8_t *p = from;
    for (size_t put = 0; put < n;) {
        ssize_t k = write(STDOUT_FILENO, p + put, n - put);
        if (k < 0 && errno != EINTR)
            _exit(EXIT_PROTOCOL);
        put += k > 0 ? (size_t)k : 0;
    }
}

static void answer(const huse_frame_request *rq, huse_frame_status status, const huse_pixels *p, const huse_rendered *r)
{
    huse_frame_answer a = { .magic = HUSE_FRAME_ANSWER, .status = status, .width = (uint32_t)p->w, .height = (uint32_t)p->h };
    if (status == HUSE_FRAME_OK) {
        a.width = (uint32_t)r->width;
        a.height = (uint32_t)r->height;
        a.feature_bytes = rq->side * rq->side * 3;
        a.thumb_w = (uint32_t)r->thumb_w;
        a.thumb_h = (uint32_t)r->thumb_h;
        a.packed_bytes = r->packed == NULL ? 0 : huse_frame_packed_bytes(a.thumb_w, a.thumb_h);
    }
    write_all(&a, sizeof a);
    write_all(r->feature, a.feature_bytes);
    write_all(r->thumb, (size_t)a.thumb_w * a.thumb_h * 3);
    write_all(r->packed, a.packed_bytes);
}

static void serve(const huse_frame_request *rq)
{
    huse_pixels p = { 0 };
    huse_rendered r = { 0 };
    uint8_t *data = malloc(rq->bytes > 0 ? rq->bytes : 1);
    if (data == NULL || (rq->bytes > 0 && !read_all(data, rq->bytes)))
        _exit(EXIT_PROTOCOL);
    huse_sandbox_clock(true);
    huse_frame_status s = huse_decode_load(data, rq->bytes, &p);
    if (s == HUSE_FRAME_OK)
        s = huse_decode_render(&p, rq, &r);
    huse_sandbox_clock(false);
    answer(rq, s, &p, &r);
    huse_pixels_free(&p);
    huse_rendered_free(&r);
    free(data);
}

int main(void)
{
    /* Nothing that the caller had open reaches the decoders. */
    if (close_range(3, ~0U, 0) != 0)
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
    huse_frame_hello hello = { HUSE_FRAME_HELLO, HUSE_FRAME_VERSION, huse_sandbox_enter() };
    write_all(&hello, sizeof hello);
    for (;;) {
        huse_frame_request rq;
        if (!read_all(&rq, sizeof rq) || rq.magic != HUSE_FRAME_REQUEST || rq.bytes > HUSE_FRAME_MAX_BYTES ||
            rq.side > HUSE_FRAME_MAX_FEATURE || rq.thumb > HUSE_FRAME_MAX_THUMB)
            _exit(EXIT_PROTOCOL);
        serve(&rq);
    }
}
