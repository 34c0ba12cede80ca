#include <string.h>

#include "align.h"

enum { STEM = 0xFFF0, RANK = 15 }; /* of a code */

typedef struct {
    const uint16_t *text, *source; /* codes, from in.a0 and in.b0 on */
    int64_t text_n, source_n;
    int64_t from, from_source, wide, high; /* the core */
} Side;

static unsigned couple(unsigned code, unsigned next) { return ((code >> 4) ^ (next >> 4) * 5) % WORDS_STEMS; }

/* The words from i and from j on that are alike and free on both sides. */
static int64_t alike(const Pairs *pairs, const Side *side, int64_t i, int64_t j)
{
    const uint16_t *text = side->text + i, *source = side->source + j;
    const int32_t *pair = pairs->pair + i, *back = pairs->back + j;
    int64_t most = least_of(side->text_n - i, side->source_n - j), l = 0;
    while (l < most && !((text[l] ^ source[l]) & STEM) && pair[l] < 0 && back[l] < 0 &&
           (source[l] & RANK) != WORDS_FILLER)
        l++;
    return l;
}

/* Pairs what is not paired yet: word i with the first of its chain that agrees longest, of equals the one nearest to the
 * line. Chains are of couples while runs of two or more are wanted. */
static inline __attribute__((always_inline)) uint64_t pair_longest(Pairs *pairs, const Side *side, int64_t least)
{
    const uint32_t *heads = least > 1 ? pairs->couples : pairs->head;
    const int32_t *next = least > 1 ? pairs->next_couple : pairs->next;
    uint64_t work = 0;
    for (int64_t i = 0; i < side->text_n - (least > 1); i++) {
        if (pairs->pair[i] >= 0)
            continue;
        uint32_t head = heads[least > 1 ? couple(side->text[i], side->text[i + 1]) : (unsigned)side->text[i] >> 4];
        if (head < pairs->epoch)
            continue;
        int32_t j = (int32_t)(head - pairs->epoch);
        int64_t best = -1, length = 0, off = 0;
        int64_t line = side->from_source + (i - side->from) * side->high / side->wide;
        for (int tries = DEPTH; j >= 0 && tries; j = next[j], tries--) {
            int64_t l = least > 1 ? alike(pairs, side, i, j) : pairs->back[j] < 0;
            work += 1 + (uint64_t)l;
            int64_t distance = j < line ? line - j : j - line;
            if (l > length || (l && l == length && distance < off)) {
                best = j;
                length = l;
                off = distance;
            }
        }
        if (length < least)
            continue;
        for (int64_t l = 0; l < length; l++) {
            pairs->pair[i + l] = (int32_t)(best + l);
            pairs->back[best + l] = (int32_t)(i + l);
            pairs->chained[i + l] = pairs->chained_back[best + l] = length > 1;
        }
    }
    return work;
}

/* The chains, in the document's order. What an earlier call left is below the epoch, so that nothing need be cleared. */
static void chain(Pairs *pairs, const uint16_t *source, int64_t n)
{
    if (pairs->epoch_end > UINT32_MAX - 2 * ALIGN_WINDOW || !pairs->epoch_end) {
        memset(pairs->head, 0, sizeof pairs->head);
        memset(pairs->couples, 0, sizeof pairs->couples);
        pairs->epoch_end = 1;
    }
    uint32_t epoch = pairs->epoch = pairs->epoch_end;
    pairs->epoch_end += (uint32_t)n;
    int after = 0; /* whether the word after it is in the text, too */
    for (int64_t j = n - 1; j >= 0; j--) {
        int here = pairs->stems[source[j] >> 10] >> (source[j] >> 4 & 63) & 1, couples = here & after;
        after = here;
        if (!here || (source[j] & RANK) == WORDS_FILLER)
            continue;
        uint32_t *head = &pairs->head[source[j] >> 4];
        pairs->next[j] = *head < epoch ? -1 : (int32_t)(*head - epoch);
        *head = epoch + (uint32_t)j;
        if (couples) {
            head = &pairs->couples[couple(source[j], source[j + 1])];
            pairs->next_couple[j] = *head < epoch ? -1 : (int32_t)(*head - epoch);
            *head = epoch + (uint32_t)j;
        }
    }
}

uint64_t pair_words(Pairs *pairs, const uint16_t *text, const uint16_t *source, Rect in, Rect core)
{
    Side side = {text + in.a0, source + in.b0, in.a1 - in.a0 + 1, in.b1 - in.b0 + 1, core.a0 - in.a0, core.b0 - in.b0,
                 core.a1 - core.a0 + 1, core.b1 - core.b0 + 1};
    memset(pairs->pair, 0xFF, (size_t)side.text_n * sizeof *pairs->pair);
    memset(pairs->back, 0xFF, (size_t)side.source_n * sizeof *pairs->back);
    memset(pairs->stems, 0, sizeof pairs->stems);
    for (int64_t i = 0; i < side.text_n; i++)
        pairs->stems[side.text[i] >> 10] |= UINT64_C(1) << (side.text[i] >> 4 & 63);
    chain(pairs, side.source, side.source_n);
    uint64_t work = (uint64_t)(side.text_n + side.source_n);
    work += pair_longest(pairs, &side, LONG_PAIR);
    work += pair_longest(pairs, &side, 2);
    return work + pair_longest(pairs, &side, 1);
}
