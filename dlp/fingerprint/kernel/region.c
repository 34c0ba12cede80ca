#include "region.h"

#include <stdlib.h>
#include <string.h>

static int order(uint64_t x, uint64_t y) { return (x > y) - (x < y); }

static int by_place(const void *x, const void *y)
{
    const Run *one = *(const Run *const *)x, *other = *(const Run *const *)y;
    int made = order(one->byte, other->byte);
    made = made ? made : order(one->document, other->document);
    made = made ? made : order(one->start, other->start);
    made = made ? made : order(other->end, one->end);
    return made ? made : order(one->source, other->source);
}

static int by_document(const void *x, const void *y)
{
    const Anchor *one = x, *other = y;
    int made = order(one->document, other->document);
    return made ? made : order(one->run, other->run);
}

/* Where the window begins: its first run says where that is. */
static void find_begin(Region *region)
{
    size_t i = 0, characters = 0, newlines = 0, line = 0;
    while (i < region->runs_n && region->runs[i]->byte < region->offset)
        i++;
    if (i == region->runs_n || region->runs[i]->byte - region->offset > region->size)
        return;
    const Run *run = region->runs[i];
    if (region->size)
        count_text(region->window, run->byte - region->offset, &characters, &newlines, &line);
    region->begin = (Place){region->offset, run->from - characters, run->line - newlines, 0};
    region->begin.line_start = newlines ? region->begin.character : run->from - run->column;
}

/* The place of byte `to` of the window. Regions come in the text's order, so that all is counted about once. */
static Place advance(Region *region, size_t to)
{
    if (to < region->near_at || !region->near_at) {
        region->near = region->begin;
        region->near_at = 0;
    }
    place_advance(&region->near, region->window, region->near_at, to, 0);
    region->near_at = to;
    return region->near;
}

int region_window(Region *region, const uint8_t *window, size_t size, uint64_t offset, const Run *runs, size_t n)
{
    region->window = window;
    region->size = size;
    region->offset = offset;
    region->runs_n = n;
    region->next = region->near_at = 0;
    if (!room_for(&region->runs, &region->runs_room, n, sizeof *region->runs) ||
        !room_for(&region->left, &region->left_room, n, 1))
        return 0;
    for (size_t i = 0; i < n; i++) {
        region->runs[i] = &runs[i];
        region->left[i] = 1;
    }
    if (n)
        qsort(region->runs, n, sizeof *region->runs, by_place);
    find_begin(region);
    return 1;
}

/* Folds bytes [from, to) of the window and appends their symbols. 1, or 0 without memory. */
static int fold_on(Region *region, size_t from, size_t to)
{
    enum { BATCH = 4096 };
    for (size_t used; from < to; from += used) {
        if (!room_for(&region->symbols, &region->symbols_room, region->symbols_n + BATCH + FOLD_SLACK, 1))
            return 0;
        region->symbols_n += fold(region->window + from, to - from, 1, region->symbols + region->symbols_n, BATCH, &used, NULL);
    }
    return 1;
}

/* The region's symbols, and how many come before them. 1, or 0 without memory. */
static int fold_region(Region *region, const Run *first)
{
    size_t at = first->byte - region->offset;
    region->symbols_n = 0;
    if (!fold_on(region, region->low, at))
        return 0;
    region->base = first->start - first->skip - region->symbols_n;
    return fold_on(region, at, region->high);
}

/* Bytes of the window around runs [first, next). 0 where the runs begin before it. */
static int bound(Region *region, size_t first, uint64_t high)
{
    const uint8_t *data = region->window;
    uint64_t low = region->runs[first]->byte;
    if (low < region->offset || high - region->offset > region->size || high - low > 2 * REGION_MOST)
        return 0;
    low -= region->offset;
    high -= region->offset;
    size_t begin = low < REGION_REACH ? 0 : low - REGION_REACH;
    size_t end = high + REGION_REACH < region->size ? high + REGION_REACH : region->size;
    if (begin) /* at the end of a word */
        for (size_t i = begin; i < begin + REGION_WORD && i < end; i++)
            if (data[i] <= ' ') {
                begin = i;
                break;
            }
    while (begin < end && (data[begin] & 0xC0) == 0x80)
        begin++;
    if (end < region->size)
        for (size_t i = end; i > 0 && i + REGION_WORD > end; i--)
            if (data[i - 1] <= ' ') {
                end = i;
                break;
            }
    region->low = begin;
    region->high = end;
    return begin <= low && begin < end;
}

