/* The table, made by fingerprints/make_fold_table.py: stage1[character >> 7] is 0 for a block that folds to nothing,
 * 1 for one whose characters fold to themselves, 2 for Hangul syllables (decomposed by arithmetic), else 3 + the
 * number of a block of stage2. An entry of stage2 has its length in the low byte and the symbols above it; length
 * 255 points into the expansions, where a length byte comes before the symbols. The first 16 blocks of stage2 are the
 * first 16 of Unicode, so characters of one and two bytes need no stage1; a test holds the table to it. */
#include "fold.h"

#include <string.h>

#include "fold_table.h"
#include "vector.h"

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "entries of the table are copied as they lie in memory, low byte first"
#endif

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

static inline void note(uint32_t *origin, size_t o, size_t symbols, size_t i)
{
    if (origin)
        for (size_t j = 0; j < symbols; j++)
            origin[o + j] = (uint32_t)i;
}

/* Each loop is for runs of characters of one kind: it goes on while the next eight bytes are its own and there is room,
 * and leaves all that is odd to the last. i and o are locals, since what is written through `out` could else be they. */
static inline __attribute__((always_inline)) size_t fold_all(const uint8_t *in, size_t n, int last, uint8_t *out,
                                                             size_t room, size_t *used, uint32_t *origin)
{
    size_t i = 0, o = 0, before;
    while (i < n && o + FOLD_MOST <= room) {
        if (!origin) {
            size_t wide_i = i, wide_o = o;
            vector_fold_ascii(fold_ascii, in, n, &wide_i, out, room, &wide_o);
            i = wide_i;
            o = wide_o;
        }
        size_t whole = room < 2 * FOLD_MOST || n < 8 ? 0 : n - 7, most = room - 2 * FOLD_MOST;
        do {
            before = i;
            for (uint64_t eight; i < whole && o <= most; i += 8) { /* ASCII */
                memcpy(&eight, in + i, 8);
                if (eight & 0x8080808080808080u)
                    break;
                for (size_t j = 0; j < 8; j++) {
                    uint32_t entry = fold_stage2[in[i + j]];
                    out[o] = (uint8_t)(entry >> 8);
                    if (origin)
                        origin[o] = (uint32_t)(i + j);
                    o += entry & 1;
                }
            }
            while (i < whole && o <= most) {
                /* One or two bytes, without a branch on which: in Cyrillic or Greek, words and spaces alternate too
                 * irregularly to be foretold. */
                uint32_t lead = in[i], next = in[i + 1], two = lead >> 7;
                if (two & (uint32_t)((lead - 0xC2 >= 0x1E) | ((next & 0xC0) != 0x80)))
                    break;
                uint32_t c = lead + ((0u - two) & ((lead << 6) - lead + next - 0x3080)), entry = fold_stage2[c];
                size_t symbols = entry & 255;
                entry >>= 8;
                memcpy(out + o, &entry, 4);
                if (symbols == LONG)
                    symbols = put_entry(out + o, FIRST_TABLE + (c >> 7), c);
                note(origin, o, symbols, i);
                o += symbols;
                i += 1 + two;
            }
            while (i < whole && o <= most) {
                /* Three bytes. Of ideographs most fold to themselves, but which blocks hold one that does not is as
                 * irregular; so an entry is read for each. */
                uint32_t four;
                memcpy(&four, in + i, 4);
                uint32_t c = (in[i] & 0x0Fu) << 12 | (in[i + 1] & 0x3Fu) << 6 | (in[i + 2] & 0x3Fu);
                if ((in[i] & 0xF0) != 0xE0 || ((in[i + 1] ^ 0x80) | (in[i + 2] ^ 0x80)) & 0xC0 || c < 0x800)
                    break;
                uint32_t kind = fold_stage1[c >> 7], same = 0u - (kind == IDENTITY);
                size_t symbols = LONG;
                if (kind != DROP && kind != HANGUL) {
                    uint32_t entry = fold_stage2[((kind - FIRST_TABLE) << 7 | (c & 127)) & ~same];
                    symbols = (entry & 255 & ~same) | (3 & same);
                    entry = (entry >> 8 & ~same) | (four & same);
                    memcpy(out + o, &entry, 4);
                }
                if (symbols == LONG)
                    symbols = put(out + o, c, in + i, 3);
                note(origin, o, symbols, i);
                o += symbols;
                i += 3;
            }
        } while (i != before);
        /* One of any kind: broken, of four bytes, or near an end. */
        if (i == n || o + FOLD_MOST > room)
            break;
        int length = fold_length(in + i, n - i);
        if (length == 0) {
            if (!last)
                break;
            length = 1;
        }
        size_t symbols = put(out + o, decode(in + i, length), in + i, length);
        note(origin, o, symbols, i);
        o += symbols;
        i += (size_t)length;
    }
    *used = i;
    return o;
}

size_t fold(const uint8_t *in, size_t n, int last, uint8_t *out, size_t room, size_t *used, uint32_t *origin)
{
    /* Twice, so that the loops that keep no origins carry no branch on it. */
    return origin ? fold_all(in, n, last, out, room, used, origin) : fold_all(in, n, last, out, room, used, NULL);
}

void count_text(const uint8_t *in, size_t n, size_t *characters, size_t *newlines, size_t *line)
{
    size_t at = vector_count(in, n, characters, newlines, line), before = *newlines;
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
    if (*newlines != before) {
        while (in[at - 1] != '\n')
            at--;
        *line = at;
    }
}
