"""Chains: runs of one document that lie near one another, on both sides, are one passage.

A run (see `dlp.fingerprint.Scanner`) agrees symbol for symbol. Where somebody changed a word, a passage goes on in
another run: further on in the text and, by about as much, in the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlp.fingerprint.reference import Run

GAP = 200
"""Symbols without agreement that a passage may bridge, on either side: about forty words."""

BUFFERED = 100_000
"""Runs gathered before they are chained, so that memory does not grow with what a hostile text repeats."""


class Passage:
    """A stretch of text, and the stretch of a document that it takes up. Symbols, unless a name says otherwise.

    `source` to `source_end`: of the document. `agreed`: symbols of the text that lie in runs. `evidence`: those
    in rare shingles. `first`, `last`: source positions of the outermost shingles. `sources`: source stretches of
    the runs.
    """

    __slots__ = (
        "agreed",
        "character",
        "column",
        "end",
        "evidence",
        "excerpt",
        "line",
        "source",
        "source_end",
        "sources",
        "start",
        "to",
    )

    def __init__(self, run: Run) -> None:
        _, source, start, end, character, to, line, column, _, evidence, excerpt = run
        self.start, self.end, self.source, self.source_end = start, end, source, source + end - start
        self.character, self.to, self.line, self.column = character, to, line, column
        self.agreed, self.evidence, self.excerpt = end - start, evidence, excerpt
        self.sources = [(self.source, self.source_end)]

    def takes(self, other: Passage) -> bool:
        """Whether `other`, which begins no earlier, goes on where this ends."""
        return (
            other.start - self.end <= GAP
            and abs(other.source - self.source_end) <= GAP
            and other.source_end > self.source_end
        )

    def add(self, other: Passage) -> None:
        """Makes `other`, which begins no earlier, a part of this."""
        if other.end > self.end:
            fresh = min(other.agreed, other.end - max(other.start, self.end))
            self.agreed += fresh
            self.evidence += min(other.evidence, fresh)
            self.end, self.to = other.end, other.to
        self.source = min(self.source, other.source)
        self.source_end = max(self.source_end, other.source_end)
        self.sources = union(self.sources + other.sources)


Stretches = list[tuple[int, int]]


def union(stretches: Iterable[tuple[int, int]]) -> Stretches:
    """The same symbols as disjoint stretches in ascending order."""
    out: Stretches = []
    for start, end in sorted(stretches):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


class Chains:
    """The passages of one text, by document, as runs come in."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[Passage]] = {}
        self._count = 0

    def add(self, runs: Sequence[Run]) -> None:
        """Takes runs in any order."""
        for run in runs:
            self._waiting.setdefault(run[0], []).append(Passage(run))
        self._count += len(runs)
        if self._count > BUFFERED:
            self._waiting = {document: chained(parts) for document, parts in self._waiting.items()}
            # What did not chain stays; wait for as much again, or a text of scattered runs is chained at every turn.
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
    """Passages that overlap in the text as one."""
    out: list[Passage] = []
    for passage in sorted(passages, key=lambda each: (each.start, -each.end)):
        if out and passage.start < out[-1].end:
            out[-1].add(passage)
        else:
            out.append(passage)
    return out
