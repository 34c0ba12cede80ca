#include "align.h"

#include <stdlib.h>
#include <string.h>

/* Found by search over PAN 2013's training corpus, one half of it, and checked on the other half
 * (benchmarks/accuracy). Words unless it says otherwise. */
enum {
    UNKNOWN = 0xFF, /* level */
    NEAR = 129, /* symbols of the text that anchors of one passage are apart at most */
    NEAR_SOURCE = 600, /* the same for the document */
    FIRST_REACH = 24, /* how far around anchors it is looked at first */
    FIRST_SCORE = 230, /* what that must give */
    PROMISING = 5, /* words of so many letters and more that both sides must have there for it to be tried: */
    PROMISING_RANK = 4,
    REACH = 41, /* how far a passage may grow in a round */
    SLACK = 39, /* how far beyond the other side's end pairs count while it still grows */
    GROWING = 6, /* rounds in which it may */
    ROUNDS = 8,
    SCORE = 700, /* of a passage */
    PAIRS = 12,
    JOIN = 33, /* words between passages that are one */
    JOIN_SOURCE = 41,
    COMMON_TEXT = 2703, /* words of unseen text that a frequency is smoothed with */
    FAITH_FIRST = 52, /* per cent that the estimate of the faith begins with, as of so many words: */
    FAITH_WORDS = 9,
    FAITH_LEAST = 6, /* of ALIGN_FAITHS */
    WIDE_ANCHORS = 3,
    WIDE_SPAN = 250, /* words of the text in which they stand */
    WIDE_REACH = 128,
    WIDE_SOURCE = 5172,
    WIDE_FAITH = 29, /* of ALIGN_FAITHS */
    WIDE_SCORE = 1500,
    WIDE_LEAST = 86, /* words of the text */
    WIDE_RATIO = 8, /* tenths: words of the document for one of the text */
    WIDE_WORTH = 6, /* tenths of the narrow passages' score that it must reach */
    WIDE_THIN = 1, /* tenths of the share of the document's words kept that its odds go by */
    WIDE_BALANCED = 14, /* tenths: a narrow passage with a longer source than this is part of a digest */
    WIDE_COVER = 68, /* per cent of the text's words that balanced narrow passages may hold */
};

static int64_t least_of(int64_t x, int64_t y) { return x < y ? x : y; }
static int64_t most_of(int64_t x, int64_t y) { return x > y ? x : y; }

/* Two classes an octave: 1, 2, 3, 4, 6, 8, 12 … */
static int half_octave(uint64_t x)
{
    int log = 63 - __builtin_clzll(x);
    return log ? 2 * log + (int)(x >> (log - 1) & 1) : 0;
}

static int length_class(int64_t words)
{
    int made = half_octave((uint64_t)words);
    return made < ALIGN_LENGTHS ? made : ALIGN_LENGTHS - 1;
}

/* The class of a word's frequency in the two texts, the pair that would make a copy left out. */
static uint8_t level_of(const Aligner *aligner, unsigned code)
{
    unsigned stem = code >> 4;
    int64_t count = (int64_t)aligner->counts[stem] + aligner->source_counts[stem] - 2;
    uint64_t share = (((uint64_t)most_of(count, 0) << 16) + aligner->odds->prior[code & 15]) * aligner->per_word >> 32;
    int level = half_octave(share | !share) - 2;
    return (uint8_t)(level < 0 ? 0 : level < ALIGN_LEVELS ? level : ALIGN_LEVELS - 1);
}

/* The stretch of `odds` with the highest sum, as [*first, *last] counted from `low`; its sum, 0 for none. */
static int64_t best_stretch(const int32_t *odds, int64_t low, int64_t high, int64_t *first, int64_t *last)
{
    int64_t best = 0, sum = 0, begin = low;
    *first = low;
    *last = low - 1;
    for (int64_t i = low; i <= high; i++) {
        if (sum <= 0) {
            sum = 0;
            begin = i;
        }
        sum += odds[i - low];
        if (sum > best) {
            best = sum;
            *first = begin;
            *last = i;
        }
    }
    return best;
}

