#ifndef AUTOMATON_H
#define AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

/* A Glushkov automaton over bytes, made deterministic as far as texts ask for it.
 *
 * A position is one byte of the pattern, of a set; what may follow it are positions. The states that texts lead to are
 * made when they are first met, and kept up to a bound: then all are forgotten. So a byte costs one look into a table,
 * whatever the pattern, and memory is bounded, whatever the text. */

enum {
    POSITION_ACCEPTS = 1,       /* a match may end with it */
    POSITION_ACCEPTS_AT_END = 2 /* a match may end with it where the text does */
};

typedef struct {
    uint32_t positions;
    const uint8_t *sets;         /* 32 bytes each: one bit a byte value */
    const uint16_t *set_of;      /* by position */
    const uint32_t *follow_from; /* by position, and one more */
    const uint16_t *follow;
    uint32_t first_n, at_start_n;
    const uint16_t *first;    /* positions that begin a match */
    const uint16_t *at_start; /* those that may begin one only where the text begins */
    const uint8_t *flags;     /* by position */
    const uint16_t *entry;    /* by position: which of several patterns */
} Pattern;

typedef struct {
    uint32_t from, n; /* its positions in the pool */
    uint32_t hash;
    uint32_t next;  /* in its bucket, + 1 */
    uint32_t plain; /* the same positions where no match may begin any more, + 1; 0: not asked for yet */
    uint8_t restarts, accepts, accepts_at_end;
} State;

typedef struct {
    Pattern pattern;
    uint32_t most_states;
    uint16_t classes;
    uint8_t class_of[256];
    uint8_t of_class[256];
    State *states;
    uint32_t states_n, states_room;
    uint32_t *to; /* states × classes: offset of the next row, with a bit for one that accepts */
    uint16_t *pool;
    uint32_t pool_n, pool_room;
    uint32_t *buckets;
    uint32_t buckets_n;
    uint32_t *marks; /* by position: when it was last taken */
    uint32_t mark;
    uint32_t forgotten; /* how many times all states were */
    int ready, failed;
} Automaton;

/* Told of each place behind which a match ends: `at`, and the positions that accept there. */
typedef void (*Accept)(void *context, size_t at, const Automaton *, const uint16_t *positions, uint32_t n, int at_end);

/* Whether the pattern's numbers hold together. */
int pattern_is_sound(const Pattern *, size_t sets_n, size_t follow_n);

/* How many classes of bytes there are that some set tells apart: by byte its class, by class one of its bytes. */
uint16_t pattern_classes(const Pattern *, size_t sets_n, uint8_t class_of[256], uint8_t of_class[256]);

/* The same read from the end: what begins a match ends one. Whether there was memory; `pattern_free` frees it. */
int pattern_reverse(const Pattern *, Pattern *out);
void pattern_free(Pattern *);

void automaton_init(Automaton *, const Pattern *, uint32_t most_states);
void automaton_free(Automaton *);

/* Reads data[start:end]; a match may begin with the bytes before `restarts`. `n`: where the text ends. What could not
 * be made for lack of memory is said by `failed`. */
void automaton_run(Automaton *, const uint8_t *data, size_t start, size_t restarts, size_t end, size_t n, Accept,
                   void *context);

/* The state of positions, which ascend, where no match may begin; UINT32_MAX where there is no memory. It is good until
 * states are `forgotten`. */
uint32_t automaton_enter(Automaton *, const uint16_t *positions, uint32_t n);

/* Told of a place where a match may end; whether to go on. */
typedef int (*Met)(void *context, size_t at);

/* Reads on from a state of `automaton_enter`: from before data[at] to `until`, which is smaller where it reads backwards.
 * `edge`: where the text ends in that direction. How many bytes were read, up to where nothing can follow. */
size_t automaton_trail(Automaton *, uint32_t state, const uint8_t *data, size_t at, size_t until, size_t edge, Met,
                       void *context);

#endif
