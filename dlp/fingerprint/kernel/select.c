#include "select.h"

#include <stdlib.h>
#include <string.h>

void selector_reset(Selector *selector, unsigned k, unsigned w, int plain)
{
    stream_reset(&selector->stream, k, plain);
    selector->w = w;
    selector->shingles = selector->best = 0;
    selector->emitted = UINT64_MAX;
    selector->count = 0;
    selector->failed = 0;
}

void selector_free(Selector *selector)
{
    free(selector->out);
    selector->out = NULL;
    selector->room = selector->count = 0;
}

static int varied(const uint8_t *symbols, unsigned k)
{
    uint64_t seen[4] = {0};
    int different = 0;
    for (unsigned j = 0; j < k; j++) {
        uint64_t bit = UINT64_C(1) << (symbols[j] & 63), *word = &seen[symbols[j] >> 6];
        different += !(*word & bit);
        *word |= bit;
    }
    return different >= SELECT_VARIED;
}

static void emit(Selector *selector, const Selected *selected)
{
    if (selector->count == selector->room) {
        size_t room = selector->room ? selector->room * 2 : 1024;
        Selected *more = realloc(selector->out, room * sizeof *more);
        if (!more) {
            selector->failed = 1;
            return;
        }
        selector->out = more;
        selector->room = room;
    }
    selector->out[selector->count++] = *selected;
}

static int handle(void *context, Stream *stream, Batch *batch)
{
    Selector *selector = context;
    uint64_t hashes[ROLL_BATCH + 16];
    unsigned k = stream->k, w = selector->w;
    if (stream->at.character + batch->used > UINT32_MAX || batch->first + batch->n > UINT32_MAX)
        selector->failed = 2;
    if (selector->failed)
        return 1;
    stream_origins(stream, batch);
    roll(batch->symbols, batch->n, k, hashes);
    Place begin = stream->at, end = stream->at;
    size_t begin_at = 0, end_at = 0;
    for (size_t i = 0; i < batch->n; i++) {
        place_advance(&end, batch->bytes, end_at, batch->origin[i], stream->plain);
        end_at = batch->origin[i];
        if (batch->first + i + 1 < k)
            continue;
        const Place *start = &begin;
        if (i + 1 >= k) {
            place_advance(&begin, batch->bytes, begin_at, batch->origin[i + 1 - k], stream->plain);
            begin_at = batch->origin[i + 1 - k];
        } else {
            start = &stream_carried(stream)[i];
        }
        uint64_t number = selector->shingles++;
        Selected *ring = selector->ring;
        ring[number % SELECT_MOST] = (Selected){hashes[i], (uint32_t)(batch->first + i + 1 - k),
                                                (uint32_t)start->character, (uint32_t)end.character + 1,
                                                (uint32_t)start->line};
        if (number && selector->best + w <= number) { /* it left the window */
            selector->best = number;
            for (unsigned back = 1; back < w; back++)
                if (ring[(number - back) % SELECT_MOST].key > ring[selector->best % SELECT_MOST].key)
                    selector->best = number - back;
        } else if (hashes[i] > ring[selector->best % SELECT_MOST].key) {
            selector->best = number;
        }
        if (number + 1 >= w && selector->best != selector->emitted) {
            selector->emitted = selector->best;
            uint64_t behind = number - selector->best;
            if (!stream->plain || varied(batch->symbols + i + 1 - k - behind, k))
                emit(selector, &ring[selector->best % SELECT_MOST]);
        }
    }
    return 1;
}

void selector_feed(Selector *selector, const uint8_t *bytes, size_t n, int last)
{
    stream_feed(&selector->stream, bytes, n, last, handle, selector);
}
