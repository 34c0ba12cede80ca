"""The part of the reference that tells where in a text alignment looks: regions around its runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dlp.fingerprint.reference_fold import fold
from dlp.fingerprint.reference_runs import Run, Runs
from dlp.fingerprint.reference_words import split_words

REACH = 4096
"""Bytes around a run that are looked at."""

WORD = 256
"""Bytes within which a region's edge is moved to where a word ends."""

MOST = 1 << 24
"""Bytes from the first run of a region to the last."""

CONTEXT = 24
"""Symbols given before a passage."""

EXCERPT = 128
"""Bytes."""


class Anchor(NamedTuple):
    """A run, seen from the region: symbols before it in the document and in the region, and how many it has."""

    document: int
    run: int
    source: int
    symbol: int
    length: int
    evidence: int


class Place(NamedTuple):
    """Of a byte; `column` is counted in characters, as `character` is."""

    character: int
    line: int
    column: int


def by_place(run: Run) -> tuple[int, ...]:
    """The order of the text."""
    document, source, start, end, byte = run[0], run[1], run[2], run[3], run[8]
    return byte, document, start, -end, source


class Window:
    """What is at hand of a text: `offset` bytes of it come before."""

    def __init__(self, data: bytes, offset: int, runs: Runs) -> None:
        self.data, self.offset = data, offset
        self.runs = sorted(runs, key=by_place)
        self._character = self._line = self._line_start = 0
        for run in self.runs:
            if run[8] >= offset:
                before = data[: run[8] - offset]
                self._character = run[4] - _characters(before)
                self._line = run[6] - before.count(b"\n")
                self._line_start = self._character if b"\n" in before else run[4] - run[7]
                return

    def place(self, byte: int) -> Place:
        """Of a byte of the window. What comes before the window is known from the first run that begins in it."""
        before = self.data[:byte]
        character = self._character + _characters(before)
        line_start = self._line_start
        if b"\n" in before:
            line_start = self._character + _characters(before[: before.rindex(b"\n") + 1])
        return Place(character, self._line + before.count(b"\n"), character - line_start)

    def regions(self) -> Iterator[Region]:
        """Those that anything may be found in, in the text's order."""
        first = 0
        while first < len(self.runs):
            high, after = self.runs[first][9], first + 1
            while (
                after < len(self.runs)
                and self.runs[after][8] <= high + 2 * REACH
                and self.runs[after][8] - self.runs[first][8] <= MOST
            ):
                high = max(high, self.runs[after][9])
                after += 1
            bounds = self._bounds(self.runs[first][8], high)
            if bounds:
                region = Region(self, *bounds, first, after)
                if region.anchors:
                    yield region
            first = after

    def _bounds(self, low: int, high: int) -> tuple[int, int] | None:
        """Bytes of the window around a stretch of the text, from the end of a word to another; none where the stretch
        begins before the window."""
        if low < self.offset or high - self.offset > len(self.data) or high - low > 2 * MOST:
            return None
        low -= self.offset
        begin, end = max(low - REACH, 0), min(high - self.offset + REACH, len(self.data))
        if begin:
            begin = next((i for i in range(begin, min(begin + WORD, end)) if self.data[i] <= 32), begin)
        while begin < end and self.data[begin] & 0xC0 == 0x80:
            begin += 1
        if end < len(self.data):
            end = next((i for i in range(end, max(end - WORD, 0), -1) if self.data[i - 1] <= 32), end)
        return (begin, end) if begin <= low and begin < end else None


class Region:
    """Bytes `low` to `high` of the window: `symbols`, and words of `codes`; `at[i]` symbols stand before word i, and
    `base` in the text before the region. `starts` and `ends`: bytes of the region."""

    def __init__(self, window: Window, low: int, high: int, first: int, after: int) -> None:
        data, run = window.data[low:high], window.runs[first]
        self.low = low
        self.symbols = fold(data)
        self.base = run[2] - run[10] - len(fold(data[: run[8] - window.offset - low]))
        self.codes, lengths, self.starts, self.ends = split_words(data)
        self.at = [0]
        for length in lengths:
            self.at.append(self.at[-1] + length)
        self.anchors = sorted(
            Anchor(run[0], number, run[1], run[2] - self.base, run[3] - run[2], run[12])
            for number, run in enumerate(window.runs[first:after], first)
            if run[2] >= self.base and run[3] - self.base <= len(self.symbols)
        )


def _characters(data: bytes) -> int:
    return sum(byte & 0xC0 != 0x80 for byte in data)
