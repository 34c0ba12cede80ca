"""The kernel in plain Python: slow, short, and the definition of what the C kernel computes.

Bit-identical to `dlp.fingerprint._kernel` (property tests and fixed digests hold it). Texts are bytes; a
*symbol* is a byte of the folded text, or of the file for the alphabet `bytes`.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Sequence

from dlp.fingerprint.parameters import BACKGROUND, GONE, Alphabet, Scale
from dlp.fingerprint.reference_align import Aligner
from dlp.fingerprint.reference_blocks import (
    live_entries,
    pack_keys,
    pack_outline,
    sort_entries,
    unpack_keys,
    unpack_outline,
)
from dlp.fingerprint.reference_familiar import Familiar, rarity, weigh
from dlp.fingerprint.reference_fold import decode, fold, length_at, symbols_of
from dlp.fingerprint.reference_runs import Aligned, Run, Runs
from dlp.fingerprint.reference_signs import count_text, find_signs
from dlp.fingerprint.reference_terms import Terms
from dlp.fingerprint.reference_words import Sketch, split_words

__all__ = [
    "Aligned",
    "Aligner",
    "Columns",
    "Familiar",
    "Index",
    "Run",
    "Runs",
    "Scanner",
    "Selector",
    "Sketch",
    "Terms",
    "count_text",
    "find_signs",
    "fold",
    "live_entries",
    "pack_keys",
    "pack_outline",
    "rarity",
    "shingle_hash",
    "sort_entries",
    "split_words",
    "unpack_keys",
    "unpack_outline",
    "weigh",
]

ROLL_BASE = 0xD1342543DE82EF95
MASK = (1 << 64) - 1
VARIED = 8
"""Different bytes that a selected byte shingle has at least."""

EXCERPT = 128
"""Bytes of text that a run keeps at most."""

POSTINGS = 64
"""Postings of one shingle that are joined to runs, the oldest ones; all of them count its documents."""

Columns = tuple["array[int]", "array[int]", "array[int]", "array[int]", "array[int]"]
"""Keys (u64), positions in symbols, first characters, end characters, lines (u32), one row a selected shingle."""


def shingle_hash(symbols: bytes) -> int:
    """The key of one shingle."""
    value = 0
    for symbol in symbols:
        value = (value * ROLL_BASE + symbol) & MASK
    return value


class _Place:
    """A symbol and where it comes from. `skip`: symbols of its character before it; `end`: the byte after that."""

    __slots__ = ("byte", "character", "column", "end", "line", "skip", "symbol")

    def __init__(self, symbol: int, skip: int, byte: int, end: int, character: int, line: int, column: int) -> None:
        self.symbol, self.skip, self.byte, self.end = symbol, skip, byte, end
        self.character, self.line, self.column = character, line, column


class _Stream:
    """Symbols with their places, from a text that arrives in pieces."""

    def __init__(self, plain: bool) -> None:
        self.plain = plain
        self.pending = b""
        self.byte = self.character = self.line = self.column = 0
        self.tail = bytearray()
        self.symbols = 0

    def feed(self, data: bytes, last: bool) -> Iterator[_Place]:
        data, at = self.pending + data, 0
        self.pending = b""
        while at < len(data):
            length = 1 if self.plain else length_at(data, at)
            if length == 0 and not last:
                self.pending = data[at:]
                return
            part = data[at : at + (length or 1)]
            at += len(part)
            symbols = part if self.plain else symbols_of(decode(part))
            self.tail = (self.tail + part)[-2 * EXCERPT :]
            place = (self.byte, self.byte + len(part), self.character, self.line, self.column)
            self.byte += len(part)
            if self.plain or part[0] & 0xC0 != 0x80:
                self.character += 1
                self.column += 1
            if part == b"\n" and not self.plain:
                self.line += 1
                self.column = 0
            for skip, symbol in enumerate(symbols):
                self.symbols += 1
                yield _Place(symbol, skip, *place)


def _check(scale: Scale) -> None:
    """The C kernel's arrays hold no larger k and w, and a scale may come from a file."""
    if not (1 <= scale.k <= 64 and 1 <= scale.w <= 64):
        raise ValueError("a scale's k and w are 1 to 64")


