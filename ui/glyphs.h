/* What stands for a character where a terminal has only ASCII. */
#ifndef UI_GLYPHS_H
#define UI_GLYPHS_H

#include <stdint.h>

/** The nearest ASCII character: itself, one of the same shape, the letter without its marks, or '?'. */
char ui_ascii(int32_t cp);

#endif
