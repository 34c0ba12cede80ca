#include "runs.h"

#include "grow.h"
#include "wide.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, BLOCKS = 64 };

static int add_run(Runs *r, int kind, size_t start, size_t end) {
    if (end - start < RUN_LEAST)
        return 1;
    if (!grow((void **)&r->of[kind], &r->room[kind], r->n[kind] + 1, sizeof *r->of[kind]))
        return 0;
    r->of[kind][r->n[kind]++] = (Stretch){(uint32_t)start, (uint32_t)end};
    return 1;
}

static int is_hex(uint8_t c) { return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 32) - 'a') < 6; }
static int is_alnum(uint8_t c) { return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 32) - 'a') < 26; }

/* Of a run of the widest kind, what is of the others. */
static int add_token(Runs *r, const uint8_t *data, size_t start, size_t end) {
    int ok = add_run(r, RUN_TOKEN, start, end);
    size_t hex = start, alnum = start;
    for (size_t at = start; ok && at <= end; at++) {
        if (at == end || !is_hex(data[at]))
            ok = add_run(r, RUN_HEX, hex, at), hex = at + 1;
        if (ok && (at == end || !is_alnum(data[at])))
            ok = add_run(r, RUN_ALNUM, alnum, at), alnum = at + 1;
    }
    return ok;
}

/* One bit for each of 64 bytes that are 0 or 1. */
static uint64_t packed(const uint8_t *bytes) {
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t eight;
        memcpy(&eight, bytes + 8 * i, sizeof eight);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        eight = __builtin_bswap64(eight);
#endif
        bits |= (eight * 0x0102040810204080u >> 56) << 8 * i;
    }
    return bits;
}

/* By blocks of 64 bytes, which are of the kind. Each loop asks so little that the compiler makes vectors of it. */
WIDE static void mark(const uint8_t *data, size_t blocks, int kind, uint64_t *bits) {
    uint8_t is[BLOCK];
    for (size_t block = 0; block < blocks; block++, data += BLOCK) {
        if (kind == RUN_TOKEN) {
            for (int i = 0; i < BLOCK; i++)
                is[i] = ((uint8_t)(data[i] - '-') < 13) | ((uint8_t)((data[i] | 32) - 'a') < 26);
            for (int i = 0; i < BLOCK; i++)
                is[i] |= (data[i] == '+') | (data[i] == '=');
            for (int i = 0; i < BLOCK; i++)
                is[i] |= (data[i] == '_') | (data[i] == '~');
        } else if (kind == RUN_CAPS) {
            for (int i = 0; i < BLOCK; i++)
                is[i] = ((uint8_t)(data[i] - 'A') < 26) | ((uint8_t)(data[i] - '0') < 10) | (data[i] == '<');
        } else {
            for (int i = 0; i < BLOCK; i++)
                is[i] = ((uint8_t)(data[i] - 'a') < 26) | (data[i] == ' ');
        }
        bits[block] = packed(is);
    }
}

static int add(Runs *r, const uint8_t *data, int kind, size_t start, size_t end) {
    return kind == RUN_TOKEN && end - start >= RUN_LEAST ? add_token(r, data, start, end) : add_run(r, kind, start, end);
}

/* Goes on from a run that begins at `*start` (SIZE_MAX: none) through the 64 bytes from `at` on. */
static int take(Runs *r, const uint8_t *data, int kind, uint64_t bits, size_t at, size_t *start) {
    int ok = 1;
    if (*start != SIZE_MAX) {
        if (bits == UINT64_MAX)
            return 1;
        const int end = __builtin_ctzll(~bits);
        ok = add(r, data, kind, *start, at + (size_t)end);
        *start = SIZE_MAX;
        bits &= UINT64_MAX << end;
    }
    uint64_t long_ones = bits & bits >> 1;
    long_ones &= long_ones >> 2;
    long_ones &= long_ones >> 4;
    long_ones &= long_ones >> 8; /* sixteen in a row, all of them in this block */
    while (long_ones && ok) {
        const int from = __builtin_ctzll(long_ones);
        const uint64_t behind = ~bits & UINT64_MAX << from;
        if (!behind)
            break; /* it goes on, as below */
        const int end = __builtin_ctzll(behind);
        ok = add(r, data, kind, at + (size_t)from, at + (size_t)end);
        long_ones &= UINT64_MAX << end;
    }
    if (bits >> 63)
        *start = at + BLOCK - (size_t)(~bits ? __builtin_clzll(~bits) : BLOCK);
    return ok;
}

static int find(Runs *r, const uint8_t *data, size_t n, int kind) {
    uint64_t bits[BLOCKS];
    uint8_t last[BLOCK] = {0};
    size_t start = SIZE_MAX, at = 0;
    while (at + BLOCK <= n) {
        const size_t left = (n - at) / BLOCK, blocks = left < BLOCKS ? left : BLOCKS;
        mark(data + at, blocks, kind, bits);
        for (size_t block = 0; block < blocks; block++, at += BLOCK)
            if (!take(r, data, kind, bits[block], at, &start))
                return 0;
    }
    memcpy(last, data + at, n - at);
    mark(last, 1, kind, bits); /* what is behind the text is of no kind */
    return take(r, data, kind, bits[0], at, &start);
}

int runs_find(Runs *r, const uint8_t *data, size_t n) {
    memset(r->n, 0, sizeof r->n);
    for (int kind = RUN_TOKEN; kind < RUN_KINDS; kind++)
        if ((kind == RUN_TOKEN || r->wanted[kind]) && !find(r, data, n, kind))
            return 0;
    return 1;
}

void runs_free(Runs *r) {
    for (int kind = 0; kind < RUN_KINDS; kind++) {
        free(r->of[kind]);
        r->of[kind] = NULL;
    }
}

int runs_have(const Runs *r, int kind, size_t least, size_t start, size_t end) {
    const Stretch *runs = r->of[kind];
    uint32_t low = 0, high = r->n[kind];
    while (low < high) { /* the first that ends late enough */
        const uint32_t middle = (low + high) / 2;
        if (runs[middle].end < start + least)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < r->n[kind] && runs[low].start + least <= end; low++) {
        const size_t from = runs[low].start > start ? runs[low].start : start;
        const size_t to = runs[low].end < end ? runs[low].end : end;
        if (from + least <= to)
            return 1;
    }
    return 0;
}
