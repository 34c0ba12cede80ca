#include "vector.h"

#include "roll.h"

static int in_use;

int vector_used(void) { return in_use; }

int vector_use(int on)
{
    if (on && !vector_supported())
        return 0;
    in_use = on;
    return 1;
}

#ifdef DLP_HAS_VECTOR
#include <immintrin.h>
#include <string.h>

#define AHEAD 4096

#define WIDE __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,popcnt")))

int vector_supported(void)
{
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
}

WIDE static void fold_ascii(const uint8_t *table, const uint8_t *in, size_t n, size_t *i, uint8_t *out, size_t room,
                            size_t *o)
{
    const __m512i low = _mm512_loadu_si512(table), high = _mm512_loadu_si512(table + 64);
    size_t at = *i, to = *o;
    while (at + 64 <= n && to + 64 <= room) {
        __m512i bytes = _mm512_loadu_si512(in + at);
        if (_mm512_movepi8_mask(bytes))
            break;
        /* Between two batches the processor's own prefetching forgets where the text went on. */
        _mm_prefetch((const char *)((uintptr_t)in + at + AHEAD), _MM_HINT_T0);
        __m512i folded = _mm512_permutex2var_epi8(low, bytes, high);
        __mmask64 kept = _mm512_test_epi8_mask(folded, folded);
        _mm512_storeu_si512(out + to, _mm512_maskz_compress_epi8(kept, folded));
        to += (size_t)__builtin_popcountll(kept);
        at += 64;
    }
    *i = at;
    *o = to;
}

void vector_fold_ascii(const uint8_t *table, const uint8_t *in, size_t n, size_t *i, uint8_t *out, size_t room,
                       size_t *o)
{
    if (in_use)
        fold_ascii(table, in, n, i, out, room, o);
}

WIDE static size_t count_wide(const uint8_t *in, size_t n, size_t *characters, size_t *newlines, size_t *line)
{
    const __m512i newline = _mm512_set1_epi8('\n'), continuation = _mm512_set1_epi8(-65);
    size_t at = 0, starts = 0, ends = 0, after = 0;
    for (; at + 64 <= n; at += 64) {
        __m512i bytes = _mm512_loadu_si512(in + at);
        __mmask64 ending = _mm512_cmpeq_epi8_mask(bytes, newline);
        starts += (size_t)__builtin_popcountll(_mm512_cmpgt_epi8_mask(bytes, continuation));
        ends += (size_t)__builtin_popcountll(ending);
        after = ending ? at + 64 - (size_t)__builtin_clzll(ending) : after;
    }
    *characters += starts;
    *newlines += ends;
    *line = ends ? after : *line;
    return at;
}

size_t vector_count(const uint8_t *in, size_t n, size_t *characters, size_t *newlines, size_t *line)
{
    return in_use ? count_wide(in, n, characters, newlines, line) : 0;
}

#define LOAD(p) _mm512_loadu_si512(p)
#define TIMES(v, f) _mm512_mullo_epi64(v, _mm512_set1_epi64((long long)(f)))
#define PLUS(a, b) _mm512_add_epi64(a, b)
#define BYTES(p) _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(p)))

/* parts_p[j] is the hash of the p symbols that end at position j - before. Parts of 4, 16 and 64 symbols come each
 * from four of the size below; the digits of k to base 4 say which parts make a shingle. */
