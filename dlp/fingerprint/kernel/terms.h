/* Registered terms in a text: every stretch of whole words that folds to a term. A term begins where a word begins and
 * ends where a word ends (words.h); what lies between its symbols does not matter. */
#ifndef DLP_TERMS_H
#define DLP_TERMS_H
#include <stddef.h>
#include <stdint.h>

#include "fold.h"

#define TERMS_LEAST 3     /* symbols of a term */
#define TERMS_MOST 1024
#define TERMS_SPREAD 4096 /* bytes of text that a term stands in, at most */
#define TERMS_LOOK 64     /* bytes without symbols that keep words apart, whatever they are */
#define TERMS_MARGIN (TERMS_SPREAD + TERMS_LOOK + 8) /* bytes behind a word that decide what begins there */
#define TERMS_APART (-1)  /* a state, see terms_find */
#define TERMS_BUFFER 8192 /* symbols looked at together */

typedef struct {
    uint32_t tag, term; /* term + 1; 0: empty */
} TermSlot;

typedef struct {
    uint32_t term, start, end; /* the bytes that it stands in */
} TermHit;

typedef struct {
    const uint8_t *symbols; /* of all terms, each with a newline behind it */
    uint32_t *ends;         /* where the newlines are */
    uint32_t n;
    size_t longest;
    TermSlot *slots; /* all terms, by the hash of their symbols; equal ones in the order of their numbers */
    unsigned slots_shift;
    uint64_t *guards; /* a bitmap of the first 6, 12, 24… symbols of terms; the first 3 of those with less than 6 */
    unsigned guards_shift;
    TermHit *out;
    size_t out_n, out_room;
    int failed; /* no memory */
    uint64_t powers[TERMS_MOST + 1];
    /* What is looked at: */
    uint8_t window[TERMS_BUFFER + FOLD_SLACK];
    uint32_t origin[TERMS_BUFFER + 2 * FOLD_SLACK];
    uint64_t hash[TERMS_BUFFER + 1]; /* hash[i]: of all symbols before i */
    uint32_t words[TERMS_BUFFER + 1]; /* the symbols that words begin with */
} Terms;

/* Takes n terms, which must not change while they are in use. Returns 0 without memory, or where one has fewer than
 * TERMS_LEAST symbols or more than TERMS_MOST. To be freed in any case. */
int terms_init(Terms *terms, const uint8_t *symbols, size_t size, uint32_t n);
void terms_free(Terms *terms);

/* Finds the terms that begin in `in[0..stop)`, into `out`, by start, end and number. `stop` is n with `last`, else
 * n - TERMS_MARGIN (0 if that is less): the text goes on, and the next call begins with byte `*used`, the first
 * character at or behind `stop`.
 * `*state` is what precedes in[0], and becomes what precedes in[*used]: TERMS_APART where a word may begin there, else
 * the bytes since the last symbol of a word that may go on. */
void terms_find(Terms *terms, const uint8_t *in, size_t n, int last, int *state, size_t *used);
#endif
