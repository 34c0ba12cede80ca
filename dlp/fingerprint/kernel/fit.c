#include <string.h>

#include "align.h"

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

size_t fit_row(int64_t faith, int64_t words)
{
    return ((size_t)faith * ALIGN_LENGTHS + (size_t)length_class(words)) * ALIGN_LEVELS;
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

static void count_source(Aligner *aligner)
{
    const Source *source = aligner->source;
    aligner->counted = 1;
    memset(aligner->source_counts, 0, sizeof aligner->source_counts);
    for (size_t j = 0; j < source->n; j++) {
        uint16_t *count = &aligner->source_counts[source->codes[j] >> 4];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
    }
    aligner->per_word = (UINT64_C(256) << 32) / (aligner->text.n + source->n + COMMON_TEXT);
}

uint8_t fit_level(const Aligner *aligner, unsigned code) { return level_of(aligner, code); }

int fit_pairs(Aligner *aligner, Rect in, Rect core)
{
    if (aligner->work >= aligner->most_work)
        return 0;
    if (!aligner->counted)
        count_source(aligner);
    aligner->work += pair_words(&aligner->pairs, aligner->text.codes, aligner->source->codes, in, core);
    return 1;
}

int64_t fit_stretch(const int32_t *odds, int64_t low, int64_t high, int64_t *first, int64_t *last)
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

/* One side of a passage, words [low, high]. Pairs with the other side's words [other, other_end] count; `of` are the
 * pairs. All but low and high are counted as `of` counts. */
typedef struct {
    int64_t low, high, other, other_end;
    const int32_t *of;
    const uint8_t *chained;
    const uint16_t *codes;
} Side;

static int counts(const Side *side, int64_t i) { return side->of[i] >= side->other && side->of[i] <= side->other_end; }

/* [*first, *last] is the passage so far, and is fitted; its odds, 0 for none. */
static int64_t fit(Aligner *aligner, const Side *side, int64_t *first, int64_t *last, uint32_t *faith, uint32_t *pairs)
{
    const Odds *odds = aligner->odds;
    int64_t words = side->other_end - side->other + 1, kept = FAITH_FIRST * FAITH_WORDS, all = 100 * FAITH_WORDS;
    const uint8_t *weight_of = odds->weight + fit_row(0, words);
    for (int64_t i = *first - side->low; i <= *last - side->low; i++) {
        int64_t weight = weight_of[level_of(aligner, side->codes[i])];
        all += weight;
        kept += counts(side, i) ? weight : 0;
    }
    int64_t share = least_of(most_of(kept * ALIGN_FAITHS / all, FAITH_LEAST), ALIGN_FAITHS - 1);
    const int16_t *single = odds->single + fit_row(share, words), *chained = odds->chained + fit_row(share, words);
    for (int64_t i = 0; i <= side->high - side->low; i++)
        aligner->odds_of[i] = !counts(side, i) ? odds->missing[share]
                              : (side->chained[i] ? chained : single)[level_of(aligner, side->codes[i])];
    int64_t best = fit_stretch(aligner->odds_of, side->low, side->high, first, last);
    *faith = (uint32_t)share;
    *pairs = 0;
    for (int64_t i = *first - side->low; i <= *last - side->low; i++)
        *pairs += (uint32_t)counts(side, i);
    return best;
}

Rect fit_around(const Aligner *aligner, Rect core, int64_t reach)
{
    Rect in = {most_of(core.a0 - reach, 0), least_of(core.a1 + reach, (int64_t)aligner->text.n - 1),
               most_of(core.b0 - reach, 0), least_of(core.b1 + reach, (int64_t)aligner->source->n - 1)};
    in.a1 = least_of(in.a1, in.a0 + ALIGN_WINDOW - 1);
    in.b1 = least_of(in.b1, in.b0 + ALIGN_WINDOW - 1);
    return in;
}

void fit_mark(Aligner *aligner, Rect in, Rect found)
{
    const Pairs *pairs = &aligner->pairs;
    aligner->mask_low = (size_t)least_of((int64_t)aligner->mask_low, found.a0);
    aligner->mask_high = (size_t)most_of((int64_t)aligner->mask_high, found.a1 + 1);
    for (int64_t i = found.a0; i <= found.a1; i++) {
        int64_t at = pairs->pair[i - in.a0] + in.b0;
        uint8_t mark = (uint8_t)(1 + pairs->chained[i - in.a0]);
        if (pairs->pair[i - in.a0] >= 0 && at >= found.b0 && at <= found.b1 && aligner->mask[i] < mark)
            aligner->mask[i] = mark;
    }
}

static int same(const Rect *x, const Rect *y) { return !memcmp(x, y, sizeof *x); }

int fit_passage(Aligner *aligner, Rect core, Aligned *made)
{
    const Pairs *pairs = &aligner->pairs;
    int64_t score = 0, score_source = 0;
    uint32_t faith = 0, faith_source = 0, paired = 0, paired_source = 0;
    Rect in = core, in_before = {0}, core_before = {0};
    for (int round = 0; round < ROUNDS; round++) {
        Rect before = core;
        int64_t slack = round == 0 ? FIRST_REACH : round < GROWING ? SLACK : 0;
        in = fit_around(aligner, core, round == 0 ? FIRST_REACH : REACH);
        core.a1 = least_of(core.a1, in.a1);
        core.b1 = least_of(core.b1, in.b1);
        if (!round || !same(&in, &in_before) || !same(&core, &core_before)) {
            if (!fit_pairs(aligner, in, core))
                return 0;
        }
        in_before = in;
        core_before = core;
        Side side = {in.a0, in.a1, most_of(core.b0 - slack, in.b0) - in.b0, least_of(core.b1 + slack, in.b1) - in.b0,
                     pairs->pair, pairs->chained, aligner->text.codes + in.a0};
        score = fit(aligner, &side, &core.a0, &core.a1, &faith, &paired);
        if (score <= 0)
            return 0;
        side = (Side){in.b0, in.b1, core.a0 - in.a0, core.a1 - in.a0, pairs->back, pairs->chained_back,
                      aligner->source->codes + in.b0};
        score_source = fit(aligner, &side, &core.b0, &core.b1, &faith_source, &paired_source);
        if (score_source <= 0 || (round == 0 && least_of(score, score_source) < FIRST_SCORE))
            return 0;
        if (round && same(&before, &core)) {
            if (round >= GROWING)
                break;
            round = GROWING - 1; /* another round of growing would give the same */
        }
    }
    fit_mark(aligner, in, core);
    *made = (Aligned){.start = (uint32_t)core.a0, .end = (uint32_t)core.a1 + 1, .source = (uint32_t)core.b0,
                      .source_end = (uint32_t)core.b1 + 1, .score = (int32_t)least_of(score, score_source),
                      .faith = faith < faith_source ? faith : faith_source,
                      .pairs = paired < paired_source ? paired : paired_source};
    return 1;
}
