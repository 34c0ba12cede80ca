#include "align.h"

/* Where most anchors stand near one another in the text: the number of the first one; *most: how many. */
static size_t densest(const Rect *rects, size_t n, size_t *most)
{
    size_t first = 0;
    *most = 0;
    for (size_t x = 0, y = 0; x < n; x++) {
        for (y = y > x ? y : x; y + 1 < n && rects[y + 1].a0 <= rects[x].a0 + WIDE_SPAN;)
            y++;
        if (y - x + 1 > *most) {
            *most = y - x + 1;
            first = x;
        }
    }
    return first;
}

/* The words that are looked at, around `most` anchors from `rects` on. */
static Rect looked_at(const Aligner *aligner, const Rect *rects, size_t most)
{
    int64_t begin = rects[0].a0, end = rects[most - 1].a1, middle = rects[most / 2].b0;
    Rect in = {most_of(begin - WIDE_REACH, 0), least_of(end + WIDE_REACH, (int64_t)aligner->text.n - 1), 0,
               (int64_t)aligner->source->n - 1};
    in.a1 = least_of(in.a1, in.a0 + ALIGN_WINDOW - 1);
    if (in.b1 >= WIDE_SOURCE) {
        in.b0 = most_of(middle - WIDE_SOURCE / 2, 0);
        in.b1 = least_of(in.b0 + WIDE_SOURCE - 1, in.b1);
    }
    return in;
}

static int64_t fit_text(Aligner *aligner, Rect in, Rect *core)
{
    const Odds *odds = aligner->odds;
    const Pairs *pairs = &aligner->pairs;
    const uint16_t *codes = aligner->text.codes + in.a0;
    size_t row = fit_row(WIDE_FAITH, in.b1 - in.b0 + 1);
    for (int64_t i = 0; i <= in.a1 - in.a0; i++)
        aligner->odds_of[i] = pairs->pair[i] < 0 ? odds->missing[WIDE_FAITH]
                              : (pairs->chained[i] ? odds->chained : odds->single)[row + fit_level(aligner, codes[i])];
    return fit_stretch(aligner->odds_of, in.a0, in.a1, &core->a0, &core->a1);
}

/* Returns the share of the document's words kept that it went by. */
static int64_t fit_source(Aligner *aligner, Rect in, Rect *core, int64_t *paired)
{
    const Odds *odds = aligner->odds;
    int32_t *back = aligner->pairs.back;
    const uint16_t *codes = aligner->source->codes + in.b0;
    *paired = 0;
    for (int64_t j = 0; j <= in.b1 - in.b0; j++) {
        if (back[j] + in.a0 < core->a0 || back[j] + in.a0 > core->a1)
            back[j] = -1;
        *paired += back[j] >= 0;
    }
    int64_t faith = *paired * ALIGN_FAITHS * WIDE_THIN / 10 / (in.b1 - in.b0 + 1);
    size_t row = fit_row(faith, core->a1 - core->a0 + 1);
    for (int64_t j = 0; j <= in.b1 - in.b0; j++)
        aligner->odds_of[j] = back[j] < 0 ? odds->missing[faith] : odds->single[row + fit_level(aligner, codes[j])];
    fit_stretch(aligner->odds_of, in.b0, in.b1, &core->b0, &core->b1);
    return faith;
}

static int apart(const Aligned *found, const Rect *core) { return found->end <= core->a0 || found->start > core->a1; }

/* Whether the narrow passages say less than one of this score. */
static int says_more(const Aligner *aligner, const Rect *core, int64_t score)
{
    int64_t cover = 0, sum = 0;
    for (size_t i = 0; i < aligner->found_n; i++) {
        const Aligned *found = &aligner->found[i];
        if (apart(found, core))
            continue;
        sum += found->score;
        if ((int64_t)(found->source_end - found->source) * 10 <= (int64_t)(found->end - found->start) * WIDE_BALANCED)
            cover += least_of((int64_t)found->end - 1, core->a1) - most_of(found->start, core->a0) + 1;
    }
    return score * 10 >= sum * WIDE_WORTH && cover * 100 <= (core->a1 - core->a0 + 1) * WIDE_COVER;
}

void digest(Aligner *aligner, size_t n)
{
    size_t most, first = densest(aligner->rects, n, &most);
    if (most < WIDE_ANCHORS)
        return;
    Rect in = looked_at(aligner, aligner->rects + first, most), core = in;
    if (!fit_pairs(aligner, in, in))
        return;
    int64_t score = fit_text(aligner, in, &core), words = core.a1 - core.a0 + 1, pairs;
    if (score < WIDE_SCORE || words < WIDE_LEAST)
        return;
    int64_t faith = fit_source(aligner, in, &core, &pairs);
    if ((core.b1 - core.b0 + 1) * 10 < words * WIDE_RATIO || !says_more(aligner, &core, score))
        return;
    size_t kept = 0;
    for (size_t i = 0; i < aligner->found_n; i++)
        if (apart(&aligner->found[i], &core))
            aligner->found[kept++] = aligner->found[i];
    if (kept == ALIGN_MOST)
        return;
    fit_mark(aligner, in, core);
    aligner->found_n = kept;
    aligner->found[aligner->found_n++] =
        (Aligned){.start = (uint32_t)core.a0, .end = (uint32_t)core.a1 + 1, .source = (uint32_t)core.b0,
                  .source_end = (uint32_t)core.b1 + 1, .score = (int32_t)score, .faith = (uint32_t)faith,
                  .pairs = (uint32_t)pairs, .wide = 1};
}
