#include "entries.h"

#include <string.h>

#include "index.h"

enum { FEW = 48 }; /* entries that are sorted sooner by insertion */

static void sort_few(uint64_t *keys, uint64_t *postings, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t key = keys[i], posting = postings[i];
        size_t to = i;
        for (; to && keys[to - 1] > key; to--) {
            keys[to] = keys[to - 1];
            postings[to] = postings[to - 1];
        }
        keys[to] = key;
        postings[to] = posting;
    }
}

/* By the digit at `shift`, the ones above being equal, and what is equal in it by the next. Most significant digit first:
 * after two or three digits what is left to sort is a handful, and in the cache. */
static void sort_digit(uint64_t *keys, uint64_t *postings, uint64_t *spare_keys, uint64_t *spare_postings, size_t n,
                       unsigned shift)
{
    size_t end[257] = {0};
    for (size_t i = 0; i < n; i++)
        end[(keys[i] >> shift & 255) + 1]++;
    for (int d = 0; d < 256; d++)
        end[d + 1] += end[d];
    for (size_t i = 0; i < n; i++) {
        size_t to = end[keys[i] >> shift & 255]++;
        spare_keys[to] = keys[i];
        spare_postings[to] = postings[i];
    }
    memcpy(keys, spare_keys, n * sizeof *keys);
    memcpy(postings, spare_postings, n * sizeof *postings);
    for (size_t d = 0, from = 0; shift && d < 256; from = end[d++]) {
        size_t part = end[d] - from;
        if (part > FEW)
            sort_digit(keys + from, postings + from, spare_keys, spare_postings, part, shift - 8);
        else
            sort_few(keys + from, postings + from, part);
    }
}

void entries_sort(uint64_t *keys, uint64_t *postings, uint64_t *spare_keys, uint64_t *spare_postings, size_t n)
{
    sort_digit(keys, postings, spare_keys, spare_postings, n, 56);
}

size_t entries_thin(uint64_t *keys, uint64_t *postings, size_t n, unsigned most)
{
    size_t kept = 0;
    unsigned run = 0;
    uint64_t key = 0, document = 0;
    for (size_t i = 0; i < n; i++) {
        run = i && keys[i] == key && postings[i] >> 32 == document ? run + 1 : 1;
        key = keys[i];
        document = postings[i] >> 32;
        if (run <= most) {
            keys[kept] = keys[i];
            postings[kept++] = postings[i];
        }
    }
    return kept;
}

size_t entries_live(uint64_t *keys, uint64_t *postings, size_t n, const uint32_t *groups, size_t documents)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t document = postings[i] >> 32;
        keys[kept] = keys[i];
        postings[kept] = postings[i];
        kept += document < documents && groups[document] != INDEX_GONE;
    }
    return kept;
}

static unsigned length_of(uint64_t value)
{
    unsigned length = 0;
    for (; value; value >>= 8)
        length++;
    return length;
}

size_t keys_packed_size(const uint64_t *keys, size_t n)
{
    size_t size = (n + 1) / 2;
    uint64_t before = 0;
    for (size_t i = 0; i < n; before = keys[i++])
        size += length_of(keys[i] - before);
    return size;
}

void keys_pack(const uint64_t *keys, size_t n, uint8_t *out)
{
    uint8_t *bytes = out + (n + 1) / 2;
    uint64_t before = 0;
    memset(out, 0, (n + 1) / 2);
    for (size_t i = 0; i < n; before = keys[i++]) {
        uint64_t difference = keys[i] - before;
        unsigned length = length_of(difference);
        out[i / 2] |= (uint8_t)(length << (i & 1) * 4);
        for (; difference; difference >>= 8)
            *bytes++ = (uint8_t)difference;
    }
}

int keys_unpack(const uint8_t *in, size_t size, uint64_t *keys, size_t n)
{
    static const uint64_t mask[9] = {0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF,
                                     0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
    if (size < (n + 1) / 2)
        return 0;
    const uint8_t *bytes = in + (n + 1) / 2, *end = in + size;
    uint64_t key = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned length = in[i / 2] >> (i & 1) * 4 & 15;
        uint64_t difference = 0;
        if (length > 8 || (size_t)(end - bytes) < length)
            return 0;
        if (end - bytes >= 8) {
            for (int j = 7; j >= 0; j--) /* one load where bytes lie low end first */
                difference = difference << 8 | bytes[j];
            difference &= mask[length];
        } else {
            for (unsigned j = length; j-- > 0;)
                difference = difference << 8 | bytes[j];
        }
        if (difference > UINT64_MAX - key)
            return 0;
        key += difference;
        keys[i] = key;
        bytes += length;
    }
    return bytes == end;
}
