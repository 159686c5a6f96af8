/* Any float type to float32. */
#include "base/arrays.h"

#include <string.h>

static float from_bits(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

/* IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Every value is exact in
 * binary32. */
float huse_from_f16(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = (h >> 10) & 31u,
             fraction = h & 0x3ffu;
    if (exponent == 31)
        return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent > 0)
        return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float tiny = (float)fraction * 0x1p-24f;
    return sign ? -tiny : tiny;
}

huse_status huse_array_to_f32(const huse_array *a, float *out, huse_err *err)
{
    const size_t n = huse_array_count(a);
    if (n == 0)
        return HUSE_OK;
    switch (a->dtype) {
    case HUSE_F32:
        memcpy(out, a->data, n * sizeof *out);
        return HUSE_OK;
    case HUSE_F64:
        for (size_t i = 0; i < n; i++)
            out[i] = (float)((const double *)a->data)[i];
        return HUSE_OK;
    case HUSE_F16:
        for (size_t i = 0; i < n; i++)
            out[i] = huse_from_f16(((const uint16_t *)a->data)[i]);
        return HUSE_OK;
    case HUSE_BF16:
        for (size_t i = 0; i < n; i++)
            out[i] = from_bits((uint32_t)((const uint16_t *)a->data)[i] << 16);
        return HUSE_OK;
    default:
        return huse_fail(err, HUSE_BAD_DATA, "the array \"%s\" holds %s, not floats", a->name,
                         huse_dtype_name(a->dtype));
    }
}
