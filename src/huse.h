/* HUSE: one semantic space for pictures, texts and classes. The public interface of libhuse.a, usable from C and C++.
 * Link with -lhuse and the libraries that it stands on: curl, OpenBLAS, LAPACKE, SQLite, jansson, utf8proc, libcrypto, -lm, -pthread.
 *
 * The library returns a huse_status and fills a huse_err; it never prints, exits, reads the environment or installs signal handlers. */
#ifndef HUSE_H
#define HUSE_H

#include "huse/status.h"
#include "huse/workspace.h"
#include "huse/labels.h"
#include "huse/encode.h"
#include "huse/train.h"
#include "huse/query.h"
#include "huse/browse.h"
#include "huse/eval.h"
#include "huse/report.h"

#endif