static unsigned couple(unsigned code, unsigned next) { return ((code >> 4) ^ (next >> 4) * 5) % WORDS_STEMS; }

/* The words from i and from j on that are alike and free on both sides, counted from in.a0 and in.b0. */
static int64_t alike(const Aligner *aligner, const Source *source, Rect in, int64_t i, int64_t j)
{
    const uint16_t *text = aligner->codes + in.a0, *codes = source->codes + in.b0;
    int64_t most = least_of(in.a1 - in.a0 - i, in.b1 - in.b0 - j) + 1, l = 0;
    while (l < most && text[i + l] >> 4 == codes[j + l] >> 4 && aligner->pair[i + l] < 0 && aligner->back[j + l] < 0 &&
           (codes[j + l] & 15) != WORDS_FILLER)
        l++;
    return l;
}

/* Pairs what is not paired yet: word i with the first of the `heads` chain that agrees longest, of equals the one
 * nearest to the line from corner to corner of `core`. */
static void pair_longest(Aligner *aligner, const Source *source, Rect in, Rect core, int64_t least)
{
    const uint16_t *text = aligner->codes + in.a0;
    int64_t wide = core.a1 - core.a0 + 1, high = core.b1 - core.b0 + 1;
    int64_t words = in.a1 - in.a0 + 1 - (least > 1);
    for (int64_t i = 0; i < words; i++) {
        if (aligner->pair[i] >= 0)
            continue;
        int32_t j = least > 1 ? aligner->couples[couple(text[i], text[i + 1])] : aligner->head[text[i] >> 4];
        if (j < 0)
            continue;
        const int32_t *next = least > 1 ? aligner->next_couple : aligner->next;
        int64_t best = -1, length = 0, off = 0, line = core.b0 - in.b0 + (i + in.a0 - core.a0) * high / wide;
        for (int tries = ALIGN_DEPTH; j >= 0 && tries; j = next[j], tries--) {
            int64_t l = least > 1 ? alike(aligner, source, in, i, j) : aligner->back[j] < 0;
            int64_t distance = j < line ? line - j : j - line;
            if (l > length || (l && l == length && distance < off)) {
                best = j;
                length = l;
                off = distance;
            }
        }
        if (length < least)
            continue;
        for (int64_t l = 0; l < length; l++) {
            aligner->pair[i + l] = (int32_t)(best + l);
            aligner->back[best + l] = (int32_t)(i + l);
            aligner->chained[i + l] = length > 1;
        }
    }
}

/* Pairs the words of `in` on both sides, one to one: longer runs of words first, then single ones. Fills pair, back and
 * chained, from in.a0 and in.b0 on. */
static void pair_words(Aligner *aligner, const Source *source, Rect in, Rect core)
{
    const uint16_t *codes = source->codes + in.b0;
    int64_t words = in.b1 - in.b0 + 1;
    for (int64_t j = words - 1; j >= 0; j--) {
        aligner->back[j] = -1;
        if ((codes[j] & 15) == WORDS_FILLER)
            continue;
        aligner->next[j] = aligner->head[codes[j] >> 4];
        aligner->head[codes[j] >> 4] = (int32_t)j;
        if (j + 1 < words) {
            int32_t *head = &aligner->couples[couple(codes[j], codes[j + 1])];
            aligner->next_couple[j] = *head;
            *head = (int32_t)j;
        }
    }
    memset(aligner->pair, 0xFF, (size_t)(in.a1 - in.a0 + 1) * sizeof *aligner->pair);
    memset(aligner->chained, 0, (size_t)(in.a1 - in.a0 + 1));
    pair_longest(aligner, source, in, core, 6);
    pair_longest(aligner, source, in, core, 2);
    pair_longest(aligner, source, in, core, 1);
    for (int64_t j = 0; j < words; j++) {
        aligner->head[codes[j] >> 4] = -1;
        if (j + 1 < words)
            aligner->couples[couple(codes[j], codes[j + 1])] = -1;
    }
}

/* One side of a passage: words [low, high] of it, of which [*first, *last] is the passage so far, and is fitted. Pairs
 * with words [other, other_end] of the other side count; `of` are the pairs, counted from other_low. */
