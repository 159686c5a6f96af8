/* A model's weights: DIR/model.safetensors, hashed, and read array by array. */
#ifndef HUSE_MODEL_FILE_H
#define HUSE_MODEL_FILE_H

#include "base/arrays.h"
#include "base/sha256.h"

typedef struct huse_model_file huse_model_file;

/** Maps and hashes DIR/model.safetensors. NOT_FOUND when there is none; BAD_DATA when it is cut or
 * broken, or when DIR/SHA256SUMS is there and names another hash for it (the file was altered after
 * its installation). */
huse_status huse_model_file_open(huse_model_file **w, const char *dir,
                                 huse_err *err) HUSE_MUST_CHECK;
void huse_model_file_close(huse_model_file *w); /* NULL is fine */
const huse_key *huse_model_file_hash(const huse_model_file *w);
bool huse_model_file_has(const huse_model_file *w, const char *name);
/** The array of that name and shape as fresh float32, row-major; any float type is taken. BAD_DATA
 * when it is missing, of another shape, or holds a number that is not finite. free(*out). */
huse_status huse_model_file_get(huse_model_file *w, const char *name, int ndim, const size_t *dim,
                                float **out, huse_err *err) HUSE_MUST_CHECK;
/** BAD_DATA when the file holds an array that was not asked for and whose name @known does not
 * accept. */
huse_status huse_model_file_all_read(const huse_model_file *w, bool (*known)(const char *name),
                                     huse_err *err) HUSE_MUST_CHECK;

/** What an encoder and its features are called: the last component of the folder of its weights,
 * with what could not stand in a file's name as '_'. */
#define HUSE_MODEL_NAME_MAX 64
void huse_model_name(char name[HUSE_MODEL_NAME_MAX], const char *dir);

#endif
