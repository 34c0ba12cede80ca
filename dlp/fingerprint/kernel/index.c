#if defined(__linux__)
#define _GNU_SOURCE
#include <sys/mman.h>
#endif
#include "index.h"

#include <stdlib.h>
#include <string.h>

#include "roll.h"
#include "vector.h"

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
        uint32_t place = index_place(keys[i], index->words);
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
    size_t found = 0;
    if (vector_probe(index->bitmap, index->words, hashes, n, hits, &found))
        return found;
    uint32_t place[ROLL_BATCH];
    for (size_t i = 0; i < n; i++) /* apart from the fetches, so that the compiler may widen it */
        place[i] = index_place(hashes[i], index->words);
    for (size_t i = 0; i < n; i++) {
        hits[found] = (uint32_t)i;
        found += !(index_bits(hashes[i]) & ~index->bitmap[place[i]]);
    }
    return found;
}

void index_prefetch(const Index *index, uint64_t key, int step)
{
    uint32_t place = index_place(key, index->words);
    for (size_t i = 0; i < index->count; i++) {
        const Segment *segment = &index->segments[i];
        const uint32_t *cell = &segment->directory[place >> segment->shift];
        __builtin_prefetch(step == 0 ? (const void *)cell : (const void *)&segment->keys[*cell]);
    }
}

int index_find(const Index *index, const Segment *segment, uint64_t key, size_t *from, size_t *to)
{
    const uint32_t *cell = &segment->directory[index_place(key, index->words) >> segment->shift];
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
