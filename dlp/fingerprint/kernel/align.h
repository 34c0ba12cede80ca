/* Fine alignment: where a text and a document say the same in other words' order, or with words changed.
 *
 * Runs (scan.h) say where to look. Around them words are paired, one to one, and each side gives every word odds:
 * how much likelier it is there because the passage was copied than by chance. What pairs by chance is known from how
 * often the two texts use the word, and how long the other side is; how faithful the copy is (the share of words that
 * it kept) is taken from the passage itself, so that a verbatim passage ends sharply and a rewritten one may have
 * gaps. The stretch with the highest sum of odds is the passage; both sides are fitted in turn until they stay.
 *
 * region.c gives the regions of a text, align.c goes through a document's anchors in one, fit.c grows a passage with the
 * pairs of pair.c, and digest.c looks for passages whose words stand far apart in the document. */
#ifndef DLP_ALIGN_H
#define DLP_ALIGN_H
#include <stddef.h>
#include <stdint.h>

#include "words.h"

#define ALIGN_LEVELS 40 /* of a word's frequency, two an octave */
#define ALIGN_LENGTHS 32 /* classes of how many words the other side has, two an octave */
#define ALIGN_FAITHS 32 /* of the share of words kept */
#define ALIGN_WINDOW 8192 /* words of either side that are looked at together, at most */
#define ALIGN_MOST 512 /* passages of one document in one region */
#define ALIGN_BLOCK 64 /* symbols; see Source.blocks */

/* Found by search over PAN 2013's training corpus, one half of it, and checked on the other half
 * (benchmarks/accuracy). Words unless it says otherwise. reference_align.py has the same; a test compares them. */
enum {
    NEAR = 129, /* symbols of the text that anchors of one passage are apart at most */
    NEAR_SOURCE = 600, /* the same for the document */
    OPEN = 32, /* groups of anchors that may still grow */
    TILE = 400, /* words of a run that are fitted together */
    FIRST_REACH = 24, /* how far around anchors it is looked at first */
    FIRST_SCORE = 230, /* what that must give */
    PROMISING = 5, /* words of so many letters and more that both sides must have there for it to be tried: */
    PROMISING_RANK = 4,
    LONG_PAIR = 6, /* words in a row that are paired before all others */
    DEPTH = 48, /* places of one word that are tried */
    REACH = 41, /* how far a passage may grow in a round */
    SLACK = 39, /* how far beyond the other side's end pairs count while it still grows */
    GROWING = 6, /* rounds in which it may */
    ROUNDS = 8,
    SCORE = 700, /* of a passage */
    PAIRS = 12,
    JOIN = 33, /* words between passages that are one */
    JOIN_SOURCE = 41,
    COMMON_TEXT = 2703, /* words of unseen text that a frequency is smoothed with */
    FAITH_FIRST = 52, /* per cent that the estimate of the faith begins with, as of so many words: */
    FAITH_WORDS = 9,
    FAITH_LEAST = 6, /* of ALIGN_FAITHS */
    WIDE_ANCHORS = 3,
    WIDE_SPAN = 250, /* words of the text in which they stand */
    WIDE_REACH = 128,
    WIDE_SOURCE = 5172,
    WIDE_FAITH = 29, /* of ALIGN_FAITHS */
    WIDE_SCORE = 1500,
    WIDE_LEAST = 86, /* words of the text */
    WIDE_RATIO = 8, /* tenths: words of the document for one of the text */
    WIDE_WORTH = 6, /* tenths of the narrow passages' score that it must reach */
    WIDE_THIN = 1, /* tenths of the share of the document's words kept that its odds go by */
    WIDE_BALANCED = 14, /* tenths: a narrow passage with a longer source than this is part of a digest */
    WIDE_COVER = 68, /* per cent of the text's words that balanced narrow passages may hold */
    WORK = 1 << 22, /* words that may be looked at for a region, and so many more for each of its own: */
    WORK_PER_WORD = 512, /* PAN's texts take 37 for each, the worst one 115 and .9 million in all */
};

/* Odds in sixteenths of a natural logarithm, made by dlp/fingerprint/odds.py. */
typedef struct {
    const int16_t *single; /* [faith][length][level]: a word that is paired by itself */
    const int16_t *chained; /* the same for a word that is paired beside its neighbour */
    const int16_t *missing; /* [faith]: a word that is not */
    const uint8_t *weight; /* [length][level]: of a word when the faith is estimated, in hundredths */
    const uint32_t *prior; /* [rank]: what a word's frequency begins with, in words << 16 */
} Odds;

/* First and last words of the text and of the document, included. */
typedef struct {
    int64_t a0, a1, b0, b1;
} Rect;

/* The words of a text or of a document. */
typedef struct {
    const uint16_t *codes;
    const uint32_t *at; /* of n + 1: symbols before each word */
    const uint32_t *blocks; /* the word that symbol b * ALIGN_BLOCK is of, for each b up to at[n] / ALIGN_BLOCK */
    size_t n;
} Source;

/* A run, from the text's region of which the words are. */
typedef struct {
    uint32_t document;
    uint32_t run; /* its number */
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
    uint64_t rare, run; /* symbols of its runs that are evidence, and all of them */
    size_t mask; /* where in Aligner.masks the words' bytes begin: 0 not paired, 1 alone, 2 beside a neighbour */
} Aligned;

