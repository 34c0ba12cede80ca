#ifndef LITERALS_H
#define LITERALS_H

#include <stddef.h>
#include <stdint.h>

/* Looks for many literals at once, whatever the case of ASCII letters.
 *
 * Of each literal four bytes, the rarest it has, are its anchor (three or two, where it has no more; single bytes
 * are looked for on their own). At each byte of a text a
 * bitmap is asked by a hash of the four bytes from there on; what passes is looked up and compared. So the cost hardly
 * depends on how many literals there are. */

typedef struct {
    uint32_t value;   /* the anchor's bytes, in lower case */
    uint32_t literal; /* its number */
} Anchor;

typedef struct {
    uint32_t n;
    const uint8_t *bytes;    /* of all literals, one after the other, in lower case */
    const uint32_t *from;    /* by literal, and one more */
    const uint8_t *anchored; /* by literal: where in it its anchor is */
    uint64_t *four, *three;  /* bitmaps */
    Anchor *anchors;         /* sorted by bucket */
    uint32_t *buckets;       /* where each begins, and one more */
    uint32_t *signs, signs_n; /* literals of one byte */
    int any_of_two;
    uint8_t *low;            /* the text in lower case */
    size_t room;
} Literals;

/* A literal that ends before data[end]. */
typedef void (*Seen)(void *context, uint32_t literal, size_t end);

/* Whether there was memory; the anchor of each literal lies within it. */
int literals_init(Literals *, const uint8_t *bytes, const uint32_t *from, const uint8_t *anchored, uint32_t n);
void literals_free(Literals *);

/* Tells of all of them, by the place of their anchors. Whether there was memory. */
int literals_find(Literals *, const uint8_t *data, size_t n, Seen, void *context);

#endif
