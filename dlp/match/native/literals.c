#include "literals.h"

#include <stdlib.h>
#include <string.h>

enum { FOUR_BITS = 18, THREE_BITS = 15, BUCKET_BITS = 14 };

#define MIX 0x9E3779B1u
#define THREE 0xFFFFFFu
#define TWO 0xFFFFu

static uint32_t load(const uint8_t *data) {
    uint32_t value;
    memcpy(&value, data, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap32(value);
#endif
    return value;
}

static uint32_t bucket_of(uint32_t value) {
    return value * MIX >> (32 - BUCKET_BITS);
}

static uint32_t anchor_of(const Literals *l, uint32_t literal) {
    const uint32_t from = l->from[literal], size = l->from[literal + 1] - from;
    uint8_t bytes[4] = {0};
    memcpy(bytes, l->bytes + from + l->anchored[literal], size < 4 ? size : 4);
    return load(bytes);
}

int literals_init(Literals *l, const uint8_t *bytes, const uint32_t *from, const uint8_t *anchored, uint32_t n) {
    memset(l, 0, sizeof *l);
    l->n = n, l->bytes = bytes, l->from = from, l->anchored = anchored;
    l->four = calloc((1 << FOUR_BITS) / 64, sizeof *l->four);
    l->three = calloc((1 << THREE_BITS) / 64, sizeof *l->three);
    l->anchors = calloc(n + 1, sizeof *l->anchors);
    l->buckets = calloc((1 << BUCKET_BITS) + 1, sizeof *l->buckets);
    l->signs = calloc(n + 1, sizeof *l->signs);
    if (!l->signs || !l->four || !l->three || !l->anchors || !l->buckets)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        if (from[i + 1] - from[i] > 1)
            l->buckets[bucket_of(anchor_of(l, i)) + 1]++;
    for (uint32_t i = 0; i < 1 << BUCKET_BITS; i++)
        l->buckets[i + 1] += l->buckets[i];
    const uint32_t anchors_n = l->buckets[1 << BUCKET_BITS];
    for (uint32_t i = n; i-- > 0;) { /* filled from behind; the beginnings are mended below */
        if (from[i + 1] - from[i] == 1) {
            l->signs[l->signs_n++] = i;
            continue;
        }
        const uint32_t value = anchor_of(l, i), bucket = bucket_of(value);
        l->anchors[--l->buckets[bucket + 1]] = (Anchor){value, i};
        if (from[i + 1] - from[i] < 4) {
            const int two = from[i + 1] - from[i] == 2;
            for (uint32_t third = 0; third < (two ? 256u : 1u); third++) { /* whatever follows two */
                const uint32_t hash = (value | third << 16) * MIX >> (32 - THREE_BITS);
                l->three[hash >> 6] |= 1ull << (hash & 63);
            }
            l->any_of_two |= two;
        } else {
            const uint32_t hash = value * MIX >> (32 - FOUR_BITS);
            l->four[hash >> 6] |= 1ull << (hash & 63);
        }
    }
    memmove(l->buckets, l->buckets + 1, (1 << BUCKET_BITS) * sizeof *l->buckets);
    l->buckets[1 << BUCKET_BITS] = anchors_n;
    return 1;
}

void literals_free(Literals *l) {
    free(l->four);
    free(l->three);
    free(l->anchors);
    free(l->buckets);
    free(l->signs);
    free(l->low);
    memset(l, 0, sizeof *l);
}

static void look_up(const Literals *l, uint32_t value, const uint8_t *low, size_t at, size_t n, Seen seen, void *context) {
    const uint32_t bucket = bucket_of(value);
    for (uint32_t i = l->buckets[bucket]; i < l->buckets[bucket + 1]; i++) {
        if (l->anchors[i].value != value)
            continue;
        const uint32_t literal = l->anchors[i].literal, from = l->from[literal], size = l->from[literal + 1] - from;
        const size_t before = l->anchored[literal];
        if (before <= at && at - before + size <= n && !memcmp(low + at - before, l->bytes + from, size))
            seen(context, literal, at - before + size);
    }
}

int literals_find(Literals *l, const uint8_t *data, size_t n, Seen seen, void *context) {
    enum { SLACK = 8 };
    if (n + SLACK > l->room) {
        uint8_t *low = realloc(l->low, n + SLACK);
        if (!low)
            return 0;
        l->low = low;
        l->room = n + SLACK;
    }
    uint8_t *low = l->low;
    for (size_t i = 0; i < n; i++)
        low[i] = (uint8_t)(data[i] + ((uint8_t)(data[i] - 'A') < 26 ? 32 : 0));
    memset(low + n, 0, SLACK);
    for (uint32_t i = 0; i < l->signs_n; i++) {
        const uint8_t sign = l->bytes[l->from[l->signs[i]]], *at = low;
        while ((at = memchr(at, sign, (size_t)(low + n - at))))
            seen(context, l->signs[i], (size_t)(++at - low));
    }
    const uint64_t *four = l->four, *three = l->three;
    for (size_t at = 0; at < n; at++) {
        const uint32_t value = load(low + at);
        const uint32_t one = value * MIX >> (32 - FOUR_BITS), other = (value & THREE) * MIX >> (32 - THREE_BITS);
        const uint64_t in_four = four[one >> 6] >> (one & 63), in_three = three[other >> 6] >> (other & 63);
        if (__builtin_expect((in_four | in_three) & 1, 0)) {
            if (in_four & 1)
                look_up(l, value, low, at, n, seen, context);
            if (in_three & 1)
                look_up(l, value & THREE, low, at, n, seen, context);
            if ((in_three & 1) && l->any_of_two)
                look_up(l, value & TWO, low, at, n, seen, context);
        }
    }
    return 1;
}