class Selector:
    """Winnows one text. Of any w shingles in a row, the one with the largest hash is selected; of equal ones the
    one that is selected already, else the last. Byte shingles of fewer than 8 different bytes never are."""

    def __init__(self, scale: Scale) -> None:
        _check(scale)
        self._scale = scale
        self._stream = _Stream(scale.alphabet == Alphabet.BYTES)
        self._window: deque[_Place] = deque(maxlen=scale.k)
        self._recent: deque[tuple[int, int, int, int, int, bool]] = deque(maxlen=scale.w)
        self._best: tuple[int, int, int, int, int, bool] | None = None
        self._emitted = -1
        self._rows: list[tuple[int, int, int, int, int, bool]] = []

    @property
    def symbols(self) -> int:
        """Symbols read so far."""
        return self._stream.symbols

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Takes the next piece of the text, of any size."""
        self._feed(bytes(data), False)

    def _feed(self, data: bytes, last: bool) -> None:
        k, w = self._scale.k, self._scale.w
        for place in self._stream.feed(data, last):
            self._window.append(place)
            if len(self._window) < k:
                continue
            symbols = bytes(each.symbol for each in self._window)
            position, begin = self._stream.symbols - k, self._window[0]
            varied = not self._stream.plain or len(set(symbols)) >= VARIED
            row = (shingle_hash(symbols), position, begin.character, place.character + 1, begin.line, varied)
            self._recent.append(row)
            if self._best is None or (self._best[1] + w > position and row[0] > self._best[0]):
                self._best = row
            elif self._best[1] + w <= position:
                self._best = max(self._recent, key=lambda each: (each[0], each[1]))
            if position + 1 >= w and self._best[1] != self._emitted:
                self._emitted = self._best[1]
                if self._best[5]:
                    self._rows.append(self._best)

    def finish(self) -> Columns:
        """The selected shingles, in the text's order."""
        self._feed(b"", True)
        kinds = ("Q", "I", "I", "I", "I")
        made = [array(kind, [row[i] for row in self._rows]) for i, kind in enumerate(kinds)]
        return made[0], made[1], made[2], made[3], made[4]


class Index:
    """All registered shingles of one scale.

    `segments`: pairs of arrays, keys ascending and postings (document << 32 | position). `groups`: for each
    document its group's number below `group_count`, or GONE or BACKGROUND; versions of a document share a
    group. A shingle in more than `common` groups is no evidence. The arrays must not change while it lives.
    """

    def __init__(
        self,
        scale: Scale,
        segments: Sequence[tuple[Sequence[int], Sequence[int]]],
        groups: Sequence[int],
        group_count: int,
        common: int,
    ) -> None:
        _check(scale)
        if any(group_count <= group < BACKGROUND for group in groups):
            raise ValueError("a document's group is not below the number of groups")
        self.scale = scale
        self.group_count = group_count
        self._common = common
        self._groups = groups
        self._postings: dict[int, list[int]] = {}
        for keys, postings in segments:
            if len(keys) != len(postings):
                raise ValueError("a segment's keys and postings differ in number")
            for key, posting in zip(keys, postings, strict=True):
                self._postings.setdefault(key, []).append(posting)

    def look_up(self, key: int) -> tuple[list[int], bool]:
        """(postings of documents that are still registered, whether they are evidence). A shingle of the background
        alone has none, and is none."""
        postings: list[int] = []
        groups: set[int] = set()
        rare = True
        for posting in self._postings.get(key, ()):
            document = posting >> 32
            group = self._groups[document] if document < len(self._groups) else GONE
            if group == BACKGROUND:
                rare = False
            elif group != GONE:
                groups.add(group)
                if len(postings) < POSTINGS:
                    postings.append(posting)
        return postings, rare and len(groups) <= self._common


