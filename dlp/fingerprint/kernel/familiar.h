/* Familiar text: the grams that a background holds, and how much each symbol of a text weighs beside it. */
#ifndef DLP_FAMILIAR_H
#define DLP_FAMILIAR_H
#include <stddef.h>
#include <stdint.h>

enum {
    FAMILIAR_ORDERS = 4,   /* lengths of grams that are kept: 6, 8, 12, 20 symbols */
    FAMILIAR_LONGEST = 20, /* the longest of them */
    FAMILIAR_WHOLE = 16    /* weight of a symbol that counts whole */
};

/* A Bloom filter of grams: `words` words of 64 bits, 1 <= words <= 2^32, bit b in byte b / 8 at b % 8. A gram has two
 * bits, both in one word, so that asking for it reads one cache line. */
typedef struct {
    uint8_t *bytes;
    uint64_t words;
} Familiar;

/* Adds every gram of every order of a folded text. */
void familiar_add(const Familiar *table, const uint8_t *symbols, size_t n);
/* Adds the grams of a document that `once` already holds to `table`, then all its grams to `once`. So after a number of
 * documents `table` holds what is in two of them, however often it is in each. The two are different tables. */
void familiar_add_repeated(const Familiar *table, const Familiar *once, const uint8_t *symbols, size_t n);
/* weights[i] = weight of symbols[i], in 1/16 symbol, by the longest order whose gram that ends at i stands in one of
 * the tables, and those of all shorter orders too. A gram that would begin before symbols[0] stands in none. */
void familiar_weigh(const Familiar *tables, size_t count, const uint8_t *symbols, size_t n, uint8_t *weights);
/* How much the weightiest stretch of a passage proves, in symbols that count whole. weights[i]: of a symbol that agrees, in
 * 1/16 symbol, and 0 where none does. Stretches of 155, 258 and 520 symbols (30, 50 and 100 words) are looked at; a longer
 * one must weigh more, and each gap in it costs a symbol. */
uint32_t familiar_rarity(const uint8_t *weights, size_t n);
#endif