WIDE static void roll_wide(const uint8_t *symbols, size_t n, unsigned k, uint64_t *hashes)
{
    enum { PAD = ROLL_MOST + 8 };
    uint64_t power[ROLL_MOST + 1];
    uint64_t one[PAD + ROLL_BATCH + 16], two[PAD + ROLL_BATCH + 16];
    uint64_t *parts = one, *next = two;
    power[0] = 1;
    for (unsigned j = 0; j < k; j++)
        power[j + 1] = power[j] * ROLL_BASE;
    const uint8_t *origin = symbols - PAD;

    unsigned done = k & 3;
    for (size_t i = 0; done && i < n; i += 8) {
        __m512i sum = _mm512_setzero_si512();
        for (unsigned e = 0; e < done; e++)
            sum = PLUS(sum, TIMES(BYTES(symbols + i - e), power[e]));
        _mm512_storeu_si512(hashes + i, sum);
    }
    if (k < 4)
        return;
    memset(parts, 0, PAD * sizeof *parts);
    for (size_t j = 8; j < PAD + n; j += 8) {
        const uint8_t *at = origin + j;
        __m512i newer = PLUS(BYTES(at), TIMES(BYTES(at - 1), power[1]));
        __m512i older = PLUS(BYTES(at - 2), TIMES(BYTES(at - 3), power[1]));
        _mm512_storeu_si512(parts + j, PLUS(newer, TIMES(older, power[2])));
    }
    for (unsigned size = 4;; size *= 4) {
        for (unsigned digits = k / size & 3; digits; digits--, done += size)
            if (!done)
                memcpy(hashes, parts + PAD, n * sizeof *hashes);
            else
                for (size_t i = 0; i < n; i += 8)
                    _mm512_storeu_si512(hashes + i,
                                        PLUS(LOAD(hashes + i), TIMES(LOAD(parts + PAD + i - done), power[done])));
        if (size * 4 > k)
            return;
        size_t from = (3 * size + 7) & ~(size_t)7;
        memset(next, 0, from * sizeof *next);
        for (size_t j = from; j < PAD + n; j += 8) {
            __m512i newer = PLUS(LOAD(parts + j), TIMES(LOAD(parts + j - size), power[size]));
            __m512i older = PLUS(LOAD(parts + j - 2 * size), TIMES(LOAD(parts + j - 3 * size), power[size]));
            _mm512_storeu_si512(next + j, PLUS(newer, TIMES(older, power[2 * size])));
        }
        uint64_t *spare = parts;
        parts = next;
        next = spare;
    }
}

/* For k of whole quads, eight hashes at a time and without a store between: pairs, quads and eights of symbols, each
 * made of two of the size below, and a hash of the k / 8 last eights and a quad before them. `k` is a constant where this
 * is inlined, so the loops over eights are unrolled and `eights` stays in registers. */
__attribute__((always_inline)) WIDE static inline void roll_quads(const uint8_t *symbols, size_t n, const unsigned k,
                                                                  uint64_t *hashes)
{
    const unsigned whole = k / 8;
    uint64_t power[ROLL_MOST + 1] = {1};
    for (unsigned j = 0; j < k; j++)
        power[j + 1] = power[j] * ROLL_BASE;
    __m512i pair, quad, quads[ROLL_MOST / 8 + 1], eights[ROLL_MOST / 8];
    pair = quad = _mm512_setzero_si512();
    for (unsigned e = 0; e <= whole; e++)
        quads[e] = pair;
    for (unsigned e = 0; e < whole; e++)
        eights[e] = pair;
    for (ptrdiff_t i = -8 * (ptrdiff_t)(whole + 1); i < (ptrdiff_t)n; i += 8) {
        const uint8_t *at = symbols + i;
        __m512i pairs = PLUS(BYTES(at), TIMES(BYTES(at - 1), power[1]));
        __m512i before = _mm512_alignr_epi64(pairs, pair, 6);
        pair = pairs;
        __m512i four = PLUS(pairs, TIMES(before, power[2]));
        __m512i eight = PLUS(four, TIMES(_mm512_alignr_epi64(four, quad, 4), power[4]));
        quad = four;
        for (unsigned e = whole; e > 0; e--)
            quads[e] = quads[e - 1];
        quads[0] = four;
        for (unsigned e = whole - 1; e > 0; e--)
            eights[e] = eights[e - 1];
        eights[0] = eight;
        if (i < 0)
            continue;
        __m512i sum = eight;
        for (unsigned e = 1; e < whole; e++)
            sum = PLUS(sum, TIMES(eights[e], power[8 * e]));
        if (k & 4)
            sum = PLUS(sum, TIMES(quads[whole], power[8 * whole]));
        _mm512_storeu_si512(hashes + i, sum);
    }
}

WIDE static void roll_20(const uint8_t *symbols, size_t n, uint64_t *hashes) { roll_quads(symbols, n, 20, hashes); }
WIDE static void roll_32(const uint8_t *symbols, size_t n, uint64_t *hashes) { roll_quads(symbols, n, 32, hashes); }

int vector_roll(const uint8_t *symbols, size_t n, unsigned k, uint64_t *hashes)
{
    if (!in_use)
        return 0;
    if (k == 20) /* the scales that are shipped */
        roll_20(symbols, n, hashes);
    else if (k == 32)
        roll_32(symbols, n, hashes);
    else
        roll_wide(symbols, n, k, hashes);
    return 1;
}

