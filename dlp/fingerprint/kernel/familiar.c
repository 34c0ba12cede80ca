#include "familiar.h"

#include <string.h>

#include "roll.h"

/* Many positions at once for each order, and their words asked for ahead: the tables are larger than the nearer caches,
 * and a position's way ends where no branch predictor can tell. */
enum { BLOCK = 256 };

static const uint8_t orders[FAMILIAR_ORDERS] = {6, 8, 12, 20};

/* By the number of orders that are familiar: bits of surprise, measured in contracts as 8.6, 3.4, 1.4, .8, .6, so that
 * the first is 16. No symbol counts more than one. Beside contracts, ordinary English weighs .58 symbol, other languages
 * .9, other contracts .27. */
static const uint8_t weights_of[FAMILIAR_ORDERS + 1] = {16, 6, 3, 2, 1};

typedef struct {
    uint64_t power[FAMILIAR_ORDERS]; /* ROLL_BASE to the order */
    /* prefix[FAMILIAR_LONGEST + j]: hash of all symbols before the block's j-th */
    uint64_t prefix[FAMILIAR_LONGEST + BLOCK + 1];
    size_t at, n;           /* the block: its first symbol, and how many */
    uint64_t marks[BLOCK];  /* of the grams of one order */
    uint16_t places[BLOCK]; /* in the block, where they end */
} Walk;

static void walk_init(Walk *walk)
{
    memset(walk->prefix, 0, sizeof walk->prefix);
    walk->at = walk->n = 0;
    for (int q = 0; q < FAMILIAR_ORDERS; q++) {
        walk->power[q] = 1;
        for (unsigned j = 0; j < orders[q]; j++)
            walk->power[q] *= ROLL_BASE;
    }
}

static int walk_next(Walk *walk, const uint8_t *symbols, size_t n)
{
    uint64_t *prefix = walk->prefix;
    memmove(prefix, prefix + walk->n, (FAMILIAR_LONGEST + 1) * sizeof *prefix);
    walk->at += walk->n;
    walk->n = n - walk->at < BLOCK ? n - walk->at : BLOCK;
    for (size_t j = 0; j < walk->n; j++)
        prefix[FAMILIAR_LONGEST + j + 1] = prefix[FAMILIAR_LONGEST + j] * ROLL_BASE + symbols[walk->at + j];
    return walk->n != 0;
}

/* Every bit depends on every symbol and on the order; a polynomial's low bits depend on low bits alone. */
static uint64_t mark_of(uint64_t hash, unsigned order)
{
    hash += order * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    hash = (hash ^ hash >> 32) * UINT64_C(0xD6E8FEB86659FD93);
    return hash ^ hash >> 32;
}

static void make_marks(Walk *walk, int q, size_t count)
{
    const uint64_t *end = walk->prefix + FAMILIAR_LONGEST + 1;
    for (size_t a = 0; a < count; a++) {
        ptrdiff_t j = walk->places[a];
        walk->marks[a] = mark_of(end[j] - end[j - orders[q]] * walk->power[q], orders[q]);
    }
}

/* The block's places at which a gram of order q can end. */
static size_t all_places(Walk *walk, int q)
{
    size_t first = walk->at + 1 < orders[q] ? orders[q] - 1 - walk->at : 0, count = 0;
    for (size_t j = first; j < walk->n; j++)
        walk->places[count++] = (uint16_t)j;
    return count;
}

static uint8_t *word_of(const Familiar *table, uint64_t mark)
{
    return table->bytes + 8 * ((mark >> 32) * table->words >> 32);
}

static unsigned holds(const Familiar *table, uint64_t mark)
{
    const uint8_t *word = word_of(table, mark);
    return word[mark >> 3 & 7] >> (mark & 7) & word[mark >> 9 & 7] >> (mark >> 6 & 7) & 1;
}

static void put(const Familiar *table, uint64_t mark)
{
    uint8_t *word = word_of(table, mark);
    word[mark >> 3 & 7] |= (uint8_t)(1 << (mark & 7));
    word[mark >> 9 & 7] |= (uint8_t)(1 << (mark >> 6 & 7));
}

/* Of the places, those whose gram of order q stands in a table. */
static size_t keep_familiar(Walk *walk, int q, size_t count, const Familiar *tables, size_t table_count)
{
    make_marks(walk, q, count);
    for (size_t t = 0; t < table_count; t++)
        for (size_t a = 0; a < count; a++)
            __builtin_prefetch(word_of(&tables[t], walk->marks[a]));
    size_t kept = 0;
    for (size_t a = 0; a < count; a++) {
        uint16_t j = walk->places[a];
        unsigned whole = walk->at + j + 1 >= orders[q], held = 0;
        for (size_t t = 0; t < table_count; t++)
            held |= holds(&tables[t], walk->marks[a]);
        walk->places[kept] = j;
        walk->marks[kept] = walk->marks[a];
        kept += whole & held;
    }
    return kept;
}

void familiar_add(const Familiar *table, const uint8_t *symbols, size_t n)
{
    Walk walk;
    for (walk_init(&walk); walk_next(&walk, symbols, n);)
        for (int q = 0; q < FAMILIAR_ORDERS; q++) {
            size_t count = all_places(&walk, q);
            make_marks(&walk, q, count);
            for (size_t a = 0; a < count; a++)
                __builtin_prefetch(word_of(table, walk.marks[a]), 1);
            for (size_t a = 0; a < count; a++)
                put(table, walk.marks[a]);
        }
}

void familiar_add_repeated(const Familiar *table, const Familiar *once, const uint8_t *symbols, size_t n)
{
    Walk walk;
    for (walk_init(&walk); walk_next(&walk, symbols, n);) {
        size_t count = all_places(&walk, 0);
        for (int q = 0; q < FAMILIAR_ORDERS; q++) {
            count = keep_familiar(&walk, q, count, once, 1);
            for (size_t a = 0; a < count; a++)
                put(table, walk.marks[a]);
        }
    }
    familiar_add(once, symbols, n);
}

void familiar_weigh(const Familiar *tables, size_t count, const uint8_t *symbols, size_t n, uint8_t *weights)
{
    Walk walk;
    memset(weights, weights_of[0], n);
    for (walk_init(&walk); walk_next(&walk, symbols, n);) {
        size_t places = all_places(&walk, 0);
        for (int q = 0; q < FAMILIAR_ORDERS; q++) {
            places = keep_familiar(&walk, q, places, tables, count);
            for (size_t a = 0; a < places; a++)
                weights[walk.at + walk.places[a]] = weights_of[q + 1];
        }
    }
}

uint32_t familiar_rarity(const uint8_t *weights, size_t n)
{
    static const struct {
        size_t symbols;
        uint64_t worth; /* 70 for the shortest: the others are divided by 1.4 and by 2 */
    } stretches[3] = {{155, 70}, {258, 50}, {520, 35}};
    uint64_t most = 0;
    for (int s = 0; s < 3; s++) {
        int64_t sum = 0, best = 0;
        for (size_t i = 0; i < n; i++) {
            size_t out = i - stretches[s].symbols;
            sum += weights[i];
            sum -= i && !weights[i] && weights[i - 1] ? FAMILIAR_WHOLE : 0;
            if (i >= stretches[s].symbols) {
                sum -= weights[out];
                sum += !weights[out + 1] && weights[out] ? FAMILIAR_WHOLE : 0; /* a gap at the edge is none */
            }
            best = sum > best ? sum : best;
        }
        uint64_t worth = (uint64_t)best * stretches[s].worth;
        most = worth > most ? worth : most;
    }
    return (uint32_t)(most / (70 * FAMILIAR_WHOLE));
}
