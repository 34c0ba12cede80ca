#include "roll.h"

#include "vector.h"

static void power_table(unsigned k, uint64_t *to_k)
{
    *to_k = 1;
    for (unsigned j = 0; j < k; j++)
        *to_k *= ROLL_BASE;
}

static uint64_t hash_of(const uint8_t *symbols, unsigned k)
{
    uint64_t h = 0;
    for (unsigned j = 0; j < k; j++)
        h = h * ROLL_BASE + symbols[j];
    return h;
}

void roll(const uint8_t *symbols, size_t n, unsigned k, uint64_t *hashes)
{
    if (vector_roll(symbols, n, k, hashes))
        return;
    uint64_t to_k;
    power_table(k, &to_k);
    /* Four lanes hide the latency of the multiplication: each lane rolls through its own quarter. */
    size_t quarter = n / 4;
    if (quarter > k) {
        uint64_t h[4];
        const uint8_t *s[4];
        for (int lane = 0; lane < 4; lane++) {
            s[lane] = symbols + quarter * (size_t)lane;
            h[lane] = hash_of(s[lane] - k + 1, k);
            hashes[quarter * (size_t)lane] = h[lane];
        }
        for (size_t i = 1; i < quarter; i++)
            for (int lane = 0; lane < 4; lane++) {
                h[lane] = h[lane] * ROLL_BASE + s[lane][i] - to_k * s[lane][(ptrdiff_t)i - (ptrdiff_t)k];
                hashes[quarter * (size_t)lane + i] = h[lane];
            }
    } else {
        quarter = 0;
    }
    for (size_t i = 4 * quarter; i < n; i++)
        hashes[i] = i == 0 ? hash_of(symbols - k + 1, k)
                           : hashes[i - 1] * ROLL_BASE + symbols[i] - to_k * symbols[(ptrdiff_t)i - (ptrdiff_t)k];
}
