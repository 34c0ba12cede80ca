"""The part of the reference that aligns finely: where a text and a document say the same with words changed.

Runs say where to look. Around them words are paired, one to one, and each side gives every word odds: how much likelier
it is there because the passage was copied than by chance; see `dlp.fingerprint.odds`. The stretch with the highest sum
of odds is the passage; both sides are fitted in turn until they stay.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import groupby

from dlp.fingerprint.odds import FAITHS, LENGTHS, LEVELS, Odds
from dlp.fingerprint.reference_pair import WINDOW, Levels, Pairs, Rect, Side, Tuned, best_stretch, fit, row_of
from dlp.fingerprint.reference_reach import may_reach, word_of
from dlp.fingerprint.reference_region import CONTEXT, EXCERPT, Anchor, Region, Window
from dlp.fingerprint.reference_runs import Aligned, Runs
from dlp.fingerprint.reference_words import Sketch

MOST = 512
"""Passages of one document in one region."""

MOST_SCORE = (1 << 31) - 1


class Aligner:
    """Finds passages of documents in texts, one text after another.

    `odds`: as `dlp.fingerprint.odds.odds` makes them; raises ValueError for tables of other sizes.
    """

    def __init__(self, odds: Odds) -> None:
        cells = LENGTHS * LEVELS
        sizes = FAITHS * cells, FAITHS * cells, FAITHS, cells, 16
        if tuple(map(len, odds)) != sizes:
            raise ValueError("tables of odds have other sizes")
        self._odds = odds

    def align(
        self,
        window: bytes | bytearray | memoryview,
        offset: int,
        runs: Runs,
        sketches: Mapping[int, Sketch],
        least: int,
    ) -> tuple[list[Aligned], Runs]:
        """(passages, the runs that are left to be told by themselves).

        `window`: bytes of a text, of which `offset` come before it; what lies around the runs should be in it.
        `runs`: of the text. Left are those of documents that have no sketch, those that begin before the window, and
        those that lie in no passage, unless the agreement that they are part of has fewer than `least` symbols.
        Passages come region by region, then by document.
        """
        found: list[Aligned] = []
        place = Window(bytes(window), offset, runs)
        left = [True] * len(place.runs)
        for region in place.regions():
            budget = _Budget(Tuned.WORK + len(region.codes) * Tuned.WORK_PER_WORD)
            for document, group in groupby(region.anchors, key=lambda anchor: anchor.document):
                sketch, anchors = sketches.get(document), list(group)
                if sketch is None or not len(sketch) or not region.codes:
                    continue
                made = _Document(self._odds, region, sketch, anchors, budget)
                for passage in made.found:
                    found.append(_told(place, region, sketch, document, passage, made.mask))
                for anchor, rect in zip(anchors, made.rects, strict=True):
                    within = made.round(rect)
                    left[anchor.run] = within is None and may_reach(region, sketch, anchor, least)
        return found, Runs(run for run, kept in zip(place.runs, left, strict=True) if kept)


class _Budget:
    """Words that may still be looked at for a region: hostile text may have anchors without number."""

    def __init__(self, words: int) -> None:
        self.words = words

    def pairs(self, text: Sequence[int], source: Sequence[int], inner: Rect, core: Rect) -> Pairs | None:
        if self.words <= 0:
            return None
        made = Pairs(text, source, inner, core)
        self.words -= made.work
        return made


class _Found:
    """A passage: words of the region and of the document; ends are exclusive."""

    def __init__(self, rect: Rect, score: int, faith: int, pairs: int, wide: bool = False) -> None:
        self.start, self.end, self.source, self.source_end = rect.a0, rect.a1 + 1, rect.b0, rect.b1 + 1
        self.score, self.faith, self.pairs, self.wide = score, faith, pairs, wide
        self.rare = self.run = 0

    def takes(self, rect: Rect) -> bool:
        return (
            self.start <= rect.a0
            and rect.a1 < self.end
            and (self.wide or (self.source <= rect.b0 and rect.b1 < self.source_end))
        )

    def near(self, other: _Found) -> bool:
        return (
            max(self.start, other.start) - min(self.end, other.end) < Tuned.JOIN
            and max(self.source, other.source) - min(self.source_end, other.source_end) < Tuned.JOIN_SOURCE
        )

    def join(self, other: _Found) -> None:
        overlap = max(self.start, other.start) + 1 < min(self.end, other.end) and max(
            self.source, other.source
        ) + 1 < min(self.source_end, other.source_end)
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        self.source, self.source_end = min(self.source, other.source), max(self.source_end, other.source_end)
        score = max(self.score, other.score) if overlap else self.score + other.score
        self.score = min(score, MOST_SCORE)
        self.pairs = max(self.pairs, other.pairs) if overlap else self.pairs + other.pairs
        self.faith = min(self.faith, other.faith)


class _Group:
    """Anchors near one another on both sides, which are looked at together."""

    def __init__(self, anchor: Anchor, rect: Rect) -> None:
        self.rect = rect
        self.end = anchor.symbol + anchor.length
        self.low, self.high = anchor.source, anchor.source + anchor.length

    def takes(self, anchor: Anchor, rect: Rect) -> bool:
        return (
            anchor.symbol <= self.end + Tuned.NEAR
            and anchor.source <= self.high + Tuned.NEAR_SOURCE
            and self.low <= anchor.source + anchor.length + Tuned.NEAR_SOURCE
            and rect.a1 - self.rect.a0 < 2 * Tuned.TILE
        )

    def add(self, anchor: Anchor, rect: Rect) -> None:
        mine = self.rect
        self.rect = Rect(
            min(mine.a0, rect.a0), max(mine.a1, rect.a1), min(mine.b0, rect.b0), max(mine.b1, rect.b1)
        )  # fmt: skip
        self.end = max(self.end, anchor.symbol + anchor.length)
        self.low = min(self.low, anchor.source)
        self.high = max(self.high, anchor.source + anchor.length)


class _Document:
    """One document in one region: `found` are its passages, `mask` says of each word of the region that one of them
    holds whether it is paired: 0, 1, or 2 beside a neighbour."""

    def __init__(self, odds: Odds, region: Region, sketch: Sketch, anchors: Sequence[Anchor], budget: _Budget) -> None:
        self._odds, self._codes, self._source, self._budget = odds, region.codes, sketch, budget
        self._level = Levels(odds, region.codes, sketch)
        self._full = False
        self.found: list[_Found] = []
        self.mask = bytearray(len(region.codes))
        self.rects = [
            Rect(
                word_of(region.at, anchor.symbol),
                word_of(region.at, anchor.symbol + anchor.length - 1),
                word_of(sketch.at, anchor.source),
                word_of(sketch.at, anchor.source + anchor.length - 1),
            )
            for anchor in anchors
        ]
        self._take_all(anchors)
        self._join()
        self._digest()
        self.found = [each for each in self.found if each.score >= Tuned.SCORE and each.pairs >= Tuned.PAIRS]
        for anchor, rect in zip(anchors, self.rects, strict=True):
            within = self.round(rect)
            if within:
                within.rare += anchor.evidence
                within.run += anchor.length

    def round(self, rect: Rect) -> _Found | None:
        """The first passage that an anchor lies in."""
        return next((each for each in self.found if each.takes(rect)), None)

    def _take_all(self, anchors: Sequence[Anchor]) -> None:
        """Anchors near one another are looked at together, long ones in tiles."""
        groups: list[_Group] = []
        for anchor, whole in zip(anchors, self.rects, strict=True):
            rect = whole
            group = next((each for each in reversed(groups) if each.takes(anchor, rect)), None)
            if group:
                group.add(anchor, rect)
                continue
            tile = Tuned.TILE
            while rect.a1 - rect.a0 >= 2 * tile and rect.b1 - rect.b0 >= 2 * tile:
                self._take(Rect(rect.a0, rect.a0 + tile - 1, rect.b0, rect.b0 + tile - 1))
                rect = rect._replace(a0=rect.a0 + tile, b0=rect.b0 + tile)
            if len(groups) == Tuned.OPEN:
                self._take(groups.pop(0).rect)
            groups.append(_Group(anchor, rect))
        for group in groups:
            self._take(group.rect)

    def _take(self, core: Rect) -> None:
        if self._full or not self._promising(core):
            return
        if len(self.found) == MOST:
            self._join()
            self._full = len(self.found) == MOST
        if not self._full and not self.round(core):
            made = self._grow(core)
            if made:
                self.found.append(made)

    def _promising(self, core: Rect) -> bool:
        """Whether enough words around an anchor's stand around it on the other side, too, to be worth a closer look."""
        inner = self._around(core, Tuned.FIRST_REACH)
        stems = {code >> 4 for code in self._codes[inner.a0 : inner.a1 + 1]}
        shared = 0
        for code in self._source.codes[inner.b0 : inner.b1 + 1]:
            if code >> 4 in stems:
                stems.remove(code >> 4)  # each counts once
                shared += code & 15 >= Tuned.PROMISING_RANK
        return shared >= Tuned.PROMISING

    def _around(self, core: Rect, reach: int) -> Rect:
        """`core` with `reach` words more at each edge, as far as there are any; part of it where it is too large."""
        a0, b0 = max(core.a0 - reach, 0), max(core.b0 - reach, 0)
        return Rect(
            a0,
            min(core.a1 + reach, len(self._codes) - 1, a0 + WINDOW - 1),
            b0,
            min(core.b1 + reach, len(self._source) - 1, b0 + WINDOW - 1),
        )

    def _grow(self, core: Rect) -> _Found | None:
        """Grows and trims a passage from where its anchors are."""
        before: tuple[Rect, Rect] | None = None
        pairs: Pairs | None = None
        turn = 0
        while turn < Tuned.ROUNDS:
            started = core
            slack = Tuned.FIRST_REACH if turn == 0 else Tuned.SLACK if turn < Tuned.GROWING else 0
            inner = self._around(core, Tuned.FIRST_REACH if turn == 0 else Tuned.REACH)
            core = core._replace(a1=min(core.a1, inner.a1), b1=min(core.b1, inner.b1))
            if pairs is None or before != (inner, core):
                pairs = self._budget.pairs(self._codes, self._source.codes, inner, core)
                if not pairs:
                    return None
            before = inner, core
            low, high = max(core.b0 - slack, inner.b0) - inner.b0, min(core.b1 + slack, inner.b1) - inner.b0
            side = Side(inner.a0, inner.a1, low, high, pairs.pair, pairs.chained, self._codes)
            text = fit(self._odds, self._level, side, core.a0, core.a1)
            if text.score <= 0:
                return None
            low, high = text.first - inner.a0, text.last - inner.a0
            side = Side(inner.b0, inner.b1, low, high, pairs.back, pairs.chained_back, self._source.codes)
            source = fit(self._odds, self._level, side, core.b0, core.b1)
            score = min(text.score, source.score)
            if source.score <= 0 or (turn == 0 and score < Tuned.FIRST_SCORE):
                return None
            core = Rect(text.first, text.last, source.first, source.last)
            if turn and core == started:
                if turn >= Tuned.GROWING:
                    break
                turn = Tuned.GROWING - 1  # another round of growing would give the same
            turn += 1
        assert pairs is not None  # there is more than one round
        self._mark(pairs, inner, core)
        return _Found(core, score, min(text.faith, source.faith), min(text.pairs, source.pairs))

    def _mark(self, pairs: Pairs, inner: Rect, core: Rect) -> None:
        for i in range(core.a0, core.a1 + 1):
            at = pairs.pair[i - inner.a0]
            if at >= 0 and core.b0 <= at + inner.b0 <= core.b1:
                self.mask[i] = max(self.mask[i], 1 + pairs.chained[i - inner.a0])

    def _join(self) -> None:
        """Makes neighbours one passage."""
        x = 0
        while x < len(self.found):
            y = x + 1
            while y < len(self.found):
                if not self.found[x].near(self.found[y]):
                    y += 1
                    continue
                self.found[x].join(self.found[y])
                self.found[y] = self.found[-1]
                self.found.pop()
                y = x + 1  # what did not fit before may fit now
            x += 1

    def _digest(self) -> None:
        """A stretch of text whose words come from all over the document stands for the narrow passages in it, unless
        those, each about as long on both sides, say it better."""
        starts = [rect.a0 for rect in self.rects]
        counts = [bisect_right(starts, start + Tuned.WIDE_SPAN) - i for i, start in enumerate(starts)]
        most = max(counts)
        first = counts.index(most)
        if most < Tuned.WIDE_ANCHORS:
            return
        inner = self._looked_at(self.rects[first : first + most])
        pairs = self._budget.pairs(self._codes, self._source.codes, inner, inner)
        if not pairs:
            return
        row = row_of(Tuned.WIDE_FAITH, inner.b1 - inner.b0 + 1)
        worth = [self._odds.missing[Tuned.WIDE_FAITH]] * len(pairs.pair)
        for i, j in enumerate(pairs.pair):
            if j >= 0:
                table = self._odds.chained if pairs.chained[i] else self._odds.single
                worth[i] = table[row + self._level(self._codes[inner.a0 + i])]
        score, a0, a1 = best_stretch(worth, inner.a0)
        words = a1 - a0 + 1
        if score < Tuned.WIDE_SCORE or words < Tuned.WIDE_LEAST:
            return
        back = [i if a0 <= i + inner.a0 <= a1 else -1 for i in pairs.back]
        paired = sum(i >= 0 for i in back)
        faith = paired * FAITHS * Tuned.WIDE_THIN // 10 // len(back)
        row = row_of(faith, words)
        worth = [
            self._odds.missing[faith] if i < 0 else self._odds.single[row + self._level(code)]
            for i, code in zip(back, self._source.codes[inner.b0 : inner.b1 + 1], strict=True)
        ]
        _, b0, b1 = best_stretch(worth, inner.b0)
        core = Rect(a0, a1, b0, b1)
        if (b1 - b0 + 1) * 10 < words * Tuned.WIDE_RATIO or not self._says_more(core, score):
            return
        apart = [each for each in self.found if each.end <= a0 or each.start > a1]
        if len(apart) == MOST:
            return
        self._mark(pairs, inner, core)
        self.found = [*apart, _Found(core, score, faith, paired, wide=True)]

    def _looked_at(self, rects: Sequence[Rect]) -> Rect:
        a0 = max(rects[0].a0 - Tuned.WIDE_REACH, 0)
        a1 = min(rects[-1].a1 + Tuned.WIDE_REACH, len(self._codes) - 1, a0 + WINDOW - 1)
        b0, b1 = 0, len(self._source) - 1
        if b1 >= Tuned.WIDE_SOURCE:
            b0 = max(rects[len(rects) // 2].b0 - Tuned.WIDE_SOURCE // 2, 0)
            b1 = min(b0 + Tuned.WIDE_SOURCE - 1, b1)
        return Rect(a0, a1, b0, b1)

    def _says_more(self, core: Rect, score: int) -> bool:
        """Whether a digest says more than the narrow passages in it."""
        cover = total = 0
        for each in self.found:
            if each.end <= core.a0 or each.start > core.a1:
                continue
            total += each.score
            if (each.source_end - each.source) * 10 <= (each.end - each.start) * Tuned.WIDE_BALANCED:
                cover += min(each.end - 1, core.a1) - max(each.start, core.a0) + 1
        words = core.a1 - core.a0 + 1
        return score * 10 >= total * Tuned.WIDE_WORTH and cover * 100 <= words * Tuned.WIDE_COVER


def _told(window: Window, region: Region, sketch: Sketch, document: int, found: _Found, mask: bytearray) -> Aligned:
    byte, to_byte = region.low + region.starts[found.start], region.low + region.ends[found.end - 1]
    place, to = window.place(byte), window.place(to_byte)
    start, end = region.at[found.start], region.at[found.end]
    marks = b"".join(
        bytes([mask[i]]) * (region.at[i + 1] - region.at[i]) for i in range(found.start, found.end)
    )  # fmt: skip
    return (
        document, sketch.at[found.source], sketch.at[found.source_end], region.base + start, region.base + end,
        place.character, to.character, place.line, place.column, found.score, found.faith, found.pairs, int(found.wide),
        found.rare, found.run, region.symbols[max(start - CONTEXT, 0) : end], marks,
        window.data[byte : min(to_byte, byte + EXCERPT)],
    )  # fmt: skip
