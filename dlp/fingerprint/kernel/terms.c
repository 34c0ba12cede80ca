/* All hashes are of polynomials, so that of any stretch is known from those of what precedes its ends. The stretches that
 * begin with one word are looked up one by one, but only while a term has the same first symbols: 6, 12, 24 and so on, or 3
 * for terms of 3 to 5. So ordinary text costs two probes a word, and no text more than one for each of its words within the
 * longest term that begins as it does. */
#include "terms.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

#define BASE UINT64_C(0xD1342543DE82EF95)

static uint64_t mixed(uint64_t hash, uint64_t salt)
{
    hash = (hash + salt) * UINT64_C(0x9E3779B97F4A7C15);
    return (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
}

static uint64_t stretch(const Terms *terms, size_t from, size_t to)
{
    return terms->hash[to] - terms->hash[from] * terms->powers[to - from];
}

/* Whether a term of `length` symbols has a mark for its first `first` ones. */
static int guarded(size_t length, size_t first)
{
    return first == TERMS_LEAST ? length < 2 * TERMS_LEAST : length >= first;
}

/* The bits of the least power of two that is not below `most`. */
static unsigned bits_for(uint64_t most)
{
    unsigned bits = 6;
    while (bits < 40 && UINT64_C(1) << bits < most)
        bits++;
    return bits;
}

static int lines(Terms *terms, const uint8_t *symbols, size_t size, uint64_t *guards)
{
    uint32_t n = 0;
    size_t from = 0;
    for (const uint8_t *end; from < size && n < terms->n && (end = memchr(symbols + from, '\n', size - from));) {
        size_t to = (size_t)(end - symbols), length = to - from;
        if (length < TERMS_LEAST || length > TERMS_MOST)
            return 0;
        for (size_t first = TERMS_LEAST; first <= length; first *= 2)
            *guards += (uint64_t)guarded(length, first);
        terms->longest = length > terms->longest ? length : terms->longest;
        terms->ends[n++] = (uint32_t)to;
        from = to + 1;
    }
    return n == terms->n && from == size;
}

static void enter(Terms *terms, uint32_t term)
{
    size_t from = term ? terms->ends[term - 1] + 1 : 0, length = terms->ends[term] - from;
    uint64_t hash = 0;
    for (size_t i = 0, first = TERMS_LEAST; i < length; i++) {
        hash = hash * BASE + terms->symbols[from + i] + 1;
        if (i + 1 == first) {
            uint64_t bit = mixed(hash, first) >> terms->guards_shift;
            if (guarded(length, first))
                terms->guards[bit >> 6] |= UINT64_C(1) << (bit & 63);
            first *= 2;
        }
    }
    uint64_t place = mixed(hash, 0);
    size_t mask = ((size_t)1 << (64 - terms->slots_shift)) - 1, slot = (size_t)(place >> terms->slots_shift);
    while (terms->slots[slot].term)
        slot = (slot + 1) & mask;
    terms->slots[slot] = (TermSlot){(uint32_t)place, term + 1};
}

int terms_init(Terms *terms, const uint8_t *symbols, size_t size, uint32_t n)
{
    uint64_t guards = 0;
    memset(terms, 0, sizeof *terms);
    terms->symbols = symbols;
    terms->n = n;
    terms->ends = malloc(((size_t)n + 1) * sizeof *terms->ends);
    if (size > UINT32_MAX || !terms->ends || !lines(terms, symbols, size, &guards))
        return 0;
    unsigned slots_bits = bits_for(2 * (uint64_t)n), guards_bits = bits_for(12 * guards);
    terms->slots_shift = 64 - slots_bits;
    terms->guards_shift = 64 - guards_bits;
    terms->slots = calloc((size_t)1 << slots_bits, sizeof *terms->slots);
    terms->guards = calloc((size_t)1 << (guards_bits - 6), sizeof *terms->guards);
    if (!terms->slots || !terms->guards)
        return 0;
    terms->powers[0] = 1;
    for (size_t i = 1; i <= TERMS_MOST; i++)
        terms->powers[i] = terms->powers[i - 1] * BASE;
    for (uint32_t term = 0; term < n; term++)
        enter(terms, term);
    return 1;
}

void terms_free(Terms *terms)
{
    free(terms->ends);
    free(terms->slots);
    free(terms->guards);
    free(terms->out);
}

static void give(Terms *terms, uint32_t term, size_t start, size_t end)
{
    if (terms->out_n == terms->out_room) {
        size_t room = terms->out_room ? 2 * terms->out_room : 64;
        TermHit *more = realloc(terms->out, room * sizeof *more);
        if (!more) {
            terms->failed = 1;
            return;
        }
        terms->out = more;
        terms->out_room = room;
    }
    terms->out[terms->out_n++] = (TermHit){term, (uint32_t)start, (uint32_t)end};
}

static int length_of(const uint8_t *in, size_t n)
{
    int length = fold_length(in, n);
    return length ? length : 1;
}

/* The terms that are symbols `from` to `to` of the window. */
static void probe(Terms *terms, const uint8_t *in, size_t n, size_t from, size_t to)
{
    uint64_t place = mixed(stretch(terms, from, to), 0);
    size_t mask = ((size_t)1 << (64 - terms->slots_shift)) - 1, slot = (size_t)(place >> terms->slots_shift);
    for (; terms->slots[slot].term; slot = (slot + 1) & mask) {
        if (terms->slots[slot].tag != (uint32_t)place)
            continue;
        uint32_t term = terms->slots[slot].term - 1;
        size_t at = term ? terms->ends[term - 1] + 1 : 0, last = terms->origin[to - 1];
        if (terms->ends[term] - at != to - from || memcmp(terms->symbols + at, terms->window + from, to - from))
            continue;
        size_t end = last + (size_t)length_of(in + last, n - last);
        if (end - terms->origin[from] <= TERMS_SPREAD)
            give(terms, term, terms->origin[from], end);
    }
}

/* The terms that begin with word `word`. Words end where the next begin, and at words[ends - 1]. */
static void look(Terms *terms, const uint8_t *in, size_t n, size_t word, size_t ends, size_t have)
{
    size_t from = terms->words[word], end = word + 1;
    for (size_t first = TERMS_LEAST; first <= terms->longest && have - from >= first && end < ends; first *= 2) {
        uint64_t bit = mixed(stretch(terms, from, from + first), first) >> terms->guards_shift;
        int passes = terms->guards[bit >> 6] >> (bit & 63) & 1;
        if (!passes && first > TERMS_LEAST)
            return;
        for (; end < ends && terms->words[end] - from < 2 * first; end++) {
            size_t length = terms->words[end] - from;
            if (length > terms->longest)
                return;
            if (passes && length >= first)
                probe(terms, in, n, from, from + length);
        }
    }
}

/* What precedes the first character at or behind `to`, after characters without symbols from `*at` on. */
static int passed(const uint8_t *in, size_t n, size_t *at, size_t to, int state)
{
    while (*at < to) {
        int length = length_of(in + *at, n - *at);
        if (state >= 0)
            state = word_separator(in + *at, length) || state + length > TERMS_LOOK ? TERMS_APART : state + length;
        *at += (size_t)length;
    }
    return state;
}

void terms_find(Terms *terms, const uint8_t *in, size_t n, int last, int *state, size_t *used)
{
    size_t stop = last ? n : n > TERMS_MARGIN ? n - TERMS_MARGIN : 0;
    size_t taken = 0, have = 0, words = 0, behind = 0, next_at = 0;
    int before = *state, next_state = *state, over = 0, done = 0;
    terms->out_n = 0;
    terms->hash[0] = 0;
    while (!over && !done && !terms->failed) {
        size_t more = 0, made = 0;
        if (taken < n)
            made = fold(in + taken, n - taken, last, terms->window + have, TERMS_BUFFER - have, &more, terms->origin + have);
        over = !more || taken + more == n;
        for (size_t i = have; i < have + made;) {
            uint32_t here = terms->origin[i], offset = here + (uint32_t)taken;
            if (behind < offset)
                before = in[behind] < 0x80 ? TERMS_APART : passed(in, n, &behind, offset, before);
            if (in[offset] < 0x80) { /* one symbol */
                if (before < 0)
                    terms->words[words++] = (uint32_t)i;
                before = 0;
                behind = offset + 1;
                terms->origin[i] = offset;
                terms->hash[i + 1] = terms->hash[i] * BASE + terms->window[i] + 1;
                i++;
            } else {
                size_t first = i;
                for (; i < have + made && terms->origin[i] == here; i++) {
                    terms->hash[i + 1] = terms->hash[i] * BASE + terms->window[i] + 1;
                    terms->origin[i] = offset;
                }
                int alone = word_alone(terms->window + first, i - first);
                if (before < 0 || alone)
                    terms->words[words++] = (uint32_t)first;
                before = alone ? TERMS_APART : 0;
                behind = offset + (size_t)length_of(in + offset, n - offset);
            }
            if (offset < stop) {
                next_state = before;
                next_at = behind;
            }
        }
        taken += more;
        have += made;
        size_t ends = words, word = 0;
        if (over && (last || passed(in, n, &behind, taken, before) < 0))
            terms->words[ends++] = (uint32_t)have;
        for (; word < words && (over || terms->words[word] + terms->longest < have); word++) {
            done = terms->origin[terms->words[word]] >= stop;
            if (done)
                break;
            look(terms, in, n, word, ends, have);
        }
        size_t from = word < words ? terms->words[word] : have;
        memmove(terms->window, terms->window + from, have - from);
        memmove(terms->origin, terms->origin + from, (have - from) * sizeof *terms->origin);
        memmove(terms->hash, terms->hash + from, (have - from + 1) * sizeof *terms->hash);
        for (size_t i = word; i < words; i++)
            terms->words[i - word] = terms->words[i] - (uint32_t)from;
        words -= word;
        have -= from;
    }
    *state = passed(in, n, &next_at, stop, next_state);
    *used = next_at;
}
