"""Chains: runs of one document that lie near one another, on both sides, are one passage.

A run (see `dlp.fingerprint.Scanner`) agrees symbol for symbol. Where somebody changed a word, a passage goes on in
another run: further on in the text and, by about as much, in the document.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dlp.fingerprint import rarity

if TYPE_CHECKING:
    from dlp.fingerprint.reference import Aligned, Run  # the twin kernel itself is not wanted here

GAP = 200
"""Symbols without agreement that a passage may bridge, on either side: about forty words."""

BUFFERED = 100_000
"""Runs gathered before they are chained, so that memory does not grow with what a hostile text repeats."""


_CHAINED = bytes([0, 0, 255]) + bytes(253)
"""From marks (see `Aligned`) to the bits of a weight that count where words are paired beside a neighbour."""

FAMILIAR = 1
"""Weight, in 1/16, of a symbol within wording that the background has for long: it is nobody's own."""

WEIGHED = 1 << 16
"""Symbols of a passage whose weight is looked at: what is rare shows in few."""

STRETCHES = 4096
"""Stretches that one passage keeps apart; beyond, the older half becomes one."""

Stretches = list[tuple[int, int]]


class Passage:
    """A stretch of text, and the stretch of a document that it takes up. Symbols, unless a name says otherwise.

    `source` to `source_end`: of the document. `agreed`: symbols of the text that lie in runs. `evidence`: those
    in rare shingles; both are counted by `tally`. `sources`: source stretches of the runs, which may overlap. `rarity`:
    of what agrees for two words or more; `weight`: the same with words that are paired alone, which texts of one kind
    have in common, too.
    """

    __slots__ = (
        "_compact",
        "_stretches",
        "agreed",
        "character",
        "column",
        "end",
        "evidence",
        "excerpt",
        "line",
        "rarity",
        "source",
        "source_end",
        "sources",
        "start",
        "to",
        "weight",
        "weights",
    )

    def __init__(self, run: Run, weights: bytes = b"") -> None:
        """`weights`: of the run's first symbols, see `dlp.fingerprint.weigh`."""
        _, source, start, end, character, to, line, column, _, _, _, _, evidence, excerpt = run
        self.start, self.end, self.source, self.source_end = start, end, source, source + end - start
        self.character, self.to, self.line, self.column = character, to, line, column
        self.agreed, self.evidence, self.excerpt = end - start, evidence, excerpt
        self.sources: Stretches = [(self.source, self.source_end)]
        self.weights = [(start, weights)]
        self.rarity = self.weight = 0
        self._compact = 0
        self._stretches = [(start, end, self.agreed, evidence)]

    @classmethod
    def aligned(cls, made: Aligned, weigh: Callable[[bytes, bytes], bytes]) -> Passage:
        """A passage that alignment found. `weigh`: see `dlp.fingerprint.weigh`."""
        (
            document, source, source_end, start, end, character, to, line, column, _, _, _, _, rare, run, symbols,
            marks, excerpt,
        ) = made  # fmt: skip
        weights = weigh(symbols, marks)
        agreed = len(marks) - marks.count(0)
        own = agreed - weights.count(FAMILIAR)
        evidence = min(own, agreed * rare // run) if run else own  # what the index knows as common, or the grams do
        passage = cls((document, source, start, end, character, to, line, column, 0, 0, 0, 0, evidence, excerpt))
        passage.source_end = source_end
        passage.sources = [(source, source_end)]
        passage.agreed = agreed
        passage.weights = []
        passage.weight = rarity(weights)
        chained = int.from_bytes(weights, "little") & int.from_bytes(marks.translate(_CHAINED), "little")
        passage.rarity = rarity(chained.to_bytes(len(weights), "little"))
        return passage

    @property
    def similarity(self) -> float:
        """Share of the longer side's symbols that agree."""
        return min(self.agreed / max(self.end - self.start, self.source_end - self.source), 1.0)

    def end_before(self, other: Passage) -> None:
        """Gives up what it shares with the beginning of `other`, which begins and ends later."""
        shared = self.end - other.start
        self.end, self.to = other.start, max(other.character, self.character + 1)
        self.source_end = max(self.source_end - shared, self.source + 1)
        self.sources = [(self.source, self.source_end)]
        self.agreed = max(min(self.agreed, self.end - self.start), 1)
        self.evidence = min(self.evidence, self.agreed)

    def takes(self, other: Passage) -> bool:
        """Whether `other`, which begins no earlier, goes on where this ends. What lies mostly within it is a phrase
        that the document has elsewhere, too: taken, it would lead away from where this goes on."""
        return (
            other.start - self.end <= GAP
            and abs(other.source - self.source_end) <= GAP
            and other.source_end > self.source_end
            and 2 * (self.end - other.start) <= other.end - other.start
        )

    def add(self, other: Passage) -> None:
        """Makes `other`, which begins no earlier, a part of this. Call `tally` when all is added."""
        if other.end > self.end:
            self.end, self.to = other.end, other.to
        self.source = min(self.source, other.source)
        self.source_end = max(self.source_end, other.source_end)
        self.sources += other.sources
        self.weights += other.weights
        self.rarity = max(self.rarity, other.rarity)
        self.weight = max(self.weight, other.weight)
        if len(self.sources) > 2 * self._compact + STRETCHES:  # at every turn it would cost the square of their number
            self.sources = union(self.sources)
            self._compact = len(self.sources)
        self._stretches += other._stretches
        if len(self._stretches) > 2 * STRETCHES:
            self._stretches.sort(key=_in_order)
            old, self._stretches = self._stretches[:STRETCHES], self._stretches[STRETCHES:]
            self._stretches.insert(0, (old[0][0], max(end for _, end, _, _ in old), *_count(old)))

    def tally(self) -> None:
        """Counts `agreed`, `evidence` and `rarity`: what several runs say of one symbol counts once."""
        self._stretches.sort(key=_in_order)
        self.agreed, self.evidence = _count(self._stretches)
        if self.weights:
            self.rarity = max(self.rarity, rarity(_side_by_side(self.weights)))
            self.weight = max(self.weight, self.rarity)
            self.weights = []


def _side_by_side(weights: list[tuple[int, bytes]]) -> bytes:
    """Of a passage's symbols, 0 where there is no run, up to WEIGHED of them."""
    weights.sort(key=lambda each: each[0])
    made, begin = bytearray(), weights[0][0]
    for start, run in weights:
        at = start - begin
        if at > WEIGHED:
            break
        made += bytes(max(0, at - len(made)))
        made[at : at + len(run)] = run
    return bytes(made)


def _in_order(stretch: tuple[int, int, int, int]) -> tuple[int, int]:
    return stretch[0], -stretch[1]


def _count(stretches: list[tuple[int, int, int, int]]) -> tuple[int, int]:
    """Symbols that agree and symbols of evidence in stretches (start, end, agreed, evidence) `_in_order`."""
    agreed = counted = reached = 0
    for start, end, alike, evidence in stretches:
        fresh = min(alike, end - max(start, reached))
        if fresh > 0:
            agreed += fresh
            counted += min(evidence, fresh)
            reached = end
    return agreed, counted


def union(stretches: Iterable[tuple[int, int]]) -> Stretches:
    """The same symbols as disjoint stretches in ascending order."""
    out: Stretches = []
    for start, end in sorted(stretches):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


class Covered:
    """Stretches of a text, added in any order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def shared(self, start: int, end: int) -> int:
        """How many symbols from `start` to `end` are covered."""
        total = 0
        for at in range(bisect_right(self._ends, start), len(self._starts)):
            if self._starts[at] >= end:
                break
            total += min(end, self._ends[at]) - max(start, self._starts[at])
        return total

    def add(self, start: int, end: int) -> None:
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]


class Chains:
    """The passages of one text, by document, as runs come in."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[Passage]] = {}
        self._count = 0

    def add(self, runs: Iterable[Run], weigh: Callable[[Run], bytes] | None = None) -> None:
        """Takes runs in any order. `weigh`: gives the weights of a run's first symbols."""
        for run in runs:
            self._waiting.setdefault(run[0], []).append(Passage(run, weigh(run) if weigh else b""))
            self._count += 1
            if self._count > BUFFERED:
                self._waiting = {document: chained(parts) for document, parts in self._waiting.items()}
                # What did not chain stays; wait for as much again, or a text of scattered runs is chained every time.
                self._count = min(sum(map(len, self._waiting.values())), BUFFERED // 2)

    def passages(self) -> dict[int, list[Passage]]:
        """By document, in the order of the text; no two of one document overlap in the text."""
        return {document: chained(parts) for document, parts in self._waiting.items()}


def chained(parts: list[Passage]) -> list[Passage]:
    """`parts` of one document, chained and merged."""
    parts.sort(key=lambda part: (part.start, -part.end, part.source))
    made: list[Passage] = []
    near: list[Passage] = []
    for part in parts:
        near = [passage for passage in near if part.start - passage.end <= GAP]
        fitting = [passage for passage in near if passage.takes(part)]
        if fitting:
            # The one whose gaps on the two sides differ least: the same passage goes on.
            best = min(fitting, key=lambda each: abs((part.start - each.end) - (part.source - each.source_end)))
            best.add(part)
        elif not any(part.end <= passage.end for passage in near):
            near.append(part)
            made.append(part)
        # else: it lies within a passage of the same document, which says its words elsewhere too
    return _merged(made)


def _merged(passages: list[Passage]) -> list[Passage]:
    """Passages that overlap in the text as one, and all of them counted."""
    out: list[Passage] = []
    for passage in sorted(passages, key=lambda each: (each.start, -each.end)):
        if out and passage.start < out[-1].end:
            out[-1].add(passage)
        else:
            out.append(passage)
    for passage in out:
        passage.tally()
    return out
