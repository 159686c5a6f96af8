/* The vector kernel of panel.h, included once for each instruction set with these defined:
 * VEC and LANES, LOAD STORE SET1 FMA ADD CLAMP6, and for a vector's first n lanes LOAD_N STORE_N;
 * ROWS, the tile's height; SECOND(K), from the first vector of a packed row to the second. */

#define AT(r) (row[(r) / 3] + (r) % 3 * lda) /* five base pointers reach fourteen rows */

static inline __attribute__((always_inline)) void finish(const huse_panel_tile *t, size_t r,
                                                         size_t at, size_t n, VEC y)
{
    if (t->relu6)
        y = CLAMP6(y);
    if (t->add)
        y = ADD(y, n == LANES ? LOAD(t->add + r * t->ldadd + at)
                              : LOAD_N(t->add + r * t->ldadd + at, n));
    if (n == LANES)
        STORE(t->C[r] + at, y);
    else
        STORE_N(t->C[r] + at, n, y);
}

static inline __attribute__((always_inline)) void tile_of(const huse_panel_tile *t,
                                                          const size_t rows, const bool two)
{
    const float *w = t->w, *w2 = t->w + SECOND(t->K), *row[(ROWS + 2) / 3];
    size_t lda = t->lda;
    VEC a[ROWS], b[ROWS];
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
        if (r % 3 == 0)
            row[r / 3] = t->A + r * lda;
        a[r] = LOAD(t->bias);
        if (two)
            b[r] = LOAD(t->bias + LANES);
    }
    for (size_t k = 0; k < t->K; k++) {
        VEC x = LOAD(w + k * HUSE_PANEL_UNIT), y = two ? LOAD(w2 + k * HUSE_PANEL_UNIT) : x;
#pragma GCC unroll 16
        for (size_t r = 0; r < rows; r++) {
            VEC s = SET1(AT(r)[k]);
            a[r] = FMA(s, x, a[r]);
            if (two)
                b[r] = FMA(s, y, b[r]);
        }
    }
#pragma GCC unroll 16
    for (size_t r = 0; r < rows; r++) {
        finish(t, r, 0, HUSE_MIN(t->columns, (size_t)LANES), a[r]);
        if (two)
            finish(t, r, LANES, t->columns - LANES, b[r]);
    }
}

#define TILE_CASE(n)                                                                               \
    case n:                                                                                        \
        if (t->columns > LANES)                                                                    \
            tile_of(t, n, true);                                                                   \
        else                                                                                       \
            tile_of(t, n, false);                                                                  \
        break;
