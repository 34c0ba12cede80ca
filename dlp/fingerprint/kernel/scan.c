#include "scan.h"

#include <stdlib.h>
#include <string.h>

int scanner_init(Scanner *scanner, const Index *index, uint32_t groups)
{
    memset(scanner, 0, sizeof *scanner);
    scanner->index = index;
    scanner->groups = groups;
    scanner->open = malloc(SCAN_OPEN * sizeof *scanner->open);
    scanner->stamps = calloc(groups ? groups : 1, sizeof *scanner->stamps);
    memset(scanner->recent_at, 0xFF, sizeof scanner->recent_at);
    scanner_reset(scanner, 0);
    return scanner->open && scanner->stamps;
}

void scanner_free(Scanner *scanner)
{
    free(scanner->open);
    free(scanner->stamps);
    free(scanner->out);
    memset(scanner, 0, sizeof *scanner);
}

/* Winnowing leaves w - 1 symbols at either edge of common text to chance: a shorter piece may be no more than that. */
static void count_piece(const Scanner *scanner, Run *run)
{
    if (run->piece_to - run->piece >= scanner->index->w)
        run->evidence += run->piece_to - run->piece;
}

static void finish(Scanner *scanner, Run *run)
{
    count_piece(scanner, run);
    if (scanner->out_n == scanner->out_room) {
        size_t room = scanner->out_room ? scanner->out_room * 2 : 64;
        Run *more = realloc(scanner->out, room * sizeof *more);
        if (!more) {
            scanner->failed = 1;
            return;
        }
        scanner->out = more;
        scanner->out_room = room;
    }
    scanner->out[scanner->out_n++] = *run;
}

/* A run is open as long as a further hit of the same stretch could follow: winnowing leaves no gap of w. */
static int is_open(const Scanner *scanner, const Run *run, uint64_t start)
{
    return run->end - scanner->index->k + scanner->index->w >= start;
}

static uint16_t *chain_of(Scanner *scanner, uint32_t document, uint64_t diagonal)
{
    uint64_t mixed = (diagonal * UINT64_C(0x9E3779B97F4A7C15)) ^ (document * UINT64_C(0xC2B2AE3D27D4EB4F));
    return &scanner->heads[(mixed >> 40) % SCAN_CHAINS];
}

static void link_open(Scanner *scanner, unsigned number)
{
    const Run *run = &scanner->open[number];
    uint16_t *head = chain_of(scanner, run->document, run->start - run->source);
    scanner->next[number] = *head;
    *head = (uint16_t)(number + 1);
}

static void unlink_all(Scanner *scanner)
{
    for (unsigned i = 0; i < scanner->opened; i++)
        *chain_of(scanner, scanner->open[i].document, scanner->open[i].start - scanner->open[i].source) = 0;
}

/* Takes out the runs that no hit at `start` or later can extend, or take evidence from. */
static void sweep(Scanner *scanner, uint64_t start, int all)
{
    unsigned kept = 0;
    unlink_all(scanner);
    for (unsigned i = 0; i < scanner->opened; i++) {
        if (all || (!is_open(scanner, &scanner->open[i], start) && scanner->open[i].end <= start)) {
            finish(scanner, &scanner->open[i]);
            continue;
        }
        if (kept != i)
            scanner->open[kept] = scanner->open[i];
        link_open(scanner, kept++);
    }
    scanner->opened = kept;
}

void scanner_reset(Scanner *scanner, int plain)
{
    unlink_all(scanner);
    scanner->opened = 0;
    scanner->out_n = 0;
    scanner->suppressed = 0;
    scanner->common_to = 0;
    if (scanner->stream.symbols)
        memset(scanner->recent_at, 0xFF, sizeof scanner->recent_at);
    stream_reset(&scanner->stream, scanner->index->k, plain);
}

/* One shingle of the text that is registered too. */
typedef struct {
    uint64_t start, end; /* symbols */
    Place from;
    uint64_t to; /* characters */
    uint64_t to_byte;
    size_t last; /* of the batch's symbols, the one that the shingle ends with */
    uint64_t postings[SCAN_POSTINGS];
    unsigned n;
    int rare;
} Hit;