WIDE static size_t probe_wide(const uint32_t *bitmap, const uint64_t *pieces, const uint64_t *hashes, size_t n, uint32_t *hits)
{
    /* Places are computed eight at a time, words fetched one by one (faster than a gather here by 1.7), bits
     * tested sixteen at a time. */
    uint32_t place[ROLL_BATCH + 16], word[ROLL_BATCH + 16];
    const __m512i one = _mm512_set1_epi32(1);
    const __m512i first = LOAD(pieces), second = LOAD(pieces + 8), third = LOAD(pieces + 16), last = LOAD(pieces + 24);
    const __m512i counting = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i low_halves = _mm512_slli_epi32(counting, 1);
    for (size_t i = 0; i < n; i += 8) {
        __m512i h = LOAD(hashes + i), number = _mm512_srli_epi64(h, 59);
        __m512i low = _mm512_permutex2var_epi64(first, number, second);
        __m512i high = _mm512_permutex2var_epi64(third, number, last);
        __m512i piece = _mm512_mask_blend_epi64(_mm512_movepi64_mask(h), low, high);
        __m512i y = PLUS(_mm512_mul_epu32(_mm512_srli_epi64(h, 27), piece), piece);
        y = _mm512_srli_epi64(y, 32);
        _mm256_storeu_si256((__m256i *)(place + i), _mm512_cvtepi64_epi32(y));
    }
    for (size_t i = 0; i < n; i += 4)
        for (size_t j = i; j < i + 4; j++) {
            word[j] = bitmap[place[j]];
            __asm__ volatile("" ::: "memory"); /* else the compiler makes vectors of these, at half the speed */
        }
    size_t found = 0;
    for (size_t i = 0; i < n; i += 16) {
        /* A rotation counts modulo 32, which is what index_bits does with its fields. */
        __m512i low = _mm512_permutex2var_epi32(LOAD(hashes + i), low_halves, LOAD(hashes + i + 8));
        __m512i bits = _mm512_rolv_epi32(one, _mm512_srli_epi32(low, 24));
        bits = _mm512_or_si512(bits, _mm512_rolv_epi32(one, _mm512_srli_epi32(low, 18)));
        bits = _mm512_or_si512(bits, _mm512_rolv_epi32(one, _mm512_srli_epi32(low, 12)));
        __mmask16 set = _mm512_cmpeq_epi32_mask(_mm512_and_si512(LOAD(word + i), bits), bits);
        if (n - i < 16)
            set &= (__mmask16)((1u << (n - i)) - 1);
        __m512i positions = _mm512_add_epi32(counting, _mm512_set1_epi32((int)i));
        _mm512_storeu_si512(hits + found, _mm512_maskz_compress_epi32(set, positions));
        found += (size_t)__builtin_popcount(set);
    }
    return found;
}

int vector_probe(const uint32_t *bitmap, const uint64_t *pieces, const uint64_t *hashes, size_t n, uint32_t *hits,
                 size_t *found)
{
    if (in_use)
        *found = probe_wide(bitmap, pieces, hashes, n, hits);
    return in_use;
}

WIDE static inline __m512i classes_of(__m512i low, __m512i high, __m512i bytes)
{
    return _mm512_maskz_permutex2var_epi8(_knot_mask64(_mm512_movepi8_mask(bytes)), low, bytes, high);
}

static inline int has_20(uint64_t m)
{
    uint64_t two = m & m >> 1, four = two & two >> 2, eight = four & four >> 4, more = eight & eight >> 8;
    return (more & more >> 4) != 0;
}