static int64_t fit(Aligner *aligner, int64_t low, int64_t high, int64_t *first, int64_t *last, const int32_t *of,
                   int64_t other, int64_t other_end, int64_t other_low, int text, uint32_t *faith, uint32_t *pairs)
{
    const Odds *odds = aligner->odds;
    const uint8_t *level = aligner->level;
    int length = length_class(other_end - other + 1);
    int64_t kept = FAITH_FIRST * FAITH_WORDS, all = 100 * FAITH_WORDS;
    for (int64_t i = *first; i <= *last; i++) {
        int64_t weight = odds->weight[length * ALIGN_LEVELS + level[i - low]], at = of[i - low] + other_low;
        all += weight;
        if (of[i - low] >= 0 && at >= other && at <= other_end)
            kept += weight;
    }
    int64_t share = least_of(most_of(kept * ALIGN_FAITHS / all, FAITH_LEAST), ALIGN_FAITHS - 1);
    size_t row = ((size_t)share * ALIGN_LENGTHS + (size_t)length) * ALIGN_LEVELS;
    for (int64_t i = low; i <= high; i++) {
        int64_t at = of[i - low] + other_low;
        if (of[i - low] < 0 || at < other || at > other_end) {
            aligner->odds_of[i - low] = odds->missing[share];
            continue;
        }
        int chained = aligner->chained[text ? i - low : of[i - low]];
        aligner->odds_of[i - low] = (chained ? odds->chained : odds->single)[row + level[i - low]];
    }
    int64_t best = best_stretch(aligner->odds_of, low, high, first, last);
    *faith = (uint32_t)share;
    *pairs = 0;
    for (int64_t i = *first; i <= *last; i++) {
        int64_t at = of[i - low] + other_low;
        *pairs += of[i - low] >= 0 && at >= other && at <= other_end;
    }
    return best;
}

static void levels_of_text(Aligner *aligner, int64_t low, int64_t high)
{
    for (int64_t i = low; i <= high; i++) {
        uint8_t *kept = &aligner->text_level[i];
        if (*kept == UNKNOWN)
            *kept = level_of(aligner, aligner->codes[i]);
        aligner->level[i - low] = *kept;
    }
}

static void levels_of_source(Aligner *aligner, const Source *source, int64_t low, int64_t high)
{
    for (int64_t j = low; j <= high; j++) {
        uint8_t *kept = &aligner->source_level[j];
        if (*kept == UNKNOWN)
            *kept = level_of(aligner, source->codes[j]);
        aligner->level[j - low] = *kept;
    }
}

/* `core` with `reach` words more at each edge, as far as there are any. Too large a core is looked at in part. */
static Rect around(const Aligner *aligner, const Source *source, Rect core, int64_t reach)
{
    Rect in = {most_of(core.a0 - reach, 0), least_of(core.a1 + reach, (int64_t)aligner->n - 1), most_of(core.b0 - reach, 0),
               least_of(core.b1 + reach, (int64_t)source->n - 1)};
    in.a1 = least_of(in.a1, in.a0 + ALIGN_WINDOW - 1);
    in.b1 = least_of(in.b1, in.b0 + ALIGN_WINDOW - 1);
    return in;
}

static void mark_pairs(Aligner *aligner, Rect in, Rect found)
{
    aligner->marked = 1;
    for (int64_t i = found.a0; i <= found.a1; i++) {
        int64_t at = aligner->pair[i - in.a0] + in.b0;
        uint8_t mark = (uint8_t)(1 + aligner->chained[i - in.a0]);
        if (aligner->pair[i - in.a0] >= 0 && at >= found.b0 && at <= found.b1 && aligner->mask[i] < mark)
            aligner->mask[i] = mark;
    }
}

