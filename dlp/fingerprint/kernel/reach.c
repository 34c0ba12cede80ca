#include "align.h"

void source_index(const Source *source, uint32_t *blocks)
{
    size_t word = 0;
    for (uint64_t symbol = 0; symbol <= source->at[source->n]; symbol += ALIGN_BLOCK) {
        while (word + 1 < source->n && source->at[word + 1] <= symbol)
            word++;
        blocks[symbol / ALIGN_BLOCK] = (uint32_t)word;
    }
}

static int is_filler(const Source *source, size_t word) { return (source->codes[word] & 15) == WORDS_FILLER; }

/* Whether word j of the document stands in the text, as many symbols on from it as `shift`. *letters: of its stem. */
static int stands(const Aligner *aligner, size_t j, int64_t shift, size_t *letters)
{
    const Source *source = aligner->source;
    int64_t from = source->at[j] + shift, to = source->at[j + 1] + shift;
    *letters = 0;
    return !is_filler(source, j) && from >= 0 && to <= (int64_t)aligner->symbols_n &&
           words_stem(aligner->symbols + from, (size_t)(to - from), letters) == (unsigned)source->codes[j] >> 4;
}

/* It goes on as far as the document's words stand in the text at the same distance, and into the first one that does
 * not: there a letter of the stem differs, or the text ends. */
int may_reach(const Aligner *aligner, const Anchor *anchor, unsigned least)
{
    const Source *source = aligner->source;
    const uint32_t *at = source->at;
    least = least < at[source->n] ? least : at[source->n]; /* all of a short document is enough */
    if (anchor->length >= least)
        return 1;
    int64_t shift = (int64_t)anchor->symbol - anchor->source;
    int64_t text_from = -shift, text_to = (int64_t)aligner->symbols_n - shift; /* as symbols of the document */
    uint64_t end = (uint64_t)anchor->source + anchor->length, from = anchor->source, to = end;
    size_t letters, j = source_word(source, end - 1);
    for (j += at[j + 1] == end; j < source->n && to - from < least; j++) {
        int agrees = stands(aligner, j, shift, &letters);
        uint64_t reach = agrees ? at[j + 1] : at[j] + (letters ? letters - 1 : 0);
        if (!agrees && !letters && at[j + 1] > text_to && !is_filler(source, j))
            reach = (uint64_t)text_to;
        to = reach > to ? reach : to;
        if (!agrees)
            break;
    }
    j = source_word(source, from);
    for (j += at[j] < from; j > 0 && to - from < least; j--) {
        int agrees = stands(aligner, j - 1, shift, &letters);
        uint64_t reach = agrees ? at[j - 1] : letters ? (uint64_t)at[j - 1] + 1 : at[j];
        if (!agrees && !letters && at[j - 1] < text_from && !is_filler(source, j - 1))
            reach = (uint64_t)text_from;
        from = reach < from ? reach : from;
        if (!agrees)
            break;
    }
    return to - from >= least;
}
