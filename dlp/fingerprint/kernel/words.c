#include "words.h"

#include "fold.h"

int word_separator(const uint8_t *in, int length)
{
    switch (length) {
    case 1: return in[0] < 0x80;
    case 2:
        if (in[0] == 0xC2)
            return in[1] != 0xAD; /* the soft hyphen */
        return in[0] == 0xD8 && (in[1] == 0x8C || in[1] == 0x9B || in[1] == 0x9F);
    case 3:
        if (in[0] == 0xE2 && in[1] == 0x80)
            return in[2] <= 0x8A || (in[2] >= 0x90 && in[2] <= 0xA9) || in[2] >= 0xAF;
        if (in[0] == 0xE2)
            return in[1] != 0x81 || in[2] < 0xA0;
        if (in[0] == 0xE0)
            return in[1] == 0xA5 && (in[2] == 0xA4 || in[2] == 0xA5); /* dandas */
        return (in[0] == 0xE3 && in[1] == 0x80) || (in[0] == 0xEF && (in[1] == 0xBC || in[1] == 0xBD));
    default: return in[0] == 0xF0 && in[1] == 0x9F; /* pictures */
    }
}

int word_alone(const uint8_t *symbols, size_t n)
{
    if (n < 3)
        return 0;
    if (symbols[0] == 0xE0)
        return symbols[1] >= 0xB8 && symbols[1] <= 0xBB;
    if (symbols[0] == 0xE1)
        return symbols[1] == 0x80 || symbols[1] == 0x81 || symbols[1] == 0x9E;
    if (symbols[0] == 0xE3)
        return symbols[1] >= 0x81;
    return (symbols[0] >= 0xE4 && symbols[0] <= 0xE9) || (symbols[0] == 0xF0 && symbols[1] >= 0xA0);
}

static int separated(const uint8_t *in, size_t from, size_t to)
{
    while (from < to) {
        int length = fold_length(in + from, to - from);
        if (!length)
            length = 1;
        if (word_separator(in + from, length))
            return 1;
        from += (size_t)length;
    }
    return 0;
}

typedef struct {
    uint64_t hash;
    unsigned letters;
    int alone; /* an ideograph */
    Word word;
} Open;

#define STEM_SEED UINT64_C(0xCBF29CE484222325)
#define STEM_STEP UINT64_C(0x100000001B3)

static unsigned stem_of(uint64_t hash) { return (unsigned)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 52); }

unsigned words_stem(const uint8_t *symbols, size_t n, size_t *letters)
{
    uint64_t hash = STEM_SEED;
    unsigned seen = 0;
    for (*letters = 0; *letters < n; ++*letters) {
        seen += (symbols[*letters] & 0xC0) != 0x80;
        if (seen > WORDS_STEM_LETTERS)
            break;
        hash = (hash ^ symbols[*letters]) * STEM_STEP;
    }
    return stem_of(hash);
}

static void close_word(Open *open, Word *out)
{
    unsigned rank = open->alone ? WORDS_IDEOGRAPH : open->letters < WORDS_RANKS ? open->letters : WORDS_RANKS - 1;
    *out = open->word;
    out->code = (uint16_t)(stem_of(open->hash) << 4 | rank);
}

size_t words_split(const uint8_t *in, size_t n, Word *out, size_t room, size_t *used)
{
    enum { BATCH = 4096 };
    uint8_t symbols[BATCH + FOLD_SLACK];
    uint32_t origin[BATCH + FOLD_SLACK];
    Open open = {.word = {.symbols = 0}};
    size_t count = 0, at = 0;
    while (at < n) {
        size_t taken, made = fold(in + at, n - at, 1, symbols, BATCH, &taken, origin);
        for (size_t i = 0; i < made;) {
            size_t here = at + origin[i], next = i + 1;
            while (next < made && origin[next] == origin[i])
                next++;
            int alone = word_alone(symbols + i, next - i);
            if (open.word.symbols && (alone || open.alone || open.word.symbols >= WORDS_MOST ||
                                      separated(in, open.word.to, here))) {
                if (count + 1 >= room) { /* the open word is the last one there is room for */
                    close_word(&open, &out[count]);
                    *used = here;
                    return count + 1;
                }
                close_word(&open, &out[count++]);
                open.word.symbols = 0;
            }
            if (!open.word.symbols)
                open = (Open){.hash = STEM_SEED, .alone = alone, .word = {.from = (uint32_t)here}};
            int length = fold_length(in + here, n - here);
            open.word.to = (uint32_t)(here + (size_t)(length ? length : 1));
            for (; i < next; i++) {
                open.letters += (symbols[i] & 0xC0) != 0x80;
                if (open.letters <= WORDS_STEM_LETTERS)
                    open.hash = (open.hash ^ symbols[i]) * STEM_STEP;
                open.word.symbols++;
            }
        }
        at += taken;
    }
    if (open.word.symbols)
        close_word(&open, &out[count++]);
    *used = n;
    return count;
}