/* Grows and trims a passage from where its anchors are. 1 if there is one. */
static int narrow(Aligner *aligner, const Source *source, Rect core, Aligned *made)
{
    int64_t score = 0, score_source = 0;
    uint32_t faith = 0, faith_source = 0, pairs = 0, pairs_source = 0;
    Rect in = core, paired = {0}, paired_core = {0};
    for (int round = 0; round < ROUNDS; round++) {
        Rect before = core;
        int64_t slack = round == 0 ? FIRST_REACH : round < GROWING ? SLACK : 0;
        in = around(aligner, source, core, round == 0 ? FIRST_REACH : REACH);
        core.a1 = least_of(core.a1, in.a1);
        core.b1 = least_of(core.b1, in.b1);
        if (!round || memcmp(&in, &paired, sizeof in) || memcmp(&core, &paired_core, sizeof core))
            pair_words(aligner, source, in, core);
        paired = in;
        paired_core = core;
        levels_of_text(aligner, in.a0, in.a1);
        score = fit(aligner, in.a0, in.a1, &core.a0, &core.a1, aligner->pair, most_of(core.b0 - slack, in.b0),
                    least_of(core.b1 + slack, in.b1), in.b0, 1, &faith, &pairs);
        if (score <= 0)
            return 0;
        levels_of_source(aligner, source, in.b0, in.b1);
        score_source = fit(aligner, in.b0, in.b1, &core.b0, &core.b1, aligner->back, core.a0, core.a1, in.a0, 0,
                           &faith_source, &pairs_source);
        if (score_source <= 0 || (round == 0 && least_of(score, score_source) < FIRST_SCORE))
            return 0;
        if (round && !memcmp(&before, &core, sizeof core)) {
            if (round >= GROWING)
                break;
            round = GROWING - 1; /* another round of growing would give the same */
        }
    }
    mark_pairs(aligner, in, core);
    *made = (Aligned){.start = (uint32_t)core.a0, .end = (uint32_t)core.a1 + 1, .source = (uint32_t)core.b0,
                      .source_end = (uint32_t)core.b1 + 1, .score = (int32_t)least_of(score, score_source),
                      .faith = faith < faith_source ? faith : faith_source,
                      .pairs = pairs < pairs_source ? pairs : pairs_source};
    return 1;
}

static int64_t apart(uint32_t from, uint32_t to, uint32_t other, uint32_t other_end)
{
    return most_of(from, other) - least_of(to, other_end) + 1;
}

/* Makes neighbours one passage. */
static void join_found(Aligner *aligner)
{
    for (size_t x = 0; x < aligner->found_n; x++)
        for (size_t y = x + 1; y < aligner->found_n;) {
            Aligned *one = &aligner->found[x], *other = &aligner->found[y];
            int64_t gap = apart(one->start, one->end, other->start, other->end);
            int64_t gap_source = apart(one->source, one->source_end, other->source, other->source_end);
            if (gap > JOIN || gap_source > JOIN_SOURCE) {
                y++;
                continue;
            }
            int overlap = gap < 0 && gap_source < 0;
            one->start = (uint32_t)least_of(one->start, other->start);
            one->end = (uint32_t)most_of(one->end, other->end);
            one->source = (uint32_t)least_of(one->source, other->source);
            one->source_end = (uint32_t)most_of(one->source_end, other->source_end);
            one->score = (int32_t)(overlap ? most_of(one->score, other->score) : (int64_t)one->score + other->score);
            one->pairs = (uint32_t)(overlap ? most_of(one->pairs, other->pairs) : one->pairs + other->pairs);
            one->faith = one->faith < other->faith ? one->faith : other->faith;
            aligner->found[y] = aligner->found[--aligner->found_n];
            y = x + 1; /* what did not fit before may fit now */
        }
}

