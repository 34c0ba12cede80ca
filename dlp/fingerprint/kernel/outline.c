#include "outline.h"

/* What is stored of row i in each column, before the differences are taken. */
static int64_t value_of(const uint32_t *const columns[4], int column, size_t i)
{
    int64_t position = columns[0][i], start = columns[1][i], end = columns[2][i];
    return column == 0 ? position : column == 1 ? start - position : column == 2 ? end - start : columns[3][i];
}

size_t outline_pack(const uint32_t *const columns[4], size_t n, uint8_t *out)
{
    uint8_t *to = out;
    for (int column = 0; column < 4; column++) {
        int64_t before = 0;
        for (size_t i = 0; i < n; i++) {
            int64_t now = value_of(columns, column, i), difference = now - before;
            before = now;
            uint64_t zigzag = (uint64_t)difference << 1 ^ (difference < 0 ? UINT64_MAX : 0);
            for (; zigzag > 127; zigzag >>= 7)
                *to++ = (uint8_t)(zigzag | 128);
            *to++ = (uint8_t)zigzag;
        }
    }
    return (size_t)(to - out);
}

int outline_unpack(const uint8_t *in, size_t size, uint32_t *const columns[4], size_t n)
{
    const uint8_t *end = in + size;
    for (int column = 0; column < 4; column++) {
        int64_t now = 0;
        for (size_t i = 0; i < n; i++) {
            uint64_t zigzag = 0;
            unsigned shift = 0;
            do {
                if (in == end || shift > 35)
                    return 0;
                zigzag |= (uint64_t)(*in & 127) << shift;
                shift += 7;
            } while (*in++ & 128);
            now += (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
            int64_t value = column == 1 ? now + columns[0][i] : column == 2 ? now + columns[1][i] : now;
            if (value < 0 || value > UINT32_MAX)
                return 0;
            columns[column][i] = (uint32_t)value;
        }
    }
    return in == end;
}
