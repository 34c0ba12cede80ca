/* Regions: the stretches of a text around its runs, with their words and symbols, that alignment looks at. */
#ifndef DLP_REGION_H
#define DLP_REGION_H
#include "align.h"
#include "scan.h"

enum {
    REGION_REACH = 4096, /* bytes around a run that are looked at */
    REGION_WORD = 256, /* bytes within which a region's edge is moved to where a word ends */
    REGION_MOST = 1 << 24, /* bytes from the first run of a region to the last */
    REGION_STEP = 4096, /* bytes between known places */
    REGION_CONTEXT = 24, /* symbols given before a passage */
    REGION_EXCERPT = 128, /* bytes */
};

typedef struct {
    const uint8_t *window; /* what is at hand of the text */
    size_t size;
    uint64_t offset; /* bytes of the text before it */
    const Run **runs; /* owned, as all that follows is; by place */
    uint8_t *left; /* for each run whether it is still to be told */
    size_t runs_n, next; /* next: the first one of the next region */
    Place begin, near; /* of the window, and of its byte near_at */
    size_t near_at;
    size_t low, high; /* bytes of the window: the region */
    uint64_t base; /* symbols of the text before it */
    Word *words;
    uint8_t *symbols;
    Anchor *anchors; /* by document, each document's in the order of the text */
    uint8_t *kept; /* of each anchor; begins as 1 */
    Place *places; /* every REGION_STEP bytes from `low`, as far as they are known */
    size_t words_n, symbols_n, anchors_n, places_n;
    size_t runs_room, left_room, words_room, symbols_room, anchors_room, kept_room, places_room;
} Region;

/* Where a passage stands. */
typedef struct {
    uint64_t start, end; /* symbols of the text */
    uint64_t from, to, line, column; /* characters of the text */
    size_t byte, to_byte; /* of the window */
    size_t symbol, context; /* of the region, and how many before it are given */
} Where;

/* A text's runs, and the window that they lie in; these stay the caller's. 1, or 0 without memory. */
int region_window(Region *region, const uint8_t *window, size_t size, uint64_t offset, const Run *runs, size_t n);
/* The next region that anything may be found in: 1; 0: there is none; -1: no memory. */
int region_next(Region *region);
/* Takes over what became of the anchors. */
void region_settle(Region *region);
/* 1, or 0 without memory. marks: one for each symbol of the passage, from the masks of its words. */
int region_where(Region *region, const Aligner *aligner, const Aligned *found, Where *where);
void region_marks(const Aligner *aligner, const Aligned *found, uint8_t *marks);
void region_free(Region *region);
#endif