static size_t word_of_symbol(const uint32_t *at, size_t n, uint64_t symbol)
{
    size_t low = 0, high = n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (at[middle] <= symbol)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The words that an anchor touches on both sides. */
static Rect words_of(const Aligner *aligner, const Source *source, const Anchor *anchor)
{
    Rect made = {(int64_t)word_of_symbol(aligner->at, aligner->n, anchor->symbol),
                 (int64_t)word_of_symbol(aligner->at, aligner->n, (uint64_t)anchor->symbol + anchor->length - 1),
                 (int64_t)word_of_symbol(source->at, source->n, anchor->source),
                 (int64_t)word_of_symbol(source->at, source->n, (uint64_t)anchor->source + anchor->length - 1)};
    return made;
}

static int inside(const Aligned *found, Rect rect)
{
    return found->start <= rect.a0 && rect.a1 < found->end && found->source <= rect.b0 && rect.b1 < found->source_end;
}

static int in_found(const Aligner *aligner, Rect rect)
{
    for (size_t i = 0; i < aligner->found_n; i++)
        if (inside(&aligner->found[i], rect))
            return 1;
    return 0;
}

/* What is asked of the document's words often. 1, or 0 without memory. */
static int know_source(Aligner *aligner, const Source *source)
{
    if (aligner->known)
        return 1;
    aligner->known = 1;
    if (source->n > aligner->source_room) {
        free(aligner->source_level);
        aligner->source_level = malloc(source->n);
        aligner->source_room = aligner->source_level ? source->n : 0;
        if (!aligner->source_room) {
            aligner->failed = 1;
            return 0;
        }
    }
    memset(aligner->source_level, UNKNOWN, source->n);
    memset(aligner->text_level, UNKNOWN, aligner->n);
    memset(aligner->source_counts, 0, sizeof aligner->source_counts);
    for (size_t j = 0; j < source->n; j++) {
        uint16_t *count = &aligner->source_counts[source->codes[j] >> 4];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
    }
    aligner->per_word = (UINT64_C(256) << 32) / (aligner->n + source->n + COMMON_TEXT);
    return 1;
}

/* Whether enough words around an anchor's stand around it on the other side, too, to be worth a closer look. */
static int promising(Aligner *aligner, const Source *source, Rect core)
{
    Rect in = around(aligner, source, core, FIRST_REACH);
    uint32_t stamp = ++aligner->stamp;
    int shared = 0;
    for (int64_t i = in.a0; i <= in.a1; i++)
        aligner->stamps[aligner->codes[i] >> 4] = stamp;
    for (int64_t j = in.b0; j <= in.b1; j++) {
        uint32_t *seen = &aligner->stamps[source->codes[j] >> 4];
        shared += *seen == stamp && (source->codes[j] & 15) >= PROMISING_RANK;
        *seen -= *seen == stamp; /* each counts once */
    }
    return shared >= PROMISING;
}

static void take(Aligner *aligner, const Source *source, Rect core)
{
    Aligned made;
    if (!promising(aligner, source, core) || !know_source(aligner, source))
        return;
    if (aligner->found_n == ALIGN_MOST)
        join_found(aligner);
    if (aligner->found_n < ALIGN_MOST && !in_found(aligner, core) && narrow(aligner, source, core, &made))
        aligner->found[aligner->found_n++] = made;
}

/* Anchors near one another on both sides are looked at together, long ones in tiles. */
static void narrow_all(Aligner *aligner, const Source *source, const Anchor *anchors, size_t n)
{
    enum { OPEN = 32 };
    Rect open[OPEN];
    uint64_t ends[OPEN], lows[OPEN], highs[OPEN]; /* symbols of the text, and of the document */
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const Anchor *anchor = &anchors[i];
        Rect rect = aligner->rects[i];
        uint64_t end = (uint64_t)anchor->symbol + anchor->length, source_end = (uint64_t)anchor->source + anchor->length;
        size_t c = count;
        while (c-- > 0)
            if (anchor->symbol <= ends[c] + NEAR && anchor->source <= highs[c] + NEAR_SOURCE &&
                lows[c] <= source_end + NEAR_SOURCE && rect.a1 - open[c].a0 < 2 * ALIGN_TILE)
                break;
        if (c < count) {
            open[c].a0 = least_of(open[c].a0, rect.a0);
            open[c].a1 = most_of(open[c].a1, rect.a1);
            open[c].b0 = least_of(open[c].b0, rect.b0);
            open[c].b1 = most_of(open[c].b1, rect.b1);
            ends[c] = end > ends[c] ? end : ends[c];
            lows[c] = anchor->source < lows[c] ? anchor->source : lows[c];
            highs[c] = source_end > highs[c] ? source_end : highs[c];
            continue;
        }
        for (; rect.a1 - rect.a0 >= 2 * ALIGN_TILE && rect.b1 - rect.b0 >= 2 * ALIGN_TILE;
             rect.a0 += ALIGN_TILE, rect.b0 += ALIGN_TILE)
            take(aligner, source, (Rect){rect.a0, rect.a0 + ALIGN_TILE - 1, rect.b0, rect.b0 + ALIGN_TILE - 1});
        if (count == OPEN) {
            take(aligner, source, open[0]);
            count--;
            memmove(open, open + 1, count * sizeof *open);
            memmove(ends, ends + 1, count * sizeof *ends);
            memmove(lows, lows + 1, count * sizeof *lows);
            memmove(highs, highs + 1, count * sizeof *highs);
        }
        open[count] = rect;
        ends[count] = end;
        lows[count] = anchor->source;
        highs[count++] = source_end;
    }
    for (size_t c = 0; c < count; c++)
        take(aligner, source, open[c]);
}

