/* The table, made by fingerprints/make_fold_table.py: stage1[character >> 7] is 0 for a block that folds to nothing,
 * 1 for one whose characters fold to themselves, 2 for Hangul syllables (decomposed by arithmetic), else 3 + the
 * number of a block of stage2. An entry of stage2 has its length in the low byte and the symbols above it; length
 * 255 points into the expansions, where a length byte comes before the symbols. */
#include "fold.h"

#include <string.h>

#include "fold_table.h"
#include "vector.h"

enum { DROP, IDENTITY, HANGUL, FIRST_TABLE, LONG = 255 };

int fold_version(void) { return FOLD_VERSION; }

int fold_length(const uint8_t *in, size_t n)
{
    uint8_t lead = in[0];
    int length = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
    for (int i = 1; i < length; i++) {
        if ((size_t)i == n)
            return 0;
        if ((in[i] & 0xC0) != 0x80)
            return 1;
    }
    return length;
}

/* The character of `length` bytes at in; 0, which folds to nothing, where it is overlong. */
static uint32_t decode(const uint8_t *in, int length)
{
    switch (length) {
    case 1: return in[0] < 0x80 ? in[0] : 0;
    case 2: return (in[0] & 0x1Fu) << 6 | (in[1] & 0x3Fu);
    case 3: {
        uint32_t c = (in[0] & 0x0Fu) << 12 | (in[1] & 0x3Fu) << 6 | (in[2] & 0x3Fu);
        return c < 0x800 ? 0 : c;
    }
    default: {
        uint32_t c = (in[0] & 0x07u) << 18 | (in[1] & 0x3Fu) << 12 | (in[2] & 0x3Fu) << 6 | (in[3] & 0x3Fu);
        return c < 0x10000 || c > 0x10FFFF ? 0 : c;
    }
    }
}

static size_t put3(uint8_t *out, uint32_t c)
{
    out[0] = (uint8_t)(0xE0 | c >> 12);
    out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    out[2] = (uint8_t)(0x80 | (c & 0x3F));
    return 3;
}

/* The symbols of a character in block `kind` of stage2; may write FOLD_MOST bytes. */
static inline size_t put_entry(uint8_t *out, uint32_t kind, uint32_t c)
{
    uint32_t entry = fold_stage2[(kind - FIRST_TABLE) << 7 | (c & 127)];
    uint32_t n = entry & 255, symbols = entry >> 8;
    if (n != LONG) {
        memcpy(out, &symbols, 4);
        return n;
    }
    n = fold_expansions[symbols];
    memcpy(out, fold_expansions + symbols + 1, n);
    return n;
}

/* A syllable is its jamo. A final one looks like, and folds to, the initial one; the others fold to themselves. */
static size_t put_hangul(uint8_t *out, uint32_t syllable)
{
    uint32_t tail = syllable % 28 + 0x11A7;
    size_t n = put3(out, 0x1100 + syllable / 588);
    n += put3(out + n, 0x1161 + syllable % 588 / 28);
    return tail == 0x11A7 ? n : n + put_entry(out + n, fold_stage1[tail >> 7], tail);
}

/* Writes the symbols of character c, which stands in `length` bytes at `in`; may write FOLD_MOST bytes. */
static inline size_t put(uint8_t *out, uint32_t c, const uint8_t *in, int length)
{
    uint32_t kind = fold_stage1[c >> 7];
    if (kind >= FIRST_TABLE)
        return put_entry(out, kind, c);
    if (kind == DROP)
        return 0;
    if (kind == HANGUL)
        return put_hangul(out, c - 0xAC00);
    memcpy(out, in, (size_t)length);
    return (size_t)length;
}

size_t fold(const uint8_t *in, size_t n, int last, uint8_t *out, size_t room, size_t *used, uint32_t *origin)
{
    size_t i = 0, o = 0;
    while (i < n && o + FOLD_MOST + 8 <= room) {
        if (!origin)
            vector_fold_ascii(fold_ascii, in, n, &i, out, room, &o);
        /* Eight ASCII bytes at once, without a branch on each. */
        uint64_t eight;
        while (i + 8 <= n && o + FOLD_MOST + 8 <= room && (memcpy(&eight, in + i, 8), !(eight & 0x8080808080808080u))) {
            for (int j = 0; j < 8; j++) {
                uint32_t entry = fold_stage2[in[i + j]];
                out[o] = (uint8_t)(entry >> 8);
                if (origin)
                    origin[o] = (uint32_t)(i + j);
                o += entry & 1;
            }
            i += 8;
        }
        /* Then whatever is not ASCII, up to the next byte that is followed by seven others of ASCII. */
        for (int rest = 8; rest > 0 && i < n && o + FOLD_MOST <= room; rest--) {
            int length = fold_length(in + i, n - i);
            if (length == 0) {
                if (!last)
                    goto done;
                length = 1;
            }
            size_t symbols = put(out + o, decode(in + i, length), in + i, length);
            if (origin)
                for (size_t j = 0; j < symbols; j++)
                    origin[o + j] = (uint32_t)i;
            o += symbols;
            if (length > 1)
                rest = 8;
            i += (size_t)length;
        }
    }
done:
    *used = i;
    return o;
}

void count_text(const uint8_t *in, size_t n, size_t *characters, size_t *newlines)
{
    size_t at = vector_count(in, n, characters, newlines);
    /* 64 counters of a byte each, so that the compiler counts in whole registers; 255 rounds before they overflow. */
    while (n - at >= 64) {
        uint8_t starts[64] = {0}, ends[64] = {0};
        for (int round = 0; round < 255 && n - at >= 64; round++, at += 64)
            for (int j = 0; j < 64; j++) {
                starts[j] += (int8_t)in[at + j] >= -64;
                ends[j] += in[at + j] == '\n';
            }
        for (int j = 0; j < 64; j++) {
            *characters += starts[j];
            *newlines += ends[j];
        }
    }
    for (; at < n; at++) {
        *characters += (int8_t)in[at] >= -64;
        *newlines += in[at] == '\n';
    }
}
