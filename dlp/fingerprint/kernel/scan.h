/* Scanning: rolls over every position of a text, and joins hits that lie on one diagonal to runs. */
#ifndef DLP_SCAN_H
#define DLP_SCAN_H
#include "index.h"
#include "stream.h"

#define SCAN_POSTINGS 64 /* of one shingle that are joined, the oldest ones; all of them count its documents */
#define SCAN_OPEN 8192 /* more than can be open: w + 1 places of SCAN_POSTINGS each, 4,160 at most */
#define SCAN_CHAINS 4096
#define SCAN_OUT 16384 /* finished runs at which a feed pauses */

/* A stretch of scanned text that agrees, symbol for symbol, with a stretch of one document: every symbol of it lies
 * in a shingle that both have, at the same distance. */
typedef struct {
    uint32_t document;
    uint32_t hits;
    uint64_t source; /* symbols of the document before the run */
    uint64_t start, end; /* symbols of the text */
    uint64_t from, to; /* characters of the text */
    uint64_t line, column; /* of the first character, from 0 */
    uint64_t byte, to_byte; /* bytes of the text */
    uint8_t skip; /* symbols of its first character that stand before it */
    uint64_t evidence; /* symbols in pieces of w or more that rare shingles cover and no common shingle touches */
    uint64_t piece, piece_to; /* symbols of the text: the last such piece, which is not counted yet */
    uint8_t excerpt_n;
    uint8_t excerpt[STREAM_TAIL]; /* bytes of the text: the run's first shingle, its end if it is longer */
} Run;

typedef struct {
    const Index *index;
    Stream stream;
    Run *open; /* SCAN_OPEN, of which `opened` are runs that may grow, or could a moment ago */
    unsigned opened;
    uint16_t heads[SCAN_CHAINS], next[SCAN_OPEN]; /* chains of open runs, by number + 1; 0 ends one */
    uint64_t recent_key[256], recent_at[256]; /* shingles hit a moment ago */
    uint32_t *stamps; /* per group: the last hit that counted it */
    uint32_t groups, stamp;
    Run *out; /* finished, of out_n */
    size_t out_n, out_room;
    uint64_t common_to; /* symbols of the text up to which the last common shingle reaches */
    uint64_t suppressed; /* hits that were no evidence and extended no run */
    int failed; /* no memory */
} Scanner;

/* 1, or 0 without memory. */
int scanner_init(Scanner *scanner, const Index *index, uint32_t groups);
void scanner_free(Scanner *scanner);
/* For a new text. */
void scanner_reset(Scanner *scanner, int plain);
/* Returns the bytes taken; fewer than n when finished runs wait in `out`: take them, and go on. With `last` all open runs are
 * finished once all bytes are taken. */
size_t scanner_feed(Scanner *scanner, const uint8_t *bytes, size_t n, int last);
#endif
