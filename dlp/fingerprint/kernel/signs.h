/* Signs of text that is encoded inside a text: runs of an encoding's alphabet whose first bytes decode to something, escapes,
 * and words as they look turned by 13 letters or written backwards. `reference_signs.py` is the definition. */
#ifndef DLP_SIGNS_H
#define DLP_SIGNS_H
#include <stddef.h>
#include <stdint.h>

enum {
    SIGN_BASE64,
    SIGN_BASE32,
    SIGN_HEX,
    SIGN_BASE85,
    SIGN_Z85,
    SIGN_ASCII85,
    SIGN_UU,
    SIGN_DUMP,
    SIGN_BLOCKS, /* the kinds before this one are blocks: one stretch, decoded for itself */
    SIGN_ESCAPES = SIGN_BLOCKS,
    SIGN_ROT13,
    SIGN_REVERSED
};

/* Kinds of escapes, as bits of a sign's detail. */
enum {
    ESCAPE_PERCENT = 1,
    ESCAPE_ENTITY = 2,
    ESCAPE_BACKSLASH = 4,
    ESCAPE_QUOTED = 8,
    ESCAPE_UTF7 = 16,
    ESCAPE_JOINED = 32
};

enum {
    SIGN_LOOK = 256,  /* bytes behind a place that may be needed to judge it */
    SIGN_RUN = 20,    /* symbols of a run at least */
    SIGN_BIG = 256,   /* symbols of a base64 run that is a sign whatever its beginning decodes to */
    SIGN_VARIED = 8,  /* different symbols among the first 32 of such a run */
    SIGN_GAP = 256,   /* bytes between two escapes that are one sign */
    SIGN_WORTH = 8,   /* what the escapes of a sign are worth together at least; one that reveals little is worth 1 */
    SIGN_TOKEN = 40,  /* symbols of a token that are looked at beside an escape */
    SIGN_LONG = 16,   /* symbols of a token in which an escape is enough by itself */
    SIGN_PIECES = 8   /* of one that goes on in another literal */
};

/* `detail`: of base64, how many symbols to leave out in front; of escapes, their kinds. `open`: a block that
 * may go on behind the data; only escapes and words in front of it may be said after it. */
typedef struct {
    uint64_t start, end;
    uint32_t kind, detail, open;
} Sign;

/* The signs in data[from..n), in about the order of the text; what stands before `from` is only looked back at. Returns how far
 * it came: n with `last` or where a block is open, earlier where SIGN_LOOK bytes are missing or `out` (of `room` > 64) is full.
 * `inside`: the kind of the block that goes on at `from`, which is the first sign then; -1 for none. */
size_t signs_find(const uint8_t *data, size_t n, size_t from, int last, int inside, Sign *out, size_t room, size_t *count);

/* For signs.c, sign_runs.c, sign_blocks.c and sign_escapes.c. */
enum {
    CLASS_64 = 1,
    CLASS_85 = 2,
    CLASS_Z85 = 4,
    CLASS_A85 = 8,
    CLASS_DIGIT = 32,
    CLASS_SEEN = 64 /* printable and no blank */
};
enum { MORE_HEX = 1, MORE_LETTER = 2, MORE_ALNUM = 4, MORE_DUMP = 8, MORE_32 = 16, MORE_BLANK = 32, MORE_32_LOW = 64 };
extern uint8_t sign_class[256], sign_more[256];
extern uint8_t sign_lead[256], sign_follow[256]; /* a byte may begin an escape, or a turned word's end or beginning, if its bits and
                                                   * those of the next have one in common */
extern uint8_t sign_hex[256]; /* a digit's value */
void signs_setup(void);

int sign_printable(unsigned byte);
/* UTF-8 without control characters; the last character may be cut off. */
int sign_is_text(const uint8_t *bytes, size_t n);
/* Text, in UTF-8 or wide, or what a known format begins with. */
int sign_is_something(const uint8_t *bytes, size_t n);
/* Whether a run of the class may be something, by its first bytes; of 20 at least. */
int sign_may(const uint8_t *run, unsigned cls);
size_t sign_run_end(const uint8_t *data, size_t n, size_t at, const uint8_t *table, unsigned mask);
/* Where a block of this kind that begins, or goes on, at `at` ends. */
size_t sign_extend(const uint8_t *data, size_t n, size_t at, int last, int kind, int *open);
/* The kind of the run of `symbols` symbols of the class that begins at `at`, and its detail; -1 for none. */
int sign_run(const uint8_t *data, size_t at, size_t symbols, unsigned cls, uint32_t *detail);
/* What the escape that begins at `at`, if one does, is worth; its kind, and where a sign that it makes ends. */
uint32_t sign_escape(const uint8_t *data, size_t n, size_t at, uint32_t *kind, size_t *end);
int sign_uu(const uint8_t *data, size_t n, size_t at, int last);
int sign_dump(const uint8_t *data, size_t n, size_t at);
#endif