static void take_excerpt(Run *run, const Hit *hit, const Stream *stream, const Batch *batch)
{
    uint64_t from = hit->from.byte, base = stream->at.byte;
    if (hit->to_byte - from > STREAM_TAIL)
        from = hit->to_byte - STREAM_TAIL;
    if (from + STREAM_TAIL < base)
        from = base - STREAM_TAIL;
    run->excerpt_n = (uint8_t)(hit->to_byte - from);
    for (uint64_t at = from; at < hit->to_byte; at++)
        run->excerpt[at - from] = at < base ? stream->tail[STREAM_TAIL - (base - at)] : batch->bytes[at - base];
}

/* Symbols of the shingle's first character that stand before it. */
static uint8_t skip_of(Scanner *scanner, const Hit *hit, const Batch *batch)
{
    unsigned k = scanner->index->k;
    if (hit->last + 1 < k) {
        stream_carried(&scanner->stream);
        return scanner->stream.carried_skip[hit->last];
    }
    const uint32_t *first = &batch->origin[hit->last + 1 - k], *before = first; /* a batch begins with a character */
    while (before > batch->origin && before[-1] == *first)
        before--;
    return (uint8_t)(first - before);
}

/* Extends the open run of this document and diagonal, or, for evidence, begins one. */
static int join(Scanner *scanner, const Hit *hit, uint64_t posting, const Batch *batch)
{
    uint32_t document = (uint32_t)(posting >> 32);
    uint64_t source = posting & UINT32_MAX, diagonal = hit->start - source;
    Run *run = NULL;
    for (unsigned number = *chain_of(scanner, document, diagonal); number; number = scanner->next[number - 1]) {
        Run *here = &scanner->open[number - 1];
        if (here->document == document && here->start - here->source == diagonal && is_open(scanner, here, hit->start)) {
            run = here;
            break;
        }
    }
    if (!run) {
        if (!hit->rare)
            return 0;
        if (scanner->opened == SCAN_OPEN)
            sweep(scanner, hit->start, 0); /* what stays open is fewer: see SCAN_OPEN */
        run = &scanner->open[scanner->opened];
        *run = (Run){.document = document, .source = source, .start = hit->start, .from = hit->from.character,
                     .line = hit->from.line, .column = hit->from.character - hit->from.line_start, .byte = hit->from.byte,
                     .skip = skip_of(scanner, hit, batch),
                     .piece = hit->start, .piece_to = hit->start};
        take_excerpt(run, hit, &scanner->stream, batch);
        link_open(scanner, scanner->opened++);
    }
    run->hits++;
    run->end = hit->end;
    run->to = hit->to;
    run->to_byte = hit->to_byte;
    uint64_t fresh = hit->start > scanner->common_to ? hit->start : scanner->common_to;
    if (hit->rare && fresh < hit->end) {
        if (fresh > run->piece_to) {
            count_piece(scanner, run);
            run->piece = fresh;
        }
        run->piece_to = hit->end;
    }
    return 1;
}

/* What a common shingle touches is nobody's: it is taken from the pieces that reach into it. */
static void take_evidence(Scanner *scanner, const Hit *hit)
{
    if (scanner->opened > 64)
        sweep(scanner, hit->start, 0);
    for (unsigned i = 0; i < scanner->opened; i++) {
        Run *run = &scanner->open[i];
        if (run->piece_to > hit->start)
            run->piece_to = run->piece > hit->start ? run->piece : hit->start;
    }
    scanner->common_to = hit->end;
}

/* The live postings of a key, and whether they are evidence; a shingle of the background alone has none, and is none.
 * 0: not registered, or no longer. */
