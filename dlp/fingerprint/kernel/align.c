#include "align.h"

#include <stdlib.h>
#include <string.h>

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
            int64_t score = overlap ? most_of(one->score, other->score) : (int64_t)one->score + other->score;
            one->start = (uint32_t)least_of(one->start, other->start);
            one->end = (uint32_t)most_of(one->end, other->end);
            one->source = (uint32_t)least_of(one->source, other->source);
            one->source_end = (uint32_t)most_of(one->source_end, other->source_end);
            one->score = (int32_t)least_of(score, INT32_MAX);
            one->pairs = (uint32_t)(overlap ? most_of(one->pairs, other->pairs) : one->pairs + other->pairs);
            one->faith = one->faith < other->faith ? one->faith : other->faith;
            aligner->found[y] = aligner->found[--aligner->found_n];
            y = x + 1; /* what did not fit before may fit now */
        }
}

/* The words that an anchor touches on both sides. */
static Rect words_of(const Aligner *aligner, const Anchor *anchor)
{
    return (Rect){(int64_t)source_word(&aligner->text, anchor->symbol),
                  (int64_t)source_word(&aligner->text, (uint64_t)anchor->symbol + anchor->length - 1),
                  (int64_t)source_word(aligner->source, anchor->source),
                  (int64_t)source_word(aligner->source, (uint64_t)anchor->source + anchor->length - 1)};
}

static int inside(const Aligned *found, Rect rect)
{
    return found->start <= rect.a0 && rect.a1 < found->end &&
           (found->wide || (found->source <= rect.b0 && rect.b1 < found->source_end));
}

static Aligned *found_round(Aligner *aligner, Rect rect)
{
    for (size_t i = 0; i < aligner->found_n; i++)
        if (inside(&aligner->found[i], rect))
            return &aligner->found[i];
    return NULL;
}

/* Whether enough words around an anchor's stand around it on the other side, too, to be worth a closer look. */
static int promising(Aligner *aligner, Rect core)
{
    Rect in = fit_around(aligner, core, FIRST_REACH);
    const uint16_t *text = aligner->text.codes, *codes = aligner->source->codes;
    if (!++aligner->stamp) {
        memset(aligner->stamps, 0, sizeof aligner->stamps);
        aligner->stamp = 1;
    }
    uint32_t stamp = aligner->stamp;
    int shared = 0;
    for (int64_t i = in.a0; i <= in.a1; i++)
        aligner->stamps[text[i] >> 4] = stamp;
    for (int64_t j = in.b0; j <= in.b1; j++) {
        uint32_t *seen = &aligner->stamps[codes[j] >> 4];
        if (*seen != stamp)
            continue;
        *seen = stamp - 1; /* each counts once */
        shared += (codes[j] & 15) >= PROMISING_RANK;
        if (shared == PROMISING)
            return 1;
    }
    return 0;
}

static void take(Aligner *aligner, Rect core)
{
    if (aligner->full || !promising(aligner, core))
        return;
    if (aligner->found_n == ALIGN_MOST) {
        join_found(aligner);
        aligner->full = aligner->found_n == ALIGN_MOST;
        if (aligner->full)
            return;
    }
    if (!found_round(aligner, core) && fit_passage(aligner, core, &aligner->found[aligner->found_n]))
        aligner->found_n++;
}

/* Anchors near one another on both sides, which are looked at together. */
typedef struct {
    Rect rect;
    uint64_t end, low, high; /* symbols of the text, and of the document */
} Group;

static int belongs(const Group *group, const Anchor *anchor, Rect rect)
{
    return anchor->symbol <= group->end + NEAR && anchor->source <= group->high + NEAR_SOURCE &&
           group->low <= (uint64_t)anchor->source + anchor->length + NEAR_SOURCE && rect.a1 - group->rect.a0 < 2 * TILE;
}

static void grow(Group *group, const Anchor *anchor, Rect rect)
{
    uint64_t end = (uint64_t)anchor->symbol + anchor->length, high = (uint64_t)anchor->source + anchor->length;
    group->rect = (Rect){least_of(group->rect.a0, rect.a0), most_of(group->rect.a1, rect.a1),
                         least_of(group->rect.b0, rect.b0), most_of(group->rect.b1, rect.b1)};
    group->end = end > group->end ? end : group->end;
    group->low = anchor->source < group->low ? anchor->source : group->low;
    group->high = high > group->high ? high : group->high;
}