WIDE static int signs_wide(const uint8_t *classes, const uint8_t *leading, const uint8_t *following, const uint8_t *data,
                           size_t n, size_t limit, size_t *block, size_t *stop, SignsSeen *seen)
{
    const __m512i low = _mm512_loadu_si512(classes), high = _mm512_loadu_si512(classes + 64);
    const __m512i lead_low = _mm512_loadu_si512(leading), lead_high = _mm512_loadu_si512(leading + 64);
    const __m512i follow_low = _mm512_loadu_si512(following), follow_high = _mm512_loadu_si512(following + 64);
    const __m512i is_seen = _mm512_set1_epi8(64), is_digit = _mm512_set1_epi8(32);
    size_t at = *block;
    uint64_t before = 0; /* of the block before, which had nothing by itself */
    for (; at + 64 <= limit && at + 72 <= n; at += 64) {
        __m512i bytes = _mm512_loadu_si512(data + at);
        __m512i cls = classes_of(low, high, bytes);
        uint64_t printed = _mm512_test_epi8_mask(cls, is_seen);
        __m512i next = _mm512_loadu_si512(data + at + 1);
        uint64_t leads = _mm512_test_epi8_mask(_mm512_permutex2var_epi8(lead_low, bytes, lead_high),
                                               classes_of(follow_low, follow_high, next)) &
                         ~_mm512_movepi8_mask(bytes);
        uint64_t digits = _mm512_test_epi8_mask(cls, is_digit);
        size_t many = (size_t)__builtin_popcountll(digits);
        if (before >> 63 && has_20(before >> 44 | printed << 20)) {
            *seen = (SignsSeen){.seen = before}; /* what goes on here began in the block before, which has nothing else */
            *block = at - 64;
            *stop = at;
            return 1;
        }
        if (leads || many >= 10 || has_20(printed)) {
            *seen = (SignsSeen){printed, leads, many};
            *block = at;
            *stop = at + 64;
            return 1;
        }
        before = printed;
    }
    if (before >> 63) {
        *seen = (SignsSeen){.seen = before};
        *block = at - 64;
        *stop = at;
        return 1;
    }
    *block = at;
    *stop = limit - at < 64 ? limit : at + 64;
    return 0;
}

int vector_signs(const uint8_t *classes, const uint8_t *leading, const uint8_t *following, const uint8_t *data, size_t n,
                 size_t limit, size_t *block, size_t *stop, SignsSeen *seen)
{
    return in_use && signs_wide(classes, leading, following, data, n, limit, block, stop, seen);
}

WIDE static void masks_wide(const uint8_t *classes, const uint8_t *data, const uint8_t *wanted, uint64_t *masks)
{
    __m512i of = classes_of(_mm512_loadu_si512(classes), _mm512_loadu_si512(classes + 64), _mm512_loadu_si512(data));
    for (size_t i = 0; i < 4; i++)
        masks[i] = _mm512_test_epi8_mask(of, _mm512_set1_epi8((char)wanted[i]));
}

int vector_signs_masks(const uint8_t *classes, const uint8_t *data, size_t n, const uint8_t *wanted, uint64_t *masks)
{
    if (!in_use || n < 64)
        return 0;
    masks_wide(classes, data, wanted, masks);
    return 1;
}

#else

int vector_supported(void) { return 0; }

int vector_signs(const uint8_t *classes, const uint8_t *leading, const uint8_t *following, const uint8_t *data, size_t n,
                 size_t limit, size_t *block, size_t *stop, SignsSeen *seen)
{
    (void)classes, (void)leading, (void)following, (void)data, (void)n, (void)limit, (void)block, (void)stop, (void)seen;
    return 0;
}

int vector_signs_masks(const uint8_t *classes, const uint8_t *data, size_t n, const uint8_t *wanted, uint64_t *masks)
{
    (void)classes, (void)data, (void)n, (void)wanted, (void)masks;
    return 0;
}

size_t vector_count(const uint8_t *in, size_t n, size_t *characters, size_t *newlines, size_t *line)
{
    (void)in, (void)n, (void)characters, (void)newlines, (void)line;
    return 0;
}

void vector_fold_ascii(const uint8_t *table, const uint8_t *in, size_t n, size_t *i, uint8_t *out, size_t room,
                       size_t *o)
{
    (void)table, (void)in, (void)n, (void)i, (void)out, (void)room, (void)o;
}

int vector_roll(const uint8_t *symbols, size_t n, unsigned k, uint64_t *hashes)
{
    (void)symbols, (void)n, (void)k, (void)hashes;
    return 0;
}

int vector_probe(const uint32_t *bitmap, const uint64_t *pieces, const uint64_t *hashes, size_t n, uint32_t *hits,
                 size_t *found)
{
    (void)bitmap, (void)pieces, (void)hashes, (void)n, (void)hits, (void)found;
    return 0;
}
#endif