/* Words that are paired; counted from where the looked at words begin on either side. */
typedef struct {
    uint32_t head[WORDS_STEMS]; /* chains of the document's words, by stem: epoch + word, less where there is none */
    uint32_t couples[WORDS_STEMS]; /* and by their own and the next one's */
    uint32_t epoch, epoch_end;
    uint64_t stems[WORDS_STEMS / 64]; /* that the text's words have; others are in no chain */
    int32_t next[ALIGN_WINDOW], next_couple[ALIGN_WINDOW]; /* -1: none */
    int32_t pair[ALIGN_WINDOW], back[ALIGN_WINDOW]; /* of the text's words, and of the document's; -1: none */
    uint8_t chained[ALIGN_WINDOW]; /* by the text's words: paired beside a neighbour */
    uint8_t chained_back[ALIGN_WINDOW]; /* by the document's */
} Pairs;

typedef struct {
    const Odds *odds;
    const uint8_t *symbols; /* of the region, folded */
    size_t symbols_n;
    Source text; /* the region's words */
    uint16_t *codes; /* owned, as is what follows; of `text` */
    uint32_t *at, *blocks;
    size_t codes_room, at_room, blocks_room;
    const Source *source; /* the document at hand */
    uint16_t counts[WORDS_STEMS], source_counts[WORDS_STEMS]; /* words of each stem in the region and the document */
    int counted; /* whether source_counts is of the document at hand */
    uint64_t per_word; /* the share of one word in both, << 40 */
    uint64_t work, most_work; /* words looked at for this region so far, and at most */
    uint32_t stamps[WORDS_STEMS], stamp;
    Rect *rects; /* where the anchors at hand are */
    size_t rects_room;
    Pairs pairs;
    int32_t odds_of[ALIGN_WINDOW];
    Aligned found[ALIGN_MOST]; /* of the document at hand */
    size_t found_n;
    int full; /* no two of them are one, and there is room for no more */
    uint8_t *mask; /* of each word of the region */
    size_t mask_low, mask_high; /* words of which any is set */
    size_t mask_room;
    Aligned *out; /* passages of all documents so far, of out_n */
    size_t out_n, out_room;
    uint8_t *masks;
    size_t masks_n, masks_room;
    int failed; /* no memory */
} Aligner;

void aligner_init(Aligner *aligner, const Odds *odds);
void aligner_free(Aligner *aligner);
/* A new region; its symbols stay the caller's. 1, or 0 without memory. */
int aligner_text(Aligner *aligner, const Word *words, size_t n, const uint8_t *symbols, size_t symbols_n);
/* The passages of one document, whose anchors are given in the order of the text; they are appended to `out`. kept[i]
 * becomes 0 for an anchor that lies in one of them, or that is shorter than `least` symbols however far the agreement
 * reaches beyond it. */
void aligner_document(Aligner *aligner, const Source *source, const Anchor *anchors, size_t n, unsigned least,
                      uint8_t *kept);
/* Fills blocks, of at[n] / ALIGN_BLOCK + 1. */
void source_index(const Source *source, uint32_t *blocks);
/* The word that a symbol is of; the last one for what lies beyond. n > 0. */
static inline size_t source_word(const Source *source, uint64_t symbol)
{
    if (symbol >= source->at[source->n])
        return source->n - 1;
    size_t word = source->blocks[symbol / ALIGN_BLOCK];
    while (word + 1 < source->n && source->at[word + 1] <= symbol)
        word++;
    return word;
}

/* Between the files of alignment: */

/* pair.c: pairs the words of `in`, longer runs of words first; of equals those near the line from corner to corner of
 * `core`, which lies in `in`. Returns the words that were looked at. */
uint64_t pair_words(Pairs *pairs, const uint16_t *text, const uint16_t *source, Rect in, Rect core);
/* fit.c: grows and trims a passage from where its anchors are. 1 if there is one. */
int fit_passage(Aligner *aligner, Rect core, Aligned *made);
/* The stretch of `odds` with the highest sum, as [*first, *last] counted from `low`; its sum, 0 for none. */
int64_t fit_stretch(const int32_t *odds, int64_t low, int64_t high, int64_t *first, int64_t *last);
/* The level of a word of either side; fit_pairs comes first. */
uint8_t fit_level(const Aligner *aligner, unsigned code);
size_t fit_row(int64_t faith, int64_t words);
/* Pairs the words of `in` while there is work left to do. 1, or 0 when there is none. */
int fit_pairs(Aligner *aligner, Rect in, Rect core);
void fit_mark(Aligner *aligner, Rect in, Rect found);
/* `core` with `reach` words more at each edge, as far as there are any. Too large a core is looked at in part. */
Rect fit_around(const Aligner *aligner, Rect core, int64_t reach);
/* digest.c: a stretch of text whose words come from all over the document stands for the narrow passages in it, unless
 * those, each about as long on both sides, say it better. n: rects of anchors. */
void digest(Aligner *aligner, size_t n);

static inline int64_t least_of(int64_t x, int64_t y) { return x < y ? x : y; }
static inline int64_t most_of(int64_t x, int64_t y) { return x > y ? x : y; }

/* reach.c: whether the agreement that an anchor is part of may have `least` symbols. */
int may_reach(const Aligner *aligner, const Anchor *anchor, unsigned least);

/* Makes room for `wanted` elements; `array` points to the pointer to them. What they are is kept. 1, or 0 without
 * memory. */
int room_for(void *array, size_t *room, size_t wanted, size_t size);
#endif
