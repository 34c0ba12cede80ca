/* From a text that arrives in pieces of any size to batches of symbols, each with its place in the text. */
#ifndef DLP_STREAM_H
#define DLP_STREAM_H
#include <stddef.h>
#include <stdint.h>

#include "fold.h"
#include "roll.h"

/* A place in the text; all counted from 0. */
typedef struct {
    uint64_t byte, character, line, line_start; /* line_start: the character that the line begins with */
} Place;

/* Symbols that were folded together, and the bytes that they come from. */
typedef struct {
    const uint8_t *bytes;
    size_t used;
    const uint8_t *symbols; /* the STREAM_HISTORY symbols before symbols[0] are readable */
    size_t n;
    uint64_t first; /* symbols in the text before symbols[0] */
    uint32_t *origin; /* per symbol, an offset in `bytes`; filled by stream_origins */
    int has_origins;
} Batch;

#define STREAM_PIECE (1 << 20) /* bytes of a batch at most: text without symbols has no other bound, origins have 32 bits */
#define STREAM_TAIL 128
#define STREAM_HISTORY 128 /* symbols before a batch that stay readable: k + w at most */

typedef struct {
    unsigned k;
    int plain; /* symbols are the bytes themselves */
    uint64_t symbols;
    Place at;
    uint8_t pending[4];
    size_t pending_n;
    uint8_t tail[STREAM_TAIL]; /* the last bytes before the batch */
    Place carried[ROLL_MOST]; /* see stream_carried */
    uint8_t carried_skip[ROLL_MOST]; /* for each of them the symbols of its character that stand before it */
    const uint8_t *behind; /* the bytes of the batch before, while its places are not carried over yet */
    size_t behind_used, behind_n;
    Place behind_at;
    uint8_t window[STREAM_HISTORY + ROLL_BATCH + FOLD_SLACK];
    uint32_t origins[ROLL_BATCH + 2 * FOLD_SLACK];
} Stream;

/* Called for each batch; returns 0 to stop the feed after it. */
typedef int (*BatchHandler)(void *context, Stream *stream, Batch *batch);

void stream_reset(Stream *stream, unsigned k, int plain);
/* Returns the bytes taken: n, or fewer where the handler stopped. With `last` nothing stays pending. */
size_t stream_feed(Stream *stream, const uint8_t *bytes, size_t n, int last, BatchHandler handle, void *context);
/* Fills batch->origin. */
void stream_origins(Stream *stream, Batch *batch);
/* The places of the k - 1 symbols before the batch, newest last. */
const Place *stream_carried(Stream *stream);
/* Moves `place`, which stands at `offset` in `bytes`, on to `to`. */
void place_advance(Place *place, const uint8_t *bytes, size_t offset, size_t to, int plain);
#endif
