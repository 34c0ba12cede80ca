"""The part of the reference that pairs words and fits one side of a passage after the other; see `reference_align`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dlp.fingerprint.odds import FAITHS, LENGTHS, LEVELS, Odds
from dlp.fingerprint.reference_words import FILLER, Sketch

WINDOW = 8192
"""Words of either side that are looked at together, at most."""

STEMS = 4096


class Tuned:
    """Found by search over PAN 2013's training corpus; kernel/align.h has the same, with what each is."""

    NEAR = 129
    NEAR_SOURCE = 600
    OPEN = 32
    TILE = 400
    FIRST_REACH = 24
    FIRST_SCORE = 230
    PROMISING = 5
    PROMISING_RANK = 4
    LONG_PAIR = 6
    DEPTH = 48
    REACH = 41
    SLACK = 39
    GROWING = 6
    ROUNDS = 8
    SCORE = 700
    PAIRS = 12
    JOIN = 33
    JOIN_SOURCE = 41
    COMMON_TEXT = 2703
    FAITH_FIRST = 52
    FAITH_WORDS = 9
    FAITH_LEAST = 6
    WIDE_ANCHORS = 3
    WIDE_SPAN = 250
    WIDE_REACH = 128
    WIDE_SOURCE = 5172
    WIDE_FAITH = 29
    WIDE_SCORE = 1500
    WIDE_LEAST = 86
    WIDE_RATIO = 8
    WIDE_WORTH = 6
    WIDE_THIN = 1
    WIDE_BALANCED = 14
    WIDE_COVER = 68
    WORK = 1 << 22
    WORK_PER_WORD = 512


class Rect(NamedTuple):
    """First and last words of the text and of the document, included."""

    a0: int
    a1: int
    b0: int
    b1: int


def rounded(dividend: int, divisor: int) -> int:
    """Their quotient, rounded towards 0 as C does."""
    return dividend // divisor if dividend >= 0 else -(-dividend // divisor)


def half_octave(x: int) -> int:
    """Two classes an octave: 1, 2, 3, 4, 6, 8, 12 …"""
    log = x.bit_length() - 1
    return 2 * log + (x >> (log - 1) & 1) if log else 0


def row_of(faith: int, words: int) -> int:
    """Where in a table of odds the levels are for this faith and so many words on the other side."""
    return (faith * LENGTHS + min(half_octave(words), LENGTHS - 1)) * LEVELS


class Pairs:
    """The words of `inner` on both sides, one to one: longer runs of words first, then single ones. `pair` and `back`
    count from the first words of `inner`; -1 where there is none. `chained`: paired beside a neighbour. `work`: words
    that were looked at."""

    def __init__(self, text: Sequence[int], source: Sequence[int], inner: Rect, core: Rect) -> None:
        self._text = text[inner.a0 : inner.a1 + 1]
        self._source = source[inner.b0 : inner.b1 + 1]
        self._inner, self._core = inner, core
        self.pair, self.back = [-1] * len(self._text), [-1] * len(self._source)
        self.chained, self.chained_back = [False] * len(self._text), [False] * len(self._source)
        stems = {code >> 4 for code in self._text}
        self.work = len(self._text) + len(self._source)
        self._heads: dict[int, list[int]] = {}
        self._couples: dict[int, list[int]] = {}
        for j, code in enumerate(self._source):
            if code >> 4 not in stems or code & 15 == FILLER:
                continue
            self._heads.setdefault(code >> 4, []).append(j)
            if j + 1 < len(self._source) and self._source[j + 1] >> 4 in stems:
                self._couples.setdefault(_couple(code, self._source[j + 1]), []).append(j)
        self._pair_longest(Tuned.LONG_PAIR)
        self._pair_longest(2)
        self._pair_longest(1)

    def _alike(self, i: int, j: int) -> int:
        """The words from i and from j on that are alike and free on both sides."""
        most, n = min(len(self._text) - i, len(self._source) - j), 0
        while (
            n < most
            and self._text[i + n] >> 4 == self._source[j + n] >> 4
            and self.pair[i + n] < 0
            and self.back[j + n] < 0
            and self._source[j + n] & 15 != FILLER
        ):
            n += 1
        return n

    def _pair_longest(self, least: int) -> None:
        """Pairs word i with the first that agrees longest, of equals the one nearest to the core's diagonal."""
        inner, core = self._inner, self._core
        wide, high = core.a1 - core.a0 + 1, core.b1 - core.b0 + 1
        for i in range(len(self._text) - (least > 1)):
            if self.pair[i] >= 0:
                continue
            if least > 1:
                candidates = self._couples.get(_couple(self._text[i], self._text[i + 1]), [])
            else:
                candidates = self._heads.get(self._text[i] >> 4, [])
            line = core.b0 - inner.b0 + rounded((i + inner.a0 - core.a0) * high, wide)
            best, length, off = -1, 0, 0
            for j in candidates[: Tuned.DEPTH]:
                n = self._alike(i, j) if least > 1 else int(self.back[j] < 0)
                self.work += 1 + n
                if n > length or (n and n == length and abs(j - line) < off):
                    best, length, off = j, n, abs(j - line)
            if length < least:
                continue
            for n in range(length):
                self.pair[i + n], self.back[best + n] = best + n, i + n
                self.chained[i + n] = self.chained_back[best + n] = length > 1


