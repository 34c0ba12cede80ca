#include "stream.h"

#include <string.h>

void stream_reset(Stream *stream, unsigned k, int plain)
{
    stream->k = k;
    stream->plain = plain;
    stream->symbols = 0;
    stream->pending_n = 0;
    stream->behind = NULL;
    memset(&stream->at, 0, sizeof stream->at);
    memset(stream->window, 0, STREAM_HISTORY);
}

void place_advance(Place *place, const uint8_t *bytes, size_t offset, size_t to, int plain)
{
    size_t n = to - offset, characters = 0, newlines = 0;
    if (plain) {
        place->byte += n;
        place->character += n;
        return;
    }
    place->byte += n;
    if (n < 32) { /* from symbol to symbol */
        for (; offset < to; offset++) {
            place->character += (int8_t)bytes[offset] >= -64;
            if (bytes[offset] == '\n') {
                place->line++;
                place->line_start = place->character;
            }
        }
        return;
    }
    size_t line = 0;
    count_text(bytes + offset, n, &characters, &newlines, &line);
    place->character += characters;
    if (newlines) {
        place->line += newlines;
        characters = newlines = 0;
        count_text(bytes + offset + line, n - line, &characters, &newlines, &line);
        place->line_start = place->character - characters;
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

/* Few shingles of a batch are hits, and few of those reach back into the batch before: so its places are worked out
 * when one does, or before its bytes go. */
const Place *stream_carried(Stream *stream)
{
    const uint8_t *bytes = stream->behind;
    size_t keep = stream->k - 1, used = stream->behind_used, start = 0;
    size_t fresh = stream->behind_n < keep ? stream->behind_n : keep, old = keep - fresh;
    if (!bytes || !fresh)
        return stream->carried;
    stream->behind = NULL;
    memmove(stream->carried, stream->carried + fresh, old * sizeof *stream->carried);
    memmove(stream->carried_skip, stream->carried_skip + fresh, old);
    uint32_t origins[ROLL_BATCH + 2 * FOLD_SLACK], *last = origins;
    if (stream->plain) {
        start = used - fresh;
        for (size_t i = 0; i < fresh; i++)
            origins[i] = (uint32_t)i;
    } else {
        /* Fold the end of the batch again, from far enough back; continuation bytes at the cut belong to a
         * character before it, or fold to nothing. */
        uint8_t again[ROLL_BATCH + 2 * FOLD_SLACK];
        size_t taken, n;
        for (size_t back = 64;; back *= 4) {
            start = back < used ? used - back : 0;
            while (start && start < used && (bytes[start] & 0xC0) == 0x80)
                start++;
            n = fold(bytes + start, used - start, 1, again, ROLL_BATCH + FOLD_SLACK, &taken, origins);
            if (n >= fresh || !start)
                break;
        }
        last = origins + n - fresh;
    }
    Place place = stream->behind_at;
    size_t offset = 0;
    for (size_t i = 0; i < fresh; i++) {
        place_advance(&place, bytes, offset, start + last[i], stream->plain);
        offset = start + last[i];
        stream->carried[old + i] = place;
        const uint32_t *before = last + i; /* what is folded again begins with a character */
        while (before > origins && before[-1] == last[i])
            before--;
        stream->carried_skip[old + i] = (uint8_t)(last + i - before);
    }
    return stream->carried;
}

static size_t feed_batch(Stream *stream, const uint8_t *bytes, size_t n, int last, BatchHandler handle, void *context,
                         int *stop)
{
    if (n > STREAM_PIECE) {
        n = STREAM_PIECE;
        last = 0;
    }
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
    if (batch.n < stream->k - 1)
        stream_carried(stream); /* this batch does not replace all that the one before carries over */
    stream->behind = bytes;
    stream->behind_used = batch.used;
    stream->behind_n = batch.n;
    stream->behind_at = stream->at;
    if (batch.n < stream->k - 1)
        stream_carried(stream);
    memmove(stream->window, stream->window + batch.n, STREAM_HISTORY);
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
        stream_carried(stream);
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
            taken = n;
        }
    }
    stream_carried(stream);
    return taken;
}
