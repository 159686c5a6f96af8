#include "eval/columns.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"

void huse_column_spaces(huse_buf *b, size_t n)
{
    while (n-- > 0)
        huse_buf_str(b, " ");
}

void huse_column_cell(huse_buf *b, const char *s, size_t width, bool right)
{
    size_t has = huse_text_width(s), pad = has < width ? width - has : 0;
    if (right)
        huse_column_spaces(b, pad);
    huse_buf_str(b, s);
    if (!right)
        huse_column_spaces(b, pad);
}

void huse_column_share(huse_buf *b, double v, size_t width)
{
    char text[32] = "–";
    if (isfinite(v)) {
        int milli = (int)lrint(fmin(fabs(v), 999.0) * 1000);
        const char *sign = v < 0 && milli > 0 ? "-" : "";
        if (milli < 1000)
            snprintf(text, sizeof text, "%s.%03d", sign, milli);
        else
            snprintf(text, sizeof text, "%s%d.%02d", sign, milli / 1000, milli % 1000 / 10);
    }
    huse_column_cell(b, text, width, true);
}

void huse_column_count(huse_buf *b, size_t n)
{
    if (n >= 1000) {
        huse_column_count(b, n / 1000);
        huse_buf_fmt(b, ",%03zu", n % 1000);
    } else {
        huse_buf_fmt(b, "%zu", n);
    }
}
