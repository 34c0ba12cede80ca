/* Selecting: winnowing picks the shingles that a document is registered by. */
#ifndef DLP_SELECT_H
#define DLP_SELECT_H
#include "stream.h"

#define SELECT_MOST 64 /* the largest w */

typedef struct {
    uint64_t key;
    uint32_t position; /* symbols before the shingle */
    uint32_t start, end; /* its characters */
    uint32_t line; /* from 0 */
} Selected;

typedef struct {
    Stream stream;
    unsigned w;
    uint64_t shingles; /* seen */
    uint64_t best, best_key, emitted; /* shingle numbers and a key; emitted: UINT64_MAX for none */
    uint64_t keys[SELECT_MOST]; /* of the last shingles before the batch */
    Selected ring[SELECT_MOST]; /* the last w - 1 of them, by number */
    Selected *out; /* owned; of `count` */
    size_t count, room;
    int failed; /* 1: no memory; 2: the text is longer than a position can say */
} Selector;

/* Every w shingles in a row contain a selected one: of each such window the one with the largest hash; of equal ones
 * the one selected already, else the last. Byte shingles with fewer than SELECT_VARIED different bytes (padding,
 * tables of zeros) are never selected. 1 <= k <= ROLL_MOST, 1 <= w <= SELECT_MOST. */
#define SELECT_VARIED 8
void selector_reset(Selector *selector, unsigned k, unsigned w, int plain);
void selector_feed(Selector *selector, const uint8_t *bytes, size_t n, int last);
void selector_free(Selector *selector);
#endif
