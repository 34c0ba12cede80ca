#include "automaton.h"
#include "grow.h"

#include <stdlib.h>
#include <string.h>

#define UNKNOWN UINT32_MAX
#define SPECIAL 0x80000000u /* accepts, or nothing can follow */
#define NONE 0xFFFFFFFFu

enum { STREAMS = 4, LEAST_EACH = 64 };
enum { DEAD = 0, START = 1, RESTART = 2, FIXED = 3 }; /* the states that there always are */

void automaton_init(Automaton *a, const Pattern *pattern, uint32_t most_states) {
    memset(a, 0, sizeof *a);
    a->pattern = *pattern;
    a->most_states = most_states;
}

void automaton_free(Automaton *a) {
    free(a->states);
    free(a->to);
    free(a->pool);
    free(a->buckets);
    free(a->marks);
    a->states = NULL, a->to = NULL, a->pool = NULL, a->buckets = NULL, a->marks = NULL;
    a->ready = 0;
}

static uint32_t hash_of(const uint16_t *items, uint32_t n, int restarts) {
    uint32_t hash = 2166136261u + (uint32_t)restarts;
    for (uint32_t i = 0; i < n; i++)
        hash = (hash ^ items[i]) * 16777619u;
    return hash ^ hash >> 15;
}

static uint32_t add_state(Automaton *a, const uint16_t *items, uint32_t n, int restarts, uint32_t hash) {
    const uint32_t number = a->states_n, room = a->states_room;
    if (!grow((void **)&a->states, &a->states_room, number + 1, sizeof *a->states))
        return NONE;
    if (room != a->states_room || !a->to) {
        uint32_t *to = realloc(a->to, (size_t)a->states_room * a->classes * sizeof *to);
        if (!to)
            return NONE;
        a->to = to;
    }
    if (!grow((void **)&a->pool, &a->pool_room, a->pool_n + n + 1, sizeof *a->pool))
        return NONE;
    State *state = &a->states[number];
    *state = (State){.from = a->pool_n, .n = n, .hash = hash, .restarts = (uint8_t)restarts};
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t flags = a->pattern.flags[items[i]];
        a->pool[a->pool_n + i] = items[i];
        state->accepts |= flags & POSITION_ACCEPTS;
        state->accepts_at_end |= (flags & POSITION_ACCEPTS_AT_END) != 0;
    }
    a->pool_n += n;
    for (uint32_t i = 0; i < a->classes; i++)
        a->to[(size_t)number * a->classes + i] = UNKNOWN;
    state->next = a->buckets[hash & (a->buckets_n - 1)];
    a->buckets[hash & (a->buckets_n - 1)] = number + 1;
    a->states_n++;
    return number;
}

/* The state of these positions, which ascend; a new one where there is none. */
static uint32_t state_of(Automaton *a, const uint16_t *items, uint32_t n, int restarts) {
    const uint32_t hash = hash_of(items, n, restarts);
    for (uint32_t at = a->buckets[hash & (a->buckets_n - 1)]; at; at = a->states[at - 1].next) {
        const State *state = &a->states[at - 1];
        if (state->hash == hash && state->n == n && state->restarts == restarts &&
            !memcmp(a->pool + state->from, items, n * sizeof *items))
            return at - 1;
    }
    return add_state(a, items, n, restarts, hash);
}

static int forget(Automaton *a) {
    a->forgotten++;
    a->states_n = a->pool_n = 0;
    memset(a->buckets, 0, a->buckets_n * sizeof *a->buckets);
    return state_of(a, NULL, 0, 0) == DEAD && add_state(a, NULL, 0, 2, 1) == START && state_of(a, NULL, 0, 1) == RESTART;
}

static int make_ready(Automaton *a) {
    size_t sets_n = 0;
    for (uint32_t i = 0; i < a->pattern.positions; i++)
        if (a->pattern.set_of[i] >= sets_n)
            sets_n = (size_t)a->pattern.set_of[i] + 1;
    a->classes = pattern_classes(&a->pattern, sets_n, a->class_of, a->of_class);
    a->buckets_n = a->most_states > 4096 ? 8192 : 64;
    a->buckets = calloc(a->buckets_n, sizeof *a->buckets);
    a->marks = calloc(a->pattern.positions + 1, sizeof *a->marks);
    if (!a->buckets || !a->marks || !forget(a)) {
        a->failed = 1;
        return 0;
    }
    a->ready = 1;
    return 1;
}

enum { FEW = 24 };

static int compare(const void *one, const void *other) {
    return (int)*(const uint16_t *)one - (int)*(const uint16_t *)other;
}