def _couple(code: int, after: int) -> int:
    return ((code >> 4) ^ (after >> 4) * 5) % STEMS


class Side(NamedTuple):
    """One side of a passage: its words from `low` to `high`, with their pairs on the other side, of which those from
    `other` to `other_end` count."""

    low: int
    high: int
    other: int
    other_end: int
    of: Sequence[int]
    chained: Sequence[bool]
    codes: Sequence[int]

    def counts(self, i: int) -> bool:
        return self.other <= self.of[i - self.low] <= self.other_end


class Fitted(NamedTuple):
    """`first` to `last` are the passage; `score` is its odds, 0 for none, `faith` of FAITHS."""

    first: int
    last: int
    score: int
    faith: int
    pairs: int


def fit(odds: Odds, level: Callable[[int], int], side: Side, first: int, last: int) -> Fitted:
    """Fits a side on which `first` to `last` is the passage so far."""
    words = side.other_end - side.other + 1
    kept, total = Tuned.FAITH_FIRST * Tuned.FAITH_WORDS, 100 * Tuned.FAITH_WORDS
    for i in range(first, last + 1):
        weight = odds.weight[row_of(0, words) + level(side.codes[i])]
        total += weight
        kept += weight if side.counts(i) else 0
    faith = min(max(kept * FAITHS // total, Tuned.FAITH_LEAST), FAITHS - 1)
    row = row_of(faith, words)
    worth = []
    for i in range(side.low, side.high + 1):
        table = odds.chained if side.chained[i - side.low] else odds.single
        worth.append(table[row + level(side.codes[i])] if side.counts(i) else odds.missing[faith])
    score, first, last = best_stretch(worth, side.low)
    return Fitted(first, last, score, faith, sum(side.counts(i) for i in range(first, last + 1)))


def best_stretch(odds: Sequence[int], low: int) -> tuple[int, int, int]:
    """(sum, first, last) of the stretch with the highest sum, counted from `low`; 0 and an empty stretch for none."""
    best = total = 0
    begin = first = low
    last = low - 1
    for i, each in enumerate(odds, low):
        if total <= 0:
            total, begin = 0, i
        total += each
        if total > best:
            best, first, last = total, begin, i
    return best, first, last


class Levels:
    """Classes of the frequency of words in two texts together, the pair that would make a copy left out."""

    def __init__(self, odds: Odds, text: Sequence[int], source: Sketch) -> None:
        self._prior = odds.prior
        self._counts = [0] * STEMS
        self._source_counts = [0] * STEMS
        for code in text:
            self._counts[code >> 4] += 1
        for code in source.codes:
            self._source_counts[code >> 4] += 1
        self._per_word = (256 << 32) // (len(text) + len(source) + Tuned.COMMON_TEXT)
        self._known: dict[int, int] = {}

    def __call__(self, code: int) -> int:
        if code not in self._known:
            count = min(self._counts[code >> 4], 0xFFFF) + min(self._source_counts[code >> 4], 0xFFFF) - 2
            share = ((max(count, 0) << 16) + self._prior[code & 15]) * self._per_word >> 32
            self._known[code] = min(max(half_octave(share or 1) - 2, 0), LEVELS - 1)
        return self._known[code]
