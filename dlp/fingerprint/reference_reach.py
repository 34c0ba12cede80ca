"""The part of the reference that tells how far the agreement goes on that a run is part of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from dlp.fingerprint.reference_region import Anchor, Region
from dlp.fingerprint.reference_words import FILLER, Sketch, stem, stem_symbols


def word_of(at: Sequence[int], symbol: int) -> int:
    """The word that a symbol is of; the last one for what lies beyond."""
    return len(at) - 2 if symbol >= at[-1] else bisect_right(at, symbol, 0, len(at) - 1) - 1


def may_reach(region: Region, sketch: Sketch, anchor: Anchor, least: int) -> bool:
    """Whether the agreement that an anchor is part of may have `least` symbols.

    It goes on as far as the document's words stand in the text at the same distance, and into the first one that does
    not: there a letter of the stem differs, or the text ends.
    """
    at, codes = sketch.at, sketch.codes
    least = min(least, at[-1])  # all of a short document is enough
    if anchor.length >= least:
        return True
    shift = anchor.symbol - anchor.source
    start, stop = -shift, len(region.symbols) - shift  # of the region, as symbols of the document

    def stands(j: int) -> tuple[bool, int]:
        """(whether the word stands in the text, symbols of its stem there)."""
        first, last = at[j] + shift, at[j + 1] + shift
        if codes[j] & 15 == FILLER or first < 0 or last > len(region.symbols):
            return False, 0
        word = region.symbols[first:last]
        return stem(word) == codes[j] >> 4, stem_symbols(word)

    low, high = anchor.source, anchor.source + anchor.length
    j = word_of(at, high - 1)
    j += at[j + 1] == high
    while j < len(codes) and high - low < least:
        agrees, letters = stands(j)
        reach = at[j + 1] if agrees else at[j] + max(letters - 1, 0)
        if not agrees and not letters and at[j + 1] > stop and codes[j] & 15 != FILLER:
            reach = stop
        high = max(high, reach)
        if not agrees:
            break
        j += 1
    j = word_of(at, low)
    j += at[j] < low
    while j > 0 and high - low < least:
        agrees, letters = stands(j - 1)
        reach = at[j - 1] if agrees else at[j - 1] + 1 if letters else at[j]
        if not agrees and not letters and at[j - 1] < start and codes[j - 1] & 15 != FILLER:
            reach = start
        low = min(low, reach)
        if not agrees:
            break
        j -= 1
    return high - low >= least