class _Open:
    """A run that may still grow."""

    def __init__(self, document: int, source: int, start: int, begin: _Place, excerpt: bytes) -> None:
        self.document, self.source, self.start, self.begin, self.excerpt = document, source, start, begin, excerpt
        self.end = self.to = self.to_byte = self.hits = self.evidence = 0
        self.piece = self.piece_to = start

    def count_piece(self, least: int) -> None:
        """Winnowing leaves w - 1 symbols at either edge of common text to chance: a shorter piece may be no more."""
        if self.piece_to - self.piece >= least:
            self.evidence += self.piece_to - self.piece

    def run(self, least: int) -> Run:
        self.count_piece(least)
        begin = self.begin
        where = (begin.character, self.to, begin.line, begin.column, begin.byte, self.to_byte, begin.skip)
        return (self.document, self.source, self.start, self.end, *where, self.hits, self.evidence, self.excerpt)


class Scanner:
    """Finds the runs of one text at a time; the order in which they come out, and when, means nothing.

    Evidence: symbols in pieces of w or more that rare shingles cover and no common shingle touches.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self.reset()

    def reset(self) -> None:
        """Makes ready for another text."""
        self._stream = _Stream(self._index.scale.alphabet == Alphabet.BYTES)
        self._window: deque[_Place] = deque(maxlen=self._index.scale.k)
        self._open: dict[tuple[int, int], _Open] = {}
        self._ended: list[_Open] = []
        self._common_to = 0
        self._recent: dict[int, tuple[int, int]] = {}
        self.suppressed = 0

    @property
    def symbols(self) -> int:
        """Symbols read so far."""
        return self._stream.symbols

    def feed(self, data: bytes | bytearray | memoryview) -> Runs:
        """Takes the next piece of the text, of any size; runs that are finished."""
        self._feed(bytes(data), False)
        return Runs()

    def finish(self) -> Runs:
        """The runs that end with the text."""
        self._feed(b"", True)
        runs = Runs(each.run(self._index.scale.w) for each in (*self._ended, *self._open.values()))
        self._open.clear()
        self._ended.clear()
        return runs

    def _feed(self, data: bytes, last: bool) -> None:
        k, w = self._index.scale.k, self._index.scale.w
        for place in self._stream.feed(data, last):
            self._window.append(place)
            if len(self._window) < k:
                continue
            key = shingle_hash(bytes(each.symbol for each in self._window))
            postings, rare = self._index.look_up(key)
            start = self._stream.symbols - k
            if (not postings and rare) or self._repeats(key, start):
                continue
            if not rare:
                for each in (*self._ended, *self._open.values()):
                    if each.piece_to > start:
                        each.piece_to = max(each.piece, start)
                self._common_to = start + k
            if not postings:
                continue
            joined = False
            for posting in postings:
                document, source = posting >> 32, posting & 0xFFFFFFFF
                mine = (document, start - source)
                run = self._open.get(mine)
                if run and run.end - k + w < start:
                    self._ended.append(self._open.pop(mine))
                    run = None
                if not run:
                    if not rare:
                        continue
                    run = self._open[mine] = _Open(document, source, start, self._window[0], self._excerpt(place))
                joined = True
                run.hits += 1
                run.end, run.to, run.to_byte = start + k, place.character + 1, place.end
                fresh = max(start, self._common_to)
                if rare and fresh < run.end:
                    if fresh > run.piece_to:
                        run.count_piece(w)
                        run.piece = fresh
                    run.piece_to = run.end
            self.suppressed += not joined

    def _repeats(self, key: int, at: int) -> bool:
        """Whether the same shingle was hit less than its own length ago: only its first turn counts."""
        slot = key >> 40 & 255
        before = self._recent.get(slot)
        self._recent[slot] = (key, at)
        return before is not None and before[0] == key and at - before[1] < self._index.scale.k

    def _excerpt(self, last: _Place) -> bytes:
        first = max(self._window[0].byte, last.end - EXCERPT)
        here = self._stream.byte - len(self._stream.tail)
        return bytes(self._stream.tail[first - here : last.end - here])
