#ifndef BESIDE_H
#define BESIDE_H

#include "automaton.h"

/* What stands beside a literal, where both are of one match.
 *
 * A rule's automaton is not asked from each byte on at which a match that holds the literal may begin, but from the
 * literal on, in both directions: which positions it may end with, and which it may begin with, is found once. Most
 * literals of a text are refused by the one byte behind them or in front of them. */

typedef struct {
    uint8_t after[32], before[32]; /* the bytes that may stand there; all, where a match may end or begin */
    uint8_t accepts, accepts_at_end;   /* a match may end with the literal; or where the text does */
    uint8_t begins_match, begins_text; /* a match may begin with it; or where the text does */
    uint8_t near;                      /* no match begins before the one byte in front */
    uint32_t ends_n, begins_n;
    uint16_t *ends, *begins; /* positions that may take its last byte, and its first */
    uint32_t ends_state, ends_good, begins_state, begins_good; /* states of these, and when they were made */
} Beside;

/* Of a literal in lower case, before which at most `most` bytes of a match stand. Whether there was memory. */
int beside_init(Beside *, const Pattern *, const Pattern *reversed, const uint8_t *literal, size_t size, size_t most);
void beside_free(Beside *);

/* Whether the bytes beside data[start:end] are such that a match may be there. */
static inline int beside_may(const Beside *b, const uint8_t *data, size_t start, size_t end, size_t n) {
    const int after = end < n ? data[end] : -1, before = start ? data[start - 1] : -1;
    return (after < 0 || (b->after[after >> 3] >> (after & 7) & 1)) &&
           (before < 0 || (b->before[before >> 3] >> (before & 7) & 1));
}

/* Whether a match may end behind data[start:end], before data[until]. `read` grows by the bytes that were looked at. */
int beside_ends(Beside *, Automaton *, const uint8_t *data, size_t end, size_t until, size_t n, size_t *read);

/* Where such a match may begin, from the first to the last place, or one byte behind: not before `until`. Whether there
 * is any. */
int beside_begins(Beside *, Automaton *reversed, const uint8_t *data, size_t start, size_t until, size_t *first,
                  size_t *last, size_t *read);

#endif
