/* Figures and terms as panes show them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pane.h"

const char *ui_share(char out[16], double x, int digits)
{
    if (isnan(x)) {
        strcpy(out, "–");
        return out;
    }
    snprintf(out, 16, "%.*f", digits, x);
    char *zero = *out == '-' ? out + 1 : out;
    if (*zero == '0')
        memmove(zero, zero + 1, strlen(zero));
    return out;
}

const char *ui_thousands(char out[32], size_t n)
{
    char digits[24];
    int  len = snprintf(digits, sizeof digits, "%zu", n), at = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

void ui_duration(char out[32], double seconds)
{
    if (!(seconds >= 0 && seconds < 1e9)) {
        strcpy(out, "–");
        return;
    }
    const long s = (long)(seconds + .5), h = s / 3600, min = s / 60 % 60;
    if (h >= 48)
        snprintf(out, 32, "%ld days %ld h", h / 24, h % 24);
    else if (h)
        snprintf(out, 32, "%ld h %ld min", h, min);
    else if (min >= 10)
        snprintf(out, 32, "%ld min", min);
    else if (min)
        snprintf(out, 32, "%ld min %ld s", min, s % 60);
    else
        snprintf(out, 32, "%ld s", s);
}

/* An id or path as the grammar takes it back. */
void ui_term(huse_buf *b, const char *prefix, const char *name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-/";
    huse_buf_str(b, prefix);
    if (*name && name[strspn(name, plain)] == 0) {
        huse_buf_str(b, name);
        return;
    }
    huse_buf_str(b, "\"");
    for (; *name; name++)
        huse_buf_fmt(b, *name == '"' || *name == '\\' ? "\\%c" : "%c", *name);
    huse_buf_str(b, "\"");
}
