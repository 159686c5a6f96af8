/* Array files: safetensors (ours and models'), .npy (import and export). */
#ifndef HUSE_ARRAYS_H
#define HUSE_ARRAYS_H

#include "base/base.h"

typedef enum huse_dtype {
    HUSE_F32, HUSE_F64, HUSE_F16, HUSE_BF16, HUSE_I8, HUSE_U8, HUSE_I16, HUSE_I32, HUSE_I64, HUSE_BOOL,
} huse_dtype;
size_t huse_dtype_bytes(huse_dtype t);
const char *huse_dtype_name(huse_dtype t); /* as in safetensors: "F32" */

#define HUSE_MAX_DIMS 6

/** A named, row-major, contiguous array. Borrows name and data. */
typedef struct huse_array {
    const char *name;
    huse_dtype  dtype;
    int         ndim;
    size_t      dim[HUSE_MAX_DIMS];
    const void *data;
} huse_array;
size_t huse_array_count(const huse_array *a); /* elements */

/** Convenience for writers: array views of 1 and 2 dimensions. */
huse_array huse_array_1d(const char *name, huse_dtype t, const void *data, size_t n);
huse_array huse_array_2d(const char *name, huse_dtype t, const void *data, size_t rows, size_t cols);

typedef struct huse_safetensors huse_safetensors;

/** Maps a safetensors file. Everything is checked before use: header ≤ 8 MiB and inside the file, ≤ 65,536 arrays, shapes × type = byte
 *  range without overflow, no holes, no overlap, no duplicate names, JSON depth ≤ 32. BAD_DATA names the file and the fault. */
huse_status huse_safetensors_open(huse_safetensors **st, const char *path, huse_err *err) HUSE_MUST_CHECK;
/** The same over bytes in memory, which must outlive it (for fuzzing and tests). */
huse_status huse_safetensors_open_memory(huse_safetensors **st, const void *data, size_t n, const char *label, huse_err *err) HUSE_MUST_CHECK;
void        huse_safetensors_close(huse_safetensors *st);
size_t      huse_safetensors_count(const huse_safetensors *st);
const huse_array *huse_safetensors_at(const huse_safetensors *st, size_t i);
/** NULL when there is none of that name. */
const huse_array *huse_safetensors_find(const huse_safetensors *st, const char *name);
/** Finds @name and checks its type and shape (a dimension of SIZE_MAX: any). BAD_DATA names what differs. */
huse_status huse_safetensors_get(const huse_safetensors *st, const char *name, huse_dtype t, int ndim, const size_t *dim,
                                 const huse_array **out, huse_err *err) HUSE_MUST_CHECK;
/** IEEE 754 binary16 as it is. */
float huse_from_f16(uint16_t h);
/** Any float type copied to float32; @out holds huse_array_count elements. Other types: BAD_DATA. */
huse_status huse_array_to_f32(const huse_array *a, float *out, huse_err *err) HUSE_MUST_CHECK;

/** Atomically writes and fsyncs a file; data start 64-byte aligned; the order of @a is kept; equal input gives equal bytes.
 *  Names must differ and every array's data be whole (program error otherwise). Wide types first keep all arrays aligned,
 *  which saves readers a copy. */
huse_status huse_safetensors_write(const char *path, const huse_array *a, size_t n, huse_err *err) HUSE_MUST_CHECK;
/** The same to a descriptor, from its present offset, without fsync. @hash (NULL allowed) is fed what is written, *bytes
 *  (NULL allowed) is set to its length; @label names the file in messages. */
struct huse_sha256_ctx;
huse_status huse_safetensors_write_fd(int fd, const char *label, const huse_array *a, size_t n,
                                      struct huse_sha256_ctx *hash, uint64_t *bytes, huse_err *err) HUSE_MUST_CHECK;

/** A .npy file (version 1–3, '<f2' '<f4' '<f8' '<i4' '<i8', C order, 1 or 2 dimensions) as float32 rows (n,d); 1-d gives d = 1. free(*x). */
huse_status huse_npy_read(const char *path, float **x, size_t *n, size_t *d, huse_err *err) HUSE_MUST_CHECK;
/** X.ids.txt beside X.npy, as an export leaves it, in fresh memory; NULL when there is none. */
char *huse_npy_ids(const char *path);
huse_status huse_npy_parse(const void *data, size_t bytes, const char *label, float **x, size_t *n, size_t *d, huse_err *err) HUSE_MUST_CHECK;
/** Begins such a file in an empty buffer: n * d '<f4' are to follow. */
void huse_npy_head(huse_buf *b, size_t n, size_t d);
/** Atomically writes '<f4' of shape (n,d). */
huse_status huse_npy_write(const char *path, const float *x, size_t n, size_t d, huse_err *err) HUSE_MUST_CHECK;

#endif