/* 1, or 0 without memory. */
static int make_anchors(Region *region, size_t first, size_t next)
{
    region->anchors_n = 0;
    if (!room_for(&region->anchors, &region->anchors_room, next - first, sizeof *region->anchors) ||
        !room_for(&region->kept, &region->kept_room, next - first, 1))
        return 0;
    for (size_t i = first; i < next; i++) {
        const Run *run = region->runs[i];
        if (run->start < region->base || run->end - region->base > region->symbols_n)
            continue;
        region->kept[region->anchors_n] = 1;
        region->anchors[region->anchors_n++] = (Anchor){
            run->document, (uint32_t)i, (uint32_t)run->source, (uint32_t)(run->start - region->base),
            (uint32_t)(run->end - run->start), (uint32_t)run->evidence};
    }
    if (region->anchors_n)
        qsort(region->anchors, region->anchors_n, sizeof *region->anchors, by_document);
    return 1;
}

int region_next(Region *region)
{
    while (region->next < region->runs_n) {
        size_t first = region->next, next = first + 1, used;
        uint64_t high = region->runs[first]->to_byte;
        while (next < region->runs_n && region->runs[next]->byte <= high + 2 * REGION_REACH &&
               region->runs[next]->byte - region->runs[first]->byte <= REGION_MOST) {
            high = region->runs[next]->to_byte > high ? region->runs[next]->to_byte : high;
            next++;
        }
        region->next = next;
        if (!bound(region, first, high))
            continue;
        size_t room = (region->high - region->low) / 2 + 2; /* a word takes two bytes, what parts it from the next one too */
        if (!room_for(&region->words, &region->words_room, room, sizeof *region->words) ||
            !fold_region(region, region->runs[first]) || !make_anchors(region, first, next))
            return -1;
        region->places_n = 0;
        region->words_n = words_split(region->window + region->low, region->high - region->low, region->words,
                                      region->words_room, &used);
        if (region->anchors_n)
            return 1;
    }
    return 0;
}

void region_settle(Region *region)
{
    for (size_t i = 0; i < region->anchors_n; i++)
        region->left[region->anchors[i].run] = region->kept[i];
}

/* Makes *place that of a byte of the region. 1, or 0 without memory. */
static int place_of(Region *region, size_t byte, Place *place)
{
    size_t step = (byte - region->low) / REGION_STEP;
    if (!room_for(&region->places, &region->places_room, step + 1, sizeof *region->places))
        return 0;
    for (; region->places_n <= step; region->places_n++) {
        size_t n = region->places_n;
        if (!n) {
            region->places[0] = advance(region, region->low);
            continue;
        }
        region->places[n] = region->places[n - 1];
        place_advance(&region->places[n], region->window, region->low + (n - 1) * REGION_STEP,
                      region->low + n * REGION_STEP, 0);
    }
    *place = region->places[step];
    place_advance(place, region->window, region->low + step * REGION_STEP, byte, 0);
    return 1;
}

int region_where(Region *region, const Aligner *aligner, const Aligned *found, Where *where)
{
    Place from, to;
    where->byte = region->low + region->words[found->start].from;
    where->to_byte = region->low + region->words[found->end - 1].to;
    if (!place_of(region, where->byte, &from) || !place_of(region, where->to_byte, &to))
        return 0;
    where->from = from.character;
    where->to = to.character;
    where->line = from.line;
    where->column = from.character - from.line_start;
    where->symbol = aligner->at[found->start];
    where->context = where->symbol < REGION_CONTEXT ? where->symbol : REGION_CONTEXT;
    where->start = region->base + where->symbol;
    where->end = region->base + aligner->at[found->end];
    return 1;
}

void region_marks(const Aligner *aligner, const Aligned *found, uint8_t *marks)
{
    const uint32_t *at = aligner->at;
    for (size_t i = found->start; i < found->end; i++)
        memset(marks + (at[i] - at[found->start]), aligner->masks[found->mask + i - found->start], at[i + 1] - at[i]);
}

void region_free(Region *region)
{
    free(region->runs);
    free(region->left);
    free(region->words);
    free(region->symbols);
    free(region->anchors);
    free(region->kept);
    free(region->places);
    memset(region, 0, sizeof *region);
}