static void sort(uint16_t *items, uint32_t n) {
    if (n > FEW) {
        qsort(items, n, sizeof *items, compare);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        const uint16_t item = items[i];
        uint32_t at = i;
        for (; at && items[at - 1] > item; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static void take(Automaton *a, const uint16_t *items, uint32_t count, int byte, uint16_t *out, uint32_t *n) {
    for (uint32_t i = 0; i < count; i++) {
        const uint16_t position = items[i];
        const uint8_t *set = a->pattern.sets + (size_t)a->pattern.set_of[position] * 32;
        if (a->marks[position] != a->mark && (set[byte >> 3] >> (byte & 7)) & 1) {
            a->marks[position] = a->mark;
            out[(*n)++] = position;
        }
    }
}

/* The row that `state` leads to by bytes of the class. */
static uint32_t step(Automaton *a, uint32_t state, int class) {
    const Pattern *p = &a->pattern;
    uint16_t small[512], *out = small;
    uint32_t n = 0, made;
    const int byte = a->of_class[class];
    const State from = a->states[state];
    if (p->positions > 512 && !(out = malloc(p->positions * sizeof *out)))
        return UNKNOWN;
    if (!++a->mark) {
        memset(a->marks, 0, p->positions * sizeof *a->marks);
        a->mark = 1;
    }
    for (uint32_t i = 0; i < from.n; i++) {
        const uint16_t position = a->pool[from.from + i];
        take(a, p->follow + p->follow_from[position], p->follow_from[position + 1] - p->follow_from[position], byte, out, &n);
    }
    if (from.restarts)
        take(a, p->first, p->first_n, byte, out, &n);
    if (from.restarts == 2)
        take(a, p->at_start, p->at_start_n, byte, out, &n);
    sort(out, n);
    made = state_of(a, out, n, from.restarts != 0);
    if (made != NONE) {
        const State *to = &a->states[made];
        made = made * a->classes | (to->accepts || to->accepts_at_end || (!to->n && !to->restarts) ? SPECIAL : 0);
        a->to[(size_t)state * a->classes + class] = made;
    }
    if (out != small)
        free(out);
    return made;
}

/* The state with the same positions where no match may begin any more; NONE where there is no memory. */
static uint32_t without_restarts(Automaton *a, uint32_t number) {
    const State state = a->states[number];
    if (state.plain)
        return state.plain - 1;
    uint16_t small[512], *items = small;
    if (state.n > 512 && !(items = malloc(state.n * sizeof *items)))
        return NONE;
    memcpy(items, a->pool + state.from, state.n * sizeof *items); /* the pool may move */
    const uint32_t made = state_of(a, items, state.n, 0);
    if (items != small)
        free(items);
    a->states[number].plain = made + 1; /* 0 again where there was no memory */
    return made;
}

/* Forgets all states but those of `rows`, which then have other places. Whether there was memory. */
static int make_room(Automaton *a, uint32_t *rows, int count) {
    uint32_t total = 0;
    State kept[STREAMS];
    for (int i = 0; i < count; i++) {
        kept[i] = a->states[rows[i] / a->classes];
        total += kept[i].n;
    }
    uint16_t *items = malloc((total + 1) * sizeof *items), *at = items;
    if (!items)
        return 0;
    for (int i = 0; i < count; i++) {
        memcpy(at, a->pool + kept[i].from, kept[i].n * sizeof *at);
        at += kept[i].n;
    }
    int ok = forget(a);
    at = items;
    for (int i = 0; ok && i < count; i++) {
        const uint32_t state = kept[i].restarts == 2 ? START : state_of(a, at, kept[i].n, kept[i].restarts);
        at += kept[i].n;
        ok = state != NONE;
        rows[i] = state * a->classes;
    }
    free(items);
    return ok;
}

typedef struct {
    Automaton *a;
    const uint8_t *data;
    size_t n;
    Accept accept;
    void *context;
} Run;

/* Takes the stream `which` over data[at], where the table does not know or there is something to tell. Whether there
 * was memory. */
static int take_special(const Run *run, uint32_t *rows, int count, int which, size_t at) {
    Automaton *a = run->a;
    const int class = a->class_of[run->data[at]];
    uint32_t to = a->to[(size_t)rows[which] + class];
    if (to == UNKNOWN) {
        if (a->states_n >= a->most_states && !make_room(a, rows, count))
            return 0;
        to = step(a, rows[which] / a->classes, class);
        if (to == UNKNOWN)
            return 0;
    }
    if (to & SPECIAL) {
        const State *state = &a->states[(to & ~SPECIAL) / a->classes];
        if (state->accepts)
            run->accept(run->context, at + 1, a, a->pool + state->from, state->n, 0);
        if (state->accepts_at_end && at + 1 == run->n)
            run->accept(run->context, run->n, a, a->pool + state->from, state->n, 1);
    }
    rows[which] = to & ~SPECIAL;
    return 1;
}

/* Reads data[at:until] for one of the streams, or less where nothing can follow. Whether there was memory. */
static int read_one(const Run *run, uint32_t *rows, int count, int which, size_t at, size_t until) {
    const Automaton *a = run->a;
    const uint8_t *data = run->data;
    uint32_t now = rows[which];
    for (; at < until; at++) {
        const uint32_t to = a->to[(size_t)now + a->class_of[data[at]]];
        if (to & SPECIAL) {
            rows[which] = now;
            if (!take_special(run, rows, count, which, at))
                return 0;
            now = rows[which];
            if (now == DEAD)
                return 1;
        } else {
            now = to;
        }
    }
    rows[which] = now;
    return 1;
}

#if defined(__GNUC__) && !defined(__clang__)
#define APART __attribute__((optimize("no-tree-slp-vectorize"))) /* else it moves the rows through vectors: half as fast */
#else
#define APART
#endif

/* Reads `each` bytes from each of the starts on: a byte waits for the one before it, but not for other streams. */
APART static int read_many(const Run *run, uint32_t *rows, const size_t *starts, size_t each) {
    const Automaton *a = run->a;
    const uint8_t *class_of = a->class_of;
    const uint8_t *d0 = run->data + starts[0], *d1 = run->data + starts[1], *d2 = run->data + starts[2],
                  *d3 = run->data + starts[3];
    uint32_t r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
    const uint32_t *to = a->to;
    for (size_t i = 0; i < each; i++) {
        const uint32_t t0 = to[(size_t)r0 + class_of[d0[i]]], t1 = to[(size_t)r1 + class_of[d1[i]]];
        const uint32_t t2 = to[(size_t)r2 + class_of[d2[i]]], t3 = to[(size_t)r3 + class_of[d3[i]]];
        if (__builtin_expect((t0 | t1 | t2 | t3) & SPECIAL, 0)) {
            rows[0] = r0, rows[1] = r1, rows[2] = r2, rows[3] = r3;
            for (int which = 0; which < STREAMS; which++)
                if (!take_special(run, rows, STREAMS, which, starts[which] + i))
                    return 0;
            r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3];
            to = a->to;
        } else {
            r0 = t0, r1 = t1, r2 = t2, r3 = t3;
        }
    }
    rows[0] = r0, rows[1] = r1, rows[2] = r2, rows[3] = r3;
    return 1;
}

/* Reads on from `at` for one of the streams, with matches that have begun. Whether there was memory. */
static int finish(const Run *run, uint32_t *rows, int count, int which, size_t at, size_t end) {
    Automaton *a = run->a;
    if (a->states_n >= a->most_states && !make_room(a, rows, count))
        return 0;
    const uint32_t without = without_restarts(a, rows[which] / a->classes);
    if (without == NONE)
        return 0;
    rows[which] = without * a->classes;
    return without == DEAD || read_one(run, rows, count, which, at, end);
}

static int run_all(const Run *run, size_t start, size_t restarts, size_t end) {
    const Automaton *a = run->a;
    const size_t until = restarts < end ? restarts : end, each = until > start ? (until - start) / STREAMS : 0;
    uint32_t rows[STREAMS] = {(start ? RESTART : START) * a->classes, RESTART * a->classes, RESTART * a->classes,
                              RESTART * a->classes};
    if (each < LEAST_EACH)
        return read_one(run, rows, 1, 0, start, until) && finish(run, rows, 1, 0, until > start ? until : start, end);
    const size_t starts[STREAMS] = {start, start + each, start + 2 * each, start + 3 * each};
    if (!read_many(run, rows, starts, each))
        return 0;
    for (int i = 0; i < STREAMS - 1; i++)
        if (!finish(run, rows, STREAMS, i, starts[i + 1], end))
            return 0;
    return read_one(run, rows, STREAMS, STREAMS - 1, start + STREAMS * each, until) &&
           finish(run, rows, STREAMS, STREAMS - 1, until, end);
}

void automaton_run(Automaton *a, const uint8_t *data, size_t start, size_t restarts, size_t end, size_t n, Accept accept,
                   void *context) {
    const Run run = {a, data, n, accept, context};
    if (a->ready || (!a->failed && make_ready(a)))
        a->failed = !run_all(&run, start, restarts, end);
}

uint32_t automaton_enter(Automaton *a, const uint16_t *positions, uint32_t n) {
    uint32_t state = NONE;
    if (a->ready || (!a->failed && make_ready(a)))
        if (a->states_n < a->most_states || forget(a))
            state = state_of(a, positions, n, 0);
    a->failed = state == NONE;
    return state;
}

size_t automaton_trail(Automaton *a, uint32_t state, const uint8_t *data, size_t at, size_t until, size_t edge, Met met,
                       void *context) {
    const int back = until < at;
    const size_t count = back ? at - until : until - at;
    uint32_t row = state * a->classes;
    for (size_t read = 1; read <= count; read++) {
        const int class = a->class_of[back ? data[--at] : data[at++]];
        uint32_t to = a->to[(size_t)row + class];
        if (to == UNKNOWN) {
            if (a->states_n >= a->most_states && !make_room(a, &row, 1)) {
                a->failed = 1;
                return read;
            }
            if ((to = step(a, row / a->classes, class)) == UNKNOWN) {
                a->failed = 1;
                return read;
            }
        }
        row = to & ~SPECIAL;
        if (to & SPECIAL) {
            const State *now = &a->states[row / a->classes];
            const int ends = now->accepts || (now->accepts_at_end && at == edge);
            if (row == DEAD || (ends && !met(context, at)))
                return read;
        }
    }
    return count;
}
