#include "select.h"

#include <stdlib.h>
#include <string.h>

void selector_reset(Selector *selector, unsigned k, unsigned w, int plain)
{
    stream_reset(&selector->stream, k, plain);
    selector->w = w;
    selector->shingles = selector->best = selector->best_key = 0;
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

/* Where the shingles of a batch begin and end; asked for in ascending order, since places are counted on. */
typedef struct {
    Stream *stream;
    const Batch *batch;
    Place begin, end;
    size_t begin_at, end_at;
} Cursor;

/* The shingle whose last symbol is symbol i of the batch. */
static Selected locate(Cursor *cursor, size_t i, uint64_t key)
{
    const Batch *batch = cursor->batch;
    size_t k = cursor->stream->k, last = batch->origin[i];
    const Place *start = &cursor->begin;
    place_advance(&cursor->end, batch->bytes, cursor->end_at, last, cursor->stream->plain);
    cursor->end_at = last;
    if (i + 1 >= k) {
        size_t first = batch->origin[i + 1 - k];
        place_advance(&cursor->begin, batch->bytes, cursor->begin_at, first, cursor->stream->plain);
        cursor->begin_at = first;
    } else {
        start = &stream_carried(cursor->stream)[i];
    }
    return (Selected){key, (uint32_t)(batch->first + i + 1 - k), (uint32_t)start->character,
                      (uint32_t)cursor->end.character + 1, (uint32_t)start->line};
}

/* Winnows shingles key[0..m), before which at least w - 1 others stand where there were any. Those selected go to
 * `picked`; those of the batch before, of which the window still decides, to the output. Returns the number picked. */
static size_t winnow(Selector *selector, const uint64_t *key, size_t m, const uint8_t *last_symbol, uint32_t *picked)
{
    const uint64_t first = selector->shingles;
    const unsigned w = selector->w, k = selector->stream.k;
    uint64_t best = selector->best, best_key = selector->best_key;
    size_t n = 0;
    for (size_t j = 0; j < m; j++) {
        uint64_t number = first + j;
        if (!number || key[j] > best_key) {
            best = number;
            best_key = key[j];
        } else if (best + w <= number) { /* it left the window */
            best = number;
            best_key = key[j];
            for (ptrdiff_t back = 1; back < (ptrdiff_t)w; back++)
                if (key[(ptrdiff_t)j - back] > best_key) {
                    best = number - (uint64_t)back;
                    best_key = key[(ptrdiff_t)j - back];
                }
        }
        if (number + 1 < w || best == selector->emitted)
            continue;
        selector->emitted = best;
        if (selector->stream.plain && !varied(last_symbol + j + 1 - k - (number - best), k))
            continue;
        if (best < first)
            emit(selector, &selector->ring[best % SELECT_MOST]);
        else
            picked[n++] = (uint32_t)(best - first);
    }
    selector->best = best;
    selector->best_key = best_key;
    return n;
}

static int handle(void *context, Stream *stream, Batch *batch)
{
    Selector *selector = context;
    uint64_t keys[SELECT_MOST + ROLL_BATCH + 16];
    uint32_t picked[ROLL_BATCH];
    unsigned k = stream->k;
    if (stream->at.character + batch->used > UINT32_MAX || batch->first + batch->n > UINT32_MAX)
        selector->failed = 2;
    if (selector->failed)
        return 1;
    size_t skip = batch->first + 1 < k ? k - 1 - batch->first : 0; /* symbols that end no shingle */
    if (batch->n <= skip)
        return 1;
    memcpy(keys, selector->keys, sizeof selector->keys);
    roll(batch->symbols, batch->n, k, keys + SELECT_MOST);
    stream_origins(stream, batch);
    const uint64_t *key = keys + SELECT_MOST + skip;
    size_t m = batch->n - skip, n = winnow(selector, key, m, batch->symbols + skip, picked), p = 0;

    /* Only what was picked needs its place, and the last w - 1, which may still be. */
    Cursor cursor = {stream, batch, stream->at, stream->at, 0, 0};
    size_t tail = m < selector->w - 1 ? 0 : m - (selector->w - 1);
    for (; p < n && picked[p] < tail; p++) {
        Selected made = locate(&cursor, picked[p] + skip, key[picked[p]]);
        emit(selector, &made);
    }
    for (size_t j = tail; j < m; j++) {
        Selected *made = &selector->ring[(selector->shingles + j) % SELECT_MOST];
        *made = locate(&cursor, j + skip, key[j]);
        if (p < n && picked[p] == j) {
            emit(selector, made);
            p++;
        }
    }
    selector->shingles += m;
    memcpy(selector->keys, keys + batch->n, sizeof selector->keys);
    return 1;
}

void selector_feed(Selector *selector, const uint8_t *bytes, size_t n, int last)
{
    stream_feed(&selector->stream, bytes, n, last, handle, selector);
}
