/* Rolling: the 64-bit hash of the k symbols that end at each position. */
#ifndef DLP_ROLL_H
#define DLP_ROLL_H
#include <stddef.h>
#include <stdint.h>

/* hash(s) = s[0] * B^(k-1) + ... + s[k-1] modulo 2^64. B is odd, 5 modulo 8 (the full period of a multiplicative
 * generator), and of a known good spectrum (Steele and Vigna, 2021); its high bits depend on every symbol, and
 * only they order and place shingles. */
#define ROLL_BASE UINT64_C(0xD1342543DE82EF95)
#define ROLL_MOST 64 /* the largest k */
#define ROLL_BATCH 2048
#define ROLL_BEFORE 80

/* hashes[i] = hash of the k symbols that end at symbols[i], for i < n <= ROLL_BATCH; 1 <= k <= ROLL_MOST.
 * ROLL_BEFORE bytes
 * before symbols[0] and 16 after the last one are readable; only the k - 1 before it and the n matter. hashes has room
 * for 16 more. */
void roll(const uint8_t *symbols, size_t n, unsigned k, uint64_t *hashes);
#endif
