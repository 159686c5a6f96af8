/* The terminal as it was found: put back on every way out, crashes included. */
#ifndef UI_GUARD_H
#define UI_GUARD_H

#include "base/base.h"

/** Remembers the terminal's settings and takes the signals over: INT, TERM, HUP, QUIT, TSTP, CONT, WINCH are written as bytes (their
 *  numbers) into the pipe ui_guard_pipe; SEGV, BUS, FPE, ILL, ABRT and fatal errors restore the terminal and then end the program. */
huse_status ui_guard_open(int fd, huse_err *err) HUSE_MUST_CHECK;
int         ui_guard_pipe(void); /* read end, not blocking */

#define UI_WAY_OUT 1024
/** What to write on the way out, at most UI_WAY_OUT bytes: leaves pictures, modes, attributes and the alternate screen. */
void ui_guard_on_exit(const char *bytes);

/** Settings as found; and back to those of the interface (which are remembered). For suspending. */
void ui_guard_leave(void);
void ui_guard_return(void);

/** Puts the terminal and the signals back. */
void ui_guard_close(void);

/** A stack of its own for the fatal handler of the calling thread; free(*memory) when the thread ends. */
void ui_guard_thread(void **memory);

#endif
