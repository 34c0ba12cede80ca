/* The same results as the plain loops, by AVX-512 where processor and compiler have it.
 * A function that returns 0 did nothing: the caller's plain loop does the work. */
#ifndef DLP_VECTOR_H
#define DLP_VECTOR_H
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__)) && !defined(DLP_PLAIN)
#define DLP_HAS_VECTOR 1
#endif

/* What the processor can do: 1 with AVX-512 F, BW, DQ, VL, VBMI and VBMI2. */
int vector_supported(void);
/* Turns the vector paths on or off for the process; they start off. On is refused (0) where unsupported. */
int vector_use(int on);
int vector_used(void);

/* Folds groups of 64 ASCII bytes while there are any, moving *i and *o on. `table`: 128 symbols, 0 for none. */
void vector_fold_ascii(const uint8_t *table, const uint8_t *in, size_t n, size_t *i, uint8_t *out, size_t room,
                       size_t *o);
/* Counts as count_text does, in groups of 64 bytes; returns the bytes counted. */
size_t vector_count(const uint8_t *in, size_t n, size_t *characters, size_t *newlines, size_t *line);
int vector_roll(const uint8_t *symbols, size_t n, unsigned k, uint64_t *hashes);
/* The positions i < n whose bits for hashes[i] are set in the bitmap of an index: written to hits, counted in *found. hashes and
 * hits have room for 16 more. */
int vector_probe(const uint32_t *bitmap, const uint64_t *pieces, const uint64_t *hashes, size_t n, uint32_t *hits,
                 size_t *found);

/* Of a block of 64 bytes: which are printable and no blank, which may begin an escape, and how many are digits. */
typedef struct {
    uint64_t seen, lead;
    size_t digits;
} SignsSeen;

/* Moves *block on, 64 bytes at a time, to the first block with something in it and fills `seen`; *stop is its end. 0, with *block at
 * what it did not look at, where less than 72 bytes are left before n or 64 before `limit`. The tables: of signs.h. */
int vector_signs(const uint8_t *classes, const uint8_t *leading, const uint8_t *following, const uint8_t *data, size_t n,
                 size_t limit, size_t *block, size_t *stop, SignsSeen *seen);
/* Which of 64 bytes are of each of four classes; 0 for fewer bytes. */
int vector_signs_masks(const uint8_t *classes, const uint8_t *data, size_t n, const uint8_t *wanted, uint64_t *masks);
#endif
