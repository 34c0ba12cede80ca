#include "signs.h"

#include <string.h>

#include "vector.h"

typedef struct {
    uint64_t start, end;
    uint32_t kinds, worth;
} Cluster;

typedef struct {
    const uint8_t *data;
    size_t n, consumed, reached;
    int last, open;
    Sign *out;
    size_t count;
    Cluster escapes, rot13, reversed;
} Search;

static void put(Search *s, size_t start, size_t end, uint32_t kind, uint32_t detail, int open)
{
    s->out[s->count++] = (Sign){start, end, kind, detail, (uint32_t)open};
}

/* A block: what lies in it is passed over, and all that follows where it is open. */
static void put_block(Search *s, size_t start, size_t end, uint32_t kind, uint32_t detail, int open)
{
    put(s, start, end, kind, detail, open);
    s->open = open;
    s->reached = end;
    s->consumed = open ? s->n : end;
}

static void flush(Search *s, Cluster *cluster, uint32_t kind, uint32_t least)
{
    if (cluster->worth >= least)
        put(s, cluster->start, cluster->end, kind, cluster->kinds, 0);
    cluster->worth = 0;
}

static void add(Search *s, Cluster *cluster, size_t start, size_t end, uint32_t kind, uint32_t bits, uint32_t worth, uint32_t least)
{
    if (cluster->worth && start > cluster->end + SIGN_GAP)
        flush(s, cluster, kind, least);
    if (!cluster->worth) {
        cluster->start = start;
        cluster->kinds = 0;
    }
    cluster->end = end;
    cluster->kinds |= bits;
    cluster->worth += worth;
}

/* ---- words ---- */

static unsigned byte_at(const Search *s, size_t at) { return at < s->n ? s->data[at] : 0; }
static unsigned letter_at(const Search *s, size_t at) { return sign_more[byte_at(s, at)] & MORE_LETTER; }

/* A word that ends with the q of a turned d, behind two letters alike; not `seq`, `freq` and `Eq`, of which program code is full. */
static void q(Search *s, size_t at)
{
    if (at < 2 || !letter_at(s, at - 1) || !letter_at(s, at - 2) || letter_at(s, at + 1) || s->data[at - 1] == 'e')
        return;
    unsigned other = s->data[at - 1] ^ s->data[at], further = s->data[at - 2] ^ s->data[at];
    if (!((other | further) & 32))
        add(s, &s->rot13, at, at + 1, SIGN_ROT13, 0, 1, 3);
}

static void eht(Search *s, size_t at)
{
    if (byte_at(s, at + 1) == 'h' && byte_at(s, at + 2) == 't' && !letter_at(s, at + 3) && !(at && letter_at(s, at - 1)))
        add(s, &s->reversed, at, at + 3, SIGN_REVERSED, 0, 1, 2);
}

static void lead(Search *s, size_t at)
{
    unsigned byte = s->data[at];
    if ((byte | 32) == 'q') {
        q(s, at);
    } else if (byte == 'e') {
        eht(s, at);
    } else if (byte == '<') {
        if (byte_at(s, at + 1) != '~' || !(sign_class[byte_at(s, at + 2)] & CLASS_A85))
            return;
        int open;
        size_t end = sign_extend(s->data, s->n, at + 2, s->last, SIGN_ASCII85, &open);
        if (end >= at + 12)
            put_block(s, at + 2, end, SIGN_ASCII85, 0, open);
    } else {
        uint32_t kind;
        size_t end;
        uint32_t worth = sign_escape(s->data, s->n, at, &kind, &end);
        if (worth)
            add(s, &s->escapes, at, end, SIGN_ESCAPES, kind, worth, SIGN_WORTH);
    }
}

/* ---- runs ---- */

static const uint8_t run_classes[4] = {CLASS_64, CLASS_85, CLASS_Z85, CLASS_A85};

static void masks_of(const Search *s, size_t block, size_t stop, uint64_t *masks)
{
    if (vector_signs_masks(sign_class, s->data + block, stop - block, run_classes, masks))
        return;
    memset(masks, 0, 4 * sizeof *masks);
    for (size_t i = block; i < stop; i++)
        for (unsigned c = 0; c < 4; c++)
            masks[c] |= (uint64_t)((sign_class[s->data[i]] & run_classes[c]) != 0) << (i - block);
}