/* A digest: a stretch of text whose words come from all over the document. It stands for the narrow passages in it, unless
 * those, each about as long on both sides, say it better. */
static void wide(Aligner *aligner, const Source *source, size_t n)
{
    size_t first = 0, most = 0;
    for (size_t x = 0, y = 0; x < n; x++) {
        for (y = y > x ? y : x; y + 1 < n && aligner->rects[y + 1].a0 <= aligner->rects[x].a0 + WIDE_SPAN;)
            y++;
        if (y - x + 1 > most) {
            most = y - x + 1;
            first = x;
        }
    }
    if (most < WIDE_ANCHORS || !know_source(aligner, source))
        return;
    const Odds *odds = aligner->odds;
    int64_t begin = aligner->rects[first].a0, end = aligner->rects[first + most - 1].a1;
    int64_t middle = aligner->rects[first + most / 2].b0;
    Rect in = {most_of(begin - WIDE_REACH, 0), least_of(end + WIDE_REACH, (int64_t)aligner->n - 1), 0,
               (int64_t)source->n - 1};
    in.a1 = least_of(in.a1, in.a0 + ALIGN_WINDOW - 1);
    if (in.b1 >= WIDE_SOURCE) {
        in.b0 = most_of(middle - WIDE_SOURCE / 2, 0);
        in.b1 = least_of(in.b0 + WIDE_SOURCE - 1, in.b1);
    }
    pair_words(aligner, source, in, in);
    levels_of_text(aligner, in.a0, in.a1);
    size_t row = ((size_t)WIDE_FAITH * ALIGN_LENGTHS + (size_t)length_class(in.b1 - in.b0 + 1)) * ALIGN_LEVELS;
    for (int64_t i = 0; i <= in.a1 - in.a0; i++)
        aligner->odds_of[i] = aligner->pair[i] < 0 ? odds->missing[WIDE_FAITH]
                              : (aligner->chained[i] ? odds->chained : odds->single)[row + aligner->level[i]];
    Rect core = in;
    int64_t score = best_stretch(aligner->odds_of, in.a0, in.a1, &core.a0, &core.a1), words = core.a1 - core.a0 + 1;
    if (score < WIDE_SCORE || words < WIDE_LEAST)
        return;
    int64_t pairs = 0;
    for (int64_t j = 0; j <= in.b1 - in.b0; j++) {
        int64_t at = aligner->back[j] + in.a0;
        if (at < core.a0 || at > core.a1)
            aligner->back[j] = -1;
        pairs += aligner->back[j] >= 0;
    }
    levels_of_source(aligner, source, in.b0, in.b1);
    int64_t faith = pairs * ALIGN_FAITHS * WIDE_THIN / 10 / (in.b1 - in.b0 + 1);
    row = ((size_t)faith * ALIGN_LENGTHS + (size_t)length_class(words)) * ALIGN_LEVELS;
    for (int64_t j = 0; j <= in.b1 - in.b0; j++)
        aligner->odds_of[j] = aligner->back[j] < 0 ? odds->missing[faith] : odds->single[row + aligner->level[j]];
    best_stretch(aligner->odds_of, in.b0, in.b1, &core.b0, &core.b1);
    if ((core.b1 - core.b0 + 1) * 10 < words * WIDE_RATIO)
        return;
    int64_t cover = 0, sum = 0;
    for (size_t i = 0; i < aligner->found_n; i++) {
        const Aligned *found = &aligner->found[i];
        if (found->end <= core.a0 || found->start > core.a1)
            continue;
        sum += found->score;
        if ((int64_t)(found->source_end - found->source) * 10 <= (int64_t)(found->end - found->start) * WIDE_BALANCED)
            cover += least_of((int64_t)found->end - 1, core.a1) - most_of(found->start, core.a0) + 1;
    }
    if (score * 10 < sum * WIDE_WORTH || cover * 100 > words * WIDE_COVER)
        return;
    size_t kept = 0;
    for (size_t i = 0; i < aligner->found_n; i++)
        if (aligner->found[i].end <= core.a0 || aligner->found[i].start > core.a1)
            aligner->found[kept++] = aligner->found[i];
    if (kept == ALIGN_MOST)
        return;
    mark_pairs(aligner, in, core);
    aligner->found_n = kept;
    aligner->found[aligner->found_n++] =
        (Aligned){.start = (uint32_t)core.a0, .end = (uint32_t)core.a1 + 1, .source = (uint32_t)core.b0,
                  .source_end = (uint32_t)core.b1 + 1, .score = (int32_t)score, .faith = (uint32_t)faith,
                  .pairs = (uint32_t)pairs, .wide = 1};
}

