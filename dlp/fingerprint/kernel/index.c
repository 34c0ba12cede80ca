#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#endif
#include "index.h"

#include <stdlib.h>
#include <string.h>

#include "roll.h"
#include "vector.h"

/* Where a piece of the curve begins. Each has some places for itself: text that repeats itself registers small hashes too,
 * and on the bare curve a dozen of these would fill the words that a fifth of all positions fall on. */
static uint64_t place_of_piece(unsigned piece, uint32_t words)
{
    uint32_t least = words / 64 < 256 ? words / 64 : 256;
    double x = (double)piece / INDEX_PIECES, x4 = x * x * x * x;
    return (uint64_t)piece * least + (uint64_t)(x4 * x4 * (words - 1 - INDEX_PIECES * least));
}

int index_init(Index *index, unsigned k, unsigned w, uint64_t entries, const uint32_t *groups, uint32_t documents,
               uint32_t common)
{
    memset(index, 0, sizeof *index);
    index->k = k;
    index->w = w;
    index->groups = groups;
    index->documents = documents;
    index->common = common;
    /* 16 bits an entry: about 1 false hit in 100 positions. More bits, or larger words, cost more in cache misses than they
     * save, at 10^6 entries and at 10^8. */
    uint64_t words = entries / 2 < 1024 ? 1024 : entries / 2;
    index->words = words > UINT32_MAX ? UINT32_MAX : (uint32_t)words;
    for (unsigned i = 0; i < INDEX_PIECES; i++) {
        uint64_t from = place_of_piece(i, index->words), to = place_of_piece(i + 1, index->words);
        index->pieces[i] = from << 32 | (to - from);
    }
    size_t huge = (size_t)2 << 20, bytes = ((size_t)index->words * 4 + huge - 1) / huge * huge;
    if (bytes < 4 * huge) {
        index->bitmap = calloc(index->words, 4);
    } else if ((index->bitmap = aligned_alloc(huge, bytes))) {
#if defined(__linux__)
        /* Fewer page-table misses; a kernel that refuses only makes this slower. */
        (void)madvise(index->bitmap, bytes, MADV_HUGEPAGE);
#endif
        memset(index->bitmap, 0, bytes);
    }
    return index->bitmap != NULL;
}

void index_free(Index *index)
{
    for (size_t i = 0; i < index->count; i++)
        free(index->segments[i].directory);
    free(index->segments);
    free(index->bitmap);
    memset(index, 0, sizeof *index);
}

int index_add(Index *index, const uint64_t *keys, const uint64_t *postings, size_t n)
{
    if (index->count == index->room) {
        size_t room = index->room ? index->room * 2 : 8;
        Segment *more = realloc(index->segments, room * sizeof *more);
        if (!more)
            return 0;
        index->segments = more;
        index->room = room;
    }
    Segment segment = {keys, postings, n, NULL, 0};
    if (n > UINT32_MAX - 1)
        return 0;
    while ((index->words >> segment.shift) > n / 4 + 16)
        segment.shift++;
    size_t cells = ((size_t)(index->words - 1) >> segment.shift) + 2;
    segment.directory = malloc(cells * sizeof *segment.directory);
    if (!segment.directory)
        return 0;
    size_t cell = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t place = index_place(index->pieces, keys[i]);
        index->bitmap[place] |= index_bits(keys[i]);
        while (cell <= place >> segment.shift)
            segment.directory[cell++] = (uint32_t)i;
    }
    while (cell < cells)
        segment.directory[cell++] = (uint32_t)n;
    index->segments[index->count++] = segment;
    return 1;
}

size_t index_probe(const Index *index, const uint64_t *hashes, size_t n, uint32_t *hits)
{
    size_t found = 0, kept = 0;
    if (vector_probe(index->bitmap, index->pieces, hashes, n, hits, &found))
        return found;
    /* A stretch at a time asks the memory for its words before it reads them: a miss then delays no other. Without a
     * branch, and first one bit alone, that few pass. */
    enum { STRETCH = 256 };
    uint32_t place[STRETCH];
    for (size_t from = 0; from < n; from += STRETCH) {
        size_t most = n - from < STRETCH ? n - from : STRETCH;
        const uint64_t *hash = hashes + from;
        for (size_t i = 0; i < most; i++) {
            place[i] = index_place(index->pieces, hash[i]);
            __builtin_prefetch(&index->bitmap[place[i]]);
        }
        for (size_t i = 0; i < most; i++) {
            hits[found] = (uint32_t)(from + i);
            found += index->bitmap[place[i]] >> (hash[i] >> 24 & 31) & 1;
        }
    }
    for (size_t i = 0; i < found; i++) {
        uint64_t hash = hashes[hits[i]];
        uint32_t bits = index_bits(hash);
        hits[kept] = hits[i];
        kept += (index->bitmap[index_place(index->pieces, hash)] & bits) == bits;
    }
    return kept;
}

void index_prefetch(const Index *index, uint64_t key, int step)
{
    uint32_t place = index_place(index->pieces, key);
    for (size_t i = 0; i < index->count; i++) {
        const Segment *segment = &index->segments[i];
        const uint32_t *cell = &segment->directory[place >> segment->shift];
        __builtin_prefetch(step == 0 ? (const void *)cell : (const void *)&segment->keys[*cell]);
    }
}

int index_find(const Index *index, const Segment *segment, uint64_t key, size_t *from, size_t *to)
{
    const uint32_t *cell = &segment->directory[index_place(index->pieces, key) >> segment->shift];
    size_t low = cell[0], high = cell[1];
    while (high - low > 16) {
        size_t middle = low + (high - low) / 2;
        if (segment->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    size_t below = 0; /* counted without a branch: a false hit ends anywhere among them */
    for (size_t i = low; i < high; i++)
        below += segment->keys[i] < key;
    low += below;
    if (low == segment->n || segment->keys[low] != key)
        return 0;
    *from = low;
    while (low < segment->n && segment->keys[low] == key)
        low++;
    *to = low;
    return 1;
}
