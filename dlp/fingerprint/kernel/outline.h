/* An outline says where each selected shingle of a document stands in its text. */
#ifndef DLP_OUTLINE_H
#define DLP_OUTLINE_H
#include <stddef.h>
#include <stdint.h>

/* Four columns, one row a shingle, in ascending order of position: symbols before it, its first character, the character
 * after its last, its line. Packed, they are four streams one after the other, of zigzag variable-length numbers
 * (seven bits a byte, low bits first): the differences between rows of position, of start - position, of
 * end - start, and of line. */
size_t outline_pack(const uint32_t *const columns[4], size_t n, uint8_t *out); /* out: 20 n bytes; returns the size */
/* 1; 0 where `in` is not exactly n packed rows. */
int outline_unpack(const uint8_t *in, size_t size, uint32_t *const columns[4], size_t n);
#endif