static int room_for(void **array, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return 1;
    size_t more = wanted < 2 * *room ? 2 * *room : wanted < 64 ? 64 : wanted;
    void *made = realloc(*array, more * size);
    if (!made)
        return 0;
    *array = made;
    *room = more;
    return 1;
}

static void hand_over(Aligner *aligner, const Aligned *found, uint32_t document)
{
    size_t words = found->end - found->start;
    if (!room_for((void **)&aligner->out, &aligner->out_room, aligner->out_n + 1, sizeof *aligner->out) ||
        !room_for((void **)&aligner->masks, &aligner->masks_room, aligner->masks_n + words, 1)) {
        aligner->failed = 1;
        return;
    }
    Aligned *made = &aligner->out[aligner->out_n++];
    *made = *found;
    made->document = document;
    made->mask = aligner->masks_n;
    memcpy(aligner->masks + aligner->masks_n, aligner->mask + found->start, words);
    aligner->masks_n += words;
}

/* Whether word j of the document stands in the text, as many symbols on from it as `shift`. *letters: of its stem. */
static int stands(const Aligner *aligner, const Source *source, size_t j, int64_t shift, size_t *letters)
{
    int64_t from = source->at[j] + shift, to = source->at[j + 1] + shift;
    *letters = 0;
    return (source->codes[j] & 15) != WORDS_FILLER && from >= 0 && to <= (int64_t)aligner->symbols_n &&
           words_stem(aligner->symbols + from, (size_t)(to - from), letters) == (unsigned)source->codes[j] >> 4;
}

/* Whether the agreement that an anchor is part of may have `least` symbols. It goes on as far as the document's words
 * stand in the text at the same distance, and into the first one that does not: there a letter of the stem differs. */
static int may_reach(const Aligner *aligner, const Source *source, const Anchor *anchor, unsigned least)
{
    int64_t shift = (int64_t)anchor->symbol - anchor->source;
    int64_t text_from = -shift, text_to = (int64_t)aligner->symbols_n - shift; /* as symbols of the document */
    least = least < source->at[source->n] ? least : source->at[source->n]; /* all of a short document is enough */
    uint64_t end = (uint64_t)anchor->source + anchor->length, from = anchor->source, to = end;
    size_t letters, j = word_of_symbol(source->at, source->n, end - 1);
    for (j += source->at[j + 1] == end; j < source->n && to - from < least; j++) {
        int agrees = stands(aligner, source, j, shift, &letters);
        uint64_t reach = agrees ? source->at[j + 1] : source->at[j] + (letters ? letters - 1 : 0);
        if (!agrees && !letters && source->at[j + 1] > text_to && (source->codes[j] & 15) != WORDS_FILLER)
            reach = (uint64_t)text_to; /* the text ends within the word */
        to = reach > to ? reach : to;
        if (!agrees)
            break;
    }
    j = word_of_symbol(source->at, source->n, from);
    for (j += source->at[j] < from; j > 0 && to - from < least; j--) {
        int agrees = stands(aligner, source, j - 1, shift, &letters);
        uint64_t reach = agrees ? source->at[j - 1] : letters ? (uint64_t)source->at[j - 1] + 1 : source->at[j];
        if (!agrees && !letters && source->at[j - 1] < text_from && (source->codes[j - 1] & 15) != WORDS_FILLER)
            reach = (uint64_t)text_from; /* it begins there */
        from = reach < from ? reach : from;
        if (!agrees)
            break;
    }
    return to - from >= least;
}

