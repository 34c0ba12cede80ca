#include "stream.h"

#include <string.h>

void stream_reset(Stream *stream, unsigned k, int plain)
{
    stream->k = k;
    stream->plain = plain;
    stream->symbols = 0;
    stream->pending_n = 0;
    memset(&stream->at, 0, sizeof stream->at);
    memset(stream->window, 0, STREAM_HISTORY);
}

void place_advance(Place *place, const uint8_t *bytes, size_t offset, size_t to, int plain)
{
    const uint8_t *from = bytes + offset;
    size_t n = to - offset, newlines = plain ? 0 : count_newlines(from, n);
    place->byte += n;
    place->character += plain ? n : count_characters(from, n);
    if (newlines) {
        const uint8_t *line = bytes + to;
        while (line[-1] != '\n')
            line--;
        place->line += newlines;
        place->line_start = place->character - count_characters(line, (size_t)(bytes + to - line));
    }
}

void stream_origins(Stream *stream, Batch *batch)
{
    if (batch->has_origins)
        return;
    batch->has_origins = 1;
    if (stream->plain) {
        for (size_t i = 0; i < batch->n; i++)
            batch->origin[i] = (uint32_t)i;
        return;
    }
    uint8_t again[ROLL_BATCH + 2 * FOLD_SLACK];
    size_t used;
    fold(batch->bytes, batch->used, 1, again, ROLL_BATCH + FOLD_SLACK, &used, batch->origin);
}

/* The places of the batch's last symbols, as many as the next batch's shingles reach back to. */
static void carry(Stream *stream, Batch *batch)
{
    size_t keep = stream->k - 1, fresh = batch->n < keep ? batch->n : keep, old = keep - fresh;
    memmove(stream->carried, stream->carried + fresh, old * sizeof *stream->carried);
    memmove(stream->window, stream->window + batch->n, STREAM_HISTORY);
    if (!fresh)
        return;
    uint32_t origins[ROLL_BATCH + 2 * FOLD_SLACK], *last = origins;
    size_t start = 0;
    if (batch->has_origins || stream->plain) {
        stream_origins(stream, batch);
        last = batch->origin + batch->n - fresh;
    } else {
        /* Fold the end of the batch again, from far enough back; continuation bytes at the cut belong to a
         * character before it, or fold to nothing. */
        uint8_t again[ROLL_BATCH + 2 * FOLD_SLACK];
        size_t used, n;
        for (size_t back = 64;; back *= 4) {
            start = back < batch->used ? batch->used - back : 0;
            while (start && start < batch->used && (batch->bytes[start] & 0xC0) == 0x80)
                start++;
            n = fold(batch->bytes + start, batch->used - start, 1, again, ROLL_BATCH + FOLD_SLACK, &used, origins);
            if (n >= fresh || !start)
                break;
        }
        last = origins + n - fresh;
    }
    Place place = stream->at;
    size_t offset = 0;
    for (size_t i = 0; i < fresh; i++) {
        place_advance(&place, batch->bytes, offset, start + last[i], stream->plain);
        offset = start + last[i];
        stream->carried[old + i] = place;
    }
}

static size_t feed_batch(Stream *stream, const uint8_t *bytes, size_t n, int last, BatchHandler handle, void *context,
                         int *stop)
{
    Batch batch = {bytes, 0, stream->window + STREAM_HISTORY, 0, stream->symbols, stream->origins, 0};
    if (stream->plain) {
        batch.used = batch.n = n < ROLL_BATCH ? n : ROLL_BATCH;
        memcpy(stream->window + STREAM_HISTORY, bytes, batch.n);
    } else {
        batch.n = fold(bytes, n, last, stream->window + STREAM_HISTORY, ROLL_BATCH, &batch.used, NULL);
    }
    if (!batch.used)
        return 0;
    *stop = !handle(context, stream, &batch);
    carry(stream, &batch);
    place_advance(&stream->at, bytes, 0, batch.used, stream->plain);
    stream->symbols += batch.n;
    size_t kept = batch.used < STREAM_TAIL ? batch.used : STREAM_TAIL;
    memmove(stream->tail, stream->tail + kept, STREAM_TAIL - kept);
    memcpy(stream->tail + STREAM_TAIL - kept, bytes + batch.used - kept, kept);
    return batch.used;
}

size_t stream_feed(Stream *stream, const uint8_t *bytes, size_t n, int last, BatchHandler handle, void *context)
{
    size_t taken = 0;
    int stop = 0;
    while (stream->pending_n && !stop) { /* a character that the last piece cut off, or bytes that only looked so */
        uint8_t joined[8];
        size_t held = stream->pending_n, more = n - taken < 4 ? n - taken : 4;
        memcpy(joined, stream->pending, held);
        memcpy(joined + held, bytes + taken, more);
        size_t length = (size_t)fold_length(joined, held + more);
        if (!length && !last) {
            memcpy(stream->pending, joined, held + more);
            stream->pending_n = held + more;
            return n;
        }
        length = length ? length : 1;
        feed_batch(stream, joined, length, 1, handle, context, &stop);
        size_t out = length < held ? length : held;
        memmove(stream->pending, stream->pending + out, held - out);
        stream->pending_n = held - out;
        taken += length - out;
    }
    while (taken < n && !stop) {
        size_t used = feed_batch(stream, bytes + taken, n - taken, last, handle, context, &stop);
        taken += used;
        if (!used) {
            stream->pending_n = n - taken;
            memcpy(stream->pending, bytes + taken, stream->pending_n);
            return n;
        }
    }
    return taken;
}
