#ifndef RUNS_H
#define RUNS_H

#include <stddef.h>
#include <stdint.h>

/* Long runs of bytes of one kind: hexadecimal digits; letters and digits; what encodings and tokens add; capitals,
 * digits and `<`; small letters and blanks. */

enum { RUN_NONE, RUN_HEX, RUN_ALNUM, RUN_TOKEN, RUN_CAPS, RUN_WORDS, RUN_KINDS };
enum { RUN_LEAST = 16 }; /* bytes of a run that is noted */

typedef struct {
    uint32_t start, end;
} Stretch;

typedef struct {
    Stretch *of[RUN_KINDS];
    uint32_t n[RUN_KINDS], room[RUN_KINDS];
    uint8_t wanted[RUN_KINDS]; /* whether the last two kinds are; the others always */
} Runs;

/* Notes all runs of a text, in their order. Whether there was memory. */
int runs_find(Runs *, const uint8_t *data, size_t n);
void runs_free(Runs *);

/* Whether data[start:end] holds `least` bytes of a run. */
int runs_have(const Runs *, int kind, size_t least, size_t start, size_t end);

#endif