int aligner_text(Aligner *aligner, const Word *words, size_t n, const uint8_t *symbols, size_t symbols_n)
{
    aligner->n = n;
    aligner->symbols = symbols;
    aligner->symbols_n = symbols_n;
    aligner->out_n = aligner->masks_n = 0;
    if (n + 1 > aligner->at_room) {
        free(aligner->at);
        free(aligner->mask);
        free(aligner->text_level);
        free(aligner->codes);
        aligner->codes = malloc((n + 1) * sizeof *aligner->codes);
        aligner->text_level = malloc(n + 1);
        aligner->at = malloc((n + 1) * sizeof *aligner->at);
        aligner->mask = calloc(n + 1, 1);
        aligner->at_room = aligner->at && aligner->mask && aligner->text_level && aligner->codes ? n + 1 : 0;
        if (!aligner->at_room)
            return 0;
    }
    memset(aligner->mask, 0, n + 1);
    memset(aligner->counts, 0, sizeof aligner->counts);
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
        uint16_t *count = &aligner->counts[words[i].code >> 4];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
        aligner->codes[i] = words[i].code;
        aligner->at[i] = at;
        at += words[i].symbols;
    }
    aligner->at[n] = at;
    return 1;
}

void aligner_document(Aligner *aligner, const Source *source, const Anchor *anchors, size_t n, unsigned least,
                      uint8_t *kept)
{
    if (!aligner->n || !source->n || !n)
        return;
    if (!room_for((void **)&aligner->rects, &aligner->rects_room, n, sizeof *aligner->rects)) {
        aligner->failed = 1;
        return;
    }
    for (size_t i = 0; i < n; i++)
        aligner->rects[i] = words_of(aligner, source, &anchors[i]);
    aligner->found_n = 0;
    aligner->known = 0;
    if (aligner->marked)
        memset(aligner->mask, 0, aligner->n);
    aligner->marked = 0;
    narrow_all(aligner, source, anchors, n);
    join_found(aligner);
    wide(aligner, source, n);
    size_t good = 0;
    for (size_t i = 0; i < aligner->found_n; i++)
        if (aligner->found[i].score >= SCORE && aligner->found[i].pairs >= PAIRS)
            aligner->found[good++] = aligner->found[i];
    aligner->found_n = good;
    for (size_t i = 0; i < n; i++) {
        Rect rect = aligner->rects[i];
        size_t f = 0;
        while (f < good && !(aligner->found[f].wide ? aligner->found[f].start <= rect.a0 && rect.a1 < aligner->found[f].end
                                                    : inside(&aligner->found[f], rect)))
            f++;
        if (f < good) {
            aligner->found[f].rare += anchors[i].evidence;
            aligner->found[f].run += anchors[i].length;
        }
        kept[i] = f == good && may_reach(aligner, source, &anchors[i], least);
    }
    for (size_t f = 0; f < good; f++)
        hand_over(aligner, &aligner->found[f], anchors[0].document);
}

void aligner_init(Aligner *aligner, const Odds *odds)
{
    memset(aligner, 0, sizeof *aligner);
    memset(aligner->head, 0xFF, sizeof aligner->head);
    memset(aligner->couples, 0xFF, sizeof aligner->couples);
    aligner->odds = odds;
}

void aligner_free(Aligner *aligner)
{
    free(aligner->at);
    free(aligner->mask);
    free(aligner->text_level);
    free(aligner->codes);
    free(aligner->rects);
    free(aligner->source_level);
    free(aligner->out);
    free(aligner->masks);
    memset(aligner, 0, sizeof *aligner);
}
