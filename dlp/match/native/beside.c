#include "beside.h"

#include <stdlib.h>
#include <string.h>

static int holds(const Pattern *p, uint32_t position, int byte) {
    return p->sets[(size_t)p->set_of[position] * 32 + (byte >> 3)] >> (byte & 7) & 1;
}

/* Whether a position takes a byte of a literal, in either case. */
static int takes(const Pattern *p, uint32_t position, int byte) {
    return holds(p, position, byte) || (byte >= 'a' && byte <= 'z' && holds(p, position, byte - 32));
}

enum { UNREACHED = 0xFFFF };

/* By position, how many bytes of a match stand before it at least. `queue` has room for all. */
static void measure(const Pattern *p, uint16_t *before, uint16_t *queue) {
    uint32_t head = 0, tail = 0;
    for (uint32_t i = 0; i < p->positions; i++)
        before[i] = UNREACHED;
    for (uint32_t i = 0; i < p->first_n + p->at_start_n; i++) {
        const uint16_t position = i < p->first_n ? p->first[i] : p->at_start[i - p->first_n];
        if (before[position] == UNREACHED)
            before[position] = 0, queue[tail++] = position;
    }
    for (; head < tail; head++)
        for (uint32_t f = p->follow_from[queue[head]]; f < p->follow_from[queue[head] + 1]; f++)
            if (before[p->follow[f]] == UNREACHED)
                before[p->follow[f]] = (uint16_t)(before[queue[head]] + 1), queue[tail++] = p->follow[f];
}

/* Marks by byte of the literal the positions that may take it, if at most `most` bytes of the match stand before the
 * literal. `marks`: size × positions. */
static void follow_literal(const Pattern *p, const uint8_t *literal, size_t size, const uint16_t *before, size_t most,
                           uint8_t *marks) {
    const uint32_t positions = p->positions;
    memset(marks, 0, size * positions);
    for (uint32_t i = 0; i < positions; i++)
        marks[i] = before[i] <= most && before[i] != UNREACHED && takes(p, i, literal[0]);
    for (size_t k = 1; k < size; k++) {
        uint8_t *now = marks + (k - 1) * positions, *next = now + positions;
        for (uint32_t i = 0; i < positions; i++)
            for (uint32_t f = p->follow_from[i]; now[i] && f < p->follow_from[i + 1]; f++)
                next[p->follow[f]] |= (uint8_t)takes(p, p->follow[f], literal[k]);
    }
    for (size_t k = size - 1; k > 0; k--) { /* without those that come to nothing */
        uint8_t *now = marks + (k - 1) * positions, *next = now + positions;
        for (uint32_t i = 0; i < positions; i++) {
            int goes_on = 0;
            for (uint32_t f = p->follow_from[i]; now[i] && !goes_on && f < p->follow_from[i + 1]; f++)
                goes_on = next[p->follow[f]];
            now[i] = (uint8_t)goes_on;
        }
    }
}

static uint16_t *listed(const uint8_t *marked, uint32_t positions, uint32_t *n) {
    uint16_t *list = malloc(((size_t)positions + 1) * sizeof *list), *shrunk;
    *n = 0;
    for (uint32_t i = 0; list && i < positions; i++)
        if (marked[i])
            list[(*n)++] = (uint16_t)i;
    shrunk = list ? realloc(list, ((size_t)*n + 1) * sizeof *list) : NULL;
    return shrunk ? shrunk : list;
}

/* The bytes that may follow; `flags` are those of all the positions together. */
static uint8_t gather(const Pattern *p, const uint16_t *list, uint32_t n, uint8_t bytes[32]) {
    uint8_t flags = 0;
    for (uint32_t i = 0; i < n; i++) {
        flags |= p->flags[list[i]];
        for (uint32_t f = p->follow_from[list[i]]; f < p->follow_from[list[i] + 1]; f++)
            for (int byte = 0; byte < 32; byte++)
                bytes[byte] |= p->sets[(size_t)p->set_of[p->follow[f]] * 32 + byte];
    }
    return flags;
}

/* Whether nothing stands further from these positions than one byte. */
static int ends_soon(const Pattern *p, const uint16_t *list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t f = p->follow_from[list[i]]; f < p->follow_from[list[i] + 1]; f++)
            if (p->follow_from[p->follow[f]] != p->follow_from[p->follow[f] + 1])
                return 0;
    return 1;
}

int beside_init(Beside *b, const Pattern *p, const Pattern *reversed, const uint8_t *literal, size_t size, size_t most) {
    const size_t positions = p->positions;
    uint8_t *marks = malloc(size * positions + 1);
    uint16_t *before = malloc((2 * positions + 1) * sizeof *before);
    memset(b, 0, sizeof *b);
    if (marks && before) {
        measure(p, before, before + positions);
        follow_literal(p, literal, size, before, most, marks);
        b->begins = listed(marks, p->positions, &b->begins_n);
        b->ends = listed(marks + (size - 1) * positions, p->positions, &b->ends_n);
    }
    free(marks);
    free(before);
    if (!b->ends || !b->begins)
        return 0;
    uint8_t flags = gather(p, b->ends, b->ends_n, b->after);
    b->accepts = flags & POSITION_ACCEPTS;
    b->accepts_at_end = (flags & POSITION_ACCEPTS_AT_END) != 0;
    if (b->accepts)
        memset(b->after, 0xff, sizeof b->after);
    flags = gather(reversed, b->begins, b->begins_n, b->before);
    b->begins_match = flags & POSITION_ACCEPTS;
    b->begins_text = (flags & POSITION_ACCEPTS_AT_END) != 0;
    if (b->begins_match)
        memset(b->before, 0xff, sizeof b->before);
    b->near = (uint8_t)ends_soon(reversed, b->begins, b->begins_n);
    return 1;
}

void beside_free(Beside *b) {
    free(b->ends);
    free(b->begins);
    b->ends = b->begins = NULL;
}

/* The state of the positions; whether there was memory. */
static int enter(Automaton *a, const uint16_t *list, uint32_t n, uint32_t *state, uint32_t *good) {
    if (!a->ready || *good != a->forgotten) {
        if ((*state = automaton_enter(a, list, n)) == UINT32_MAX)
            return 0;
        *good = a->forgotten;
    }
    return 1;
}

static int stop(void *context, size_t at) {
    (void)at;
    *(int *)context = 1;
    return 0;
}

int beside_ends(Beside *b, Automaton *a, const uint8_t *data, size_t end, size_t until, size_t n, size_t *read) {
    int found = b->accepts || (b->accepts_at_end && end == n);
    if (!found && until > end && enter(a, b->ends, b->ends_n, &b->ends_state, &b->ends_good))
        *read += automaton_trail(a, b->ends_state, data, end, until, n, stop, &found);
    return found;
}

typedef struct {
    size_t first, last;
} Span;

static int widen(void *context, size_t at) {
    Span *span = context;
    span->first = at < span->first ? at : span->first;
    span->last = at > span->last ? at : span->last;
    return 1;
}

int beside_begins(Beside *b, Automaton *reversed, const uint8_t *data, size_t start, size_t until, size_t *first,
                  size_t *last, size_t *read) {
    Span span = {SIZE_MAX, 0};
    if (b->near) {
        span = (Span){start ? start - 1 : 0, start};
    } else {
        if (b->begins_match || (b->begins_text && !start))
            widen(&span, start);
        if (until < start && enter(reversed, b->begins, b->begins_n, &b->begins_state, &b->begins_good))
            *read += automaton_trail(reversed, b->begins_state, data, start, until, 0, widen, &span);
    }
    *first = span.first, *last = span.last;
    return span.first <= span.last;
}