static int look_up(Scanner *scanner, uint64_t key, Hit *hit)
{
    const Index *index = scanner->index;
    uint32_t groups = 0;
    hit->n = 0;
    hit->rare = 1;
    if (!++scanner->stamp) { /* after 2^32 hits: begin anew */
        memset(scanner->stamps, 0, scanner->groups * sizeof *scanner->stamps);
        scanner->stamp = 1;
    }
    for (size_t s = 0; s < index->count; s++) {
        size_t from, to;
        if (!index_find(index, &index->segments[s], key, &from, &to))
            continue;
        for (; from < to; from++) {
            uint64_t posting = index->segments[s].postings[from];
            uint32_t document = (uint32_t)(posting >> 32);
            uint32_t group = document < index->documents ? index->groups[document] : INDEX_GONE;
            if (group == INDEX_GONE)
                continue;
            if (group == INDEX_BACKGROUND) {
                hit->rare = 0;
                continue;
            }
            if (scanner->stamps[group] != scanner->stamp) {
                scanner->stamps[group] = scanner->stamp;
                hit->rare = hit->rare && ++groups <= index->common;
            }
            if (hit->n < SCAN_POSTINGS)
                hit->postings[hit->n++] = posting;
            else if (!hit->rare)
                return 1; /* nothing that follows changes the answer */
        }
    }
    return hit->n > 0 || !hit->rare;
}

/* Text that repeats itself within a shingle's length would meet the same shingle at every turn, each time on another
 * diagonal; only its first turn counts. */
static int repeats(Scanner *scanner, uint64_t key, uint64_t at)
{
    unsigned slot = (unsigned)(key >> 40 & 255);
    uint64_t before = scanner->recent_at[slot];
    int again = before != UINT64_MAX && scanner->recent_key[slot] == key && at - before < scanner->index->k;
    scanner->recent_key[slot] = key;
    scanner->recent_at[slot] = at;
    return again;
}

static int handle(void *context, Stream *stream, Batch *batch)
{
    Scanner *scanner = context;
    const Index *index = scanner->index;
    uint64_t hashes[ROLL_BATCH + 16];
    uint32_t candidates[ROLL_BATCH + 16];
    unsigned k = index->k;
    roll(batch->symbols, batch->n, k, hashes);
    size_t n = index_probe(index, hashes, batch->n, candidates);
    for (size_t i = 0; i < n; i++)
        index_prefetch(index, hashes[candidates[i]], 0);
    for (size_t i = 0; i < n; i++)
        index_prefetch(index, hashes[candidates[i]], 1);

    Place begin = stream->at, end = stream->at;
    size_t begin_at = 0, end_at = 0;
    for (size_t c = 0; c < n; c++) {
        size_t i = candidates[c];
        Hit hit;
        if (batch->first + i + 1 < k || !look_up(scanner, hashes[i], &hit))
            continue;
        hit.end = batch->first + i + 1;
        hit.start = hit.end - k;
        if (repeats(scanner, hashes[i], hit.start))
            continue;
        if (!hit.rare)
            take_evidence(scanner, &hit);
        if (!hit.n)
            continue;
        stream_origins(stream, batch);
        hit.last = i;
        size_t origin = batch->origin[i];
        place_advance(&end, batch->bytes, end_at, origin, stream->plain);
        end_at = origin;
        hit.to = end.character + 1;
        int length = stream->plain ? 1 : fold_length(batch->bytes + origin, batch->used - origin);
        hit.to_byte = end.byte + (length ? (unsigned)length : 1);
        if (i + 1 >= k) {
            origin = batch->origin[i + 1 - k];
            place_advance(&begin, batch->bytes, begin_at, origin, stream->plain);
            begin_at = origin;
            hit.from = begin;
        } else {
            hit.from = stream_carried(stream)[i];
        }
        int joined = 0;
        for (unsigned p = 0; p < hit.n; p++)
            joined |= join(scanner, &hit, hit.postings[p], batch);
        scanner->suppressed += !joined;
    }
    if (scanner->opened)
        sweep(scanner, batch->first + batch->n + 1 < k ? 0 : batch->first + batch->n + 1 - k, 0);
    return scanner->out_n < SCAN_OUT;
}

size_t scanner_feed(Scanner *scanner, const uint8_t *bytes, size_t n, int last)
{
    size_t taken = stream_feed(&scanner->stream, bytes, n, last, handle, scanner);
    if (last && taken == n && !scanner->stream.pending_n)
        sweep(scanner, 0, 1);
    return taken;
}
