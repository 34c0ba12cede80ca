/* The index: all registered shingles, behind a bitmap that turns nearly every scanned position away.
 *
 * Winnowing keeps large hashes: among registered shingles the density of hash x (as a fraction of 2^64) is w x^(w-1).
 * Scanned positions are even. A bitmap whose places follow x^8 (about x^((w+1)/2)) gives each region the bits that
 * make false hits fewest, 3 to 4 times fewer than an even one of the same size, and most positions fall into a
 * part of it so small that it stays in the cache. The curve is made of straight pieces, since that takes one
 * multiplication instead of four. The same place leads into the sorted keys. */
#ifndef DLP_INDEX_H
#define DLP_INDEX_H
#include <stddef.h>
#include <stdint.h>

#define INDEX_GONE UINT32_MAX /* group of a document that was removed */
#define INDEX_BACKGROUND (UINT32_MAX - 1)
#define INDEX_PIECES 32 /* straight ones, of which the curve x^8 is made: first place << 32 | places */

typedef struct {
    const uint64_t *keys; /* ascending */
    const uint64_t *postings; /* document << 32 | position in symbols */
    size_t n;
    uint32_t *directory; /* owned; directory[place >> shift] = first entry of that place or a later one */
    unsigned shift;
} Segment;

typedef struct {
    unsigned k, w;
    uint32_t *bitmap; /* owned */
    uint32_t words;
    uint64_t pieces[INDEX_PIECES]; /* see index_place */
    Segment *segments; /* owned */
    size_t count, room;
    const uint32_t *groups; /* of each document: documents of one group are versions of one */
    uint32_t documents;
    uint32_t common; /* a shingle in more groups than this is no evidence */
} Index;

/* 1, or 0 without memory. `entries`: of all the segments that will be added. */
int index_init(Index *index, unsigned k, unsigned w, uint64_t entries, const uint32_t *groups, uint32_t documents,
               uint32_t common);
/* The arrays stay the caller's and must outlive the index. */
int index_add(Index *index, const uint64_t *keys, const uint64_t *postings, size_t n);
void index_free(Index *index);

static inline uint32_t index_place(const uint64_t *pieces, uint64_t key)
{
    uint64_t piece = pieces[key >> 59];
    return (uint32_t)(((key >> 27 & UINT32_MAX) * (piece & UINT32_MAX) + piece) >> 32);
}

/* The three bits of a key in the word at its place. */
static inline uint32_t index_bits(uint64_t key)
{
    return UINT32_C(1) << (key >> 24 & 31) | UINT32_C(1) << (key >> 18 & 31) | UINT32_C(1) << (key >> 12 & 31);
}

/* The positions whose hash may be registered. hashes and hits have room for 16 more than n <= ROLL_BATCH. */
size_t index_probe(const Index *index, const uint64_t *hashes, size_t n, uint32_t *hits);
/* Asks the memory for what index_find will read. */
void index_prefetch(const Index *index, uint64_t key, int step);
/* The entries of `key` in a segment, as [*from, *to). */
int index_find(const Index *index, const Segment *segment, uint64_t key, size_t *from, size_t *to);
#endif
