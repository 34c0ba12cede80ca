/* Folding: from UTF-8 bytes to symbols, the bytes of the folded text. */
#ifndef DLP_FOLD_H
#define DLP_FOLD_H
#include <stddef.h>
#include <stdint.h>

/* The most symbols one character folds to (U+FDFB and its like). */
#define FOLD_MOST 32
/* What `fold` may write beyond the symbols it reports. */
#define FOLD_SLACK 64

/* Folds `in[0..n)` into `out`, and stops before the symbols could pass `room` (at least FOLD_MOST + FOLD_SLACK).
 * `out` has room + FOLD_SLACK bytes. Returns the symbols written; *used is the number of bytes taken. A
 * character that is cut off at the end of `in` is left, unless `last`. Bytes that are not UTF-8, overlong forms,
 * and surrogates fold to nothing.
 * `origin`, if not NULL, receives for each symbol the offset in `in` of the character it comes from. */
size_t fold(const uint8_t *in, size_t n, int last, uint8_t *out, size_t room, size_t *used, uint32_t *origin);

/* The length of the character that begins at in[0], n > 0: 1 to 4; 1 for a byte that begins none. 0: cut off. */
int fold_length(const uint8_t *in, size_t n);

/* Adds the characters of `in`, its bytes that are not continuation bytes, and its newlines; *line becomes the offset after
 * the last newline, if there is one. */
void count_text(const uint8_t *in, size_t n, size_t *characters, size_t *newlines, size_t *line);

int fold_version(void);
#endif