static void runs(Search *s, size_t block, size_t stop, uint64_t mask, unsigned cls)
{
    uint64_t two = mask & mask >> 1, four = two & two >> 2, eight = four & four >> 4, more = eight & eight >> 8;
    uint64_t before = block && sign_class[s->data[block - 1]] & cls ? 1 : 0, whole = ~0ULL >> (64 - (stop - block));
    /* Places from which on there are 20 of the class, or all that are left of the block. */
    uint64_t rest = ~mask & whole, far = (more & more >> 4) | (rest ? ~(~0ULL >> __builtin_clzll(rest)) : ~0ULL);
    for (uint64_t starts = mask & ~(mask << 1 | before) & far; starts; starts &= starts - 1) {
        size_t bit = (size_t)__builtin_ctzll(starts), at = block + bit;
        if (at < s->consumed)
            continue;
        int open = 0;
        uint32_t detail = 0;
        if (cls != CLASS_64) {
            unsigned c = at ? s->data[at - 1] : ' ';
            if (cls == CLASS_A85 && !(sign_more[c] & MORE_BLANK) && c != '"' && c != '\'' && c != '(')
                continue;
            if (at + 20 > s->n)
                continue;
            int named = cls == CLASS_A85 ? s->data[at] == '"' || s->data[at] == '\'' : memchr(s->data + at, '=', 16) != NULL;
            if (!named && !sign_may(s->data + at, cls) && !(cls == CLASS_A85 && c == '\n'))
                continue;
        }
        size_t symbols = rest >> bit ? (size_t)__builtin_ctzll(rest >> bit)
                                     : sign_run_end(s->data, s->n, stop, sign_class, cls) - at;
        if (symbols < SIGN_RUN)
            continue;
        int kind = cls == CLASS_A85 && sign_uu(s->data, s->n, at, s->last)
                       ? SIGN_UU
                       : sign_run(s->data, at, symbols, cls, &detail);
        if (kind < 0)
            continue;
        if (kind >= SIGN_BLOCKS) {
            put_block(s, at, at + symbols, (uint32_t)kind, 1, 0);
            continue;
        }
        if (kind != SIGN_BASE64) {
            at += detail;
            detail = 0;
        }
        size_t end = sign_extend(s->data, s->n, at, s->last, kind, &open);
        put_block(s, at, end, (uint32_t)kind, detail, open);
    }
}

static void dumps(Search *s, size_t block, size_t stop)
{
    for (size_t at = block; at < stop; at++)
        if (at >= s->consumed && sign_more[s->data[at]] & MORE_HEX && sign_dump(s->data, s->n, at)) {
            int open;
            size_t end = sign_extend(s->data, s->n, at, s->last, SIGN_DUMP, &open);
            put_block(s, at, end, SIGN_DUMP, 0, open);
        }
}

/* ---- blocks of 64 bytes ---- */

/* What a block has: bits of the places, where known; the plain way and the wide one give the same. */
static void see_plain(const Search *s, size_t block, size_t stop, SignsSeen *seen)
{
    memset(seen, 0, sizeof *seen);
    const uint8_t *data = s->data + block;
    size_t size = stop - block, digits = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned cls = sign_class[data[i]];
        seen->seen |= (uint64_t)((cls & CLASS_SEEN) != 0) << i;
        seen->lead |= (uint64_t)((sign_lead[data[i]] & sign_follow[block + i + 1 < s->n ? data[i + 1] : 0]) != 0) << i;
        digits += (cls & CLASS_DIGIT) != 0;
    }
    seen->digits = digits;
}

/* Whether 20 symbols in a row begin in the block. */
static int has_run(const Search *s, size_t stop, uint64_t m)
{
    uint64_t two = m & m >> 1, four = two & two >> 2, eight = four & four >> 4, more = eight & eight >> 8;
    if (more & more >> 4)
        return 1;
    size_t tail = ~m ? (size_t)__builtin_clzll(~m) : 64, missing = tail < SIGN_RUN ? SIGN_RUN - tail : 0;
    return tail && sign_run_end(s->data, s->n < stop + missing ? s->n : stop + missing, stop, sign_class, CLASS_SEEN) == stop + missing;
}

static void look(Search *s, size_t block, size_t stop, const SignsSeen *seen)
{
    if (stop - block < 64 || has_run(s, stop, seen->seen)) {
        uint64_t masks[4];
        masks_of(s, block, stop, masks);
        for (unsigned c = 0; c < 4; c++)
            runs(s, block, stop, masks[c], run_classes[c]);
    }
    for (uint64_t m = seen->lead; m; m &= m - 1) {
        size_t at = block + (size_t)__builtin_ctzll(m);
        if (at >= s->consumed)
            lead(s, at);
    }
    if (seen->digits >= 10)
        dumps(s, block, stop);
}

size_t signs_find(const uint8_t *data, size_t n, size_t from, int last, int inside, Sign *out, size_t room, size_t *count)
{
    Search search = {.data = data, .n = n, .last = last, .out = out, .consumed = from}, *s = &search;
    if (inside >= 0) {
        int open;
        size_t end = sign_extend(data, n, from, last, inside, &open);
        put_block(s, from, end, (uint32_t)inside, 0, open);
    }
    size_t limit = last ? n : n > SIGN_LOOK ? n - SIGN_LOOK : 0, block = s->consumed;
    while (block < limit && s->count + 60 < room) {
        SignsSeen seen;
        size_t stop = limit - block < 64 ? limit : block + 64;
        if (!vector_signs(sign_class, sign_lead, sign_follow, data, n, limit, &block, &stop, &seen))
            see_plain(s, block, stop, &seen);
        if (block >= limit)
            break;
        look(s, block, stop, &seen);
        block = s->consumed > stop ? s->consumed : stop;
    }
    flush(s, &s->escapes, SIGN_ESCAPES, SIGN_WORTH);
    flush(s, &s->rot13, SIGN_ROT13, 3);
    flush(s, &s->reversed, SIGN_REVERSED, 2);
    *count = s->count;
    return s->open ? s->reached : block > s->consumed ? block : s->consumed;
}
