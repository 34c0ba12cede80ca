/* Entries, a shingle's key with its posting: sorting them, and packing sorted keys. */
#ifndef DLP_ENTRIES_H
#define DLP_ENTRIES_H
#include <stddef.h>
#include <stdint.h>

/* Sorts by key; equal keys keep their order. The spare arrays are of n and are overwritten. */
void entries_sort(uint64_t *keys, uint64_t *postings, uint64_t *spare_keys, uint64_t *spare_postings, size_t n);
/* Of each key keeps the first `most` postings of one document (those of a document stand together). Returns how many
 * entries are left. */
size_t entries_thin(uint64_t *keys, uint64_t *postings, size_t n, unsigned most);

/* Drops the entries of documents that are gone: `groups` of `documents`, as an index takes them. Returns how many are left. */
size_t entries_live(uint64_t *keys, uint64_t *postings, size_t n, const uint32_t *groups, size_t documents);

/* Packed keys: for each the difference to the one before (the first: to 0) in as few bytes as hold it, low byte
 * first, after a table of their lengths, two to a byte, the first in the low half. */
size_t keys_packed_size(const uint64_t *keys, size_t n);
void keys_pack(const uint64_t *keys, size_t n, uint8_t *out);
/* 1; 0 where `in` is not exactly n packed keys in ascending order. */
int keys_unpack(const uint8_t *in, size_t size, uint64_t *keys, size_t n);
#endif