static void take_all(Aligner *aligner, const Anchor *anchors, size_t n)
{
    Group open[OPEN];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        Rect rect = aligner->rects[i];
        size_t g = count;
        while (g > 0 && !belongs(&open[g - 1], &anchors[i], rect))
            g--;
        if (g) {
            grow(&open[g - 1], &anchors[i], rect);
            continue;
        }
        for (; rect.a1 - rect.a0 >= 2 * TILE && rect.b1 - rect.b0 >= 2 * TILE; rect.a0 += TILE, rect.b0 += TILE)
            take(aligner, (Rect){rect.a0, rect.a0 + TILE - 1, rect.b0, rect.b0 + TILE - 1});
        if (count == OPEN) {
            take(aligner, open[0].rect);
            memmove(open, open + 1, --count * sizeof *open);
        }
        open[count] = (Group){rect, 0, UINT64_MAX, 0};
        grow(&open[count++], &anchors[i], rect);
    }
    for (size_t g = 0; g < count; g++)
        take(aligner, open[g].rect);
}

int room_for(void *array, size_t *room, size_t wanted, size_t size)
{
    if (wanted <= *room)
        return 1;
    size_t more = wanted < 2 * *room ? 2 * *room : wanted < 64 ? 64 : wanted;
    void *made;
    memcpy(&made, array, sizeof made);
    made = realloc(made, more * size);
    if (!made)
        return 0;
    memcpy(array, &made, sizeof made);
    *room = more;
    return 1;
}

static void hand_over(Aligner *aligner, const Aligned *found, uint32_t document)
{
    size_t words = found->end - found->start;
    if (!room_for(&aligner->out, &aligner->out_room, aligner->out_n + 1, sizeof *aligner->out) ||
        !room_for(&aligner->masks, &aligner->masks_room, aligner->masks_n + words, 1)) {
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

static void clear_mask(Aligner *aligner)
{
    if (aligner->mask_low < aligner->mask_high)
        memset(aligner->mask + aligner->mask_low, 0, aligner->mask_high - aligner->mask_low);
    aligner->mask_low = SIZE_MAX >> 1;
    aligner->mask_high = 0;
}

int aligner_text(Aligner *aligner, const Word *words, size_t n, const uint8_t *symbols, size_t symbols_n)
{
    aligner->symbols = symbols;
    aligner->symbols_n = symbols_n;
    aligner->out_n = aligner->masks_n = 0;
    aligner->work = 0;
    aligner->most_work = WORK + (uint64_t)n * WORK_PER_WORD;
    clear_mask(aligner);
    size_t mask_before = aligner->mask_room;
    if (!room_for(&aligner->codes, &aligner->codes_room, n, sizeof *aligner->codes) ||
        !room_for(&aligner->at, &aligner->at_room, n + 1, sizeof *aligner->at) ||
        !room_for(&aligner->blocks, &aligner->blocks_room, symbols_n / ALIGN_BLOCK + 1, sizeof *aligner->blocks) ||
        !room_for(&aligner->mask, &aligner->mask_room, n + 1, 1))
        return 0;
    memset(aligner->mask + mask_before, 0, aligner->mask_room - mask_before);
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
    aligner->text = (Source){aligner->codes, aligner->at, aligner->blocks, n};
    source_index(&aligner->text, aligner->blocks);
    return 1;
}

void aligner_document(Aligner *aligner, const Source *source, const Anchor *anchors, size_t n, unsigned least,
                      uint8_t *kept)
{
    if (!aligner->text.n || !source->n || !n)
        return;
    if (!room_for(&aligner->rects, &aligner->rects_room, n, sizeof *aligner->rects)) {
        aligner->failed = 1;
        return;
    }
    aligner->source = source;
    aligner->counted = 0;
    aligner->found_n = 0;
    aligner->full = 0;
    for (size_t i = 0; i < n; i++)
        aligner->rects[i] = words_of(aligner, &anchors[i]);
    take_all(aligner, anchors, n);
    join_found(aligner);
    digest(aligner, n);
    size_t good = 0;
    for (size_t i = 0; i < aligner->found_n; i++)
        if (aligner->found[i].score >= SCORE && aligner->found[i].pairs >= PAIRS)
            aligner->found[good++] = aligner->found[i];
    aligner->found_n = good;
    for (size_t i = 0; i < n; i++) {
        Aligned *found = found_round(aligner, aligner->rects[i]);
        if (found) {
            found->rare += anchors[i].evidence;
            found->run += anchors[i].length;
        }
        kept[i] = !found && may_reach(aligner, &anchors[i], least);
    }
    for (size_t f = 0; f < good; f++)
        hand_over(aligner, &aligner->found[f], anchors[0].document);
    clear_mask(aligner);
}

void aligner_init(Aligner *aligner, const Odds *odds)
{
    memset(aligner, 0, sizeof *aligner);
    aligner->odds = odds;
    clear_mask(aligner);
}

void aligner_free(Aligner *aligner)
{
    free(aligner->codes);
    free(aligner->at);
    free(aligner->blocks);
    free(aligner->rects);
    free(aligner->mask);
    free(aligner->out);
    free(aligner->masks);
    memset(aligner, 0, sizeof *aligner);
}
