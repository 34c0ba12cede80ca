/* Words: what edited text is aligned by. A word is letters and digits in a row, or one character of a script that
 * writes no spaces between words. Invisible characters and marks do not end one. */
#ifndef DLP_WORDS_H
#define DLP_WORDS_H
#include <stddef.h>
#include <stdint.h>

#define WORDS_STEMS 4096
#define WORDS_STEM_LETTERS 5
#define WORDS_MOST 224 /* symbols; a longer word is cut */
#define WORDS_RANKS 9
#define WORDS_FILLER 15 /* rank of a place that no word stands at: symbols between the texts of a document */
#define WORDS_IDEOGRAPH 4 /* rank: one character says what a word of so many letters does */

typedef struct {
    uint32_t from, to; /* bytes of the text */
    uint16_t code; /* stem << 4 | rank; stem is a hash of the first letters, rank counts letters up to 8 */
    uint16_t symbols; /* 1 to WORDS_MOST + FOLD_MOST */
} Word;

/* Whether a character that folds to nothing keeps words apart. Marks, joiners and controls of direction do not. */
int word_separator(const uint8_t *in, int length);
/* Whether a folded character, by its first bytes, is of a script that writes no spaces between words: Thai and Lao,
 * Myanmar, Khmer, kana, Han. */
int word_alone(const uint8_t *symbols, size_t n);

/* The words of in[0..n), at most `room` of them. *used: bytes taken, n unless the room ran out. */
size_t words_split(const uint8_t *in, size_t n, Word *out, size_t room, size_t *used);
/* The stem of a word of n symbols; *letters becomes the symbols that it is made from. */
unsigned words_stem(const uint8_t *symbols, size_t n, size_t *letters);
#endif
