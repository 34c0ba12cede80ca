/* Fine alignment: where a text and a document say the same in other words' order, or with words changed.
 *
 * Runs (scan.h) say where to look. Around them words are paired, one to one, and each side gives every word odds:
 * how much likelier it is there because the passage was copied than by chance. What pairs by chance is known from how
 * often the two texts use the word, and how long the other side is; how faithful the copy is (the share of words that
 * it kept) is taken from the passage itself, so that a verbatim passage ends sharply and a rewritten one may have
 * gaps. The stretch with the highest sum of odds is the passage; both sides are fitted in turn until they stay. */
#ifndef DLP_ALIGN_H
#define DLP_ALIGN_H
#include <stddef.h>
#include <stdint.h>

#include "words.h"

#define ALIGN_LEVELS 40 /* of a word's frequency, two an octave */
#define ALIGN_LENGTHS 32 /* classes of how many words the other side has, two an octave */
#define ALIGN_FAITHS 32 /* of the share of words kept */
#define ALIGN_WINDOW 8192 /* words of either side that are looked at together, at most */
#define ALIGN_TILE 400 /* words of a run that are fitted together */
#define ALIGN_MOST 512 /* passages of one document in one text */
#define ALIGN_DEPTH 48 /* places of one word that are tried */

/* Odds in sixteenths of a natural logarithm, made by dlp/fingerprint/odds.py. */
typedef struct {
    const int16_t *single; /* [faith][length][level]: a word that is paired by itself */
    const int16_t *chained; /* the same for a word that is paired beside its neighbour */
    const int16_t *missing; /* [faith]: a word that is not */
    const uint8_t *weight; /* [length][level]: of a word when the faith is estimated, in hundredths */
    const uint32_t *prior; /* [rank]: what a word's frequency begins with, in words << 16 */
} Odds;

typedef struct {
    int64_t a0, a1, b0, b1; /* first and last words of the text and of the document, included */
} Rect;

/* The words of a document. */
typedef struct {
    const uint16_t *codes;
    const uint32_t *at; /* of n + 1: symbols before each word */
    size_t n;
} Source;

/* A run, from the text's region of which the words are. */
typedef struct {
    uint32_t document;
    uint32_t source; /* symbols of the document before it */
    uint32_t symbol; /* symbols of the region before it */
    uint32_t length; /* symbols */
    uint32_t evidence; /* of these */
} Anchor;

typedef struct {
    uint32_t document;
    uint32_t start, end; /* words of the region; ends are exclusive */
    uint32_t source, source_end; /* words of the document */
    int32_t score; /* odds of the side that has less */
    uint32_t faith; /* the lesser share of words kept, of ALIGN_FAITHS */
    uint32_t pairs; /* words that are paired */
    uint32_t wide; /* a digest of the document: its words stand far apart there */
    uint32_t rare, run; /* symbols of its runs that are evidence, and all of them */
    size_t mask; /* where in Aligner.masks the words' bytes begin: 0 not paired, 1 alone, 2 beside a neighbour */
} Aligned;

typedef struct {
    const Odds *odds;
    uint16_t *codes; /* owned; of the region's words */
    const uint8_t *symbols; /* of the region, folded */
    uint32_t *at; /* owned; symbols before each word */
    uint16_t counts[WORDS_STEMS], source_counts[WORDS_STEMS]; /* words of each stem in the region and the document */
    uint64_t per_word; /* the share of one word in both, << 40 */
    uint8_t *text_level, *source_level; /* owned; what is known of the words' levels */
    size_t source_room;
    int known; /* whether the above is of the document at hand */
    uint32_t stamps[WORDS_STEMS], stamp;
    size_t n, symbols_n, at_room;
    Rect *rects; /* owned; where the anchors at hand are */
    size_t rects_room;
    int32_t head[WORDS_STEMS], next[ALIGN_WINDOW]; /* chains of the document's words, by stem */
    int32_t couples[WORDS_STEMS], next_couple[ALIGN_WINDOW]; /* and by their own and the next one's */
    int32_t pair[ALIGN_WINDOW], back[ALIGN_WINDOW]; /* of the text's words, and of the document's */
    uint8_t chained[ALIGN_WINDOW], level[ALIGN_WINDOW];
    int32_t odds_of[ALIGN_WINDOW];
    Aligned found[ALIGN_MOST];
    size_t found_n;
    uint8_t *mask; /* owned; of n */
    int marked; /* whether any of it is set */
    Aligned *out; /* owned; passages of all documents so far, of out_n */
    size_t out_n, out_room;
    uint8_t *masks; /* owned */
    size_t masks_n, masks_room;
    int failed; /* no memory */
} Aligner;

void aligner_init(Aligner *aligner, const Odds *odds);
void aligner_free(Aligner *aligner);
/* A new region; words and symbols stay the caller's. 1, or 0 without memory. */
int aligner_text(Aligner *aligner, const Word *words, size_t n, const uint8_t *symbols, size_t symbols_n);
/* The passages of one document, whose anchors are given in the order of the text; they are appended to `out`. kept[i]
 * becomes 0 for an anchor that lies in one of them, or that is shorter than `least` symbols however far the agreement
 * reaches beyond it. */
void aligner_document(Aligner *aligner, const Source *source, const Anchor *anchors, size_t n, unsigned least,
                      uint8_t *kept);
#endif
